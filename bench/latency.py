"""How close the window keeps to the ideal when answers take a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from math import ceil

import httpx
import orjson
from harness import Contender, against, chunks, interleaved, sink, table
from workloads import Item

LATENCY = 0.1
IN_FLIGHT = 8
SIZE = 10
PATH = "/v2/1234567/subscribers/batches"


def people(number: int) -> list[Item]:
    return [{"email": f"{index}@example.com"} for index in range(number)]


def threads(url: str, items: list[Item], stack: ExitStack) -> Contender:
    client = stack.enter_context(httpx.Client())
    pool = stack.enter_context(ThreadPoolExecutor(IN_FLIGHT))

    def post(chunk: list[Item]) -> int:
        body = orjson.dumps({"batches": [{"subscribers": chunk}]})
        return len(chunk) * client.post(url + PATH, content=body).is_success

    return lambda: sum(pool.map(post, chunks(items, SIZE)))


def sync(url: str, items: list[Item], stack: ExitStack) -> Contender:
    from batchkit import Drip, Limits

    drip = stack.enter_context(
        Drip(
            "1234567",
            api_key="bench",
            base_url=url,
            pace=None,
            max_in_flight=IN_FLIGHT,
            limits=Limits(max_items=SIZE),
        )
    )
    return lambda: drip.subscribers.send(iter(items)).accepted


def asynchronous(url: str, items: list[Item], stack: ExitStack) -> Contender:
    from batchkit import AsyncDrip, Limits

    runner = stack.enter_context(asyncio.Runner())
    drip = AsyncDrip(
        "1234567",
        api_key="bench",
        base_url=url,
        pace=None,
        max_in_flight=IN_FLIGHT,
        limits=Limits(max_items=SIZE),
    )
    runner.run(drip.__aenter__())
    stack.callback(lambda: runner.run(drip.aclose()))

    async def send() -> int:
        report = await drip.subscribers.send(iter(items))
        return report.accepted

    return lambda: runner.run(send())


Maker = Callable[[str, list[Item], ExitStack], Contender]


def window(*, quick: bool, rivals_only: bool) -> None:
    requests, rounds = (40, 1) if quick else (200, 5)
    items = people(requests * SIZE)
    ideal = ceil(requests / IN_FLIGHT) * LATENCY
    makers: dict[str, Maker] = {"thread pool by hand": threads}
    if not rivals_only:
        makers |= {"batchkit": sync, "batchkit, async": asynchronous}
    with ExitStack() as stack:
        url = stack.enter_context(sink(LATENCY))
        runners = {name: make(url, items, stack) for name, make in makers.items()}
        seconds = interleaved(runners, items=len(items), rounds=rounds, clock=time.perf_counter)

    def row(name: str) -> list[str]:
        ratio = seconds[name] / ideal
        goal = against(ratio, 1.10, 1.05) if "batchkit" in name else ""
        return [name, f"{seconds[name]:.2f}", f"{ratio:.3f}", goal]

    table(
        f"window: {requests} requests, 100 ms latency, {IN_FLIGHT} in flight, ideal {ideal:.1f} s",
        ["contender", "wall s", "over ideal", "goal"],
        map(row, runners),
    )


def measure(*, quick: bool, rivals_only: bool) -> None:
    window(quick=quick, rivals_only=rivals_only)
