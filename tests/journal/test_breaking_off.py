"""A source that breaks off within a known chunk: what was read is told, and not judged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchkit import Journal, Limits
from batchkit.exceptions import JournalError
from tests.journal.lives import COLOURS, Caller, Colour, body, events, leaves, people, taken

TENS = {"limits": Limits(max_items=10)}

both = pytest.mark.parametrize("colour", COLOURS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.db"


def broken(items: list[Any]) -> Iterator[Any]:
    yield from items
    raise LookupError("the cursor is gone")


def fails(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"sent to {request.url}")


def told(caller: Caller, items: list[Any], journal: Path) -> dict[str, int]:
    """The counts of a call that sends nothing, because its source broke off."""
    with pytest.raises(LookupError, match="the cursor is gone") as caught:
        caller.live(broken(items), fails, journal=journal)
    [note] = caught.value.__notes__
    counts = re.findall(r"(\d+) (\w+)", note.partition(": ")[2].partition(";")[0])
    return {outcome: int(count) for count, outcome in counts if count != "0"}


@both
def test_what_got_through_is_told_as_it_was(colour: Colour, path: Path) -> None:
    caller = Caller(colour=colour, options=TENS)
    items = [*people(12), {"email": 7}, *people(12)]
    caller.live(items, taken, journal=path)

    assert told(caller, items[:14], path) == {"accepted": 13, "rejected": 1}
    assert Journal(path).report().accepted == 24


@both
def test_what_was_under_way_is_in_doubt_and_the_journal_stays_as_it_is(
    colour: Colour, path: Path, tmp_path: Path
) -> None:
    caller, left = Caller(colour=colour, endpoint="events", options=TENS), tmp_path / "left-run.db"
    caller.live(events(25), leaves(path, 2, taken), journal=path)

    assert told(caller, events(14), left) == {"accepted": 10, "unknown": 4}
    assert Journal(left).report().unknown == 10
    again = caller.live(events(25), taken, journal=left)
    assert again.kinds == ["Accepted"] * 10 + ["Unknown"] * 10 + ["Accepted"] * 5
    assert [len(body(request)) for request in again.posts] == [5]


@both
def test_other_items_are_not_compared_but_told_as_the_journal_has_them(
    colour: Colour, path: Path
) -> None:
    caller = Caller(colour=colour, options=TENS)
    caller.live([{"email": 7}, *people(9)], taken, journal=path)

    assert told(caller, [*people(2), {"email": 7}], path) == {"accepted": 2, "rejected": 1}
    assert Journal(path).report().accepted == 9


@both
def test_a_source_that_breaks_off_after_a_known_chunk_is_judged(colour: Colour, path: Path) -> None:
    caller = Caller(colour=colour, options=TENS)
    caller.live(people(10), taken, journal=path)

    assert told(caller, people(10), path) == {"accepted": 10}
    other = caller.live(broken(people(20)[10:]), fails, journal=path)
    assert isinstance(other.error, JournalError)
    assert "0 to 9" in str(other.error)
