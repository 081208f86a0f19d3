"""A cancelled task: what it sent is accounted for, and the client is as good as before."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit._io.http.deadline_async import AsyncTimer
from batchkit.exceptions import DeadlineExceededError
from tests.contract.colours import people
from tests.io.wire import TAKEN, Deaf, peer_that, read_request


@pytest.mark.parametrize("colour", ["asyncio", "trio"])
def test_a_cancelled_call_waits_for_its_answers(colour: str) -> None:
    deaf = Deaf()

    async def main() -> batchkit.Report[Any]:
        async with batchkit.AsyncDrip("1", api_key="a-long-key", base_url=peer.url) as client:
            stream = client.subscribers.stream(people(5))
            async with anyio.create_task_group() as group:

                async def consume() -> None:
                    async with stream as outcomes:
                        async for _ in outcomes:
                            pass

                group.start_soon(consume)
                await anyio.to_thread.run_sync(deaf.asked.wait)
                deaf.speak.set()
                group.cancel_scope.cancel()
            return stream.report

    with peer_that(deaf) as peer:
        report = anyio.run(main, backend=colour)
    assert (report.accepted, report.unknown) == (5, 0)


def test_a_call_that_asyncio_ran_out_of_time_for_is_accounted_for() -> None:
    deaf = Deaf()

    async def main() -> batchkit.Report[Any] | None:
        async def time_out() -> None:
            await anyio.to_thread.run_sync(deaf.asked.wait)
            bound.reschedule(asyncio.get_running_loop().time())
            deaf.speak.set()

        async with batchkit.AsyncDrip("1", api_key="a-long-key", base_url=peer.url) as client:
            try:
                async with asyncio.timeout(None) as bound:
                    timing = asyncio.create_task(time_out())
                    await client.subscribers.send(people(5))
            except TimeoutError as error:
                await timing
                return batchkit.report_of(error)
        raise AssertionError("it was not cancelled")

    with peer_that(deaf) as peer:
        report = asyncio.run(main())
    assert report is not None
    assert report.accepted + len(report.problems) == 5


@pytest.mark.parametrize("colour", ["asyncio", "trio"])
@pytest.mark.parametrize("own", [True, False])
def test_the_wait_of_a_cancelled_call_is_bounded(
    colour: str, own: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("batchkit._io.streams.DRAIN", 0.1)
    caplog.set_level(logging.DEBUG, "batchkit")
    deaf = Deaf()

    async def main() -> batchkit.Report[Any]:
        async with httpx.AsyncClient() as theirs:
            client = batchkit.AsyncDrip(
                "1",
                api_key="a-long-key",
                base_url=peer.url,
                http_client=None if own else theirs,
            )
            stream = client.events.stream([{"email": "a@b.example", "action": "x"}])
            async with anyio.create_task_group() as group:

                async def consume() -> None:
                    async with stream as outcomes:
                        await anext(outcomes)

                group.start_soon(consume)
                await anyio.to_thread.run_sync(deaf.asked.wait)
                group.cancel_scope.cancel()
            await client.aclose()
            return stream.report

    with peer_that(deaf) as peer:
        report = anyio.run(main, backend=colour)
        deaf.speak.set()
    assert report.unknown == 1
    assert "s: no answer came in time" in caplog.text  # the log knows of it too


def test_a_second_cancellation_of_asyncio_stops_the_wait() -> None:
    deaf = Deaf()

    async def main() -> batchkit.Report[Any]:
        async with batchkit.AsyncDrip("1", api_key="a-long-key", base_url=peer.url) as client:
            stream = client.events.stream([{"email": "a@b.example", "action": "x"}])

            async def consume() -> None:
                async with stream as outcomes:
                    await anext(outcomes)

            task = asyncio.create_task(consume())
            await asyncio.to_thread(deaf.asked.wait)
            task.cancel()
            for _ in range(5):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return stream.report

    with peer_that(deaf) as peer:
        report = asyncio.run(main())
        deaf.speak.set()
    assert report.unknown == 1


CANCELS = int(os.environ.get("BATCHKIT_CANCELS", "3000"))
"""In each colour; the two backends of the async one share them."""
CONNECTIONS = 10


class Answers:
    """A peer that takes whatever comes, and counts it."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    def __call__(self, peer: socket.socket) -> None:
        while request := read_request(peer):
            self.taken.append(request)
            peer.sendall(TAKEN)

    def agrees_with(self, reports: list[batchkit.Report[Any]]) -> bool:
        """Whether what is accounted for is what came, one item a request."""
        accepted = sum(report.accepted for report in reports)
        unknown = sum(report.unknown for report in reports)
        return accepted <= len(self.taken) <= accepted + unknown


@pytest.mark.parametrize("colour", ["asyncio", "trio"])
def test_after_thousands_of_cancellations_the_client_still_works(colour: str) -> None:
    chance = random.Random(11)
    reports: list[batchkit.Report[Any]] = []

    async def main() -> None:
        async with batchkit.AsyncDrip(
            "1", api_key="a-long-key", base_url=peer.url, pace=None
        ) as client:

            async def cancelled() -> None:
                stream = client.events.stream([{"email": "a@b.example", "action": "x"}])
                with anyio.CancelScope() as scope:
                    async with stream as outcomes, anyio.create_task_group() as group:

                        async def strike() -> None:
                            for _ in range(chance.randrange(12)):
                                await anyio.lowlevel.checkpoint()
                            scope.cancel()

                        group.start_soon(strike)
                        async for _ in outcomes:
                            pass
                reports.append(stream.report)

            async def worker() -> None:
                for _ in range(CANCELS // 2 // CONNECTIONS):
                    await cancelled()

            async with anyio.create_task_group() as group:
                for _ in range(CONNECTIONS):
                    group.start_soon(worker)
            assert answers.agrees_with(reports)
            for _ in range(20):
                assert (await client.subscribers.send(people(1))).ok

    answers = Answers()
    with peer_that(answers) as peer:
        anyio.run(main, backend=colour)
    assert len(reports) == CANCELS // 2
    for report in reports:
        assert report.unknown == 0
        assert report.total == report.accepted + report.unsent


def test_after_thousands_of_streams_that_were_left_the_client_still_works() -> None:
    """Nothing cancels a thread: here it leaves its stream, or its deadline is over at once."""
    before = set(threading.enumerate())
    told: list[batchkit.Report[Any]] = []

    def leave(client: batchkit.Drip, chance: random.Random) -> None:
        deadline = chance.choice((None, None, 0.05, 0.001, 1e-9))
        stream = client.events.stream([{"email": "a@b.example", "action": "x"}], deadline=deadline)
        with contextlib.suppress(DeadlineExceededError), stream as outcomes:
            for _ in range(chance.randrange(3)):
                next(outcomes, None)
                time.sleep(0)  # other threads may come in between
        told.append(stream.report)
        if deadline is None:
            assert stream.report.unknown == 0

    def work(client: batchkit.Drip, number: int) -> None:
        chance = random.Random(number)
        for _ in range(CANCELS // CONNECTIONS):
            leave(client, chance)

    answers = Answers()
    with (
        peer_that(answers) as peer,
        batchkit.Drip("1", api_key="a-long-key", base_url=peer.url, pace=None) as client,
    ):
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            list(pool.map(partial(work, client), range(CONNECTIONS)))
        assert answers.agrees_with(told)
        for _ in range(20):
            assert client.subscribers.send(people(1)).ok
    assert len(told) == CANCELS
    assert all(report.total == report.accepted + report.unsent + report.unknown for report in told)
    assert sum(report.accepted for report in told) > CANCELS / 10
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("colour", ["asyncio", "trio"])
def test_an_attempt_that_is_cut_off_before_it_began_waits_for_nothing(colour: str) -> None:
    async def main() -> None:
        timer = AsyncTimer(60.0)
        timer.cut()
        with pytest.raises(TimeoutError):
            await timer.within(TimeoutError, anyio.sleep_forever)

    anyio.run(main, backend=colour)
