"""A journal while a run writes it."""

from __future__ import annotations

import json
import threading
import zlib
from collections import deque
from contextlib import suppress
from pathlib import Path

from .._core.items.chunks import Chunk
from .._core.rulings import Entry
from .._core.run.steps import Keep, Note
from ..exceptions import JournalError
from ..outcomes import Accepted, Succeeded
from . import files
from .lock import Lock
from .store import Facts, Line, Store

_FEW = 8
"""Entries ahead of the source below which more are read."""
_LARGEST_REFUSED = 100_000
"""Bytes of an item that is kept though it could not be sent."""


class Session:
    """One run's use of a journal. Threads may share it; it waits for the disk."""

    def __init__(self, path: Path, *, synchronous: str, stores_bodies: bool, facts: Facts) -> None:
        self.facts: Facts = facts
        self._path = path
        self._synchronous = synchronous
        self._stores_bodies = stores_bodies
        self._guard = threading.Lock()
        self._lock: Lock | None = None
        self._store: Store | None = None
        self.lives: dict[int, int] = {}
        """For each life of the run, the last chunk that was last sent in it."""
        self._unwritten: dict[int, Line] = {}
        """What could not be written, by the chunk's start."""
        self._ahead: deque[Entry] = deque()
        self._next = 0
        self._has_more = True

    def open(self) -> None:
        """Make the journal, or go on with the one that is there. Raises `JournalError`."""
        with self._guard:
            files.confirm_folder(self._path)
            self._lock = Lock(self._path)
            try:
                if files.identity(self._path) is None:
                    files.confirm_no_log(self._path)
                    Store.make(self._path, self.facts)
                self._store = Store(self._path, synchronous=self._synchronous)
                self.facts = _confirmed(self._path, self._store.facts(), self.facts)
                self.lives = self._store.lives()
            except BaseException:
                self._close()
                raise
        self.fill()

    @property
    def wants_more(self) -> bool:
        """Whether `fill` has something to do."""
        return self._has_more and len(self._ahead) < _FEW

    def fill(self) -> None:
        """Read what the journal says of the items that come next."""
        with self._guard:
            entries = self._opened()[0].entries(self._next)
        self._has_more = bool(entries)
        self._ahead.extend(entries)
        if entries:
            self._next = entries[-1].start + entries[-1].count

    def peek(self) -> Entry | None:
        """What it says of the next chunk; `None` after the last."""
        return self._ahead[0] if self._ahead else None

    def pop(self) -> Entry:
        """The same, and go on to the one after it."""
        return self._ahead.popleft()

    def write(self, keep: Keep, at: float) -> None:
        """Write what exchanges record, at this time of the Unix clock. Raises `JournalError`."""
        lines = {note.exchange.chunk.start: self._line(note, at) for note in keep.notes}
        with self._guard:
            try:
                store, lock = self._opened()
                lock.confirm()
                store.write([*lines.values()])
            except BaseException:
                self._unwritten.update(lines)
                raise
            for start in lines:
                self._unwritten.pop(start, None)

    def miss(self, keep: Keep, at: float) -> None:
        """Write this only when the session is closed: who was to write it was stopped."""
        with self._guard:
            for note in keep.notes:
                self._unwritten.setdefault(note.exchange.chunk.start, self._line(note, at))

    @property
    def gap(self) -> str | None:
        """After the session: in words, what could not be written; `None` if all was."""
        if not self._unwritten:
            return None
        return (
            f"The journal {self._path} lacks the last word on {len(self._unwritten)} of the "
            "requests: the next call with it may take their items for unknown, or send them again "
            "where that does no harm. The report has it."
        )

    def close(self) -> None:
        """Let go of the journal."""
        with self._guard:
            self._close()

    def _line(self, note: Note, at: float) -> Line:
        entry = note.entry(at)
        bodies = bodies_of(note.exchange.chunk, entry) if self._stores_bodies else None
        return Line(entry, at, bodies)

    def _opened(self) -> tuple[Store, Lock]:
        if self._store is None or self._lock is None:
            raise JournalError(f"The journal {self._path} is closed.")
        return self._store, self._lock

    def _close(self) -> None:
        store, lock = self._store, self._lock
        self._store = self._lock = None
        try:
            if lock is not None and store is not None and self._unwritten:
                with suppress(Exception):  # there may be room by now; else `gap` tells
                    lock.confirm()
                    store.write([*self._unwritten.values()])
                    self._unwritten.clear()
        finally:
            if store is not None:
                store.close()
            if lock is not None:
                lock.release()


def bodies_of(chunk: Chunk, entry: Entry) -> bytes | None:
    """A line with position and JSON for each item that has not got through; `None` if all have."""
    through = {
        position
        for ruling in entry.rulings
        if ruling.outcome in (Succeeded, Accepted)
        for position in ruling.positions
    }
    pieces = [
        b"%d:%s" % (position, chunk.pieces[part])
        for part, position in enumerate(chunk.positions)
        if position not in through
    ]
    pieces += [
        b"%d:%s" % (position, text)
        for position in chunk.refused
        if (text := _plain(chunk.items[position])) is not None
    ]
    return zlib.compress(b"\n".join(pieces), 1) if pieces else None


def _plain(item: object) -> bytes | None:
    """The JSON of an item that could not be sent; `None` if it has none, or far too much."""
    try:
        text = json.dumps(item, allow_nan=False, ensure_ascii=False).encode()
    except Exception:  # an item may be any object, and do anything when read
        return None
    return text if len(text) <= _LARGEST_REFUSED else None


_MEANINGS = {
    "vendor": "vendor",
    "operation": "operation",
    "endpoint": "account, endpoint or its options",
    "address": "base URL",
}

_WAYS_BACK = {
    "json": "Run again without orjson (`pip uninstall orjson`).",
    "orjson": "Run again with orjson (`pip install batchkit[orjson]`).",
}


def _confirmed(path: Path, then: Facts, now: Facts) -> Facts:
    """The facts of then, if this is the same run. Raises `JournalError`."""
    for name, meaning in _MEANINGS.items():
        was, this = getattr(then, name), getattr(now, name)
        if was != this:
            raise JournalError(
                f"The journal {path} is of another run: its {meaning} is {was!r}, and now it is "
                f"{this!r}. One journal is one run; name another file for this one."
            )
    if then.writer != now.writer:
        raise JournalError(
            f"The journal {path} was begun with JSON by {then.writer}, and now it is written by "
            f"{now.writer}: the bytes would differ. {_WAYS_BACK.get(then.writer, '')}"
        )
    return then
