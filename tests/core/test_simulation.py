"""The law, kept through a few hundred random runs of each kind of operation."""

from __future__ import annotations

import math
import os
import random
from collections import Counter
from typing import Any

import attrs
import pytest
import tenacity

from batchkit._core.effects import Failure, Phase
from batchkit.options import Pace, RetryPolicy
from batchkit.outcomes import Accepted, Rejected, Skipped, Succeeded, Unknown, Unsent
from tests.core.shop import Shop
from tests.core.toy import (
    BAD,
    CONVERGES,
    DUPLICATES,
    KEYED,
    STOPPING,
    TAKEN,
    carried,
    cut,
    failure,
    rules,
    script,
    simulate,
)
from tests.simulator import Simulator, Stuck

SEEDS = int(os.environ.get("BATCHKIT_SEEDS", "250"))
ONLY = os.environ.get("BATCHKIT_SEED")
KINDS = {"converges": CONVERGES, "duplicates": DUPLICATES, "keyed": KEYED, "stopping": STOPPING}


@attrs.frozen(kw_only=True)
class Story:
    """What one seed made of a run."""

    simulator: Simulator
    shop: Shop
    items: list[Any]
    in_flight: int
    pace: Pace | None
    resends: bool
    max_retry_after: float


def tell(kind: str, seed: int) -> Story:
    draw = random.Random(f"{kind} {seed}")
    size = draw.choice((1, 3, 10, 50))
    items: list[Any] = list(range(draw.choice((0, 1, 7, 60, 400))))
    for index in items[:]:
        if draw.random() < 0.02:
            items[index] = BAD
    in_flight = draw.choice((1, 2, 4, 9))
    pace = draw.choice((None, Pace(requests=draw.randint(1, 9), per=draw.choice((1.0, 30.0)))))
    resends = draw.random() < 0.2
    retry = RetryPolicy(
        attempts=draw.choice((1, 2, 6)), max_retry_after=draw.choice((30.0, 1000.0, 3700.0))
    )
    shop = Shop(
        seed,
        kind="keyed" if kind == "stopping" else kind,
        faults=draw.choice((0.0, 0.05, 0.3, 0.6)),
        poison=frozenset(draw.sample(range(400), draw.choice((0, 0, 1, 9)))),
        most=draw.choice((20, 1000)),
        stops=kind == "stopping",
    )
    chunks = cut(items, size=size, max_refused=1 if kind == "stopping" else None)
    simulator = simulate(
        chunks,
        shop,
        KINDS[kind],
        rules=rules(retry=retry, random=draw.random, resend_in_doubt=resends),
        pace=pace,
        in_flight=in_flight,
        deadline=draw.choice((None, None, None, 20.0, 500.0)),
        start=draw.choice((0.0, 123_456.789)),
        seed=seed,
    )
    if draw.random() < 0.1:
        simulator.at(simulator.now + draw.random() * 60, simulator.leave)
    simulator.play()
    return Story(
        simulator=simulator,
        shop=shop,
        items=items,
        in_flight=in_flight,
        pace=pace,
        resends=resends,
        max_retry_after=retry.max_retry_after,
    )


def judge(kind: str, story: Story) -> None:
    """Hold a run against the invariants of the delivery rules."""
    played, ledger = story.simulator, story.shop.ledger
    outcomes = played.outcomes
    read = sum(len(chunk.items) for chunk in played.fed)
    taken = set(ledger)

    assert [each.index for each in outcomes] == list(range(read))  # I1
    assert all(each.item is story.items[each.index] for each in outcomes)
    if played.stop is None and played.run.report(0).total < len(story.items):
        assert any(each.reason == "The caller left." for each in outcomes if not each.ok) or (
            read == len(outcomes)
        )

    by = {
        outcome: {each.index for each in outcomes if isinstance(each, outcome)}
        for outcome in (Succeeded, Accepted, Rejected, Skipped, Unknown, Unsent)
    }
    assert by[Succeeded] | by[Accepted] <= taken  # I2
    assert taken <= by[Succeeded] | by[Accepted] | by[Unknown]  # I3
    assert not taken & (by[Rejected] | by[Skipped] | by[Unsent])  # I6
    if kind == "duplicates" and not story.resends:  # I4
        assert max(ledger.values(), default=0) <= 1
    if kind in ("keyed", "stopping"):  # I5: even numbers may be repeated without harm
        assert all(times <= 1 for item, times in ledger.items() if item % 2)

    check_requests(story)
    check_report(story)
    if kind == "stopping":
        check_order(story)


def check_requests(story: Story) -> None:  # I9
    played = story.simulator
    assert played.most_in_flight <= story.in_flight
    assert played.most_live <= story.in_flight + 2
    if story.pace is not None:
        arrivals = sorted(story.shop.arrivals)
        ahead = zip(arrivals, arrivals[story.pace.requests :], strict=False)
        assert all(late - early >= story.pace.per for early, late in ahead)
    for asked, until in story.shop.asked_to_wait:
        if until - asked <= story.max_retry_after:
            assert not [sent for sent in played.requests if asked < sent.began < until]


def check_report(story: Story) -> None:
    played = story.simulator
    report = played.report
    counts = Counter(type(each).__name__.lower() for each in played.outcomes)
    names = ("succeeded", "accepted", "rejected", "skipped", "unknown", "unsent")
    assert {name: getattr(report, name) for name in names} == {name: counts[name] for name in names}
    assert report.total == len(played.outcomes)
    assert list(report.problems) == [each for each in played.outcomes if not each.ok]
    assert report.requests == len(played.posts)
    assert report.polls == len(played.polls)
    assert report.bytes_sent == sum(len(sent.request.body) for sent in played.posts)


def check_order(story: Story) -> None:
    """After a failure nothing later was run; after a doubt nothing that was not sent with it."""
    first = next((each for each in story.simulator.outcomes if not each.ok), None)
    if first is None:
        return
    later = {item for item in story.shop.ledger if item > first.index}
    if isinstance(first, Unknown):
        bodies = [carried(sent.request.body) for sent in story.simulator.posts]
        later -= {item for body in bodies if first.index in body for item in body}
    assert not later


@pytest.mark.parametrize("kind", KINDS)
def test_the_law_holds_in_every_random_run(kind: str) -> None:
    for seed in [int(ONLY)] if ONLY else range(SEEDS):
        try:
            judge(kind, tell(kind, seed))
        except BaseException as problem:
            problem.add_note(f"replay: BATCHKIT_SEED={seed} pytest {__file__} -k {kind}")
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
