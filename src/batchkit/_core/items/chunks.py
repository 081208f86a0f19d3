"""Cutting the source into chunks, by count and by bytes, and keeping every item that was read."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import overload

import attrs

from ..operations import Operation
from ..rulings import Known
from ..text import one_line
from .models import InvalidItem


class Pieces(Sequence[bytes]):
    """The JSON of many items in one text.

    A thousand pieces of their own would cost more to keep than to write.
    """

    def __init__(self, pieces: Sequence[bytes] = ()) -> None:
        self._text = b",".join(pieces)
        self._sizes = array("Q", map(len, pieces))

    def joined(self, parts: Sequence[int]) -> bytes:
        """The JSON of these parts, with commas in between."""
        if len(parts) == len(self):
            return self._text
        return b",".join([self[part] for part in parts])

    @cached_property
    def _ends(self) -> Sequence[int]:
        return list(accumulate(size + 1 for size in self._sizes))

    def __len__(self) -> int:
        return len(self._sizes)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> list[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | list[bytes]:
        if isinstance(index, slice):
            return [self[part] for part in range(len(self))[index]]
        end = self._ends[index] - 1
        return self._text[end - self._sizes[index] : end]


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
    is_open: bool = False
    """Whether its items become known only when the ticket is finished; until then the ticket
    itself stands for them."""
    stamp: str = ""
    """The moment at which the items were encoded."""
    largest: int = 0
    """The most bytes that an item could have when this was cut."""
    known: Known | None = None
    """What the journal says of them; `None` if no run has come to them before."""

    def body(self, operation: Operation, positions: Sequence[int]) -> bytes:
        """The request body that carries the items at these positions."""
        parts: Sequence[int] = positions
        if len(positions) == len(self.positions):
            parts = range(len(positions))
        elif self.refused:
            parts = [self._part_of[position] for position in positions]
        return b"".join((operation.before, self.pieces.joined(parts), operation.after))

    @cached_property
    def _part_of(self) -> Mapping[int, int]:
        return {position: part for part, position in enumerate(self.positions)}


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
        self._max_bytes: int = max_bytes - len(operation.before) - len(operation.after)
        self._max_refused: int = max_refused or max_items
        self._now = now
        self._mean = self._max_bytes
        self._ready: deque[Chunk] = deque()
        self._draft = _Draft(0, now())

    @property
    def room(self) -> int:
        """How many items may be added now without more than one chunk becoming ready.

        Where bytes are the limit, that is foretold from the size of the items before.
        """
        pieces, size = len(self._draft.pieces), self._draft.size
        mean = size // pieces if pieces else self._mean
        by_bytes = (self._max_bytes - size) // max(1, mean)
        return max(1, min(self._max_items - pieces, by_bytes))

    @property
    def _index(self) -> int:
        """The next item's."""
        return self._draft.start + len(self._draft.items)

    def add(self, items: Iterable[object]) -> None:
        """Take the next items of the source."""
        encode, most, draft = self._encode, self._max_bytes, self._draft
        for item in items:
            try:
                piece = encode(item, draft.start + len(draft.items), draft.stamp)
                if draft.size + len(piece) > most:
                    piece = self._make_room(item, piece)
                    draft = self._draft
            except Exception as problem:  # an item may be any object, and do anything when read
                draft = self._draft
                draft.refused[len(draft.items)] = _why(problem)
            else:
                draft.pieces.append(piece)
                draft.size += len(piece) + 1
            draft.items.append(item)
            if len(draft.pieces) >= self._max_items or (
                draft.refused and len(draft.refused) >= self._max_refused
            ):
                self._end()
                draft = self._draft

    def take(self) -> Chunk | None:
        """The next chunk that is ready, or `None`."""
        return self._ready.popleft() if self._ready else None

    def finish(self, *, broke_off: bool = False) -> None:
        """Nothing more is read: what is left is the last chunk.

        `broke_off` says that the source may have had more.
        """
        if self._draft.items:
            self._end()

    def confirm_end(self) -> None:
        """The source has ended, and nobody expected more of it."""

    def _make_room(self, item: object, piece: bytes) -> bytes:
        """End the chunk before an item that it has no room for; the item's piece in the next."""
        if len(piece) <= self._max_bytes:
            self._end()
            piece = self._encode(item, self._index, self._draft.stamp)
        return confirmed(piece, self._max_bytes)

    def _end(self) -> None:
        draft = self._draft
        self._draft = _Draft(self._index, self._now())
        if draft.pieces:
            self._mean = draft.size // len(draft.pieces)
        every = range(len(draft.items))
        refused = draft.refused
        self._ready.append(
            Chunk(
                start=draft.start,
                items=draft.items,
                pieces=Pieces(draft.pieces),
                positions=[place for place in every if place not in refused] if refused else every,
                refused=refused,
                stamp=draft.stamp,
                largest=self._max_bytes,
            )
        )


def confirmed(piece: bytes, most: int) -> bytes:
    """The piece. Raises `InvalidItem` if it has more than `most` bytes."""
    if len(piece) > most:
        room = f"at most {most:,} fit" if most > 0 else "the envelope leaves no room in max_bytes"
        raise InvalidItem(f"The item is {len(piece):,} bytes of JSON; {room}.")
    return piece


class _Draft:
    """A chunk that is being filled."""

    __slots__ = ("items", "pieces", "refused", "size", "stamp", "start")

    def __init__(self, start: int, stamp: str) -> None:
        self.start = start
        self.stamp = stamp
        self.items: list[object] = []
        self.pieces: list[bytes] = []
        self.size = 0
        """Bytes of the pieces, a comma behind each."""
        self.refused: dict[int, str] = {}


def _why(problem: Exception) -> str:
    known = isinstance(problem, InvalidItem)
    return one_line(str(problem)) if known else f"Reading the item raised {type(problem).__name__}."
