"""A disk that is full, a file that is torn: nothing is lost, and nothing guessed."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchkit import Journal, Limits
from batchkit._core.rulings import State
from batchkit.exceptions import JournalError
from batchkit.journal.store import Line, Store, translated
from tests.journal.lives import COLOURS, Caller, Colour, Life, body, events, leave, taken

TENS = {"limits": Limits(max_items=10)}
EVERY = int(os.environ.get("BATCHKIT_TORN", "1"))
"""Of how many bytes one is where a file is torn."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.db"


class Vendor:
    """Takes everything, and counts."""

    def __init__(self) -> None:
        self.times: Counter[str] = Counter()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.times.update(each["email"] for each in body(request))
        return httpx.Response(201)


def confirm(generation: Life, vendor: Vendor) -> None:
    """The law, for events that are never to be sent twice."""
    for outcome in generation.outcomes:
        times = vendor.times[outcome.item["email"]]
        assert times <= 1
        kind = type(outcome).__name__
        assert kind in (("Accepted", "Unknown") if times else ("Unsent", "Unknown"))


# The disk


def disk_full(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """The `number`th write finds no room, and so do all after it."""
    writes = 0
    original = Store.write

    def write(self: Store, lines: Sequence[Line]) -> None:
        nonlocal writes
        writes += 1
        if writes >= number:
            with translated(self.path):
                problem = sqlite3.OperationalError("database or disk is full")
                problem.sqlite_errorname = "SQLITE_FULL"  # type: ignore[misc]  # as SQLite sets it
                raise problem
        original(self, lines)

    monkeypatch.setattr(Store, "write", write)


@pytest.mark.parametrize("colour", COLOURS)
def test_no_room_at_any_write_stops_the_run_and_loses_nothing(
    colour: Colour, tmp_path: Path
) -> None:
    caller = Caller(colour=colour, endpoint="events", options=TENS)
    for number in range(1, 5):  # the outcome of one chunk goes with the intent of the next
        path, vendor = tmp_path / f"{number}.db", Vendor()
        with pytest.MonkeyPatch.context() as patch:
            disk_full(patch, number)
            full = caller.live(events(30), vendor, journal=path)
        assert isinstance(full.error, JournalError)
        assert "Make room and run again" in str(full.error)
        assert full.report.total == len(full.outcomes)
        assert full.report.accepted == sum(vendor.times.values()) == 10 * (number - 1)
        confirm(full, vendor)

        again = caller.live(events(30), vendor, journal=path)
        assert again.error is None
        confirm(again, vendor)
        assert again.report.unknown == (0 if number == 1 else 10)
        assert again.report.total == 30


def test_an_outcome_that_found_no_room_is_written_at_the_end_if_there_is_room_then(
    path: Path,
) -> None:
    caller, vendor = Caller(endpoint="events", options=TENS), Vendor()
    writes = 0
    original = Store.write

    def write(self: Store, lines: Sequence[Line]) -> None:
        nonlocal writes
        writes += 1
        if writes == 2:
            raise JournalError("The disk is full.")
        original(self, lines)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "write", write)
        full = caller.live(events(30), vendor, journal=path)
    assert isinstance(full.error, JournalError)
    again = caller.live(events(30), vendor, journal=path)

    assert again.report.accepted == 30
    assert set(vendor.times.values()) == {1}


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes."""
    resource = pytest.importorskip("resource", reason="limits are POSIX's")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_really_full_is_told(tmp_path: Path) -> None:
    caller = Caller(endpoint="events", options=TENS)
    refused = 0
    for number, size in enumerate(range(0, 80_000, 3_000)):
        path, vendor = tmp_path / f"{number}.db", Vendor()
        with files_up_to(size):
            full = caller.live(events(50), vendor, journal=path)
        assert full.error is None or isinstance(full.error, JournalError)
        refused += full.error is not None
        confirm(full, vendor)
        again = caller.live(events(50), vendor, journal=path)
        assert again.error is None
        confirm(again, vendor)
        assert again.report.total == 50
    assert refused > 5


def test_a_file_that_is_read_only_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare = Store._prepare

    def prepare_to_read(self: Store, synchronous: str, *, only_read: bool) -> None:
        prepare(self, synchronous, only_read=only_read)
        self._connection.execute("PRAGMA query_only = ON")  # rights would not bind root

    monkeypatch.setattr(Store, "_prepare", prepare_to_read)
    generation = Caller().live(events(3), taken, journal=path)
    assert isinstance(generation.error, JournalError)
    assert "read-only" in str(generation.error)
    assert "chmod 600" in str(generation.error)
    assert (generation.sent, generation.kinds) == ([], ["Unsent"] * 3)


def test_what_sqlite_cannot_name_is_told_too(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(self: Store, *rest: Any) -> None:
        raise MemoryError

    monkeypatch.setattr(Store, "write", write)
    generation = Caller().live(events(3), taken, journal=path)
    assert isinstance(generation.error, JournalError)
    assert "MemoryError" in str(generation.error)
    assert (generation.sent, generation.kinds) == ([], ["Unsent"] * 3)


# The file


def states(path: Path) -> list[dict[int, State]]:
    """What the journal said after each write, the last one first; its pages are small."""
    assert Caller(endpoint="events").live([], taken, journal=path).error is None
    connection = sqlite3.connect(path)
    for statement in ("journal_mode = DELETE", "page_size = 512"):
        connection.execute(f"PRAGMA {statement}")
    connection.execute("VACUUM")
    connection.close()
    told: list[dict[int, State]] = []
    original = Store.write

    def write(self: Store, lines: Sequence[Line]) -> None:
        original(self, lines)
        told.insert(0, {each.start: each.state for each in self.entries()})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "write", write)
        generation = Caller(endpoint="events", options=TENS).live(
            events(30), lambda request: leave(path) and taken(request), journal=path
        )
    assert generation.error is None
    return [*told, {}]


def read(path: Path) -> dict[int, State] | None:
    """What a journal says, if it can be read."""
    try:
        store = Store(path)
        try:
            store.facts()
            return {each.start: each.state for each in store.entries()}
        finally:
            store.close()
    except JournalError:
        return None


def torn(path: Path, base: bytes, log: bytes = b"") -> dict[int, State] | None:
    """What a journal of these bytes says, if it can be read."""
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    for name, content in ((path, base), (Path(f"{path}-wal"), log)):
        if content or name is path:
            name.write_bytes(content)
            name.chmod(0o600)
    return read(path)


def test_a_torn_file_says_what_it_said_or_nothing(path: Path, tmp_path: Path) -> None:
    said, whole = states(path)[0], path.read_bytes()
    for size in range(0, len(whole), EVERY):
        assert torn(tmp_path / "torn.db", whole[:size]) in (None, said), size
    assert torn(tmp_path / "torn.db", whole) == said


def test_a_torn_log_says_what_the_journal_said_once(path: Path, tmp_path: Path) -> None:
    said = states(path)
    left = tmp_path / "left-run.db"  # as at the last request, its log not yet in the file
    base, log = left.read_bytes(), Path(f"{left}-wal").read_bytes()
    sizes = range(0, len(log) + EVERY, EVERY)
    seen = [torn(tmp_path / "torn.db", base, log[:size]) for size in sizes]

    assert all(each in said for each in seen if each is not None)
    assert seen[-1] == said[1]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chunk SET count = -1",
        "UPDATE chunk SET count = 'many'",
        "UPDATE chunk SET count = 1000000",
        "UPDATE chunk SET start = start - 5 WHERE start > 0",
        "UPDATE chunk SET state = 9",
        "UPDATE chunk SET digest = 'abc'",
        "UPDATE chunk SET stamp = x'00'",
        "UPDATE chunk SET rulings = 'nonsense'",
        "UPDATE chunk SET rulings = '{}'",
        "UPDATE chunk SET rulings = '[7]'",
        'UPDATE chunk SET rulings = \'[["praised","0",200]]\'',
        'UPDATE chunk SET rulings = \'[["accepted","0","200"]]\'',
        'UPDATE chunk SET rulings = \'[["accepted","0-99",200]]\'',
        'UPDATE chunk SET rulings = \'[["accepted","5-3",200]]\'',
        'UPDATE chunk SET rulings = \'[["accepted","-3",200]]\'',
        'UPDATE chunk SET rulings = \'[["accepted","3,3",200]]\'',
        'UPDATE chunk SET rulings = \'[["accepted","1",200],["unsent","1",null]]\'',
        'UPDATE chunk SET rulings = \'[["unknown","1",null,"why",false,7]]\'',
        "UPDATE chunk SET doubted = 'x'",
        "UPDATE chunk SET sending = x'07'",
        "UPDATE chunk SET key_sent = 'now'",
        "UPDATE chunk SET first_sent = -1.0",
        "UPDATE chunk SET first_sent = 1e300",
        "UPDATE chunk SET ticket = x'00'",
        "UPDATE chunk SET requests = -1",
        "UPDATE chunk SET generation = 'x'",
        "UPDATE chunk SET highest_code = 'x'",
        "UPDATE chunk SET largest = 'x'",
    ],
)
def test_a_row_that_no_run_has_written_is_refused(statement: str, path: Path) -> None:
    caller = Caller(options=TENS)
    assert caller.live(events(30), taken, journal=path).error is None
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    generation = caller.live(events(30), taken, journal=path)

    assert isinstance(generation.error, JournalError)
    assert str(generation.error).startswith(f"The journal {path} is damaged.")
    assert generation.sent == []


@pytest.mark.parametrize("colour", COLOURS)
def test_a_row_that_no_run_has_written_ends_a_run_that_comes_to_it(
    colour: Colour, path: Path
) -> None:
    caller = Caller(colour=colour, endpoint="events", options=TENS)
    caller.live(events(400), taken, journal=path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE chunk SET largest = 'x' WHERE start = 300")
    connection.commit()
    connection.close()
    generation = caller.live(events(400), taken, journal=path)

    assert isinstance(generation.error, JournalError)
    assert str(generation.error).startswith(f"The journal {path} is damaged.")
    assert 0 < generation.report.accepted == generation.report.total < 300
    assert generation.sent == []


def test_a_deep_row_is_refused(path: Path) -> None:
    Caller().live(events(3), taken, journal=path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE chunk SET rulings = ?", ("[" * 100_000,))
    connection.commit()
    connection.close()
    with pytest.raises(JournalError, match="damaged"):
        Journal(path).report()


def test_a_file_that_vanishes_is_told(path: Path) -> None:
    Caller().live(events(3), taken, journal=path)
    journal = Journal(path)
    shutil.move(path, path.with_name("elsewhere.db"))
    with pytest.raises(JournalError, match="There is no journal"):
        journal.report()
