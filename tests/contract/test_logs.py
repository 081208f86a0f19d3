"""What clients log, in all three colours: requests, retries, runs and why they stopped."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit import Hooks, Limits, RequestRecord, RetryPolicy
from batchkit._io import observer
from tests.contract.colours import COLOURS, Colour, Played, Scene, answer, people
from tests.security.test_words import WORDS

all_colours = pytest.mark.parametrize("colour", COLOURS)
ONE = {"max_in_flight": 1}
PAIRS = {**ONE, "limits": Limits(max_items=2)}
TAKEN = answer(201, x_request_id="r-1")
SPENT = answer(429, {"errors": [{"message": "You have exceeded your hourly API limit."}]})


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[logging.LogRecord]]:
    """Everything that the clients log, at the finest level."""
    caplog.set_level(logging.DEBUG, logger="batchkit")
    records: list[logging.LogRecord] = []

    class Commit(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    keep = Commit()
    logging.getLogger("batchkit").addHandler(keep)
    yield records
    logging.getLogger("batchkit").removeHandler(keep)


def drip(number: int, *answers: Any, colour: Colour, **more: Any) -> Played:
    options = {**ONE, **more.pop("options", {})}
    return Scene(items=lambda: people(number), answers=answers, options=options, **more).play(
        colour
    )


def said(lines: list[logging.LogRecord], logger: str, level: int) -> list[str]:
    return [
        line.getMessage()
        for line in lines
        if (line.name, line.levelno) == (f"batchkit.{logger}", level)
    ]


def extras(line: logging.LogRecord) -> dict[str, object]:
    return {
        name.removeprefix("batchkit_"): value
        for name, value in vars(line).items()
        if name.startswith("batchkit_")
    }


@all_colours
def test_a_run_has_a_line_when_it_begins_and_one_when_it_ends(
    colour: Colour, lines: list[logging.LogRecord]
) -> None:
    played = drip(3, TAKEN, colour=colour)

    began, ended = (line for line in lines if line.levelno == logging.INFO)
    assert began.getMessage() == "Drip subscribers: the run began"
    assert extras(began) == {"vendor": "Drip", "operation": "subscribers"}
    assert ended.getMessage() == f"Drip subscribers: the run ended: {played.report}"
    assert {began.name, ended.name} == {"batchkit.runs"}
    told = extras(ended)
    assert (told["total"], told["accepted"], told["unknown"]) == (3, 3, 0)
    assert (told["requests"], told["bytes_sent"]) == (1, played.report.bytes_sent)


@all_colours
def test_each_request_has_a_line_when_it_begins_and_one_when_it_ends(
    colour: Colour, lines: list[logging.LogRecord]
) -> None:
    played = drip(3, TAKEN, colour=colour, options=PAIRS)

    url = "https://api.getdrip.com/v2/9999999/subscribers/batches"
    size = len(played.sent[0].content)
    debug = said(lines, "requests", logging.DEBUG)
    assert len(debug) == 4
    assert debug[:2] == [
        f"Drip subscribers: POST {url} begins: attempt 1, items: 2 from index 0, {size} bytes",
        f"Drip subscribers: POST {url} ended: attempt 1, 0.000 s: 201 (request id r-1)",
    ]
    began, ended = [line for line in lines if line.name == "batchkit.requests"][:2]
    assert {"seconds", "status"}.isdisjoint(extras(began))
    assert extras(began)["began"] == 1_700_000_000.0
    assert extras(ended) == {
        "vendor": "Drip",
        "operation": "subscribers",
        "method": "POST",
        "url": url,
        "first_index": 0,
        "items": 2,
        "attempt": 1,
        "bytes_sent": size,
        "began": 1_700_000_000.0,
        "seconds": 0.0,
        "status": 201,
        "request_id": "r-1",
    }


@all_colours
@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (answer(503), ": 503; it is sent again, in 0."),
        (httpx.ConnectError("away"), "(ConnectError: away); it is sent again, in 0."),
    ],
    ids=["an answer", "no answer"],
)
def test_a_retry_is_a_warning(
    colour: Colour, lines: list[logging.LogRecord], trouble: Any, words: str
) -> None:
    drip(1, trouble, TAKEN, colour=colour)

    [warning] = said(lines, "requests", logging.WARNING)
    assert words in warning
    assert len(said(lines, "requests", logging.DEBUG)) == 3  # two begin, one ends


@all_colours
def test_a_pause_that_the_vendor_asks_for_is_a_warning(
    colour: Colour, lines: list[logging.LogRecord]
) -> None:
    drip(1, answer(429, retry_after=60), TAKEN, colour=colour)

    again, pause = said(lines, "requests", logging.WARNING)
    assert "429; it is sent again, in 6" in again
    assert pause.startswith("Drip subscribers: all requests wait 6")
    assert pause.endswith(" s, as the vendor asks")


@all_colours
def test_a_quota_that_is_spent_closes_the_lane_and_an_answer_opens_it(
    colour: Colour, lines: list[logging.LogRecord]
) -> None:
    drip(1, SPENT, SPENT, TAKEN, colour=colour)

    warnings = said(lines, "requests", logging.WARNING)
    closed, still = [each for each in warnings if "nothing gets through" in each]
    assert len(warnings) == 4  # and two repeats: the vendor asked for nothing
    assert closed == (
        "Drip subscribers: nothing gets through (the quota is used up: everybody waits until it is "
        "not); in 30.0 s one request tries again"
    )
    assert "still nothing" in still
    assert still.endswith("; in 60.0 s the next request tries")
    assert said(lines, "requests", logging.INFO) == ["Drip subscribers: requests get through again"]


@all_colours
def test_a_run_that_stops_says_why(colour: Colour, lines: list[logging.LogRecord]) -> None:
    played = drip(3, answer(401), colour=colour)

    [warning] = [line for line in lines if line.levelno == logging.WARNING]
    assert warning.getMessage() == (
        f"Drip subscribers: the run stopped: {played.error} ({played.report})"
    )
    assert extras(warning)["reason"] == str(played.error)
    assert extras(warning)["unsent"] == 3


@all_colours
def test_of_what_the_callers_code_raises_only_the_type_is_said(
    colour: Colour, lines: list[logging.LogRecord]
) -> None:
    def tell(record: RequestRecord) -> None:
        raise LookupError("no row for ada@shop.example")

    drip(3, TAKEN, colour=colour, options={"hooks": Hooks(request=tell)})

    [warning] = said(lines, "runs", logging.WARNING)
    assert "the run stopped: The caller's own code raised LookupError. (3 items" in warning


@all_colours
def test_what_a_callers_strategy_raises_is_named_as_well(
    colour: Colour, lines: list[logging.LogRecord]
) -> None:
    retry = RetryPolicy(wait=lambda state: 1 / 0)
    drip(1, answer(503), colour=colour, options={"retry": retry})

    [warning] = said(lines, "runs", logging.WARNING)
    assert "raised ZeroDivisionError." in warning


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
def test_every_line_is_one_short_line(words: str, lines: list[logging.LogRecord]) -> None:
    told = {"errors": [{"code": words, "message": words}]}
    identified = {"x-request-id": words[:1000].encode("utf-8", "replace")}
    for status in (401, 429, 500):
        reply = httpx.Response(status, content=json.dumps(told).encode(), headers=identified)
        drip(1, reply, colour="sync", options={"retry": RetryPolicy(attempts=2)})
    drip(1, httpx.ConnectError(words), colour="sync", options={"retry": RetryPolicy(attempts=2)})

    assert len(lines) > 20
    for line in lines:
        for text in (line.getMessage(), *map(str, extras(line).values())):
            assert text.isprintable(), ascii(text)[:300]
        assert len(line.getMessage()) <= 1_000  # a vendor's 500 characters, and our own
        assert all(len(str(value)) <= 500 for value in extras(line).values())


@all_colours
def test_no_line_shows_an_item(colour: Colour, lines: list[logging.LogRecord]) -> None:
    def echo(sent: Any) -> httpx.Response:
        return httpx.Response(sent_statuses.pop(), content=sent.content)

    sent_statuses = [201, 400, 429, 503, 500]
    told: list[RequestRecord] = []
    hooks = Hooks(request=told.append)
    played = drip(1, echo, colour=colour, options={"hooks": hooks})
    assert len(played.sent) > 2
    assert b"shop.example" in told[0].body
    assert len(lines) > 5
    assert "shop.example" not in repr([vars(line) for line in lines])
    assert "shop.example" not in repr([line.getMessage() for line in lines])


def test_lines_of_requests_come_from_where_they_are_made(lines: list[logging.LogRecord]) -> None:
    drip(1, TAKEN, colour="sync")

    threads = [(line.name, line.threadName) for line in lines]
    assert threads == [
        ("batchkit.runs", "batchkit"),
        ("batchkit.requests", "batchkit"),
        ("batchkit.requests", "batchkit"),
        ("batchkit.runs", "batchkit"),
    ]


@all_colours
def test_a_filter_that_raises_changes_nothing(
    colour: Colour, lines: list[logging.LogRecord]
) -> None:
    def refuse(line: logging.LogRecord) -> bool:
        raise LookupError

    loggers = [logging.getLogger(f"batchkit.{name}") for name in ("requests", "runs")]
    for logger in loggers:
        logger.addFilter(refuse)
    try:
        played = drip(5, answer(503), TAKEN, colour=colour, options=PAIRS)
    finally:
        for logger in loggers:
            logger.removeFilter(refuse)
    assert (played.report.accepted, played.error, lines) == (5, None, [])


@all_colours
def test_a_question_is_no_run(colour: Colour, lines: list[logging.LogRecord]) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"deleteCount": 1}))
    if colour == "sync":
        with httpx.Client(transport=transport) as http:
            batchkit.Ecwid("1", token="secret", http_client=http).batches.delete("t1")
    else:

        async def main() -> None:
            async with httpx.AsyncClient(transport=transport) as http:
                await batchkit.AsyncEcwid("1", token="secret", http_client=http).batches.delete(
                    "t1"
                )

        anyio.run(main, backend=colour)
    assert {line.name for line in lines} == {"batchkit.requests"}
    assert [line.getMessage().split()[2] for line in lines] == ["DELETE", "DELETE"]


@all_colours
def test_by_default_nothing_is_made_for_the_log(
    colour: Colour, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    monkeypatch.setattr(observer, "RequestRecord", lambda **told: made.append(told))
    drip(5, TAKEN, colour=colour, options=PAIRS)
    assert made == []


def test_nothing_is_printed_by_default() -> None:
    # Without a handler of its own, Python would print warnings to stderr.
    assert logging.NullHandler in [type(each) for each in logging.getLogger("batchkit").handlers]
