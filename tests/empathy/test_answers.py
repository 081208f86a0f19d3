"""Empathy's answers: what they say of each event, and what a complaint says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.effects import Response
from batchkit._core.operations import AllDone, Complaint, ItemAnswer, PerItem, Reading, Unreadable
from batchkit.empathy.answers import complain, read

STATUSES = (200, 202, 400, 401, 404, 413, 429, 500, 503)
REFUSED = [status for status in STATUSES if status >= 300]
NO_JSON = (b"<html>Bad Gateway</html>", b"OK", b"{'code': 200}", b"NaN", b"\xff\xfe\x00", b"{")


def response(status: int, body: bytes | object = b"", *, complete: bool = True) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status=status, headers={}, body=raw, complete=complete)


def answers(status: int, results: Sequence[object]) -> Sequence[ItemAnswer]:
    reading = read(response(status, results), len(results))
    assert isinstance(reading, PerItem)
    return reading.answers


def reason(reading: Reading | None) -> str:
    assert isinstance(reading, Unreadable)
    return reading.reason


# Answers that speak of every event


@pytest.mark.parametrize("status", STATUSES)
def test_an_array_of_results_is_read_under_any_status(status: int) -> None:
    said = [{"code": 200}, {"code": 400, "error": "Field [q] is mandatory"}]
    assert answers(status, said) == [ItemAnswer(200), ItemAnswer(400, "Field [q] is mandatory")]


def test_the_vendors_own_sample_is_read() -> None:
    error = (
        "com.eb.tagging.util.exception.SerializationException: "
        "Field [q] is mandatory and cannot be null or empty"
    )
    said = [{"code": 200}, {"code": 400, "error": error}]
    assert answers(400, said) == [ItemAnswer(200), ItemAnswer(400, error)]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        ({"message": "Unauthorized"}, "Unauthorized"),
        ({"error": "one", "message": "two"}, "one"),
        ({"error": "", "message": "two"}, "two"),
        ({"error": None, "message": "two"}, "two"),
        ({"error": {"deep": 1}}, ""),
        ({}, ""),
        ({"error": " a\nb\x1b[31m\u202e\ud800 "}, "a\\nb\\x1b[31m\\u202e\\ud800"),
    ],
)
def test_a_reason_is_the_vendors_in_one_line(result: dict[str, object], words: str) -> None:
    assert answers(400, [{"code": 400, **result}]) == [ItemAnswer(400, words)]


def test_a_reason_has_at_most_500_characters() -> None:
    [exact, long] = answers(400, [{"code": 400, "error": "é" * n} for n in (500, 10_000)])
    assert exact.reason == "é" * 500
    assert long.reason == "é" * 499 + "…"


def test_a_reason_that_grows_by_escaping_still_has_at_most_500_characters() -> None:
    [answer] = answers(400, [{"code": 400, "error": "a" + "\x00" * 499}])
    assert len(answer.reason) == 500


@pytest.mark.parametrize("code", [100, 302, 403, 429, 599])
def test_any_http_status_code_is_passed_on(code: int) -> None:
    assert answers(500, [{"code": code}]) == [ItemAnswer(code)]


# Answers that say nothing of single events


@pytest.mark.parametrize("status", [200, 201, 204])
@pytest.mark.parametrize("body", [b"", b"[]", b" \r\n", b" [ ]\n", b"\xef\xbb\xbf[]"])
def test_a_2xx_without_results_means_that_all_is_done(status: int, body: bytes) -> None:
    assert read(response(status, body), 5) == AllDone()


@pytest.mark.parametrize("status", REFUSED)
@pytest.mark.parametrize(
    "body", [b"", b"  ", *NO_JSON, b'{"code": 400, "error": "x"}', b'"x"', b"null", b"3"]
)
def test_another_status_without_an_array_is_left_to_the_decision_table(
    status: int, body: bytes
) -> None:
    assert read(response(status, body), 5) is None


# Answers that are not clear


@pytest.mark.parametrize("body", NO_JSON)
def test_a_2xx_that_is_not_json_is_not_trusted(body: bytes) -> None:
    reading = read(response(200, body), 5)
    assert reason(reading)
    assert cast(Unreadable, reading).page is body.startswith(b"<")


@pytest.mark.parametrize("body", [{}, {"code": 200}, {"code": 400, "error": "x"}, "ok", None, 200])
def test_a_2xx_with_json_other_than_an_array_is_not_trusted(body: object) -> None:
    assert reason(read(response(200, body), 5)) == "The answer is not an array of results."


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("number", [1, 3, 6])
def test_an_array_of_another_length_is_never_matched_by_position(status: int, number: int) -> None:
    said = reason(read(response(status, [{"code": 200}] * number), 5))
    assert said == f"The answer speaks of {number} events, 5 were sent."


@pytest.mark.parametrize("status", REFUSED)
def test_an_empty_array_under_another_status_is_not_clear(status: int) -> None:
    assert "0 events" in reason(read(response(status, b"[]"), 5))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"code": None},
        {"code": True},
        {"code": "200"},
        {"code": 200.0},
        {"code": 99},
        {"code": 600},
        {"code": -200},
        {"code": [200]},
        200,
        "ok",
        None,
        [],
    ],
)
def test_one_odd_result_makes_the_whole_answer_unclear(status: int, odd: object) -> None:
    said = reason(read(response(status, [{"code": 200}, odd]), 2))
    assert said == "The answer has no HTTP status code for some of the events."


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(
    "body",
    [
        b'[{"code": 200}, {"co',
        b'\xef\xbb\xbf [{"code": 200}',
        b'[{"code": 400, "code": 200}]',
        b"[" * 100_000,
        b'[{"code": ' + b"9" * 5_000 + b"}]",
    ],
    ids=["cut", "cut after a mark", "a key twice", "too deep", "too many digits"],
)
def test_an_array_that_cannot_be_read_is_not_clear_under_any_status(
    status: int, body: bytes
) -> None:
    assert reason(read(response(status, body), 1)) == "The answer is not JSON."


@pytest.mark.parametrize("status", STATUSES)
def test_an_answer_that_broke_off_is_not_taken_for_an_empty_one(status: int) -> None:
    assert "broke off" in reason(read(response(status, complete=False), 5))


@given(st.sampled_from(STATUSES), st.binary(), st.integers(1, 5))
def test_no_answer_makes_reading_fail(status: int, body: bytes, count: int) -> None:
    reading = read(response(status, body), count)
    assert not isinstance(reading, AllDone) or status < 300


# Complaints


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b'{"code": 400, "error": "q is mandatory"}', Complaint("q is mandatory", "400")),
        (b'{"code": 401, "message": "Unauthorized"}', Complaint("Unauthorized", "401")),
        (b'{"code": "E17", "error": "a\\nb"}', Complaint("a\\nb", "E17")),
        (b'{"code": "", "error": "x"}', Complaint("x")),
        (b'{"code": true, "error": "x"}', Complaint("x")),
        (b'{"code": 4.5, "error": "x"}', Complaint("x")),
        (b'{"error": "x"}', Complaint("x")),
        (b'{"code": 400}', Complaint('{"code": 400}', "400")),
        (b'{"fault": "?"}', Complaint('{"fault": "?"}')),
        (b"Service\r\nUnavailable\n", Complaint("Service\\r\\nUnavailable")),
        (b'["a", 1]', Complaint('["a", 1]')),
        (b"", Complaint()),
        (b"caf\xe9", Complaint("caf\N{REPLACEMENT CHARACTER}")),
    ],
)
def test_a_complaint_is_in_the_vendors_words(body: bytes, complaint: Complaint) -> None:
    assert complain(response(400, body)) == complaint


@given(
    st.binary()
    | st.text().map(str.encode)
    | st.text().map(lambda text: json.dumps({"error": text}).encode())
)
def test_a_complaint_is_always_one_short_printable_line(body: bytes) -> None:
    complaint = complain(response(500, body))
    assert len(complaint.message) <= 500
    assert complaint.message.isprintable()


@pytest.mark.parametrize("body", [b"x" * 10_000_000, b"[" * 100_000, b'{"error": "' + b"x" * 10**6])
def test_a_complaint_of_any_size_is_cut_short(body: bytes) -> None:
    message = complain(response(500, body)).message
    assert len(message) == 500
    assert message.endswith("…")


def test_a_redirect_says_nothing_whatever_its_body_says() -> None:
    told = Response(status=301, headers={}, body=b'[{"code":200}]')
    assert read(told, 1) is None
