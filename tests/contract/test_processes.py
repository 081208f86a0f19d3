"""Threads and processes that share a client, and the mock that everybody uses."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest
import respx

import batchkit
from batchkit import Limits, Pace
from batchkit._io import exits
from batchkit.exceptions import ConfigurationError
from batchkit.testing import FakeClock, Sandbox
from tests.contract.colours import people, queries

SMALL = Limits(max_items=5)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(quotas=False) as running:
        yield running


def test_threads_share_a_client(sandbox: Sandbox) -> None:
    reports: list[Any] = []
    with batchkit.Drip("1", api_key="key", base_url=sandbox.url("drip"), limits=SMALL) as drip:

        def send() -> None:
            reports.append(drip.with_options(pace=None).subscribers.send(people(100)))

        threads = [threading.Thread(target=send) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

    assert [report.accepted for report in reports] == [100] * 8
    assert sandbox.ledger.count("drip", "subscribers") == 800


def test_tasks_share_a_client_and_its_pace(sandbox: Sandbox) -> None:
    async def main() -> None:
        async with batchkit.AsyncDrip(
            "1",
            api_key="key",
            base_url=sandbox.url("drip"),
            limits=SMALL,
            pace=Pace(requests=10, per=60),
        ) as drip:

            async def send() -> None:
                reports.append(await drip.subscribers.send(people(100)))

            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(send)

    reports: list[Any] = []
    with FakeClock() as clock:
        anyio.run(main)
    assert [report.accepted for report in reports] == [100] * 3
    assert clock.slept == pytest.approx(300)  # 60 requests, ten a minute


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
# Python 3.12 and later warn of every fork beside a thread, such as the sandbox's own.
forking = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


def in_a_child(work: Callable[[], object]) -> int:
    """The exit status of a forked child in which `work` must be true."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            sys.stderr.flush()
            os._exit(status)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def peers(sandbox: Sandbox) -> int:
    """How many connections the sandbox holds."""
    assert sandbox._server is not None
    return len(sandbox._server._connections)


@needs_fork
@forking
def test_a_child_opens_its_own_connections(sandbox: Sandbox) -> None:
    with batchkit.Drip("1", api_key="key", base_url=sandbox.url("drip")) as drip:
        assert drip.subscribers.send(people(1)).accepted == 1
        held = drip._connection.transport()
        assert in_a_child(lambda: drip.subscribers.send(people(2)).accepted == 2) == 0
        assert in_a_child(lambda: drip._connection.transport() is not held) == 0
        assert drip._connection.transport() is held
        assert drip.subscribers.send(people(4)).accepted == 4  # the parent's is unharmed
    assert sandbox.ledger.count("drip", "subscribers") == 7


@needs_fork
@forking
def test_a_child_does_not_inherit_what_was_in_flight(sandbox: Sandbox) -> None:
    pace = Pace(requests=1, per=3600)
    drip = batchkit.Drip("1", api_key="key", base_url=sandbox.url("drip"), pace=pace)
    with drip:
        throttle = drip._connection.throttles.of(
            drip._options.settings(), drip.subscribers._operation
        )
        throttle.begin()  # a request of another thread's, at the moment of the fork
        assert in_a_child(lambda: drip.subscribers.send(people(2), deadline=5).accepted == 2) == 0


@needs_fork
@forking
def test_an_async_client_after_a_fork(sandbox: Sandbox) -> None:
    pace = Pace(requests=1, per=3600)
    drip = batchkit.AsyncDrip("1", api_key="key", base_url=sandbox.url("drip"), pace=pace)
    throttle = drip._connection.throttles.of(drip._options.settings(), drip.subscribers._operation)
    throttle.begin()

    async def main() -> bool:
        async with drip:
            return (await drip.subscribers.send(people(2), deadline=5)).accepted == 2

    assert in_a_child(lambda: anyio.run(main)) == 0
    assert sandbox.ledger.count("drip", "subscribers") == 2


def refused(work: Callable[[], object]) -> bool:
    try:
        work()
    except ConfigurationError as error:
        return "forked" in str(error)
    return False


@needs_fork
@forking
def test_a_callers_client_is_refused_after_a_fork() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(201))
    with httpx.Client(transport=transport) as http:
        drip = batchkit.Drip("1", api_key="key", http_client=http)
        assert in_a_child(lambda: refused(lambda: drip.subscribers.send(people(1)))) == 0
        assert drip.subscribers.send(people(1)).accepted == 1

    own = httpx.AsyncClient(transport=transport)
    client = batchkit.AsyncDrip("1", api_key="key", http_client=own)

    async def main() -> None:
        await client.subscribers.send(people(1))

    assert in_a_child(lambda: refused(lambda: anyio.run(main))) == 0


@needs_fork
@forking
def test_closing_in_a_child_leaves_the_parents_connections(sandbox: Sandbox) -> None:
    with batchkit.Drip("1", api_key="key", base_url=sandbox.url("drip")) as drip:
        drip.subscribers.send(people(1))
        assert in_a_child(lambda: drip.close() is None) == 0
        assert drip.subscribers.send(people(1)).accepted == 1
        assert peers(sandbox) == 1


# respx


@respx.mock
def test_a_plain_mock_intercepts_every_client() -> None:
    drip = respx.post("https://api.getdrip.com/v2/1/subscribers/batches").respond(201, json={})
    empathy = respx.post("https://api.empathybroker.com/tagging/v1/track/shop/query/batch").respond(
        200
    )

    async def main() -> None:
        async with batchkit.AsyncDrip("1", api_key="key") as client:
            assert (await client.subscribers.send(people(3))).accepted == 3
        async with batchkit.AsyncEmpathyTagging("shop") as tagging:
            assert (await tagging.query.send(queries(3))).succeeded == 3

    with batchkit.Drip("1", api_key="key") as client:
        assert client.subscribers.send(people(3)).accepted == 3
    with batchkit.EmpathyTagging("shop") as tagging:
        assert tagging.query.send(queries(3)).succeeded == 3
    for backend in ("asyncio", "trio"):
        anyio.run(main, backend=backend)

    assert (drip.call_count, empathy.call_count) == (3, 3)
    assert len(drip.calls[0].request.content) > 0


@respx.mock
def test_a_mock_reports_no_phases_so_failures_are_in_doubt() -> None:
    route = respx.post(url__startswith="https://api.getdrip.com/v2/1/events")
    event = {"email": "a@b.example", "action": "x"}
    with batchkit.Drip("1", api_key="key", pace=None) as drip, FakeClock():
        for failure in (httpx.ReadTimeout, httpx.WriteError, httpx.RemoteProtocolError, OSError):
            route.mock(side_effect=failure)
            assert drip.events.send([event]).unknown == 1
        for failure in (httpx.ConnectError, httpx.PoolTimeout, httpx.ConnectTimeout):
            route.mock(side_effect=[failure, httpx.Response(201)])
            assert drip.events.send([event]).accepted == 1


@respx.mock
def test_a_route_that_is_missing_is_told_by_the_mock() -> None:
    with batchkit.Drip("1", api_key="key") as drip, pytest.raises(AssertionError):
        drip.subscribers.send(people(1))


@needs_fork
@forking
def test_a_child_that_ends_does_not_wait_for_its_parents_streams(sandbox: Sandbox) -> None:
    drip = batchkit.Drip("1", api_key="key", base_url=sandbox.url("drip"), limits=SMALL)
    with drip, drip.subscribers.stream(people(40)) as outcomes:
        next(outcomes)
        assert in_a_child(lambda: exits.leave_all(10.0) is None) == 0
        assert len(list(outcomes)) == 39
