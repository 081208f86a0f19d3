"""Empathy's batch endpoint: one operation per sink, and how an event is written."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import cast

import cattrs

from .._core.items import jsontext, keys
from .._core.items.models import (
    FieldRule,
    InvalidItem,
    confirm_json,
    convert_model,
    kind,
    wire_form,
    wrong,
)
from .._core.operations import Encode, Operation, Repeat
from ..options import Limits
from .answers import complain, read
from .fields import ANYTHING, Event
from .models import (
    Add2CartEvent,
    BrowseAdd2CartEvent,
    BrowseCategoryEvent,
    BrowseCheckoutEvent,
    BrowseProductEvent,
    CheckoutEvent,
    ClickEvent,
    QueryEvent,
    WishlistEvent,
)

MODELS: Mapping[str, type[Event]] = {
    "query": QueryEvent,
    "click": ClickEvent,
    "wishlist": WishlistEvent,
    "add2cart": Add2CartEvent,
    "checkout": CheckoutEvent,
    "browseCategory": BrowseCategoryEvent,
    "browseProduct": BrowseProductEvent,
    "browseAdd2Cart": BrowseAdd2CartEvent,
    "browseCheckout": BrowseCheckoutEvent,
}
"""The documented sinks, in the vendor's spelling, and the model of each."""

_LIMITS = Limits(max_items=1_000, max_bytes=5_000_000)  # ours: the vendor names none


def operation(instance: str, sink: str, *, q_required: bool = True) -> Operation:
    """The batch operation of a sink, which need not be one of the documented nine.

    An event of a documented sink is a model or a mapping, and must have a `lang`; after a search
    it must have a `q` as well. With `q_required=False` an event may come without `q`, as those of
    recommendations do, but an empty `q` is still refused: the vendor takes it for a missing one,
    and who means that leaves it out. Events of other sinks are mappings with fields of any name.

    `instance` and `sink` go into the path as they are.
    """
    model = MODELS.get(sink)
    return Operation(
        vendor="Empathy",
        name=sink,
        path=f"/track/{instance}/{sink}/batch",
        encode=_encoder(model, q_required=q_required),
        before=b"[",
        after=b"]",
        limits=_LIMITS,
        repeat=Repeat.DUPLICATES,
        request_id_headers=("x-request-id", "x-amzn-requestid"),
        read=read,
        complain=complain,
        quota="tagging",
        fields=model.shape.rules if model else (),
    )


def _encoder(kind_of_item: type[Event] | None, *, q_required: bool) -> Encode:
    rules = kind_of_item.shape.rules if kind_of_item else {}
    required = [name for name, rule in rules.items() if rule.required]
    known = frozenset(rules).issuperset
    waived = "" if q_required else "q"
    write = jsontext.writer(convert_model, finite=True)

    def encode(item: object, index: int, now: str) -> bytes:
        wire, typed = wire_form(item, kind_of_item) if kind_of_item else (_mapping(item), False)
        for value in wire.values():
            if type(value) is not str:  # most events are text alone, and need no closer look
                wire = _checked(wire, rules, typed=typed)
                break
        for name in required:
            if not wire.get(name) and (name in wire or name != waived):
                gap = "empty" if name in wire else "missing"
                raise InvalidItem(f"`{name}` is {gap}; it must be {rules[name].what}.")
        try:
            piece = write(wire)
            if not known(wire):
                keys.confirm(wire)
            return piece
        except (TypeError, ValueError) as problem:
            raise InvalidItem(str(problem)) from None

    return encode


def _mapping(item: object) -> dict[str, object]:
    if isinstance(item, Mapping):
        return dict(cast("Mapping[str, object]", item))
    raise InvalidItem(f"The item is {kind(item)}; for a sink without a model it must be a mapping.")


def _checked(
    wire: Mapping[str, object], rules: Mapping[str, FieldRule], *, typed: bool
) -> dict[str, object]:
    """The fields, each confirmed; those of a model as text."""
    checked = dict(wire)
    for name, value in wire.items():
        if type(value) is not str:
            _confirm(name, value, rules.get(name, ANYTHING), typed=typed)
            if typed:
                checked[name] = _text(name, value)
            elif isinstance(value, float):
                confirm_json(name, value, typed)
    return checked


def _confirm(name: str, value: object, rule: FieldRule, *, typed: bool) -> None:
    if not (typed or rule.required):
        rule = ANYTHING  # a mapping is the caller's own word, as long as JSON and vendor know it
    if type(value) in rule.types:
        return
    if value is None:
        how = "leave it out (UNSET)" if typed else "leave it out"
        raise InvalidItem(f"`{name}` is null, which the vendor takes for a missing field; {how}.")
    if isinstance(value, bool) or not isinstance(value, rule.types):
        raise wrong(name, value, rule.what)


def _text(name: str, value: object) -> str:
    try:
        return cast(str, _texts.unstructure(value))
    except ValueError as problem:
        raise InvalidItem(f"`{name}` {problem}") from None


def _text_of_whole(value: int) -> str:
    if not -(2**63) <= value < 2**64:
        raise ValueError("is a whole number beyond 64 bits; send it as text.")
    return int.__repr__(value)


def _text_of_decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise ValueError("is not finite; it must be a number.")
    if not -30 < value.adjusted() < 30:
        raise ValueError("is too large or too small to be written plainly; send it as text.")
    return format(value, "f")


def _text_of_float(value: float) -> str:
    shortest = _text_of_decimal(Decimal(float.__repr__(value)))
    # No currency has more than four decimals; a float that does is the noise of a calculation.
    if len(shortest.partition(".")[2]) > 4:
        raise ValueError("is a float with more than four decimals; round it, or give a Decimal.")
    return shortest


_texts = cattrs.Converter()
"""How a model's values become text."""
_texts.register_unstructure_hook(str, str.__str__)
_texts.register_unstructure_hook(bool, lambda value: "true" if value else "false")
_texts.register_unstructure_hook(int, _text_of_whole)
_texts.register_unstructure_hook(Decimal, _text_of_decimal)
_texts.register_unstructure_hook(float, _text_of_float)
