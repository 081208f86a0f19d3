"""A stream in an async generator may be entered by one task and left by another, or by nobody."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import pytest
import trio

from batchkit import AsyncDrip, Journal, Limits
from batchkit.testing import Sandbox
from tests.contract.colours import people
from tests.io.wire import Deaf, peer_that

SMALL = Limits(max_items=3)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(quotas=False) as running:
        yield running


def drip(sandbox: Sandbox) -> AsyncDrip:
    return AsyncDrip("1", api_key="key", base_url=sandbox.url("drip"), limits=SMALL, pace=None)


async def outcomes(client: AsyncDrip) -> AsyncIterator[Any]:
    async with client.subscribers.stream(people(30)) as stream:
        async for outcome in stream:
            yield outcome


def run(sandbox: Sandbox, colour: str, main: Callable[[AsyncDrip], Awaitable[None]]) -> None:
    """Run it, and see that the same client works afterwards."""

    async def whole() -> None:
        async with drip(sandbox) as client:
            await main(client)
            assert (await client.subscribers.send(people(5))).ok

    anyio.run(whole, backend=colour)


colours = pytest.mark.parametrize("colour", ["asyncio", "trio"])


@colours
def test_it_may_be_entered_inside_a_scope_that_ends_before_it(
    sandbox: Sandbox, colour: str
) -> None:
    async def main(client: AsyncDrip) -> None:
        generator: Any = outcomes(client)
        with anyio.move_on_after(30):
            await anext(generator)
        with anyio.move_on_after(30):
            await anext(generator)
        await generator.aclose()

    run(sandbox, colour, main)


@colours
def test_it_may_be_left_by_another_task(sandbox: Sandbox, colour: str) -> None:
    async def main(client: AsyncDrip) -> None:
        generator: Any = outcomes(client)
        await anext(generator)

        async def leave() -> None:
            await generator.aclose()

        async with anyio.create_task_group() as group:
            group.start_soon(leave)

    run(sandbox, colour, main)


def test_asyncio_may_leave_what_nobody_else_does(sandbox: Sandbox) -> None:
    async def main(client: AsyncDrip) -> None:
        async for _ in outcomes(client):
            break
        gc.collect()
        for _ in range(1000):
            if len(asyncio.all_tasks()) == 1:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(asyncio.all_tasks())

    run(sandbox, "asyncio", main)


@colours
def test_a_loop_that_ends_first_ends_it_too(sandbox: Sandbox, colour: str) -> None:
    """The loop cancels our workers before it closes the generator."""
    kept: list[Any] = []

    async def whole() -> AsyncIterator[Any]:
        async with drip(sandbox) as client:
            async for outcome in outcomes(client):
                yield outcome

    async def main() -> None:
        kept.append(whole())
        await anext(kept[0])

    if colour == "asyncio":
        asyncio.run(main())
    else:
        trio.run(main)
    assert kept[0].ag_frame is None


def test_what_is_in_flight_when_its_loop_ends_is_in_doubt(tmp_path: Path) -> None:
    """In the journal too: who closes the generator writes it to its end."""
    path, deaf, streams, steps = tmp_path / "run.db", Deaf(), list[Any](), list[Any]()

    async def whole(url: str) -> AsyncIterator[Any]:
        options: Any = {"limits": SMALL, "pace": None, "max_in_flight": 1}
        async with AsyncDrip("1", api_key="key", base_url=url, **options) as client:
            streams.append(client.events.stream(actions, journal=path))
            async with streams[0] as stream:
                async for outcome in stream:
                    yield outcome

    async def main(url: str) -> None:
        generator: Any = whole(url)
        steps.append(asyncio.ensure_future(anext(generator)))
        await anyio.to_thread.run_sync(deaf.asked.wait)

    actions = [{"email": "a@b.example", "action": "x"}] * 6
    with peer_that(deaf) as peer:
        asyncio.run(main(peer.url))
        deaf.speak.set()
    report = streams[0].report
    assert report.unknown > 0
    assert report.unknown + report.unsent == 6
    assert Journal(path).report().unknown == report.unknown
