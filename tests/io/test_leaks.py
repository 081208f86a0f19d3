"""What is left after a call, a stream that was left, and a client that was closed: nothing."""

from __future__ import annotations

import gc
import socket
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path

import anyio
import httpx
import pytest

import batchkit
from batchkit import Limits, RetryPolicy
from batchkit.exceptions import TransportError
from batchkit.testing import FakeClock, Sandbox
from tests.contract.colours import people
from tests.io.wire import peer_that, read_request

colours = pytest.mark.parametrize("colour", ["asyncio", "trio"])
SMALL = Limits(max_items=5)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def open_sockets() -> int:
    """Those of this process, the sandbox's ends included."""
    return sum("socket:" in str(each.resolve()) for each in Path("/proc/self/fd").iterdir())


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    gc.collect()
    threads = set(threading.enumerate())
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        yield
        gc.collect()
    assert set(threading.enumerate()) <= threads


def test_after_a_call_no_thread_is_left(sandbox: Sandbox) -> None:
    threads = set(threading.enumerate())
    with batchkit.Drip("1", api_key="key", base_url=sandbox.url("drip"), limits=SMALL) as drip:
        assert drip.subscribers.send(people(100)).accepted == 100
        assert set(threading.enumerate()) <= threads


def test_where_no_more_threads_are_to_be_had_fewer_do_the_work(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, left = threading.Thread.start, iter([True])

    def start_one(thread: threading.Thread) -> None:
        if not next(left, False):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_one)
    with batchkit.Drip("1", api_key="key", base_url=sandbox.url("drip"), limits=SMALL) as drip:
        assert drip.subscribers.send(people(100)).accepted == 100
        with pytest.raises(RuntimeError, match="can't start new thread"):
            drip.subscribers.send(people(100))


def test_after_close_no_socket_is_left(sandbox: Sandbox) -> None:
    before = open_sockets()
    drip = batchkit.Drip("1", api_key="key", base_url=sandbox.url("drip"), limits=SMALL)
    drip.subscribers.send(people(100))
    connections = open_sockets() - before
    assert 1 <= connections <= 2 * 4  # both ends of one for each request in flight
    drip.close()
    ours = [each for each in gc.get_objects() if type(each) is socket.socket]
    assert all(each.fileno() == -1 or _listens_here(each, sandbox) for each in ours)


def _listens_here(each: socket.socket, sandbox: Sandbox) -> bool:
    return each.family != socket.AF_INET or each.getsockname()[1] == sandbox.port


def test_an_early_exit_leaves_no_thread_and_no_socket(sandbox: Sandbox) -> None:
    threads = set(threading.enumerate())
    with batchkit.Drip("1", api_key="key", base_url=sandbox.url("drip"), limits=SMALL) as drip:
        with drip.subscribers.stream(people(100)) as outcomes:
            next(outcomes)
        assert set(threading.enumerate()) <= threads
        assert outcomes.report.accepted == sandbox.ledger.count("drip", "subscribers")


@colours
def test_no_task_is_left(colour: str, sandbox: Sandbox) -> None:
    async def main() -> None:
        async with batchkit.AsyncDrip(
            "1", api_key="key", base_url=sandbox.url("drip"), limits=SMALL
        ) as drip:
            tasks = len(anyio.get_running_tasks())
            assert (await drip.subscribers.send(people(100))).accepted == 100
            assert len(anyio.get_running_tasks()) == tasks
            async with drip.subscribers.stream(people(100)) as outcomes:
                await anext(outcomes)
            assert len(anyio.get_running_tasks()) == tasks
            assert outcomes.report.unknown == 0
        total = sandbox.ledger.count("drip", "subscribers")
        assert total == 100 + outcomes.report.accepted

    anyio.run(main, backend=colour)


def test_attempts_that_time_out_leave_nothing() -> None:
    with (
        peer_that(lambda peer: read_request(peer) and peer.recv(1) and None) as silent,
        FakeClock(),
        batchkit.Drip(
            "1", api_key="key", base_url=silent.url, timeout=0.02, retry=RetryPolicy(attempts=3)
        ) as drip,
    ):
        report = drip.subscribers.send(people(3))
    assert (report.unknown, report.requests, silent.connections) == (3, 3, 3)


@colours
def test_async_attempts_that_time_out_leave_nothing(colour: str) -> None:
    async def main() -> None:
        async with batchkit.AsyncDrip(
            "1", api_key="key", base_url=silent.url, timeout=0.02, retry=RetryPolicy(attempts=3)
        ) as drip:
            report = await drip.subscribers.send(people(3))
            assert (report.unknown, report.requests) == (3, 3)

    with (
        peer_that(lambda peer: read_request(peer) and peer.recv(1) and None) as silent,
        FakeClock(),
    ):
        anyio.run(main, backend=colour)


def test_nobody_listens_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    drip = batchkit.Drip("1", api_key="key", base_url=url)
    with drip, FakeClock(), pytest.raises(TransportError, match="Connection refused") as caught:
        drip.events.send([{"email": "a@b.example", "action": "x"}])
    assert (caught.value.report.unsent, caught.value.report.requests) == (1, 6)


class Sulks(httpx.SyncByteStream):
    """An answer's stream that cannot be closed."""

    def __iter__(self) -> Iterator[bytes]:
        yield b"{}"

    def close(self) -> None:
        raise OSError("no")


class SulksToo(httpx.AsyncByteStream):
    async def __aiter__(self):
        yield b"{}"

    async def aclose(self) -> None:
        raise OSError("no")


def test_an_answer_that_cannot_be_closed_is_still_an_answer() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, stream=Sulks())

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        drip = batchkit.Drip("1", api_key="key", http_client=http)
        assert drip.subscribers.send(people(1)).accepted == 1

    async def main() -> None:
        def answer_too(request: httpx.Request) -> httpx.Response:
            return httpx.Response(201, stream=SulksToo())

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer_too)) as mocked:
            client = batchkit.AsyncDrip("1", api_key="key", http_client=mocked)
            assert (await client.subscribers.send(people(1))).accepted == 1

    anyio.run(main)
