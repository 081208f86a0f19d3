"""The ledger judges reports and outcomes: what does not add up, in words."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from batchkit import Accepted, Rejected, Report, Skipped, Succeeded, Unknown, Unsent
from batchkit.drip import Order, OrderItem, Subscriber
from batchkit.ecwid import ApiRequest
from batchkit.empathy import CheckoutEvent
from batchkit.testing import Ledger
from batchkit.testing._json import encode
from batchkit.testing._records import Call, Carrier, Exchange

ANN, BOB, EVE = ({"email": f"{name}@example.com"} for name in ("ann", "bob", "eve"))


def book(
    ledger: Ledger,
    *items: Any,
    vendor: str = "drip",
    operation: str = "events",
    fate: Any = "taken",
) -> Ledger:
    number = ledger.next_number()
    call = Call(number, vendor, operation, "1", 0.0, Carrier(encode(list(items))))
    ledger.note(fate, call, range(len(items)))
    exchange = Exchange("POST", "/", {}, b"", {}, b"")
    ledger.answered(call, exchange, status=201, fault="", took=0.0)
    return ledger


def accepted(index: int, item: object) -> Accepted[object]:
    return Accepted(index=index, item=item, code=201)


def unsent(index: int, item: object) -> Unsent[object]:
    return Unsent(index=index, item=item, reason="no")


def unknown(index: int, item: object) -> Unknown[object]:
    return Unknown(index=index, item=item, reason="no answer", ticket=None)


def test_an_account_in_order_is_silent() -> None:
    ledger = book(Ledger(), ANN, BOB)
    outcomes = [accepted(0, ANN), unknown(1, BOB), unsent(2, EVE)]

    assert ledger.check_outcomes(outcomes) == []
    report = Report[object](accepted=1, unknown=1, unsent=1, problems=tuple(outcomes[1:]))
    assert ledger.check(report) == []


def complaints(ledger: Ledger, *outcomes: Any) -> str:
    return "\n".join(ledger.check_outcomes(outcomes))


def test_an_item_that_never_arrived_is_named() -> None:
    assert complaints(Ledger(), accepted(0, ANN)) == (
        "index 0: reported as got through, but never arrived."
    )
    two = complaints(book(Ledger(), ANN), accepted(0, ANN), accepted(1, ANN))
    assert two == "index 0 and 1 like it: reported as got through, but only 1 arrived."


def test_an_item_that_was_taken_and_denied_is_named() -> None:
    ledger = book(book(Ledger(), BOB), ANN)

    assert complaints(ledger, accepted(0, BOB), unsent(1, ANN)) == (
        "index 1 is reported as Unsent, but was taken (request 2)."
    )


def test_an_item_taken_twice_is_named_unless_that_converges_or_was_asked_for() -> None:
    ledger = book(book(Ledger(), ANN), ANN)

    assert complaints(ledger, accepted(0, ANN)) == "index 0 was taken 2 times (requests 1, 2)."
    assert ledger.check_outcomes([accepted(0, ANN)], may_repeat=True) == []
    people = book(book(Ledger(), ANN, operation="subscribers"), ANN, operation="subscribers")
    assert people.check_outcomes([accepted(0, ANN)]) == []


def test_an_item_that_nobody_speaks_of_is_named() -> None:
    assert complaints(book(Ledger(), ANN, BOB), accepted(0, ANN)) == (
        "request 1, position 1: the events item was taken, and no outcome speaks of it."
    )


def test_indexes_are_counted() -> None:
    ledger = book(Ledger(), ANN, BOB, EVE)
    told = complaints(ledger, accepted(0, ANN), accepted(0, BOB), accepted(3, EVE))

    assert told.splitlines() == [
        "index 0 has 2 outcomes.",
        "index 1 has no outcome.",
        "index 2 has no outcome.",
    ]


def test_equal_items_are_told_apart_by_their_number() -> None:
    ledger = book(Ledger(), ANN, ANN)

    assert ledger.check_outcomes([accepted(0, ANN), accepted(1, ANN), unsent(2, ANN)]) == []


def test_a_yes_to_an_item_that_was_dropped_is_true() -> None:
    ledger = book(Ledger(), ANN, fate="dropped")

    assert ledger.check_outcomes([accepted(0, ANN)]) == []
    assert ledger.check(Report[object](accepted=1)) == []


def test_many_sentences_are_cut() -> None:
    told = Ledger().check_outcomes(accepted(n, {"email": str(n)}) for n in range(50))

    assert len(told) == 21
    assert told[-1] == "… and 30 more."


def test_what_is_no_item_can_only_be_refused() -> None:
    bad = Rejected[object](index=0, item=7, by="client", reason="no")
    strange = Rejected[object](index=0, item={"x": object()}, by="client", reason="no")

    assert Ledger().check_outcomes([bad]) == []
    assert Ledger().check_outcomes([strange]) == []
    assert Ledger().check(Report[object](rejected=1, problems=(bad,))) == []


# -- reports


def test_a_reports_counts_are_held_against_the_ledger() -> None:
    ledger = book(Ledger(), ANN, BOB)

    assert ledger.check(Report[object](accepted=3)) == [
        "3 items are reported as got through, but only 2 arrived."
    ]
    assert ledger.check(Report[object](accepted=1)) == [
        "2 items were taken, but the report accounts for 1 at the most."
    ]


def test_a_ledger_of_several_operations_says_so_where_a_report_is_too_small_for_it() -> None:
    ledger = book(book(Ledger(), ANN), BOB, operation="carts")

    [told] = ledger.check(Report[object](accepted=1))
    assert told.endswith(
        "They are of drip carts, drip events: `vendor` and `operation` say which part is meant."
    )


def test_a_report_that_does_not_add_up_says_so() -> None:
    class Odd(Report[Any]):
        total: Any = 9

    assert "The report's counts do not add up: 9 in all" in Ledger().check(Odd())[0]


def test_a_problem_that_was_taken_is_named() -> None:
    ledger = book(Ledger(), ANN)
    report = Report[object](unknown=1, unsent=1, problems=(unknown(0, BOB), unsent(1, ANN)))

    assert ledger.check(report) == ["index 1 is reported as Unsent, but was taken (request 1)."]


@pytest.mark.parametrize("operation", ["events", "subscribers"])
def test_an_item_of_two_equal_ones_may_be_denied_and_the_other_taken(operation: str) -> None:
    ledger = book(Ledger(), ANN, operation=operation)
    skipped = Skipped[object](index=1, item=ANN, reason="equal")
    rejected = Rejected[object](index=1, item=ANN, by="vendor", reason="no", code=400)

    assert ledger.check(Report[object](accepted=1, unsent=1, problems=(unsent(0, ANN),))) == []
    assert ledger.check(Report[object](accepted=1, skipped=1, problems=(skipped,))) == []
    assert ledger.check(Report[object](accepted=1, rejected=1, problems=(rejected,))) == []
    both = (unknown(0, ANN), unsent(1, ANN))
    assert ledger.check(Report[object](unknown=1, unsent=1, problems=both)) == []


def test_a_denied_item_is_named_where_too_many_were_taken_for_those_like_it() -> None:
    ledger = book(Ledger(), ANN, BOB, operation="subscribers")
    problems = (unsent(1, ANN), unsent(2, EVE))

    assert ledger.check(Report[object](accepted=1, unsent=2, problems=problems)) == [
        "index 1 is reported as Unsent, but was taken (request 1)."
    ]


def test_a_problem_that_the_report_does_not_hold_may_explain_what_was_taken() -> None:
    ledger = book(Ledger(), ANN)

    assert ledger.check(Report[object](unknown=1, unsent=1, problems=(unsent(1, ANN),))) == []


def test_a_part_of_the_ledger_may_be_meant() -> None:
    ledger = book(book(Ledger(), ANN), BOB, operation="carts")

    assert ledger.check(Report[object](accepted=1), "drip", "carts") == []
    assert ledger.check_outcomes([accepted(0, BOB)], "drip", "carts") == []


def test_without_items_only_counts_are_held_against_it() -> None:
    ledger = book(Ledger(keep_items=False), ANN)

    assert ledger.check(Report[object](accepted=1)) == []
    assert len(ledger.check(Report[object](accepted=2))) == 1
    assert ledger.check(Report[object](unsent=1)) == [
        "1 items were taken, but the report accounts for 0 at the most."
    ]
    assert ledger.check(Report[object](unsent=1), may_repeat=True) == []
    people = book(Ledger(keep_items=False), ANN, operation="subscribers")
    assert people.check(Report[object](unsent=1)) == []
    assert people.check(Report[object](unsent=1), "drip", "events") == []


@pytest.mark.parametrize("fate", ["taken", "dropped"])
def test_outcomes_cannot_be_held_against_a_ledger_that_kept_no_items(fate: Any) -> None:
    ledger = book(Ledger(keep_items=False), ANN, BOB, fate=fate)

    with pytest.raises(ValueError, match=f"counted 2 items that were {fate} and kept 0 of them"):
        ledger.check_outcomes([accepted(0, ANN), accepted(1, BOB)])
    assert ledger.check_outcomes([], "ecwid") == []


# -- items are found whatever they are made of


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (Subscriber(email="a@b.c", tags=("x",)), {"email": "a@b.c", "tags": ["x"]}),
        (
            Order(
                provider="p",
                grand_total=Decimal("1.50"),
                items=[OrderItem(name="n", price=Decimal(2), extra={"color": "red"})],
                extra={"mine": 1},
            ),
            {
                "provider": "p",
                "grand_total": 1.5,
                "items": [{"name": "n", "price": 2, "color": "red"}],
                "mine": 1,
                "occurred_at": "2026-01-01T00:00:00.000Z",
            },
        ),
        (
            CheckoutEvent(q="x", revenue=Decimal("30.50"), page=1, filtered=True),
            {"q": "x", "revenue": "30.50", "page": "1", "filtered": "true"},
        ),
        (
            {"occurred_at": datetime(2026, 1, 1, tzinfo=UTC), "nothing": None},
            {"occurred_at": "2026-01-01T00:00:00+00:00", "nothing": None},
        ),
        (
            ApiRequest("POST", "products", {"name": "Tea"}),
            {"id": "made", "method": "POST", "path": "/products", "body": {"name": "Tea"}},
        ),
        (
            {"method": "GET", "path": "/products/1", "id": "mine"},
            {"id": "mine", "method": "GET", "path": "/products/1"},
        ),
    ],
)
def test_an_item_is_found(given: object, taken: object) -> None:
    ledger = book(Ledger(), taken)

    assert ledger.check_outcomes([accepted(0, given)]) == []


def test_a_second_use_of_an_id_is_no_contradiction() -> None:
    entry = {"method": "GET", "path": "/a", "id": "x"}
    ledger = book(Ledger(), entry, vendor="ecwid", operation="batches")
    again = Rejected[object](index=1, item=entry, by="client", reason="used twice")

    assert ledger.check(Report[object](succeeded=1, rejected=1, problems=(again,))) == []
    done = Succeeded[object](index=0, item=entry, code=200, value=None)
    assert ledger.check_outcomes([done, again]) == []


def test_a_report_of_entries_is_held_against_their_ids_whatever_its_counts() -> None:
    a, b, c = ({"method": "GET", "path": "/a", "id": name} for name in "abc")
    ledger = book(book(Ledger(), a, vendor="ecwid"), a, c, vendor="ecwid")
    report = Report[object](succeeded=2, unknown=1, unsent=1, problems=(unsent(2, c),))

    assert ledger.check(report) == [
        "the entry with the id a was taken 2 times (requests 1, 2).",
        "index 2 is reported as Unsent, but was taken (request 2).",
    ]
    assert len(ledger.check(report, may_repeat=True)) == 1
    fine = book(Ledger(), a, b, vendor="ecwid")
    assert fine.check(Report[object](succeeded=2, unsent=1, problems=(unsent(2, c),))) == []


def test_an_outcome_of_a_job_is_looked_up_by_the_id_that_stands_for_its_entry() -> None:
    entries = [{"method": "GET", "path": "/a", "id": name} for name in "ab"]
    ledger = book(Ledger(), *entries, vendor="ecwid", operation="batches")

    assert ledger.check_outcomes([accepted(0, "a"), accepted(1, "b")]) == []
    assert complaints(ledger, accepted(0, "a"), unsent(1, "b")) == (
        "index 1 is reported as Unsent, but was taken (request 1)."
    )
    assert "index 2: reported as got through, but never arrived." in complaints(
        ledger, accepted(0, "a"), accepted(1, "b"), accepted(2, "c")
    )


def test_a_strange_item_in_the_ledger_is_named_too() -> None:
    assert "position 0" in complaints(book(Ledger(), 7), unsent(0, ANN))
