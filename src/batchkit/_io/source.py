"""Reading the caller's items into chunks, and keeping what was read when reading ends early."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from itertools import islice
from typing import Protocol, cast

from .._core.items.chunks import Chunk, Cutter
from .._core.items.models import Model
from . import interrupts


class Chunks(Protocol):
    """Where a run's chunks come from."""

    def next_chunk(self, *, last: bool) -> Chunk | None:
        """The next chunk, or `None` at the end; `last` leaves the source itself alone."""
        ...


class AsyncChunks(Protocol):
    """The same for an event loop."""

    async def next_chunk(self, *, last: bool) -> Chunk | None: ...


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

    def __init__(self, items: Iterable[object], cutter: Cutter) -> None:
        self._items = iter(items)
        self._cutter = cutter
        self._ended = False

    def next_chunk(self, *, last: bool) -> Chunk | None:
        while (chunk := self._cutter.take()) is None and not self._ended:
            if last:
                self._end(broke_off=True)
            else:
                self._read()
        if chunk is None and not last:
            self._cutter.confirm_end()
        return chunk

    def _read(self) -> None:
        room = self._cutter.room
        read: list[object] = []
        try:
            with interrupts.released():
                read.extend(islice(self._items, room))  # keeps what came before the source raised
        finally:
            self._cutter.add(read)
        if len(read) < room:
            self._end()

    def _end(self, *, broke_off: bool = False) -> None:
        self._ended = True
        self._cutter.finish(broke_off=broke_off)


class AsyncSource:
    """The chunks of an async iterable, read lazily in the caller's task."""

    def __init__(self, items: AsyncIterable[object], cutter: Cutter) -> None:
        self._items: AsyncIterator[object] = aiter(items)
        self._cutter = cutter
        self._ended = False

    async def next_chunk(self, *, last: bool) -> Chunk | None:
        while (chunk := self._cutter.take()) is None and not self._ended:
            if last:
                self._end(broke_off=True)
            else:
                await self._read()
        if chunk is None and not last:
            self._cutter.confirm_end()
        return chunk

    async def _read(self) -> None:
        room = self._cutter.room
        read: list[object] = []
        try:
            while len(read) < room:
                read.append(await anext(self._items))
        except StopAsyncIteration:
            self._ended = True
        finally:
            self._cutter.add(read)
        if self._ended:
            self._end()

    def _end(self, *, broke_off: bool = False) -> None:
        self._ended = True
        self._cutter.finish(broke_off=broke_off)


class MadeChunks:
    """Chunks that are known before the run begins."""

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._chunks: Iterator[Chunk] = iter(chunks)

    def next_chunk(self, *, last: bool) -> Chunk | None:
        return next(self._chunks, None)


class InTask:
    """Chunks of a plain source, for an event loop."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks

    async def next_chunk(self, *, last: bool) -> Chunk | None:
        return self._chunks.next_chunk(last=last)


def async_chunks(items: object, cutter: Cutter) -> AsyncChunks:
    """The chunks of a plain or an async iterable."""
    if isinstance(items, AsyncIterable):
        return AsyncSource(cast("AsyncIterable[object]", items), cutter)
    return InTask(Source(cast("Iterable[object]", items), cutter))
