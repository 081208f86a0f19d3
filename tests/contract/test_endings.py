"""How log and spans tell of a run that somebody broke off, in all three colours."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

import batchkit
from batchkit.journal.session import Session
from tests.contract.colours import COLOURS, Colour, people
from tests.contract.test_records import PAIRS, TAKEN, drip
from tests.contract.test_spans import spans

all_colours = pytest.mark.parametrize("colour", COLOURS)
__all__ = ["spans"]  # a fixture


def ending(caplog: pytest.LogCaptureFixture) -> tuple[int, str]:
    """The level and the words of the one line that a run ends with."""
    runs = [record for record in caplog.records if record.name == "batchkit.runs"]
    [line] = [record for record in runs if "began" not in record.getMessage()]
    return line.levelno, line.getMessage().removeprefix("Drip subscribers: ")


@pytest.fixture(autouse=True)
def everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="batchkit.runs")


def interrupted() -> Iterator[dict[str, object]]:
    yield from people(4)
    raise KeyboardInterrupt


@all_colours
def test_an_interrupted_run_stopped(
    colour: Colour, spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    scene = drip(0, TAKEN, options=PAIRS)
    scene.items = interrupted
    with pytest.raises(KeyboardInterrupt):
        scene.play(colour)

    level, words = ending(caplog)
    assert level == logging.WARNING
    assert words.startswith("the run stopped: It was interrupted. (4 items: ")
    run = spans.get_finished_spans()[-1]
    assert run.status.status_code is StatusCode.ERROR
    assert run.status.description == "It was interrupted."
    assert (run.attributes or {})["error.type"] == "KeyboardInterrupt"


@all_colours
def test_a_stream_that_is_left_was_left_and_nothing_is_wrong(
    colour: Colour, spans: InMemorySpanExporter, caplog: pytest.LogCaptureFixture
) -> None:
    played = drip(9, TAKEN, options=PAIRS, streamed=True, take=1).play(colour)

    level, words = ending(caplog)
    assert level == logging.INFO
    assert words == f"the run was left: {played.report}"
    assert spans.get_finished_spans()[-1].status.status_code is StatusCode.UNSET


def client(http: Any) -> Any:
    made: Any = batchkit.AsyncDrip if isinstance(http, httpx.AsyncClient) else batchkit.Drip
    return made("1", api_key="key", http_client=http, **PAIRS)


def answering(request: httpx.Request) -> httpx.Response:
    return httpx.Response(201)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("error", [LookupError("ada"), GeneratorExit()], ids=["error", "close"])
def test_what_is_raised_in_the_block_is_why_it_stopped(
    colour: Colour, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    """A generator that is closed leaves its stream, and that is no failure."""
    transport = httpx.MockTransport(answering)

    def plain() -> None:
        with httpx.Client(transport=transport) as http, client(http).subscribers.stream(people(9)):
            raise error

    async def in_task() -> None:
        async with (
            httpx.AsyncClient(transport=transport) as http,
            client(http).subscribers.stream(people(9)),
        ):
            raise error

    with pytest.raises(type(error)):
        plain() if colour == "sync" else anyio.run(in_task, backend=colour)
    level, words = ending(caplog)
    if isinstance(error, GeneratorExit):
        assert (level, words[:18]) == (logging.INFO, "the run was left: ")
    else:
        assert level == logging.WARNING
        assert words.startswith("the run stopped: The caller's own code raised LookupError. (")


@pytest.mark.parametrize("colour", COLOURS[1:])
def test_a_cancelled_run_stopped(colour: Colour, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        with anyio.CancelScope() as scope:

            async def items() -> AsyncIterator[dict[str, object]]:
                yield people(1)[0]
                scope.cancel()
                await anyio.lowlevel.checkpoint()

            async with httpx.AsyncClient(transport=httpx.MockTransport(answering)) as http:
                await client(http).subscribers.send(items())

    anyio.run(main, backend=colour)
    level, words = ending(caplog)
    assert level == logging.WARNING
    assert words.startswith("the run stopped: It was cancelled. (1 item")


def test_a_cancellation_while_the_journal_closes_hides_no_ending(
    tmp_path: Path,
    spans: InMemorySpanExporter,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever reads on after that is told nothing twice."""
    close = Session.close

    async def main() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def cancel_and_close(self: Session) -> None:
            monkeypatch.setattr(Session, "close", close)
            loop.call_soon_threadsafe(task.cancel)
            close(self)

        monkeypatch.setattr(Session, "close", cancel_and_close)
        async with httpx.AsyncClient(transport=httpx.MockTransport(answering)) as http:
            stream = client(http).subscribers.stream(people(1), journal=tmp_path / "run.journal")
            async with stream as outcomes:
                await anext(outcomes)
                with pytest.raises(asyncio.CancelledError):
                    await anext(outcomes)
                with pytest.raises(StopAsyncIteration):
                    await anext(outcomes)

    asyncio.run(main())
    level, words = ending(caplog)
    assert (level, words[:22]) == (logging.INFO, "the run ended: 1 item:")
    assert spans.get_finished_spans()[-1].name == "batchkit Drip subscribers"


def test_a_journal_that_fails_to_close_hides_no_ending(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = Session.close

    def fail(self: Session) -> None:
        monkeypatch.setattr(Session, "close", close)
        close(self)
        raise LookupError

    monkeypatch.setattr(Session, "close", fail)
    with (
        httpx.Client(transport=httpx.MockTransport(answering)) as http,
        pytest.raises(LookupError),
    ):
        client(http).subscribers.send(people(1), journal=tmp_path / "run.journal")
    assert ending(caplog)[1].startswith("the run ended: 1 item:")
