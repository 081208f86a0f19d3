"""What items are known by, on the caller's side and in the ledger, whatever they are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

_ENTRY = {"id", "method", "path", "body"}
_STAMP = "occurred_at"
_FRACTION = re.compile(r"-?\d+\.\d+")


def key_of(item: object) -> str | None:
    """What an item of the caller's is known by; `None` if it is no item at all.

    A text is the id of an entry: the outcomes of a job know no more of theirs.
    """
    if isinstance(item, str):
        return f"id {item}"
    fields = fields_of(item)
    if fields is None:
        return None
    if _is_entry(fields):
        if isinstance(name := fields.get("id"), str):
            return f"id {name}"
        return _entry_key(fields)
    return canonical(fields)


def has_id(key: str | None) -> bool:
    """Whether it is known by an id, so that no other item of its run is equal to it."""
    return key is not None and key.startswith("id ")


def keys_of_taken(item: Any) -> list[str]:
    """The keys that the caller's item may have: it may lack the stamp, and an entry its id."""
    if not isinstance(item, dict):
        return [canonical(item)]
    fields = cast("dict[str, Any]", item)
    if _is_entry(fields):
        named = [f"id {fields['id']}"] if "id" in fields else []
        return [*named, _entry_key(fields)]
    keys = [canonical(fields)]
    if _STAMP in fields:
        keys.append(canonical({name: fields[name] for name in fields if name != _STAMP}))
    return keys


def _is_entry(fields: Mapping[str, Any]) -> bool:
    return {"method", "path"} <= fields.keys() <= _ENTRY


def _entry_key(fields: Mapping[str, Any]) -> str:
    path = str(fields["path"]).lstrip("/")
    return f"{fields['method']} {path} {canonical(fields.get('body'))}"


def fields_of(item: Any) -> dict[str, Any] | None:
    """The wire form of a model or a mapping."""
    wire = getattr(item, "_wire", item)
    if not isinstance(wire, Mapping):
        return None
    own = getattr(item, "extra", None)
    fields = dict(cast("Mapping[str, Any]", wire))
    if isinstance(own, Mapping):
        fields.update(cast("Mapping[str, Any]", own))
    return fields


def canonical(value: object) -> str:
    """One text for all ways to say a value: in Empathy's batches ``1`` goes out as ``"1"``."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Any) -> Any:
    fields = fields_of(value)
    if fields is not None:
        return {str(name): _plain(inner) for name, inner in fields.items()}
    match value:
        case list() | tuple():
            return [_plain(inner) for inner in cast("list[Any]", value)]
        case None:
            return None
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case int() | float() | Decimal() | str():
            text = f"{value:f}" if isinstance(value, Decimal) else str(value)
            return text.rstrip("0").rstrip(".") if _FRACTION.fullmatch(text) else text
        case _:
            return str(value)
