"""A small schema checker for the item tables: fast on good items, talkative on bad ones.

What it reports has the members that AJV's reports have, because that is what Drip v3 sends.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from types import NoneType
from typing import TypeAlias, cast

from .._json import JsonValue

_MOST_SEEN = 4096
_AllGood: TypeAlias = Callable[[Sequence[JsonValue]], bool]
_Look: TypeAlias = tuple[str, _AllGood]
_URI = re.compile(r"[a-z][a-z0-9+.-]*:/?/?[^\s]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an item; `place` is relative to whatever was checked."""

    keyword: str
    place: str
    schema: str
    params: dict[str, JsonValue]
    message: str

    def under(self, prefix: str, schema: str = "") -> Fault:
        """The same fault seen from one level further out."""
        return replace(self, place=prefix + self.place, schema=self.schema or schema)

    def report(self) -> dict[str, JsonValue]:
        """The fault as the vendor writes it."""
        return {
            "keyword": self.keyword,
            "dataPath": self.place,
            "schemaPath": self.schema,
            "params": self.params,
            "message": self.message,
        }


_Check: TypeAlias = Callable[[JsonValue], Sequence[Fault]]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field may hold: JSON types (``bool`` is no number), and a check beyond the type."""

    word: str
    types: tuple[type, ...]
    check: _Check | None = None
    all_good: _AllGood | None = None
    """The same for many, where that is quicker: whether all these, of a right type each, pass."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of one kind of object; names that are not listed may hold anything.

    `identifiers` is a group of which one must be
    given and not empty. With `nulls`, ``null`` in an optional field is the same as leaving it out.
    """

    name: str
    fields: Mapping[str, Kind]
    required: frozenset[str] = field(default_factory=frozenset[str])
    identifiers: tuple[str, ...] = ()
    nulls: bool = False
    _seen: dict[tuple[object, ...], list[_Look]] = field(
        default_factory=dict[tuple[object, ...], "list[_Look]"], compare=False
    )

    def are_good(self, values: Sequence[JsonValue]) -> bool:
        """Whether nothing is wrong with any of the values.

        Most objects of a batch have the same names and types as another one: of these only the
        values are looked at, a field of all of them at a time, and only where a type does not say
        enough.
        """
        kinds: dict[tuple[object, ...], list[dict[str, JsonValue]]] = {}
        for value in values:
            if type(value) is not dict:
                return False
            kinds.setdefault((*value, *map(type, value.values())), []).append(value)
        for kind, alike in kinds.items():
            looks = self._seen.get(kind)
            if looks is None:
                if self.faults(alike[0]):
                    return False
                looks = self._looks(alike[0])
                if len(self._seen) < _MOST_SEEN:
                    self._seen[kind] = looks
            for name, all_good in looks:
                if not all_good([each[name] for each in alike]):
                    return False
            names = self.identifiers
            if names and not all(any(map(each.get, names)) for each in alike):
                return False
        return True

    def good_places(self, items: Sequence[JsonValue]) -> Sequence[int]:
        """Where in `items` the good ones are."""
        if self.are_good(items):
            return range(len(items))
        return [place for place, item in enumerate(items) if not self.faults(item)]

    def _looks(self, value: Mapping[str, JsonValue]) -> list[_Look]:
        return [
            (name, kind.all_good or partial(_all_pass, kind.check))
            for name, content in value.items()
            if (kind := self.fields.get(name)) is not None
            and kind.check is not None
            and not (kind is INTEGER and type(content) is int)
            and content is not None
        ]

    def faults(self, value: JsonValue) -> list[Fault]:
        """All that is wrong with a value; an empty list if nothing is."""
        if not isinstance(value, dict):
            return [self._fault("type", "", {"type": "object"}, "must be an object")]
        found: list[Fault] = []
        if not self.required <= value.keys():
            found += [self._missing(name) for name in sorted(self.required - value.keys())]
        if self.identifiers and not any(value.get(name) for name in self.identifiers):
            found.append(self._unidentified())
        fields = self.fields
        for name, content in value.items():
            kind = fields.get(name)
            if kind is None:
                continue
            if type(content) not in kind.types:
                if content is not None or not self.nulls or name in self.required:
                    found.append(self._mistyped(name, kind))
            elif kind.check is not None:
                for fault in kind.check(content):
                    schema = f"{self.name}.json#/properties/{name}/{fault.keyword}"
                    found.append(fault.under(f".{name}", schema))
        return found

    def _fault(self, keyword: str, at: str, params: dict[str, JsonValue], message: str) -> Fault:
        where = f"/properties/{at}" if at else ""
        schema = f"{self.name}.json#{where}/{keyword}"
        return Fault(keyword, f".{at}" if at else "", schema, params, message)

    def _missing(self, name: str) -> Fault:
        params: dict[str, JsonValue] = {"missingProperty": name}
        return self._fault("required", "", params, f"must have the property '{name}'")

    def _mistyped(self, name: str, kind: Kind) -> Fault:
        return self._fault("type", name, {"type": kind.word}, f"must be of type {kind.word}")

    def _unidentified(self) -> Fault:
        names = ", ".join(self.identifiers)
        return self._fault("anyOf", "", {}, f"must identify somebody by one of: {names}")


def _all_pass(check: _Check, values: Sequence[JsonValue]) -> bool:
    return not any(map(check, values))


def _integral(value: JsonValue) -> Sequence[Fault]:
    if isinstance(value, float) and not value.is_integer():
        return [Fault("type", "", "", {"type": "integer"}, "must be of type integer")]
    return ()


def _absolute(value: JsonValue) -> Sequence[Fault]:
    if isinstance(value, str) and _URI.fullmatch(value):
        return ()
    return [Fault("format", "", "", {"format": "uri"}, "must be an absolute URI")]


def _elements(value: JsonValue) -> list[JsonValue]:
    # A check beyond the type runs only when the type is right.
    return cast("list[JsonValue]", value)


def _all_text(value: JsonValue) -> Sequence[Fault]:
    return [
        Fault("type", f"[{place}]", "", {"type": "string"}, "must be of type string")
        for place, element in enumerate(_elements(value))
        if type(element) is not str
    ]


TEXT = Kind("string", (str,))
TEXT_OR_NULL = Kind("string", (str, NoneType))
NUMBER = Kind("number", (int, float))
INTEGER = Kind("integer", (int, float), _integral)
FLAG = Kind("boolean", (bool,))
OBJECT = Kind("object", (dict,))
URI = Kind("string", (str,), _absolute)
TEXTS = Kind("array", (list,), _all_text)


def choice(*allowed: str) -> Kind:
    """One of these words."""

    def check(value: JsonValue) -> Sequence[Fault]:
        if value in allowed:
            return ()
        params: dict[str, JsonValue] = {"allowedValues": list(allowed)}
        return [Fault("enum", "", "", params, "must be one of the allowed values")]

    return Kind("string", (str,), check, frozenset(allowed).issuperset)


def one(shape: Shape) -> Kind:
    """An object of that shape."""
    return Kind("object", (dict,), shape.faults, shape.are_good)


def many(shape: Shape) -> Kind:
    """An array of objects of that shape."""

    def check(value: JsonValue) -> Sequence[Fault]:
        return [
            fault.under(f"[{place}]")
            for place, element in enumerate(_elements(value))
            for fault in shape.faults(element)
        ]

    def all_good(values: Sequence[JsonValue]) -> bool:
        return shape.are_good([*chain.from_iterable(map(_elements, values))])

    return Kind("array", (list,), check, all_good)
