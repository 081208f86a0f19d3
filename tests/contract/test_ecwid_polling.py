"""How often a store is asked about its tickets, in all three colours, on a fake clock."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from itertools import groupby
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit import Limits, PollPolicy
from batchkit._io import clock
from batchkit.ecwid import ApiRequest
from batchkit.testing import FakeClock, Request, Sandbox
from tests.contract.colours import COLOURS, Colour

SECONDS = 7.0
"""For one entry; an entry is a batch here."""


class Store:
    """The sandbox's store, which runs one batch after the other, and the questions it was asked."""

    def __init__(self) -> None:
        self._shop = Sandbox(clock=lambda: clock.current().monotonic(), seconds_per_entry=SECONDS)
        self.asked: list[tuple[str, float]] = []
        """The ticket, and when by the clock."""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            self.asked.append((request.url.params["ticket"], clock.current().monotonic()))
        target = f"/ecwid{request.url.raw_path.decode()}"
        headers = dict(request.headers)
        told = self._shop.handle(Request.of(request.method, target, headers, request.content))
        return httpx.Response(told.status, headers=list(told.headers), content=told.body)


Use = Callable[[Any], Awaitable[int]]
"""Sends five entries and waits for them, with `batches` of either colour; how many succeeded."""


async def _done(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def _items() -> list[ApiRequest]:
    return [ApiRequest("POST", "/products", {"name": f"Tea {index}"}) for index in range(5)]


async def _send(batches: Any) -> int:
    return (await _done(batches.send(_items(), parallel=True))).succeeded


async def _wait(batches: Any) -> int:
    return (await _done(batches.wait(await _done(batches.submit(_items()))))).succeeded


async def _results(batches: Any) -> int:
    job = await _done(batches.submit(_items(), parallel=True))
    stream = batches.results(job, poll=PollPolicy(initial=2.0))
    if hasattr(stream, "__aenter__"):
        async with stream as outcomes:
            return sum([each.ok async for each in outcomes])
    with stream as outcomes:
        return sum(each.ok for each in outcomes)


def play(colour: Colour, use: Use) -> tuple[int, list[tuple[str, float]]]:
    """How many entries succeeded, and the questions."""
    store = Store()
    options: Any = {"limits": Limits(max_items=1), "max_in_flight": 4}
    with FakeClock():
        if colour == "sync":
            with httpx.Client(transport=httpx.MockTransport(store)) as http:
                client = batchkit.Ecwid("7", token="t", http_client=http, **options)
                return anyio.run(use, client.batches), store.asked

        async def main() -> int:
            async with httpx.AsyncClient(transport=httpx.MockTransport(store)) as http:
                client = batchkit.AsyncEcwid("7", token="t", http_client=http, **options)
                return await use(client.batches)

        return anyio.run(main, backend=colour), store.asked


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("use", [_send, _wait, _results])
def test_of_several_tickets_only_the_oldest_is_asked_about(use: Use, colour: Colour) -> None:
    """They run in order, so nothing can be new about the others."""
    succeeded, asked = play(colour, use)
    turns = [ticket for ticket, _ in groupby(ticket for ticket, _ in asked)]
    assert (succeeded, len(turns), len(set(turns))) == (5, 5, 5)


@pytest.mark.parametrize("colour", COLOURS)
def test_the_next_ticket_is_asked_about_as_soon_as_one_is_finished(colour: Colour) -> None:
    _, asked = play(colour, _wait)
    turns = [[moment for _, moment in turn] for _, turn in groupby(asked, lambda each: each[0])]
    assert [turn[0] for turn in turns[1:]] == [turn[-1] for turn in turns[:-1]]
