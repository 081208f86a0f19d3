"""The switches of the three vendors, and what holds given values against them.

An unknown word is refused, and the error lists the valid ones, so that a slip in a test cannot pass
as a default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Literal, TypedDict, cast, get_args, get_origin, get_type_hints


class DripSwitches(TypedDict, total=False):
    """Switches of the fake Drip."""

    accounts: Collection[str] | None
    """The account ids it knows; ``None`` for any."""
    refused_credentials: Collection[str]
    """Keys and tokens that it refuses; any other is good."""
    bad_v2_item: Literal["drop", "refuse"]
    """One bad item in a v2 batch: dropped behind a yes, or 422 for the whole call."""
    drip_quota: Literal["family", "off"]
    """Whether v2 takes 50 requests an hour and v3 3,600, or any number."""


class EcwidSwitches(TypedDict, total=False):
    """Switches of the fake Ecwid."""

    stores: Collection[str] | None
    """The store ids it knows; ``None`` for any."""
    refused_credentials: Collection[str]
    """Keys and tokens that it refuses; any other is good."""
    products: int
    """How many products a store has from the start, of ids 1 and up."""
    seconds_per_entry: float
    """How long an entry takes; in parallel mode, a hundred of them."""
    seconds_per_batch: float
    """How long a batch takes before its first entry."""
    attempts: Literal[5, 6]
    """How often an entry with 5xx is tried in all, 3 s apart, unless a failure stops the batch."""
    result_order: Literal["kept", "shuffled"]
    """The order of ``responses``."""
    cancelled_entries: Literal["completed", "not_executed", "absent"]
    """How entries that a cancel kept from running are shown."""
    requests_per_minute: int | None
    """Requests a minute for one token, 429 with ``Retry-After`` beyond; ``None`` for no limit."""


class EmpathySwitches(TypedDict, total=False):
    """Switches of the fake Empathy."""

    instances: Collection[str] | None
    """The instance ids it knows; ``None`` for any."""
    success_body: Literal["empty", "[]", "array"]
    """What a batch without a failure is answered with."""


DRIP = DripSwitches(accounts=None, refused_credentials=(), bad_v2_item="drop", drip_quota="family")
ECWID = EcwidSwitches(
    stores=None,
    refused_credentials=(),
    products=0,
    seconds_per_entry=0.0005,
    seconds_per_batch=0.0,
    attempts=6,
    result_order="kept",
    cancelled_entries="completed",
    requests_per_minute=600,
)
EMPATHY = EmpathySwitches(instances=None, success_body="empty")


class Switches(DripSwitches, EcwidSwitches, EmpathySwitches, total=False):
    """The switches of all three."""


@cache
def _types() -> Mapping[str, Any]:
    return get_type_hints(Switches)


def settle(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """The given switches, held against those `known`; raises `ValueError` and `TypeError`."""
    for name, value in given.items():
        if name not in known:
            raise TypeError(f"There is no switch `{name}`; there are {', '.join(known)}.")
        _confirm(name, value)
    return dict(given)


def choices(name: str) -> tuple[object, ...]:
    """The values that a switch may have, where they can be listed; none for what is no switch."""
    kind = _types().get(name)
    return get_args(kind) if get_origin(kind) is Literal else ()


def _confirm(name: str, value: object) -> None:
    if words := choices(name):
        if value not in words:
            told = ", ".join(repr(word) for word in words)
            raise ValueError(f"`{name}` is {value!r}; it must be one of {told}.")
        return
    if isinstance(value, str):
        raise TypeError(f"`{name}` is a string; it must be {_types()[name]}.")
    numeric = {int, float} & {_types()[name], *get_args(_types()[name])}
    if numeric and value is not None:
        wanted = int if numeric == {int} else (int, float)
        number = cast("Any", value)
        if isinstance(value, bool) or not isinstance(value, wanted) or not 0 <= number < 1e12:
            raise ValueError(f"`{name}` is {value!r}; it must be a number, and not negative.")
    elif numeric and type(None) not in get_args(_types()[name]):
        raise ValueError(f"`{name}` is None; it must be a number.")
    elif not numeric:
        _confirm_texts(name, value)


def _confirm_texts(name: str, value: object) -> None:
    """Hold a value against the switches that are collections of texts."""
    if value is None and type(None) in get_args(_types()[name]):
        return
    if not _are_texts(value):
        # Never its value: one of them holds credentials.
        raise TypeError(f"`{name}` is {type(value).__name__}; it must be a list of strings.")


def _are_texts(value: object) -> bool:
    if not isinstance(value, Collection) or isinstance(value, bytes | Mapping):
        return False
    return all(isinstance(text, str) for text in cast("Collection[object]", value))
