"""Cutting a source where an earlier run cut it, whatever the limits say now."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

import attrs

from ...exceptions import JournalError
from ..items.chunks import Chunk, Cutter, confirmed
from ..operations import Operation
from ..rulings import Entry, Fit, Known
from .entries import digest, first_of


class Recutter(Cutter):
    """Takes items in order and gives the chunks of an earlier run, and between them its own.

    `entries` are what the journal says of the chunks that come next; more may come in as it goes.
    Each chunk that the journal knows is encoded at the moment of then, judged by the limit that an
    item had then, and compared.
    """

    def __init__(
        self,
        operation: Operation,
        entries: deque[Entry],
        *,
        max_items: int,
        max_bytes: int,
        max_refused: int | None = None,
        now: Callable[[], str],
    ) -> None:
        super().__init__(
            operation, max_items=max_items, max_bytes=max_bytes, max_refused=max_refused, now=now
        )
        self._operation = operation
        self._entries = entries
        self._entry: Entry | None = None
        self._broke_off = False
        self._limits: tuple[int, int, int] = (self._max_items, self._max_bytes, self._max_refused)
        self._begin()

    @property
    def room(self) -> int:
        """How many items may be added now without more than one chunk becoming ready."""
        if self._entry is not None:
            return self._entry.end - self._index
        if not self._entries:
            return super().room
        return min(super().room, self._entries[0].start - self._index)

    def add(self, items: Iterable[object]) -> None:
        """Take the next items of the source, at most as many as there is room for."""
        super().add(items)
        if self._entry is not None:
            if len(self._draft.items) == self._entry.count:
                self._end()
        elif self._is_due():
            self._end()

    def finish(self, *, broke_off: bool = False) -> None:
        """Nothing more is read: what is left of a known chunk is not judged if it broke off."""
        self._broke_off = broke_off
        super().finish()

    def confirm_end(self) -> None:
        """The source has ended: raise `JournalError` if the earlier run read more of it."""
        if self._entry is not None or self._entries:
            raise JournalError(
                f"The source ended after {self._index:,} items, and the journal has an account of "
                "more. Give the same source in the same order, or begin a new journal for another."
            )

    def _make_room(self, item: object, piece: bytes) -> bytes:
        if self._entry is None:
            return super()._make_room(item, piece)
        return confirmed(piece, self._entry.largest)

    def _end(self) -> None:
        super()._end()
        entry, self._entry = self._entry, None
        if entry is not None:
            self._ready.append(self._compared(self._ready.pop(), entry))
        self._begin()

    def _compared(self, chunk: Chunk, entry: Entry) -> Chunk:
        """The chunk with what the journal says of it."""
        count = len(chunk.items)
        if count == entry.count and digest(self._operation, chunk) == entry.digest:
            return attrs.evolve(chunk, known=Known(entry, Fit.SAME))
        known = Known(entry, Fit.OTHER)
        if count < entry.count and self._broke_off:
            known = Known(first_of(entry, count), Fit.CUT)
        # What is refused of these items says nothing of those that the journal speaks of.
        return attrs.evolve(chunk, known=known, refused={})

    def _is_due(self) -> bool:
        return bool(self._entries) and self._entries[0].start == self._index

    def _begin(self) -> None:
        """Begin a chunk: the next of the earlier run, if this is its place."""
        if not self._is_due():
            self._max_items, self._max_bytes, self._max_refused = self._limits
            return
        self._entry = entry = self._entries.popleft()
        self._draft.stamp = entry.stamp
        self._max_items = self._max_refused = entry.count + 1
        self._max_bytes = 0  # so that each piece asks for room
