"""A journal while a run writes it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from .._core.rulings import Entry
from .._core.run.steps import Commit, PendingEntry
from ..exceptions import JournalError
from . import bodies, files
from .journal import Journal
from .lock import Lock
from .store import Facts, Line, Store

_FEW = 8
"""Entries ahead of the source below which more are read."""


class Session:
    """One run's use of a journal. Threads may share it; it waits for the disk.

    `now` gives the time in seconds of the Unix clock; `use_run_key` is told of what ids are made.
    """

    is_idle: Final = False

    def __init__(
        self,
        journal: Journal,
        facts: Facts,
        *,
        now: Callable[[], float],
        use_run_key: Callable[[str], None] | None = None,
    ) -> None:
        self.generations: Mapping[int, int] = {}
        """For each generation of the run, the last chunk that was last sent in it."""
        self.ahead: deque[Entry] = deque()
        """What an earlier run has written of the chunks that come next."""
        self._journal = journal
        self._facts = facts
        self._now = now
        self._use_run_key = use_run_key
        self._guard = threading.Lock()
        self._lock: Lock | None = None
        self._store: Store | None = None
        self._unread: Iterator[Sequence[Entry]] = iter(())
        self._has_more = False
        self._unwritten: dict[int, Line] = {}
        """What is not in the file yet, by the chunk's start."""

    def open(self) -> None:
        """Make the journal, or go on with the one that is there. Raises `JournalError`.

        Close it all the same if this raises.
        """
        path = self._journal.path
        with self._guard:
            files.confirm_folder(path)
            self._lock = Lock(path)
            if files.identity(path) is None:
                files.confirm_no_log(path)
                Store.make(path, self._facts)
            self._store = Store(path, synchronous=self._journal.durability.upper())
            then = self._store.facts()
            _confirm_same(path, then, self._facts)
            self.generations = self._store.generations()
            self._unread = self._store.pages()
        self.fill()
        if self._use_run_key is not None:
            self._use_run_key(then.run_key)

    @property
    def wants_more(self) -> bool:
        """Whether `fill` has something to do."""
        return self._has_more and len(self.ahead) < _FEW

    def fill(self) -> None:
        """Read on in what an earlier run has written."""
        with self._guard:
            page = next(self._unread, ())
        self._has_more = bool(page)
        self.ahead.extend(page)

    def write(self, keep: Commit) -> str | None:
        """Write what exchanges record; in words why it cannot be written, if so."""
        try:
            lines = self._lines(keep)
            with self._guard:
                self._unwritten.update(lines)
                self._flush()
        except JournalError as problem:
            return str(problem)
        except Exception as problem:  # no request may leave without its record, whatever went wrong
            why = type(problem).__name__
            return f"The journal could not be written ({why}). Run again with it."
        return None

    def miss(self, keep: Commit) -> None:
        """Write this only when the session is closed: who was to write it was stopped."""
        with self._guard:
            self._unwritten = self._lines(keep) | self._unwritten

    @property
    def gap(self) -> str | None:
        """After the session: in words, what could not be written; `None` if all was."""
        if not self._unwritten:
            return None
        return (
            f"The journal {self._journal.path} lacks the last word on {len(self._unwritten)} of "
            "the requests: the next call with it may take their items for unknown, or send them "
            "again where that does no harm. The report has it."
        )

    def close(self) -> None:
        """Let go of the journal."""
        with self._guard:
            try:
                if self._unwritten:
                    with suppress(Exception):  # there may be room by now; else `gap` tells
                        self._flush()
            finally:
                store, lock, self._store, self._lock = self._store, self._lock, None, None
                if store is not None:
                    store.close()
                if lock is not None:
                    lock.release()

    def _lines(self, keep: Commit) -> dict[int, Line]:
        at = self._now()
        return {note.exchange.chunk.start: self._line(note, at) for note in keep.notes}

    def _line(self, note: PendingEntry, at: float) -> Line:
        entry, keeps = note.entry(at), self._journal.store_bodies
        return Line(entry, at, bodies.packed(note.exchange.chunk, entry) if keeps else None)

    def _flush(self) -> None:
        if self._store is None or self._lock is None:
            raise JournalError(f"The journal {self._journal.path} is closed.")
        self._lock.confirm()
        self._store.write([*self._unwritten.values()])
        self._unwritten.clear()


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


def _confirm_same(path: Path, then: Facts, now: Facts) -> None:
    """Raise `JournalError` unless this is the same run."""
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
