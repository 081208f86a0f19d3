"""What stands in the journal's way: whoever waits is not held up, and hears what is missing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit import Journal, Limits
from batchkit.exceptions import DeadlineExceededError, JournalError
from batchkit.journal.session import Session
from batchkit.journal.store import Store
from tests.journal.lives import Caller, Colour, events, leave, taken

TENS = {"limits": Limits(max_items=10)}
colours = pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.db"


def no_room(patch: pytest.MonkeyPatch, after: int) -> None:
    """From this write on the disk is full."""
    writes, write = iter(range(10**6)), Store.write

    def full(self: Store, lines: Any) -> None:
        if next(writes) >= after:
            raise JournalError("The disk is full.")
        write(self, lines)

    patch.setattr(Store, "write", full)


# What is beside it


def test_the_log_of_a_journal_that_was_removed_is_no_part_of_a_new_one(path: Path) -> None:
    caller = Caller(endpoint="events", options=TENS)
    caller.live(events(30), lambda request: leave(path) and taken(request), journal=path)
    log = Path(f"{path}-wal")
    path.unlink()
    shutil.copy(path.with_name(f"left-{log.name}"), log)
    log.chmod(0o600)

    refused = caller.live(events(30), taken, journal=path)
    assert isinstance(refused.error, JournalError)
    assert "remove run.db-wal as well" in str(refused.error)
    assert refused.sent == []
    log.unlink()
    assert len(caller.live(events(30), taken, journal=path).sent) == 3


@pytest.mark.parametrize("exchanged", [False, True])
def test_a_journal_that_vanishes_ends_the_run_before_its_next_request(
    path: Path, exchanged: bool
) -> None:
    def vanish(request: httpx.Request) -> httpx.Response:
        if path.exists():
            path.rename(path.with_name("elsewhere.db"))
            if exchanged:
                path.touch(0o600)
        return taken(request)

    generation = Caller(endpoint="events", options=TENS).live(events(30), vanish, journal=path)
    assert isinstance(generation.error, JournalError)
    assert "was removed or exchanged" in str(generation.error)
    assert len(generation.sent) == 1
    report = generation.report  # of what was read by then: workers did not wait for the source
    assert (report.accepted, report.unsent) == (10, report.total - 10)


def test_a_program_may_change_its_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    (path.parent / "elsewhere").mkdir()
    journal = Journal("run.db")

    def items() -> Any:
        for item in events(30):
            os.chdir(path.parent / "elsewhere")
            yield item

    generation = Caller(endpoint="events", options=TENS).live(items(), taken, journal=journal)
    assert generation.error is None
    assert journal.report().accepted == 30


# What is missing


@colours
def test_an_exception_has_a_note_of_what_the_journal_lacks(
    path: Path, colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks() -> Any:
        yield from events(10)
        no_room(monkeypatch, after=0)
        raise LookupError("the caller's own")

    with pytest.raises(LookupError) as caught:
        Caller(colour=colour, endpoint="events", options=TENS).live(breaks(), taken, journal=path)
    assert any("lacks the last word on 1 of the requests" in note for note in notes(caught.value))


@colours
def test_who_leaves_a_stream_hears_what_the_journal_lacks(
    path: Path, colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaves = partial(left_early, path, monkeypatch)
    if colour != "sync":
        leaves = partial(anyio.run, left_early_in_a_task, path, monkeypatch, backend=colour)
    with pytest.raises(JournalError, match="lacks the last word on"):
        leaves()


def left_early(path: Path, patch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if next(requests):
            full.wait(30)  # else this thread may be done before the disk is full
        return taken(request)

    requests, full = iter(range(3)), threading.Event()
    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        drip = batchkit.Drip("1", api_key="key", http_client=http, max_in_flight=1, **TENS)
        with drip.events.stream(events(30), journal=path) as outcomes:
            next(outcomes)
            no_room(patch, after=0)
            full.set()


async def left_early_in_a_task(path: Path, patch: pytest.MonkeyPatch) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(taken)) as http:
        drip = batchkit.AsyncDrip("1", api_key="key", http_client=http, max_in_flight=1, **TENS)
        async with drip.events.stream(events(30), journal=path) as outcomes:
            await anext(outcomes)
            no_room(patch, after=0)


def test_a_block_that_fails_with_the_journals_own_error_is_not_told_twice(path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        no_room(patch, after=1)
        generation = Caller(endpoint="events", options=TENS).live(events(30), taken, journal=path)
    assert isinstance(generation.error, JournalError)
    assert notes(generation.error) == []


def notes(error: BaseException) -> list[str]:
    return getattr(error, "__notes__", [])


# Who waits


def test_a_deadline_holds_though_every_worker_hangs(path: Path) -> None:
    """Whoever waits writes the journal itself: a worker may come back much later, or never."""

    def hang(request: httpx.Request) -> httpx.Response:
        came_back.append(held.wait(20))
        return taken(request)

    held, came_back = threading.Event(), list[bool]()
    with httpx.Client(transport=httpx.MockTransport(hang)) as http:
        drip = batchkit.Drip("1", api_key="key", http_client=http, max_in_flight=2, **TENS)
        with pytest.raises(DeadlineExceededError) as caught:
            drip.events.send(events(30), journal=path, deadline=0.2)
        assert came_back == []
        held.set()
    assert caught.value.report.unknown == 20
    assert Journal(path).report().unknown == 20


@colours
def test_who_is_in_the_way_of_the_journal_is_waited_for_once(
    path: Path, colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller(colour=colour, endpoint="events", options=TENS)
    waits: list[int] = []
    write = Store.write

    def watched(self: Store, lines: Any) -> None:
        [[milliseconds]] = self._connection.execute("PRAGMA busy_timeout").fetchall()
        waits.append(milliseconds)
        write(self, lines)

    def lock(request: httpx.Request) -> httpx.Response:
        other.execute("BEGIN IMMEDIATE")
        return taken(request)

    caller.live([], taken, journal=path)
    monkeypatch.setattr(Store, "write", watched)
    with closing(sqlite3.connect(path, check_same_thread=False)) as other:
        generation = caller.live(events(30), lock, journal=path)
    assert isinstance(generation.error, JournalError)
    first, blocked, *later = waits
    assert (first, blocked) == (1000, 1000)
    assert later
    assert set(later) == {0}


def test_the_threads_of_the_caller_may_all_be_busy(path: Path) -> None:
    """An event loop lends its threads to whoever asks; the journal has one of its own."""

    async def main() -> batchkit.Report[Any]:
        limiter = anyio.to_thread.current_default_thread_limiter()
        limiter.total_tokens = 1
        async with anyio.create_task_group() as group, made(TENS) as drip:
            group.start_soon(anyio.to_thread.run_sync, done.wait, 30)
            await anyio.wait_all_tasks_blocked()
            report = await drip.events.send(events(30), journal=path)
            done.set()
        return report

    done = threading.Event()
    assert anyio.run(main).accepted == 30


def made(options: Any) -> batchkit.AsyncDrip:
    http = httpx.AsyncClient(transport=httpx.MockTransport(taken))
    return batchkit.AsyncDrip("1", api_key="key", http_client=http, **options)


@pytest.mark.parametrize("colour", ["asyncio", "trio"])
def test_a_write_that_was_cut_off_is_made_up_for_at_the_end(
    path: Path, colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, cut = Session.write, iter([False, True])

    def torn_down(self: Session, keep: Any) -> str | None:
        if next(cut, False):
            raise SystemExit
        return write(self, keep)

    monkeypatch.setattr(Session, "write", torn_down)
    with pytest.raises(BaseException):  # noqa: B017, PT011 - each library tells it in its own way
        Caller(colour=colour, endpoint="events", options=TENS).live(events(10), taken, journal=path)
    assert Journal(path).report().accepted == 10


def test_whatever_goes_wrong_at_the_end_the_journal_is_let_go(path: Path) -> None:
    def breaks(self: Store, lines: Any) -> None:
        raise MemoryError

    caller = Caller(endpoint="events", options=TENS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "write", breaks)
        generation = caller.live(events(30), taken, journal=path)
    assert isinstance(generation.error, JournalError)
    assert caller.live(events(30), taken, journal=path).report.accepted == 30


def test_what_could_not_be_written_for_any_reason_is_written_at_the_end(path: Path) -> None:
    write, broken = Store.write, iter([False, True])

    def breaks(self: Store, lines: Any) -> None:
        if next(broken, False):
            raise MemoryError
        write(self, lines)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "write", breaks)
        generation = Caller(endpoint="events", options=TENS).live(events(30), taken, journal=path)
    assert isinstance(generation.error, JournalError)
    assert Journal(path).report().accepted == generation.report.accepted == 10
