"""The law, kept through thousands of random runs on a virtual clock.

`BATCHKIT_SEEDS` says how many, all kinds together.
"""

from __future__ import annotations

import math
import os
from functools import cache
from pathlib import Path

import pytest
import tenacity

from batchkit._core.effects import Failure, Phase
from batchkit.options import RetryPolicy
from tests.core.toy import TAKEN, cut, failure, rules, script, simulate
from tests.simulation.invariants import broken
from tests.simulation.rows import Reached, missed, watched
from tests.simulation.story import KINDS, tell
from tests.simulator import Stuck

KEPT = [
    (words[0], int(words[1]))
    for line in (Path(__file__).parent / "seeds.txt").read_text().splitlines()
    if (words := line.partition("#")[0].split())
]
"""Seeds that failed once."""
CLASS_OF = {"stopping": "keyed", "waiting": "keyed"}
SEEDS = int(os.environ.get("BATCHKIT_SEEDS", "2000")) // len(KINDS)


@cache
def play_all(kind: str) -> Reached:
    """Play every seed of a kind; which rows of the decision table were reached."""
    with watched() as watch:
        watch.kind = CLASS_OF.get(kind, kind)
        for seed in range(SEEDS):
            replay(kind, seed)
    return watch.reached


@pytest.mark.parametrize("kind", KINDS)
def test_the_law_holds_in_every_random_run(kind: str) -> None:
    play_all(kind)


@pytest.mark.skipif(SEEDS < 300, reason="fewer runs need not reach every row")
def test_every_row_of_the_decision_table_is_reached_in_every_class() -> None:
    assert missed(sum(map(play_all, KINDS), Reached())) == []


@pytest.mark.parametrize(("kind", "seed"), KEPT)
def test_a_seed_that_failed_once_does_not_fail_again(kind: str, seed: int) -> None:
    replay(kind, seed)


def replay(kind: str, seed: int) -> None:
    try:
        assert broken(tell(kind, seed)) == []
    except BaseException as problem:
        problem.add_note(f"replay: python -m tests.replay {kind} {seed}")
        raise


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_gives_the_same_run_every_time(kind: str) -> None:
    for seed in range(10):
        once, again = tell(kind, seed).simulator, tell(kind, seed).simulator
        assert once.requests == again.requests
        assert once.now == again.now


def test_the_simulator_notices_a_run_that_waits_for_nothing() -> None:
    simulator = simulate(cut([1]), lambda request, now: (math.inf, TAKEN))
    with pytest.raises(Stuck):
        simulator.play()


def test_the_simulator_notices_a_run_that_never_ends() -> None:
    eternal = rules(retry=RetryPolicy(stop=tenacity.stop_never, max_retry_after=1e9))
    again: Failure = failure(Phase.SENDING)
    with pytest.raises(Stuck):
        simulate(cut([1]), script(again), rules=eternal).play(steps=500)
