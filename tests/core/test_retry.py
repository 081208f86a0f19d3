"""How often and how long: the policy, tenacity's strategies, and what the server asks for."""

from __future__ import annotations

import pytest
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.exchange.retry import NotSettled, RetryState
from batchkit.options import RetryPolicy
from tests.core.toy import TAKEN, cut, failure, play, reply, rules, script


def waits(policy: RetryPolicy, draw: float = 1.0, *, floor: float | None = None) -> list[float]:
    """Every wait until the policy says that it is enough, with one second for each attempt."""
    retry, now, told = RetryState(policy, lambda: draw), 100.0, list[float]()
    while True:
        retry.began(now)
        now += 1.0
        wait = retry.wait("it failed", now, floor)
        if wait is None or len(told) > 50:
            return told
        told.append(wait)
        now += wait


def test_the_longest_waits_double_up_to_a_bound() -> None:
    assert waits(RetryPolicy(attempts=9)) == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_attempts_are_sendings_in_all() -> None:
    assert waits(RetryPolicy(attempts=1)) == []
    assert len(waits(RetryPolicy(attempts=3))) == 2


def test_a_wait_is_drawn_from_the_injected_source() -> None:
    assert waits(RetryPolicy(attempts=4), draw=0.25) == [0.125, 0.25, 0.5]
    assert waits(RetryPolicy(attempts=4), draw=0.0) == [0, 0, 0]


@given(st.floats(0, 1, exclude_max=True), st.floats(0, 3000))
def test_a_wait_is_never_shorter_than_the_server_asks_nor_much_longer(
    draw: float, floor: float
) -> None:
    for wait in waits(RetryPolicy(), draw, floor=floor):
        assert floor <= wait <= max(30.0, floor * 1.1)


@given(st.floats(0, 1, exclude_max=True))
def test_a_tenth_on_top_never_goes_beyond_what_the_caller_allows(draw: float) -> None:
    assert set(waits(RetryPolicy(max_retry_after=3700), draw, floor=3700)) == {3700}


def test_the_same_request_to_wait_brings_callers_back_at_different_times() -> None:
    assert waits(RetryPolicy(attempts=2), 0.0, floor=100) == [100]
    assert waits(RetryPolicy(attempts=2), 0.5, floor=100) == [105]


def test_a_wait_strategy_of_the_callers_is_taken_as_it_is() -> None:
    policy = RetryPolicy(attempts=3, wait=tenacity.wait_fixed(7))
    assert waits(policy, draw=0.1) == [7, 7]


def test_the_server_is_a_floor_under_the_callers_strategy_too() -> None:
    policy = RetryPolicy(attempts=3, wait=tenacity.wait_fixed(7))
    assert waits(policy, draw=0.0, floor=20) == [20, 20]
    assert waits(policy, draw=0.0, floor=2) == [7, 7]


def test_a_floor_of_our_own_holds_beyond_what_the_caller_allows_others() -> None:
    assert waits(RetryPolicy(attempts=2, max_retry_after=5), 0.5, floor=8) == [8]


def test_a_negative_wait_of_the_callers_is_no_wait() -> None:
    assert waits(RetryPolicy(attempts=2, wait=lambda state: -3.0)) == [0.0]


def test_a_stop_strategy_of_the_callers_replaces_the_attempts() -> None:
    policy = RetryPolicy(attempts=1, stop=tenacity.stop_after_attempt(3))
    assert len(waits(policy)) == 2


def test_a_stop_by_time_goes_by_the_runs_clock() -> None:
    policy = RetryPolicy(wait=tenacity.wait_fixed(4), stop=tenacity.stop_after_delay(11))
    assert waits(policy) == [4, 4]  # attempts end after 1, 6 and 11 seconds


@pytest.mark.parametrize(("limit", "told"), [(10, [4]), (11, [4, 4]), (16, [4, 4, 4])])
def test_a_stop_before_a_time_knows_the_wait_that_would_come(limit: int, told: list[int]) -> None:
    stop = tenacity.stop_before_delay(limit)  # the waits would end after 5, 10 and 15 seconds
    assert waits(RetryPolicy(wait=tenacity.wait_fixed(4), stop=stop)) == told


def test_a_strategy_finds_the_attempts_the_times_and_the_failure() -> None:
    seen: list[tuple[int, float, float, str]] = []

    def stop(state: tenacity.RetryCallState) -> bool:
        outcome = state.outcome
        assert outcome is not None
        problem = outcome.exception()
        assert isinstance(problem, NotSettled)
        seconds = state.seconds_since_start
        assert seconds is not None
        seen.append((state.attempt_number, seconds, state.idle_for, str(problem)))
        return state.attempt_number == 3

    waits(RetryPolicy(wait=tenacity.wait_fixed(2), stop=stop))
    assert seen == [(1, 1, 0, "it failed"), (2, 4, 2, "it failed"), (3, 7, 4, "it failed")]


def test_attempts_that_failed_are_counted() -> None:
    retry = RetryState(RetryPolicy(), lambda: 0.0)
    assert retry.attempts == 0
    retry.began(0.0)
    retry.wait("no", 1.0)
    assert retry.attempts == 1


def test_a_run_sends_again_after_the_waits_of_its_policy() -> None:
    policy = RetryPolicy(attempts=4, wait=tenacity.wait_fixed(3))
    vendor = script(reply(429), failure(), reply(503), TAKEN)
    played = play(cut(range(3)), vendor, rules=rules(retry=policy))
    assert [round(sent.began, 6) for sent in played.requests] == [0, 3.1, 6.2, 9.3]
    assert played.report.retries == 3
    assert played.report.highest_code == 503


@pytest.mark.parametrize(("told", "began"), [("100", 105), ("3700", 3700), ("0", 0.25)])
def test_a_run_comes_back_when_it_was_told_to(told: str, began: float) -> None:
    vendor = script(reply(429, retry_after=told), TAKEN, latency=0.0)
    played = play(cut([1]), vendor)
    assert [sent.began for sent in played.requests] == [0, began]
    assert played.stop is None
