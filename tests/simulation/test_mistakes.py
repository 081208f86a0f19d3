"""Deliberate mistakes turn an invariant red: what finds none of them would prove nothing."""

from __future__ import annotations

import pytest

from tests.simulation.invariants import broken
from tests.simulation.mistakes import MISTAKES, Mistake
from tests.simulation.story import tell

ENOUGH = 150
"""Seeds within which each must be noticed."""


def test_there_are_at_least_twelve() -> None:
    assert len(MISTAKES) >= 12


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_is_noticed(mistake: Mistake, monkeypatch: pytest.MonkeyPatch) -> None:
    mistake.make(monkeypatch)
    seen: set[str] = set()
    for seed in range(ENOUGH):
        seen.update(each.partition(":")[0] for each in broken(tell(mistake.kind, seed)))
        if mistake.breaks in seen:
            return
    pytest.fail(f"{mistake.breaks} stayed green in {ENOUGH} runs; broken were {sorted(seen)}")
