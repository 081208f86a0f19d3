"""The rules that vendors' fields share: text, numbers, moments, addresses, nested items."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeGuard

from .models import (
    FieldRule,
    InvalidItem,
    Model,
    confirm_json,
    is_array,
    is_flat,
    names,
    wire_form,
    wrong,
)


def text(*, required: bool = False, mark: str = "") -> FieldRule:
    """A string, with `mark` within it where it says whom an item is about."""
    what = "a string"

    def look(name: str, value: object, typed: bool) -> None:
        if not isinstance(value, str):
            raise wrong(name, value, what)

    return FieldRule(what=what, types=(str,), look=look, required=required, mark=mark)


def identifier(*, required: bool = False) -> FieldRule:
    """A string that is not empty."""
    what = "a string that is not empty"

    def look(name: str, value: object, typed: bool) -> None:
        if not isinstance(value, str):
            raise wrong(name, value, what)
        if not value.strip():
            raise InvalidItem(f"`{name}` is empty; it must be {what}.")

    return FieldRule(what=what, look=look, required=required)


def email() -> FieldRule:
    """An e-mail address: no more is asked than an `@` with something on either side."""
    what = "an e-mail address"

    def look(name: str, value: object, typed: bool) -> None:
        if not isinstance(value, str):
            raise wrong(name, value, what)
        if not 0 < value.find("@") < len(value) - 1:
            raise InvalidItem(f"`{name}` has no `@` between two parts; it must be {what}.")

    return FieldRule(what=what, look=look)


def choice(*choices: str, required: bool = False) -> FieldRule:
    """One of a few strings."""
    what = names(choices)

    def look(name: str, value: object, typed: bool) -> None:
        if not isinstance(value, str):
            raise wrong(name, value, what)
        if value not in choices:
            raise InvalidItem(f"`{name}` is a string that the vendor does not know; use {what}.")

    return FieldRule(what=what, look=look, required=required)


def flag() -> FieldRule:
    """True or false."""
    return FieldRule(what="true or false", types=(bool,))


def whole(*, required: bool = False, what: str = "a whole number") -> FieldRule:
    """A whole number, which `True` is not."""
    return FieldRule(what=what, types=(int,), required=required)


def cents(*, required: bool = False) -> FieldRule:
    """Money as a whole number of cents."""
    return whole(required=required, what="a whole number of cents")


def amount(*, required: bool = False) -> FieldRule:
    """Money or a quantity as a JSON number; decimals are written digit for digit."""
    what = "a number (Decimal, int or float)"

    def look(name: str, value: object, typed: bool) -> None:
        if not isinstance(value, Decimal):
            raise wrong(name, value, what)
        if not value.is_finite():
            raise InvalidItem(f"`{name}` is {value}, which JSON has no number for.")

    return FieldRule(what=what, types=(float, int), look=look, required=required)


def moment(*, nullable: bool = False) -> FieldRule:
    """A point in time: in a model a datetime with a zone, or else text in ISO 8601."""
    what = "a point in time, as text in ISO 8601"

    def look(name: str, value: object, typed: bool) -> None:
        if value is None and nullable:
            return
        if not (typed and isinstance(value, datetime)):
            raise wrong(name, value, f"{what} (a model also takes a datetime)")
        if value.utcoffset() is None:
            raise InvalidItem(f"`{name}` is a datetime without a zone; say which, such as UTC.")

    return FieldRule(what=what, types=(str,), look=look)


def url(*, required: bool = False) -> FieldRule:
    """An absolute URL, with its scheme."""
    what = "an absolute URL such as https://shop.example/cart/1"

    def look(name: str, value: object, typed: bool) -> None:
        if not isinstance(value, str):
            raise wrong(name, value, what)
        if not _absolute(value):
            raise InvalidItem(f"`{name}` is not absolute; it must be {what}.")

    return FieldRule(what=what, look=look, required=required)


_absolute = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]*://(?:\[[0-9A-Fa-f:.]+\]|[^\[\]/?#\s\x00-\x20])[^\[\]/?#\s\x00-\x20]*(?:[/?#][^\s\x00-\x20\x7f]*)?"
).fullmatch


def texts(*, or_one: bool = False) -> FieldRule:
    """An array of strings; with `or_one` a mapping may also say one string without the array."""
    what = "an array of strings"

    def look(name: str, value: object, typed: bool) -> None:
        if is_array(value):
            for each in value:
                if type(each) is not str and not isinstance(each, str):
                    raise wrong(f"{name}[{value.index(each)}]", each, "a string")
        elif not (or_one and not typed and isinstance(value, str)):
            raise wrong(name, value, what)

    return FieldRule(what=what, look=look)


def free_object() -> FieldRule:
    """An object with keys of the caller's own."""
    what = "an object"

    def look(name: str, value: object, typed: bool) -> None:
        if is_flat(value):
            return
        if not _is_object(value):
            raise wrong(name, value, what)
        confirm_json(name, value, typed)

    return FieldRule(what=what, look=look)


def one(kind_of_item: type[Model]) -> FieldRule:
    """Another item inside this one."""
    check = kind_of_item.shape.check

    def look(name: str, value: object, typed: bool) -> None:
        try:
            check(*wire_form(value, kind_of_item))
        except InvalidItem as problem:
            raise InvalidItem(f"In `{name}`: {problem}") from None

    return FieldRule(what="an object", look=look, nests=True)


def many(kind_of_item: type[Model]) -> FieldRule:
    """An array of other items."""
    what = "an array"
    shape = kind_of_item.shape

    def look(name: str, value: object, typed: bool) -> None:
        if not is_array(value):
            raise wrong(name, value, what)
        place = 0
        while (place := shape.first_unusual(value, place)) < len(value):
            try:
                shape.check(*wire_form(value[place], kind_of_item))
            except InvalidItem as problem:
                raise InvalidItem(f"In `{name}[{place}]`: {problem}") from None
            place += 1

    return FieldRule(what=what, look=look, nests=True)


def _is_object(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, Mapping)
