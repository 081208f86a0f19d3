"""Ecwid's batch endpoint as data, and the requests that are about batches."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, cast
from urllib.parse import quote, urlencode

import attrs

from .._core.effects import Request, Response
from .._core.items import jsontext
from .._core.items.models import InvalidItem, convert_model, names, wire_form
from .._core.operations import Operation, Repeat, Ticketing, TicketState
from ..exceptions import ConfigurationError
from ..jobs import is_ticket
from ..options import Limits, Pace
from .answers import (
    complain,
    read_by_position,
    read_state,
    read_submission,
)
from .paths import with_slash
from .requests import ApiRequest, fields

LIMITS: Final = Limits(max_items=500, max_bytes=5_000_000)
"""The vendor documents the items; the bytes are ours."""

PACE: Final = Pace(requests=600, per=60)
"""What the vendor documents for each token. Whether entries count too is not said."""

STATUSES: Final = ("QUEUED", "IN_PROGRESS", "COMPLETED")
"""What the vendor says of a whole batch; it knows no other status."""

LISTED: Final = 100
"""The most tickets that one answer lists."""

_GROUP = re.compile(r"[\x21-\x7e]{1,128}")


def batches(
    store_id: str,
    *,
    parallel: bool = False,
    stop_on_first_failure: bool = False,
    group_id: str | None = None,
    run_key: str,
) -> Operation:
    """The operation of one run: whether an id is unique is known per run.

    Missing ids are made from `run_key` and the item's index, so that an item has the same id
    whenever it is encoded. `store_id` goes into the path as it is.
    """
    ids = _Ids(run_key)
    submission = {
        "stopOnFirstFailure": _flag("stop_on_first_failure", stop_on_first_failure),
        "allowParallelMode": _flag("parallel", parallel),
    }
    group = {} if group_id is None else {"groupId": _confirm_group(group_id)}
    path = f"/{store_id}/batch"
    return Operation(
        vendor="Ecwid",
        name="batches",
        path=path,
        encode=_encoder(ids),
        before=b"[",
        after=b"]",
        limits=LIMITS,
        repeat=Repeat.KEYED,
        read=read_submission,
        complain=complain,
        quota="requests",
        pace=PACE,
        request_id_headers=("x-request-id", "x-ecwid-api-request-id"),
        ordered=True,
        ticketing=Ticketing(
            identify=ids.of,
            keyed_path=lambda key: _url(path, {**submission, "deduplicationKey": key, **group}),
            status_path=lambda ticket: _status_path(store_id, ticket),
            read_state=read_state,
            repeats=_repeats,
            touches=_touches,
            use_run_key=ids.use,
            stops_on_failure=stop_on_first_failure,
        ),
    )


def waiting(
    store_id: str, *, by_position: bool = False, stops_on_failure: bool = False
) -> Operation:
    """The operation of a run over tickets that exist, whose items are the entries' ids.

    With `by_position` an entry's index is its position in the answer, whatever its id is.
    """
    return _about_tickets(
        store_id,
        _position if by_position else _name,
        read_by_position if by_position else read_state,
        stops_on_failure=stops_on_failure,
    )


def status(store_id: str, ticket: str) -> Request:
    """How far is this ticket?"""
    return Request(method="GET", path=_status_path(store_id, _confirm_ticket(ticket)))


def tickets(store_id: str, status: str, offset: int) -> Request:
    """Which tickets have this status, from the one at `offset` on?"""
    if status not in STATUSES:
        raise ConfigurationError(f"The status of tickets is {status!r}; use {names(STATUSES)}.")
    query = {"status": status, "limit": str(LISTED), "offset": str(offset)}
    return Request(method="GET", path=_url(f"/{store_id}/batch", query))


def cancel_group(store_id: str, group_id: str) -> Request:
    """Run nothing more of the batches of this group."""
    query = {"groupId": _confirm_group(group_id)}
    return Request(method="POST", path=_url(f"/{store_id}/batch/cancel-group", query))


def delete(store_id: str, ticket: str) -> Request:
    """Stop this batch and forget it.

    The vendor's pages call the parameter `ticket` and `ticketId`. They do so for the status too,
    and there `ticket` is the one that works.
    """
    query = {"ticket": _confirm_ticket(ticket)}
    return Request(method="DELETE", path=_url(f"/{store_id}/batch", query))


class _Ids:
    """The ids of one run's entries: the caller's own, and made ones for the rest.

    What an id was when its item was encoded is remembered, for a caller may use one dict for all
    rows and change it in between.
    """

    def __init__(self, run_key: str) -> None:
        self._run_key = run_key
        self._indexes: dict[str, int] = {}
        self._own: dict[int, str] = {}

    def use(self, run_key: str) -> None:
        """Take the run key of a journal, before anything is encoded."""
        self._run_key = run_key

    def of(self, item: object, index: int) -> str:
        """The id of an entry."""
        return self._own.get(index) or f"{self._run_key}-{index}"

    def claim(self, own: str, index: int) -> None:
        """Take an id of the caller's for one index; encoding that item again is no second use."""
        if self._indexes.setdefault(own, index) != index:
            raise InvalidItem(
                "`id` is used a second time in this input; results could not be told apart."
            )
        self._own[index] = own


def _encoder(ids: _Ids) -> Callable[[object, int, str], bytes]:
    write = jsontext.writer(convert_model)

    def encode(item: object, index: int, now: str) -> bytes:
        wire = fields(item)
        own = cast("str | None", wire.get("id"))
        if own is None:
            wire = {**wire, "id": ids.of(item, index)}
        if isinstance(item, ApiRequest):
            wire = {**wire, "path": with_slash(item.path)}
        try:
            piece = write(wire)
        except (TypeError, ValueError) as problem:
            raise InvalidItem(str(problem)) from None
        if own is not None:
            ids.claim(own, index)
        return piece

    return encode


def _about_tickets(
    store_id: str,
    identify: Callable[[object, int], str],
    read: Callable[[Response], TicketState | str],
    *,
    stops_on_failure: bool = False,
) -> Operation:
    operation = batches(store_id, stop_on_first_failure=stops_on_failure, run_key="")
    ticketing = attrs.evolve(
        cast(Ticketing, operation.ticketing),
        identify=identify,
        read_state=read,
        repeats=_never,
    )
    return attrs.evolve(operation, ticketing=ticketing)


def _name(item: object, index: int) -> str:
    return cast(str, item)


def _position(item: object, index: int) -> str:
    return str(index)


def _never(item: object) -> bool:
    return False


def _repeats(item: object) -> bool:
    """Whether running an entry twice is the same as running it once."""
    wire, _ = wire_form(item, ApiRequest)
    return wire.get("method") != "POST"


def _touches(item: object) -> str:
    """What an entry changes: the thing at its path.

    A `GET` changes nothing and a `POST` makes something new, so each of these stands for itself.
    """
    wire, _ = wire_form(item, ApiRequest)
    if wire.get("method") in ("GET", "POST"):
        return f"{wire['method']} {id(item)}"
    return "/" + str(wire.get("path")).partition("?")[0].strip("/")


def _status_path(store_id: str, ticket: str) -> str:
    return _url(f"/{store_id}/batch", {"ticket": ticket, "escapedJson": "true"})


def _url(path: str, query: dict[str, str]) -> str:
    return f"{path}?{urlencode(query, quote_via=quote, safe='')}"


def _flag(name: str, value: object) -> str:
    if not isinstance(value, bool):
        raise ConfigurationError(f"{name} is {value!r}; it must be True or False.")
    return "true" if value else "false"


def _confirm_ticket(ticket: object) -> str:
    if not is_ticket(ticket):
        raise ConfigurationError(
            "The ticket is malformed; it must be 1 to 128 letters, digits, `_` or `-`."
        )
    return ticket


def _confirm_group(group_id: object) -> str:
    if not isinstance(group_id, str) or not _GROUP.fullmatch(group_id):
        raise ConfigurationError(
            "group_id is malformed; it must be 1 to 128 printable ASCII characters, no space."
        )
    return group_id
