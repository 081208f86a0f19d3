"""What the vendors' documents leave open, as switches whose defaults are the likelier answer.

The types are the documentation for editors and type checkers; `settle` holds given values against
them, so that a word that is none is refused with the list.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal, TypedDict, cast, get_args, get_origin, get_type_hints

from .quota import Window


class DripSwitches(TypedDict, total=False):
    """Switches of the fake Drip."""

    accounts: Collection[str] | None
    """The account ids it knows; ``None`` for any."""
    refused_credentials: Collection[str]
    """Keys and tokens that it refuses; any other is good."""
    bad_v2_item: Literal["drop", "refuse"]
    """One bad item in a v2 batch: dropped behind a yes, or 422 for the whole call."""
    bad_v3_item: Literal["422", "400", "message"]
    """One bad item in a v3 batch: 422 or 400 with ``validation_errors``, or 422 with one message
    that names no item."""
    envelopes: Literal["vendor", "strict"]
    """A wrong envelope: legacy orders say yes and store nothing, or are refused like the others."""
    several_batches: Literal["refuse", "accept"]
    """More than one element in ``batches``."""
    too_many_v3: Literal["422", "413"]
    """More than 1,000 items in a v3 batch."""
    large_bodies: Literal["refuse", "accept"]
    """More than 10 MiB: 413, or taken."""
    request_ids: Literal["in_order", "shuffled", "fewer", "errors"]
    """The ids of a v3 answer: one for each item in order, in another order, all but one, or with
    an empty list of ``errors`` beside them."""
    credentials: Literal["lenient", "strict"]
    """Whether Basic may come without the colon after the key."""
    content_types: Literal["vendor", "strict"]
    """Whether v2 takes ``application/vnd.api+json`` too, or JSON only."""
    drip_quota: Literal["family", "endpoint", "shared", "off"]
    """What one count is for: v2 (50 an hour) and v3 (3,600) apart, each endpoint, all batches (50),
    or none is kept."""
    drip_window: Window
    """Whether the hour begins with the first request, or each slot comes back by itself."""
    v2_per_hour: int
    """Requests an hour that v2 takes."""
    v3_per_hour: int
    """Requests an hour that v3 takes."""


class EcwidSwitches(TypedDict, total=False):
    """Switches of the fake Ecwid."""

    stores: Collection[str] | None
    """The store ids it knows; ``None`` for any."""
    refused_credentials: Collection[str]
    """Keys and tokens that it refuses; any other is good."""
    seconds_per_entry: float
    """How long an entry takes; in parallel mode, a hundred of them."""
    seconds_per_batch: float
    """How long a batch takes before its first entry."""
    products: int
    """How many products a store has from the start, of ids 1 and up."""
    result_order: Literal["kept", "shuffled"]
    """The order of ``responses``."""
    unfinished_results: Literal["present", "absent"]
    """Whether a batch in progress shows what is done."""
    unrun_entries: Literal["bare", "full"]
    """How an entry that was not executed is shown: by id and status, or with every field."""
    completed_counts: Literal["run", "all"]
    """Whether ``completedRequests`` counts entries that were skipped, once a batch is over."""
    cancelled_entries: Literal["completed", "not_executed", "absent"]
    """How entries that a cancel kept from running are shown."""
    unknown_ticket: Literal["404", "400"]
    """The answer to a ticket that nobody knows."""
    bodies_unasked: Literal["shown", "hidden"]
    """Whether there are responses without ``escapedJson=true``."""
    attempts: Literal[5, 6]
    """How often an entry with 5xx is tried in all, 3 s apart, unless a failure stops the batch."""
    ticket_expiry: float | None
    """Seconds after its end for which a ticket is known; ``None`` for ever."""
    error_bodies: Literal["full", "empty"]
    """Whether a failed entry says why."""
    requests_per_minute: int | None
    """Requests a minute for one token, 429 with ``Retry-After`` beyond; ``None`` for no limit."""
    entries_count: bool
    """Whether each entry of a batch counts as a request too."""


class EmpathySwitches(TypedDict, total=False):
    """Switches of the fake Empathy."""

    instances: Collection[str] | None
    """The instance ids it knows; ``None`` for any."""
    disabled_instances: Collection[str]
    """Instances whose tagging is not switched on: 404."""
    success_body: Literal["empty", "[]", "array"]
    """What a batch without a failure is answered with."""
    failure_body: Literal["error", "message", "text", "empty"]
    """The form of a refusal of the whole request."""
    enforced: Literal["evidenced", "documented", "nothing"]
    """Which fields must be there: ``lang`` and ``q``, all documented as required, or none."""
    most_events: int | None
    """Events in one request, 413 beyond; ``None`` for no limit."""
    most_bytes: int | None
    """Bytes of one request, 413 beyond; ``None`` for no limit."""
    empathy_per_minute: int | None
    """Requests a minute for an instance, 429 beyond; ``None``: the vendor names no limit."""
    banned: bool
    """Whether the caller's address is banned: 200, and nothing is stored."""
    filters: Mapping[str, Collection[str]]
    """The values that are configured for fields such as ``lang`` and ``store``; an event with
    another one is answered 200 and not counted. A field that is not named takes any."""


class Switches(DripSwitches, EcwidSwitches, EmpathySwitches, total=False):
    """The switches of all three."""


DRIP = DripSwitches(
    accounts=None,
    refused_credentials=(),
    bad_v2_item="drop",
    bad_v3_item="422",
    envelopes="vendor",
    several_batches="refuse",
    too_many_v3="422",
    large_bodies="refuse",
    request_ids="in_order",
    credentials="lenient",
    content_types="vendor",
    drip_quota="family",
    drip_window="fixed",
    v2_per_hour=50,
    v3_per_hour=3600,
)
ECWID = EcwidSwitches(
    stores=None,
    refused_credentials=(),
    seconds_per_entry=0.0005,
    seconds_per_batch=0.0,
    products=0,
    result_order="kept",
    unfinished_results="present",
    unrun_entries="bare",
    completed_counts="run",
    cancelled_entries="completed",
    unknown_ticket="404",
    bodies_unasked="shown",
    attempts=6,
    ticket_expiry=None,
    error_bodies="full",
    requests_per_minute=600,
    entries_count=False,
)
EMPATHY = EmpathySwitches(
    instances=None,
    disabled_instances=(),
    success_body="empty",
    failure_body="error",
    enforced="evidenced",
    most_events=None,
    most_bytes=None,
    empathy_per_minute=None,
    banned=False,
    filters={},
)

_TYPES: Mapping[str, Any] = get_type_hints(Switches)


def settle(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The given switches, held against those `known`; raises `ValueError` and `TypeError`."""
    for name, value in given.items():
        if name not in known:
            raise TypeError(f"There is no switch `{name}`; there are {', '.join(known)}.")
        _confirm(name, value)
    return dict(given)


def choices(name: str) -> tuple[object, ...]:
    """The values that a switch may have, where they can be listed."""
    kind = _TYPES[name]
    if kind is bool:
        return (False, True)
    return get_args(kind) if get_origin(kind) is Literal else ()


def _confirm(name: str, value: object) -> None:
    if words := choices(name):
        if value not in words:
            told = ", ".join(repr(word) for word in words)
            raise ValueError(f"`{name}` is {value!r}; it must be one of {told}.")
        return
    if isinstance(value, str):
        raise TypeError(f"`{name}` is a string; it must be {_TYPES[name]}.")
    numeric = {int, float} & {_TYPES[name], *get_args(_TYPES[name])}
    if numeric and value is not None:
        wanted = int if numeric == {int} else (int, float)
        number = cast("Any", value)
        if isinstance(value, bool) or not isinstance(value, wanted) or not 0 <= number < 1e12:
            raise ValueError(f"`{name}` is {value!r}; it must be a number, and not negative.")
    elif numeric and type(None) not in get_args(_TYPES[name]):
        raise ValueError(f"`{name}` is None; it must be a number.")
    elif not numeric:
        _confirm_texts(name, value)


def _confirm_texts(name: str, value: object) -> None:
    """Hold a value against the switches that are collections of texts, or of such by name."""
    kind = _TYPES[name]
    if value is None and type(None) in get_args(kind):
        return
    if get_origin(kind) is Mapping:
        if not isinstance(value, Mapping):
            raise TypeError(f"`{name}` is {value!r}; it must be a mapping of names to lists.")
        for field, texts in cast("Mapping[str, object]", value).items():
            if not _are_texts(texts):
                raise TypeError(f"`{name}` has {texts!r} for `{field}`; it must be a list of text.")
    elif not _are_texts(value):
        # Never its value: one of them holds credentials.
        raise TypeError(f"`{name}` is {type(value).__name__}; it must be a list of strings.")


def _are_texts(value: object) -> bool:
    if not isinstance(value, Collection) or isinstance(value, str | bytes | Mapping):
        return False
    return all(isinstance(text, str) for text in cast("Collection[object]", value))
