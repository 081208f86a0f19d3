"""Items: what a model is, and how an item is checked before it is sent.

A `Model` remembers exactly what was given, in the vendor's spelling; a mapping already is that.
So one `Schema` per kind of item checks both where they are, and nothing is built only to be sent.
"""

# pyright: reportPrivateUsage=false
# A model's own spelling of itself is for this module alone, and the functions below are part of it.

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias, TypeGuard, TypeVar, cast, dataclass_transform

import attrs

from ...values import UNSET
from . import jsontext, keys


class InvalidItem(Exception):
    """The item cannot be sent; the text says why, without the item's values."""


Look: TypeAlias = Callable[[str, object, bool], None]
"""A closer look at a value: takes the field, the value and whether a model gave it; raises
`InvalidItem` unless the value is good."""


@attrs.frozen(kw_only=True)
class FieldRule:
    """What one field of an item may hold."""

    what: str
    """What the field holds, to end the sentence "… it must be"."""
    types: tuple[type, ...] = ()
    """The exact types that are good without a closer look, the usual one first."""
    look: Look | None = None
    """How a value of any other type is looked at; `None` refuses it."""
    nests: bool = False
    """Whether the field holds other items."""
    required: bool = False
    """Whether a model must give the field; a mapping is the caller's own word."""
    mark: str = ""
    """What must stand between two parts of a value that says whom an item is about."""


def wrong(name: str, value: object, what: str) -> InvalidItem:
    """The refusal of a value of the wrong kind."""
    return InvalidItem(f"`{name}` is {kind(value)}; it must be {what}.")


class Schema:
    """What the fields of one kind of item may hold. `check` is the only door to the wire."""

    def __init__(
        self,
        name: str,
        rules: Mapping[str, FieldRule],
        *,
        identified_by: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.rules: dict[str, FieldRule] = dict(rules)
        self.identified_by = identified_by
        self.is_finite: bool = not any(rule.nests or float in rule.types for rule in rules.values())
        """Whether every float in a checked item is finite: those of a free form have been seen."""
        self._required = [name for name, rule in rules.items() if rule.required]
        self._usual = {name: next(iter(rule.types), None) for name, rule in rules.items()}
        self._looks = {name: _closer_look(rule) for name, rule in rules.items()}

    def check(self, wire: Mapping[str, object], typed: bool) -> None:
        """Raise `InvalidItem` unless the vendor can be expected to take these fields.

        `typed` says that a model gave them: then datetimes may stand for text, and what the
        vendor requires must be there. A mapping is sent as it is, for the vendor to judge.
        """
        usual = self._usual
        try:
            for name, value in wire.items():
                if type(value) is not usual[name]:
                    self._looks[name](name, value, typed)
        except KeyError:  # a field that is not known; the usual item has none
            self._check_each(wire, typed)
        if self.identified_by:
            self._check_identity(wire)
        if typed:
            for name in self._required:
                if name not in wire:
                    raise InvalidItem(f"`{name}` is missing, and {self.name} requires it.")

    def first_unusual(self, items: Sequence[Any], start: int) -> int:
        """Where in `items`, from `start` on, the first stands that needs a `check` of its own.

        The rest are dicts with known fields of their usual types, which most nested items are.
        """
        usual, required = self._usual, self._required
        place = start
        try:
            for place in range(start, len(items)):
                item: dict[str, object] = items[place]  # any object; looked at as if it were one
                if type(item) is not dict:
                    if type(item) is not Given or item.model.shape is not self:
                        return place
                    for name in required:
                        if name not in item:
                            return place
                for name, value in item.items():
                    if type(value) is not usual[name]:
                        return place
        except KeyError:  # a field that is not known
            return place
        return len(items)

    def _check_each(self, wire: Mapping[str, object], typed: bool) -> None:
        for name, value in wire.items():
            if type(value) is not self._usual.get(name):
                self._looks.get(name, _look_at_own)(name, value, typed)

    def _check_identity(self, wire: Mapping[str, Any]) -> None:
        for name in self.identified_by:
            given = wire.get(name)
            if given:
                mark = self.rules[name].mark
                if mark not in given[1:-1]:
                    raise InvalidItem(f"`{name}` has no `{mark}` between two parts.")
                return
        known = " or ".join(f"`{name}`" for name in self.identified_by)
        raise InvalidItem(f"Nobody is named: {self.name} needs {known}.")


def _closer_look(rule: FieldRule) -> Look:
    """How a value is looked at that is not of the usual type of its field."""
    look, good = rule.look, frozenset(rule.types)
    if look is not None and len(good) < 2:
        return look

    def closer(name: str, value: object, typed: bool) -> None:
        if type(value) in good:
            return
        if look is None:
            raise wrong(name, value, rule.what)
        look(name, value, typed)

    return closer


class Given(dict[str, object]):
    """The fields that a model was given; a plain dict is the caller's own mapping."""

    __slots__ = ("model",)

    def __init__(self, model: type[Model], fields: Mapping[str, object]) -> None:
        super().__init__(fields)
        self.model = model


class Model:
    """An item with typed fields, which remembers what was given in the vendor's spelling.

    Building one checks nothing but the names of its arguments, so that a bad row does not end the
    generator that makes the items: an item is checked when it is sent.
    """

    shape: ClassVar[Schema]
    _spellings: ClassVar[dict[str, str]]
    _nested: ClassVar[list[str]]
    _wire: Given

    def __attrs_post_init__(self) -> None:
        given = self.__dict__
        given["_wire"] = wire = Given(
            type(self),
            {
                spelling: given[name]
                for name, spelling in self._spellings.items()
                if given[name] is not UNSET
            },
        )
        for spelling in self._nested:
            if spelling in wire:
                wire[spelling] = _nested_wire(wire[spelling])

    def __repr__(self) -> str:
        given = self.__dict__
        names = [name for name in self._spellings if given[name] is not UNSET]
        names += ["extra"] if given.get("extra") else []
        return f"{type(self).__name__}({', '.join(f'{name}={given[name]!r}' for name in names)})"


Class = TypeVar("Class", bound=type[Model])


def field(rule: FieldRule, *, wire: str | None = None) -> Any:
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
        made._nested = [
            made._spellings[each.name] for each in fields if each.metadata["rule"].nests
        ]
        made.shape = Schema(
            name,
            {made._spellings[each.name]: each.metadata["rule"] for each in fields},
            identified_by=identified_by,
        )
        return made

    return decorate


_DICT: type[dict[str, object]] = dict
"""For type checkers: a `cast` would cost every item."""


def wire_form(item: object, kind_of_item: type[Model]) -> tuple[dict[str, object], bool]:
    """The item's fields in the vendor's spelling, and whether a model gave them.

    Raises `InvalidItem` for what is neither `kind_of_item` nor a mapping.
    """
    if type(item) is _DICT:
        return item, False
    if isinstance(item, kind_of_item):
        return _wire_of(item), True
    if isinstance(item, Given):
        if issubclass(item.model, kind_of_item):
            return item, True
    elif isinstance(item, Mapping):
        return dict(cast("Mapping[str, object]", item)), False
    raise InvalidItem(
        f"The item is {kind(item)}; it must be of type {kind_of_item.__name__}, or a mapping."
    )


def named(
    fields: Sequence[str], kind_of_item: type[Model]
) -> Callable[[Iterable[object]], frozenset[str]]:
    """A function that gives what items say in these fields, each of which names one thing."""

    def wire_of(item: object) -> Mapping[str, object]:
        try:
            return wire_form(item, kind_of_item)[0]
        except Exception:  # written once and not to be read again: nobody can say what it names
            return {}

    def names_in(items: Iterable[object]) -> frozenset[str]:
        # Field by field for the whole chunk: this is done for every item that is sent.
        wires = [item if type(item) is _DICT else wire_of(item) for item in items]
        said = {
            value
            for name in fields
            for wire in wires
            if name in wire and isinstance(value := wire[name], str)
        }
        text = "".join(said)
        if text == text.lower() and len(text.split()) < 2:  # as most are written already
            return frozenset(said)
        return frozenset([value.strip().lower() for value in said])

    return names_in


def _wire_of(item: Model) -> Given:
    own: object = item.__dict__.get("extra")
    if not own:
        return item._wire
    if not isinstance(own, Mapping):
        raise InvalidItem(f"`extra` is {kind(own)}; it must be a mapping of your own keys.")
    fields = cast("Mapping[str, object]", own)
    for key in fields:
        if key in item.shape.rules:
            raise InvalidItem(f"`extra` holds `{key}`, which is a field of its own; give it there.")
    return Given(type(item), {**item._wire, **fields})


def _nested_wire(value: object) -> object:
    """A nested model's fields; with keys of the caller's own it stays a model, to be checked."""
    if isinstance(value, Model):
        return value if getattr(value, "extra", None) else value._wire
    if is_array(value):
        return [_nested_wire(each) for each in value]
    return value


def is_array(value: object) -> TypeGuard[Sequence[object]]:
    """Whether JSON says this value as an array."""
    return isinstance(value, (list, tuple))


def convert_model(value: object) -> object:
    """The JSON form of a model that stands inside another item."""
    if isinstance(value, Model):
        return _wire_of(value)
    raise TypeError(f"is {kind(value)}, which JSON has no form for.")


def _look_at_own(name: object, value: object, typed: bool) -> None:
    """A closer look at a field of the caller's own."""
    if not isinstance(name, str):
        raise InvalidItem(f"A key is {kind(name)}; every key must be a string.")
    try:
        keys.confirm([name])
    except ValueError as problem:
        raise InvalidItem(str(problem)) from None
    confirm_json(name, value, typed)


def confirm_json(name: str, value: object, typed: bool) -> None:
    """Raise `InvalidItem` unless JSON can say this value of a field that is free in form.

    The keys in it are the caller's own, and must be such as may be sent.
    """
    if type(value) in _PLAIN or is_flat(value):
        return
    try:
        jsontext.confirm(value, _refuse, name)
        keys.confirm_nested(value, name)
    except (TypeError, ValueError) as problem:
        raise InvalidItem(str(problem)) from None


def is_flat(value: Any) -> bool:
    """Whether the value is an object of text and flags alone, with good keys: most are."""
    fields: dict[object, object] = value  # any object; looked at as if it were one
    if type(fields) is not dict:
        return False
    return _PLAIN.issuperset(map(type, fields.values())) and keys.are_usual((*fields,))


_PLAIN = frozenset({str, bool, type(None)})


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
    named = value.model if isinstance(value, Given) else type(value)
    return _KINDS.get(named) or f"of type {named.__name__}"


def names(choices: Iterable[str]) -> str:
    """`a`, `b` or `c`."""
    *most, last = [f"`{choice}`" for choice in choices]
    return f"{', '.join(most)} or {last}" if most else last
