"""How Ecwid's answers are read: tickets, the state of a ticket, results, complaints."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.effects import Response
from batchkit._core.operations import (
    Complaint,
    ItemAnswer,
    Ticketed,
    TicketState,
    Unreadable,
)
from batchkit._core.text import one_line
from batchkit.ecwid import BatchStatus
from batchkit.ecwid.answers import (
    complain,
    is_ticket,
    read_by_position,
    read_count,
    read_list,
    read_state,
    read_status,
    read_submission,
)
from batchkit.exceptions import ContractError

TICKET = "11kl140a2-966f-1a9f-b4e6-fc451bc78570"  # of the vendor's page; not quite a UUID


def answer(body: object, status: int = 200) -> Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status=status, headers={}, body=raw)


def done(*entries: object, **more: object) -> Response:
    return answer({"status": "COMPLETED", "responses": list(entries), **more})


def result(status: str = "COMPLETED", code: object = 200, **more: object) -> dict[str, object]:
    return {"id": "a", "status": status, "httpStatusCode": code, **more}


def state(response: Response) -> TicketState:
    told = read_state(response)
    assert isinstance(told, TicketState)
    return told


def result_of(*entries: object) -> ItemAnswer:
    return state(done(*entries)).answers["a"]


# Submissions


def test_a_submission_is_answered_with_a_ticket() -> None:
    assert read_submission(answer({"ticket": TICKET, "more": 1}), 3) == Ticketed(TICKET)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b'"t"', {}, {"ticket": None}, {"ticket": 7}, {"ticket": ""},
     {"ticket": "../x"}, {"ticket": "a&token="}, {"ticket": "x" * 129}, {"ticket": "a\n"},
     b'{"ticket":"a","ticket":"b"}', b"[" * 100_000],
)  # fmt: skip
def test_a_yes_without_a_ticket_cannot_be_read(body: object) -> None:
    reading = read_submission(answer(body), 1)
    assert isinstance(reading, Unreadable)
    assert reading.reason == "Ecwid answered 200 without a ticket"
    assert reading.page is (body == b"<html>")


def test_a_yes_that_broke_off_cannot_be_read() -> None:
    response = Response(status=200, headers={}, body=b"", complete=False)

    assert isinstance(read_submission(response, 1), Unreadable)


def test_only_200_is_the_vendors_yes() -> None:
    assert isinstance(read_submission(answer({"ticket": TICKET}, 202), 1), Unreadable)


@pytest.mark.parametrize("status", [100, 302, 400, 403, 404, 409, 429, 500, 503])
def test_any_other_status_is_left_to_the_decision_table(status: int) -> None:
    assert read_submission(answer({"ticket": TICKET}, status), 1) is None


@pytest.mark.parametrize(("value", "good"), [("a-B_9", True), ("é", False), ("1\n", False)])
def test_a_ticket_can_stand_in_a_url(value: str, good: bool) -> None:
    assert is_ticket(value) is good


# The state of a ticket


@pytest.mark.parametrize(
    ("status", "started", "finished"),
    [
        ("QUEUED", False, False),
        ("IN_PROGRESS", True, False),
        ("COMPLETED", True, True),
        ("PAUSED", True, False),
    ],
)
def test_only_completed_is_the_end(status: str, started: bool, finished: bool) -> None:
    told = state(answer({"status": status, "totalRequests": 3, "completedRequests": 2}))

    assert told == TicketState(finished=finished, started=started, completed=2, total=3)


@pytest.mark.parametrize("counter", [None, -1, True, "2", 2.0, [2]])
def test_a_counter_that_is_no_count_is_none(counter: object) -> None:
    told = state(answer({"status": "QUEUED", "totalRequests": counter}))

    assert (told.total, told.completed) == (0, 0)


@pytest.mark.parametrize("body", [b"", b"<html>", [], {}, {"status": 3}, {"status": None}])
def test_a_state_without_a_status_cannot_be_read(body: object) -> None:
    for read in (read_state, read_by_position):
        assert read(answer(body)) == "the answer about the ticket has no status"


def test_results_are_not_read_before_the_end() -> None:
    body = {"status": "IN_PROGRESS", "responses": [result()]}

    assert state(answer(body)).answers == {}
    by_position = read_by_position(answer(body))
    assert isinstance(by_position, TicketState)
    assert by_position.answers == {}


@pytest.mark.parametrize("responses", [None, "x", 7, [], {}, [None, 7, "x", [], {}]])
def test_junk_in_the_place_of_results_says_nothing(responses: object) -> None:
    assert state(answer({"status": "COMPLETED", "responses": responses})).answers == {}


def test_missing_results_say_nothing() -> None:
    assert state(answer({"status": "COMPLETED"})).answers == {}


def test_one_result_may_stand_without_its_array() -> None:
    assert state(answer({"status": "COMPLETED", "responses": result()})).answers.keys() == {"a"}


@pytest.mark.parametrize("name", [None, 7, ["a"]])
def test_a_result_without_an_id_is_ignored(name: object) -> None:
    assert state(done({**result(), "id": name}, {"status": "COMPLETED"})).answers == {}


# Results


def test_a_completed_entry_gives_its_decoded_body() -> None:
    entry = result(escapedHttpBody='{"id":77}', httpBody={"id": 78}, new="field")

    assert result_of(entry) == ItemAnswer(200, value={"id": 77})


@pytest.mark.parametrize("code", [200, 201, 204, 299])
def test_any_2xx_is_a_success(code: int) -> None:
    assert result_of(result(code=code)) == ItemAnswer(code)


def test_an_unescaped_body_will_do() -> None:
    assert result_of(result(httpBody={"id": 77})) == ItemAnswer(200, value={"id": 77})


@pytest.mark.parametrize("body", [{}, [], 0, False])
def test_an_empty_value_is_a_value(body: Any) -> None:
    assert result_of(result(httpBody=body)).value == body


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"escapedHttpBody": ""},
        {"escapedHttpBody": None},
        {"httpBody": ""},
        {"escapedHttpBody": "<html>"},
        {"escapedHttpBody": '{"id":1,"id":2}'},
        {"escapedHttpBody": "[" * 100_000},
        {"escapedHttpBody": "NaN"},
        {"escapedHttpBody": "\ud800"},
    ],
)
def test_a_success_may_come_without_a_readable_body(body: dict[str, object]) -> None:
    assert result_of(result(**body)) == ItemAnswer(200)


def test_a_failed_entry_tells_why_once() -> None:
    inner = {"errorMessage": "No such product", "errorCode": "PRODUCT_NOT_FOUND"}
    entry = result("FAILED", 404, httpStatusLine="Not Found", escapedHttpBody=json.dumps(inner))

    assert result_of(entry) == ItemAnswer(404, "Not Found: PRODUCT_NOT_FOUND: No such product")
    assert result_of({**entry, "httpStatusLine": "No such product"}).reason == (
        "No such product: PRODUCT_NOT_FOUND"
    )


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({}, ""),
        ({"httpStatusLine": 7, "escapedHttpBody": "[]"}, ""),
        ({"httpStatusLine": "Bad\r\n\x1b[31m"}, r"Bad\r\n\x1b[31m"),
        ({"httpBody": {"error_message": "old words"}}, "old words"),
        ({"httpBody": {"errorMessage": None, "errorCode": ["x"]}}, ""),
    ],
)
def test_a_failed_entry_may_say_little(more: dict[str, object], reason: str) -> None:
    assert result_of(result("FAILED", 400, **more)) == ItemAnswer(400, reason)


def test_long_words_of_an_entry_are_cut() -> None:
    reason = result_of(result("FAILED", 400, httpStatusLine="x" * 10_000)).reason

    assert len(reason) == 500
    assert reason.endswith("…")


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
@pytest.mark.parametrize("code", [None, True, "200", 200.0, 99, 600, -1, [200]])
def test_a_result_without_a_code_says_nothing(status: str, code: object) -> None:
    assert result_of(result(status, code)) == ItemAnswer(
        None, f"The vendor says {status} without a code."
    )


def test_a_result_without_a_code_still_passes_on_its_words() -> None:
    assert result_of({"id": "a", "status": "FAILED", "httpStatusLine": "Timeout"}) == ItemAnswer(
        None, "The vendor says FAILED without a code (Timeout)."
    )


@pytest.mark.parametrize(("status", "code"), [("COMPLETED", 404), ("FAILED", 200), ("FAILED", 201)])
def test_a_result_that_contradicts_itself_says_nothing(status: str, code: int) -> None:
    assert result_of(result(status, code)) == ItemAnswer(
        None, f"The vendor says {status} with code {code}."
    )


def test_an_entry_may_not_have_been_tried() -> None:
    assert result_of({"id": "a", "status": "NOT_EXECUTED"}) == ItemAnswer(
        None, "The vendor did not try it.", tried=False
    )
    assert result_of(result("NOT_EXECUTED", 0, httpStatusLine="Stopped")) == ItemAnswer(
        None, "Stopped", tried=False
    )


@pytest.mark.parametrize("status", [None, "DONE", 7])
def test_a_result_of_an_unknown_status_says_nothing(status: Any) -> None:
    told = result_of(result(status))

    assert (told.code, told.tried) == (None, True)
    assert "a status that is not known" in told.reason


def test_the_same_result_twice_is_told_once() -> None:
    assert result_of(result(), result()) == ItemAnswer(200)


@pytest.mark.parametrize(
    "other", [result("FAILED", 404), result(code=201), result("NOT_EXECUTED"), result(httpBody=1)]
)
def test_results_that_contradict_each_other_say_nothing(other: dict[str, object]) -> None:
    told = result_of(result(), other, result())

    assert (told.code, told.tried) == (None, True)
    assert "contradicting" in told.reason


# Tickets whose entries are not known


def test_results_may_be_read_by_their_positions() -> None:
    told = read_by_position(done(result(), result("FAILED", 404), {"status": "NOT_EXECUTED"}, 7))

    assert isinstance(told, TicketState)
    assert [told.answers[str(place)].code for place in range(4)] == [200, 404, None, None]
    assert [told.answers[str(place)].tried for place in range(4)] == [True, True, False, True]


def test_the_ids_of_a_finished_ticket_come_in_the_order_of_the_answer() -> None:
    told = read_by_position(done({**result(), "id": "b"}, result(), {"status": "COMPLETED"}, 7))

    assert isinstance(told, TicketState)
    assert told.entries == ["b", "a", None, None]


# What is said of batches as a whole


def test_a_status_answer_gives_the_status_and_the_counters() -> None:
    body = {"status": "IN_PROGRESS", "totalRequests": 3, "completedRequests": 0, "new": 1}

    told = read_status(answer(body), TICKET)

    assert told == BatchStatus(TICKET, "IN_PROGRESS", 3, 0)
    assert not told.is_finished


def test_a_counter_that_is_missing_is_not_known() -> None:
    told = read_status(answer({"status": "COMPLETED", "totalRequests": "3"}), TICKET)

    assert told == BatchStatus(TICKET, "COMPLETED", None, None)
    assert told.is_finished


@pytest.mark.parametrize("body", [b"", b"<html>", [], {}, {"status": 7}])
def test_a_status_answer_without_a_status_breaks_the_contract(body: object) -> None:
    with pytest.raises(ContractError, match="no status"):
        read_status(answer(body), TICKET)


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_list_of_tickets_comes_with_or_without_a_wrapper(wrapped: bool) -> None:
    items = [{"ticket": "a", "status": "QUEUED"}, {"ticket": "b", "status": "NEW", "more": 1}]

    told = read_list(answer({"items": items} if wrapped else items))

    assert told == [BatchStatus("a", "QUEUED"), BatchStatus("b", "NEW")]


@pytest.mark.parametrize("body", [b"", b"<html>", {}, {"items": None}, {"items": {}}, "x", 7])
def test_an_answer_that_lists_nothing_breaks_the_contract(body: object) -> None:
    with pytest.raises(ContractError, match="no list of tickets"):
        read_list(answer(body))


@pytest.mark.parametrize(
    "item", [7, "a", {}, {"ticket": "a"}, {"ticket": "../x", "status": "QUEUED"}]
)
def test_an_element_that_is_no_ticket_breaks_the_contract(item: object) -> None:
    with pytest.raises(ContractError, match="something that is none"):
        read_list(answer({"items": [{"ticket": "a", "status": "QUEUED"}, item]}))


@pytest.mark.parametrize("name", ["updateCount", "deleteCount"])
@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_change_is_answered_with_a_count(name: str, count: int) -> None:
    assert read_count(answer({name: count}), name) == count


@pytest.mark.parametrize("body", [b"", {}, {"updateCount": True}, {"updateCount": -1}, [1]])
def test_a_change_without_a_count_breaks_the_contract(body: object) -> None:
    with pytest.raises(ContractError, match="updateCount"):
        read_count(answer(body), "updateCount")


# Complaints


@pytest.mark.parametrize("key", ["errorMessage", "error_message"])
def test_an_error_has_a_message_and_a_code(key: str) -> None:
    body = {key: "No such store", "errorCode": "STORE_NOT_FOUND", "args": {"a": "b"}}

    assert complain(answer(body, 404)) == Complaint("No such store", "STORE_NOT_FOUND")


@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_an_error_may_be_empty(body: bytes) -> None:
    assert complain(answer(body, 403)) == Complaint()


def test_an_error_may_have_a_code_alone() -> None:
    assert complain(answer({"errorCode": "TIMEOUT"}, 408)) == Complaint("", "TIMEOUT")


@pytest.mark.parametrize("body", [b"<h1>502</h1>", b"[1]", b'{"error": 5}', b'{"errorMessage":7}'])
def test_an_error_of_another_shape_is_told_as_it_is(body: bytes) -> None:
    assert complain(answer(body, 502)) == Complaint(body.decode())


def test_what_does_not_print_is_escaped() -> None:
    body = {"errorMessage": 'a\r\nb\x1b[31m\u202e"é\ud800', "errorCode": "A\nB"}

    assert complain(answer(body, 400)) == Complaint(
        r"a\r\nb\x1b[31m\u202e" + '"é' + r"\ud800", r"A\nB"
    )


@pytest.mark.parametrize("words", ["x" * 501, "x\n" * 250 + "x" * 10, "é" * 100_000])
def test_long_words_are_cut(words: str) -> None:
    said = complain(answer(words.encode(), 500)).message

    assert len(said) == 500
    assert said.endswith("…")


def test_words_of_the_longest_length_are_whole() -> None:
    assert one_line("x" * 500) == "x" * 500


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["COMPLETED", "FAILED", "NOT_EXECUTED", "QUEUED", "a", "b", '{"id":1}', "t"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "status",
                    "httpStatusCode",
                    "httpStatusLine",
                    "httpBody",
                    "escapedHttpBody",
                    "responses",
                    "items",
                    "ticket",
                    "errorMessage",
                    "errorCode",
                    "totalRequests",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@given(
    st.binary()
    | junk.map(lambda value: json.dumps(value).encode())
    | st.lists(junk).map(
        lambda value: json.dumps({"status": "COMPLETED", "responses": value}).encode()
    ),
    st.sampled_from([200, 201, 400, 500]),
)
def test_no_body_makes_the_reading_fail(body: bytes, status: int) -> None:
    response = answer(body, status)
    complaint = complain(response)

    assert complaint.message.isprintable()
    assert len(complaint.message) <= 500
    assert (read_submission(response, 1) is None) == (status >= 400)
    for read in (read_state, read_by_position):
        told = read(response)
        if isinstance(told, TicketState):
            for each in told.answers.values():
                assert each.reason.isprintable()
                assert len(each.reason) <= 500
                assert each.code is None or 100 <= each.code <= 599
    for ask in (lambda: read_status(response, "t"), lambda: read_list(response)):
        try:
            ask()
        except ContractError:
            continue
