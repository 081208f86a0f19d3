"""The account of a chunk keeps the law; the tally adds accounts up."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.exchange.account import Account, after_failure
from batchkit._core.rulings import Abort, OutcomeClass, Ruling
from batchkit._core.run.tally import Tally
from batchkit.exceptions import DeadlineExceededError
from batchkit.outcomes import (
    PROBLEMS_KEPT,
    Accepted,
    Rejected,
    Report,
    Skipped,
    Succeeded,
    Unknown,
    Unsent,
)
from tests.core.toy import BAD, cut, kinds

EVERY: list[OutcomeClass] = [Succeeded, Accepted, Rejected, Skipped, Unknown, Unsent]


def account(items: Any = 4, *rulings: Ruling) -> Account:
    made = Account(cut(range(items) if isinstance(items, int) else items)[0])
    for ruling in rulings:
        made.rule(ruling)
    return made


def ruling(outcome: OutcomeClass, *positions: int, **more: Any) -> Ruling:
    code = 200 if outcome in (Succeeded, Accepted) else None
    return Ruling(outcome=outcome, positions=positions, **{"code": code, "reason": "why", **more})


def test_outcomes_come_in_index_order_with_the_callers_own_objects() -> None:
    made = account(3, ruling(Rejected, 2, code=400), ruling(Succeeded, 0, 1))
    assert kinds(made.outcomes()) == ["Succeeded", "Succeeded", "Rejected"]
    assert [each.index for each in made.outcomes()] == [0, 1, 2]
    assert all(each.item is made.chunk.items[each.index] for each in made.outcomes())


def test_indexes_go_on_from_the_chunks_place_in_the_input() -> None:
    chunk = cut(range(4), size=3)[1]
    made = Account(chunk)
    made.rule(ruling(Succeeded, 0))
    assert made.outcomes()[0].index == 3


def test_what_was_refused_here_is_in_the_account_from_the_start() -> None:
    (only,) = account([1, BAD], ruling(Succeeded, 0)).problems()
    assert only == Rejected(index=1, item=BAD, by="client", reason="It is not a number.")


def test_each_outcome_carries_what_its_ruling_says() -> None:
    made = account(
        6,
        ruling(Succeeded, 0, 1, code=201, values={1: {"id": 7}}),
        ruling(Accepted, 2, code=202),
        ruling(Rejected, 3, code=422),
        ruling(Unknown, 4, ticket="t1"),
        ruling(Skipped, 5),
    )
    assert made.outcomes() == [
        Succeeded(index=0, item=0, code=201),
        Succeeded(index=1, item=1, code=201, value={"id": 7}),
        Accepted(index=2, item=2, code=202),
        Rejected(index=3, item=3, by="vendor", code=422, reason="why"),
        Unknown(index=4, item=4, reason="why", ticket="t1"),
        Skipped(index=5, item=5, reason="why"),
    ]


def test_problems_are_the_outcomes_that_are_not_ok() -> None:
    made = account(3, ruling(Succeeded, 0), ruling(Unsent, 2), ruling(Unknown, 1))
    assert sorted(each.index for each in made.problems()) == [1, 2]


@pytest.mark.parametrize("refusal", [Rejected, Skipped, Unsent])
def test_a_refusal_of_what_is_in_doubt_becomes_unknown(refusal: OutcomeClass) -> None:
    made = account(3)
    made.doubted.update({1})
    made.rule(ruling(refusal, 0, 1, 2, code=400))
    outcomes = made.outcomes()
    assert kinds(outcomes) == [refusal.__name__, "Unknown", refusal.__name__]
    assert outcomes[1] == Unknown(
        index=1, item=1, reason="An earlier attempt may have been applied; then: why"
    )


@pytest.mark.parametrize("verdict", [Succeeded, Accepted, Unknown])
def test_what_is_no_refusal_is_entered_as_it_is(verdict: OutcomeClass) -> None:
    made = account(1)
    made.doubted.add(0)
    made.rule(ruling(verdict, 0))
    assert kinds(made.outcomes()) == [verdict.__name__]


@given(st.data())
def test_no_ruling_says_of_an_item_in_doubt_that_it_was_not_applied(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 12))
    made = account(size)
    made.doubted.update(data.draw(st.sets(st.integers(0, size - 1))))
    verdicts = data.draw(st.lists(st.sampled_from(EVERY), min_size=size, max_size=size))
    for verdict in EVERY:
        positions = [place for place, each in enumerate(verdicts) if each is verdict]
        made.rule(ruling(verdict, *positions))
    outcomes = made.outcomes()
    assert [each.index for each in outcomes] == list(range(size))
    for outcome, verdict in zip(outcomes, verdicts, strict=True):
        doubted = outcome.index in made.doubted and verdict in (Rejected, Skipped, Unsent)
        assert type(outcome) is (Unknown if doubted else verdict)


def test_the_highest_code_is_kept_whatever_the_order() -> None:
    made = account(2)
    assert made.highest_code is None
    for code in (202, 503, 429):
        made.note_code(code)
    assert made.highest_code == 503
    made.rule(ruling(Rejected, 0, code=505))
    assert made.highest_code == 505


def test_a_stop_makes_its_exception_with_the_report() -> None:
    report = Report[Any](unsent=2)
    error = Abort(error=DeadlineExceededError, message="Too late.", told={"job": None}).raises(
        report
    )
    assert type(error) is DeadlineExceededError
    assert str(error) == "Too late."
    assert error.report is report


@pytest.mark.parametrize(
    ("seen", "later"),
    [
        ([], None),
        ([Succeeded, Accepted], None),
        ([Succeeded, Rejected], Skipped),
        ([Skipped], Skipped),
        ([Rejected, Unknown], Unsent),
        ([Unsent], Unsent),
    ],
)
def test_after_a_failure_items_are_skipped_and_after_a_doubt_unsent(
    seen: list[OutcomeClass], later: OutcomeClass | None
) -> None:
    ended = after_failure([ruling(outcome, 0) for outcome in seen])
    assert (ended[0] if ended else None) is later


def test_what_comes_after_a_failure_is_told_why() -> None:
    assert after_failure([ruling(Rejected, 0)]) == (
        Skipped,
        "An earlier item failed, and stop_on_first_failure is set.",
    )
    assert after_failure([ruling(Unknown, 0)]) == (
        Unsent,
        "An earlier item has no certain outcome, so nothing after it was sent.",
    )


def tally(*accounts: Account) -> Tally:
    made = Tally()
    for each in accounts:
        made.add(each)
    return made


def test_a_tally_of_nothing_is_an_empty_report() -> None:
    assert Tally().report(0.0) == Report()


def test_a_tally_adds_everything_up() -> None:
    first = account(3, ruling(Accepted, 0), ruling(Rejected, 1), ruling(Skipped, 2))
    first.requests, first.polls, first.bytes_sent, first.highest_code = 3, 2, 70, 429
    second = account(3, ruling(Succeeded, 0), ruling(Unknown, 1), ruling(Unsent, 2))
    second.requests, second.polls, second.bytes_sent, second.highest_code = 1, 1, 30, 200
    report = tally(first, second).report(1.5)
    assert report.to_dict() == {
        "total": 6,
        "ok": False,
        **{name.__name__.lower(): 1 for name in EVERY},
        "problems_left_out": 0,
        "highest_code": 429,
        "requests": 4,
        "retries": 2,
        "polls": 3,
        "bytes_sent": 100,
        "elapsed": 1.5,
        "problems": report.to_dict()["problems"],
    }
    assert len(report.problems) == 4


def test_a_chunk_that_was_never_sent_has_no_negative_retries() -> None:
    assert tally(account(1, ruling(Unsent, 0))).report(0.0).retries == 0


def test_an_account_of_open_tickets_alone_can_be_added() -> None:
    assert tally(account(3)).report(0.0).total == 0


def test_the_first_problems_are_kept_in_index_order_whatever_the_order_of_settling() -> None:
    chunks = cut(range(60_000), size=1000)
    random.Random(5).shuffle(chunks)
    counting = Tally()
    for chunk in chunks:
        settled = Account(chunk)
        settled.rule(ruling(Succeeded, *range(0, 1000, 2)))
        settled.rule(ruling(Unsent, *range(1, 1000, 2)))
        counting.add(settled)
        assert len(counting._problems) <= 2 * PROBLEMS_KEPT
    report = counting.report(0.0)
    assert [each.index for each in report.problems] == list(range(1, 20_000, 2))
    assert report.problems_left_out == 20_000
    assert report.unsent == 30_000


def test_a_snapshot_does_not_change_with_what_comes_later() -> None:
    counting = tally(account(2, ruling(Unsent, 0, 1)))
    snapshot = counting.report(1.0)
    counting.add(account(2, ruling(Unsent, 0, 1)))
    assert snapshot.unsent == len(snapshot.problems) == 2
    assert counting.report(2.0).unsent == 4
