"""Drip's quota of 50 batches an hour: never overrun, hardly a second lost, and foretold."""

from __future__ import annotations

import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import anyio
import httpx
import pytest
import respx

import batchkit
from batchkit import Limits
from batchkit._core.effects import Request, Response
from batchkit._core.items.chunks import Chunk, EncodedItems
from batchkit.drip.operations import operations
from batchkit.testing import FakeClock
from tests.core.toy import simulate
from tests.simulator import Answer

HOUR = 3600
QUOTA = 50
EVENTS = operations("9999999")["events"]

Window = Callable[[float], int]
"""Told when a request arrives, gives how many its window holds by then, itself included."""


def sliding() -> Window:
    """Any hour is a window."""
    arrivals: list[float] = []

    def arrived(now: float) -> int:
        # Requests under way together may arrive in another order than they began.
        arrivals[:] = [*(each for each in arrivals if each > now - HOUR), now]
        return len(arrivals)

    return arrived


def by_the_clock() -> Window:
    """A window begins with each hour of the day."""
    counts: Counter[float] = Counter()

    def arrived(now: float) -> int:
        counts[now // HOUR] += 1
        return counts[now // HOUR]

    return arrived


def from_the_first_call() -> Window:
    """A window begins with the first request after the last one has ended."""
    began, count = -math.inf, 0

    def arrived(now: float) -> int:
        nonlocal began, count
        began, count = (now, 1) if now >= began + HOUR else (min(began, now), count + 1)
        return count

    return arrived


WINDOWS = [sliding, by_the_clock, from_the_first_call]
"""The vendor does not say which it has."""


class Vendor:
    """Takes everything within its quota, whose windows it keeps to the letter."""

    def __init__(self, window: Window, *, tells: bool) -> None:
        """`tells` is whether it says in headers what is left of the quota."""
        self._window = window
        self._tells = tells
        self._lock = threading.Lock()
        self.statuses: Counter[int] = Counter()

    def answer(self, now: float) -> tuple[int, dict[str, str]]:
        """The status and the headers for a request that arrives now."""
        with self._lock:
            count = self._window(now)
            status = 201 if count <= QUOTA else 429
            self.statuses[status] += 1
        left = str(max(0, QUOTA - count))
        told = {"x-ratelimit-limit": str(QUOTA), "x-ratelimit-remaining": left}
        return status, told if self._tells else {}


def ten_million_events() -> Iterator[Chunk]:
    """Ten thousand chunks of a thousand events, which share everything that is large."""
    items, every = [{"email": "p@shop.example", "action": "Logged in"}] * 1000, range(1000)
    encoded = EncodedItems([b"{}"] * 1000)
    for start in range(0, 10_000_000, 1000):
        yield Chunk(start=start, items=items, encoded=encoded, positions=every, refused={})


@pytest.mark.parametrize(("window", "tells"), [(sliding, True), (by_the_clock, False)])
def test_ten_million_events_take_what_the_quota_takes(
    window: Callable[[], Window], tells: bool
) -> None:
    """Within 1 % of the quota's own bound, and without a single 429."""
    draw, vendor = random.Random(3), Vendor(window(), tells=tells)

    def answer(request: Request, now: float) -> Answer:
        latency = draw.uniform(0.1, 3.0)
        status, told = vendor.answer(now + latency * draw.random())
        return latency, Response(status=status, headers=told, body=b"{}")

    start = 0.99 * HOUR  # hours by the clock change just after the first burst
    played = simulate(ten_million_events(), answer, EVENTS, pace=EVENTS.pace, start=start)
    played.play(steps=1_000_000)

    bound = (10_000 - 1) // QUOTA * HOUR
    assert (played.report.accepted, played.report.requests) == (10_000_000, 10_000)
    assert vendor.statuses == {201: 10_000}
    assert bound <= played.now - start <= 1.01 * bound


def test_the_plan_tells_the_quotas_bound() -> None:
    """Ten million events go in ten thousand requests; here each holds one."""
    drip = batchkit.Drip("1", api_key="key", limits=Limits(max_items=1))
    plan = drip.events.plan(events(10_000))
    assert (plan.requests, plan.least_seconds) == (10_000, (10_000 - 1) // QUOTA * HOUR)


def events(number: int) -> Iterable[dict[str, Any]]:
    return ({"email": f"p{index}@shop.example", "action": "Logged in"} for index in range(number))


def send_sync() -> tuple[batchkit.Plan, batchkit.Report[Any]]:
    with batchkit.Drip("1", api_key="key", limits=Limits(max_items=2)) as drip:
        return drip.events.plan(events(240)), drip.events.send(events(240))


def send_async() -> tuple[batchkit.Plan, batchkit.Report[Any]]:
    async def main() -> tuple[batchkit.Plan, batchkit.Report[Any]]:
        async with batchkit.AsyncDrip("1", api_key="key", limits=Limits(max_items=2)) as drip:
            return await drip.events.plan(events(240)), await drip.events.send(events(240))

    return anyio.run(main)


@pytest.mark.parametrize("send", [send_sync, send_async])
@pytest.mark.parametrize("window", WINDOWS)
def test_a_client_keeps_the_quota_and_takes_the_planned_time(
    window: Callable[[], Window], send: Callable[[], tuple[batchkit.Plan, batchkit.Report[Any]]]
) -> None:
    vendor = Vendor(window(), tells=True)
    with FakeClock() as clock, respx.mock() as router:

        def answer(request: httpx.Request) -> httpx.Response:
            status, told = vendor.answer(clock.time())
            return httpx.Response(status, headers=told, json={})

        router.post("https://api.getdrip.com/v2/1/events/batches").mock(side_effect=answer)
        plan, report = send()
        assert vendor.statuses == {201: 120}
        assert (report.accepted, report.retries) == (240, 0)
        assert clock.slept == plan.least_seconds == 2 * HOUR
