"""Trouble at the vendor's closes a lane: a million items wait it out instead of failing in it."""

from __future__ import annotations

import math
from collections.abc import Callable

import attrs
import pytest
import tenacity
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.effects import Failure, Phase, Request, Response
from batchkit._core.exchange.retry import longest_wait
from batchkit._core.headers import requests_left
from batchkit._core.operations import Operation, Trouble
from batchkit._core.run.breaker import Outage
from batchkit._core.run.throttle import Throttle
from batchkit.exceptions import DeadlineExceededError, RateLimitedError
from batchkit.options import Pace, RetryPolicy
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
from tests.simulator import Answer, Simulator

TROUBLES = st.sampled_from([Trouble.TRANSIENT, Trouble.THROTTLED, Trouble.CONTENDED])


def fail(
    throttle: Throttle, now: float = 0.0, trouble: Trouble = Trouble.TRANSIENT, **more: bool
) -> None:
    throttle.begin()
    throttle.end(now)
    throttle.breaker.failed(trouble, now, again=more.get("again", True), first_wait=30.0)


def work(throttle: Throttle, now: float = 0.0, *, again: bool = False) -> None:
    throttle.begin()
    throttle.end(now)
    throttle.breaker.worked(again=again)


def closed() -> Throttle:
    """A lane that trouble closed at 0 s."""
    throttle = Throttle()
    fail(throttle, trouble=Trouble.QUOTA_SPENT)
    return throttle


class TestBudget:
    """What failures cost, and when it is spent."""

    @pytest.mark.parametrize(
        ("trouble", "failures"),
        [(Trouble.TRANSIENT, 35), (Trouble.CONTENDED, 35), (Trouble.THROTTLED, 98)],
    )
    def test_so_many_repeats_may_fail_before_the_lane_closes(
        self, trouble: Trouble, failures: int
    ) -> None:
        throttle = Throttle()
        for _ in range(failures - 1):
            fail(throttle, trouble=trouble)
        assert throttle.breaker.outage is None
        fail(throttle, 7.0, trouble)
        assert throttle.breaker.outage == Outage(trouble, since=7.0)

    def test_a_first_failure_after_what_worked_is_free(self) -> None:
        throttle = Throttle()
        for _ in range(1000):
            work(throttle, again=True)
            fail(throttle, again=False)
        assert throttle.breaker.outage is None

    def test_first_failures_in_a_row_are_not(self) -> None:
        throttle = Throttle()
        for _ in range(35):
            fail(throttle, again=False)
        assert throttle.breaker.outage is None  # the very first one was free
        fail(throttle, again=False)
        assert throttle.breaker.outage is not None

    def test_what_works_at_once_earns_a_little(self) -> None:
        throttle = Throttle()
        for _ in range(300):
            for _ in range(14):
                work(throttle)
            fail(throttle, again=True)
        assert throttle.breaker.outage is None

    @pytest.mark.parametrize(("worked", "closes"), [(27, True), (28, False)])
    def test_a_spent_budget_is_earned_back_from_nothing(self, worked: int, closes: bool) -> None:
        throttle = closed()
        for _ in range(worked):
            work(throttle)
        fail(throttle)
        assert (throttle.breaker.outage is not None) is closes

    @given(st.lists(st.tuples(TROUBLES | st.none(), st.booleans()), max_size=400))
    def test_failed_repeats_are_bounded_by_the_budget(
        self, replies: list[tuple[Trouble | None, bool]]
    ) -> None:
        throttle, clean, failed = Throttle(), 0, 0
        for trouble, again in replies:
            if throttle.breaker.outage is not None:
                break
            if trouble is None:
                work(throttle, again=again)
                clean += not again
            else:
                fail(throttle, trouble=trouble, again=again)
                failed += again and trouble is not Trouble.THROTTLED
        assert failed <= (500 + clean) / 14


def test_repeats_pay_and_earn_nothing_whatever_else_works() -> None:
    """Each chunk fails twice and then works: its second failure is paid for, its repeat is not."""
    one_by_one = attrs.evolve(CONVERGES, ordered=True)

    def time(chunks: int) -> float:
        throttle, answers = Throttle(), script(*[failure(), failure(), TAKEN] * chunks)

        def vendor(request: Request, now: float) -> Answer:
            throttle.breaker.worked(again=True)  # a repeat of somebody else's
            return answers(request, now)

        items = cut(range(chunks), size=1)
        played = play(items, vendor, one_by_one, throttle=throttle, first_trial=1_000.0)
        assert played.report.accepted == chunks
        return played.now

    assert time(34) < 1_000
    assert time(35) > 1_000  # 35 times 14 is what the budget bears


class TestTrials:
    """A closed lane lets one request try at a time."""

    def test_nobody_begins_before_the_first_trial(self) -> None:
        assert closed().free_at(1.0) == 30.0

    def test_one_request_tries_and_all_others_wait_for_it(self) -> None:
        throttle = closed()
        throttle.begin()
        assert throttle.free_at(30.0) == math.inf

    def test_a_trial_waits_for_what_began_before_the_lane_closed(self) -> None:
        throttle = Throttle()
        throttle.begin()
        fail(throttle, trouble=Trouble.QUOTA_SPENT)
        assert throttle.free_at(40.0) == math.inf
        throttle.end(41.0)
        throttle.breaker.failed(Trouble.TRANSIENT, 41.0, again=True, first_wait=30.0)
        assert throttle.free_at(41.0) == 41.0

    def test_trials_that_fail_come_ever_less_often(self) -> None:
        throttle, now, waits = closed(), 0.0, list[float]()
        for _ in range(7):
            waits.append(throttle.free_at(now) - now)
            now = throttle.free_at(now)
            fail(throttle, now)
        assert waits == [30, 60, 120, 240, 300, 300, 300]

    def test_a_trial_that_works_opens_the_lane_for_all(self) -> None:
        throttle = closed()
        work(throttle, 30.0)
        throttle.begin()
        assert throttle.free_at(30.0) <= 30.0
        assert throttle.breaker.outage is None

    def test_a_trial_that_was_never_answered_is_followed_by_another(self) -> None:
        throttle = closed()
        throttle.begin()
        throttle.end(31.0)
        assert throttle.free_at(31.0) <= 31.0


class TestCounted:
    """What the vendor says is left of the quota makes the pace slower, never faster."""

    def test_what_others_took_is_waited_for(self) -> None:
        throttle = Throttle(Pace(requests=50, per=3600))
        work(throttle, 1.0)
        throttle.counted(0, 1.0)
        assert throttle.free_at(1.0) == 3601.0

    def test_what_is_left_may_be_used(self) -> None:
        throttle = Throttle(Pace(requests=50, per=3600))
        throttle.begin()
        throttle.counted(2, 1.0)
        throttle.end(1.0)
        work(throttle, 2.0)
        work(throttle, 2.0)
        assert throttle.free_at(2.0) == 3601.0

    def test_more_than_the_pace_changes_nothing(self) -> None:
        throttle = Throttle(Pace(requests=1, per=10))
        throttle.counted(3599, 1.0)
        assert throttle.free_at(1.0) == 1.0
        work(throttle, 1.0)
        throttle.counted(3599, 1.0)
        assert throttle.free_at(1.0) == 11.0

    def test_a_later_count_takes_the_place_of_an_earlier_one(self) -> None:
        throttle = Throttle(Pace(requests=50, per=3600))
        throttle.counted(0, 1.0)
        throttle.counted(49, 2.0)
        assert throttle.free_at(2.0) == 2.0

    def test_what_others_took_comes_back(self) -> None:
        throttle = Throttle(Pace(requests=2, per=10))
        throttle.counted(0, 1.0)
        assert throttle.free_at(1.0) == 11.0
        assert throttle.free_at(11.0) == 11.0

    def test_without_a_pace_it_is_not_looked_at(self) -> None:
        throttle = Throttle()
        throttle.counted(0, 1.0)
        assert throttle.free_at(1.0) == 1.0

    @pytest.mark.parametrize(
        ("value", "left"),
        [("0", 0), (" 49 ", 49), ("-1", None), ("4.5", None), ("٤", None), ("9" * 5000, None)],
    )
    def test_only_a_plain_count_is_believed(self, value: str, left: int | None) -> None:
        assert requests_left({"x-left": value}, "x-left") == left

    def test_a_vendor_that_does_not_count_is_nothing_known(self) -> None:
        assert requests_left({}, "x-left") is None


class TestFirstTrial:
    """How long a closed lane waits follows from the caller's retry policy."""

    def test_by_default_it_is_the_longest_wait(self) -> None:
        assert longest_wait(RetryPolicy()) == 30.0

    def test_a_hasty_policy_waits_shortly(self) -> None:
        assert longest_wait(RetryPolicy(base_delay=0.001, attempts=3)) == pytest.approx(0.008)

    def test_a_policy_of_endless_attempts_has_one_too(self) -> None:
        assert longest_wait(RetryPolicy(attempts=10**9)) == 30.0

    def test_nothing_is_added_to_a_single_attempt(self) -> None:
        assert longest_wait(RetryPolicy(attempts=1)) == 0.0
        assert longest_wait(RetryPolicy(attempts=2)) == 2.0

    def test_a_strategy_of_the_callers_is_not_added_to(self) -> None:
        assert longest_wait(RetryPolicy(wait=tenacity.wait_fixed(3))) == 0.0


def outage(until: float, answer: Response | Failure) -> Callable[[Request, float], Answer]:
    """A vendor that answers nothing else until a moment."""
    return lambda _, now: (0.1, answer if now < until else TAKEN)


class TestOutage:
    """What a run makes of it."""

    @pytest.mark.parametrize("operation", [CONVERGES, DUPLICATES])
    @pytest.mark.parametrize("answer", [reply(500), failure(Phase.SENT), reply(502)])
    def test_most_items_wait_out_an_outage_of_half_an_hour(
        self, operation: Operation, answer: Response | Failure
    ) -> None:
        played = play(cut(range(1000), size=1), outage(1800, answer), operation)
        lost = played.report.total - played.report.accepted
        assert lost <= 50
        assert len([sent for sent in played.requests if sent.began < 1800]) <= 80

    def test_an_outage_at_the_door_leaves_nothing_in_doubt(self) -> None:
        played = play(cut(range(1000), size=1), outage(1800, reply(503, retry_after="1")))
        assert played.report.unknown == 0

    def test_an_outage_that_does_not_end_ends_the_run(self) -> None:
        played = play(cut(range(1000), size=1), outage(math.inf, reply(500)), DUPLICATES)
        assert set(kinds(played.outcomes)) == {"Unknown", "Unsent"}
        assert played.report.unknown <= 80
        error = stopped(played)
        assert isinstance(error, RateLimitedError)
        assert error.status is None
        assert "more than max_retry_after, 3700 s" in str(error)
        assert played.now <= 3800

    def test_a_wait_for_a_trial_is_not_begun_beyond_the_deadline(self) -> None:
        played = play(
            cut(range(1000), size=1), outage(math.inf, reply(500)), DUPLICATES, deadline=20.0
        )
        assert isinstance(stopped(played), DeadlineExceededError)
        assert played.now < 20

    def test_every_item_failing_in_a_readable_answer_is_an_outage_too(self) -> None:
        def vendor(request: Request, now: float) -> Answer:
            items = request.body.count(b",") + 1
            return 0.1, reply(500, [500] * items) if now < 1800 else reply(200, [200] * items)

        played = play(cut(range(1000), size=2), vendor, in_flight=1)
        assert played.report.succeeded >= 960


def stopped(played: Simulator) -> Exception:
    assert played.stop is not None
    return played.stop.raises(played.report)


def limited_by(trouble: Trouble) -> Operation:
    return attrs.evolve(CONVERGES, limited=lambda _: trouble)


class TestLimited:
    """A 429 may mean three things."""

    def test_a_spent_quota_is_asked_about_by_one_request_at_a_time(self) -> None:
        played = play(
            cut(range(100), size=1), outage(1000, reply(429)), limited_by(Trouble.QUOTA_SPENT)
        )
        trials = [round(sent.began) for sent in played.requests if 1 < sent.began < 1000]
        assert trials == [30, 90, 210, 450, 750]
        assert played.report.accepted >= 98
        assert played.report.unknown == 0

    def test_a_quota_that_stays_spent_ends_the_run(self) -> None:
        patient = rules(retry=RetryPolicy(attempts=50))
        played = play(
            cut(range(100), size=1),
            outage(math.inf, reply(429)),
            limited_by(Trouble.QUOTA_SPENT),
            rules=patient,
        )
        error = stopped(played)
        assert isinstance(error, RateLimitedError)
        assert (error.status, error.retry_after) == (429, 3700.0)
        assert kinds(played.outcomes) == ["Unsent"] * len(played.outcomes)

    def test_who_says_how_long_to_wait_is_believed(self) -> None:
        played = play(
            cut(range(10), size=1),
            outage(5, reply(429, retry_after="6")),
            limited_by(Trouble.QUOTA_SPENT),
        )
        assert played.report.accepted == 10
        assert played.now < 8

    def test_contention_keeps_only_its_own_chunk_waiting(self) -> None:
        def vendor(request: Request, now: float) -> Answer:
            return 0.1, reply(429) if request.body == b"[0]" and now < 1 else TAKEN

        played = play(cut(range(10), size=1), vendor, limited_by(Trouble.CONTENDED), in_flight=2)
        others = [sent.ended for sent in played.requests if sent.request.body != b"[0]"]
        assert max(others) < 1
        again = [sent.began for sent in played.requests if sent.request.body == b"[0]"]
        assert len(again) == 2
        assert 1.1 <= again[1] <= 1.3

    def test_contention_with_a_strategy_of_the_callers_waits_as_that_says(self) -> None:
        def vendor(request: Request, now: float) -> Answer:
            return 0.1, reply(429) if now < 0.05 else TAKEN

        own = rules(retry=RetryPolicy(wait=tenacity.wait_fixed(0.2)))
        played = play(cut([1]), vendor, limited_by(Trouble.CONTENDED), rules=own)
        assert [sent.began for sent in played.requests] == pytest.approx([0, 0.3])
