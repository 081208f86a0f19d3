"""A client that is closed while its calls go on: no answer is lost, no network is blamed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit import Limits, RetryPolicy
from batchkit._io.http.usage import Usage
from batchkit.exceptions import ConfigurationError
from batchkit.testing import FakeClock
from tests.contract.colours import events, people
from tests.io.wire import TAKEN, Deaf, Peer, peer_that, read_request

ONE_BY_ONE: dict[str, Any] = {"api_key": "key", "max_in_flight": 1, "limits": Limits(max_items=1)}
SAID = "client was closed while a call still needed it"


@contextmanager
def deaf() -> Iterator[tuple[Deaf, Peer]]:
    behave = Deaf()
    with peer_that(behave) as peer:
        try:
            yield behave, peer
        finally:
            behave.speak.set()


def test_what_is_under_way_is_answered_when_another_thread_closes() -> None:
    with deaf() as (vendor, peer), ThreadPoolExecutor(1) as pool:
        drip = batchkit.Drip("1", base_url=peer.url, **ONE_BY_ONE)
        held = drip._connection.transport()
        call = pool.submit(drip.subscribers.send, people(3))
        assert vendor.asked.wait(5)
        drip.close()
        assert held.is_closed
        assert not held._client.is_closed
        vendor.speak.set()
        with pytest.raises(ConfigurationError, match=SAID) as caught:
            call.result(5)
    report = caught.value.report
    assert (report.accepted, report.unsent, report.unknown) == (1, report.total - 1, 0)
    assert held._client.is_closed
    assert "network" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_what_is_under_way_is_answered_when_another_task_closes(backend: str) -> None:
    async def main() -> None:
        with deaf() as (vendor, peer):
            drip = batchkit.AsyncDrip("1", base_url=peer.url, **ONE_BY_ONE)
            held = drip._connection.transport()

            async def close() -> None:
                assert await anyio.to_thread.run_sync(vendor.asked.wait, 5)
                await drip.aclose()
                assert not held._client.is_closed
                vendor.speak.set()

            async with anyio.create_task_group() as group:
                group.start_soon(close)
                with pytest.raises(ConfigurationError, match=SAID) as caught:
                    await drip.subscribers.send(people(3))
            report = caught.value.report
            assert (report.accepted, report.unknown) == (1, 0)
            assert held._client.is_closed

    anyio.run(main, backend=backend)


def test_a_client_that_is_closed_before_the_vendor_was_ever_reached() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        drip.close()
        raise httpx.ConnectError("nobody there")

    with httpx.Client(transport=httpx.MockTransport(refuse)) as http, FakeClock():
        drip = batchkit.Drip("1", http_client=http, **ONE_BY_ONE)
        with pytest.raises(ConfigurationError, match=SAID) as caught:
            drip.events.send(events(1))
    assert caught.value.report.unsent == 1


def test_a_client_of_the_callers_stays_open_when_ours_is_closed_under_way() -> None:
    async def main() -> None:
        async def answer(request: httpx.Request) -> httpx.Response:
            await drip.aclose()
            return httpx.Response(201)

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            drip = batchkit.AsyncDrip("1", http_client=http, **ONE_BY_ONE)
            with pytest.raises(ConfigurationError, match=SAID) as caught:
                await drip.subscribers.send(people(2))
            assert not http.is_closed
        assert (caught.value.report.accepted, caught.value.report.unknown) == (1, 0)

    anyio.run(main)


def test_a_question_whose_client_is_closed() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        ecwid.close()
        return httpx.Response(500)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http, FakeClock():
        ecwid = batchkit.Ecwid("7", token="t", http_client=http)
        with pytest.raises(ConfigurationError, match=SAID):
            ecwid.batches.status("t1")


def test_what_was_in_doubt_stays_so_when_the_client_is_closed() -> None:
    def lose(request: httpx.Request) -> httpx.Response:
        drip.close()
        raise httpx.ReadError("gone")

    retry = RetryPolicy(attempts=2)
    with httpx.Client(transport=httpx.MockTransport(lose)) as http, FakeClock():
        drip = batchkit.Drip("1", http_client=http, retry=retry, **ONE_BY_ONE)
        with pytest.raises(ConfigurationError, match=SAID) as caught:
            drip.subscribers.send(people(1))
    assert caught.value.report.unknown == 1


def test_an_answer_is_worth_more_than_how_a_connection_closes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(self: Any) -> None:
        raise OSError("the socket would not close")

    def behave(peer: Any) -> None:
        read_request(peer)
        drip.close()
        peer.sendall(TAKEN)

    with peer_that(behave) as peer:
        drip = batchkit.Drip("1", base_url=peer.url, **ONE_BY_ONE)
        held = drip._connection.transport()
        with monkeypatch.context() as patched:
            patched.setattr(httpx.Client, "close", fail)
            assert drip.subscribers.send(people(1)).accepted == 1
        held._close()


def test_the_last_one_under_way_closes() -> None:
    usage = Usage()
    assert [usage.begin(), usage.begin(), usage.over()] == [True, True, False]
    assert not usage.end()
    assert (usage.has_ended, usage.begin()) == (True, False)
    assert usage.over()
    assert Usage().end()
