"""What SQLite is told about a journal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from batchkit import Journal
from batchkit._core.effects import Record
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.rulings import State
from batchkit._core.run.steps import Commit, PendingEntry
from batchkit.journal import session
from batchkit.journal.session import Session
from batchkit.journal.store import Facts, Line, Store
from tests.core.toy import DUPLICATES, cut, rules
from tests.journal.lives import Caller, people, taken


@pytest.mark.parametrize(("durability", "synchronous"), [("full", 2), ("normal", 1)])
def test_each_write_is_as_durable_as_the_caller_asked(
    durability: Literal["full", "normal"],
    synchronous: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[object] = []

    class Watched(Store):
        def write(self, lines: Sequence[Line]) -> None:
            seen.append(self._pragma("synchronous"))
            super().write(lines)

    monkeypatch.setattr(session, "Store", Watched)
    journal = Journal(tmp_path / "run.db", durability=durability)
    assert Caller().live(people(3), taken, journal=journal).error is None
    assert set(seen) == {synchronous}


def test_a_reader_can_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    Caller().live(people(3), taken, journal=path)
    with closing(Store(path, only_read=True)) as store:
        assert store._pragma("query_only") == 1
    with closing(Store(path)) as store:
        assert store._pragma("query_only") == 0
        assert store._pragma("journal_mode") == "wal"


def opened(path: Path) -> Session:
    told = dict.fromkeys(("vendor", "operation", "endpoint", "address", "writer", "run_key"), "toy")
    session = Session(Journal(path), Facts(**told, begun=0.0), now=lambda: 1.0)
    session.open()
    return session


def test_all_that_was_to_be_written_when_a_writer_was_stopped_is_written_at_the_end(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.db"
    kept = opened(path)
    exchanges = [Exchange(chunk, DUPLICATES, rules()) for chunk in cut(range(4), size=2)]
    notes = [PendingEntry(exchange=each, record=Record(state=State.WAITING)) for each in exchanges]
    kept.miss(Commit(notes=notes))
    kept.close()

    assert kept.gap is None
    with closing(Store(path, only_read=True)) as store:
        assert [entry.start for entry in store.entries()] == [0, 2]
