"""Ecwid: what was under way is asked about by its ticket, or sent again under its key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from batchkit import Journal, Limits, PollPolicy, Succeeded, Unknown
from batchkit.ecwid import ApiRequest
from batchkit.exceptions import JournalError
from batchkit.testing import FakeClock
from tests.journal.lives import COLOURS, Caller, Colour, leave

SOON = PollPolicy(initial=0.001)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.db"


@pytest.fixture
def left(tmp_path: Path) -> Path:
    return tmp_path / "left-run.db"


class Store:
    """Takes a batch once under a key, and keeps what a crash would leave at a point."""

    def __init__(self, path: Path | None = None, *, at: str = "") -> None:
        self.tickets: dict[str, list[str]] = {}
        self.keys: dict[str, str] = {}
        self._path, self._at = path, at
        self.statuses: dict[str, int] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self._path is not None and request.method == self._at:
            leave(self._path)
        query = parse_qs(urlsplit(str(request.url)).query)
        if request.method == "POST":
            [key] = query["deduplicationKey"]
            ticket = self.keys.setdefault(key, f"t{len(self.keys)}")
            self.tickets[ticket] = [each["id"] for each in json.loads(request.content)]
            return httpx.Response(200, json={"ticket": ticket})
        [ticket] = query["ticket"]
        entries = [
            {"id": name, "status": "COMPLETED" if code < 300 else "FAILED", "httpStatusCode": code}
            for name in self.tickets[ticket]
            for code in [self.statuses.get(name, 200)]
        ]
        return httpx.Response(200, json={"status": "COMPLETED", "responses": entries})


def calls(number: int) -> list[ApiRequest]:
    return [ApiRequest("POST", "/products", {"name": f"{index}"}) for index in range(number)]


def caller(colour: Colour = "sync", method: str = "stream") -> Caller:
    return Caller(vendor="Ecwid", endpoint="batches", method=method, colour=colour)


both = pytest.mark.parametrize("colour", COLOURS)


@both
def test_a_ticket_that_was_written_is_asked_about_and_nothing_is_sent(
    colour: Colour, path: Path, left: Path
) -> None:
    store = Store(path, at="GET")
    caller(colour).live(calls(3), store, journal=path, poll=SOON)
    again = caller(colour).live(calls(3), store, journal=left, poll=SOON)

    assert again.kinds == ["Succeeded"] * 3
    assert again.posts == []
    assert len(store.keys) == 1


def test_a_journal_counts_requests_questions_and_bytes_as_the_run_did(path: Path) -> None:
    told = caller().live(calls(3), Store(), journal=path, poll=SOON)
    read = Journal(path).report()

    assert (read.requests, read.polls) == (told.report.requests, told.report.polls) == (1, 1)
    assert read.bytes_sent == told.report.bytes_sent == len(told.posts[0].content)


@both
@pytest.mark.parametrize(
    ("later", "kinds"), [(0, "Succeeded"), (2900, "Succeeded"), (3100, "Unknown"), (-1, "Unknown")]
)
def test_a_lost_answer_is_asked_for_again_while_the_key_lives(
    colour: Colour, path: Path, left: Path, later: float, kinds: str
) -> None:
    store = Store(path, at="POST")
    with FakeClock(start=1_700_000_000.0) as clock:
        first = caller(colour).live(calls(3), store, journal=path, poll=SOON)
        ended = clock.time()
    with FakeClock(start=ended + later):
        again = caller(colour).live(calls(3), store, journal=left, poll=SOON)

    assert again.kinds == [kinds] * 3
    assert len(store.keys) == 1  # whatever came of it, nothing was submitted twice
    if kinds == "Succeeded":
        assert again.posts[0].url == first.posts[0].url
        assert again.posts[0].content == first.posts[0].content  # made ids and all


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_jumps_by_two_hours_forgets_keys_and_duplicates_nothing(
    hours: int, path: Path, left: Path
) -> None:
    store = Store(path, at="POST")
    with FakeClock(start=1_700_000_000.0):
        caller().live(calls(3), store, journal=path, poll=SOON)
    with FakeClock(start=1_700_000_000.0 + 3600 * hours):
        again = caller().live(calls(6), store, journal=left, poll=SOON)

    assert again.kinds == ["Unknown"] * 3 + ["Succeeded"] * 3
    assert len(store.keys) == 2
    [first, *_] = Journal(left).problems()
    assert isinstance(first, Unknown)


def test_a_refusal_after_a_lost_answer_is_a_refusal(path: Path, left: Path) -> None:
    store = Store(path, at="POST")
    caller().live(calls(2), store, journal=path, poll=SOON)
    [names] = store.tickets.values()
    store.statuses[names[1]] = 400
    again = caller().live(calls(2), store, journal=left, poll=SOON)

    assert again.kinds == ["Succeeded", "Rejected"]


def test_an_id_of_the_callers_own_is_unique_over_both_calls(path: Path) -> None:
    store = Store()
    items = [ApiRequest("GET", "/products/1", id=name) for name in ("a", "b", "a")]
    first = caller().live(items, store, journal=path, poll=SOON)
    again = caller().live([*items, items[1]], store, journal=path, poll=SOON)

    assert first.kinds == ["Succeeded", "Succeeded", "Rejected"]
    assert again.kinds == ["Succeeded", "Succeeded", "Rejected", "Rejected"]


def test_what_the_vendor_gave_is_not_kept(path: Path) -> None:
    store = Store()
    first = caller().live(calls(1), store, journal=path, poll=SOON)
    [again] = caller().live(calls(1), store, journal=path, poll=SOON).outcomes

    assert first.outcomes == [again]
    assert isinstance(again, Succeeded)
    assert again.value is None


@pytest.mark.parametrize(
    "other", [{"parallel": True}, {"group_id": "night"}, {"stop_on_first_failure": True}]
)
def test_other_options_are_another_run(other: Any, path: Path) -> None:
    caller().live(calls(1), Store(), journal=path, poll=SOON)
    life = caller().live(calls(1), Store(), journal=path, poll=SOON, **other)

    assert isinstance(life.error, JournalError)
    assert "options" in str(life.error)


@both
def test_a_submission_can_be_resumed_and_waited_for(colour: Colour, path: Path) -> None:
    store = Store()
    job = caller(colour, "submit").live(calls(3), store, journal=path).result
    assert [each.ticket for each in job.tickets] == ["t0"]

    again = caller(colour, "submit").live(calls(3), store, journal=path)
    assert again.posts == []
    assert again.result == job
    assert Journal(path).report().unknown == 3

    ended = caller(colour).live(calls(3), store, journal=path, poll=SOON)
    assert ended.kinds == ["Succeeded"] * 3
    assert ended.posts == []
    assert Journal(path).report().succeeded == 3


@both
def test_a_failure_still_ends_what_comes_after_it(colour: Colour, path: Path) -> None:
    store = Store()
    items: list[Any] = [*calls(2), "no request", *calls(2)]
    first = caller(colour).live(items, store, journal=path, poll=SOON, stop_on_first_failure=True)
    again = caller(colour).live(items, store, journal=path, poll=SOON, stop_on_first_failure=True)

    assert first.kinds == ["Succeeded", "Succeeded", "Rejected", "Skipped", "Skipped"]
    assert again.outcomes == first.outcomes
    assert again.posts == []


@both
def test_other_items_are_found_out_also_after_a_failure_that_ends_what_comes(
    colour: Colour, path: Path
) -> None:
    ones, items = caller(colour), ["no request", *calls(6)]
    ones.options = {"limits": Limits(max_items=1)}
    chosen: dict[str, Any] = {"journal": path, "poll": SOON, "stop_on_first_failure": True}
    assert ones.live(items, Store(), **chosen).kinds == ["Rejected"] + ["Skipped"] * 6
    again = ones.live([*items[:-1], "another"], Store(), **chosen)

    assert isinstance(again.error, JournalError)
    assert "6 to 6" in str(again.error)
    assert again.kinds == ["Rejected"] + ["Skipped"] * 5 + ["Unknown"]
