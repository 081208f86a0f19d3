"""What an exchange lets others tell of its requests: which items, which attempt, when again."""

from __future__ import annotations

from collections.abc import Iterator

from batchkit._core.effects import Failure, Go, Phase, Received, Record, Request, Response, Send
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.exchange.question import Question
from batchkit._core.operations import Operation
from batchkit._core.run.run import Run
from batchkit._core.run.steps import Dispatch
from batchkit._core.run.throttle import Throttle
from batchkit.options import RetryPolicy
from tests.core.toy import BAD, CONVERGES, KEYED, TAKEN, bounds, cut, failure, reply, rules

TICKET = reply(200, {"ticket": "t1"}, x_request_id="ticket")
OPEN = reply(200, {"finished": False})
BUSY = reply(429, x_request_id="busy")


def done(code: int) -> Response:
    return reply(200, {"finished": True, "answers": {"id-0": code}}, x_request_id="done")


def told(exchange: Exchange, *replies: Response | Failure) -> Iterator[tuple[Send, float | None]]:
    """Each request of an exchange, and in how many seconds it goes again once it is answered."""
    left = iter(replies)
    flow = exchange.flow()
    effect, answer = flow.send(None), None
    sent: Send | None = None
    while True:
        if sent is not None and not isinstance(effect, Send):
            yield sent, exchange.retry_in
            sent = None
        match effect:
            case Send():
                sent, answer = effect, Received(next(left), 0.0)
            case Record():
                answer = None
            case _:
                answer = Go(0.0)
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


def running() -> tuple[Run, Dispatch]:
    run = Run(lambda chunk: Exchange(chunk, CONVERGES, rules()), Throttle(), bounds(CONVERGES), 0.0)
    [chunk] = cut([1])
    run.feed(run.prepared(chunk), 0.0)
    job = run.next_job(0.0)
    assert isinstance(job, Dispatch)
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
