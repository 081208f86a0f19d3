"""Items: what a model is, and how an item is checked before it is sent.

A `Model` remembers exactly what was given, in the vendor's spelling; a mapping already is that.
So one `Shape` per kind of item checks both where they are, and nothing is built only to be sent.
"""

# pyright: reportPrivateUsage=false
# A model's own spelling of itself is for this module alone, and the functions below are part of it.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, TypeVar, cast, dataclass_transform

import attrs

from ..values import UNSET
from . import json


class InvalidItem(Exception):
    """The item cannot be sent; the text says why, without the item's values."""


@attrs.frozen(kw_only=True)
class Rule:
    """What one field of an item may hold."""

    what: str
    """What the field holds, to end the sentence "… it must be"."""
    types: frozenset[type] = frozenset()
    """The exact types that are good without a closer look."""
    look: Callable[[str, object, bool], None] | None = None
    """A closer look at a value of any other type: takes the field, the value and whether a model
    gave it; raises `InvalidItem` unless the value is good."""
    required: bool = False
    """Whether a model must give the field; a mapping is the caller's own word."""


def wrong(name: str, value: object, what: str) -> InvalidItem:
    """The refusal of a value of the wrong kind."""
    return InvalidItem(f"`{name}` is {kind(value)}; it must be {what}.")


class Shape:
    """What the fields of one kind of item may hold. `check` is the only door to the wire."""

    def __init__(
        self,
        name: str,
        rules: Mapping[str, Rule],
        *,
        identified_by: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.rules = dict(rules)
        self.identified_by = identified_by
        self._required = [name for name, rule in rules.items() if rule.required]
        self._good = _Good({name: rule.types for name, rule in rules.items()})

    def check(self, wire: Mapping[str, object], *, typed: bool) -> None:
        """Raise `InvalidItem` unless the vendor can be expected to take these fields.

        `typed` says that a model gave them: then datetimes may stand for text, and what the
        vendor requires must be there. A mapping is sent as it is, for the vendor to judge.
        """
        good = self._good
        for name, value in wire.items():
            if type(value) not in good[name]:
                self._look(name, value, typed)
        if self.identified_by:
            self._check_identity(wire)
        if typed:
            for name in self._required:
                if name not in wire:
                    raise InvalidItem(f"`{name}` is missing, and {self.name} requires it.")

    def _look(self, name: object, value: object, typed: bool) -> None:
        rule = self.rules.get(cast(str, name))
        if rule is None:
            confirm_json(value, name)
            return
        if rule.look is None:
            raise wrong(cast(str, name), value, rule.what)
        rule.look(cast(str, name), value, typed)

    def _check_identity(self, wire: Mapping[str, object]) -> None:
        for name in self.identified_by:
            if wire.get(name):
                return
        known = " or ".join(f"`{name}`" for name in self.identified_by)
        raise InvalidItem(f"Nobody is named: {self.name} needs {known}.")


class _Good(dict[str, frozenset[type]]):
    """The good types by field; a field that is not known is always looked at."""

    def __missing__(self, name: str) -> frozenset[type]:
        return frozenset()


class Model:
    """An item with typed fields, which remembers what was given in the vendor's spelling.

    Building one checks nothing but the names of its arguments, so that a bad row does not end the
    generator that makes the items: an item is checked when it is sent.
    """

    shape: ClassVar[Shape]
    _spellings: ClassVar[dict[str, str]]
    _wire: dict[str, object]

    def __attrs_post_init__(self) -> None:
        given = self.__dict__
        given["_wire"] = {
            spelling: given[name]
            for name, spelling in self._spellings.items()
            if given[name] is not UNSET
        }

    def __repr__(self) -> str:
        given = self.__dict__
        names = [name for name in self._spellings if given[name] is not UNSET]
        names += ["extra"] if given.get("extra") else []
        return f"{type(self).__name__}({', '.join(f'{name}={given[name]!r}' for name in names)})"


Class = TypeVar("Class", bound=type[Model])


def field(rule: Rule, *, wire: str | None = None) -> Any:
    """A model's field; `wire` is the vendor's spelling where that is not the attribute's name."""
    return attrs.field(default=UNSET, metadata={"rule": rule, "wire": wire})


# `field` is left out of the specifiers on purpose: to type checkers a call of it is then a default
# like any other, so no field of a model is an argument that must be given.
@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(attrs.field,))
def model(*, name: str, identified_by: tuple[str, ...] = ()) -> Callable[[Class], Class]:
    """Make a class of `field`s a model with its `shape`.

    `name` is what the vendor calls the item, for messages. A field `extra` holds keys of the
    caller's own. `identified_by` are the wire fields of which one must name the person.
    """

    def decorate(cls: Class) -> Class:
        made = attrs.define(kw_only=True, frozen=True, slots=False, repr=False)(cls)
        fields = [
            each
            for each in attrs.fields(cast("type[attrs.AttrsInstance]", made))
            if "rule" in each.metadata
        ]
        made._spellings = {each.name: each.metadata["wire"] or each.name for each in fields}
        made.shape = Shape(
            name,
            {made._spellings[each.name]: each.metadata["rule"] for each in fields},
            identified_by=identified_by,
        )
        return made

    return decorate


def wire_form(item: object, kind_of_item: type[Model]) -> tuple[dict[str, object], bool]:
    """The item's fields in the vendor's spelling, and whether a model gave them.

    Raises `InvalidItem` for what is neither `kind_of_item` nor a mapping.
    """
    if type(item) is dict:
        return cast("dict[str, object]", item), False
    if isinstance(item, kind_of_item):
        return item._wire if not getattr(item, "extra", None) else _with_extra(item), True
    if isinstance(item, Mapping):
        return dict(cast("Mapping[str, object]", item)), False
    raise InvalidItem(
        f"The item is {kind(item)}; it must be of type {kind_of_item.__name__}, or a mapping."
    )


def _with_extra(item: Model) -> dict[str, object]:
    own = cast("object", getattr(item, "extra"))  # noqa: B009 - only some models have the field
    if not isinstance(own, Mapping):
        raise InvalidItem(f"`extra` is {kind(own)}; it must be a mapping of your own keys.")
    keys = cast("Mapping[str, object]", own)
    for key in keys:
        if key in item.shape.rules:
            raise InvalidItem(f"`extra` holds `{key}`, which is a field of its own; give it there.")
    return {**item._wire, **keys}


def convert_model(value: object) -> object:
    """The JSON form of a model that stands inside another item."""
    if isinstance(value, Model):
        return wire_form(value, type(value))[0]
    raise TypeError(f"is {kind(value)}, which JSON has no form for.")


def confirm_json(value: object, where: object) -> None:
    """Raise `InvalidItem` unless JSON can say this value of a field that is free in form."""
    if not isinstance(where, str):
        raise InvalidItem(f"A key is {kind(where)}; every key must be a string.")
    try:
        json.confirm(value, _refuse, where)
    except (TypeError, ValueError) as problem:
        raise InvalidItem(str(problem)) from None


def _refuse(value: object) -> object:
    raise TypeError(f"is {kind(value)}, which JSON has no form for; give text or a number.")


_KINDS: Mapping[type, str] = {
    type(None): "null",
    bool: "a boolean",
    int: "a whole number",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
    bytes: "bytes",
}


def kind(value: object) -> str:
    """What kind of thing the value is, in words that do not tell the value."""
    return _KINDS.get(type(value)) or f"of type {type(value).__name__}"


def names(choices: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    *most, last = [f"`{choice}`" for choice in choices]
    return f"{', '.join(most)} or {last}" if most else last
