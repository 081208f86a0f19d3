"""What a journal costs beside the same run without one, and how large its file is."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import count
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import attrs
from harness import Contender, against, interleaved, sink, table
from workloads import Item

SIZE = 1_000
IN_FLIGHT = 8
LATENCY = 0.1
MANY = 10_000_000
MEGABYTE = 1_000_000

Journals = Callable[[], Any]
"""Gives the journal of the next run, or `None`."""


def people(number: int) -> list[Item]:
    return [{"email": f"{index}@example.com"} for index in range(number)]


def sync(url: str, items: list[Item], stack: ExitStack, journals: Journals, wide: int) -> Contender:
    from batchkit import Drip

    made = Drip("1234567", api_key="bench", base_url=url, pace=None, max_in_flight=wide)
    drip = stack.enter_context(made)
    return lambda: drip.subscribers.send(iter(items), journal=journals()).accepted


def asynchronous(
    url: str, items: list[Item], stack: ExitStack, journals: Journals, wide: int
) -> Contender:
    from batchkit import AsyncDrip

    runner = stack.enter_context(asyncio.Runner())
    drip = AsyncDrip("1234567", api_key="bench", base_url=url, pace=None, max_in_flight=wide)
    runner.run(drip.__aenter__())
    stack.callback(lambda: runner.run(drip.aclose()))

    async def send() -> int:
        return (await drip.subscribers.send(iter(items), journal=journals())).accepted

    return lambda: runner.run(send())


def compared(
    folder: Path,
    latency: float,
    chunks: int,
    rounds: int,
    wide: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, tuple[float, float, float]]:
    """Seconds without a journal, with one, and with a quicker one, in each colour."""
    from batchkit import Journal

    numbers = count()
    folder = Path(mkdtemp(dir=folder))  # a journal that is there already would be gone on with
    kinds: dict[str, Journals] = {
        "none": lambda: None,
        "full": lambda: Journal(folder / f"{next(numbers)}.db"),
        "normal": lambda: Journal(folder / f"{next(numbers)}.db", durability="normal"),
    }
    items = people(chunks * SIZE)
    with ExitStack() as stack:
        url = stack.enter_context(sink(latency))
        runners = {
            f"{colour} {kind}": make(url, items, stack, journals, wide)
            for colour, make in (("sync", sync), ("async", asynchronous))
            for kind, journals in kinds.items()
        }
        seconds = interleaved(runners, items=len(items), rounds=rounds, clock=clock)
    return {
        colour: (
            seconds[f"{colour} none"],
            seconds[f"{colour} full"],
            seconds[f"{colour} normal"],
        )
        for colour in ("sync", "async")
    }


def by_chunk(folder: Path, *, quick: bool) -> None:
    chunks, rounds = (30, 2) if quick else (200, 7)
    rows: list[list[str]] = []
    for name, clock in (("wall", time.perf_counter), ("CPU", time.process_time)):
        told = compared(folder, 0.0, chunks, rounds, 1, clock)
        for colour, (plain, full, normal) in told.items():
            for kind, kept in (("full", full), ("normal", normal)):
                cost = 1e3 * (kept - plain) / chunks
                goal = against(cost, 0.8, 0.5) if name == "wall" else ""
                without = f"{1e3 * plain / chunks:.2f}"
                rows.append([f"{colour}, {kind}, {name}", without, f"{cost:.2f}", goal])
    title = f"journal: {chunks} chunks of {SIZE:,} items, one at a time, no latency"
    table(title, ["", "ms a chunk without", "ms more with", "goal"], rows)


def one_sync(path: Path, rounds: int) -> float:
    """Seconds, median, to make a small write last: what no journal can go below."""
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    seconds: list[float] = []
    for _ in range(rounds):
        began = time.perf_counter()
        os.write(descriptor, bytes(4096))
        os.fdatasync(descriptor)
        seconds.append(time.perf_counter() - began)
    os.close(descriptor)
    return statistics.median(seconds)


def by_write(folder: Path, *, quick: bool) -> None:
    """What the file itself takes, the outcome of one chunk and the intent of the next at once."""
    from batchkit._core.accounts import Ruling
    from batchkit._core.journal import Entry
    from batchkit.journal.store import Facts, Line, Store
    from batchkit.outcomes import Accepted

    facts = Facts(
        vendor="Drip",
        operation="subscribers",
        endpoint="/v2/1234567/subscribers/batches",
        address="https://api.getdrip.com",
        writer="orjson",
        run_key="0" * 16,
        begun=0.0,
    )
    every = range(SIZE)
    done = [Ruling(outcome=Accepted, positions=every, code=201)]
    rows: list[list[str]] = []
    for synchronous in ("FULL", "NORMAL"):
        path = folder / f"{synchronous}.db"
        Store.make(path, facts)
        store = Store(path, synchronous=synchronous)
        seconds: list[float] = []
        before: list[Line] = []
        for number in range(100 if quick else 1_000):
            intent = Entry(
                start=number * SIZE,
                count=SIZE,
                stamp="2026-11-21T00:00:00.000Z",
                digest=bytes(32),
                largest=5_000_000,
                state="intent",
                sending=every,
                first_sent=0.0,
                life=1,
                requests=1,
            )
            began = time.perf_counter()
            store.write([*before, Line(intent, 0.0)])
            seconds.append(time.perf_counter() - began)
            settled = attrs.evolve(intent, state="settled", sending=(), rulings=done)
            before = [Line(settled, 0.0)]
        store.close()
        middle = 1e3 * statistics.median(seconds)
        rows.append([synchronous.lower(), f"{middle:.2f}", against(middle, 0.8, 0.5)])
    sync = 1e3 * one_sync(folder / "sync", 100 if quick else 1_000)
    rows.append(["the disk by itself, one fdatasync", f"{sync:.2f}", ""])
    table("journal: the write of a chunk alone", ["durability", "ms, median", "goal"], rows)


def by_latency(folder: Path, *, quick: bool) -> None:
    chunks, rounds = (40, 1) if quick else (160, 3)
    told = compared(folder, LATENCY, chunks, rounds, wide=IN_FLIGHT)
    ideal = ceil(chunks / IN_FLIGHT) * LATENCY
    rows = [
        [colour, f"{plain:.2f}", f"{full:.2f}", f"{ratio:.3f}", against(ratio, 1.02, 1.01)]
        for colour, (plain, full, _) in told.items()
        for ratio in [full / plain]
    ]
    title = f"journal: {chunks} chunks, 100 ms latency, {IN_FLIGHT} in flight, ideal {ideal:.1f} s"
    table(title, ["colour", "s without", "s with", "ratio", "goal"], rows)


def size(folder: Path, *, quick: bool) -> None:
    from batchkit import Drip

    chunks = 300 if quick else 2_000
    path = folder / "size.db"
    with ExitStack() as stack:
        url = stack.enter_context(sink())
        drip = Drip("1234567", api_key="bench", base_url=url, pace=None)
        source = ({"email": "a@b.co"} for _ in range(chunks * SIZE))
        stack.enter_context(drip).subscribers.send(source, journal=path)
    measured = path.stat().st_size
    foretold = measured * MANY / (chunks * SIZE) / MEGABYTE
    table(
        f"journal: the file after {chunks * SIZE:,} items that got through",
        ["bytes", "bytes a chunk", f"MB for {MANY:,} items", "goal"],
        [[f"{measured:,}", f"{measured / chunks:.0f}", f"{foretold:.2f}", against(foretold, 5, 3)]],
    )


def measure(*, quick: bool, rivals_only: bool) -> None:
    if rivals_only:
        return
    # Here, not where temporary files are: that may be no disk at all.
    with TemporaryDirectory(dir=Path.cwd()) as name:
        by_write(Path(name), quick=quick)
        by_chunk(Path(name), quick=quick)
        by_latency(Path(name), quick=quick)
        size(Path(name), quick=quick)
