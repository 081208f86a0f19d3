"""How late the end of a ticket is seen, and how many questions that costs."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from batchkit._core.effects import Request
from batchkit._core.exchange.tickets import PollSchedule
from batchkit._core.operations import TicketState
from batchkit.options import PollPolicy
from tests.core.toy import KEYED, cut, play, reply, rules
from tests.simulator import Answer


def watch(length: float, counter: str, *, latency: float = 0.05) -> tuple[float, int]:
    """Seconds between a job's end and our seeing it, and the questions that were asked."""

    def completed(now: float) -> int:
        share = min(1.0, now / length)
        match counter:
            case "steady":
                return int(500 * share)
            case "in steps of 50":
                return int(10 * share) * 50
            case "stuck near the end":
                return min(499, int(500 * 100 * share))
            case "fast, then slow":
                return int(500 * share**0.5)
            case _:
                return 0

    def vendor(request: Request, now: float) -> Answer:
        if request.method == "POST":
            return 0.0, reply(200, {"ticket": "t"})
        if now + latency / 2 >= length:
            return latency, reply(200, {"finished": True, "answers": {"id-0": 200}})
        state = {"finished": False, "completed": completed(now), "total": 500}
        return latency, reply(200, state)

    patient = rules(poll=PollPolicy(stall_timeout=10_000))
    played = play(cut([1]), vendor, KEYED, rules=patient)
    return played.now - length, played.report.polls


COUNTERS = ["none", "steady", "in steps of 50", "stuck near the end", "fast, then slow"]


@pytest.mark.parametrize("counter", COUNTERS)
def test_the_end_is_seen_15_percent_late_on_average_whatever_the_length(counter: str) -> None:
    """The mean is over lengths that differ by up to a quarter: one length alone may be lucky.

    A second is always allowed, and the answer's latency is counted.
    """
    lengths = [1.02**step for step in range(220)]  # 1 s to 77 s; from 67 s on the maximum rules
    late = [watch(length, counter)[0] for length in lengths]
    allowed = [max(0.15 * length, 1.0) for length in lengths]
    for start in range(len(lengths) - 11):
        band = slice(start, start + 12)
        assert mean(late[band]) <= mean(allowed[band]), f"from {lengths[start]:.1f} s on"


@pytest.mark.parametrize("counter", COUNTERS)
def test_the_end_is_never_seen_more_than_11_s_late(counter: str) -> None:
    lengths = [7200 / 1.1**step for step in range(94)]
    assert max(watch(length, counter)[0] for length in lengths) <= 11.0


@pytest.mark.parametrize("counter", COUNTERS)
def test_two_hours_take_750_questions_at_most(counter: str) -> None:
    assert watch(7200, counter, latency=0.0)[1] <= 750


@pytest.mark.parametrize("length", [120, 600, 3600])
def test_counters_foretell_the_end(length: int) -> None:
    draw = random.Random(length)
    lengths = [length * draw.uniform(0.9, 1.0) for _ in range(12)]
    late = mean(watch(each, "steady")[0] for each in lengths)
    assert late < 0.75 * mean(watch(each, "none")[0] for each in lengths)


def waits(policy: PollPolicy, *pauses: float) -> list[float]:
    """The first wait and those after answers without counters, each later by a pause."""
    eyes, now = PollSchedule(policy), 100.0
    given = [eyes.first_wait]
    for pause in pauses:
        now += given[-1] + pause
        eyes.begin(now)
        given.append(eyes.saw(TicketState(finished=False), now))
    return given


def test_waits_are_a_share_of_the_time_since_the_ticket_between_initial_and_maximum() -> None:
    assert waits(PollPolicy(initial=2, factor=2, maximum=15), *[0] * 5) == [2, 2, 4, 8, 15, 15]
    assert waits(PollPolicy(initial=2, factor=1.5, maximum=15), *[0] * 4) == [2, 2, 2, 3, 4.5]
    assert waits(PollPolicy(initial=2, factor=1), *[0] * 3) == [2] * 4


def test_after_a_pause_waits_grow_by_no_more_than_the_factor() -> None:
    assert waits(PollPolicy(initial=2, factor=2, maximum=15), 0, 100, 0) == [2, 2, 4, 8]


def test_the_first_wait_is_never_longer_than_the_maximum() -> None:
    assert PollSchedule(PollPolicy(initial=20, maximum=5)).first_wait == 5


def state(completed: int) -> TicketState:
    return TicketState(finished=False, completed=completed, total=100)


def test_what_counters_foretell_never_makes_a_wait_longer_or_shorter_than_the_policy() -> None:
    eyes = PollSchedule(PollPolicy(initial=1, factor=4, maximum=60))
    eyes.begin(1.0)
    assert eyes.saw(state(0), 1.0) == 3
    assert eyes.saw(state(10), 4.0) == 12  # the first progress foretells nothing
    assert eyes.saw(state(50), 16.0) == 15  # 40 in 12 s: the other 50 take 15 s
    assert eyes.saw(state(99), 31.0) == 1  # the rest is done in less than the first wait


def test_the_rate_is_that_since_the_first_progress() -> None:
    eyes = PollSchedule(PollPolicy(initial=1, factor=4, maximum=60))
    eyes.begin(1.0)
    eyes.saw(state(0), 1.0)
    eyes.saw(state(10), 4.0)
    assert eyes.saw(state(40), 16.0) == 24  # 30 in 12 s: the other 60 take 24 s


def test_a_count_that_goes_back_to_where_it_began_foretells_nothing() -> None:
    policy = PollPolicy(initial=1, factor=4, maximum=60)
    counted, uncounted = PollSchedule(policy), PollSchedule(policy)
    counted.begin(0.0)
    uncounted.begin(0.0)
    for completed, now in ((5, 1.0), (7, 2.0), (5, 3.0)):
        nothing = TicketState(finished=False)
        assert counted.saw(state(completed), now) == uncounted.saw(nothing, now)


def test_an_end_that_was_foretold_comes_nearer_while_nothing_is_seen_and_is_then_overdue() -> None:
    eyes = PollSchedule(PollPolicy(initial=1, factor=4, maximum=60))
    eyes.begin(1.0)
    eyes.saw(state(10), 4.0)
    assert [eyes.saw(state(50), now) for now in (16.0, 28.0, 30.5, 33.0)] == [15, 3, 1, 2]


def test_a_ticket_is_stalled_once_its_time_has_passed() -> None:
    eyes = PollSchedule(PollPolicy(stall_timeout=60))
    eyes.begin(5.0)
    assert [eyes.is_stalled(now) for now in (5.0, 64.5, 65.0)] == [False, False, True]
    eyes.saw(state(1), 65.0)
    assert [eyes.is_stalled(now) for now in (65.0, 124.5, 125.0)] == [False, False, True]
