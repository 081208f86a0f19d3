"""How late the end of a ticket is seen, and how many questions that costs."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from batchkit._core.effects import Request
from batchkit._core.operations import TicketState
from batchkit._core.tickets import Watch
from batchkit.options import PollPolicy
from tests.core.toy import KEYED, cut, play, reply, rules
from tests.simulator import Answer

BANDS = [1, 2, 4, 8, 15, 30, 60, 150, 300, 600, 1800, 3600]


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
@pytest.mark.parametrize("band", BANDS)
def test_the_end_is_seen_soon_and_without_too_many_questions(band: int, counter: str) -> None:
    count = 40 if band < 600 else 10
    lengths = [band * (1 + step / count) for step in range(count)]
    seen = [watch(length, counter) for length in lengths]
    # Waits grow by a quarter, so that the end is seen half a quarter late: 15 % from 30 s on.
    assert mean(late for late, _ in seen) <= 0.125 * mean(lengths) + 0.75
    assert max(late for late, _ in seen) <= 11.0
    assert max(polls for _, polls in seen) <= 750


@pytest.mark.parametrize("length", [120, 600, 3600])
def test_counters_foretell_the_end(length: int) -> None:
    draw = random.Random(length)
    lengths = [length * draw.uniform(0.9, 1.0) for _ in range(12)]
    late = mean(watch(each, "steady")[0] for each in lengths)
    assert late < 0.75 * mean(watch(each, "none")[0] for each in lengths)


def test_waits_grow_by_the_factor_up_to_the_maximum() -> None:
    eyes = Watch(PollPolicy(initial=2, factor=2, maximum=15))
    assert eyes.first_wait == 2
    waits = [eyes.saw(TicketState(finished=False), float(now)) for now in range(4)]
    assert waits == [4, 8, 15, 15]


def test_the_first_wait_is_never_longer_than_the_maximum() -> None:
    assert Watch(PollPolicy(initial=20, maximum=5)).first_wait == 5


def test_what_counters_foretell_never_makes_a_wait_longer_or_shorter_than_the_policy() -> None:
    def state(completed: int) -> TicketState:
        return TicketState(finished=False, completed=completed, total=100)

    eyes = Watch(PollPolicy(initial=1, factor=4, maximum=60))
    assert eyes.saw(state(0), 1.0) == 4
    assert eyes.saw(state(10), 5.0) == 16  # the first progress foretells nothing
    assert eyes.saw(state(50), 21.0) == 20  # 40 in 16 s: the other 50 take 20 s
    assert eyes.saw(state(99), 41.0) == 1  # the rest is done in less than the first wait
