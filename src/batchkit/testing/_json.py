"""JSON in and out, as strict as the vendors are: UTF-8 only, no ``NaN``, no bottomless nesting."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from typing import NoReturn, TypeAlias

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"


class MalformedJsonError(ValueError):
    """The bytes are not one JSON document."""


def decode(body: bytes) -> JsonValue:
    """Read a body quickly (with orjson where it is installed).

    Integers beyond 64 bits may come out as floats: good enough to check a type, not to compare a
    value. Raises `MalformedJsonError`.
    """
    try:
        return _parser()(body)
    except (ValueError, RecursionError) as error:
        raise MalformedJsonError(type(error).__name__) from None


def decode_exactly(body: bytes) -> JsonValue:
    """Read a body with the standard library, so that integers of any size keep their value.

    Raises `ValueError` (or `RecursionError` for a nest hundreds of levels deep).
    """
    value: JsonValue = json.loads(body.decode(), parse_constant=_refuse, parse_float=_finite)
    return value


def encode(value: JsonValue) -> bytes:
    """Write compact UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(text: str) -> float:
    # ``1e999`` is a number in JSON and none in here: SQLite could not read the body it stands in.
    value = float(text)
    return value if math.isfinite(value) else _refuse(text)


@cache
def _parser() -> Callable[[bytes], JsonValue]:
    # Looked for late: it costs as much as a tenth of a sandbox's start.
    try:
        import orjson
    except ImportError:
        return decode_exactly
    return orjson.loads
