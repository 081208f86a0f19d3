"""One run at a time writes a journal, and a lock that does not hold is told."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchkit import Journal, Limits
from batchkit.exceptions import JournalError
from batchkit.journal import store
from tests.journal.lives import Caller, events, taken

posix = pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")
TENS = {"limits": Limits(max_items=10)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.db"


@posix
@pytest.mark.parametrize("name", ["run.db", "run.db-lock"])
def test_a_file_that_is_read_only_is_refused_until_it_is_writable(name: str, path: Path) -> None:
    caller = Caller(endpoint="events", options=TENS)
    caller.live(events(10), taken, journal=path)
    path.with_name(name).chmod(0o400)
    refused = caller.live(events(20), taken, journal=path)

    assert isinstance(refused.error, JournalError)
    assert f"`chmod 600 {name}`" in str(refused.error)
    assert refused.sent == []
    path.with_name(name).chmod(0o600)
    assert caller.live(events(20), taken, journal=path).report.accepted == 20


def test_a_lock_that_sqlite_may_only_read_is_none(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def connect_to_read(name: Any, **how: Any) -> sqlite3.Connection:
        return connect(str(name).replace("-lock?mode=rw", "-lock?mode=ro"), **how)

    monkeypatch.setattr(store.sqlite3, "connect", connect_to_read)
    life = Caller(endpoint="events").live(events(3), taken, journal=path)

    assert isinstance(life.error, JournalError)
    assert "a file beside it" in str(life.error)
    assert life.sent == []


@posix
@pytest.mark.parametrize("again", [False, True])
def test_a_run_whose_lock_was_removed_sends_nothing_more(again: bool, path: Path) -> None:
    caller = Caller(endpoint="events", options=TENS)
    second: list[Any] = []

    def remove(request: httpx.Request) -> httpx.Response:
        path.with_name("run.db-lock").unlink()
        if again:
            second.append(caller.live(events(30), taken, journal=path))
        return taken(request)

    first = caller.live(events(30), remove, journal=path)
    assert isinstance(first.error, JournalError)
    assert "was removed or exchanged" in str(first.error)
    assert len(first.sent) == 1
    assert first.report.accepted == 10  # what it knows is told, though it may not be written
    report = Journal(path).report()
    assert (report.accepted, report.unknown) == ((20, 10) if again else (0, 10))


def test_a_lock_that_is_exchanged_while_it_is_taken_is_none(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = sqlite3.connect

    def connect_late(name: Any, **how: Any) -> sqlite3.Connection:
        connection = connect(name, **how)
        if "-lock?" in str(name):
            path.with_name("run.db-lock").unlink()
            path.with_name("run.db-lock").touch(0o600)
            path.with_name("other").touch()  # lest the number of the file be given again
        return connection

    monkeypatch.setattr(store.sqlite3, "connect", connect_late)
    life = Caller(endpoint="events").live(events(3), taken, journal=path)

    assert isinstance(life.error, JournalError)
    assert f"was removed or exchanged while the journal {path} was in use" in str(life.error)
    assert life.sent == []


def test_a_reader_that_looks_while_it_is_made_does_no_harm(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def link_and_look(new: Path, name: Path) -> None:
        link(new, name)
        if name == path:
            assert Journal(name).report().total == 0

    monkeypatch.setattr(os, "link", link_and_look)
    life = Caller(endpoint="events").live(events(3), taken, journal=path)

    assert life.error is None
    assert life.report.accepted == 3
