"""JSON in and out, exact in both directions, with orjson where it is installed.

Both writers have one meaning for what a checked item can hold: UTF-8 without spaces, decimals as
exact numbers, and a refusal of what JSON or the vendors' 64-bit parsers cannot hold. The reader
refuses what a careless one would accept: NaN, infinity, and an object that says a key twice.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial
from importlib import import_module
from typing import Any, cast

from ...values import JsonValue


def _installed(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:  # the extra is not installed; the standard library means the same
        return None


orjson: Any = _installed("orjson")
_OPTIONS = orjson and orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

_says_null = re.compile(b"null").search  # on bodies of this size faster than the `in` operator
_TOO_DEEP = "The item is nested too deeply, or contains itself."
_LARGEST = 2**64 - 1
_SMALLEST = -(2**63)

Convert = Callable[[object], object]
"""Turns one value that JSON has no form for into one that it has, or raises `TypeError`."""


def writer(convert: Convert, *, finite: bool = False) -> Callable[[object], bytes]:
    """A function that gives a value as JSON, or raises `ValueError` or `TypeError` in words.

    `finite` says that any float in a value is known to be finite.
    """
    leaf = partial(_leaf, convert)

    def write(value: object) -> bytes:
        if orjson is None:
            return write_plainly(value, convert)
        try:
            body: bytes = orjson.dumps(value, leaf, _OPTIONS)
        except TypeError:
            # orjson's messages name its own internals; the slow writer says what is wrong, where.
            return write_plainly(value, convert)
        if not finite and _says_null(body):  # orjson writes NaN and the infinities as null
            confirm(value, convert)
        return body

    return write


def write_plainly(value: object, convert: Convert) -> bytes:
    """Writes a value with the standard library alone."""
    try:
        _confirm(value, convert, "")
        return _text(value, convert).encode()
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def read(body: bytes) -> JsonValue:
    """The value of a JSON document. Raises `ValueError` for anything else.

    Numbers with a fraction become floats. Nesting too deep to read is a `ValueError` too.
    """
    return cast(JsonValue, _read(body, _finite))


def read_exactly(body: bytes) -> JsonValue | Mapping[str, object]:
    """The same, with a `Decimal` for each number with a fraction that no float is equal to."""
    return cast("JsonValue | Mapping[str, object]", _read(body, _exact))


def _read(body: bytes, number: Callable[[str], float | Decimal]) -> object:
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_float=number,
        )
    except RecursionError:
        raise ValueError("The JSON is nested too deeply to be read.") from None


def confirm(value: object, convert: Convert, where: str = "") -> None:
    """Raise `ValueError` or `TypeError`, naming the place, unless JSON can say `value`."""
    try:
        _confirm(value, convert, where)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def _confirm(value: object, convert: Convert, where: str) -> None:
    match value:
        case None | bool():
            pass
        case str():
            _confirm_text(value, where)
        case int():
            if not _SMALLEST <= value <= _LARGEST:
                raise ValueError(f"{_at(where)} is a whole number beyond 64 bits; send it as text.")
        case float() | Decimal():
            if not (value.is_finite() if isinstance(value, Decimal) else math.isfinite(value)):
                raise ValueError(f"{_at(where)} is {value}, which JSON has no number for.")
        case dict():
            for key, inner in cast("dict[object, object]", value).items():
                if not isinstance(key, str):
                    raise TypeError(f"{_at(where)} has a key that is not a string.")
                _confirm_text(key, where)
                _confirm(inner, convert, f"{where}.{key}" if where else key)
        case list() | tuple():
            for number, inner in enumerate(cast("list[object]", value)):
                _confirm(inner, convert, f"{where}[{number}]")
        case Mapping():
            _confirm(dict(cast("Mapping[object, object]", value)), convert, where)
        case _:
            _confirm(_converted(value, convert, where), convert, where)


def _converted(value: object, convert: Convert, where: str) -> object:
    try:
        return convert(value)
    except (TypeError, ValueError) as problem:
        raise TypeError(f"{_at(where)} {problem}") from None


def _confirm_text(text: str, where: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"{_at(where)} holds half of a surrogate pair, which UTF-8 has no form for."
        ) from None


def _at(where: str) -> str:
    return f"`{where}`" if where else "The item"


def _leaf(convert: Convert, value: object) -> object:
    """What orjson asks for a value that it cannot write by itself."""
    if type(value) is Decimal:
        if not value.is_finite():
            raise TypeError
        short = float(value)
        return short if Decimal(repr(short)) == value else orjson.Fragment(_number(value))
    if isinstance(value, Mapping):
        return dict(cast("Mapping[object, object]", value))
    return convert(value)


def _text(value: object, convert: Convert) -> str:
    match value:
        case Decimal():
            return _number(value)
        case dict() | Mapping():
            pairs = cast("Mapping[str, object]", value).items()
            return (
                "{"
                + ",".join(f"{_plain(key)}:{_text(inner, convert)}" for key, inner in pairs)
                + "}"
            )
        case list() | tuple():
            inners = cast("list[object]", value)
            return "[" + ",".join(_text(inner, convert) for inner in inners) + "]"
        case None | bool() | int() | float() | str():
            return _plain(value)
        case _:
            return _text(convert(value), convert)


def _plain(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _number(value: Decimal) -> str:
    """A decimal as a JSON number, digit for digit."""
    return format(value, "f") if -30 < value.adjusted() < 30 else str(value)


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    known = dict(pairs)
    if len(known) != len(pairs):
        raise ValueError("An object in the JSON says one key twice.")
    return known


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("A number in the JSON is too large to be read.")
    return number


def _exact(digits: str) -> float | Decimal:
    short = float(digits)
    try:
        exact = Decimal(digits)
    except InvalidOperation:
        raise ValueError("A number in the JSON is too large to be read.") from None
    return short if math.isfinite(short) and Decimal(repr(short)) == exact else exact


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON.")
