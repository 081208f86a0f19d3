"""What items and answers are made of: JSON values, and `UNSET` for a field not given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, Literal, TypeAlias

JsonValue: TypeAlias = (
    "None | bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue]"
)
"""Anything that JSON can say. Decoded objects are dicts with string keys, arrays are lists."""


class Unset(Enum):
    """The type of `UNSET`, for annotations such as `phone: str | Unset`."""

    UNSET = "UNSET"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""The value of a model's field that was not given: it is left out of the request.

It may be passed, `phone=row.phone or UNSET`, and is false. It is not `None`, which is sent as
JSON `null` where the vendor takes null.
"""
