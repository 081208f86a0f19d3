"""An entry comes back from its row as it was, and what no run has written is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.rulings import Entry, Ruling, State
from batchkit.journal.rows import COLUMNS, Damaged, Row, to_entry, to_row
from batchkit.outcomes import Accepted, Rejected, Skipped, Succeeded, Unknown, Unsent

MOST = 100_000

WHOLE = Entry(
    start=1000,
    count=9,
    stamp="2026-05-04T12:00:00Z",
    digest=b"d" * 32,
    largest=5_000_000,
    state=State.TICKETED,
    rulings=[
        Ruling(outcome=Succeeded, positions=[0], code=201),
        Ruling(outcome=Accepted, positions=[1, 2], code=202),
        Ruling(outcome=Rejected, positions=[3], code=422, reason="no"),
        Ruling(outcome=Rejected, positions=[4], reason="It is not a number.", by="client"),
        Ruling(outcome=Skipped, positions=[5], reason="An earlier one failed."),
        Ruling(outcome=Unknown, positions=[6], reason="lost", ticket="t0"),
        Ruling(outcome=Unsent, positions=[7]),
    ],
    doubted=[6, 8],
    sending=[6, 7, 8],
    key="k",
    key_sent=1_700_000_000.5,
    ticket="t1",
    first_sent=1_600_000_000.25,
    generation=2,
    requests=3,
    polls=4,
    bytes_sent=5,
    highest_code=599,
)


def row(**changes: Any) -> Row:
    """The row of an entry of which these columns were changed."""
    return tuple({**dict(zip(COLUMNS, to_row(WHOLE), strict=True)), **changes}.values())


def test_an_entry_comes_back_as_it_was() -> None:
    assert to_entry(to_row(WHOLE)) == WHOLE


def test_an_entry_of_nothing_but_its_place_comes_back_as_it_was() -> None:
    bare = Entry(
        start=0,
        count=MOST,
        stamp="",
        digest=bytes(32),
        largest=1,
        state=State.WAITING,
        rulings=[],
        doubted=[],
        sending=[],
    )
    assert to_entry(to_row(bare)) == bare


@pytest.mark.parametrize("state", State)
def test_a_state_is_a_word(state: State) -> None:
    assert to_entry(row(state=state.value)).state is state


@pytest.mark.parametrize(
    ("positions", "text"),
    [
        ([], ""),
        ([0], "0"),
        ([7], "7"),
        ([0, 1], "0-1"),
        ([0, 1, 2, 3], "0-3"),
        ([0, 2], "0,2"),
        ([0, 1, 3, 5, 6, 8], "0-1,3,5-6,8"),
    ],
)
def test_positions_are_written_as_ranges(positions: list[int], text: str) -> None:
    entry = to_entry(row(doubted=text))
    assert entry.doubted == positions
    assert dict(zip(COLUMNS, to_row(entry), strict=True))["doubted"] == text


@given(st.sets(st.integers(0, 40)))
def test_any_positions_come_back(positions: set[int]) -> None:
    given_row = row(count=41, doubted=",".join(map(str, sorted(positions))))
    assert to_entry(to_row(to_entry(given_row))).doubted == sorted(positions)


def test_a_ruling_says_no_more_than_it_must() -> None:
    text = dict(zip(COLUMNS, to_row(WHOLE), strict=True))["rulings"]
    assert text.startswith('[["succeeded","0",201],["accepted","1-2",202],')
    assert json.loads(text) == [
        ["succeeded", "0", 201],
        ["accepted", "1-2", 202],
        ["rejected", "3", 422, "no", False, None],
        ["rejected", "4", None, "It is not a number.", True, None],
        ["skipped", "5", None, "An earlier one failed.", False, None],
        ["unknown", "6", None, "lost", False, "t0"],
        ["unsent", "7", None],
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("start", 0),
        ("count", MOST),
        ("key_sent", 0.0),
        ("key_sent", 1e11 - 1),
        ("largest", -1),  # no item fits into the smallest limits
        ("generation", 0),
        ("highest_code", None),
    ],
)
def test_what_a_run_may_write_is_read(column: str, value: Any) -> None:
    assert getattr(to_entry(row(**{column: value})), column) == value


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("start", [-1, "0", 0.0, None, True]),
        ("count", [0, -1, MOST + 1, "9", 9.0, None, True]),
        ("state", ["", "sent", "INTENT", 0, None, b"intent"]),
        ("stamp", [None, b"now", 7]),
        ("digest", [b"d" * 31, b"d" * 33, "d" * 32, None]),
        ("largest", ["0", 0.5, None, True]),
        ("generation", [-1, "0", 0.5, None]),
        ("requests", [-1, "0", 0.5, None]),
        ("polls", [-1, "0", 0.5, None]),
        ("bytes_sent", [-1, "0", 0.5, None]),
        ("key_sent", [-0.5, 1e11, float("inf"), float("nan"), 7, "7"]),
        ("first_sent", [-0.5, 1e11, float("inf"), float("nan"), 7, "7"]),
        ("deduplication_key", [7, b"k"]),
        ("ticket", [7, b"t"]),
        ("highest_code", ["200", 200.0, b"200"]),
    ],
)
def test_a_column_that_no_run_has_written_is_refused(column: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(Damaged):
            to_entry(row(**{column: value}))


def test_an_entry_of_no_items_is_refused() -> None:
    with pytest.raises(Damaged):
        to_entry(row(count=0, rulings="[]", doubted="", sending=""))


@pytest.mark.parametrize(
    "text",
    [
        *("-", "1-", "-1", "a", "1-a", "1,", ",1", "1,,2", "1 - 2", "+1", "1.0", "²"),
        *("2-1", "1,1", "2,1", "0-2,2", "0-2,1-3", "9", "0-9", "8-9", None, 7, b"1"),
    ],
)
def test_positions_that_no_run_has_written_are_refused(text: Any) -> None:
    for column in ("doubted", "sending"):
        with pytest.raises(Damaged):
            to_entry(row(**{column: text}))
    if isinstance(text, str):
        with pytest.raises(Damaged):
            to_entry(row(rulings=json.dumps([["unsent", text, None]])))


def test_a_range_beyond_any_chunk_takes_no_memory() -> None:
    with pytest.raises(Damaged):
        to_entry(row(doubted="0-" + "9" * 5000))


@pytest.mark.parametrize(
    "rulings",
    [
        *(None, 7, b"[]", "", "{", "null", "{}", '"text"', "[7]", "[[]]", "[" * 100_000),
        '[["praised", "0", 200]]',
        '[["unsent", "0"]]',
        '[["unsent", "0", null, ""]]',
        '[["unsent", "0", null, "why", false]]',
        '[["unsent", "0", null, "why", false, null, null]]',
        '[["unsent", 0, null]]',
        '[[7, "0", null]]',
        '[["unsent", "0", "200"]]',
        '[["unsent", "0", 200.5]]',
        '[["unsent", "0", null, 7, false, null]]',
        '[["unsent", "0", null, "why", 0, null]]',
        '[["unsent", "0", null, "why", false, 7]]',
        '[["unsent", "0-1", null], ["unknown", "1-2", null]]',
    ],
)
def test_rulings_that_no_run_has_written_are_refused(rulings: Any) -> None:
    with pytest.raises(Damaged):
        to_entry(row(rulings=rulings))
