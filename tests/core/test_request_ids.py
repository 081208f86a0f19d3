"""An outcome that an answer decided has the vendor's id of that answer, and no other has one."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from batchkit._core.effects import Go, Halt, Phase, Received, Record, Response
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.headers import request_id
from batchkit._core.operations import Operation
from batchkit.options import PollPolicy, RetryPolicy
from batchkit.outcomes import Rejected
from tests.core.toy import (
    BAD,
    CONVERGES,
    DUPLICATES,
    KEYED,
    cut,
    failure,
    play,
    reply,
    rules,
    script,
)

ONCE = RetryPolicy(attempts=1)
TICKET = reply(200, {"ticket": "t1"}, x_request_id="r0")


def ids(operation: Operation, *replies: Any, **chosen: Any) -> list[str | None]:
    """The ids in the outcomes of items 1 and 3."""
    played = play(cut([1, 3]), script(*replies), operation, rules=rules(retry=ONCE, **chosen))
    return [outcome.request_id for outcome in played.outcomes]


def named(status: int, told: object = None, **headers: str) -> Response:
    return reply(status, told, x_request_id="r9", **headers)


@pytest.mark.parametrize(
    "answer",
    [
        named(202, "taken"),
        named(200, "done"),
        named(200, "?"),
        named(200, [200, 404]),
        named(200, [302, 401]),
        named(500),
        named(501),
        named(401),
        named(413),
        named(429),
        named(429, retry_after="9999"),
    ],
)
@pytest.mark.parametrize("operation", [CONVERGES, DUPLICATES])
def test_what_an_answer_decided_has_its_id(operation: Operation, answer: Response) -> None:
    assert ids(operation, answer) == ["r9", "r9"]


@pytest.mark.parametrize(
    "answer",
    [
        named(200, {"finished": True, "answers": {"id-0": 200, "id-1": 404}}),
        named(200, {"finished": True, "answers": {"id-0": 500}}),
        named(404),
        named(401),
        named(500),
        named(200, "?"),
    ],
)
def test_what_a_ticket_decided_has_the_id_of_the_answer_about_it(answer: Response) -> None:
    assert ids(KEYED, TICKET, answer) == ["r9", "r9"]


def test_what_a_later_item_has_overtaken_has_the_id_of_the_answer_about_it() -> None:
    answer = named(200, {"finished": True, "answers": {"id-0": 429, "id-1": 200}})
    played = play(cut([2, 2]), script(TICKET, answer), KEYED)
    assert [outcome.request_id for outcome in played.outcomes] == ["r9", "r9"]


def test_what_was_submitted_has_the_id_of_its_receipt() -> None:
    assert ids(KEYED, TICKET, submit_only=True) == ["r0", "r0"]


@pytest.mark.parametrize("phase", Phase)
def test_what_was_not_answered_has_none(phase: Phase) -> None:
    assert ids(CONVERGES, failure(phase)) == [None, None]
    assert ids(KEYED, TICKET, failure(phase)) == [None, None]


def test_a_failure_after_an_answer_has_none() -> None:
    twice = attrs.evolve(ONCE, attempts=2)
    played = play(cut([1]), script(named(500), failure()), rules=rules(retry=twice))
    assert [outcome.request_id for outcome in played.outcomes] == [None]


def test_an_answer_without_an_id_has_none() -> None:
    assert ids(CONVERGES, reply(202, "taken")) == [None, None]


def test_what_was_never_sent_has_none() -> None:
    played = play(cut([1, BAD, 3], size=1, max_refused=1), script(named(401)), in_flight=1)
    assert [outcome.request_id for outcome in played.outcomes] == ["r9", None, None]


def test_of_several_answers_the_last_one_counts() -> None:
    played = play(cut([1]), script(reply(500, x_request_id="first"), named(400)))
    assert [outcome.request_id for outcome in played.outcomes] == ["r9"]
    assert "An earlier attempt" in str(played.outcomes[0])


def test_a_ticket_without_progress_has_none() -> None:
    chosen = {"poll": PollPolicy(stall_timeout=0.001)}
    open_still = named(200, {"finished": False})
    assert ids(KEYED, TICKET, open_still, open_still, **chosen) == [None, None]


NAMES = ("x-request-id", "x-own-id")


@pytest.mark.parametrize("name", NAMES)
def test_any_of_the_headers_may_hold_it(name: str) -> None:
    assert request_id({name: " r-1\n"}, NAMES) == "r-1"


@pytest.mark.parametrize("headers", [{}, {"x-request-id": ""}, {"x-other": "r-1"}])
def test_without_one_there_is_no_id(headers: dict[str, str]) -> None:
    assert request_id(headers, NAMES) is None


def test_where_no_answer_decides_there_is_no_id() -> None:
    exchange = Exchange(cut([1, BAD])[0], CONVERGES, rules())
    flow = exchange.flow()
    flow.send(None)
    assert isinstance(flow.send(Go(0.0)), Record)
    flow.send(None)
    flow.send(Received(named(429), 0.0))  # which says when to come back, and decides nothing
    flow.send(None)
    with pytest.raises(StopIteration):
        flow.send(Halt("The run broke off."))
    assert [outcome.request_id for outcome in exchange.account.outcomes()] == [None, None]


def test_two_outcomes_that_differ_by_their_id_are_equal() -> None:
    first: Rejected[None] = Rejected(index=0, item=None, by="vendor", reason="no", request_id="a")
    assert first == attrs.evolve(first, request_id="b")
