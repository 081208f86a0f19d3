"""A run with a journal: what is recorded when, and what waits for it."""

from __future__ import annotations

from typing import Any

import pytest

from batchkit._core.effects import Record, Response
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.operations import Operation
from batchkit._core.rulings import State
from batchkit._core.run.run import Run
from batchkit._core.run.steps import Commit, CutOff, Deliver, Dispatch, Done, Read, Wait
from batchkit._core.run.throttle import Throttle
from batchkit.exceptions import JournalError
from batchkit.options import Pace
from batchkit.outcomes import Accepted, Unknown, Unsent
from tests.core.toy import BAD, CONVERGES, DUPLICATES, KEYED, TAKEN, bounds, cut, reply, rules


def started(
    items: Any = (0, 1), operation: Operation = DUPLICATES, *, size: int = 1000, **more: Any
) -> Run:
    throttle = more.pop("throttle", None) or Throttle()
    run = Run(
        lambda chunk: Exchange(chunk, operation, rules()),
        throttle,
        bounds(operation, has_journal=True, **more),
        0.0,
    )
    for chunk in cut(items, operation, size=size):
        run.feed(run.prepared(chunk), 0.0)
    run.exhausted()
    return run


def keep_next(run: Run, now: float = 0.0) -> Commit:
    keep = run.next_job(now)
    assert isinstance(keep, Commit)
    return keep


def records(keep: Commit) -> list[Record]:
    return [note.record for note in keep.notes]


def states(keep: Commit) -> list[str]:
    return [record.state.value for record in records(keep)]


def job_next(run: Run, now: float = 0.0) -> Dispatch:
    job = run.next_job(now)
    assert isinstance(job, Dispatch)
    return job


def delivered(run: Run) -> list[Any]:
    step = run.next_step(0.0)
    assert isinstance(step, Deliver)
    return step.account.outcomes()


def test_intent_then_send_then_outcome_then_delivery() -> None:
    run = started()
    intent = keep_next(run)
    assert states(intent) == ["intent"]
    assert isinstance(run.next_job(0.0), Wait)  # nothing is sent before it is written
    run.kept(intent, 0.0)
    run.answer(job_next(run), TAKEN, 0.0)
    assert isinstance(run.next_step(0.0), Wait)  # nor told
    settled = keep_next(run)
    assert states(settled) == ["settled"]
    assert isinstance(run.next_step(0.0), Wait)
    run.kept(settled, 0.0)

    assert [type(each) for each in delivered(run)] == [Accepted] * 2
    assert isinstance(run.next_step(0.0), Done)
    assert run.next_job(0.0) is None


def test_a_run_that_has_something_to_write_is_not_idle() -> None:
    run = started()
    run.kept(keep_next(run), 0.0)
    run.answer(job_next(run), TAKEN, 0.0)
    before = run.next_step(0.0)
    keep_next(run)
    meanwhile = run.next_step(0.0)
    assert isinstance(before, Wait)
    assert isinstance(meanwhile, Wait)
    assert not before.idle
    assert not meanwhile.idle


def test_a_ticket_is_written_before_it_is_asked_about() -> None:
    run = started([1], KEYED)
    run.kept(keep_next(run), 0.0)
    run.answer(job_next(run), reply(200, {"ticket": "t1"}), 0.0)
    ticketed = keep_next(run)

    assert [(each.state, each.ticket) for each in records(ticketed)] == [(State.TICKETED, "t1")]
    run.kept(ticketed, 0.0)
    assert isinstance(run.next_job(0.0), Wait)
    assert job_next(run, 60.0).send.request.method == "GET"


def test_an_intent_takes_its_place_among_the_requests_at_once() -> None:
    throttle = Throttle(Pace(requests=1, per=60.0))
    run = started(range(4), CONVERGES, size=1, in_flight=2, throttle=throttle)
    keep_next(run)
    assert isinstance(run.next_job(0.0), Wait)
    assert not throttle.breaker.is_idle

    wide = started(range(4), CONVERGES, size=1, in_flight=2)
    assert states(keep_next(wide)) == ["intent", "intent"]
    assert isinstance(wide.next_job(0.0), Wait)


def test_an_outcome_and_the_next_intent_are_one_write() -> None:
    run = started(range(3), size=1, in_flight=1)
    run.kept(keep_next(run), 0.0)
    run.answer(job_next(run), TAKEN, 0.0)
    both = keep_next(run)

    assert states(both) == ["settled", "intent"]
    run.kept(both, 0.0)
    assert len(delivered(run)) == 1
    assert job_next(run).send.request.body.count(b"1") == 1


def test_what_comes_up_during_a_write_is_written_with_the_next() -> None:
    run = started(range(3), size=1, in_flight=3)
    first = keep_next(run)
    run.kept(first, 0.0)
    jobs = [job_next(run) for _ in range(3)]
    run.answer(jobs[0], TAKEN, 0.0)
    assert run.has_work
    writing = keep_next(run)
    for job in jobs[1:]:
        run.answer(job, TAKEN, 0.0)

    assert not run.has_work
    assert isinstance(run.next_job(0.0), Wait)
    run.kept(writing, 0.0)
    assert run.has_work
    assert states(keep_next(run)) == ["settled", "settled"]


def test_an_intent_that_cannot_be_written_ends_the_run_with_nothing_sent() -> None:
    run = started(range(4), size=2, in_flight=1)
    run.unkept(keep_next(run), "The disk is full.", 0.0)
    run.unkept(keep_next(run), "The disk is full.", 0.0)

    assert [type(each) for each in delivered(run) + delivered(run)] == [Unsent] * 4
    step = run.next_step(0.0)
    assert isinstance(step, Done)
    assert step.stop is not None
    assert (step.stop.error, step.stop.message) == (JournalError, "The disk is full.")


def test_an_intent_that_cannot_be_written_gives_its_place_back() -> None:
    throttle = Throttle(Pace(requests=1, per=60.0))
    run = started([1], throttle=throttle)
    run.unkept(keep_next(run), "The disk is full.", 5.0)
    assert throttle.free_at(5.0) == 65.0


def test_an_outcome_that_cannot_be_written_is_told_all_the_same() -> None:
    run = started()
    run.kept(keep_next(run), 0.0)
    run.answer(job_next(run), TAKEN, 0.0)
    run.unkept(keep_next(run), "The disk is full.", 0.0)

    assert [type(each) for each in delivered(run)] == [Accepted] * 2
    step = run.next_step(0.0)
    assert isinstance(step, Done)
    assert step.stop is not None


def test_a_run_that_had_to_stop_for_another_reason_keeps_that() -> None:
    run = started()
    run.kept(keep_next(run), 0.0)
    run.answer(job_next(run), reply(401), 0.0)
    run.unkept(keep_next(run), "The disk is full.", 0.0)
    delivered(run)
    step = run.next_step(0.0)

    assert isinstance(step, Done)
    assert step.stop is not None
    assert step.stop.error is not JournalError


@pytest.mark.parametrize("when", ["while the intent is written", "before the send is begun"])
def test_what_was_recorded_and_not_sent_when_a_run_halts_is_unsent(when: str) -> None:
    throttle = Throttle(Pace(requests=2, per=60))
    run = started(throttle=throttle)
    intent = keep_next(run)
    if when.startswith("before"):
        run.kept(intent, 0.0)
        run.halt("The caller left.", 0.0)
    else:
        run.halt("The caller left.", 0.0)
        run.kept(intent, 0.0)
    settled = keep_next(run)

    assert states(settled) == ["settled"]
    assert throttle.breaker.is_idle
    run.kept(settled, 0.0)
    assert [type(each) for each in delivered(run)] == [Unsent] * 2


def test_what_is_being_written_is_not_cut_off() -> None:
    run = started(range(2), size=1, in_flight=2)
    run.kept(keep_next(run), 0.0)
    answered, job = job_next(run), job_next(run)
    run.answer(answered, TAKEN, 0.0)
    outcome = keep_next(run)
    run.halt("The caller left.", 0.0, patience=0.0)
    assert isinstance(run.next_step(1.0), CutOff)
    run.answer(job, Response(status=500, headers={}, body=b""), 1.0)
    assert isinstance(run.next_step(1.0), Wait)  # not again and again
    run.kept(outcome, 1.0)
    assert [type(each) for each in delivered(run)] == [Accepted]


def test_a_crash_of_an_exchange_is_recorded_too() -> None:
    run = started()
    run.kept(keep_next(run), 0.0)
    run.broke(job_next(run), LookupError("odd"), 0.0)
    run.kept(keep_next(run), 0.0)

    assert [type(each) for each in delivered(run)] == [Unknown] * 2


def test_no_more_is_read_than_is_written() -> None:
    run = Run(
        lambda chunk: Exchange(chunk, CONVERGES, rules()),
        Throttle(),
        bounds(CONVERGES, has_journal=True, in_flight=1),
        0.0,
    )
    for chunk in cut([BAD] * 3, size=1, max_refused=1):
        assert isinstance(run.next_step(0.0), Read)
        run.feed(run.prepared(chunk), 0.0)

    assert isinstance(run.next_step(0.0), Wait)
    assert run.performers(0.0) == 1  # one write is enough for all three
