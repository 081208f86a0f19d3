"""What ends a program, raised where requests are sent: it ends the run with an exact account."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider

from batchkit import report_of
from batchkit._io.aio import is_torn_down
from tests.contract.colours import COLOURS, Colour, Sent, answer
from tests.contract.test_records import PAIRS, drip

all_colours = pytest.mark.parametrize("colour", COLOURS)
with_journal = pytest.mark.parametrize("journal", [False, True], ids=["alone", "journal"])
TAKEN = answer(201)


class Exit(BaseException):
    """As `pytest.fail` raises it, or `sys.exit`."""


class Exits(logging.Handler):
    """Raises it at the second line with certain words."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self._words = words
        self.lines_left = 2

    def emit(self, record: logging.LogRecord) -> None:
        self.lines_left -= self._words in record.getMessage()
        if not self.lines_left:
            raise Exit


@pytest.fixture
def exits(request: pytest.FixtureRequest) -> Iterator[None]:
    logger, handler = logging.getLogger("batchkit.requests"), Exits(request.param)
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield
    logger.setLevel(level)
    logger.removeHandler(handler)


def play(colour: Colour, tmp_path: Path, reply: Any = TAKEN, *, journal: bool = False) -> str:
    """The note about the account of a run that raises it."""
    kept = {"journal": tmp_path / "run.journal"} if journal else {}
    with pytest.raises(Exit) as caught:
        drip(9, TAKEN, reply, options=PAIRS, call=kept).play(colour)
    return caught.value.__notes__[0]


def assert_exact(note: str) -> None:
    """Every item has its outcome; at least the first request's were taken."""
    total, accepted, rejected, unknown, unsent = map(int, re.findall(r"\d+", note)[:5])
    assert total == accepted + rejected + unknown + unsent
    assert accepted >= 2


@all_colours
@with_journal
@pytest.mark.parametrize("exits", ["begins: ", "ended: "], indirect=True)
@pytest.mark.usefixtures("exits")
def test_a_handler_of_the_log_that_exits_ends_the_run(
    colour: Colour, journal: bool, tmp_path: Path
) -> None:
    assert_exact(play(colour, tmp_path, journal=journal))


@all_colours
@with_journal
def test_a_transport_that_exits_ends_the_run(colour: Colour, journal: bool, tmp_path: Path) -> None:
    def leave(sent: Sent) -> httpx.Response:
        raise Exit

    note = play(colour, tmp_path, leave, journal=journal)
    assert "2 accepted" in note
    assert "2 unknown" in note


@all_colours
def test_a_processor_of_spans_that_exits_ends_the_run(
    colour: Colour, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Leaves(SpanProcessor):
        def on_end(self, span: ReadableSpan) -> None:
            if span.name == "POST":
                raise Exit

    provider = TracerProvider()
    provider.add_span_processor(Leaves())
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    assert_exact(play(colour, tmp_path))


@all_colours
def test_a_handler_that_exits_when_the_run_begins_leaves_the_journal_free(
    colour: Colour, tmp_path: Path
) -> None:
    runs, handler, file = logging.getLogger("batchkit.runs"), Exits("began"), tmp_path / "a.journal"
    handler.lines_left = 1
    runs.addHandler(handler)
    runs.setLevel(logging.INFO)
    scene = drip(4, TAKEN, options=PAIRS, call={"journal": file})
    try:
        with pytest.raises(Exit) as caught:
            scene.play(colour)
    finally:
        runs.setLevel(logging.NOTSET)
        runs.removeHandler(handler)
    assert report_of(caught.value) is not None
    assert scene.play(colour).report.accepted == 4  # with the exception still there: not collected


def test_a_worker_that_is_collected_after_its_loop_is_torn_down() -> None:
    """No loop runs here, and none is asked."""
    assert is_torn_down(GeneratorExit())
