"""An assertion for tests that know which items a vendor should have taken."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ._check import read_kept
from ._item_keys import canonical, fields_of, key_of, keys_of_taken
from ._records import LedgerItem
from ._vendors import FakeDrip, FakeEcwid, FakeEmpathy
from .ledger import Ledger

_MOST_SHOWN = 10
_LONGEST = 200


def assert_taken(
    by: Ledger | FakeDrip | FakeEcwid | FakeEmpathy,
    items: Iterable[object],
    vendor: str | None = None,
    operation: str | None = None,
) -> None:
    """Assert that exactly these items were taken, each once, in any order.

    `items` are models or mappings. A model's ``occurred_at`` that the client stamped, and an
    entry's id that it made, may differ. `vendor` and `operation` say which part of the ledger is
    meant. The message of the `AssertionError` names what is missing, what was not expected, and for
    an item that is nearly right the fields that differ. Raises `ValueError` for a ledger that kept
    no items.
    """
    __tracebackhide__ = True
    ledger = by if isinstance(by, Ledger) else by.ledger
    left: dict[str, list[LedgerItem]] = defaultdict(list)
    records = read_kept(ledger, vendor, operation)
    for record in records:
        for key in keys_of_taken(record.item):
            left[key].append(record)
    used: set[int] = set()
    missing: list[object] = []
    number = 0
    for item in items:
        number += 1
        found = [one for one in left.get(key_of(item) or "", ()) if id(one) not in used]
        if found:
            used.add(id(found[0]))
        else:
            missing.append(item)
    unexpected = [record for record in records if id(record) not in used]
    if missing or unexpected:
        raise AssertionError(_message(number, len(records), missing, unexpected))


def _message(expected: int, taken: int, missing: list[object], unexpected: list[LedgerItem]) -> str:
    lines = [f"{expected} items were expected, {taken} were taken:"]
    for item in missing:
        near = max(unexpected, key=lambda record: _likeness(item, record.item), default=None)
        if near is None or _likeness(item, near.item) < 0.5:
            lines.append(f"- never taken: {_short(fields_of(item) or item)}")
            continue
        unexpected.remove(near)
        lines.append(f"~ taken with differences ({_place(near)}):")
        lines += [f"    {difference}" for difference in _differences(item, near.item)]
    lines += [f"+ not expected ({_place(one)}): {_short(one.item)}" for one in unexpected]
    left = len(lines) - 1 - 3 * _MOST_SHOWN
    return "\n".join(
        lines if left <= 0 else [*lines[: 1 + 3 * _MOST_SHOWN], f"… {left} lines more"]
    )


def _likeness(item: object, taken: object) -> float:
    """The share of fields that are equal, from 0 to 1."""
    ours, theirs = _said(item), _said(taken)
    names = ours.keys() | theirs.keys()
    return sum(ours.get(name) == theirs.get(name) for name in names) / len(names) if names else 0.0


def _differences(item: object, taken: object) -> list[str]:
    ours, theirs = _said(item), _said(taken)
    return [
        f"{name}: expected {ours.get(name, 'nothing')}, taken {theirs.get(name, 'nothing')}"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def _said(item: object) -> dict[str, Any]:
    return {name: canonical(value) for name, value in (fields_of(item) or {}).items()}


def _place(record: LedgerItem) -> str:
    return (
        f"{record.vendor} {record.operation}, request {record.request}, position {record.position}"
    )


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
