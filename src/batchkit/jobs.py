"""What is left to wait for: a job with its tickets.

A job is plain data, so that it can wait in a file or a queue for another process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Final, TypeAlias, TypeGuard

import attrs

from .exceptions import ConfigurationError
from .outcomes import Problem, Rejected, Skipped, Unknown, Unsent
from .values import JsonValue

_TICKET: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VERSION: Final = 1
_STORE: Final = re.compile(r"[0-9]{1,20}")
_WIDEST: Final = 10_000
"""Items between the first and the last entry of one ticket: far more than cutting allows."""

Refused: TypeAlias = Problem[str | None]


@attrs.frozen(kw_only=True)
class JobTicket:
    """A ticket and the entries that it stands for."""

    ticket: str
    entries: tuple[tuple[int, str], ...] = attrs.field(repr=False)
    """Index in the caller's input and id of each, in index order; never empty."""


@attrs.frozen(kw_only=True)
class Job:
    """Batches that the vendor has taken and that nobody has waited for yet.

    It holds no credential and, besides the ids, nothing of the items.
    """

    store_id: str
    tickets: tuple[JobTicket, ...]
    """In the order of submission, which is the order in which the vendor runs them."""
    refused: tuple[Refused, ...] = attrs.field(default=(), repr=False)
    """What became of items without a ticket, in index order; their `item` is the id, `None` for
    an item that came without one."""
    stops_on_failure: bool = False
    """Whether the vendor was told to stop a batch at its first failed entry."""

    def to_json(self) -> str:
        """The job as text, for `from_json`."""
        tickets = [{"ticket": each.ticket, "entries": each.entries} for each in self.tickets]
        refused = [_written(problem) for problem in self.refused]
        return json.dumps(
            {
                "version": _VERSION,
                "store_id": self.store_id,
                "tickets": tickets,
                "refused": refused,
                "stops_on_failure": self.stops_on_failure,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Job:
        """The job that `to_json` wrote. Raises `ConfigurationError` for anything else."""
        try:
            told = json.loads(text.encode(), object_pairs_hook=_object, parse_constant=_no_number)
        except (AttributeError, ValueError):
            raise _no_job("it is not JSON") from None
        return _confirmed(_job(told))


def is_ticket(value: object) -> TypeGuard[str]:
    """Whether this can be a ticket, and can stand in a URL."""
    return isinstance(value, str) and _TICKET.fullmatch(value) is not None


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    known = dict(pairs)
    if len(known) != len(pairs):
        raise ValueError
    return known


def _no_number(name: str) -> None:
    """`NaN` and the infinities are Python's words, not JSON."""
    raise ValueError(name)


def _written(problem: Refused) -> dict[str, object]:
    told = {name: getattr(problem, name) for name in OUTCOMES[type(problem)]}
    return {"outcome": type(problem).__name__.lower(), **told}


def _job(told: JsonValue) -> Job:
    match told:
        case {"version": version} if type(version) is not int or version != _VERSION:
            raise _no_job(f"its version is not {_VERSION}")
        case {
            "version": _,
            "store_id": str(store_id),
            "tickets": [*tickets],
            "refused": [*refused],
            "stops_on_failure": bool(stops_on_failure),
            **rest,
        } if _STORE.fullmatch(store_id) and not rest:
            return Job(
                store_id=store_id,
                tickets=tuple(map(_ticket, tickets)),
                refused=tuple(map(_problem, refused)),
                stops_on_failure=stops_on_failure,
            )
        case _:
            raise _no_job("its fields are not those of a job")


def _ticket(told: JsonValue) -> JobTicket:
    match told:
        case {"ticket": ticket, "entries": [_, *_] as entries, **rest} if (
            is_ticket(ticket) and not rest
        ):
            return JobTicket(ticket=ticket, entries=tuple(map(_entry, entries)))
        case _:
            raise _no_job("one of its tickets is not a ticket with entries")


def _entry(told: JsonValue) -> tuple[int, str]:
    match told:
        case [index, str(name)] if _is_index(index) and name:
            return index, name
        case _:
            raise _no_job("one of its entries is not an index and an id")


def _problem(told: JsonValue) -> Refused:
    fields: dict[str, Any] = dict(told) if isinstance(told, Mapping) else {}
    named = fields.pop("outcome", None)
    for outcome, checks in OUTCOMES.items():
        if (
            named == outcome.__name__.lower()
            and fields.keys() == checks.keys()
            and all(is_good(fields[name]) for name, is_good in checks.items())
        ):
            return outcome(**fields)
    raise _no_job("one of its refused items is not an outcome")


def _confirmed(job: Job) -> Job:
    for ticket in job.tickets:
        indexes = [index for index, _ in ticket.entries]
        if indexes != sorted(indexes) or indexes[-1] - indexes[0] >= _WIDEST:
            raise _no_job("the entries of one of its tickets are not in order, or too far apart")
    refused = [problem.index for problem in job.refused]
    if refused != sorted(refused):
        raise _no_job("its refused items are not in order")
    entries = list(chain.from_iterable(ticket.entries for ticket in job.tickets))
    if _repeat([*(index for index, _ in entries), *refused]):
        raise _no_job("one index comes twice")
    if _repeat([name for _, name in entries]):
        raise _no_job("one id comes twice")
    if _repeat([ticket.ticket for ticket in job.tickets]):
        raise _no_job("one ticket comes twice")
    return job


def _repeat(things: Sequence[object]) -> bool:
    return len(set(things)) < len(things)


def _no_job(why: str) -> ConfigurationError:
    return ConfigurationError(f"This is not the text of a job: {why}.")


def _is_index(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < 2**63


_Check: TypeAlias = Callable[[object], bool]
_PLACE: Final[dict[str, _Check]] = {
    "index": _is_index,
    "item": lambda value: value is None or isinstance(value, str),
    "reason": lambda value: isinstance(value, str),
}
OUTCOMES: Final[dict[type[Refused], dict[str, _Check]]] = {
    Rejected: {
        **_PLACE,
        "by": lambda value: value in ("client", "vendor"),
        "code": lambda value: value is None or (type(value) is int and 100 <= value <= 599),
    },
    Skipped: _PLACE,
    Unknown: {**_PLACE, "ticket": lambda value: value is None or is_ticket(value)},
    Unsent: _PLACE,
}
"""What the text of a job says of an item without a ticket, by its outcome."""
