"""A run: deadline, pace, order of turns, what stops it, and what it holds at once."""

from __future__ import annotations

import math
from typing import Any

import attrs
import pytest
import tenacity

from batchkit._core.effects import Phase, Request
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.run.run import Deliver, Dispatch, Done, Read, Run, Wait
from batchkit._core.run.throttle import Throttle
from batchkit.exceptions import (
    DeadlineExceededError,
    RateLimitedError,
    TransportError,
)
from batchkit.options import Pace, RetryPolicy
from tests.core.toy import (
    BAD,
    CONVERGES,
    DUPLICATES,
    KEYED,
    STOPPING,
    TAKEN,
    bounds,
    carried,
    cut,
    failure,
    kinds,
    play,
    reply,
    rules,
    script,
    simulate,
)
from tests.simulator import Answer, Simulator


def stopped(played: Simulator) -> Exception:
    assert played.stop is not None
    return played.stop.raises(played.report)


def bare_run(**more: Any) -> Run:
    chosen = rules()
    return Run(
        lambda chunk: Exchange(chunk, CONVERGES, chosen), Throttle(), bounds(CONVERGES, **more), 0.0
    )


def test_a_run_over_nothing_is_done_at_once() -> None:
    played = play([], script(TAKEN))
    assert (played.now, played.requests, played.report.total) == (0.0, [], 0)
    assert played.stop is None


def test_the_time_of_a_run_is_counted_from_its_beginning() -> None:
    played = play(cut([1]), script(TAKEN, latency=2.0), start=100.0)
    assert played.report.elapsed == pytest.approx(2.0)


def test_a_chunk_of_refused_items_is_delivered_without_a_request() -> None:
    played = play(cut([BAD, BAD]), script(TAKEN))
    assert kinds(played.outcomes) == ["Rejected", "Rejected"]
    assert played.requests == []


def test_requests_go_at_once_up_to_the_bound() -> None:
    played = play(cut(range(20), size=1), script(TAKEN, latency=1.0), in_flight=3)
    assert played.most_in_flight == 3
    assert played.now == pytest.approx(7.0)


@pytest.mark.parametrize("in_flight", [1, 2, 5])
def test_no_more_chunks_are_read_than_can_soon_be_sent(in_flight: int) -> None:
    played = play(cut(range(50), size=1), script(TAKEN), in_flight=in_flight)
    assert in_flight < played.most_live <= in_flight + 2


def test_a_chunk_that_waits_for_its_turn_takes_no_performer() -> None:
    replies = {b"[0]": [reply(429, retry_after="0"), TAKEN]}
    slow = rules(retry=RetryPolicy(wait=tenacity.wait_fixed(60)))

    def vendor(request: Request, now: float) -> Answer:
        left = replies.get(request.body, [TAKEN])
        return 1.0, left.pop(0) if len(left) > 1 else left[0]

    played = play(cut(range(3), size=1), vendor, rules=slow, in_flight=1)
    assert played.most_in_flight == 1
    assert played.report.accepted == 3


def test_the_oldest_chunk_is_sent_first() -> None:
    played = play(cut(range(9), size=1), script(TAKEN), in_flight=1)
    assert [carried(sent.request.body) for sent in played.requests] == [[n] for n in range(9)]


def test_an_attempt_may_take_its_timeout_and_no_longer_than_the_run() -> None:
    played = play(cut(range(2), size=1), script(TAKEN, latency=30.0), in_flight=1, deadline=70.0)
    assert [sent.timeout for sent in played.requests] == [60.0, 40.0]


class TestDeadline:
    """A deadline is kept, and what would outlast it is not begun."""

    def test_past_it_the_rest_is_unsent(self) -> None:
        played = play(cut(range(9), size=1), script(TAKEN, latency=3.0), in_flight=1, deadline=8.8)
        assert kinds(played.outcomes)[:4] == ["Accepted", "Accepted", "Accepted", "Unsent"]
        assert isinstance(error := stopped(played), DeadlineExceededError)
        assert "The deadline of 8.8 s" in str(error)
        assert str(played.outcomes[3]) == f"unsent: The run had to stop. {error}"
        assert played.now == 9.0

    def test_with_no_time_at_all_nothing_is_sent(self) -> None:
        played = play(cut([1]), script(TAKEN), deadline=0.0)
        assert played.requests == []
        assert "The deadline of 0 s" in str(stopped(played))

    def test_the_last_request_of_all_may_be_the_one_it_cuts(self) -> None:
        cut_off = script(failure(Phase.SENT), latency=8.0)
        for seed in range(20):  # whoever is told first, the caller or the performer
            played = play(cut([1]), cut_off, DUPLICATES, deadline=8.0, seed=seed)
            assert kinds(played.outcomes) == ["Unknown"]
            assert isinstance(stopped(played), DeadlineExceededError)

    def test_a_transport_that_does_not_keep_it_is_not_waited_for(self) -> None:
        played = play(cut(range(9), size=1), script(TAKEN, latency=30.0), in_flight=1, deadline=8.0)
        assert kinds(played.outcomes)[:2] == ["Unknown", "Unsent"]
        assert isinstance(stopped(played), DeadlineExceededError)
        assert played.now == 8.5


class TestPatience:
    """A run that was halted waits for what is being sent, but not for ever."""

    def test_an_answer_in_time_counts(self) -> None:
        simulator = simulate(cut(range(4), size=1), script(TAKEN, latency=3.0), in_flight=2)
        simulator.at(1.0, lambda: simulator.run.halt("enough", 1.0, patience=10.0))
        simulator.play()
        assert kinds(simulator.outcomes)[:2] == ["Accepted", "Accepted"]
        assert simulator.report.unsent == simulator.report.total - 2

    def test_past_it_what_is_being_sent_is_unknown(self) -> None:
        simulator = simulate(cut(range(4), size=1), script(TAKEN, latency=30.0), in_flight=2)
        simulator.at(1.0, lambda: simulator.run.halt("enough", 1.0, patience=10.0))
        simulator.play()
        assert kinds(simulator.outcomes)[:2] == ["Unknown", "Unknown"]
        assert simulator.now == 11.0

    def test_it_can_only_become_less(self) -> None:
        simulator = simulate(cut(range(2), size=1), script(TAKEN, latency=30.0), in_flight=2)
        simulator.at(1.0, lambda: simulator.run.halt("enough", 1.0, patience=10.0))
        simulator.at(2.0, lambda: simulator.run.halt("now", 2.0, patience=0.0))
        simulator.at(3.0, lambda: simulator.run.halt("later", 3.0, patience=99.0))
        simulator.play()
        assert kinds(simulator.outcomes) == ["Unknown", "Unknown"]
        assert simulator.now == 2.0

    def test_a_retry_that_would_outlast_it_ends_the_run_at_once(self) -> None:
        slow = rules(retry=RetryPolicy(wait=tenacity.wait_fixed(100)))
        played = play(cut([1]), script(failure(), TAKEN), rules=slow, deadline=50.0)
        assert kinds(played.outcomes) == ["Unknown"]
        assert isinstance(stopped(played), DeadlineExceededError)
        assert played.now < 1

    def test_a_pace_that_would_outlast_it_ends_the_run_at_once(self) -> None:
        played = play(
            cut(range(3), size=1), script(TAKEN), pace=Pace(requests=2, per=60), deadline=50.0
        )
        assert kinds(played.outcomes) == ["Accepted", "Accepted", "Unsent"]
        assert isinstance(stopped(played), DeadlineExceededError)
        assert played.now < 1

    def test_a_wait_that_ends_in_time_is_waited(self) -> None:
        played = play(
            cut(range(3), size=1), script(TAKEN), pace=Pace(requests=2, per=60), deadline=61.0
        )
        assert played.stop is None
        assert played.report.accepted == 3

    def test_it_passes_while_the_source_is_read(self) -> None:
        run = bare_run(deadline=5.0)
        assert run.next_step(0.0) == Read(last=False)
        assert run.next_step(5.0) == Read(last=True)
        run.feed(run.prepared(cut([1])[0]), 6.0)
        assert isinstance(run.next_step(6.0), Deliver)
        run.exhausted()
        done = run.next_step(6.0)
        assert isinstance(done, Done)
        assert done.stop is not None
        assert run.report(6.0).unsent == 1

    def test_it_does_not_matter_once_everything_is_settled(self) -> None:
        run = bare_run(deadline=5.0)
        run.exhausted()
        assert run.next_step(9.0) == Done(None)

    def test_a_run_without_one_waits_for_as_long_as_it_must(self) -> None:
        played = play(cut(range(3), size=1), script(TAKEN), pace=Pace(requests=1, per=3600))
        assert played.report.accepted == 3
        assert played.now > 7200


class TestPace:
    """Waiting for quota."""

    def test_a_wait_longer_than_the_caller_allows_ends_the_run(self) -> None:
        hasty = rules(retry=RetryPolicy(max_retry_after=100))
        played = play(
            cut(range(5), size=1), script(TAKEN), rules=hasty, pace=Pace(requests=2, per=3600)
        )
        assert kinds(played.outcomes) == ["Accepted"] * 2 + ["Unsent"] * 3
        error = stopped(played)
        assert isinstance(error, RateLimitedError)
        assert error.retry_after == pytest.approx(3600)
        assert "The pace lets the next `things` go to Toy in 3600 s" in str(error)

    def test_a_wait_of_exactly_what_the_caller_allows_is_waited(self) -> None:
        """In floats the clock's own size must not make it longer."""
        hasty = rules(retry=RetryPolicy(max_retry_after=30.1))
        pace = Pace(requests=1, per=30.1)
        for start in (number * 1000 / 7 for number in range(50)):
            vendor = script(TAKEN, latency=0.0)
            played = play(cut(range(3), size=1), vendor, rules=hasty, pace=pace, start=start)
            assert played.stop is None

    def test_a_fifty_an_hour_day_takes_no_time(self) -> None:
        played = play(
            cut(range(1_000_000)[:12_000], size=10),
            script(TAKEN),
            pace=Pace(requests=50, per=3600),
        )
        assert played.report.accepted == 12_000
        assert 23 * 3600 <= played.now <= 24 * 3600

    def test_runs_on_one_lane_share_its_pace(self) -> None:
        throttle = Throttle(Pace(requests=1, per=10))
        first = simulate(cut([1]), script(TAKEN), throttle=throttle).play()
        second = simulate(cut([2]), script(TAKEN), throttle=throttle, start=first.now)
        second.play()
        assert second.requests[0].began - first.requests[0].ended == pytest.approx(10.0)


def test_what_the_vendor_says_is_left_of_the_quota_counts() -> None:
    vendor = script(*(reply(202, "taken", x_ratelimit_remaining=left) for left in "10"))
    hourly = Pace(requests=10, per=3600.0)
    played = play(cut(range(3), size=1), vendor, pace=hourly, in_flight=1)
    assert [round(sent.began, 6) for sent in played.requests] == [0, 0.1, 3600.1]


class TestAskedToWait:
    """When the vendor asks one chunk to wait, everybody on the lane does."""

    def test_others_wait_as_well(self) -> None:
        def vendor(request: Request, now: float) -> Answer:
            return 0.1, TAKEN if now > 1 else reply(429, retry_after="60")

        played = play(cut(range(6), size=1), vendor, in_flight=1)
        assert all(sent.began >= 60.1 for sent in played.requests[1:])
        assert len(played.requests) == 7

    @pytest.mark.parametrize("status", [400, 429, 500, 503])
    def test_others_wait_also_if_the_asked_one_gives_up(self, status: int) -> None:
        once = rules(retry=RetryPolicy(attempts=1))
        vendor = script(reply(status, retry_after="60"), TAKEN)
        played = play(cut(range(2), size=1), vendor, DUPLICATES, rules=once, in_flight=1)
        assert [round(sent.began, 6) for sent in played.requests] == [0, 60.1]

    def test_others_wait_also_for_as_long_as_the_caller_just_allows(self) -> None:
        once = rules(retry=RetryPolicy(attempts=1, max_retry_after=60.0))
        vendor = script(reply(429, retry_after="60"), TAKEN)
        played = play(cut(range(2), size=1), vendor, DUPLICATES, rules=once, in_flight=1)
        assert [round(sent.began, 6) for sent in played.requests] == [0, 60.1]

    def test_a_success_asks_nobody_to_wait(self) -> None:
        vendor = script(reply(202, "taken", retry_after="60"))
        assert play(cut(range(3), size=1), vendor, in_flight=1).now < 1

    def test_429_without_a_time_makes_everybody_back_off(self) -> None:
        slow = rules(retry=RetryPolicy(wait=tenacity.wait_fixed(7)))
        vendor = script(reply(429), TAKEN)
        played = play(cut(range(2), size=1), vendor, rules=slow, in_flight=1)
        assert [round(sent.began, 6) for sent in played.requests] == [0, 7.1, 7.2]

    def test_another_failure_is_the_chunks_own(self) -> None:
        slow = rules(retry=RetryPolicy(wait=tenacity.wait_fixed(7)))
        played = play(cut(range(2), size=1), script(reply(500), TAKEN), rules=slow, in_flight=1)
        assert [round(sent.began, 6) for sent in played.requests] == [0, 0.1, 7.1]


class TestNeverReached:
    """`TransportError` is for a vendor that was never reached at all."""

    def test_it_ends_the_run(self) -> None:
        refused = failure(Phase.CONNECTING, "nobody listens on the port")
        played = play(cut(range(9), size=1), script(refused), in_flight=1)
        assert set(kinds(played.outcomes)) == {"Unsent"}
        error = stopped(played)
        assert isinstance(error, TransportError)
        assert "Toy could not be reached: nobody listens on the port." in str(error)
        assert len(played.requests) <= 18  # three chunks are live, with six attempts each

    def test_one_answer_is_enough_to_go_on(self) -> None:
        played = play(
            cut(range(3), size=1),
            script(TAKEN, failure(Phase.CONNECTING)),
            in_flight=1,
        )
        assert kinds(played.outcomes) == ["Accepted", "Unsent", "Unsent"]
        assert played.stop is None

    @pytest.mark.parametrize("phase", [Phase.SENDING, Phase.ANSWERED])
    def test_so_is_one_request_that_left_us(self, phase: Phase) -> None:
        played = play(cut([1]), script(failure(phase), failure(Phase.CONNECTING)))
        assert played.stop is None
        assert kinds(played.outcomes) == ["Unsent" if phase is Phase.SENDING else "Unknown"]


def test_what_is_read_after_a_failure_is_told_as_well_where_that_ends_everything() -> None:
    def vendor(request: Request, now: float) -> Answer:
        done = {"finished": True, "answers": {"id-0": 200, "id-1": 404}}
        return 0.1, reply(200, done if request.method == "GET" else {"ticket": "t"})

    played = play(cut(range(20), size=2), vendor, STOPPING)
    assert kinds(played.outcomes) == ["Succeeded", "Rejected", *["Skipped"] * 18]
    assert str(played.outcomes[-1]) == (
        "skipped: An earlier item failed, and stop_on_first_failure is set."
    )
    assert len(played.posts) == 1


def test_a_wait_says_until_when_and_whether_anything_can_happen_before() -> None:
    run = bare_run(in_flight=1, deadline=100.0)
    run.feed(run.prepared(cut([1])[0]), 0.0)
    assert isinstance(run.next_job(0.0), Dispatch)
    run.exhausted()
    step = run.next_step(0.0)
    assert isinstance(step, Wait)
    assert step.until == 100.0
    assert not step.idle


def test_a_run_is_idle_while_it_waits_for_nothing_but_time() -> None:
    run = bare_run(in_flight=1)
    run.throttle.breaker.pause(50.0)
    run.feed(run.prepared(cut([1])[0]), 0.0)
    assert run.next_step(0.0) == Read(last=False)
    assert run.next_job(0.0) == Wait(until=50.0, idle=False)  # the caller reads
    run.exhausted()
    assert run.next_step(0.0) == Wait(until=50.0, idle=True)
    assert run.next_job(0.0) == Wait(until=50.0, idle=True)


def test_a_caller_that_has_something_to_be_told_is_not_idle() -> None:
    run = bare_run(in_flight=1)
    run.throttle.breaker.pause(50.0)
    run.feed(run.prepared(cut([1])[0]), 0.0)
    run.exhausted()
    run.next_step(0.0)
    run.rouse()
    assert run.next_job(0.0) == Wait(until=50.0, idle=False)


def test_a_performer_waits_while_there_may_be_more() -> None:
    run = bare_run()
    waiting = run.next_job(0.0)
    assert isinstance(waiting, Wait)
    assert waiting.until == math.inf


def test_a_turn_that_needs_no_request_is_passed_on() -> None:
    """A stale key is noticed when the turn comes; the next chunk has it then."""
    patient = rules(retry=RetryPolicy(wait=lambda state: 3001.0))
    ticket = reply(200, {"ticket": "t1"})
    done = reply(200, {"finished": True, "answers": {"id-0": 200, "id-1": 200}})
    unordered = attrs.evolve(KEYED, ordered=False)
    played = play(
        cut([1, 3], size=1), script(failure(), ticket, done), unordered, rules=patient, in_flight=1
    )
    assert kinds(played.outcomes) == ["Unknown", "Succeeded"]


def test_a_run_tells_how_many_performers_it_has_use_for() -> None:
    run = bare_run()
    assert run.performers(0.0) == 0
    for number in (1, 2):
        run.feed(run.prepared(cut([number])[0]), 0.0)
    assert run.performers(0.0) == 2
    assert isinstance(run.next_job(0.0), Dispatch)
    assert run.performers(0.0) == 1
