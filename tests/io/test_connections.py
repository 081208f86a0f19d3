"""Connections and drivers at their edges: another process, no time left, nothing to leave."""

from __future__ import annotations

from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit import Limits
from batchkit._core.effects import Failure, Phase
from batchkit._io import connections, streams
from batchkit._io.clock import SystemClock, current, replace
from batchkit._io.source import MadeChunks
from batchkit.exceptions import AuthenticationError, ConfigurationError, ContractError
from batchkit.testing import FakeClock
from tests.contract.colours import people
from tests.io.wire import TAKEN, attempt, peer_that, read_request

# A fork is real in tests/contract; what a child does there is not seen by the coverage.


@pytest.fixture
def other_process(monkeypatch: pytest.MonkeyPatch) -> Any:
    here = connections.os.getpid()
    return lambda: monkeypatch.setattr(connections.os, "getpid", lambda: here + 1)


def test_a_child_begins_anew(other_process: Any) -> None:
    connection = connections.Connection(None)
    held, throttles, bell = connection.transport(), connection.throttles, connection.bell
    other_process()
    connection.close()  # the parent's connections are not the child's to close
    assert not held.is_closed
    connection._closed = False

    assert connection.transport() is not held
    assert connection.throttles is not throttles
    assert connection.bell is not bell
    connection.close()
    held.close()


def test_an_async_child_begins_anew(other_process: Any) -> None:
    async def main() -> None:
        connection = connections.AsyncConnection(None)
        held, throttles = connection.transport(), connection.throttles
        other_process()
        await connection.aclose()
        assert not held.is_closed
        connection._closed = False

        assert connection.transport() is not held
        assert connection.throttles is not throttles
        await connection.aclose()
        await held.aclose()

    anyio.run(main)


def test_a_callers_client_stays_behind(other_process: Any) -> None:
    with httpx.Client() as http:
        connection = connections.Connection(http)
        other = connections.AsyncConnection(httpx.AsyncClient())
        other_process()
        for each in (connection, other):
            with pytest.raises(ConfigurationError, match="forked"):
                each.transport()


@pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])
def test_no_time_at_all(colour: str) -> None:
    with peer_that(lambda peer: peer.sendall(TAKEN)) as peer:
        reply = attempt(peer.url, colour, timeout=1e-9)

    assert isinstance(reply, Failure)
    assert reply.phase in (Phase.CONNECTING, Phase.SENT)  # nothing was begun, or nothing reported
    assert not reply.final


def test_a_connection_is_used_again() -> None:
    def behave(peer: Any) -> None:
        while True:
            read_request(peer)
            peer.sendall(TAKEN)

    with peer_that(behave) as peer:
        options: dict[str, Any] = {"limits": Limits(max_items=1), "max_in_flight": 1}
        with batchkit.Drip("1", api_key="key", base_url=peer.url, **options) as drip:
            assert drip.subscribers.send(people(5)).accepted == 5
        assert peer.connections == 1


def test_leaving_what_was_never_entered() -> None:
    def never() -> Any:
        raise AssertionError

    streams.Stream[Any](never).__exit__(None, None, None)
    anyio.run(streams.AsyncStream[Any](never).__aexit__, None, None, None)


def test_an_async_stream_that_is_over() -> None:
    async def main() -> None:
        transport = httpx.MockTransport(lambda request: httpx.Response(201))
        async with httpx.AsyncClient(transport=transport) as http:
            drip = batchkit.AsyncDrip("1", api_key="key", http_client=http)
            async with drip.subscribers.stream(people(2)) as outcomes:
                assert len([each async for each in outcomes]) == 2
                assert [each async for each in outcomes] == []
                assert outcomes.report.total == 2

    anyio.run(main)


def test_made_chunks_come_to_an_end() -> None:
    assert MadeChunks([]).next_chunk(None, last=False) is None


# The clock


def test_the_clock_is_the_machines_until_it_is_replaced() -> None:
    assert isinstance(current(), SystemClock)
    with FakeClock(start=5.0) as clock:
        assert current() is clock
        clock.advance(2)
        assert (clock.time(), clock.monotonic(), clock.slept) == (7.0, 2.0, 2.0)
    assert isinstance(current(), SystemClock)
    before = replace(clock)
    assert replace(before) is clock


def test_the_machines_clock_waits_for_what_is_to_come() -> None:
    clock = SystemClock()
    now = clock.monotonic()
    assert clock.patience(now - 1, idle=True) == 0
    assert 9 < clock.patience(now + 10, idle=False) <= 10
    assert clock.time() > 1_600_000_000


def test_a_short_wait_is_really_waited_for() -> None:
    answers = iter([httpx.Response(429, headers={"Retry-After": "0.02"}), httpx.Response(201)])
    transport = httpx.MockTransport(lambda request: next(answers))
    drip = batchkit.Drip("1", api_key="key", http_client=httpx.Client(transport=transport))
    report = drip.subscribers.send(people(1), deadline=30)

    assert (report.accepted, report.retries) == (1, 1)
    assert 0.02 <= report.elapsed < 5


# Ecwid's single questions


def ecwid(*answers: httpx.Response, **options: Any) -> Any:
    left = iter(answers)
    transport = httpx.MockTransport(lambda request: next(left))
    return batchkit.Ecwid("7", token="t", http_client=httpx.Client(transport=transport), **options)


def listed(number: int) -> httpx.Response:
    return httpx.Response(
        200, json=[{"ticket": f"t{i}", "status": "QUEUED"} for i in range(number)]
    )


def test_tickets_are_listed_page_by_page() -> None:
    found = list(ecwid(listed(100), listed(1)).batches.tickets("QUEUED"))
    assert len(found) == 101
    with pytest.raises(ConfigurationError):
        next(ecwid().batches.tickets("LOST"))

    async def main() -> int:
        left = iter([listed(100), listed(0)])
        transport = httpx.MockTransport(lambda request: next(left))
        async with httpx.AsyncClient(transport=transport) as http:
            client = batchkit.AsyncEcwid("7", token="t", http_client=http)
            return len([each async for each in client.batches.tickets("QUEUED")])

    assert anyio.run(main) == 100


def test_a_question_whose_answer_cannot_be_read() -> None:
    with pytest.raises(ContractError):
        ecwid(httpx.Response(200, content=b"<html>")).batches.status("t1")
    with pytest.raises(ConfigurationError):
        ecwid().batches.wait("no ticket!")
    with pytest.raises(ConfigurationError):
        ecwid().batches.wait(7)


def test_a_submission_that_breaks_off_names_its_tickets() -> None:
    options: dict[str, Any] = {"limits": Limits(max_items=1), "max_in_flight": 1}
    items = [{"method": "GET", "path": f"/products/{index}"} for index in range(3)]

    def taken() -> httpx.Response:
        return httpx.Response(200, json={"ticket": "t1"})

    with pytest.raises(AuthenticationError) as caught:
        ecwid(taken(), httpx.Response(401), **options).batches.submit(items)
    report = caught.value.report
    assert (report.unknown, report.unsent, report.total) == (1, report.total - 1, report.total)
    assert report.problems[0].ticket == "t1"

    async def main() -> None:
        left = iter([taken(), httpx.Response(401)])
        transport = httpx.MockTransport(lambda request: next(left))
        async with httpx.AsyncClient(transport=transport) as http:
            client = batchkit.AsyncEcwid("7", token="t", http_client=http, **options)
            await client.batches.submit(items)

    with pytest.raises(AuthenticationError) as late:
        anyio.run(main)
    assert late.value.report.problems[0].ticket == "t1"

    def broken() -> Any:
        yield items[0]
        raise LookupError

    with pytest.raises(LookupError) as own:
        ecwid(taken(), **options).batches.submit(broken())
    (note,) = own.value.__notes__
    assert note.startswith("1 item:")


@pytest.mark.parametrize("make", [batchkit.Drip, batchkit.AsyncDrip])
def test_an_httpx_in_which_no_time_limit_would_hold_is_refused(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in (httpx.HTTPTransport, httpx.AsyncHTTPTransport):
        made = kind.__init__

        def without_pool(self: Any, *args: Any, made: Any = made, **more: Any) -> None:
            made(self, *args, **more)
            del self._pool

        monkeypatch.setattr(kind, "__init__", without_pool)
    with pytest.raises(ConfigurationError, match="cannot set its timeouts in httpx"):
        make("1", api_key="key")._connection.transport()
