"""What an exchange lets others tell of its requests: which items, which attempt, when again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import attrs
import pytest

from batchkit._core import stops
from batchkit._core.effects import Came, Failure, Go, Halt, Phase, Record, Request, Response, Send
from batchkit._core.exchange import Exchange
from batchkit._core.lane import Lane
from batchkit._core.operations import Operation
from batchkit._core.question import Question
from batchkit._core.run import Run
from batchkit._core.steps import Job
from batchkit.options import PollPolicy, RetryPolicy
from batchkit.outcomes import Rejected, Report, RequestRecord
from tests.core.toy import BAD, CONVERGES, KEYED, TAKEN, bounds, cut, failure, reply, rules

TICKET = reply(200, {"ticket": "t1"}, x_request_id="ticket")
OPEN = reply(200, {"finished": False})
BUSY = reply(429, x_request_id="busy")


def done(code: int) -> Response:
    return reply(200, {"finished": True, "answers": {"id-0": code}}, x_request_id="done")


def told(
    exchange: Exchange, *replies: Response | Failure, step: float = 0.0
) -> Iterator[tuple[Send, float | None]]:
    """Each request of an exchange, and in how many seconds it goes again once it is answered.

    Every answer and every turn comes `step` seconds after the one before.
    """
    left, times = iter(replies), count(0.0, step)
    flow = exchange.flow()
    effect, answer = flow.send(None), None
    sent: Send | None = None
    while True:
        if sent is not None and not isinstance(effect, Send):
            yield sent, exchange.retry_in
            sent = None
        match effect:
            case Send():
                sent, answer = effect, Came(next(left), next(times))
            case Record():
                answer = None
            case _:
                answer = Go(next(times))
        try:
            effect = flow.send(answer)
        except StopIteration:
            break
    if sent is not None:
        yield sent, exchange.retry_in


def second_of(items: list[object], operation: Operation = CONVERGES) -> Exchange:
    """The exchange of the second chunk, whose first item has the index 2."""
    return Exchange(cut(items, operation, size=2)[1], operation, rules())


def test_a_send_says_which_items_it_carries() -> None:
    [(send, _)] = told(second_of([0, 1, BAD, 3, 4]), TAKEN)
    assert (send.first_index, send.items, send.attempt) == (3, 2, 1)


def test_each_attempt_has_its_number_and_says_when_the_next_is() -> None:
    sends = list(told(second_of([0, 1, 2]), BUSY, failure(Phase.CONNECTING), TAKEN))
    assert [send.attempt for send, _ in sends] == [1, 2, 3]
    assert [again for _, again in sends] == [0.25, 0.5, None]  # half of what the policy allows


def test_the_last_attempt_says_that_there_is_no_other() -> None:
    exchange = Exchange(cut([1])[0], CONVERGES, rules(retry=RetryPolicy(attempts=2)))
    assert [again is None for _, again in told(exchange, BUSY, BUSY)] == [False, True]


def test_items_that_the_vendor_asks_for_again_go_again() -> None:
    some = reply(200, [200, 429])
    (first, again), (second, end) = told(Exchange(cut([1, 2])[0], CONVERGES, rules()), some, TAKEN)
    assert (first.items, again) == (2, 0.25)
    assert (second.items, second.first_index, second.attempt, end) == (1, 1, 2, None)


def test_halves_are_requests_of_their_own() -> None:
    sends = list(told(Exchange(cut([1, 2])[0], CONVERGES, rules()), reply(413), TAKEN, TAKEN))
    assert [(send.first_index, send.items, send.attempt) for send, _ in sends] == [
        (0, 2, 1),
        (0, 1, 1),
        (1, 1, 1),
    ]
    assert {again for _, again in sends} == {None}


def test_a_question_about_a_ticket_belongs_to_its_chunk() -> None:
    exchange = second_of([0, 1, 2], KEYED)
    finished = reply(200, {"finished": True, "answers": {"id-2": 200}})
    answers = [TICKET, failure(Phase.CONNECTING), OPEN, finished]
    (submission, _), *questions = told(exchange, *answers)
    assert (submission.first_index, submission.items) == (2, 1)
    assert {(send.first_index, send.items) for send, _ in questions} == {(2, 0)}
    # A question that is answered is over; the next one is another.
    assert [(send.attempt, again) for send, again in questions] == [(1, 0.25), (2, None), (1, None)]


def test_what_a_ticket_left_undone_is_no_reason_to_ask_again() -> None:
    exchange = Exchange(cut([2], KEYED)[0], KEYED, rules())
    sends = list(told(exchange, TICKET, done(429), TICKET, done(200)))
    assert [(send.items, send.attempt) for send, _ in sends] == [(1, 1), (0, 1), (1, 2), (0, 1)]
    assert [again for _, again in sends] == [None] * 4


def test_a_question_of_its_own_counts_its_attempts() -> None:
    question = Question(Request(method="GET", path="/status"), CONVERGES, rules())
    sends = list(told(question, BUSY, reply(200, "done")))
    assert [(send.first_index, send.items, send.attempt) for send, _ in sends] == [
        (0, 0, 1),
        (0, 0, 2),
    ]
    assert [again for _, again in sends] == [0.25, None]


# The run


def running() -> tuple[Run, Job]:
    run = Run(lambda chunk: Exchange(chunk, CONVERGES, rules()), Lane(), bounds(CONVERGES), 0.0)
    [chunk] = cut([1])
    run.feed(chunk, 0.0)
    job = run.next_job(0.0)
    assert isinstance(job, Job)
    return run, job


def test_a_run_says_when_a_request_goes_again() -> None:
    run, job = running()
    run.answer(job, BUSY, 0.0)
    assert run.retry_in(job) == 0.25


def test_a_run_that_has_halted_sends_nothing_again() -> None:
    run, job = running()
    run.halt("no more", 0.0)
    run.answer(job, BUSY, 0.0)
    assert run.retry_in(job) is None


def test_the_log_of_requests_is_in_the_report() -> None:
    run, _ = running()
    assert run.report(0.0).requests_log == ()
    record: Any = RequestRecord(
        **dict.fromkeys(("vendor", "operation", "method", "url"), ""),
        **dict.fromkeys(("first_index", "items", "attempt", "bytes_sent"), 0),
        began=0.0,
        seconds=0.0,
    )
    run.requests_log.append(record)
    report: Report[Any] = run.report(0.0)
    assert report.requests_log == (record,)


# Ids


def ids(exchange: Exchange, *replies: Response | Failure, step: float = 0.0) -> list[str | None]:
    """The id of each outcome, once the exchange is over."""
    list(told(exchange, *replies, step=step))
    return [outcome.request_id for outcome in exchange.account.outcomes()]


@pytest.mark.parametrize("name", ["x-request-id", "x-amzn-requestid", "x-ecwid-api-request-id"])
def test_the_header_of_each_vendor_is_known(name: str) -> None:
    assert stops.request_id(Response(status=200, headers={name: " r-1\n"}, body=b"")) == "r-1"


@pytest.mark.parametrize("headers", [{}, {"x-request-id": ""}, {"x-other": "r-1"}])
def test_without_one_there_is_no_id(headers: dict[str, str]) -> None:
    assert stops.request_id(Response(status=200, headers=headers, body=b"")) is None


ENDS: dict[str, tuple[list[Response | Failure], str | None]] = {
    "taken": ([reply(202, "taken", x_request_id="r")], "r"),
    "done": ([BUSY, reply(200, "done", x_request_id="r")], "r"),
    "one by one": ([reply(200, [404], x_request_id="r")], "r"),
    "unreadable": ([reply(200, "<html>", x_request_id="r")], "r"),
    "refused": ([reply(400, x_request_id="r")], "r"),
    "stopped": ([reply(401, x_request_id="r")], "r"),
    "too long a wait": ([reply(429, retry_after="9999", x_request_id="r")], "r"),
    "given up": ([*[BUSY] * 5, reply(429, x_request_id="r")], "r"),
    "given up without an answer": ([*[BUSY] * 5, failure(Phase.CONNECTING)], None),
}


@pytest.mark.parametrize(("replies", "expected"), ENDS.values(), ids=ENDS)
def test_an_outcome_has_the_id_of_the_answer_that_decided_it(
    replies: list[Response | Failure], expected: str | None
) -> None:
    assert ids(Exchange(cut([1])[0], CONVERGES, rules()), *replies) == [expected]


GONE: dict[str, tuple[list[Response | Failure], str | None]] = {
    "finished": ([done(200)], "done"),
    "gone": ([reply(404, x_request_id="r")], "r"),
    "refused": ([reply(401, x_request_id="r")], "r"),
    "not to be asked": ([reply(500, x_request_id="r")] * 6, "r"),
}


@pytest.mark.parametrize(("replies", "expected"), GONE.values(), ids=GONE)
def test_an_entry_has_the_id_of_the_answer_about_its_ticket(
    replies: list[Response | Failure], expected: str | None
) -> None:
    assert ids(Exchange(cut([1], KEYED)[0], KEYED, rules()), TICKET, *replies) == [expected]


def test_an_entry_that_was_overtaken_has_it_too() -> None:
    assert KEYED.ticketing is not None
    ticketing = attrs.evolve(KEYED.ticketing, touches=lambda item: "the same thing")
    operation = attrs.evolve(KEYED, ticketing=ticketing)
    chunk = cut([2, 4], operation)[0]
    answers = {"id-0": 429, "id-1": 200}
    finished = reply(200, {"finished": True, "answers": answers}, x_request_id="r")
    assert ids(Exchange(chunk, operation, rules()), TICKET, finished) == ["r", "r"]


def test_a_ticket_that_is_not_waited_for_has_the_id_of_its_submission() -> None:
    exchange = Exchange(cut([1], KEYED)[0], KEYED, rules(submit_only=True))
    assert ids(exchange, TICKET) == ["ticket"]


def test_where_no_answer_decides_there_is_no_id() -> None:
    exchange = Exchange(cut([1, BAD])[0], CONVERGES, rules())
    flow = exchange.flow()
    flow.send(None)
    assert isinstance(flow.send(Go(0.0)), Record)
    flow.send(None)
    flow.send(Came(BUSY, 0.0))  # which says when to come back, and decides nothing
    flow.send(None)
    with pytest.raises(StopIteration):
        flow.send(Halt("The run broke off."))
    assert [outcome.request_id for outcome in exchange.account.outcomes()] == [None, None]


def test_a_ticket_without_progress_has_no_answer_that_decided() -> None:
    chosen = rules(poll=PollPolicy(stall_timeout=0.001))
    exchange = Exchange(cut([1], KEYED)[0], KEYED, chosen)
    assert ids(exchange, TICKET, OPEN, OPEN, step=1.0) == [None]
    assert "no progress" in str(exchange.account.outcomes()[0])


def test_a_doubt_does_not_lose_the_id() -> None:
    doubtful = [reply(500, x_request_id="first"), reply(400, x_request_id="r")]
    exchange = Exchange(cut([1])[0], CONVERGES, rules())
    assert ids(exchange, *doubtful) == ["r"]
    assert "An earlier attempt" in str(exchange.account.outcomes()[0])


def test_two_outcomes_that_differ_by_their_id_are_equal() -> None:
    first: Rejected[None] = Rejected(index=0, item=None, by="vendor", reason="no", request_id="a")
    assert first == attrs.evolve(first, request_id="b")
