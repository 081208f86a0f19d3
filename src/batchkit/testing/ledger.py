"""The ledger: what the vendors of a sandbox really did, item by item.

It keeps request bodies as the bytes that came and decodes them when somebody looks, so an item
costs its own size on the wire and no object. Every method may be called from any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from ._json import JsonValue, decode, decode_exactly

Fate: TypeAlias = Literal["taken", "dropped", "refused"]
"""What became of an item that a vendor looked at one by one.

``taken``: applied, once for each record. ``dropped``: the answer said yes and nothing was applied.
``refused``: the answer told the client that this very item was not applied.
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a vendor places it: who it is for and when it came (clock seconds)."""

    number: int
    vendor: str
    operation: str
    account: str
    time: float


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """One request that was answered.

    `number` counts up from 1 over all vendors and goes on after `Ledger.clear`. `operation` is the
    name batchkit gives the endpoint (``subscribers``, ``browse_category``, ``batches``), another
    Empathy sink's own name, or ``""`` for a path no vendor knows. `account` is the account,
    instance or store id of the path. `time` is the sandbox clock at arrival, in seconds.
    """

    number: int
    vendor: str
    operation: str
    account: str
    time: float
    status: int


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One item and what became of it.

    `request` is the number of the request that carried it, `position` its place there, from 0.
    `time` is when it was applied, which for an Ecwid entry is later than the submission.
    """

    vendor: str
    operation: str
    account: str
    request: int
    position: int
    time: float
    fate: Fate
    item: JsonValue


@dataclass(frozen=True, slots=True)
class Carrier:
    """Where the items of a request are: its bytes, and the keys that lead to the list."""

    body: bytes
    path: tuple[str | int, ...] = ()

    def items(self) -> list[JsonValue]:
        """Decode the list."""
        value: Any
        try:
            value = decode_exactly(self.body)
        except (ValueError, RecursionError):
            # A quicker parser took it, and its limits are a little wider.
            value = decode(self.body)
        for step in self.path:
            value = value[step]
        return cast("list[JsonValue]", value)


@dataclass(frozen=True, slots=True)
class _Piece:
    call: Call
    fate: Fate
    time: float
    carrier: Carrier
    positions: Sequence[int]


class Ledger:
    """An account of all requests and items, in the order in which they were handled.

    With ``keep_items=False`` only the requests and the counts are kept, and the iterators of items
    are empty.
    """

    def __init__(self, *, keep_items: bool = True) -> None:
        self._keep_items = keep_items
        self._lock = threading.Lock()
        self._number = 0
        self._requests: list[RequestRecord] = []
        self._pieces: list[_Piece] = []
        self._counts: dict[tuple[str, str, Fate], int] = {}
        self._before_reading: list[Callable[[], None]] = []

    # -- reading

    @property
    def requests(self) -> Sequence[RequestRecord]:
        """Every request answered so far, as a snapshot."""
        with self._lock:
            return tuple(self._requests)

    def items(self, vendor: str | None = None, operation: str | None = None) -> Iterator[JsonValue]:
        """The items taken, in the order in which they were applied; ``None`` means any."""
        return (record.item for record in self.records(vendor, operation))

    def dropped(
        self, vendor: str | None = None, operation: str | None = None
    ) -> Iterator[JsonValue]:
        """The items a vendor said yes to and threw away (bad items of Drip v2)."""
        return (record.item for record in self.records(vendor, operation, "dropped"))

    def refused(
        self, vendor: str | None = None, operation: str | None = None
    ) -> Iterator[JsonValue]:
        """The items a vendor refused by name (Empathy events, Ecwid entries), neighbours aside."""
        return (record.item for record in self.records(vendor, operation, "refused"))

    def records(
        self,
        vendor: str | None = None,
        operation: str | None = None,
        fate: Fate = "taken",
    ) -> Iterator[ItemRecord]:
        """The same items with the request and the position they came in."""
        self._settle()
        with self._lock:
            pieces = tuple(self._pieces)
        carrier, items = None, list[JsonValue]()
        for piece in pieces:
            call = piece.call
            if (
                piece.fate != fate
                or vendor not in (None, call.vendor)
                or operation not in (None, call.operation)
            ):
                continue
            if piece.carrier is not carrier:
                carrier = piece.carrier
                items = carrier.items()
            for position in piece.positions:
                yield ItemRecord(
                    call.vendor,
                    call.operation,
                    call.account,
                    call.number,
                    position,
                    piece.time,
                    fate,
                    items[position],
                )

    def count(
        self,
        vendor: str | None = None,
        operation: str | None = None,
        fate: Fate = "taken",
    ) -> int:
        """How many items were taken (or had another fate); known with ``keep_items=False`` too."""
        self._settle()
        with self._lock:
            return sum(
                number
                for (of_vendor, of_operation, of_fate), number in self._counts.items()
                if of_fate == fate
                and vendor in (None, of_vendor)
                and operation in (None, of_operation)
            )

    def clear(self) -> None:
        """Forget everything so far; what a vendor itself remembers stays."""
        self._settle()
        with self._lock:
            self._requests.clear()
            self._pieces.clear()
            self._counts.clear()

    # -- writing, for the vendors

    def next_number(self) -> int:
        """The number of a request that has just arrived."""
        with self._lock:
            self._number += 1
            return self._number

    def answered(self, call: Call, status: int) -> None:
        """Note the answer to a request."""
        record = RequestRecord(
            call.number, call.vendor, call.operation, call.account, call.time, status
        )
        with self._lock:
            self._requests.append(record)

    def note(
        self,
        fate: Fate,
        call: Call,
        carrier: Carrier,
        positions: Sequence[int],
        *,
        time: float | None = None,
    ) -> None:
        """Note what became of the items at `positions`, which ascend.

        `time` is when they were applied, that of the call if not given.
        """
        if not positions:
            return
        first, last = positions[0], positions[-1]
        if last - first + 1 == len(positions):
            # A range is small however many there are.
            positions = range(first, last + 1)
        key = (call.vendor, call.operation, fate)
        with self._lock:
            self._counts[key] = self._counts.get(key, 0) + len(positions)
            if self._keep_items:
                when = call.time if time is None else time
                self._pieces.append(_Piece(call, fate, when, carrier, positions))

    def before_reading(self, settle: Callable[[], None]) -> None:
        """Have `settle` called before each reading, for a vendor that works while nobody looks."""
        self._before_reading.append(settle)

    def _settle(self) -> None:
        for settle in self._before_reading:
            settle()
