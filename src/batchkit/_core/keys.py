"""Keys of the caller's own: those that do harm where a vendor reads them are not sent.

Vendors put such keys into JavaScript, logs and tables of their own. `__proto__` changes what an
object is there, and a control character what a line is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final, cast

LONGEST: Final = 256
"""Characters of a key."""

_FORBIDDEN: Final = "__proto__"
_controls = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]").search
_LEAVES: Final = frozenset({str, int, float, bool, type(None)})


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
    place = f" of `{where}`" if where else ""
    for key in keys:
        if key == _FORBIDDEN:
            raise ValueError(
                f"A key{place} is `{key}`, which harms JavaScript that reads it; rename it."
            )
        if len(key) > LONGEST:
            raise ValueError(
                f"A key{place} is {len(key):,} characters long; at most {LONGEST} are sent."
            )
        if found := _controls(key):
            raise ValueError(
                f"A key{place} holds the control character U+{ord(found[0]):04X}; take it out."
            )


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
