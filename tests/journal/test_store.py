"""What SQLite is told about a journal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from batchkit import Journal
from batchkit.journal import session
from batchkit.journal.store import Line, Store
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
