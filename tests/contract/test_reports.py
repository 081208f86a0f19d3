"""The report: its fields, its bounds, and how it travels with an exception."""

from __future__ import annotations

import json
import pickle
from typing import Any

import attrs
import pytest

from batchkit import Accepted, Limits, Pace, Rejected, Report, RetryPolicy, Unsent, exceptions
from batchkit.exceptions import AuthenticationError, BatchkitError, IncompleteError
from tests.contract.colours import COLOURS, Colour, Scene, answer, events, people

TAKEN = answer(201)
COUNTS = ("succeeded", "accepted", "rejected", "skipped", "unknown", "unsent")


@pytest.mark.parametrize("colour", COLOURS)
def test_the_fields_of_a_report(colour: Colour) -> None:
    played = Scene(
        endpoint="events",
        items=lambda: [*events(4), {"email": 1}],
        answers=[answer(429, retry_after=10), TAKEN, answer(500)],
        options={"limits": Limits(max_items=2), "max_in_flight": 1},
        read_first=5,
    ).play(colour)
    report = played.report

    assert {name: getattr(report, name) for name in COUNTS} == {
        **dict.fromkeys(COUNTS, 0),
        "accepted": 2,
        "unknown": 2,
        "rejected": 1,
    }
    assert report.total == 5
    assert not report.ok
    assert report.highest_code == 500
    assert (report.requests, report.retries, report.polls) == (3, 1, 0)
    assert report.bytes_sent == sum(len(each.content) for each in played.sent)
    assert report.elapsed == played.slept
    assert [problem.index for problem in report.problems] == [2, 3, 4]
    assert (report.problems_left_out, report.count_of_problems) == (0, 3)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_first_ten_thousand_problems_in_index_order(colour: Colour) -> None:
    def bad() -> Any:
        for index in range(24_500):
            yield {"email": index}
            if index % 1000 == 0:
                yield people(1)[0]

    report = Scene(items=bad, answers=[TAKEN], options={"max_in_flight": 1}).play(colour).report

    assert (report.rejected, report.accepted, report.total) == (24_500, 25, 24_525)
    assert len(report.problems) == 10_000
    assert report.problems_left_out == 14_500
    indexes = [problem.index for problem in report.problems]
    assert indexes == sorted(indexes)
    assert indexes[:3] == [0, 2, 3]
    assert indexes[-1] == 10_000 + 9


def test_a_report_in_one_line_and_as_json() -> None:
    problem = Rejected(index=1, item=object(), by="client", reason="bad")
    report = Report(accepted=2500, rejected=1, problems=[problem], requests=3, elapsed=1.25)

    assert str(report) == (
        "2,501 items: 2,500 accepted, 1 rejected, 0 unknown, 0 unsent; 3 requests, 1.2 s"
    )
    told = json.loads(json.dumps(report.to_dict()))
    assert told["total"] == 2501
    assert told["ok"] is False
    assert told["problems"] == [
        {"outcome": "rejected", "index": 1, "by": "client", "code": None, "reason": "bad"}
    ]


def test_raise_for_problems() -> None:
    good = Report[Any](accepted=1)
    assert good.raise_for_problems() is good
    secret = Unsent(index=7, item="ada@shop.example", reason="ada@shop.example is busy")
    for problems, more in (
        ((), ""),
        ((secret, secret), " The first is item 7, unsent; `problems`"),
    ):
        bad = Report[Any](unsent=2, problems=problems)
        with pytest.raises(IncompleteError) as caught:
            bad.raise_for_problems()
        assert caught.value.report is bad
        assert str(caught.value).startswith(f"Not every item got through: {bad}.{more}")
        assert "ada" not in str(caught.value)


def test_reports_and_outcomes_are_frozen() -> None:
    for frozen in (Report[Any](), Accepted(index=0, item=1, code=201), Pace(requests=1, per=1)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            frozen.index = 2


# Exceptions


@pytest.mark.parametrize("colour", COLOURS)
def test_an_exception_carries_the_exact_account(colour: Colour) -> None:
    error = (
        Scene(
            items=lambda: people(4),
            answers=[TAKEN, answer(401, {"message": "no"}, x_request_id="r1")],
            options={"limits": Limits(max_items=2), "max_in_flight": 1},
            read_first=4,
        )
        .play(colour)
        .error
    )

    assert isinstance(error, AuthenticationError)
    assert (error.report.accepted, error.report.unsent, error.report.total) == (2, 2, 4)
    assert (error.__cause__, error.__context__) == (None, None)


def test_a_pickled_exception_drops_the_callers_items() -> None:
    error = (
        Scene(
            items=lambda: [{"email": "secret@b.example", "eu_consent": object()}, *people(1)],
            answers=[answer(403, {"message": "no"}, x_request_id="r1")],
        )
        .play("sync")
        .error
    )
    assert isinstance(error, AuthenticationError)
    data = pickle.dumps(error)
    copied = pickle.loads(data)

    assert b"secret@" not in data
    assert type(copied) is AuthenticationError
    assert (str(copied), copied.status, copied.request_id) == (str(error), 403, "r1")
    assert copied.body == '{"message": "no"}'
    assert copied.report.total == 2
    assert [problem.item for problem in copied.report.problems] == [None, None]


ERRORS: dict[str, dict[str, Any]] = {
    "VendorError": {"status": 402},
    "AuthenticationError": {"status": 401},
    "NotFoundError": {"status": 404},
    "RateLimitedError": {"status": 429, "retry_after": 3},
}


@pytest.mark.parametrize(
    "cls",
    [each for each in vars(exceptions).values() if isinstance(each, type)],
    ids=lambda cls: cls.__name__,
)
def test_every_exception_is_picklable_and_has_a_report(cls: type) -> None:
    if not issubclass(cls, BatchkitError):
        return
    error = cls("words", **ERRORS.get(cls.__name__, {}))
    copied = pickle.loads(pickle.dumps(error))

    assert vars(copied) == vars(error)
    assert copied.args == error.args
    assert copied.report == Report()


def test_attempts_are_sendings_in_all() -> None:
    options = {"retry": RetryPolicy(attempts=1)}
    played = Scene(items=lambda: people(1), answers=[answer(503)], options=options).play("sync")
    assert (played.report.requests, played.report.retries, played.slept) == (1, 0, 0)
