"""What an event loop is to a client: the home of a caller's own, a fork behind it, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import httpx2
import pytest
import trio

import batchkit
from batchkit._io import aio, connections, loops
from batchkit._io.connections import AsyncConnection
from batchkit.exceptions import ConfigurationError
from batchkit.testing import Sandbox
from tests.contract.colours import people

backends = pytest.mark.parametrize("backend", ["asyncio", "trio"])


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(quotas=False) as running:
        yield running


def drip_at(url: str, **options: Any) -> batchkit.AsyncDrip:
    return batchkit.AsyncDrip("1", api_key="key", base_url=url, **{"pace": None, **options})


# A client of the caller's


@pytest.mark.parametrize("of", [httpx, httpx2])
@pytest.mark.parametrize("second", ["asyncio", "trio"])
@backends
def test_a_callers_client_stays_in_its_loop(
    backend: str, second: str, of: Any, sandbox: Sandbox
) -> None:
    options: dict[str, Any] = {"api_key": "key", "base_url": sandbox.url("drip")}
    http = of.AsyncClient()
    drip = batchkit.AsyncDrip("1", http_client=http, **options)
    another = batchkit.AsyncDrip("2", http_client=http, **options)

    async def main() -> int:
        done = await drip.subscribers.send(people(1))
        done_too = await another.subscribers.send(people(1))
        await http.aclose()
        return done.accepted + done_too.accepted

    async def again(client: Any) -> None:
        with pytest.raises(ConfigurationError, match="belongs to the event loop") as caught:
            await client.subscribers.send(people(1))
        assert caught.value.report.total == 0

    assert anyio.run(main, backend=backend) == 2
    for client in (drip, another):
        anyio.run(again, client, backend=second)
    assert sandbox.ledger.count("drip", "subscribers") == 2


def test_a_mock_belongs_to_no_loop() -> None:
    http = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: httpx.Response(201)))
    drip = batchkit.AsyncDrip("1", api_key="key", http_client=http)
    for backend in ("asyncio", "trio", "asyncio"):
        assert anyio.run(drip.subscribers.send, people(1), backend=backend).accepted == 1


# A fork, and then a loop


def test_a_child_with_several_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = AsyncConnection(None)

    async def held() -> Any:
        return connection.transport()

    parents = [anyio.run(held, backend=backend) for backend in ("asyncio", "trio")]
    here = connections.os.getpid()
    monkeypatch.setattr(connections.os, "getpid", lambda: here + 1)
    bell = connection.bell
    children = [anyio.run(held, backend=backend) for backend in ("asyncio", "trio")]
    assert len({id(each) for each in parents + children}) == 4
    assert connection.bell is not bell
    assert not any(each.is_closed for each in parents)


def test_a_client_that_another_thread_closes_at_the_last_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    connection = AsyncConnection(None)

    async def main() -> None:
        connection._closed = False
        found = loops.here()

        def here() -> Any:
            connection._closed = True
            return found

        with monkeypatch.context() as patched:
            patched.setattr(loops, "here", here)
            with pytest.raises(ConfigurationError, match="closed"):
                connection.transport()

    anyio.run(main)
    assert connection._transports == {}


# The loop itself


def test_no_loop_runs_here() -> None:
    assert loops.here() is None


def test_no_loop_runs_here_and_trio_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(loops.sys.modules, "trio")
    assert loops.here() is None


@backends
def test_a_loop_is_known_again_and_over_at_its_end(backend: str) -> None:
    async def main() -> Any:
        here = loops.here()
        assert here is not None
        assert here == loops.here()
        assert not here.is_over
        return here

    one, other = anyio.run(main, backend=backend), anyio.run(main, backend=backend)
    assert one != other
    assert one.is_over
    with pytest.raises(RuntimeError):
        one.call(lambda: None)


def test_trio_as_a_guest_of_asyncio_is_trio() -> None:
    async def guest() -> str:
        return type(loops.here()).__name__

    async def main() -> Any:
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        trio.lowlevel.start_guest_run(
            guest,
            run_sync_soon_threadsafe=asyncio.get_running_loop().call_soon_threadsafe,
            done_callback=done.set_result,
        )
        return (await done).unwrap(), type(loops.here()).__name__

    assert asyncio.run(main()) == ("_Trio", "_Asyncio")


def test_a_ring_wakes_nobody_in_a_loop_that_is_over() -> None:
    bell = aio.AsyncBell()

    async def leave() -> None:
        bell.listen()

    anyio.run(leave)
    assert len(bell._events) == 1
    bell.ring()
    assert bell._events == {}
