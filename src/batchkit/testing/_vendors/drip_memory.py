"""What Drip may remember of earlier requests: whom it knows, and what it has had before.

Nothing is remembered as long as no switch asks for it.
"""

# pyright: reportTypedDictNotRequiredAccess=false
# A vendor's `switches` begin as a copy of all defaults, so every key is there.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from .._json import JsonValue, encode
from .drip_switches import DripSwitches

_NAMES = ("email", "id", "person_id", "visitor_uuid")


class Memory:
    """People and items, each of one account."""

    def __init__(self, switches: DripSwitches) -> None:
        self._switches = switches
        self._people: set[tuple[str, JsonValue]] = set()
        self._seen: set[tuple[str, str, bytes]] = set()

    def applied(
        self, account: str, operation: str, items: Sequence[JsonValue], places: Sequence[int]
    ) -> Sequence[int]:
        """Which of these good items come to anything, by their places; they are remembered."""
        if self._switches["legacy_people"] == "needed":
            legacy = operation in ("legacy_orders", "one_legacy_order")
            places = [at for at in places if not legacy or self._knows(account, items[at])]
            for at in places:
                self._people.update((account, name) for name in _names(items[at]))
        if self._switches["drip_repeats"] == "merged":
            places = [at for at in places if self._is_new(account, operation, items[at])]
        return places

    def _knows(self, account: str, item: JsonValue) -> bool:
        return any((account, name) in self._people for name in _names(item))

    def _is_new(self, account: str, operation: str, item: JsonValue) -> bool:
        if "occurred_at" not in cast("Mapping[str, JsonValue]", item):
            return True  # it gets the time of its arrival, which makes it another one
        item_of = (account, operation.removeprefix("one_").rstrip("s"), encode(item))
        new = item_of not in self._seen
        self._seen.add(item_of)
        return new


def _names(item: JsonValue) -> list[JsonValue]:
    fields = cast("Mapping[str, JsonValue]", item)
    return [fields[name] for name in _NAMES if fields.get(name)]
