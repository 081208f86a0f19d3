"""A single request that carries no items."""

from __future__ import annotations

from typing import Any

import pytest

from batchkit._core.effects import (
    WAITING,
    Failure,
    Go,
    Phase,
    Received,
    Request,
    Response,
    Turn,
)
from batchkit._core.exchange.question import Question
from batchkit._core.run.run import Run
from batchkit._core.run.throttle import Throttle
from batchkit.exceptions import (
    AuthenticationError,
    ContractError,
    DeadlineExceededError,
    NotFoundError,
    RateLimitedError,
    TransportError,
    VendorError,
)
from tests.core.toy import KEYED, bounds, failure, reply, rules, script
from tests.simulator import Simulator

STATUS = Request(method="GET", path="/status/t1")
ANSWER = reply(200, {"finished": False})


def ask(*replies: Any, **more: Any) -> tuple[Question, Simulator]:
    question = Question(STATUS, KEYED, rules())
    run = Run(lambda chunk: question, Throttle(), bounds(KEYED, **more), 0.0)
    simulator = Simulator(run, [question.chunk], script(*replies), performers=1)
    return question, simulator.play()


def test_a_journal_has_nothing_to_say_of_a_question() -> None:
    question = Question(STATUS, KEYED, rules())
    assert question.is_kept
    with pytest.raises(LookupError, match="nothing to say of a Question"):
        question.recorded(WAITING, 0.0)


def test_a_question_is_answered_by_any_success() -> None:
    question, played = ask(ANSWER)
    assert question.answer() is ANSWER
    assert [sent.request for sent in played.requests] == [STATUS]
    assert played.stop is None
    report = played.report
    assert (report.total, report.requests, report.polls, report.highest_code) == (0, 0, 1, 200)


@pytest.mark.parametrize(
    "trouble",
    [
        failure(Phase.CONNECTING),
        failure(Phase.ANSWERED),
        reply(500),
        reply(429, retry_after="5"),
        Response(status=200, headers={}, body=b"", complete=False),
    ],
)
def test_a_question_is_asked_again_after_trouble(trouble: Any) -> None:
    question, played = ask(trouble, ANSWER)
    assert question.answer() is ANSWER
    assert played.report.polls == 2


def test_the_attempts_of_a_question_are_counted() -> None:
    flow = Question(STATUS, KEYED, rules()).flow()
    flow.send(None)
    sends: list[Any] = []
    for now in (0.0, 60.0, 120.0):
        sends.append(flow.send(Go(now)))
        assert isinstance(flow.send(Received(reply(500), now + 1.0)), Turn)
    assert [send.attempt for send in sends] == [1, 2, 3]


@pytest.mark.parametrize(
    ("trouble", "error", "times"),
    [
        (reply(401), AuthenticationError, 1),
        (reply(404), NotFoundError, 1),
        (reply(400), VendorError, 1),
        (reply(300), VendorError, 1),
        (reply(302), VendorError, 1),
        (reply(422), VendorError, 1),
        (reply(500), VendorError, 6),
        (reply(501), VendorError, 6),
        (reply(413), VendorError, 6),
        (reply(429, retry_after="9999"), RateLimitedError, 1),
        (failure(Phase.CONNECTING), TransportError, 6),
        (Response(status=200, headers={}, body=b"", complete=False), ContractError, 6),
    ],
)
def test_a_question_without_an_answer_stops_the_run(
    trouble: Any, error: type[Exception], times: int
) -> None:
    question, played = ask(trouble)
    assert played.stop is not None
    raised = played.stop.raises(played.report)
    assert type(raised) is error
    assert str(raised).startswith("Toy")
    assert not isinstance(trouble, Failure) or trouble.reason in str(raised)
    assert played.report.polls == times
    assert question.response is None


@pytest.mark.parametrize("status", [400, 404])
def test_what_the_vendor_does_not_know_is_what_was_asked_about(status: int) -> None:
    _, played = ask(reply(status))
    assert played.stop is not None
    assert played.stop.message.endswith(
        "Check the ticket or group that was asked about, the store, and the base URL."
    )


def test_a_question_keeps_to_the_deadline() -> None:
    _, played = ask(reply(429, retry_after="60"), ANSWER, deadline=10.0)
    assert played.stop is not None
    assert played.stop.error is DeadlineExceededError
    assert played.now < 1
