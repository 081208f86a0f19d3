"""A run that is halted, or broken off by somebody's own code, still accounts for everything."""

from __future__ import annotations

from typing import Any

import tenacity

from batchkit._core.effects import Request
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.run.run import Deliver, Dispatch, Done, Read, Run, Wait
from batchkit._core.run.throttle import Throttle
from batchkit.exceptions import (
    VendorError,
)
from batchkit.options import Pace, RetryPolicy
from tests.core.toy import (
    BAD,
    CONVERGES,
    DUPLICATES,
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


def bare_run(throttle: Throttle | None = None, **more: Any) -> Run:
    chosen, limits = rules(), bounds(CONVERGES, **more)
    return Run(
        lambda chunk: Exchange(chunk, CONVERGES, chosen), throttle or Throttle(), limits, 0.0
    )


class TestHalt:
    """A run that is halted gives no more turns, and accounts for everything."""

    def test_what_is_in_flight_is_waited_for_and_the_rest_unsent(self) -> None:
        simulator = simulate(cut(range(9), size=1), script(TAKEN, latency=3.0), in_flight=2)
        simulator.at(1.0, simulator.leave)
        played = simulator.play()
        assert kinds(played.outcomes) == ["Accepted", "Accepted", "Unsent", "Unsent"]
        assert str(played.outcomes[-1]) == "unsent: The caller left."
        assert played.stop is None

    def test_what_was_in_doubt_stays_unknown(self) -> None:
        slow = rules(retry=RetryPolicy(wait=tenacity.wait_fixed(100)))
        simulator = simulate(cut([1]), script(failure()), rules=slow)
        simulator.at(10.0, simulator.leave)
        assert kinds(simulator.play().outcomes) == ["Unknown"]

    def test_an_answer_after_it_that_asks_for_more_gets_no_more(self) -> None:
        simulator = simulate(cut([1]), script(reply(429), latency=5.0))
        simulator.at(1.0, simulator.leave)
        assert kinds(simulator.play().outcomes) == ["Unsent"]
        assert len(simulator.requests) == 1

    def test_the_first_reason_counts(self) -> None:
        run = bare_run()
        run.halt("one", 0.0)
        run.halt("two", 0.0)
        run.feed(run.prepared(cut([1])[0]), 0.0)
        step = run.next_step(0.0)
        assert isinstance(step, Deliver)
        assert str(step.account.problems()[0]) == "unsent: one"

    def test_only_what_was_read_already_is_still_fed(self) -> None:
        run = bare_run()
        run.halt("left", 0.0)
        assert run.next_step(0.0) == Read(last=True)
        run.exhausted()
        assert run.next_step(0.0) == Done(None)
        assert run.next_job(0.0) is None

    def test_a_stop_while_others_are_in_flight_keeps_their_answers(self) -> None:
        def vendor(request: Request, now: float) -> Answer:
            return (0.1, reply(401)) if carried(request.body) == [0] else (5.0, TAKEN)

        played = play(cut(range(9), size=1), vendor, in_flight=3)
        assert kinds(played.outcomes)[:4] == ["Unsent", "Accepted", "Accepted", "Unsent"]
        assert isinstance(stopped(played), VendorError)


class TestBreaking:
    """Somebody's own code raises: the account is whole all the same."""

    def test_a_strategy_that_raises_breaks_off_the_run(self) -> None:
        def wait(state: tenacity.RetryCallState) -> float:
            raise ZeroDivisionError

        broken = rules(retry=RetryPolicy(wait=wait))
        played = play(cut(range(4), size=2), script(failure()), rules=broken, in_flight=1)
        assert isinstance(played.run.failure, ZeroDivisionError)
        assert list(map(str, played.outcomes)) == [
            *["unknown: The run broke off while this was under way."] * 2,
            *["unsent: The run broke off before this was sent."] * 2,
        ]
        assert played.stop is None

    def test_what_was_ruled_on_before_stays(self) -> None:
        def wait(state: tenacity.RetryCallState) -> float:
            raise ZeroDivisionError

        broken = rules(retry=RetryPolicy(wait=wait))
        vendor = script(reply(200, [200, 429, 404]))
        played = play(cut(range(3)), vendor, DUPLICATES, rules=broken)
        assert kinds(played.outcomes) == ["Succeeded", "Unknown", "Rejected"]

    def test_a_job_that_could_not_be_performed_leaves_its_items_unknown(self) -> None:
        run = bare_run(in_flight=1)
        run.feed(run.prepared(cut([1, BAD, 2])[0]), 0.0)
        run.feed(run.prepared(cut([3])[0]), 0.0)
        run.exhausted()
        job = run.next_job(0.0)
        assert isinstance(job, Dispatch)
        assert isinstance(run.next_job(0.0), Wait)
        problem = MemoryError()
        run.broke(job, problem, 1.0)
        assert run.failure is problem
        assert run.has_news
        told = [run.next_step(1.0), run.next_step(1.0)]
        assert all(isinstance(step, Deliver) for step in told)
        report = run.report(1.0)
        assert (report.unknown, report.rejected, report.unsent) == (2, 1, 1)
        assert run.next_step(1.0) == Done(None)

    def test_a_job_that_could_not_be_performed_is_not_waited_for(self) -> None:
        run = bare_run()
        run.feed(run.prepared(cut([1])[0]), 0.0)
        run.exhausted()
        job = run.next_job(0.0)
        assert isinstance(job, Dispatch)
        run.broke(job, MemoryError(), 1.0)
        run.halt("The caller left.", 1.0, patience=5.0)
        assert isinstance(run.next_step(99.0), Deliver)
        assert run.next_step(99.0) == Done(None)

    def test_a_job_that_could_not_be_performed_counts_against_the_pace(self) -> None:
        throttle = Throttle(Pace(requests=1, per=60.0))
        run = bare_run(throttle)
        run.feed(run.prepared(cut([1])[0]), 0.0)
        job = run.next_job(0.0)
        assert isinstance(job, Dispatch)
        run.broke(job, MemoryError(), 1.0)
        assert throttle.free_at(1.0) == 61.0

    def test_the_first_failure_is_kept(self) -> None:
        run = bare_run()
        for number in (1, 2):
            run.feed(run.prepared(cut([number])[0]), 0.0)
        jobs = [run.next_job(0.0), run.next_job(0.0)]
        first, second = KeyError(), ValueError()
        for job, problem in zip(jobs, (first, second), strict=True):
            assert isinstance(job, Dispatch)
            run.broke(job, problem, 1.0)
        assert run.failure is first
