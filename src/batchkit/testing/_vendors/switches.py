"""The switches of the three vendors, and what holds given values against them.

An unknown word is refused, and the error lists the valid ones, so that a slip in a test cannot pass
as a default.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from .drip_switches import DRIP, DripSwitches
from .ecwid_switches import ECWID, EcwidSwitches
from .empathy_switches import EMPATHY, EmpathySwitches

__all__ = [
    "DRIP",
    "ECWID",
    "EMPATHY",
    "DripSwitches",
    "EcwidSwitches",
    "EmpathySwitches",
    "Switches",
    "choices",
    "settle",
]


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
    """Hold a value against the switches that are collections of texts, or of such by name."""
    kind = _types()[name]
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
