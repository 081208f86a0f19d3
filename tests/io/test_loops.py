"""One async client in several event loops: each has its own connections, all share the pace."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import pytest

import batchkit
from batchkit import Limits, Pace
from batchkit._io import aio
from batchkit._io.connections import AsyncConnection
from batchkit.exceptions import ConfigurationError
from batchkit.testing import FakeClock, Sandbox
from tests.contract.colours import people
from tests.io.wire import TAKEN, Deaf, peer_that, read_request

backends = pytest.mark.parametrize("backend", ["asyncio", "trio"])


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(quotas=False) as running:
        yield running


def drip_at(url: str, **options: Any) -> batchkit.AsyncDrip:
    return batchkit.AsyncDrip("1", api_key="key", base_url=url, **{"pace": None, **options})


def answering(peer: Any) -> None:
    while True:
        read_request(peer)
        peer.sendall(TAKEN)


# One after the other


@pytest.mark.parametrize(
    ("first", "second"),
    [("asyncio", "asyncio"), ("trio", "asyncio"), ("asyncio", "trio"), ("trio", "trio")],
)
def test_a_client_made_at_import_serves_one_loop_after_the_other(
    first: str, second: str, sandbox: Sandbox
) -> None:
    drip = drip_at(sandbox.url("drip"))
    for backend in (first, second, first):
        report = anyio.run(drip.subscribers.send, people(1), backend=backend)
        assert (report.accepted, report.requests) == (1, 1)
    anyio.run(drip.aclose, backend=second)
    assert sandbox.ledger.count("drip", "subscribers") == 3


@backends
def test_connections_close_with_their_loop(backend: str, sandbox: Sandbox) -> None:
    drip = drip_at(sandbox.url("drip"))
    made: list[Any] = []

    async def use() -> None:
        assert (await drip.subscribers.send(people(1))).accepted == 1
        made.append(drip._connection.transport())
        assert not made[-1].is_closed

    for _ in range(2):
        anyio.run(use, backend=backend)
        assert made[-1].is_closed
        assert made[-1]._client.is_closed
        assert list(drip._connection._transports.values()) == made[-1:]


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_loop_that_was_closed_while_its_connections_idled_is_forgotten(
    sandbox: Sandbox,
) -> None:
    """Such a loop closes nothing, and the collector says so; the next call goes on all the same."""
    drip = drip_at(sandbox.url("drip"))
    for _ in range(3):
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(drip.subscribers.send(people(1))).accepted == 1
        assert len(drip._connection._transports) == 1
        loop.close()
    assert anyio.run(drip.subscribers.send, people(1)).accepted == 1
    assert sandbox.ledger.count("drip", "subscribers") == 4
    gc.collect()


def test_a_loop_that_goes_on_after_its_generators_were_closed(sandbox: Sandbox) -> None:
    drip = drip_at(sandbox.url("drip"))
    with asyncio.Runner() as runner:
        assert runner.run(drip.subscribers.send(people(1))).accepted == 1
        held = drip._connection._transports[next(iter(drip._connection._transports))]
        runner.run(held.aclose())
        assert runner.run(drip.subscribers.send(people(1))).accepted == 1
        runner.run(drip.aclose())


def test_two_loops_that_take_turns_keep_their_connections() -> None:
    owner = batchkit.AsyncDrip("1", api_key="key", base_url="http://127.0.0.1:9")
    with peer_that(answering) as peer, asyncio.Runner() as one, asyncio.Runner() as other:
        drip = owner.with_options(base_url=peer.url, pace=None)
        for loop in (one, other, one, other):
            assert loop.run(drip.subscribers.send(people(1))).accepted == 1
        assert peer.connections == 2
        one.run(owner.aclose())
        with pytest.raises(ConfigurationError, match="closed"):
            other.run(drip.subscribers.send(people(1)))


# At the same time


def in_threads(works: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result(30) for each in [pool.submit(work) for work in works]]


@pytest.mark.parametrize("items", [1, 60])
@pytest.mark.parametrize("backends", [("asyncio",) * 4, ("trio",) * 4, ("asyncio", "trio") * 2])
def test_threads_with_a_loop_each_share_a_client(
    backends: tuple[str, ...], items: int, sandbox: Sandbox
) -> None:
    drip = drip_at(sandbox.url("drip"), limits=Limits(max_items=5))
    start = threading.Barrier(len(backends))

    def work(backend: str, name: int) -> Any:
        start.wait(10)
        rows = ({"email": f"{name}-{n}@example.com"} for n in range(items))
        return anyio.run(drip.subscribers.send, rows, backend=backend)

    reports = in_threads([lambda b=b, n=n: work(b, n) for n, b in enumerate(backends)])
    anyio.run(drip.aclose)
    assert [each.accepted for each in reports] == [items] * len(backends)
    assert sandbox.ledger.count("drip", "subscribers") == items * len(backends)


def test_loops_share_the_pace(sandbox: Sandbox) -> None:
    pace = Pace(requests=10, per=60)
    drip = drip_at(sandbox.url("drip"), limits=Limits(max_items=5), pace=pace)
    with FakeClock() as clock:
        reports = in_threads(
            [lambda: anyio.run(drip.subscribers.send, people(100))] * 2
            + [lambda: anyio.run(drip.subscribers.send, people(100), backend="trio")]
        )
        anyio.run(drip.aclose)
    assert [each.accepted for each in reports] == [100] * 3
    assert clock.slept == pytest.approx(300)  # 60 requests, ten a minute


@backends
def test_an_answer_in_one_loop_wakes_those_who_wait_in_another(backend: str) -> None:
    """The only slot is taken by a request of another loop, and comes back with its answer."""
    vendor = Deaf()
    asked = threading.Event()

    class Waiting(aio.AsyncBell):
        def listen(self) -> Any:
            if vendor.asked.is_set() and threading.current_thread() is not first:
                asked.set()
            return super().listen()

    with peer_that(vendor) as peer, FakeClock():
        drip = drip_at(peer.url, pace=Pace(requests=1, per=1))
        drip._connection.bell = Waiting()
        told: list[Any] = []
        first = threading.Thread(
            target=lambda: told.append(anyio.run(drip.subscribers.send, people(1)))
        )
        first.start()
        assert vendor.asked.wait(10)
        second = threading.Thread(
            target=lambda: told.append(anyio.run(drip.subscribers.send, people(1), backend=backend))
        )
        second.start()
        assert asked.wait(10)
        vendor.speak.set()
        for each in (first, second):
            each.join(10)
        anyio.run(drip.aclose)
    assert [each.accepted for each in told] == [1, 1]


@backends
def test_a_client_may_be_used_in_a_loop_within_a_thread_of_a_loop(
    backend: str, sandbox: Sandbox
) -> None:
    async def main() -> list[int]:
        async with batchkit.AsyncDrip("1", api_key="key", base_url=sandbox.url("drip")) as drip:
            outer = await drip.subscribers.send(people(1))
            inner = await anyio.to_thread.run_sync(
                lambda: anyio.run(drip.subscribers.send, people(2))
            )
            return [outer.accepted, inner.accepted, len(drip._connection._transports)]

    assert anyio.run(main, backend=backend) == [1, 2, 2]


@backends
def test_closing_in_one_loop_closes_in_another(backend: str) -> None:
    vendor = Deaf()
    ready, closed = threading.Event(), threading.Event()

    async def idle(drip: batchkit.AsyncDrip) -> bool:
        await drip.with_options(base_url=chatty.url).subscribers.send(people(1))
        held = drip._connection.transport()
        ready.set()
        assert await anyio.to_thread.run_sync(closed.wait, 10)
        assert held.is_closed
        while not held._client.is_closed:
            await anyio.lowlevel.checkpoint()
        with pytest.raises(ConfigurationError, match="closed"):
            await drip.subscribers.send(people(1))
        return True

    async def busy(drip: batchkit.AsyncDrip) -> Any:
        own = drip._connection.transport()
        with pytest.raises(ConfigurationError, match="was closed while") as caught:
            await drip.with_options(max_in_flight=1).subscribers.send(people(3))
        assert own._client.is_closed
        return caught.value.report

    with peer_that(vendor) as peer, peer_that(answering) as chatty, ThreadPoolExecutor(2) as pool:
        drip = batchkit.AsyncDrip(
            "1", api_key="key", base_url=peer.url, limits=Limits(max_items=1), pace=None
        )
        one = pool.submit(anyio.run, idle, drip, backend=backend)
        other = pool.submit(anyio.run, busy, drip, backend=backend)
        assert ready.wait(10)
        assert vendor.asked.wait(10)
        anyio.run(drip.aclose)
        closed.set()
        vendor.speak.set()
        assert one.result(10)
        report = other.result(10)
    assert (report.accepted, report.unknown) == (1, 0)


@backends
def test_closing_leaves_a_loop_that_is_over_alone(backend: str) -> None:
    connection = AsyncConnection(None)

    async def use() -> None:
        connection.transport()

    anyio.run(use, backend=backend)
    anyio.run(connection.aclose)
    assert connection._transports == {}
