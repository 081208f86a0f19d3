"""An exception that strikes at any line of the caller's thread or task leaves an exact account.

A signal handler may raise between any two lines: a job queue's time limit, `sys.exit()` on SIGTERM.
Here a trace function raises at the first line that runs in the library, then at the second, and so
on until a run ends without being struck.
"""

from __future__ import annotations

import ast
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from batchkit import AsyncDrip, Drip, Hooks, Limits, Report, exceptions, report_of
from tests.io.strikes import LIBRARY, Strike, Striking

FILES = {str(path) for path in (LIBRARY / "_io").rglob("*.py")}
FILES |= {str(LIBRARY / "_core" / "items" / name) for name in ("chunks.py", "encoding.py")}
FILES |= {str(LIBRARY / "_core" / "resume" / "rechunking.py")}
EVERY = int(os.environ.get("BATCHKIT_STRIKES", "3"))
OPTIONS: dict[str, Any] = {"limits": Limits(max_items=2), "pace": None, "max_in_flight": 2}
BOUND = 20
"""Seconds for one run."""


class Shop:
    """Takes people, and gives them: in one dict, filled anew for each."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.read: list[str] = []

    def answer(self, request: httpx.Request) -> httpx.Response:
        people = json.loads(request.content)["batches"][0]["subscribers"]
        self.taken += [person["email"] for person in people]
        return httpx.Response(201, json={})

    def people(self) -> Iterator[dict[str, str]]:
        row: dict[str, str] = {}
        for number in range(5):
            row["email"] = f"p{number}@example.com"
            self.read.append(row["email"])
            yield row

    def agrees(self, report: Report[Any]) -> bool:
        """Whether the law holds: each has one outcome, and what was taken is said to be."""
        in_order = sorted(self.taken) == sorted(set(self.taken)) and {*self.taken} <= {*self.read}
        taken = len(self.taken)
        return (
            in_order
            and report.total == len(self.read)
            and report.accepted <= taken <= report.accepted + report.unknown
        )


Call = Callable[[Drip, Shop], object]


def struck(line: int, call: Call) -> Striking:
    """One run, struck at this line; then one with the same client that is not."""
    shop, striking = Shop(), Striking(line, FILES)
    with httpx.Client(transport=httpx.MockTransport(shop.answer)) as http:
        drip = Drip("1", api_key="key", http_client=http, **OPTIONS)
        report: Report[Any] | None = None
        try:
            with striking:
                call(drip, shop)
        except Strike as strike:
            report = report_of(strike)
        else:
            assert not striking.struck, f"{striking.where} came to nothing"
            assert len(shop.taken) == 5
        if striking.struck:
            assert shop.agrees(report or Report()), f"{striking.where}: {shop.read}, {report}"
        assert drip.subscribers.send(Shop().people()).accepted == 5, striking.where
    return striking


def sweep(play: Callable[[int], Striking], every: int = EVERY) -> None:
    """Play it for each line, in a thread that hangs nobody else if one of them hangs."""
    before, raised, played = set(threading.enumerate()), list[BaseException](), [0]

    def whole() -> None:
        try:
            while play(1 + played[0] * every).struck:
                played[0] += 1
        except BaseException as failure:
            raised.append(failure)

    thread = threading.Thread(target=whole, daemon=True)
    thread.start()
    while thread.is_alive():
        until_now = played[0]
        thread.join(BOUND)
        assert not thread.is_alive() or played[0] > until_now, "it hangs"
    if raised:
        raise raised[0]
    left = {each for each in threading.enumerate() if each.name == "batchkit"} - before
    assert not left


def test_a_send_is_struck_at_every_line() -> None:
    def call(drip: Drip, shop: Shop) -> None:
        told: list[object] = []
        hooked = drip.with_options(hooks=Hooks(request=told.append, outcome=told.append))
        hooked.subscribers.send(shop.people(), on_progress=told.append)

    sweep(lambda line: struck(line, call))


def test_a_stream_is_struck_at_every_line() -> None:
    given: list[int] = []

    def call(drip: Drip, shop: Shop) -> None:
        given.clear()
        stream = drip.subscribers.stream(shop.people())
        try:
            with stream as outcomes:
                given.extend(outcome.index for outcome in outcomes)
        except Strike as strike:
            assert len(set(given)) == len(given)
            exceptions.tell_account(strike, stream.report)
            raise

    sweep(lambda line: struck(line, call))


def test_after_a_strike_a_stream_goes_on_where_it_was() -> None:
    """Who catches it inside the block is given every outcome once."""

    def play(line: int) -> Striking:
        shop, striking, given = Shop(), Striking(line, FILES), list[int]()
        with (
            httpx.Client(transport=httpx.MockTransport(shop.answer)) as http,
            Drip("1", api_key="key", http_client=http, **OPTIONS) as drip,
            drip.subscribers.stream(shop.people()) as stream,
        ):
            left = iter(stream)
            try:
                with striking:
                    given.extend(outcome.index for outcome in left)
            except Strike:
                given.extend(outcome.index for outcome in left)
            assert shop.agrees(stream.report), striking.where
        lost = {*range(len(shop.read))} - {*given}
        assert len(set(given)) == len(given), striking.where
        assert len(lost) <= 1, striking.where  # what was on its way from `next` to the caller
        return striking

    sweep(play)


def test_a_journal_goes_on_after_a_strike_at_any_line(tmp_path: Path) -> None:
    def play(line: int) -> Striking:
        shop, striking, file = Shop(), Striking(line, FILES), tmp_path / f"{line}.journal"
        with httpx.Client(transport=httpx.MockTransport(shop.answer)) as http:
            drip = Drip("1", api_key="key", http_client=http, **OPTIONS)
            try:
                with striking:
                    drip.subscribers.send(shop.people(), journal=file)
            except Strike as strike:
                report = report_of(strike) or Report()
                agrees = shop.agrees(report)
            else:
                agrees = not striking.struck
            assert agrees, striking.where
            again = drip.subscribers.send(shop.people(), journal=file)
        assert again.accepted == 5, striking.where
        assert sorted(shop.taken) == sorted(set(shop.taken)), striking.where
        return striking

    # The disk is waited for, so fewer lines do in a day.
    sweep(play, EVERY if EVERY == 1 else 4 * EVERY)


class Each:
    """An async source that nobody has to close."""

    def __init__(self, people: Iterator[dict[str, str]]) -> None:
        self._people = people

    def __aiter__(self) -> Each:
        return self

    async def __anext__(self) -> dict[str, str]:
        for person in self._people:
            return person
        raise StopAsyncIteration


class Room:
    """Which task is the caller's."""

    def __init__(self) -> None:
        self._task: int | None = None

    def enter(self) -> None:
        self._task = anyio.get_current_task().id

    def is_here(self) -> bool:
        return self._task is not None and self._task == anyio.get_current_task().id


@pytest.mark.parametrize("given", ["plain", "async"])
@pytest.mark.parametrize("colour", ["asyncio", "trio"])
def test_an_async_send_is_struck_at_every_line(colour: str, given: str) -> None:
    async def main(shop: Shop, striking: Striking, room: Room) -> None:
        transport = httpx.MockTransport(shop.answer)
        report: Report[Any] | None = None
        async with httpx.AsyncClient(transport=transport) as http:
            drip = AsyncDrip("1", api_key="key", http_client=http, **OPTIONS)
            people = shop.people() if given == "plain" else Each(shop.people())
            room.enter()
            try:
                with striking:
                    await drip.subscribers.send(people, on_progress=lambda report: None)
            except Strike as strike:
                report = report_of(strike)
            else:
                assert not striking.struck, f"{striking.where} came to nothing"
            if striking.struck:
                assert shop.agrees(report or Report()), f"{striking.where}: {shop.read}, {report}"
            assert (await drip.subscribers.send(Shop().people())).accepted == 5, striking.where

    def play(line: int) -> Striking:
        room = Room()
        striking = Striking(line, FILES, room.is_here)
        anyio.run(main, Shop(), striking, room, backend=colour)
        return striking

    sweep(play)


@pytest.mark.parametrize("name", ["sync", "streams", "source"])
def test_no_loop_stands_in_a_try_of_the_callers(name: str) -> None:
    """From Python 3.13 on a `try` does not cover the jump back of a loop in it.

    A signal handler is called there, and no trace function sees that place.
    """
    module = ast.parse((LIBRARY / "_io" / f"{name}.py").read_text())
    tries = [node for node in ast.walk(module) if isinstance(node, ast.Try)]
    assert not [
        node.lineno
        for each in tries
        for statement in each.body
        for node in ast.walk(statement)
        if isinstance(node, (ast.While, ast.For, ast.AsyncFor))
    ]
