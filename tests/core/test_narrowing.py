"""Finding the items for which a whole request was refused, within a bound on the calls."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchkit._core.effects import Request
from batchkit._core.exchange.parcel import Budget, halves
from tests.core.toy import CONVERGES, STOPPING, TAKEN, carried, cut, failure, kinds, play, reply
from tests.simulator import Answer, Simulator


def refuse(culprits: set[int], items: int) -> tuple[Simulator, Counter[int]]:
    """Play one chunk against a vendor that takes nothing together with a culprit."""
    ledger: Counter[int] = Counter()

    def vendor(request: Request, now: float) -> Answer:
        inside = carried(request.body)
        if culprits & set(inside):
            return 0.1, reply(422, "look at them")
        ledger.update(inside)
        return 0.1, TAKEN

    return play(cut(range(items)), vendor), ledger


def test_halves_are_all_of_it() -> None:
    assert halves(range(2)) == (range(1), range(1, 2))
    assert halves(range(5)) == (range(2), range(2, 5))


@pytest.mark.parametrize(("parts", "calls"), [(1, 8), (2, 10), (3, 12), (1000, 28), (1024, 28)])
def test_a_budget_allows_twice_the_depth_and_eight(parts: int, calls: int) -> None:
    budget = Budget(parts)
    assert [budget.spend() for _ in range(calls + 2)] == [True] * calls + [False] * 2


@pytest.mark.parametrize("culprit", [0, 1, 499, 500, 731, 998, 999])
def test_one_culprit_among_a_thousand_is_found_within_the_bound(culprit: int) -> None:
    played, ledger = refuse({culprit}, 1000)
    assert len(played.requests) <= 1 + 20
    told = Counter(kinds(played.outcomes))
    assert told == {"Accepted": 999, "Rejected": 1}
    assert played.outcomes[culprit].index not in ledger
    assert str(played.outcomes[culprit]) == (
        'rejected by the vendor: Toy answered 422 ("look at them").'
    )


def test_a_second_culprit_is_found_too() -> None:
    played, _ = refuse({100, 101}, 1000)
    assert Counter(kinds(played.outcomes)) == {"Accepted": 998, "Rejected": 2}


def test_a_half_that_must_hold_the_culprit_is_not_sent_as_a_whole() -> None:
    played, _ = refuse({3}, 4)
    assert [carried(sent.request.body) for sent in played.posts] == [[0, 1, 2, 3], [0, 1], [2], [3]]


@pytest.mark.parametrize("culprits", [range(0, 1000, 3), range(0, 1000, 2), range(500, 1000, 3)])
def test_what_the_bound_leaves_is_unsent(culprits: range) -> None:
    played, ledger = refuse({*culprits}, 1000)
    assert len(played.requests) <= 1 + 28
    told = Counter(kinds(played.outcomes))
    assert set(told) == {"Accepted", "Rejected", "Unsent"}
    assert told["Accepted"] == len(ledger)
    [why] = {str(each) for each in played.outcomes if type(each).__name__ == "Unsent"}
    assert why == (
        'unsent: Not sent apart from the items that Toy answered 422 ("look at them"); '
        "the calls for finding them are spent."
    )
    assert played.stop is None


@settings(max_examples=150)
@given(st.integers(1, 120), st.data())
def test_nothing_is_lost_taken_twice_or_rejected_without_being_a_culprit(
    items: int, data: st.DataObject
) -> None:
    culprits = data.draw(st.sets(st.integers(0, items - 1), max_size=12))
    played, ledger = refuse(culprits, items)
    assert len(played.outcomes) == items
    assert len(played.requests) <= 1 + 2 * (items - 1).bit_length() + 8
    for outcome in played.outcomes:
        match type(outcome).__name__:
            case "Accepted":
                assert ledger[outcome.index] == 1
            case "Rejected":
                assert outcome.index in culprits
            case _:
                assert type(outcome).__name__ == "Unsent"
                assert not ledger[outcome.index]


def test_narrowing_survives_a_doubt_on_the_way() -> None:
    seen: Counter[int] = Counter()

    def vendor(request: Request, now: float) -> Answer:
        inside = carried(request.body)
        seen[len(inside)] += 1
        if seen[len(inside)] == 2:
            return 0.1, failure()
        return 0.1, reply(400) if 7 in inside else TAKEN

    played = play(cut(range(16)), vendor, CONVERGES)
    told = Counter(kinds(played.outcomes))
    assert told["Accepted"] == 15
    assert told["Rejected"] + told["Unknown"] == 1


def test_a_stop_on_the_way_leaves_the_rest_unsent() -> None:
    def vendor(request: Request, now: float) -> Answer:
        return 0.1, reply(400 if len(carried(request.body)) > 4 else 401)

    played = play(cut(range(16)), vendor)
    assert kinds(played.outcomes) == ["Unsent"] * 16
    assert len(played.requests) == 3
    assert played.stop is not None
    assert played.outcomes[-1].reason == f"The run had to stop. {played.stop.message}"
    assert played.report.bytes_sent == sum(len(each.request.body) for each in played.posts)


def test_the_half_after_a_culprit_is_skipped_where_a_failure_ends_everything() -> None:
    def vendor(request: Request, now: float) -> Answer:
        if request.method == "GET":
            return 0.1, reply(200, {"finished": True, "answers": {"id-0": 200}})
        inside = carried(request.body)
        return 0.1, reply(422) if 1 in inside else reply(200, {"ticket": "t"})

    played = play(cut(range(6), size=4, max_refused=1), vendor, STOPPING)
    assert kinds(played.outcomes) == ["Succeeded", "Rejected", *["Skipped"] * 4]
    assert {each.reason for each in played.outcomes[2:]} == {
        "An earlier item failed, and stop_on_first_failure is set."
    }
    assert [carried(sent.request.body) for sent in played.posts] == [[0, 1, 2, 3], [0, 1], [0], [1]]
