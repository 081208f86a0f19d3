"""The items: what may be given, how it is read, and what happens when the caller's code raises."""

from __future__ import annotations

import itertools
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit import Limits, Pace, Plan, Report, Unsent
from batchkit.drip import Event, Subscriber
from batchkit.testing import FakeClock
from tests.contract.colours import COLOURS, Colour, Scene, answer, people
from tests.contract.wire import Wire

TAKEN = [answer(201)]
ONE_ITEM: list[object] = [{"email": "a@b.example"}, Subscriber(email="a@b.example")]
NO_ITEMS: list[object] = [*ONE_ITEM, "text", b"bytes", bytearray(b"bytes"), 7, None, object()]


@pytest.mark.parametrize("items", NO_ITEMS, ids=lambda items: type(items).__name__)
def test_what_is_no_iterable_of_items(wire: Wire, items: Any) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    for call in (drip.subscribers.send, drip.subscribers.stream, drip.subscribers.plan):
        with pytest.raises(TypeError, match="items is"):
            call(items)
    assert wire.seen == []


@pytest.mark.parametrize("items", NO_ITEMS, ids=lambda items: type(items).__name__)
def test_what_is_no_async_iterable_either(items: Any) -> None:
    async def main() -> None:
        async with batchkit.AsyncDrip("1", api_key="key") as drip:
            with pytest.raises(TypeError, match="items is"):
                await drip.subscribers.send(items)
            with pytest.raises(TypeError, match="items is"):
                drip.subscribers.stream(items)
            with pytest.raises(TypeError, match="items is"):
                await drip.subscribers.plan(items)

    anyio.run(main)


async def one_person() -> AsyncIterator[dict[str, object]]:
    yield people(1)[0]


def test_a_sync_client_takes_no_async_iterable(wire: Wire) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    with pytest.raises(TypeError, match="async_generator"):
        drip.subscribers.send(one_person())


@pytest.mark.parametrize("items", [list, tuple, iter, set])
def test_any_iterable_is_taken(wire: Wire, items: Any) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    given = [Subscriber(email=f"p{index}@b.example") for index in range(3)]

    assert drip.subscribers.send(items(given)).accepted == 3


@pytest.mark.parametrize("deadline", [-1, float("nan"), float("inf"), "5", True])
@pytest.mark.parametrize("method", ["send", "stream"])
def test_a_deadline_that_is_none(wire: Wire, method: str, deadline: Any) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    with pytest.raises(batchkit.BatchkitError, match="deadline"):
        getattr(drip.subscribers, method)(people(1), deadline=deadline)


# Reading lazily


@pytest.mark.parametrize("in_flight", [1, 2, 4])
@pytest.mark.parametrize("colour", COLOURS)
def test_the_source_is_never_read_far_ahead(colour: Colour, in_flight: int) -> None:
    read = 0
    most_ahead = 0
    answered: list[int] = []  # of several threads, so that none overwrites what another has added

    def items() -> Iterator[dict[str, object]]:
        nonlocal read, most_ahead
        for item in people(200):
            read += 1
            most_ahead = max(most_ahead, read - sum(answered))
            yield item

    def say(sent: Any) -> httpx.Response:
        answered.append(len(sent.items))
        return httpx.Response(201)

    played = Scene(
        items=items,
        answers=[say],
        options={"max_in_flight": in_flight, "limits": Limits(max_items=5)},
        read_first=5 * (in_flight + 2),
    ).play(colour)

    assert played.report.accepted == 200
    assert most_ahead <= 5 * (in_flight + 2) + 5  # and what has been read, but not yet cut


@pytest.mark.parametrize("colour", COLOURS)
def test_source_and_callback_run_where_the_call_is_made(colour: Colour) -> None:
    places: set[threading.Thread] = set()

    def items() -> Iterator[dict[str, object]]:
        for item in people(10):
            places.add(threading.current_thread())
            yield item

    scene = Scene(
        items=items,
        answers=TAKEN,
        options={"limits": Limits(max_items=2)},
        on_progress=lambda report: places.add(threading.current_thread()),
    )
    assert scene.play(colour).report.accepted == 10
    assert places == {threading.current_thread()}


@pytest.mark.parametrize("colour", COLOURS[1:])
def test_source_and_callback_run_in_the_callers_task(colour: Colour) -> None:
    seen: list[int] = []

    async def main() -> None:
        tasks = set()

        async def items() -> AsyncIterator[dict[str, object]]:
            for item in people(3):
                tasks.add(anyio.get_current_task().id)
                yield item

        async def tell(report: Report[Any]) -> None:
            await anyio.lowlevel.checkpoint()
            tasks.add(anyio.get_current_task().id)
            seen.append(report.total)

        http = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(201)))
        async with http, batchkit.AsyncDrip("1", api_key="key", http_client=http) as drip:
            await drip.subscribers.send(items(), on_progress=tell)
        assert tasks == {anyio.get_current_task().id}

    anyio.run(main, backend=colour)
    assert seen == [3]  # an awaitable callback is awaited


# Progress


@pytest.mark.parametrize("colour", COLOURS)
def test_a_snapshot_after_each_chunk(colour: Colour) -> None:
    played = Scene(
        items=lambda: people(7),
        answers=TAKEN,
        options={"limits": Limits(max_items=2), "max_in_flight": 1},
    ).play(colour)

    assert [each.total for each in played.snapshots] == [2, 4, 6, 7]
    assert [each.requests for each in played.snapshots] == [1, 2, 3, 4]


# The caller's own exceptions


class OwnError(Exception):
    pass


def broken(after: int, error: BaseException) -> Iterator[dict[str, object]]:
    yield from people(after)
    raise error


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("colour", COLOURS)
def test_what_the_source_raises_comes_out(colour: Colour, streamed: bool) -> None:
    error = OwnError("the cursor is gone")
    scene = Scene(
        items=lambda: broken(5, error),
        answers=TAKEN,
        options={"limits": Limits(max_items=2)},
        streamed=streamed,
    )
    played = scene.play(colour)

    assert played.error is error
    assert (error.__cause__, error.__context__) == (None, None)
    [note] = error.__notes__
    assert note.startswith("5 items: ")
    account = batchkit.report_of(error)
    assert account is not None
    assert account.accepted + len(account.problems) == 5
    if streamed:
        assert played.report.total == 5
        assert sorted(each.index for each in played.outcomes) == [0, 1, 2, 3, 4]
        sent = sum(len(each.items) for each in played.sent)
        assert (played.report.accepted, played.report.unsent) == (sent, 5 - sent)


@pytest.mark.parametrize("colour", COLOURS)
def test_what_the_callback_raises_comes_out(colour: Colour) -> None:
    error = OwnError("stop it")

    def tell(report: Report[Any]) -> None:
        raise error

    scene = Scene(
        items=lambda: people(6),
        answers=TAKEN,
        options={
            "limits": Limits(max_items=2),
            "max_in_flight": 1,
            "pace": Pace(requests=1, per=9),
        },
        on_progress=tell,
        streamed=True,
        read_first=6,
    )
    played = scene.play(colour)

    assert played.error is error
    assert len(played.snapshots) == 1  # it is not called again
    assert error.__notes__ == [str(played.report)]
    assert (played.report.accepted, played.report.unsent) == (2, 4)
    assert all(isinstance(each, Unsent) for each in played.outcomes[2:])


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3)])
def test_an_interrupt_leaves_nothing_behind(wire: Wire, error: BaseException) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client, limits=Limits(max_items=1))
    before = set(threading.enumerate())
    with pytest.raises(type(error)) as caught:
        drip.subscribers.send(broken(3, error))

    assert caught.value is error
    assert error.__notes__[0].startswith("3 items: ")
    account = batchkit.report_of(error)
    assert account is not None
    assert account.accepted + len(account.problems) == 3
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("colour", COLOURS[1:])
def test_a_cancelled_call_waits_for_what_is_in_flight(colour: Colour) -> None:
    answered: list[int] = []

    async def main() -> None:
        async def slow(request: httpx.Request) -> httpx.Response:
            scope.cancel()
            await anyio.sleep(0.02)
            answered.append(1)
            return httpx.Response(201)

        http = httpx.AsyncClient(transport=httpx.MockTransport(slow))
        async with http, batchkit.AsyncDrip("1", api_key="key", http_client=http) as drip:
            with anyio.CancelScope() as scope:
                await drip.subscribers.send(people(1))
        assert scope.cancelled_caught

    anyio.run(main, backend=colour)
    assert answered == [1]


# Plan


@pytest.mark.parametrize("async_items", [False, True])
def test_a_plan_needs_no_network(wire: Wire, async_items: bool) -> None:
    options = {"limits": Limits(max_items=2), "pace": Pace(requests=2, per=10)}
    given = [*people(5), {"email": 7}, 9]

    async def ask() -> Plan:
        async def items() -> AsyncIterator[Any]:
            for item in given:
                yield item

        async with batchkit.AsyncDrip("1", api_key="key", **options) as drip:
            return await drip.subscribers.plan(items() if async_items else given)

    client = batchkit.Drip("1", api_key="key", http_client=wire.client, **options)
    plan = client.subscribers.plan(iter(given))
    assert plan == anyio.run(ask)
    assert wire.seen == []
    assert (plan.items, plan.requests, plan.invalid, plan.least_seconds) == (7, 3, 2, 10)
    assert [(each.index, each.item) for each in plan.problems] == [(5, {"email": 7}), (6, 9)]
    with FakeClock() as clock:
        report = client.subscribers.send(given)
    assert (report.requests, report.bytes_sent) == (plan.requests, plan.bytes)
    assert clock.slept == plan.least_seconds


def test_a_plan_names_the_first_items_that_cannot_be_sent(wire: Wire) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    plan = drip.events.plan(itertools.repeat({"email": 7}, 10_001))

    assert (plan.invalid, len(plan.problems)) == (10_001, 10_000)
    assert plan.problems[9_999].index == 9_999
    assert (plan.problems[0].by, plan.problems[0].code) == ("client", None)
    assert plan.problems[0].reason == drip.events.send([{"email": 7}]).problems[0].reason
    assert "email" not in repr(plan)


def test_a_plan_names_the_keys_that_may_be_misspelt(wire: Wire) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    good: dict[str, Any] = {"email": "ada@shop.example", "action": "Signed up"}
    typed = Event(**good)
    own = [{**good, "occured_at": "2026-01-01T00:00:00Z"}, {**good, "propertys": {}}]

    assert drip.events.plan([good, typed]).own_keys == {}
    assert len({drip.events.plan(own), drip.events.plan(own)}) == 1
    assert drip.events.plan([*own, {**good, "occured_at": ""}, {"emial": ""}]).own_keys == {
        "occured_at": 2,
        "propertys": 1,
    }


def test_a_plan_names_a_hundred_keys_and_counts_these_on(wire: Wire) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    items = [{"email": "ada@shop.example", "action": "x", f"key {n}": n} for n in range(101)]
    told = drip.events.plan([*items, *items]).own_keys

    assert told == {f"key {n}": 2 for n in range(100)}


@pytest.mark.parametrize(("sink", "told"), [("query", {"page_nr": 1}), ("of_our_own", {})])
def test_a_plan_knows_no_misspelt_key_where_any_key_is_good(
    sink: str, told: dict[str, int], wire: Wire
) -> None:
    empathy = batchkit.EmpathyTagging("shop", http_client=wire.client)
    assert empathy.sink(sink).plan([{"q": "shoe", "lang": "en", "page_nr": "x"}]).own_keys == told


@pytest.mark.parametrize("bad", [0, 2])
def test_a_plan_without_a_request(wire: Wire, bad: int) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    items: list[Any] = list(range(bad))

    plan = Plan(items=bad, requests=0, bytes=0, invalid=bad, least_seconds=0.0)
    assert drip.events.plan(items) == plan
