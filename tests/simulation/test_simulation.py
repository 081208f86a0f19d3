"""The law, kept through thousands of random runs on a virtual clock.

`BATCHKIT_SEEDS` says how many, all kinds together.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

import pytest
import tenacity

from batchkit._core.effects import Failure, Phase
from batchkit.options import RetryPolicy
from tests.core.toy import TAKEN, cut, failure, rules, script, simulate
from tests.simulation.invariants import broken
from tests.simulation.story import KINDS, tell
from tests.simulator import Stuck

KEPT = [
    (words[0], int(words[1]))
    for line in (Path(__file__).parent / "seeds.txt").read_text().splitlines()
    if (words := line.partition("#")[0].split())
]
"""Seeds that failed once."""
SEEDS = int(os.environ.get("BATCHKIT_SEEDS", "2000")) // len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_law_holds_in_every_random_run(kind: str) -> None:
    for seed in range(SEEDS):
        replay(kind, seed)


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
    eternal = rules(retry=RetryPolicy(stop=tenacity.stop_never))
    again: Failure = failure(Phase.SENDING)
    with pytest.raises(Stuck):
        simulate(cut([1]), script(again), rules=eternal).play(steps=500)
