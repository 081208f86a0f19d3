"""What a journal costs beside the same run without one, and how large its file is."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any
from unittest.mock import patch

import attrs
from harness import Contender, against, interleaved, sink, table
from workloads import Item

SIZE = 1_000
DEFAULT = 4  # requests in flight, where the caller says nothing
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


@attrs.frozen
class Told:
    """Seconds of the same run in one colour."""

    none: float
    """Without a journal."""
    full: float
    normal: float
    """With one that does not wait for the disk."""
    least: float
    """With one that only writes as much and waits for the disk: none that does could be quicker."""


def compared(
    folder: Path,
    latency: float,
    chunks: int,
    rounds: int,
    wide: int,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Told]:
    """What a run takes in each colour."""
    from batchkit import Journal

    numbers = count()
    folder = Path(mkdtemp(dir=folder))  # a journal that is there already would be gone on with
    kinds: dict[str, Journals] = {
        "none": lambda: None,
        "full": lambda: Journal(folder / f"{next(numbers)}.db"),
        "normal": lambda: Journal(folder / f"{next(numbers)}.db", durability="normal"),
        "least": lambda: Journal(folder / f"{next(numbers)}.db"),
    }
    items = people(chunks * SIZE)
    with ExitStack() as stack:
        url = stack.enter_context(sink(latency))
        bare = stack.enter_context(bare_writes(folder))
        runners = {
            f"{colour} {kind}": make(url, items, stack, journals, wide)
            for colour, make in (("sync", sync), ("async", asynchronous))
            for kind, journals in kinds.items()
        }
        for name in ("sync least", "async least"):
            runners[name] = bare(runners[name])
        seconds = interleaved(runners, items=len(items), rounds=rounds, clock=clock)
    return {
        colour: Told(*(seconds[f"{colour} {kind}"] for kind in kinds))
        for colour in ("sync", "async")
    }


@contextmanager
def bare_writes(folder: Path) -> Iterator[Callable[[Contender], Contender]]:
    """Makes a run write two pages in one place of a file where it would write its journal."""
    from batchkit.journal.session import Session

    descriptor = os.open(folder / "bare", os.O_CREAT | os.O_WRONLY, 0o600)

    def write(session: object, keep: object) -> None:
        os.pwrite(descriptor, bytes(8192), 0)
        os.fdatasync(descriptor)

    def bare(run: Contender) -> Contender:
        def runner() -> int:
            with patch.object(Session, "write", write):
                return run()

        return runner

    try:
        yield bare
    finally:
        os.close(descriptor)


def by_chunk(folder: Path, *, quick: bool) -> None:
    chunks, rounds = (30, 2) if quick else (200, 7)
    kinds = ((DEFAULT, "wall"), (1, "wall"), (1, "CPU"))
    for wide, name in kinds:
        clock = time.perf_counter if name == "wall" else time.process_time
        rows: list[list[str]] = []
        for colour, told in compared(folder, 0.0, chunks, rounds, wide, clock).items():
            full, normal, least = (
                1e3 * (seconds - told.none) / chunks
                for seconds in (told.full, told.normal, told.least)
            )
            without = f"{1e3 * told.none / chunks:.2f}"
            goal = against(full, 0.8, 0.5) if name == "wall" else ""
            rows.append([colour, without, f"{full:.2f}", f"{normal:.2f}", f"{least:.2f}", goal])
        table(
            f"journal: {chunks} chunks of {SIZE:,} items, {wide} in flight, no latency, {name}",
            ["", "ms a chunk without", "more with", "with normal", "with bare writes", "goal"],
            rows,
        )


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
    from batchkit._core.rulings import Entry, Ruling, State
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
                state=State.INTENT,
                sending=every,
                first_sent=0.0,
                generation=1,
                requests=1,
            )
            began = time.perf_counter()
            store.write([*before, Line(intent, 0.0)])
            seconds.append(time.perf_counter() - began)
            settled = attrs.evolve(intent, state=State.SETTLED, sending=(), rulings=done)
            before = [Line(settled, 0.0)]
        store.close()
        middle = 1e3 * statistics.median(seconds)
        rows.append([synchronous.lower(), f"{middle:.2f}", against(middle, 0.8, 0.5)])
    sync = 1e3 * one_sync(folder / "sync", 100 if quick else 1_000)
    rows.append(["the disk by itself, one fdatasync", f"{sync:.2f}", ""])
    table("journal: the write of a chunk alone", ["durability", "ms, median", "goal"], rows)


def by_latency(folder: Path, *, quick: bool) -> None:
    for wide in (DEFAULT, IN_FLIGHT):
        chunks, rounds = (10 * wide, 1) if quick else (20 * wide, 5)
        rows: list[list[str]] = []
        for colour, one in compared(folder, LATENCY, chunks, rounds, wide).items():
            more, ratio = 1e3 * (one.full - one.none) / chunks, one.full / one.none
            costs = [f"{more:.2f}", against(more, 0.8, 0.5)]
            row = [colour, f"{one.none:.2f}", f"{one.full:.2f}", *costs]
            rows.append([*row, f"{ratio:.3f}", against(ratio, 1.02, 1.01)])
        ideal = ceil(chunks / wide) * LATENCY
        table(
            f"journal: {chunks} chunks, 100 ms latency, {wide} in flight, ideal {ideal:.1f} s",
            ["", "s without", "s with", "more a chunk, ms", "goal", "ratio", "goal"],
            rows,
        )


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
    with TemporaryDirectory(prefix=".bench-", dir=Path.cwd()) as name:
        by_write(Path(name), quick=quick)
        by_chunk(Path(name), quick=quick)
        by_latency(Path(name), quick=quick)
        size(Path(name), quick=quick)
