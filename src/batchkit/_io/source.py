"""Reading the caller's items into chunks, and keeping what was read when reading ends early."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from itertools import pairwise
from typing import Protocol, cast

from .._core.items.chunks import Chunk, Chunker
from .._core.items.models import Model


class Chunks(Protocol):
    """Where a run's chunks come from."""

    def next_chunk(self, after: Chunk | None, *, last: bool) -> Chunk | None:
        """The chunk that follows `after`, or `None` at the end; `last` leaves the source alone.

        Asked once more it gives the same: who was struck before it had the chunk still gets it.
        """
        ...


class AsyncChunks(Protocol):
    """The same for an event loop."""

    async def next_chunk(self, after: Chunk | None, *, last: bool) -> Chunk | None: ...


def confirm_items(items: object, *, or_async: bool = False) -> None:
    """Raise `TypeError` for what is one item, or no iterable of items at all."""
    kinds = "an iterable or an async iterable" if or_async else "an iterable"
    if isinstance(items, (Mapping, str, bytes, bytearray, Model)):
        one = type(cast(object, items)).__name__
        raise TypeError(f"items is one {one}; it must be {kinds} of items.")
    if not (isinstance(items, Iterable) or (or_async and isinstance(items, AsyncIterable))):
        raise TypeError(f"items is of type {type(items).__name__}; it must be {kinds} of items.")


class Source:
    """The chunks of an iterable, read lazily in the caller's thread."""

    def __init__(self, items: Iterable[object], chunker: Chunker) -> None:
        self._items = iter(items)
        self._chunker = chunker
        self._ended = False

    def next_chunk(self, after: Chunk | None, *, last: bool) -> Chunk | None:
        if self._chunker.ready is after and not (last or self._ended):
            self._ended = not self._chunker.read(self._items)
        return following(self._chunker, after, has_ended=self._ended, last=last)


class AsyncSource:
    """The chunks of an async iterable, read lazily in the caller's task."""

    def __init__(self, items: AsyncIterable[object], chunker: Chunker) -> None:
        self._items: AsyncIterator[object] = aiter(items)
        self._chunker = chunker
        self._ended = False

    async def next_chunk(self, after: Chunk | None, *, last: bool) -> Chunk | None:
        if self._chunker.ready is after and not (last or self._ended):
            self._ended = not await self._read()
        return following(self._chunker, after, has_ended=self._ended, last=last)

    async def _read(self) -> bool:
        while not self._chunker.read():
            try:
                # In one line: nothing strikes between an item's coming and its being in the list.
                self._chunker.taken.append(await anext(self._items))
            except StopAsyncIteration:
                return False
        return True


def following(
    chunker: Chunker, after: Chunk | None, *, has_ended: bool, last: bool
) -> Chunk | None:
    """The chunk that follows `after` when no more is read for it."""
    if chunker.ready is after and not chunker.finish(broke_off=not has_ended):
        if not last:
            chunker.confirm_end()
        return None
    return chunker.ready


class MadeChunks:
    """Chunks that are known before the run begins."""

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        every: list[Chunk | None] = [None, *chunks]
        self._following = dict(pairwise(every))

    def next_chunk(self, after: Chunk | None, *, last: bool) -> Chunk | None:
        return self._following.get(after)


class InTask:
    """Chunks of a plain source, for an event loop."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks

    async def next_chunk(self, after: Chunk | None, *, last: bool) -> Chunk | None:
        return self._chunks.next_chunk(after, last=last)


def async_chunks(items: object, chunker: Chunker) -> AsyncChunks:
    """The chunks of a plain or an async iterable."""
    if isinstance(items, AsyncIterable):
        return AsyncSource(cast("AsyncIterable[object]", items), chunker)
    return InTask(Source(cast("Iterable[object]", items), chunker))
