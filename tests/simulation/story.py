"""What one seed makes of a run: a caller, a vendor and a schedule of faults, all drawn from it."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

import attrs

from batchkit._core.effects import Request
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.exchange.policy import Policy
from batchkit._core.exchange.question import Question
from batchkit._core.exchange.retry import longest_wait
from batchkit._core.items.chunks import Chunk, EncodedItems
from batchkit._core.operations import Operation
from batchkit._core.run.run import Run, RunLimits
from batchkit._core.run.throttle import Throttle
from batchkit.drip import answers as drip
from batchkit.ecwid import answers as ecwid
from batchkit.empathy import answers as empathy
from batchkit.options import Pace, RetryPolicy
from tests.core import toy
from tests.core.toy import BAD, TICKETING, bounds, cut, rules
from tests.simulation.shop import Habits, Shop
from tests.simulator import Simulator

KINDS = ("converges", "duplicates", "keyed", "stopping", "waiting", "asking")
"""Operations of each class; what waits for tickets of an earlier call; a single question."""


@attrs.frozen(kw_only=True)
class Story:
    """A run that was played to its end."""

    kind: str
    simulator: Simulator
    shop: Shop
    items: Sequence[Any]
    bounds: RunLimits
    rules: Policy
    pace: Pace | None
    start: float
    left_at: Sequence[tuple[float, float]] = ()
    """When the caller left, and for how long what was being sent was waited for."""
    question: Question | None = None


def operation(kind: str, things: int = 100_000) -> Operation:
    """An operation that reads answers as the vendor of its class does."""

    def thing(item: object) -> str:
        return str(int(str(item)) % things)

    match kind:
        case "converges":
            return attrs.evolve(
                toy.CONVERGES,
                read=drip.read,
                complain=drip.complain,
                limited=drip.limited,
                changes=lambda items: frozenset(map(thing, items)),
            )
        case "duplicates":
            return attrs.evolve(toy.DUPLICATES, read=empathy.read, complain=empathy.complain)
        case _:
            ticketing = attrs.evolve(
                TICKETING,
                read_state=ecwid.read_state,
                touches=thing,
                stops_on_failure=kind == "stopping",
            )
            return attrs.evolve(
                toy.KEYED,
                read=ecwid.read_submission,
                complain=ecwid.complain,
                ticketing=ticketing,
            )


def tell(kind: str, seed: int) -> Story:
    """Play the run of a seed."""
    chance = random.Random(f"{kind} {seed}")
    size = chance.choice((1, 3, 10, 50, 200))
    items = _items(chance, size) if kind != "asking" else []
    # A question is a request or two: it takes a bad day to see anything.
    faults = chance.choice((0.0, 0.05, 0.15, 0.3, 0.6) if items else (0.6, 0.9))
    refused = frozenset(chance.sample((400, 408, 422, 425, 429, 500, 503, 504), 4))
    habits = Habits(
        kind=kind,
        faults=faults,
        poison=frozenset(chance.sample(range(400), chance.choice((0, 0, 1, 9)))),
        most=chance.choice((20, 1000, 1000)),
        things=chance.choice((3, 30, 300, 100_000)),
        ends=chance.random() < 0.4,
        slow=chance.random() < 0.3,
        counts=chance.random() < 0.2,
        refused=refused if chance.random() < 0.2 else None,
        strict=kind == "duplicates" and chance.random() < 0.3,
    )
    retry = RetryPolicy(
        attempts=chance.choice((1, 2, 6)), max_retry_after=chance.choice((30.0, 1000.0, 3700.0))
    )
    chosen = rules(
        retry=retry,
        random=chance.random,
        resend_in_doubt=chance.random() < 0.2,
        refused_statuses=habits.refused,
        strict_items=habits.strict,
    )
    limits = bounds(
        operation(kind),
        in_flight=chance.choice((1, 2, 4, 9)),
        max_retry_after=retry.max_retry_after,
        first_trial=longest_wait(retry),
        timeout=chance.choice((20.0, 60.0)),
        deadline=chance.choice((None, None, None, 20.0, 500.0)),
        stops_on_failure=kind == "stopping",
    )
    pace = chance.choice(
        (None, Pace(requests=chance.randint(1, 9), per=chance.choice((1.0, 30.0))))
    )
    return _play(kind, seed, chance, items, size, Shop(seed, habits), chosen, limits, pace)


def _items(chance: random.Random, size: int) -> list[Any]:
    """From 50 to 2,000 items, and now and then next to none."""
    most = max(50, min(2000, size * chance.choice((15, 15, 60))))
    count = chance.choice((0, 1, 7)) if chance.random() < 0.05 else chance.randint(50, most)
    return [BAD if chance.random() < 0.02 else index for index in range(count)]


def _play(
    kind: str,
    seed: int,
    chance: random.Random,
    items: list[Any],
    size: int,
    shop: Shop,
    chosen: Policy,
    limits: RunLimits,
    pace: Pace | None,
) -> Story:
    spoken = operation(kind, shop.habits.things)
    question = None
    chunks = cut(items, size=size, max_refused=1 if kind == "stopping" else None)
    if kind == "waiting":
        chunks = [_submitted(chunk, shop) for chunk in chunks]
    if kind == "asking":
        question = Question(Request(method="GET", path=f"/{shop.know([])}"), spoken, chosen)
        chunks = [question.chunk]
    start = chance.choice((0.0, 123_456.789))

    def begin(chunk: Chunk) -> Exchange:
        return question or Exchange(chunk, spoken, chosen)

    simulator = Simulator(
        Run(begin, Throttle(pace), limits, start),
        chunks,
        shop,
        performers=limits.in_flight,
        seed=seed,
        start=start,
        cut=shop.cut,
    )
    left_at = _leavings(chance, start)
    for moment, patience in left_at:
        simulator.at(moment, lambda patience=patience: simulator.leave(patience))
    simulator.play()
    return Story(
        kind=kind,
        simulator=simulator,
        shop=shop,
        items=items,
        bounds=limits,
        rules=chosen,
        pace=pace,
        start=start,
        left_at=left_at,
        question=question,
    )


def _leavings(chance: random.Random, start: float) -> list[tuple[float, float]]:
    """The caller may leave, and leave once more when that takes too long."""
    if chance.random() > 0.2:
        return []
    first = start + chance.random() * chance.choice((3, 60))
    again = first + chance.random() * 5
    patience = chance.choice((0.0, 0.5, 10.0, math.inf))
    return [(first, patience), *([(again, 0.0)] if chance.random() < 0.5 else [])]


def _submitted(chunk: Chunk, shop: Shop) -> Chunk:
    """The same items, taken by the vendor in an earlier call."""
    sound = [chunk.items[position] for position in chunk.positions]
    return attrs.evolve(
        chunk, encoded=EncodedItems(), ticket=shop.know([int(str(item)) for item in sound])
    )
