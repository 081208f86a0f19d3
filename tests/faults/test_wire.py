"""The law on a real wire: forty faults, in every class of operation, colour and library.

A fault strikes one request of two; before and after it the peer is healthy. What the vendor really
took is in the peer's ledger, and what became of the items in the outcomes: the two must agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from batchkit import Unknown
from tests.faults.law import broken
from tests.faults.play import KINDS, NAMES, Case, Played
from tests.faults.table import FAULTS, Knows

CASES = [
    Case(fault, kind, colour, library)
    for fault in FAULTS
    for kind in KINDS
    for colour in ("sync", "asyncio")
    for library in ("httpx", "httpx2")
]

ONCE, TWICE, HELD = ("ok", 1), ("ok", 2), ("unknown", 1)
EXPECTED: dict[Knows, dict[str, tuple[str, int]]] = {
    Knows.NOT_SENT: dict.fromkeys(KINDS, TWICE),
    # It goes again in halves, but a question has none.
    Knows.REFUSED: {**dict.fromkeys(KINDS, ("ok", 3)), "asked": TWICE},
    Knows.SENT: {**dict.fromkeys(KINDS, TWICE), "duplicates": HELD},
    # Drip's yes needs no body. What Empathy says of its events stands in the body alone.
    Knows.STATUS: {
        **dict.fromkeys(KINDS, TWICE),
        "converges": ONCE,
        "duplicates": HELD,
        "resent": HELD,
    },
    Knows.YES: {**dict.fromkeys(KINDS, ONCE), "keyed": TWICE, "asked": TWICE},
    Knows.ALL: dict.fromkeys(KINDS, ONCE),
}
"""What becomes of the items of the struck request, and how many requests carried them."""


def is_seen(case: Case) -> bool:
    """Whether anybody could see the fault: on a connection that is kept, and only items that may go
    twice travel on one, a second answer looks like the answer to the next request."""
    return case.fault.name != "an answer twice" or case.kind in ("duplicates", "resent")


@pytest.fixture(scope="module")
def waiting(request: pytest.FixtureRequest) -> Iterator[dict[Case, Future[Played]]]:
    """The cases that do little but wait are played beside one another."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    wanted: list[Any] = [
        item.callspec.params.get("case") for item in items if hasattr(item, "callspec")
    ]
    with ThreadPoolExecutor(8) as pool:
        yield {
            case: pool.submit(case.play)
            for case in wanted
            if isinstance(case, Case) and case.fault.slow
        }


@pytest.mark.matrix
@pytest.mark.parametrize("case", [case for case in CASES if is_seen(case)], ids=str)
def test_outcomes_agree_with_the_ledger_and_the_table(
    case: Case, waiting: dict[Case, Future[Played]]
) -> None:
    played = waiting[case].result() if case.fault.slow else case.play()

    assert played.error is None
    assert played.read == list(NAMES)
    assert broken(played.story) == []
    assert ends(played) in expected(case)
    assert all(each.ok for each in played.outcomes if each.index not in case.struck)
    confirm_repeats(played)


def expected(case: Case) -> list[tuple[str, int]]:
    wanted = EXPECTED[case.fault.knows][case.kind]
    if (
        case.fault.knows is Knows.NOT_SENT
        and case.fault.large
        and case.kind == "duplicates"
        and case.colour == "asyncio"
    ):
        # asyncio takes what it writes to a broken connection for sent: more doubt, never less.
        return [wanted, HELD]
    return [wanted]


def ends(played: Played) -> tuple[str, int]:
    """What became of the struck items, and in how many requests; another one carried the rest."""
    struck = [each for each in played.outcomes if each.index in played.case.struck]
    kinds = {"ok" if each.ok else type(each).__name__.lower() for each in struck}
    requests = played.report.polls if played.case.kind == "asked" else played.report.requests
    return " and ".join(sorted(kinds)), requests - 1


def confirm_repeats(played: Played) -> None:
    """What goes again is the same to the byte, under the same key; and the table is no liar."""
    sent: dict[tuple[str, ...], set[tuple[str | None, bytes]]] = {}
    for asked in played.ledger.read:
        sent.setdefault(tuple(asked.items), set()).add((asked.key, asked.body))
    if played.case.kind != "asked":
        assert all(len(different) == 1 for different in sent.values())
    fault = played.case.fault
    if isinstance(played.outcomes[played.case.struck[0]], Unknown) and fault.taken is not None:
        taken = {played.ledger.times[NAMES[index]] for index in played.case.struck}
        assert taken == {int(fault.taken)}


def test_there_are_forty() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) == 40
