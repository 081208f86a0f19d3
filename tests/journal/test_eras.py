"""How old a key is, told by two clocks: the Unix clock, and the system's count from its start."""

from __future__ import annotations

from typing import Any

import pytest

from batchkit._core.rulings import Entry
from batchkit.journal import eras
from batchkit.journal.eras import Eras


def entry(**more: Any) -> Entry:
    given: dict[str, Any] = {"start": 0, "count": 1, "stamp": "", "state": "intent"}
    given |= {"digest": b"", "largest": 0}
    return Entry(**{**given, **more})


def started(
    patch: pytest.MonkeyPatch, now: float, *, boot: str | None = "one", up: float = 0.0
) -> Eras:
    """A call at this time of the clock, so many seconds after the system's start."""
    patch.setattr(eras, "uptime", lambda: boot and (boot, up))
    return Eras(now)


@pytest.mark.parametrize(
    ("booted", "key_sent"),
    [
        (1000.0, 1500.0),  # as the clock says
        (1000.5, 1499.5),  # set back by half a second
        (1400.0, 1100.0),
        (9999.0, 0.0),  # before there was any time
        (900.0, 1500.0),  # set on: it is as old as the clock says, or younger
    ],
)
def test_a_key_is_as_much_older_as_the_clock_was_set_back(
    booted: float, key_sent: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = started(monkeypatch, 2000.0, up=1000.0)
    known = entry(key_sent=1500.0, boot="one", booted=booted)
    assert called.aged(known).key_sent == key_sent


@pytest.mark.parametrize(
    "known",
    [
        entry(key_sent=1500.0, boot="two", booted=1400.0),
        entry(key_sent=2000.5, boot="one", booted=1400.0),
        entry(key_sent=1500.0, boot="one"),
        entry(boot="one", booted=1400.0),
    ],
    ids=["another start", "of the future", "no start known", "no key"],
)
def test_where_nothing_tells_a_key_is_as_old_as_the_clock_says(
    known: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert started(monkeypatch, 2000.0, up=1000.0).aged(known) == known


def test_a_key_that_was_sent_just_now_ages_too(monkeypatch: pytest.MonkeyPatch) -> None:
    called = started(monkeypatch, 2000.0, up=1000.0)
    assert called.aged(entry(key_sent=2000.0, boot="one", booted=1400.0)).key_sent == 1600.0


def test_a_system_that_does_not_count_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    called = started(monkeypatch, 2000.0, boot=None)
    known = entry(key_sent=1500.0, boot="one", booted=1400.0)
    assert called.aged(known) == known
    assert called.noted(known, 1500.0) == known


def test_a_key_is_noted_with_the_start_as_it_was_told_when_it_was_first_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called = started(monkeypatch, 2000.0, up=1000.0)
    monkeypatch.setattr(eras, "uptime", lambda: ("one", 1100.0))
    first = called.noted(entry(key_sent=2600.0), 2600.0)
    monkeypatch.setattr(eras, "uptime", lambda: ("one", 1700.0))
    later = called.noted(entry(key_sent=2600.0), 2700.0)
    assert (first.boot, first.booted) == (later.boot, later.booted) == ("one", 1500.0)


def test_a_key_of_an_earlier_call_is_noted_with_the_start_as_this_one_found_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called = started(monkeypatch, 2000.0, up=1000.0)
    noted = called.noted(entry(key_sent=1500.0), 2100.0)
    assert (noted.boot, noted.booted) == ("one", 1000.0)


def test_what_has_no_key_has_no_start_and_what_was_noted_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called = started(monkeypatch, 2000.0, up=1000.0)
    monkeypatch.setattr(eras, "uptime", lambda: ("one", 1100.0))
    called.noted(entry(key_sent=2600.0), 2600.0)
    assert called.noted(entry(), 2601.0) == entry()
    assert called.noted(entry(key_sent=2600.0), 2602.0).booted == 1000.0


def test_each_chunks_key_is_noted_for_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    called = started(monkeypatch, 2000.0, up=1000.0)
    monkeypatch.setattr(eras, "uptime", lambda: ("one", 1100.0))
    called.noted(entry(start=7, key_sent=2600.0), 2600.0)
    assert called.noted(entry(start=8, key_sent=1500.0), 2601.0).booted == 1000.0
    assert called.noted(entry(start=7, key_sent=2600.0), 2602.0).booted == 1500.0
