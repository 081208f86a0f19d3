"""Cutting the source into chunks, by count and by bytes, and keeping every item that was read."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from itertools import accumulate, chain, filterfalse
from typing import overload

import attrs

from ..operations import Operation
from ..rulings import Entry, Known
from . import refusals


class EncodedItems(Sequence[bytes]):
    """The JSON of many items in one text.

    A thousand pieces of their own would cost more to keep than to write.
    """

    def __init__(self, encoded: Sequence[bytes] = ()) -> None:
        self._text = b",".join(encoded)
        self._sizes = array("Q", map(len, encoded))

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
    encoded: EncodedItems
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
        return b"".join((operation.before, self.encoded.joined(parts), operation.after))

    @cached_property
    def _part_of(self) -> Mapping[int, int]:
        return {position: part for part, position in enumerate(self.positions)}


class Draft:
    """A chunk that is being filled: what was read for it, and what of that is written down."""

    def __init__(self, start: int, items: list[object], stamp: str) -> None:
        self.start = start
        self.items = items
        self.stamp = stamp
        self.written: list[bytes | str] = []
        """For each item its JSON, or in words why it cannot be sent."""
        self.most: float = math.inf
        """The most items, however many of them are refused."""
        self.most_valid = self.most_refused = 0
        """The most of each kind."""
        self.room = self.largest = 0
        """The most bytes of all items, and of one."""
        self.entry: Entry | None = None
        """What a journal says of these items."""
        self._size = self._refused = self._counted = 0

    def sums(self) -> tuple[int, int]:
        """Bytes of the JSON, a comma behind each, and how many items are refused."""
        if self._counted != len(self.written):
            sizes = [len(text) + 1 for text in self.written if type(text) is bytes]
            self.count(sum(sizes), len(self.written) - len(sizes))
        return self._size, self._refused

    def count(self, size: int, refused: int) -> None:
        """Remember the sums of what is written down."""
        self._size, self._refused, self._counted = size, refused, len(self.written)

    def end(self, refused: int) -> float:
        """How many items it holds, if of those that come none is refused."""
        return 0 if refused >= self.most_refused else min(self.most, self.most_valid + refused)


class Chunker:
    """Takes items in order and gives chunks.

    A chunk ends when another valid item would break a limit. It also ends when `max_refused` of
    its items are refused, so that a source of nothing but bad items is told of as it is read.

    Theory of operation. Each item is written down as it is when the source gives it, for the caller
    may fill the same object anew for the next one. And an exception may strike between any two
    lines: a signal handler's, for instance. So what the source gave is in a list at once, a chunk
    takes the place of the one before in one step, and what was not finished is done once more.
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
        self._state: tuple[Chunk | None, Draft] = (None, self._begun(0, []))

    @property
    def ready(self) -> Chunk | None:
        """The chunk that was completed last."""
        return self._state[0]

    @property
    def taken(self) -> list[object]:
        """What was read for the next chunk. Who reads in its place adds to it, and calls `read`."""
        return self._state[1].items

    def read(self, source: Iterable[object] = ()) -> bool:
        """Read until another chunk is ready; whether one was before the source ended."""
        draft = self._state[1]
        is_complete = self._write(draft, source)
        if is_complete:
            self._end(draft)
        return is_complete

    def finish(self, *, broke_off: bool = False) -> bool:
        """Nothing more is read: make a chunk of what is left; whether there was anything.

        `broke_off` says that the source may have had more.
        """
        draft = self._state[1]
        has_items = bool(draft.items)
        if has_items:
            self._write(draft)
            self._end(draft, broke_off=broke_off)
        return has_items

    def confirm_end(self) -> None:
        """The source has ended, and nobody expected more of it."""

    def _write(self, draft: Draft, source: Iterable[object] = ()) -> bool:
        """Write down what was read, and what the source gives; whether the chunk is complete."""
        encode, items, written = self._encode, draft.items, draft.written
        start, stamp, room = draft.start, draft.stamp, draft.room
        size, refused = draft.sums()
        end = draft.end(refused)
        if len(written) >= end:
            return True
        # All of it in C: nothing strikes between an item's being given and its being in the list.
        coming = filterfalse(items.append, source)
        for item in chain(items[len(written) :], coming):
            try:
                text: bytes | str = encode(item, start + len(written), stamp)
            except Exception as problem:  # an item may be any object, and do anything when read
                again = partial(encode, item, start + len(written), stamp)
                text = refusals.reason(problem, again)
            else:
                if size + len(text) > room:
                    if size and len(text) <= room:  # it is the next chunk's
                        return True
                    if len(text) > draft.largest:
                        text = refusals.too_large(len(text), draft.largest)
            written.append(text)
            if type(text) is bytes:
                size += len(text) + 1
            else:
                refused += 1
                end = draft.end(refused)
            if len(written) >= end:
                break
        draft.count(size, refused)
        return len(written) >= end

    def _end(self, draft: Draft, *, broke_off: bool = False) -> None:
        count = len(draft.written)
        following = self._begun(draft.start + count, draft.items[count:])
        self._write(following)  # before anybody can change what was read
        self._state = self._chunk(draft, broke_off=broke_off), following

    def _begun(self, start: int, items: list[object]) -> Draft:
        """A chunk of which this was read already."""
        draft = Draft(start, items, self._now())
        draft.most_valid, draft.most_refused = self._max_items, self._max_refused
        draft.room = draft.largest = self._max_bytes
        return draft

    def _chunk(self, draft: Draft, *, broke_off: bool) -> Chunk:
        """What is written down, as a chunk."""
        written, refused = draft.written, dict[int, str]()
        encoded = [text for text in written if type(text) is bytes]
        positions: Sequence[int] = range(len(written))
        if len(encoded) < len(written):
            refused = {place: text for place, text in enumerate(written) if type(text) is str}
            positions = [place for place in positions if place not in refused]
        return Chunk(
            start=draft.start,
            items=draft.items[: len(written)],
            encoded=EncodedItems(encoded),
            positions=positions,
            refused=refused,
            stamp=draft.stamp,
            largest=draft.largest,
        )
