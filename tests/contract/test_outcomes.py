"""What comes back is what is reported: the rows of the table of answers, in all three colours."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from batchkit import Limits, RetryPolicy
from batchkit.exceptions import RateLimitedError, TransportError, VendorError
from tests.contract.colours import (
    COLOURS,
    Colour,
    Played,
    Scene,
    answer,
    counts,
    events,
    people,
    queries,
)

pytestmark = pytest.mark.parametrize("colour", COLOURS)
TAKEN = answer(201)
TWO = {"retry": RetryPolicy(attempts=2), "max_in_flight": 1}
LATE = httpx.ReadTimeout("late")
AWAY = httpx.ConnectError("away")


def drip(colour: Colour, endpoint: str, *answers: Any, number: int = 3, **more: Any) -> Played:
    make = events if endpoint == "events" else people
    more = {"options": TWO, **more}
    scene = Scene(endpoint=endpoint, items=lambda: make(number), answers=answers, **more)
    return scene.play(colour)


def empathy(colour: Colour, *answers: Any, number: int = 3, **more: Any) -> Played:
    more = {"options": TWO, **more}
    return Scene(
        vendor="EmpathyTagging",
        endpoint="query",
        items=lambda: queries(number),
        answers=answers,
        **more,
    ).play(colour)


# attempts run out


def test_doubt_in_any_attempt_is_unknown(colour: Colour) -> None:
    for answers in ((LATE,), (answer(500), AWAY), (answer(502),), (answer(503),), (answer(504),)):
        played = drip(colour, "subscribers", *answers)
        assert (counts(played), played.error, len(played.sent)) == ({"unknown": 3}, None, 2)


def test_no_doubt_is_unsent(colour: Colour) -> None:
    for answers in ((answer(429),), (answer(503, retry_after=1),), (answer(429), AWAY)):
        played = drip(colour, "events", *answers)
        assert (counts(played), played.error, len(played.sent)) == ({"unsent": 3}, None, 2)


def test_never_reached_at_all_is_an_exception(colour: Colour) -> None:
    played = drip(colour, "events", AWAY)
    assert type(played.error) is TransportError
    assert counts(played) == {"unsent": 3}
    reached = drip(
        colour, "events", TAKEN, AWAY, options={**TWO, "limits": Limits(max_items=2)}, read_first=3
    )
    assert reached.error is None
    assert counts(reached) == {"accepted": 2, "unsent": 1}


# Retry-After


def test_too_long_a_wait_is_one_request(colour: Colour) -> None:
    played = drip(colour, "events", answer(429, retry_after=3701))
    assert type(played.error) is RateLimitedError
    assert played.error.retry_after == 3701
    assert (counts(played), len(played.sent), played.slept) == ({"unsent": 3}, 1, 0)


def test_as_long_as_allowed_is_waited_for(colour: Colour) -> None:
    played = drip(colour, "events", answer(429, retry_after=3700), TAKEN)
    assert counts(played) == {"accepted": 3}
    assert 3700 <= played.slept <= 4070


@pytest.mark.parametrize("value", ["-5", "nan", "inf", "1e3", "soon", "5, 10", "١٢", "9" * 5000])
def test_a_wait_that_cannot_be_read_is_ignored(colour: Colour, value: str) -> None:
    def say(sent: Any) -> httpx.Response:
        return httpx.Response(429, headers=[(b"Retry-After", value.encode())])

    played = drip(colour, "events", say, TAKEN)
    assert counts(played) == {"accepted": 3}
    assert 0 < played.slept < 1


# The run stops


@pytest.mark.parametrize(
    "status", [300, 301, 302, 303, 304, 307, 308, 402, 405, 406, 411, 415, 431]
)
def test_what_stops_the_run(colour: Colour, status: int) -> None:
    played = drip(colour, "subscribers", answer(status, {"message": "because"}, x_request_id="r7"))

    assert type(played.error) is VendorError
    assert (played.error.status, played.error.request_id) == (status, "r7")
    assert played.error.body == '{"message": "because"}'
    assert (counts(played), len(played.sent)) == ({"unsent": 3}, 1)


# 400 and 422


@pytest.mark.parametrize("status", [400, 422])
def test_the_culprit_is_found_and_the_others_go_on(colour: Colour, status: int) -> None:
    def say(sent: Any) -> httpx.Response:
        bad = any(each["email"].startswith("p41@") for each in sent.items)
        return httpx.Response(status if bad else 201, json={"message": "no"} if bad else {})

    options = {"limits": Limits(max_items=50)}
    played = drip(colour, "events", say, number=100, options=options)
    assert counts(played) == {"accepted": 99, "rejected": 1}
    [problem] = played.report.problems
    assert (problem.index, problem.by, problem.code) == (41, "vendor", status)
    assert "no" in problem.reason
    assert len(played.sent) <= 2 + 2 * 6 + 8
    assert played.report.highest_code == status


def test_narrowing_is_bounded(colour: Colour) -> None:
    played = drip(colour, "subscribers", answer(400), number=1000)
    assert len(played.sent) <= 1 + 2 * 10 + 8
    assert set(counts(played)) == {"rejected", "unsent"}
    assert played.report.total == 1000


# The bodies of a yes


def test_drip_with_html_is_unknown(colour: Colour) -> None:
    for body, named in ((b"<html>", "text/plain"), (b"x", "text/html; charset=utf-8")):
        played = drip(colour, "subscribers", answer(200, body, content_type=named))
        assert (counts(played), len(played.sent)) == ({"unknown": 3}, 1)


@pytest.mark.parametrize("body", [b"", b"[]", b" \n", b"\xef\xbb\xbf[]"])
def test_empathy_with_nothing_to_say_succeeded(colour: Colour, body: bytes) -> None:
    played = empathy(colour, answer(200, body))
    assert counts(played) == {"succeeded": 3}


UNCLEAR = [b"[{}]", b"[", b"<html>", b"null", b"{}", b"[1,2,3]", b'[{"code":true}]', b"[" * 99999]


@pytest.mark.parametrize("body", UNCLEAR, ids=lambda body: str(body[:20]))
def test_empathy_with_anything_unclear_is_unknown(colour: Colour, body: bytes) -> None:
    played = empathy(colour, answer(200, body))
    assert (counts(played), len(played.sent)) == ({"unknown": 3}, 1)


def codes(*each: int) -> Any:
    return answer(max(each), [{"code": code} for code in each])


@pytest.mark.parametrize("code", [429, 500, 502, 503])
def test_empathy_sends_only_the_failed_items_again(colour: Colour, code: int) -> None:
    played = empathy(colour, codes(200, code, 200), codes(200))
    assert [len(each.items) for each in played.sent] == [3, 1]
    assert played.sent[1].items[0]["q"] == "shoes 1"
    assert counts(played) == {"succeeded": 3}
    assert (played.report.retries, played.report.highest_code) == (1, code)


@pytest.mark.parametrize("code", [400, 404, 409, 422])
def test_empathy_items_refused_for_good(colour: Colour, code: int) -> None:
    played = empathy(colour, codes(200, code, 200))
    assert (counts(played), len(played.sent)) == ({"succeeded": 2, "rejected": 1}, 1)


@pytest.mark.parametrize("code", [401, 403])
def test_empathy_items_that_stop_the_run(colour: Colour, code: int) -> None:
    played = empathy(
        colour,
        codes(200, code),
        options={**TWO, "limits": Limits(max_items=2)},
        number=4,
        read_first=4,
    )
    assert isinstance(played.error, VendorError)
    assert played.error.status == code
    assert (counts(played), len(played.sent)) == ({"succeeded": 1, "unsent": 3}, 1)


# The law


@pytest.mark.parametrize("second", [400, 401, 404, 413, 422, 429])
def test_doubt_and_then_a_refusal_is_unknown(colour: Colour, second: int) -> None:
    played = drip(colour, "subscribers", answer(500), answer(second), number=1)
    assert counts(played) == {"unknown": 1}


@pytest.mark.parametrize("endpoint", ["subscribers", "unsubscribes"])
def test_what_converges_is_sent_again(colour: Colour, endpoint: str) -> None:
    played = drip(colour, endpoint, LATE, TAKEN)
    assert (counts(played), len(played.sent)) == ({"accepted": 3}, 2)
    assert played.sent[0].content == played.sent[1].content


def test_what_duplicates_is_not(colour: Colour) -> None:
    for doubt in (LATE, answer(500), answer(503), answer(408), RuntimeError()):
        assert len(drip(colour, "events", doubt, TAKEN).sent) == 1
        assert len(empathy(colour, doubt, answer(200)).sent) == 1


def test_unless_the_caller_chose_it(colour: Colour) -> None:
    options = {**TWO, "on_doubt": "resend"}
    assert counts(drip(colour, "events", LATE, TAKEN, options=options)) == {"accepted": 3}


def test_the_assumptions_can_be_switched(colour: Colour) -> None:
    options = {**TWO, "refused_statuses": []}
    for status in (400, 422, 429):
        played = drip(colour, "events", answer(status), TAKEN, options=options)
        assert (counts(played), len(played.sent)) == ({"unknown": 3}, 1)
    trusting = {**TWO, "refused_statuses": [503]}
    played = drip(colour, "events", answer(503), TAKEN, options=trusting)
    assert counts(played) == {"accepted": 3}
    strict = {**TWO, "strict_items": True}
    assert counts(empathy(colour, codes(200, 500), options=strict, number=2)) == {
        "succeeded": 1,
        "unknown": 1,
    }
