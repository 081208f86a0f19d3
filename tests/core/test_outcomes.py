"""What users read first: outcomes, and the report of a run."""

from __future__ import annotations

import json
import pickle
from typing import Any

import attrs
import pytest

from batchkit.exceptions import IncompleteError
from batchkit.outcomes import (
    Accepted,
    Outcome,
    Plan,
    Rejected,
    Report,
    Skipped,
    Succeeded,
    Unknown,
    Unsent,
)

SECRET = {"email": "someone@shop.example"}
ONE_OF_EACH: list[Outcome[Any]] = [
    Succeeded(index=0, item=SECRET, code=200, value={"id": 7}),
    Accepted(index=1, item=SECRET, code=202),
    Rejected(index=2, item=SECRET, by="vendor", code=422, reason="no such sku"),
    Skipped(index=3, item=SECRET, reason="one before it failed"),
    Unknown(index=4, item=SECRET, reason="no answer", ticket="t1"),
    Unsent(index=5, item=SECRET, reason="the run had to stop"),
]
REPORT = Report[Any](
    succeeded=1,
    accepted=1,
    rejected=1,
    skipped=1,
    unknown=1,
    unsent=1,
    problems=tuple(each for each in ONE_OF_EACH if not each.ok),
    highest_code=422,
    requests=1234,
    retries=2,
    polls=3,
    bytes_sent=99,
    elapsed=12.34,
)


def test_ok_is_true_for_the_first_two_only() -> None:
    assert [each.ok for each in ONE_OF_EACH] == [True, True, False, False, False, False]


@pytest.mark.parametrize("outcome", ONE_OF_EACH)
def test_an_outcome_cannot_be_changed(outcome: Outcome[Any]) -> None:
    for name in ("index", "item", "ok"):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(outcome, name, 1)


@pytest.mark.parametrize("outcome", ONE_OF_EACH)
def test_an_outcome_survives_pickling(outcome: Outcome[Any]) -> None:
    assert pickle.loads(pickle.dumps(outcome)) == outcome


@pytest.mark.parametrize("outcome", ONE_OF_EACH)
def test_neither_text_of_an_outcome_shows_the_item(outcome: Outcome[Any]) -> None:
    assert "shop.example" not in str(outcome) + repr(outcome)


def test_an_outcome_says_what_happened_in_one_line() -> None:
    assert [str(each) for each in ONE_OF_EACH] == [
        "succeeded (200)",
        "accepted (202)",
        "rejected by the vendor: no such sku",
        "skipped: one before it failed",
        "unknown: no answer (ticket t1)",
        "unsent: the run had to stop",
    ]
    assert str(Unknown(index=0, item=None, reason="no answer")) == "unknown: no answer"


def told(outcome: Outcome[Any]) -> object:
    match outcome:
        case Succeeded(value={"id": int(number)}):
            return number
        case Rejected(index=index, reason=reason):
            return index, reason
        case Unknown(ticket=str(ticket)):
            return ticket
        case Accepted(ok=True, code=code):
            return code
        case Skipped() | Unsent():
            return None
        case _:
            raise AssertionError(outcome)


def test_outcomes_can_be_matched_by_their_fields() -> None:
    assert [told(each) for each in ONE_OF_EACH] == [7, 202, (2, "no such sku"), None, "t1", None]


def test_the_counts_of_a_report_add_up() -> None:
    assert REPORT.total == 6
    assert REPORT.count_of_problems == 4
    assert not REPORT.ok
    assert Report[Any](succeeded=2, accepted=1).ok
    assert Report[Any]().ok


@pytest.mark.parametrize("name", ["rejected", "skipped", "unknown", "unsent"])
def test_one_problem_of_any_kind_is_enough_not_to_be_ok(name: str) -> None:
    counts: dict[str, Any] = {name: 1}
    assert not Report[Any](succeeded=9, **counts).ok


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (
            REPORT,
            (
                "6 items: 1 succeeded, 1 accepted, 1 rejected, 1 skipped, 1 unknown, 1 unsent; "
                "1,234 requests, 12.3 s"
            ),
        ),
        (
            Report[Any](accepted=1, requests=1),
            "1 item: 1 accepted, 0 rejected, 0 unknown, 0 unsent; 1 request, 0.0 s",
        ),
        (
            Report[Any](),
            "0 items: 0 succeeded, 0 rejected, 0 unknown, 0 unsent; 0 requests, 0.0 s",
        ),
        (
            Report[Any](succeeded=1_000_000, requests=1000, elapsed=3.96),
            (
                "1,000,000 items: 1,000,000 succeeded, 0 rejected, 0 unknown, 0 unsent; "
                "1,000 requests, 4.0 s"
            ),
        ),
    ],
)
def test_a_report_is_one_line(report: Report[Any], line: str) -> None:
    assert str(report) == line


def test_a_report_as_a_dict_is_json_without_the_items() -> None:
    told = REPORT.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert "shop.example" not in json.dumps(told)
    assert told["total"] == 6
    assert told["ok"] is False
    assert told["problems"] == [
        {"outcome": "rejected", "index": 2, "by": "vendor", "code": 422, "reason": "no such sku"},
        {"outcome": "skipped", "index": 3, "reason": "one before it failed"},
        {"outcome": "unknown", "index": 4, "reason": "no answer", "ticket": "t1"},
        {"outcome": "unsent", "index": 5, "reason": "the run had to stop"},
    ]


def test_a_report_without_items_is_the_same_account() -> None:
    bare = REPORT.without_items()
    assert [each.item for each in bare.problems] == [None] * 4
    assert bare.to_dict() == REPORT.to_dict()
    assert REPORT.problems[0].item is SECRET


def test_a_report_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(REPORT)) == REPORT


def test_a_report_and_a_plan_cannot_be_changed() -> None:
    plan = Plan(items=1, requests=1, bytes=9, invalid=0, least_seconds=0.0)
    for frozen, name in ((REPORT, "unknown"), (plan, "items")):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(frozen, name, 0)


def test_a_report_shows_no_item() -> None:
    assert "shop.example" not in repr(REPORT) + str(REPORT)


def test_a_report_without_problems_is_given_back() -> None:
    fine = Report[Any](accepted=3)
    assert fine.raise_for_problems() is fine


def test_a_report_with_problems_raises_with_itself() -> None:
    with pytest.raises(IncompleteError, match="1 rejected") as caught:
        REPORT.raise_for_problems()
    assert caught.value.report is REPORT
