"""Streams: outcomes first, the whole account, and nothing left behind."""

from __future__ import annotations

import threading
import time
from typing import Any

import anyio
import httpx
import pytest
import respx

import batchkit
from batchkit import Accepted, Limits, Report, Unsent
from batchkit._io.sync import Driver
from batchkit.exceptions import AuthenticationError, ConfigurationError
from tests.contract.colours import COLOURS, Colour, Scene, answer, people
from tests.contract.wire import Wire

PAIRS = {"limits": Limits(max_items=2), "max_in_flight": 1}


@pytest.mark.parametrize("colour", COLOURS)
def test_one_outcome_for_each_item_and_the_very_object(colour: Colour) -> None:
    given = people(7)
    scene = Scene(items=lambda: given, answers=[answer(201)], options=PAIRS, streamed=True)
    played = scene.play(colour)

    assert [each.index for each in played.outcomes] == list(range(7))
    assert all(each.item is given[each.index] for each in played.outcomes)
    assert played.report.total == 7


@pytest.mark.parametrize("colour", COLOURS)
def test_all_outcomes_come_before_the_exception(colour: Colour) -> None:
    scene = Scene(
        items=lambda: people(6),
        answers=[answer(201), answer(401)],
        options=PAIRS,
        streamed=True,
        read_first=6,
    )
    played = scene.play(colour)

    assert type(played.error) is AuthenticationError
    kinds = [type(each) for each in sorted(played.outcomes, key=lambda each: each.index)]
    assert kinds == [Accepted] * 2 + [Unsent] * 4
    assert played.error.report.total == played.report.total == 6


@pytest.mark.parametrize("take", [1, 2, 3])
@pytest.mark.parametrize("colour", COLOURS)
def test_leaving_early_stops_reading_and_accounts_for_the_rest(colour: Colour, take: int) -> None:
    def endless() -> Any:
        number = 0
        while True:
            yield {"email": f"p{number}@b.example"}
            number += 1

    scene = Scene(items=endless, answers=[answer(201)], options=PAIRS, streamed=True, take=take)
    before = set(threading.enumerate())
    played = scene.play(colour)

    assert set(threading.enumerate()) <= before
    assert len(played.outcomes) == take
    taken = sum(len(each.items) for each in played.sent)
    assert played.report.accepted == taken
    assert played.report.total == taken + played.report.unsent
    assert played.report.total <= 2 * (2 + 3 + take)


def test_the_report_grows_with_the_stream(wire: Wire) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client, **PAIRS)
    stream = drip.subscribers.stream(people(4))
    assert stream.report == Report()
    with stream as outcomes:
        assert outcomes is stream
        totals = [(outcome.index, outcomes.report.total) for outcome in outcomes]
        assert list(outcomes) == []  # it is read once
    assert totals == [(0, 2), (1, 2), (2, 4), (3, 4)]
    assert stream.report.total == stream.report.accepted == 4


def test_an_exception_of_the_block_comes_out_unchanged(wire: Wire) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client, **PAIRS)
    error = LookupError()
    with pytest.raises(LookupError) as caught, drip.subscribers.stream(people(4)) as outcomes:
        raise error
    assert caught.value is error
    assert outcomes.report.total == 0  # nothing was read, so nothing has an outcome


def test_a_block_without_a_loop_sends_nothing(wire: Wire) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    with drip.subscribers.stream(people(4)) as outcomes:
        pass
    assert (outcomes.report.total, wire.seen) == (0, [])
    assert list(outcomes) == []


def test_a_stream_is_read_in_its_block(wire: Wire) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    with pytest.raises(RuntimeError, match="with"):
        next(drip.subscribers.stream(people(1)))
    assert wire.seen == []

    async def main() -> None:
        async with batchkit.AsyncDrip("1", api_key="key") as client:
            with pytest.raises(RuntimeError, match="async with"):
                await anext(client.subscribers.stream(people(1)))

    anyio.run(main)


def test_a_stream_of_a_closed_client(wire: Wire) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.client)
    stream = drip.subscribers.stream(people(1))
    drip.close()
    with pytest.raises(ConfigurationError, match="closed"), stream:
        pass

    async def main() -> None:
        client = batchkit.AsyncDrip("1", api_key="key")
        later = client.subscribers.stream(people(1))
        assert later.report == Report()
        await client.aclose()
        with pytest.raises(ConfigurationError, match="closed"):
            async with later:
                pass

    anyio.run(main)


@pytest.mark.parametrize("colour", COLOURS[1:])
def test_a_cancelled_block_leaves_no_task(colour: Colour) -> None:
    async def main() -> None:
        async def slow(request: httpx.Request) -> httpx.Response:
            await anyio.sleep(0.01)
            return httpx.Response(201)

        http = httpx.AsyncClient(transport=httpx.MockTransport(slow))
        async with http, batchkit.AsyncDrip("1", api_key="key", http_client=http, **PAIRS) as drip:
            with anyio.CancelScope() as scope:
                async with drip.subscribers.stream(people(4)) as outcomes:
                    async for _ in outcomes:
                        scope.cancel()
        assert scope.cancelled_caught
        report = outcomes.report
        assert report.total == report.accepted + report.unsent == 4
        assert report.accepted >= 2

    anyio.run(main, backend=colour)


def test_a_chunk_that_waits_holds_no_thread() -> None:
    # `max_in_flight` and one that watches bound the threads, however many chunks wait for a retry.
    busy: list[int] = []

    def say(sent: Any) -> httpx.Response:
        busy.append(sum(each.name == "batchkit" for each in threading.enumerate()))
        return httpx.Response(503 if len(busy) < 9 else 201)

    options = {"limits": Limits(max_items=2), "max_in_flight": 3}
    played = Scene(items=lambda: people(40), answers=[say], options=options).play("sync")
    assert played.report.accepted == 40
    assert 1 <= max(busy) <= 4


def test_a_stream_is_used_once() -> None:
    with respx.mock as router:
        router.post(url__regex=".*").respond(201, json={})
        stream = batchkit.Drip("1", api_key="k").subscribers.stream([])
        with stream:
            pass
        with pytest.raises(RuntimeError, match="used once"):
            stream.__enter__()


def test_an_async_stream_is_used_once() -> None:
    async def main() -> None:
        async with batchkit.AsyncDrip("1", api_key="k") as drip:
            stream = drip.subscribers.stream([])
            async with stream:
                pass
            with pytest.raises(RuntimeError, match="used once"):
                await stream.__aenter__()

    anyio.run(main)


def test_the_caller_hears_of_a_chunk_that_was_settled_without_being_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody answers for such a chunk, so the worker must tell the caller, who waits already."""
    work = Driver._work

    def late(driver: Driver) -> None:
        while driver._in_hand is not None and driver._said is None:
            time.sleep(0.001)
        work(driver)

    monkeypatch.setattr(Driver, "_work", late)
    items = [{"method": "GET", "path": ""}, {"method": "GET", "path": "/profile"}]
    reports: list[batchkit.Report[Any]] = []

    def send() -> None:
        with batchkit.Ecwid("1", token="t") as ecwid:
            reports.append(ecwid.batches.send(items, stop_on_first_failure=True))

    caller = threading.Thread(target=send, daemon=True)
    caller.start()
    caller.join(10)
    assert [(report.rejected, report.skipped) for report in reports] == [(1, 1)]
