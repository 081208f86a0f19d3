"""What each answer means, as tables: one line for each row of the rules.

A cell says what becomes of the three items that are sent, in how many requests when three attempts
are allowed, and what is raised. `ticket` is the answer to a question about a ticket, where the
questions are counted.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from batchkit import RetryPolicy
from tests.contract.colours import Played, Scene, Sent, counts
from tests.faults.strange import Door, Head, Taken, Then
from tests.faults.test_statuses import Cell

THREE = {"retry": RetryPolicy(attempts=3), "max_in_flight": 1, "pace": None}

# answer | subscribers | events | query | submission | ticket
BODIES = """
201 documented     | accepted 1 | = | succeeded 1 | unknown 3 Contract | succeeded 1
200 documented     | accepted 1 | = | succeeded 1 | succeeded 1        | succeeded 1
206 documented     | accepted 1 | = | succeeded 1 | unknown 3 Contract | succeeded 1
204 empty          | accepted 1 | = | succeeded 1 | unknown 3 Contract | unknown 3
200 empty          | accepted 1 | = | succeeded 1 | unknown 3 Contract | unknown 3
200 []             | accepted 1 | = | succeeded 1 | unknown 3 Contract | unknown 3
200 truncated      | accepted 1 | = | unknown 1   | unknown 3 Contract | unknown 3
200 HTML           | unknown 1  | = | unknown 1   | unknown 3 Contract | unknown 3
200 too short      | accepted 1 | = | unknown 1   | unknown 3 Contract | 2 succeeded, 1 unknown 1
200 too long       | accepted 1 | = | unknown 1   | unknown 3 Contract | succeeded 1
200 wrong types    | accepted 1 | = | unknown 1   | unknown 3 Contract | unknown 1
200 too deep       | accepted 1 | = | unknown 1   | unknown 3 Contract | unknown 3
200 5,000 digits   | accepted 1 | = | unknown 1   | unknown 3 Contract | unknown 3
200 NaN            | accepted 1 | = | unknown 1   | unknown 3 Contract | unknown 3
200 a key twice    | accepted 1 | = | unknown 1   | unknown 3 Contract | unknown 3
200 too large      | accepted 1 | = | unknown 1   | unknown 2 Contract | unknown 3
200 an error       | unknown 1  | = | unknown 1   | unknown 3 Contract | unknown 3
"""


STATUSES = """
301 302 303 304 307 308     | unsent 1 Vendor         | = | = | = | unknown 1 Vendor
400                         | rejected 4              | = | = | = | unknown 1
422                         | rejected 4              | = | = | = | unknown 1 Vendor
401 403                     | unsent 1 Authentication | = | = | = | unknown 1 Authentication
402 405 415 431             | unsent 1 Vendor         | = | = | = | unknown 1 Vendor
404                         | unsent 1 NotFound       | = | = | = | unknown 1
413                         | rejected 5              | = | = | = | unknown 3
409 425                     | unsent 3                | = | = | = | unknown 3
429 429:7 503:7             | unsent 3                | = | = | = | unknown 3
429:soon 429:-5 429:inf     | unsent 3                | = | = | = | unknown 3
429:3701 503:99999999999    | unsent 1 RateLimited    | = | = | = | unknown 1 RateLimited
408 500 502 503 504         | unknown 3      | unknown 1 | unknown 1 | unknown 3 | unknown 3
503:soon 503:-5 500:7 502:7 | unknown 3      | unknown 1 | unknown 1 | unknown 3 | unknown 3
501 511                     | unknown 1      | unknown 1 | unknown 1 | unknown 1 | unknown 3
"""


def lines(table: str) -> list[tuple[str, list[str]]]:
    """The first column and the others, in which `=` is what stands to the left."""
    made: list[tuple[str, list[str]]] = []
    for line in table.strip().splitlines():
        first, *cells = (cell.strip() for cell in line.split("|"))
        for place, cell in enumerate(cells):
            cells[place] = cells[place - 1] if cell == "=" else cell
        made.append((first, cells))
    return made


def confirm(played: Played, said: str, method: str) -> None:
    """The call came out as the cell of a table says."""
    told = counts(played)
    told["rejected"] -= 1  # the item that the library refuses by itself
    kinds = [kind if count == 3 else f"{count} {kind}" for kind, count in told.items() if count]
    requests = sum(sent.method == method for sent in played.sent)
    error = type(played.error).__name__.removesuffix("Error") if played.error else ""
    assert f"{', '.join(kinds)} {requests} {error}".strip() == said


def confirm_row(head: Head, body: str, cells: list[str]) -> None:
    for door, said in zip(Door, cells, strict=True):
        method = "GET" if door is Door.TICKET else "POST"
        played, _ = Cell(door, head, body, Taken.ALL, Then.THE_SAME).play()
        confirm(played, said, method)


@pytest.mark.parametrize(("answer", "cells"), lines(BODIES), ids=lambda value: str(value)[:24])
def test_what_a_body_means(answer: str, cells: list[str]) -> None:
    status, _, body = answer.partition(" ")
    confirm_row(Head(int(status)), body, cells)


@pytest.mark.parametrize(("answers", "cells"), lines(STATUSES), ids=lambda value: str(value)[:24])
def test_what_a_status_means(answers: str, cells: list[str]) -> None:
    for answer in answers.split():
        status, _, wait = answer.partition(":")
        for body in ("an error", "empty"):
            confirm_row(Head(int(status), wait), body, cells)


# What is said of the second of three items; the others are said to be done. A cell says what
# becomes of it, and in how many requests.

# code | query | query with strict_items | PUT, DELETE and GET | POST
CODES = """
200 201 299                   | Succeeded 1           | = | = | =
400 404 409 422 425 451       | Rejected 1            | = | = | =
401 403                       | Unsent 1 Authentication | = | = | =
429                           | Unsent 3              | = | = | =
500 501 502 503 504 599       | Unsent 3  | Unknown 1 | Unknown 3        | Unknown 1
408                           | Rejected 1 | Unknown 1 | = | =
100 199                       | Unknown 1             | = | = | =
"""


def query(code: str, **options: Any) -> Played:
    """Events of which the vendor says this of the second, as often as it is sent."""

    def say(sent: Sent) -> httpx.Response:
        codes = [code if item["q"] == "1" else "200" for item in sent.items]
        return httpx.Response(int(max(codes)), json=[{"code": int(each)} for each in codes])

    items = [{"q": str(place), "lang": "en"} for place in range(3)]
    return play("EmpathyTagging", "query", items, say, **options)


def batch(code: str, method: str) -> Played:
    """Entries of which the vendor says this of the second, in every ticket."""
    tickets: dict[str, list[str]] = {}

    def say(sent: Sent) -> httpx.Response:
        asked = parse_qs(urlsplit(sent.url).query)
        if sent.method == "POST":
            [key] = asked["deduplicationKey"]
            assert key not in tickets  # what goes again is a batch of its own
            tickets[key] = [item["id"] for item in sent.items]
            return httpx.Response(200, json={"ticket": key})
        said = [(name, code if name == "1" else "200") for name in tickets[asked["ticket"][0]]]
        entries = ",".join(
            f'{{"id":"{name}","status":"{"COMPLETED" if each[0] == "2" else "FAILED"}",'
            f'"httpStatusCode":{each}}}'
            for name, each in said
        )
        return httpx.Response(200, content=f'{{"status":"COMPLETED","responses":[{entries}]}}')

    items = [
        {"method": method, "path": f"/products/{place}", "id": str(place)} for place in range(3)
    ]
    return play("Ecwid", "batches", items, say)


def play(vendor: str, endpoint: str, items: Any, say: Any, **options: Any) -> Played:
    return Scene(
        vendor=vendor,
        endpoint=endpoint,
        items=lambda: items,
        answers=(say,),
        options={**THREE, **options},
        streamed=True,
    ).play("sync")


@pytest.mark.parametrize(("codes", "cells"), lines(CODES), ids=lambda value: str(value)[:24])
def test_what_a_code_of_an_item_means(codes: str, cells: list[str]) -> None:
    for code in codes.split():
        every = [query(code), query(code, strict_items=True)]
        every += [batch(code, method) for method in ("PUT", "DELETE", "GET", "POST")]
        for played, said in zip(every, [*cells[:2], *[cells[2]] * 3, cells[3]], strict=True):
            sizes = [len(sent.items) for sent in played.sent if sent.method == "POST"]
            kind = type(played.outcomes[1]).__name__
            error = type(played.error).__name__.removesuffix("Error") if played.error else ""
            assert f"{kind} {len(sizes)} {error}".strip() == said
            assert sizes == [3, 1, 1][: len(sizes)]
            assert [played.outcomes[place].ok for place in (0, 2)] == [True, True]
