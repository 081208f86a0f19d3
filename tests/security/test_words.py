"""What a vendor says is shown to people on one short line, which does nothing to a terminal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest

from batchkit import Report, RetryPolicy
from batchkit.exceptions import BatchkitError, VendorError
from tests.contract.colours import Scene, Sent, events, queries

WORDS = {
    "a line break": "no\nERROR root: all data deleted",
    "CRLF": "no\r\n\r\nHTTP/1.1 200 OK",
    "escape codes": "no\x1b[2J\x1b[31mred\x1b]0;title\x07\x9b31m",
    "right to left": "no \u202egnp.exe\u2066 \u200f",
    "zeros": "no\x00\x08\x08",
    "line separators": "no\u2028yes\u2029yes\x85yes\x0b\x0c",
    "half a surrogate pair": "no \ud83d",
    "a megabyte": "no " * 350_000,
    "a megabyte of escapes": "\x1b" * 170_000,
    "a format": "%s %(name)s {0} {report} $x",
}
BODIES: Mapping[str, Callable[[str], object]] = {
    "Drip": lambda words: {"errors": [{"code": words, "attribute": words, "message": words}] * 3},
    "EmpathyTagging": lambda words: {"code": words, "error": words, "message": words},
    "Ecwid": lambda words: {"errorCode": words, "errorMessage": words},
}
ENDPOINTS = {"Drip": "events", "EmpathyTagging": "query", "Ecwid": "batches"}
STATUSES = (200, 302, 400, 402, 403, 404, 413, 429, 500)

vendors = pytest.mark.parametrize("vendor", ENDPOINTS)
says = pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)


def items(vendor: str) -> list[dict[str, object]]:
    if vendor == "Ecwid":
        return [{"method": "PUT", "path": f"/products/{name}", "id": name} for name in "ab"]
    return events(2) if vendor == "Drip" else queries(2)


def play(vendor: str, answer: Any) -> tuple[Report[Any], BaseException | None]:
    played = Scene(
        vendor=vendor,
        endpoint=ENDPOINTS[vendor],
        items=lambda: items(vendor),
        answers=(answer,),
        options={"retry": RetryPolicy(attempts=2), "max_in_flight": 1, "pace": None},
    ).play("sync")
    return played.report, played.error


def lines(report: Report[Any], error: BaseException | None) -> Iterator[str]:
    """Everything that is meant for people."""
    yield str(report)
    for problem in report.problems:
        yield from (problem.reason, str(problem), repr(problem))
    if isinstance(error, BatchkitError):
        yield from (str(error), *getattr(error, "__notes__", ()))
    if isinstance(error, VendorError):
        yield from (error.code or "", repr(error.code))


def confirm(report: Report[Any], error: BaseException | None) -> None:
    for line in lines(report, error):
        assert line.isprintable(), ascii(line)[:300]
        assert len(line) <= 1_500  # a code and a message of 500 characters each, and our own words
    if isinstance(error, VendorError):
        assert len(error.body) <= 500


@says
@vendors
def test_words_about_a_request_stay_on_one_line(vendor: str, words: str) -> None:
    body = json.dumps(BODIES[vendor](words)).encode()
    plain = words.encode("utf-8", "replace")
    for status in STATUSES if len(words) < 1_000 else (400, 402):
        for content in (body, plain):
            confirm(*play(vendor, lambda sent: httpx.Response(status, content=content)))  # noqa: B023 - called at once


@says
def test_words_about_an_event_stay_on_one_line(words: str) -> None:
    for code in (400, 403, 500):
        told = [{"code": 200}, {"code": code, "error": words}]
        content = json.dumps(told).encode()
        confirm(*play("EmpathyTagging", lambda sent: httpx.Response(code, content=content)))  # noqa: B023 - called at once


@says
def test_words_about_an_entry_stay_on_one_line(words: str) -> None:
    inner = {"errorCode": words, "errorMessage": words}
    for status, code in (("FAILED", 400), ("FAILED", 403), ("COMPLETED", 500), (words[:99], 200)):
        entry = {
            "status": status,
            "httpStatusCode": code,
            "httpStatusLine": words,
            "escapedHttpBody": json.dumps(inner),
        }
        entries = [{"id": name, **entry} for name in "ab"]
        content = json.dumps({"status": "COMPLETED", "responses": entries}).encode()

        def answer(sent: Sent) -> httpx.Response:
            if sent.method == "POST":
                return httpx.Response(200, json={"ticket": "t1"})
            return httpx.Response(200, content=content)  # noqa: B023 - called at once

        confirm(*play("Ecwid", answer))


@vendors
def test_a_request_id_is_one_short_line(vendor: str) -> None:
    """It goes into tickets to the vendor's support, and so into logs."""
    for value in (b"r\xc2\x85\xe2\x80\xaeX", b"r" * 60_000):
        _, error = play(
            vendor,
            lambda sent: httpx.Response(402, headers=[(b"x-request-id", value)]),  # noqa: B023 - called at once
        )
        assert isinstance(error, VendorError)
        assert error.request_id is not None
        assert error.request_id.isprintable()
        assert len(error.request_id) <= 500
