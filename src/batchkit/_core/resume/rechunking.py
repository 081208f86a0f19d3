"""Cutting a source where an earlier run cut it, whatever the limits say now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import attrs

from ...exceptions import JournalError
from ..items.chunks import Cutter, confirmed
from ..operations import Operation
from ..rulings import Entry
from .entries import digest, first_of


class Entries(Protocol):
    """What a journal says of the chunks of an earlier run, in the order of the source."""

    def peek(self) -> Entry | None:
        """The next entry; `None` after the last."""
        ...

    def pop(self) -> Entry:
        """The same, and go on to the one after it."""
        ...


class Recutter(Cutter):
    """Takes items in order and gives the chunks of an earlier run, and between them its own.

    Each chunk that the journal knows is encoded at the moment of then, judged by the limit that an
    item had then, and compared.
    """

    def __init__(
        self,
        operation: Operation,
        entries: Entries,
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
            return self._entry.start + self._entry.count - self._index
        following = self._entries.peek()
        if following is None:
            return super().room
        return min(super().room, following.start - self._index)

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
        if self._entry is not None or self._entries.peek() is not None:
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
            chunk = self._ready.pop()
            count = len(chunk.items)
            if self._broke_off and count < entry.count:
                self._ready.append(attrs.evolve(chunk, entry=first_of(entry, count), is_cut=True))
                return
            is_same = count == entry.count
            is_same = is_same and digest(self._operation, chunk) == entry.digest
            self._ready.append(attrs.evolve(chunk, entry=entry, is_changed=not is_same))
        self._begin()

    def _is_due(self) -> bool:
        following = self._entries.peek()
        return following is not None and following.start == self._index

    def _begin(self) -> None:
        """Begin a chunk: the next of the earlier run, if this is its place."""
        if not self._is_due():
            self._max_items, self._max_bytes, self._max_refused = self._limits
            return
        self._entry = entry = self._entries.pop()
        self._draft.stamp = entry.stamp
        self._max_items = self._max_refused = entry.count + 1
        self._max_bytes = 0  # so that each piece asks for room
