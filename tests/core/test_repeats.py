"""When a request goes again, and what its answer says of the vendor to everybody else."""

from __future__ import annotations

from contextlib import suppress

import attrs
import pytest
import tenacity

from batchkit._core.effects import Failure, Go, Received, Response, Turn
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.operations import Trouble
from batchkit.exceptions import RateLimitedError
from batchkit.options import RetryPolicy
from tests.core.toy import (
    CONVERGES,
    DUPLICATES,
    TAKEN,
    cut,
    failure,
    kinds,
    play,
    reply,
    rules,
    script,
)


def test_the_first_repeat_waits_for_no_longer_than_the_policy_says() -> None:
    patient = rules(retry=RetryPolicy(base_delay=2.0))
    first, again = play(cut([1]), script(reply(500), TAKEN), rules=patient).requests
    assert again.began == pytest.approx(first.ended + 1.0)  # at random, here half of it


def test_a_repeat_has_a_turn_that_says_so() -> None:
    flow = Exchange(cut([1])[0], CONVERGES, rules()).flow()
    first = flow.send(None)
    flow.send(Go(0.0))
    flow.send(None)
    second = flow.send(Received(reply(500), 1.0))
    assert isinstance(first, Turn)
    assert isinstance(second, Turn)
    assert [first.again, second.again] == [False, True]


def test_a_strategy_of_the_callers_knows_the_time() -> None:
    minute = RetryPolicy(wait=tenacity.wait_fixed(25.0), stop=tenacity.stop_after_delay(60.0))
    played = play(cut([1]), script(reply(500)), rules=rules(retry=minute))
    assert [round(sent.began, 6) for sent in played.requests] == [0, 25.1, 50.2, 75.3]


def test_a_strategy_of_the_callers_is_told_why() -> None:
    seen: list[str] = []

    def wait(state: tenacity.RetryCallState) -> float:
        assert state.outcome is not None
        seen.append(str(state.outcome.exception()))
        return 1.0

    answers = script(reply(500, "oh"), failure(), TAKEN)
    play(cut([1]), answers, rules=rules(retry=RetryPolicy(wait=wait)))
    assert seen == ['Toy answered 500 ("oh")', "no answer came"]


def test_a_date_to_come_back_at_is_measured_by_when_the_answer_came() -> None:
    """The answer has no `Date`."""
    limited = attrs.evolve(reply(429, retry_after="Thu, 01 Jan 1970 01:00:00 GMT"), received=3000.0)
    first, again = play(cut([1]), script(limited, TAKEN)).requests
    assert first.ended + 600.0 <= again.began <= first.ended + 660.0


@pytest.mark.parametrize(
    ("answer", "limited", "trouble"),
    [
        (failure(), Trouble.THROTTLED, Trouble.TRANSIENT),
        (reply(500), Trouble.THROTTLED, Trouble.TRANSIENT),
        (reply(501), Trouble.THROTTLED, Trouble.TRANSIENT),
        (reply(503), Trouble.THROTTLED, Trouble.TRANSIENT),
        (reply(503, retry_after="5"), Trouble.THROTTLED, Trouble.THROTTLED),
        (reply(429), Trouble.THROTTLED, Trouble.THROTTLED),
        (reply(429), Trouble.CONTENDED, Trouble.CONTENDED),
        (reply(429, retry_after="5"), Trouble.CONTENDED, Trouble.CONTENDED),
        (reply(429), Trouble.QUOTA_SPENT, Trouble.QUOTA_SPENT),
        (reply(429, retry_after="5"), Trouble.QUOTA_SPENT, Trouble.THROTTLED),
        (reply(409), Trouble.THROTTLED, Trouble.CONTENDED),
        (reply(200, "?"), Trouble.THROTTLED, Trouble.TRANSIENT),
        (reply(200, [429, 500]), Trouble.THROTTLED, Trouble.TRANSIENT),
        (reply(200, [429, 200]), Trouble.THROTTLED, None),
        (reply(401), Trouble.THROTTLED, None),
        (TAKEN, Trouble.THROTTLED, None),
    ],
)
def test_a_reply_says_whether_others_would_meet_the_same(
    answer: Response | Failure, limited: Trouble, trouble: Trouble | None
) -> None:
    operation = attrs.evolve(CONVERGES, limited=lambda response: limited)
    exchange = Exchange(cut([1, 2])[0], operation, rules())
    flow = exchange.flow()
    flow.send(None)
    flow.send(Go(0.0))
    flow.send(None)
    with suppress(StopIteration):
        flow.send(Received(answer, 1.0))
    assert exchange.trouble is trouble


def test_a_wait_longer_than_the_caller_allows_ends_the_run_at_once() -> None:
    played = play(cut(range(4), size=2), script(reply(429, retry_after="3701")), in_flight=1)
    assert len(played.requests) == 1
    assert set(kinds(played.outcomes)) == {"Unsent"}
    assert played.stop is not None
    error = played.stop.raises(played.report)
    assert isinstance(error, RateLimitedError)
    assert (error.retry_after, error.status) == (3701, 429)
    assert "Toy asks to wait 3701 s" in str(error)
    assert str(played.outcomes[0]) == f"unsent: {played.stop.message}"
    assert played.now < 1


def test_such_a_wait_after_a_doubt_leaves_the_items_unknown() -> None:
    played = play(cut([1]), script(failure(), reply(429, retry_after="99999")))
    assert kinds(played.outcomes) == ["Unknown"]
    assert played.stop is not None


def test_the_caller_says_which_statuses_mean_that_nothing_was_taken() -> None:
    """By default a 502 leaves a doubt, and a 429 does not."""
    only = rules(refused_statuses={502})
    played = play(cut([1]), script(reply(502), TAKEN), DUPLICATES, rules=only)
    assert kinds(played.outcomes) == ["Accepted"]
    played = play(cut([1]), script(reply(429), TAKEN), DUPLICATES, rules=only)
    assert kinds(played.outcomes) == ["Unknown"]
