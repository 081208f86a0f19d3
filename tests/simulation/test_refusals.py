"""A vendor that refuses every tenth request with a `Retry-After`: a small price, nothing lost."""

from __future__ import annotations

import random
from collections import Counter

import httpx
import pytest

import batchkit
from tests.contract.colours import COLOURS, Colour, Scene, Sent, answer, people
from tests.core.toy import cut, rules, simulate
from tests.simulation.faults import Fault
from tests.simulation.shop import Habits, Shop
from tests.simulation.story import operation

PER_CHUNK = 1.2
"""Requests that a chunk may cost."""


@pytest.mark.parametrize("kind", ["converges", "duplicates", "keyed"])
@pytest.mark.parametrize("seed", range(3))
def test_a_tenth_refused_costs_a_fifth_at_most_and_loses_nothing(kind: str, seed: int) -> None:
    chance = random.Random(seed)
    refusal = Fault(status=503, waits=("2", 2.0))
    shop = Shop(seed, Habits(kind=kind), lambda: refusal if chance.random() < 0.1 else None)
    chunks = cut(range(2000), size=10)
    played = simulate(chunks, shop, operation(kind), rules=rules(random=chance.random)).play()
    assert shop.ledger == Counter(range(2000))
    assert all(each.ok for each in played.outcomes)
    assert len(played.outcomes) == 2000
    assert len(chunks) < len(played.posts) <= PER_CHUNK * len(chunks)


@pytest.mark.parametrize("colour", COLOURS)
def test_clients_do_the_same(colour: Colour) -> None:
    chance = random.Random(3)
    taken: list[str] = []

    def vendor(sent: Sent) -> httpx.Response:
        if chance.random() < 0.1:
            return answer(503, retry_after=2)(sent)
        taken.extend(person["email"] for person in sent.items)
        return answer(201, {})(sent)

    limits = batchkit.Limits(max_items=5)
    played = Scene(
        items=lambda: people(1000), answers=[vendor], options={"limits": limits, "pace": None}
    ).play(colour)
    assert Counter(taken) == Counter(person["email"] for person in people(1000))
    assert played.report.accepted == played.report.total == 1000
    assert 200 < played.report.requests <= PER_CHUNK * 200
