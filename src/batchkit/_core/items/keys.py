"""Keys of the caller's own: those that do harm where a vendor reads them are not sent.

Vendors put such keys into JavaScript, logs and tables of their own. `__proto__` changes what an
object is there, and a control character what a line is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final, cast

LONGEST: Final = 256
"""Characters of a key."""

_FEW: Final = 100
"""Keys of one object that are remembered."""
_FORBIDDEN: Final = "__proto__"
_controls = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]").search
_LEAVES: Final = frozenset({str, int, float, bool, type(None)})


@lru_cache(maxsize=64)
def are_usual(keys: tuple[object, ...]) -> bool:
    """Whether these are few and may all be sent; items of a kind mostly have the same ones."""
    few = len(keys) <= _FEW
    return few and all(type(key) is str for key in keys) and are_good(cast("tuple[str, ...]", keys))


def are_good(keys: Collection[str]) -> bool:
    """Whether all of these may be sent; looked at as one text, as nearly always they may."""
    if _FORBIDDEN in keys:
        return False
    text = "".join(keys)
    # What prints holds no control character. The reverse does not hold: a key may be in a script
    # that needs a joiner between its letters.
    if not text.isprintable() and _controls(text):
        return False
    return len(text) <= LONGEST or max(map(len, keys)) <= LONGEST


def confirm(keys: Collection[str], where: str = "") -> None:
    """Raise `ValueError`, in words for people, unless all of these may be sent."""
    if are_good(keys):
        return
    bad = next(key for key in keys if not are_good([key]))
    if bad == _FORBIDDEN:
        fault = f"is `{bad}`, which harms JavaScript that reads it; rename it"
    elif len(bad) > LONGEST:
        fault = f"is {len(bad):,} characters long; at most {LONGEST} are sent"
    else:
        number = next(ord(each) for each in bad if _controls(each))
        fault = f"holds the control character U+{number:04X}; take it out"
    raise ValueError(f"A key of `{where}` {fault}." if where else f"A key {fault}.")


def confirm_nested(value: object, where: str) -> None:
    """The same for the keys of every object in a value that JSON can say."""
    left = [value]
    while left:
        each = left.pop()
        if type(each) is dict or isinstance(each, Mapping):
            fields = cast("Mapping[str, object]", each)
            confirm(fields, where)
            left += [inner for inner in fields.values() if type(inner) not in _LEAVES]
        elif isinstance(each, (list, tuple)):
            left += cast("list[object]", each)
