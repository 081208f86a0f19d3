"""Cutting the source into chunks, by count and by bytes, and keeping every item that was read."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import overload

import attrs

from .items import InvalidItem
from .operations import Operation


class Pieces(Sequence[bytes]):
    """The JSON of many items in one buffer: a thousand small ones would cost more than writing."""

    def __init__(self, pieces: Iterable[bytes] = ()) -> None:
        self._text = bytearray()
        self._ends = array("Q")
        for piece in pieces:
            self.append(piece)

    def append(self, piece: bytes) -> None:
        """Add the next item's JSON."""
        self._text += piece
        self._text += b","
        self._ends.append(len(self._text))

    @property
    def size(self) -> int:
        """Bytes of all the pieces, each with a comma behind it."""
        return len(self._text)

    def joined(self, parts: Sequence[int]) -> bytes | memoryview:
        """The JSON of these parts, with commas in between."""
        if len(parts) == len(self):
            return memoryview(self._text)[:-1]
        return b",".join([self[part] for part in parts])

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self[part] for part in range(*index.indices(len(self)))]
        end = self._ends[index]
        part = index % len(self)
        return bytes(self._text[self._ends[part - 1] if part else 0 : end - 1])


@attrs.frozen(kw_only=True, eq=False)
class Chunk:
    """Neighbouring items: what of them is sent in one request, and what is refused here."""

    start: int
    """Index of its first item in the caller's input."""
    items: Sequence[object]
    """Every item of the chunk, the refused ones included."""
    pieces: Pieces
    """The JSON of the valid items, in order."""
    positions: Sequence[int]
    """Where in `items` each piece belongs."""
    refused: Mapping[int, str]
    """Positions in `items` that cannot be sent, and why."""
    ticket: str | None = None
    """The ticket that already stands for this chunk, submitted by an earlier call."""


def body(operation: Operation, pieces: Pieces, parts: Sequence[int]) -> bytes:
    """The request body that carries these parts of the pieces."""
    return b"".join((operation.before, pieces.joined(parts), operation.after))


class Cutter:
    """Takes items in order and gives chunks.

    A chunk ends when another valid item would break a limit. It also ends when `max_refused` of
    its items are refused, so that a source of nothing but bad items is told of as it is read.
    """

    def __init__(
        self,
        operation: Operation,
        *,
        max_items: int,
        max_bytes: int,
        max_refused: int | None = None,
        now: Callable[[], str],
    ) -> None:
        self._encode = operation.encode
        self._max_items = max_items
        self._max_bytes = max_bytes - len(operation.before) - len(operation.after)
        self._max_refused = max_refused or max_items
        self._now = now
        self._mean = self._max_bytes
        self._index = 0
        self._ready: deque[Chunk] = deque()
        self._begin(0)

    @property
    def room(self) -> int:
        """How many items may be added now without more than one chunk becoming ready.

        Where bytes are the limit, that is foretold from the size of the items before.
        """
        mean = self._pieces.size // len(self._pieces) if self._pieces else self._mean
        by_bytes = (self._max_bytes - self._pieces.size) // max(1, mean)
        return max(1, min(self._max_items - len(self._pieces), by_bytes))

    def add(self, items: Iterable[object]) -> None:
        """Take the next items of the source."""
        encode, most = self._encode, self._max_bytes
        for item in items:
            index = self._index
            self._index = index + 1
            try:
                piece = encode(item, index, self._stamp)
                if self._pieces.size + len(piece) > most:
                    piece = self._make_room(item, index, piece)
            except Exception as problem:  # an item may be any object, and do anything when read
                self._refuse(item, index, problem)
                continue
            self._positions.append(len(self._items))
            self._items.append(item)
            self._pieces.append(piece)
            if len(self._pieces) >= self._max_items:
                self._end(index + 1)

    def _refuse(self, item: object, index: int, problem: Exception) -> None:
        known = isinstance(problem, InvalidItem)
        why = str(problem) if known else f"Reading the item raised {type(problem).__name__}."
        self._refused[len(self._items)] = why
        self._items.append(item)
        if len(self._refused) >= self._max_refused:
            self._end(index + 1)

    def take(self) -> Chunk | None:
        """The next chunk that is ready, or `None`."""
        return self._ready.popleft() if self._ready else None

    def finish(self) -> None:
        """The source has ended: what is left is the last chunk."""
        if self._items:
            self._end(self._index)

    def _make_room(self, item: object, index: int, piece: bytes) -> bytes:
        """End the chunk before an item that it has no room for; the item's piece in the next."""
        most = self._max_bytes
        if len(piece) <= most:
            self._end(index)
            piece = self._encode(item, index, self._stamp)
        if len(piece) > most:
            raise InvalidItem(f"The item is {len(piece):,} bytes of JSON; at most {most:,} fit.")
        return piece

    def _begin(self, index: int) -> None:
        self._start = index
        self._items: list[object] = []
        self._pieces = Pieces()
        self._positions: list[int] = []
        self._refused: dict[int, str] = {}
        self._stamp = self._now()

    def _end(self, index: int) -> None:
        if self._pieces:
            self._mean = self._pieces.size // len(self._pieces)
        self._ready.append(
            Chunk(
                start=self._start,
                items=self._items,
                pieces=self._pieces,
                positions=self._positions,
                refused=self._refused,
            )
        )
        self._begin(index)
