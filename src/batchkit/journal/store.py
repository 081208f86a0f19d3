"""The journal's file as SQLite keeps it: one row for the run, one for each chunk.

A row is the whole truth about its chunk, so a change replaces it. What is written at once is one
statement and a transaction of its own: a crash finds it all as it was before or all as it is after.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, Final

import attrs

from .._core.rulings import Entry
from ..exceptions import JournalError
from . import files
from .rows import COLUMNS, Damaged, to_entry, to_row

_APPLICATION: Final = 0x62_6B_6A_6C
_VERSION: Final = 3
_SCHEMA: Final = {
    "run": (
        "CREATE TABLE run (vendor TEXT NOT NULL, operation TEXT NOT NULL, endpoint TEXT NOT NULL, "
        "address TEXT NOT NULL, writer TEXT NOT NULL, run_key TEXT NOT NULL, begun REAL NOT NULL)"
    ),
    "chunk": (
        "CREATE TABLE chunk (start INTEGER PRIMARY KEY, count INTEGER NOT NULL, "
        "state TEXT NOT NULL, stamp TEXT NOT NULL, digest BLOB NOT NULL, "
        "largest INTEGER NOT NULL, rulings TEXT NOT NULL, doubted TEXT NOT NULL, "
        "sending TEXT NOT NULL, deduplication_key TEXT, key_sent REAL, "
        "ticket TEXT, first_sent REAL, generation INTEGER NOT NULL, "
        "requests INTEGER NOT NULL, polls INTEGER NOT NULL, bytes_sent INTEGER NOT NULL, "
        "highest_code INTEGER, written REAL NOT NULL, bodies BLOB)"
    ),
}
_PATIENCE: Final = 1.0
"""Seconds to wait for somebody who is in the way, once."""
_CHECKPOINT: Final = 250
"""Pages of changes, of 4 KiB, after which they go into the file itself."""
_PAGE: Final = 16
"""Entries read at once: each may have a thousand rulings, and more would be hardly quicker."""

_BEGIN: Final = "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, ?)"
_WRITE: Final = (
    f"INSERT OR REPLACE INTO chunk ({', '.join(COLUMNS)}, written, bodies) "  # noqa: S608 - ours
    "VALUES "
)
_ROW: Final = f"({', '.join('?' * (len(COLUMNS) + 2))})"
_ROWS: Final = 999 // (len(COLUMNS) + 2)
"""Rows in one statement: older SQLite takes 999 values."""
_READ: Final = (
    f"SELECT {', '.join(COLUMNS)} "  # noqa: S608 - the names are ours
    "FROM chunk WHERE start >= ? ORDER BY start LIMIT ?"
)


@attrs.frozen
class Facts:
    """Which run a journal is of. It holds no credential."""

    vendor: str
    operation: str
    endpoint: str
    """The path, with the account and every option that is in it."""
    address: str
    """Where the vendor is; a loopback host without its port: a sandbox gets another each time."""
    writer: str
    """What wrote the JSON."""
    run_key: str
    """What made ids derive from."""
    begun: float
    """In seconds of the Unix clock."""


@attrs.frozen
class Line:
    """What is written of a chunk."""

    entry: Entry
    at: float
    """When, in seconds of the Unix clock."""
    bodies: bytes | None = None
    """What is kept of its items."""


class Store:
    """An open journal."""

    def __init__(self, path: Path, *, synchronous: str = "FULL", only_read: bool = False) -> None:
        self.path = path
        self._which = files.identity(path)
        if self._which is None:
            raise JournalError(f"There is no journal {path}; a run begins one.")
        if not path.stat().st_size:
            raise JournalError(
                f"{path} is empty: it is no journal, or what is left of one. If no run has used "
                "it, remove it; else look at the vendor which items arrived."
            )
        files.confirm_beside(path)
        with translated(self.path):
            self._connection = connect(path, _PATIENCE)
            try:
                self._confirm()
                self._prepare(synchronous, only_read=only_read)
            except BaseException:
                self._connection.close()
                raise

    @staticmethod
    def make(path: Path, facts: Facts) -> None:
        """A new journal, unless there is one already."""

        def fill(new: Path) -> None:
            with closing(sqlite3.connect(new, isolation_level=None)) as connection:
                run = connection.execute
                run("PRAGMA journal_mode = MEMORY")
                run("PRAGMA synchronous = FULL")
                run("BEGIN")
                for table in _SCHEMA.values():
                    run(table)
                run(_BEGIN, attrs.astuple(facts))
                run(f"PRAGMA application_id = {_APPLICATION}")
                run(f"PRAGMA user_version = {_VERSION}")
                run("COMMIT")

        with translated(path):
            files.make(path, fill)

    def facts(self) -> Facts:
        """Which run it is of."""
        rows = self._rows("SELECT * FROM run")
        if [tuple(map(type, row)) for row in rows] != [(*[str] * 6, float)]:
            raise _damaged(self.path)
        return Facts(*rows[0])

    def write(self, lines: Sequence[Line]) -> None:
        """Put each in the place of what was said of its chunk before, in this order."""
        rows = [(*to_row(line.entry), line.at, line.bodies) for line in lines]
        self._confirm()
        with translated(self.path):
            try:
                for some in (rows[at : at + _ROWS] for at in range(0, len(rows), _ROWS)):
                    statement = _WRITE + ", ".join([_ROW] * len(some))
                    self._connection.execute(statement, [*chain.from_iterable(some)])
            except sqlite3.OperationalError:
                self._connection.execute("PRAGMA busy_timeout = 0")  # nobody is waited for twice
                raise

    def entries(self) -> Iterator[Entry]:
        """What it says of each chunk, in the order of the source."""
        return chain.from_iterable(self.pages())

    def pages(self) -> Iterator[Sequence[Entry]]:
        """The same, some at once; each page is read when it is asked for."""
        end = 0
        while rows := self._rows(_READ, end, _PAGE):
            try:
                entries = [to_entry(row) for row in rows]
            except Damaged:
                raise _damaged(self.path) from None
            for entry in entries:
                if entry.start < end:
                    raise _damaged(self.path)
                end = entry.end
            yield entries

    def bodies(self, start: int) -> bytes | None:
        """What is kept of the items of a chunk."""
        [[kept]] = self._rows("SELECT bodies FROM chunk WHERE start = ?", start)
        return kept if isinstance(kept, bytes) else None

    def generations(self) -> dict[int, int]:
        """For each generation of the run, the last chunk that was last sent in it."""
        rows = self._rows(
            "SELECT generation, max(start) FROM chunk WHERE generation > 0 GROUP BY generation"
        )
        if not all(type(value) is int for row in rows for value in row):
            raise _damaged(self.path)
        return dict(rows)

    def last_written(self) -> float | None:
        """When anything was written last, in seconds of the Unix clock."""
        [[written]] = self._rows("SELECT max(written) FROM chunk")
        return written if isinstance(written, float) else None

    def close(self) -> None:
        """Let go of the file."""
        with suppress(sqlite3.Error):
            self._connection.close()

    def _rows(self, query: str, *values: int) -> list[tuple[Any, ...]]:
        with translated(self.path):
            return self._connection.execute(query, values).fetchall()

    def _confirm(self) -> None:
        """Raise `JournalError` if the file of that name is not the one that is open any more."""
        if files.identity(self.path) != self._which:
            raise JournalError(
                f"The journal {self.path} was removed or exchanged while it was in use. Bring it "
                "back before you run again: without it everything would be sent again."
            )

    def _prepare(self, synchronous: str, *, only_read: bool) -> None:
        run = self._connection.execute
        run("PRAGMA trusted_schema = OFF")
        if self._pragma("application_id") != _APPLICATION:
            raise JournalError(f"{self.path} is no journal of batchkit; name another file.")
        if (version := self._pragma("user_version")) != _VERSION:
            age = "a newer" if isinstance(version, int) and version > _VERSION else "an older"
            raise JournalError(
                f"The journal {self.path} was written by {age} batchkit (format {version}, and "
                f"this one knows {_VERSION}); go on with that one."
            )
        found = run("SELECT type, name, sql FROM sqlite_master").fetchall()
        if found != [("table", name, text) for name, text in _SCHEMA.items()]:
            raise _damaged(self.path)
        if only_read:
            run("PRAGMA query_only = ON")
            return
        run("PRAGMA journal_mode = WAL")
        run(f"PRAGMA synchronous = {synchronous}")
        run(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT}")
        if run("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
            raise _damaged(self.path)

    def _pragma(self, name: str) -> object:
        return self._connection.execute(f"PRAGMA {name}").fetchone()[0]


def connect(path: Path, patience: float) -> sqlite3.Connection:
    """Opens a file that is there; `patience` is for who is in the way, in seconds."""
    return sqlite3.connect(
        f"{path.as_uri()}?mode=rw",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )


_CAUSES: Final = {
    "SQLITE_BUSY": (
        "is being written by another run, in this process or another, or this process was forked "
        "while one went on. Wait for that run (a forked process must be started anew), or name "
        "another journal for another run"
    ),
    "SQLITE_FULL": "cannot be written: the disk is full. Make room and run again",
    "SQLITE_READONLY": (
        "cannot be written: it, a file beside it, its folder or its disk is read-only. Take that "
        "away (`chmod 600` for each file whose name begins with its name) and run again"
    ),
    "SQLITE_CANTOPEN": (
        "cannot be opened: look at the rights of the file and its folder. Even to be read it needs "
        "a folder that may be written; on a read-only disk, read a copy"
    ),
    "SQLITE_NOTADB": "is no journal of batchkit; name another file",
    "SQLITE_CORRUPT": (
        "is damaged. Bring back a copy, or begin a new journal once you have looked at the vendor "
        "which items arrived"
    ),
}
_OTHER: Final = "cannot be written or read ({}). Look at its disk and run again"


@contextmanager
def translated(path: Path) -> Generator[None]:
    """What SQLite raises becomes a `JournalError` that says what to do."""
    try:
        yield
    except sqlite3.Error as problem:
        name = getattr(problem, "sqlite_errorname", None) or type(problem).__name__
        cause = next((_CAUSES[each] for each in _CAUSES if name.startswith(each)), None)
        raise JournalError(f"The journal {path} {cause or _OTHER.format(name)}.") from None


def _damaged(path: Path) -> JournalError:
    return JournalError(f"The journal {path} {_CAUSES['SQLITE_CORRUPT']}.")
