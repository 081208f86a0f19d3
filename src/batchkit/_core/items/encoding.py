"""From an item to its bytes: take its wire form, check it, stamp it, write it."""

from __future__ import annotations

from ..operations import Encode
from . import jsontext
from .models import InvalidItem, Model, wire_form


def encoder(
    kind_of_item: type[Model],
    convert: jsontext.Convert,
    *,
    stamp: str | None = None,
) -> Encode:
    """The encoder of an operation whose items are `kind_of_item` or mappings.

    `convert` turns a value that JSON has no form for into one that it has. `stamp` names the field
    that a model without it is stamped in; a mapping is sent as it is.
    """
    shape = kind_of_item.shape
    check = shape.check
    write = jsontext.writer(convert, finite=shape.is_finite)

    def encode(item: object, index: int, now: str) -> bytes:
        wire, typed = wire_form(item, kind_of_item)
        check(wire, typed)
        if typed and stamp is not None and stamp not in wire:
            wire = {**wire, stamp: now}
        try:
            return write(wire)
        except (TypeError, ValueError) as problem:
            raise InvalidItem(str(problem)) from None

    return encode
