"""What Drip's answers are read as: a yes by its status, a refusal in the vendor's own words."""

from __future__ import annotations

import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.effects import Response
from batchkit._core.operations import AllTaken, Complaint, Trouble, Unreadable
from batchkit.drip.answers import complain, limited, read

REQUEST_IDS = {"request_ids": ["db8a7b16-32dd-4863-8b6e-818e3eaab99a"]}


def answer(status: int, body: object = b"", content_type: str = "application/json") -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status=status, headers={"content-type": content_type}, body=raw)


@pytest.mark.parametrize(
    ("status", "body"),
    [(201, {}), (204, b""), (202, {}), (202, REQUEST_IDS), (200, {})],
)
def test_every_documented_yes_takes_all_items(status: int, body: object) -> None:
    assert read(answer(status, body), 3) == AllTaken()


@pytest.mark.parametrize(
    "body", [b'{"request', b"\xff\xfe", b"[]", b"null", b"OK", b'{"a":1,"a":2}']
)
def test_a_foreign_body_does_not_undo_a_yes(body: bytes) -> None:
    assert read(answer(202, body), 1) == AllTaken()


def test_a_body_that_broke_off_does_not_undo_a_yes() -> None:
    broken = Response(status=202, headers={}, body=b"", complete=False)

    assert read(broken, 1) == AllTaken()


@pytest.mark.parametrize("body", [b"<html>", b"\xef\xbb\xbf<!doctype html>", b"\r\n\t <p>"])
def test_a_web_page_is_no_answer_of_the_vendor(body: bytes) -> None:
    reading = read(answer(200, body), 1)

    assert isinstance(reading, Unreadable)
    assert reading.page


def test_a_body_called_html_is_a_web_page_even_if_it_is_empty() -> None:
    assert isinstance(read(answer(200, b"", "Text/HTML; charset=utf-8"), 1), Unreadable)


def test_errors_beside_a_yes_make_it_unreadable_and_are_told() -> None:
    body = {**REQUEST_IDS, "errors": [{"code": "format_error", "message": "Bad\nday"}]}

    reading = read(answer(202, body), 1)

    assert reading == Unreadable(r"Drip says yes and complains: Bad\nday")


@pytest.mark.parametrize("errors", [[], None, {}, "none"])
def test_errors_that_are_no_errors_do_not_undo_a_yes(errors: object) -> None:
    assert read(answer(202, {"errors": errors}), 1) == AllTaken()


@pytest.mark.parametrize("status", [100, 199, 300, 304, 400, 401, 422, 429, 500, 504])
def test_any_other_status_is_left_to_the_decision_table(status: int) -> None:
    assert read(answer(status, {}), 1) is None
    assert read(answer(status, b"<html>"), 1) is None


def test_an_error_names_its_attribute() -> None:
    error = {"code": "email_error", "attribute": "email", "message": "Email is invalid"}

    assert complain(answer(422, {"errors": [error]})) == Complaint(
        message="email: Email is invalid", code="email_error"
    )


def test_several_errors_are_joined_under_the_first_code() -> None:
    errors = [
        {"message": "no code here"},
        {"code": "presence_error", "attribute": "action", "message": "is missing"},
        {"code": "time_error", "attribute": "occurred_at", "message": "is no time"},
    ]

    assert complain(answer(422, {"errors": errors})) == Complaint(
        message="no code here; action: is missing; occurred_at: is no time",
        code="presence_error",
    )


def test_an_error_without_a_message_is_told_by_its_code() -> None:
    errors = [{"code": "no_postal_address_error"}]

    assert complain(answer(403, {"errors": errors})) == Complaint(
        message="no_postal_address_error", code="no_postal_address_error"
    )


def test_a_code_that_nobody_documented_is_kept() -> None:
    assert complain(answer(422, {"errors": [{"code": "new_error"}]})).code == "new_error"


def test_errors_that_are_mere_text_are_told() -> None:
    assert complain(answer(422, {"errors": ["one", "two"]})) == Complaint(message="one; two")


@pytest.mark.parametrize(
    "body",
    [
        {"message": "Too many requests", "documentation": "https://example.com"},
        {"message": "Too many requests"},
        {"status": 400, "error": "Too many requests"},
        {"error": {"message": "Too many requests"}},
        b"Too many requests\n",
    ],
)
def test_a_message_is_found_wherever_the_vendor_puts_it(body: object) -> None:
    assert complain(answer(429, body)) == Complaint(message="Too many requests")


def test_a_schema_error_names_its_path() -> None:
    error = {
        "keyword": "format",
        "dataPath": ".items[0].product_url",
        "schemaPath": "order_item.json#/properties/product_url/format",
        "params": {"format": "uri"},
        "message": 'should match format "uri"',
    }

    assert complain(answer(422, {"validation_errors": [error, {"keyword": "type"}]})) == Complaint(
        message='.items[0].product_url: should match format "uri"; type'
    )


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"{}"])
def test_a_body_without_words_gives_none(body: bytes) -> None:
    assert complain(answer(500, body)) == Complaint()


@pytest.mark.parametrize(
    "body",
    [
        b"[1, 2]",
        b'{"errors": [3, null, {"message": 7, "code": 8}]}',
        b'{"errors": {"email": ["bad"]}}',
        b'{"error": {"reason": "x"}}',
        b'{"error": 5}',
        b'{"message": null}',
        b"<h1>504</h1>",
    ],
)
def test_what_has_no_known_shape_is_told_as_it_is(body: bytes) -> None:
    assert complain(answer(504, body)) == Complaint(message=body.decode())


def test_what_does_not_print_is_escaped() -> None:
    said = 'a\r\nb\x1b[31m\u202e\u2028"é\ud800'

    assert complain(answer(400, {"message": said})).message == (
        r"a\r\nb\x1b[31m\u202e\u2028" + '"é' + r"\ud800"
    )


def test_stray_bytes_do_not_hide_the_rest() -> None:
    assert complain(answer(400, b'{"message": "caf\xe9"}')).message == "caf\ufffd"


def test_a_body_is_never_read_as_anything_but_utf_8() -> None:
    response = answer(400, '{"message": "é"}'.encode(), "application/json; charset=latin-1")

    assert complain(response).message == "é"


@pytest.mark.parametrize("said", ["x" * 501, "\n" * 251, "é" * 10_000])
def test_a_long_complaint_is_cut(said: str) -> None:
    message = complain(answer(400, {"message": said, "code": said})).message

    assert len(message) == 500
    assert message.endswith("…")


def test_a_complaint_of_the_longest_length_is_whole() -> None:
    assert complain(answer(400, {"message": "x" * 500})).message == "x" * 500


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["errors", "validation_errors", "error", "message", "code", "attribute", "dataPath"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.binary() | junk.map(lambda value: json.dumps(value).encode()), st.integers(100, 599))
def test_no_body_makes_the_reading_fail(body: bytes, status: int) -> None:
    response = answer(status, body, "")
    complaint = complain(response)

    assert complaint.message.isprintable()
    assert len(complaint.message) <= 500
    assert complaint.code is None or (complaint.code and complaint.code.isprintable())
    assert (read(response, 1) is None) == (not 200 <= status < 300)


def test_nesting_without_end_does_not_make_the_reading_fail() -> None:
    assert complain(answer(500, b"[" * 100_000)).message.startswith("[[[")


@pytest.mark.parametrize(
    ("body", "left", "trouble"),
    [
        ({"message": "API rate limit exceeded. Try again in an hour."}, None, Trouble.QUOTA_SPENT),
        ({"message": "Rate limit exceeded"}, "12", Trouble.QUOTA_SPENT),
        (b"", "0", Trouble.QUOTA_SPENT),
        (
            {"message": "Too many concurrent requests for the same subscriber"},
            "0",
            Trouble.CONTENDED,
        ),
        ({"message": "Too many requests"}, "12", Trouble.THROTTLED),
        (b"", None, Trouble.THROTTLED),
    ],
)
def test_the_kinds_of_429_are_told_apart(body: object, left: str | None, trouble: Trouble) -> None:
    headers = {} if left is None else {"x-ratelimit-remaining": left}
    assert limited(attrs.evolve(answer(429, body), headers=headers)) is trouble
