"""The same call with the same journal goes on where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchkit import Accepted, Journal, Limits, Pace, Rejected, RetryPolicy, Unknown, Unsent
from batchkit._core.items import jsontext as writers
from batchkit.drip import Event
from batchkit.exceptions import AuthenticationError, ConfigurationError, JournalError
from batchkit.journal import store
from batchkit.testing import FakeClock
from tests.journal.lives import (
    COLOURS,
    Caller,
    Colour,
    Handler,
    body,
    events,
    leave,
    leaves,
    people,
    taken,
)

TENS = {"limits": Limits(max_items=10)}
ONCE = RetryPolicy(attempts=1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.db"


@pytest.fixture
def left(tmp_path: Path) -> Path:
    return tmp_path / "left-run.db"


def says(*statuses: int) -> Handler:
    """Answers with these in turn, and the last one for ever."""
    rest = list(statuses)
    return lambda request: httpx.Response(rest.pop(0) if len(rest) > 1 else rest[0])


def fails(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"sent to {request.url}")


both = pytest.mark.parametrize("colour", COLOURS)


@pytest.mark.parametrize("colour", [*COLOURS, "trio"])
def test_what_is_settled_is_not_sent_again(colour: Colour, path: Path) -> None:
    caller = Caller(colour=colour, options=TENS)
    first = caller.live(people(25), taken, journal=path)
    again = caller.live(people(25), fails, journal=path)

    assert again.outcomes == first.outcomes
    assert (again.report.accepted, again.report.requests) == (25, 3)


@both
def test_unsent_is_sent_and_rejected_is_not(colour: Colour, path: Path) -> None:
    items = [*people(2), {"email": 7}, *people(1)]
    caller = Caller(colour=colour, options={"limits": Limits(max_items=2)})
    first = caller.live(items, says(400, 201, 400, 401), journal=path)
    assert isinstance(first.error, AuthenticationError)
    assert [type(each) for each in first.outcomes] == [
        Accepted,
        Rejected,
        Rejected,
        Unsent,
    ]

    again = caller.live(items, taken, journal=path)
    assert [type(each) for each in again.outcomes[:3]] == [type(e) for e in first.outcomes[:3]]
    assert again.kinds[3] == "Accepted"
    assert [body(request) for request in again.posts] == [items[3:]]
    assert again.report.rejected == 2
    assert [problem.item for problem in again.report.problems] == [items[1], items[2]]


@both
@pytest.mark.parametrize(
    ("endpoint", "on_doubt", "kind", "sent"),
    [
        ("subscribers", "hold", "Accepted", 2),
        ("events", "hold", "Unknown", 1),
        ("events", "resend", "Accepted", 2),
    ],
)
def test_what_was_under_way_is_treated_by_what_a_repeat_does(
    colour: Colour, path: Path, left: Path, endpoint: str, on_doubt: str, kind: str, sent: int
) -> None:
    items = events(20) if endpoint == "events" else people(20)
    caller = Caller(colour=colour, endpoint=endpoint, options={**TENS, "on_doubt": on_doubt})
    caller.live(items, leaves(path, 1, taken), journal=path)
    again = caller.live(items, taken, journal=left)

    assert again.kinds == [kind] * 10 + ["Accepted"] * 10
    assert len(again.posts) == sent


def test_what_stayed_in_doubt_may_be_sent_again_the_morning_after(path: Path) -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    held = Caller(endpoint="events")
    assert held.live(events(3), lost, journal=path).kinds == ["Unknown"] * 3
    assert held.live(events(3), fails, journal=path).kinds == ["Unknown"] * 3
    resends = Caller(endpoint="events", options={"on_doubt": "resend"})
    assert resends.live(events(3), taken, journal=path).kinds == ["Accepted"] * 3
    assert held.live(events(3), fails, journal=path).kinds == ["Accepted"] * 3


@both
def test_a_crash_leaves_two_requests_more_in_doubt_than_are_in_flight_and_no_more(
    colour: Colour, path: Path, left: Path
) -> None:
    """Those whose answers left doubt, and that wait to be sent again while others are sent."""
    options: dict[str, Any] = {"limits": Limits(max_items=1), "max_in_flight": 1}
    caller = Caller(colour=colour, endpoint="events", options={**options, "on_doubt": "resend"})
    most, fails_left = 0, 8

    def look(request: httpx.Request) -> httpx.Response:
        nonlocal most, fails_left
        fails_left -= 1
        if (in_doubt := Journal(path).report().unknown) > most:
            most = in_doubt
            leave(path)
        return httpx.Response(500 if fails_left >= 0 else 201)

    with FakeClock():
        assert caller.live(events(20), look, journal=path).report.accepted == 20
        held = Caller(endpoint="events", options=options).live(events(20), taken, journal=left)
    assert most == held.report.unknown == 1 + 2


def test_a_refusal_after_a_crash_is_in_doubt(path: Path, left: Path) -> None:
    caller = Caller(options={"retry": ONCE})
    caller.live(people(1), leaves(path, 1, taken), journal=path)
    again = caller.live(people(1), says(400), journal=left)

    assert again.kinds == ["Unknown"]


@both
def test_a_chunk_is_what_it_was_whatever_the_limits_say(
    colour: Colour, path: Path, left: Path
) -> None:
    first = Caller(colour=colour, options=TENS).live(
        people(35), leaves(path, 2, taken), journal=path
    )
    again = Caller(colour=colour, options={"limits": Limits(max_items=7)}).live(
        people(35), taken, journal=left
    )

    assert again.posts[0].content == first.posts[1].content
    assert [len(body(request)) for request in again.posts] == [10, 7, 7, 1]


def test_a_model_keeps_the_moment_of_its_first_encoding(path: Path, left: Path) -> None:
    items = [Event(email="a@shop.example", action="Bought")]
    caller = Caller(endpoint="events", options={"on_doubt": "resend"})
    with FakeClock() as clock:
        first = caller.live(items, leaves(path, 1, taken), journal=path)
        clock.advance(7200)
        again = caller.live(items, taken, journal=left)

    assert again.posts[0].content == first.posts[0].content
    assert b"occurred_at" in again.posts[0].content


@both
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda items: [*items[:11], {"email": "other@shop.example"}, *items[12:]], "10 to 19"),
        (lambda items: [items[1], items[0], *items[2:]], "0 to 9"),
        (lambda items: items[:20], "ended after 20 items"),
        (lambda items: items[:15], "10 to 14"),
        (lambda items: [*items[:5], 7, *items[6:]], "0 to 9"),
        (lambda items: [], "ended after 0 items"),
    ],
)
def test_another_source_is_refused(colour: Colour, path: Path, change: Any, reason: str) -> None:
    caller = Caller(colour=colour, options=TENS)
    caller.live(people(25), taken, journal=path)
    again = caller.live(change(people(25)), fails, journal=path)

    assert isinstance(again.error, JournalError)
    assert reason in str(again.error)
    assert again.report.total == len(again.outcomes)
    assert Journal(path).report().accepted == 25


def test_a_longer_source_goes_on(path: Path) -> None:
    caller = Caller(options=TENS)
    caller.live(people(25), taken, journal=path)
    again = caller.live(people(31), taken, journal=path)

    assert [len(body(request)) for request in again.posts] == [6]
    assert again.report.accepted == 31


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (Caller(endpoint="unsubscribes"), "operation"),
        (Caller(vendor="EmpathyTagging", endpoint="query"), "vendor"),
        (Caller(options={"id": "1"}), "account"),
        (Caller(options={"base_url": "https://elsewhere.example"}), "base URL"),
    ],
)
def test_another_run_is_refused(other: Caller, what: str, path: Path) -> None:
    Caller().live(people(3), taken, journal=path)
    refused = other.live(people(3), fails, journal=path)

    assert isinstance(refused.error, JournalError)
    assert what in str(refused.error)
    assert refused.report.total == 0


def test_the_port_of_a_sandbox_makes_no_other_run(path: Path) -> None:
    for port in (1234, 4321):
        caller = Caller(options={"base_url": f"http://127.0.0.1:{port}/drip"})
        assert caller.live(people(3), taken, journal=path).error is None


@pytest.mark.skipif(writers.orjson is None, reason="orjson is not installed")
@pytest.mark.parametrize(
    ("begun_with", "way_back"),
    [("orjson", "pip install batchkit[orjson]"), ("json", "pip uninstall orjson")],
)
def test_another_json_library_is_refused(
    begun_with: str, way_back: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = writers.orjson
    monkeypatch.setattr(writers, "orjson", found if begun_with == "orjson" else None)
    Caller().live(people(3), taken, journal=path)
    monkeypatch.setattr(writers, "orjson", None if begun_with == "orjson" else found)
    refused = Caller().live(people(3), fails, journal=path)

    assert isinstance(refused.error, JournalError)
    assert way_back in str(refused.error)


def test_an_item_that_was_too_large_then_is_too_large_now(path: Path) -> None:
    items = [*people(2), {"email": "p@shop.example", "custom_fields": {"x": "y" * 500}}]
    small = Caller(options={"limits": Limits(max_bytes=300)})
    assert small.live(items, taken, journal=path).kinds == ["Accepted", "Accepted", "Rejected"]
    again = Caller().live(items, fails, journal=path)

    assert again.kinds == ["Accepted", "Accepted", "Rejected"]


LARGE: dict[str, object] = {"email": "p@shop.example", "custom_fields": {"x": "y" * 500}}


@both
@pytest.mark.parametrize(
    ("first", "later", "kind"), [(300, 5_000, "Accepted"), (5_000, 300, "Rejected")]
)
def test_what_a_later_call_first_came_to_is_judged_by_the_limits_of_that_call(
    colour: Colour, path: Path, first: int, later: int, kind: str
) -> None:
    then, after, at_last = (
        Caller(colour=colour, options={"limits": Limits(max_bytes=most)})
        for most in (first, later, first)
    )
    then.live(people(4), taken, journal=path)
    items = [*people(4), LARGE]
    told = after.live(items, taken, journal=path)
    assert told.kinds == ["Accepted"] * 4 + [kind]
    for again in (after, at_last):
        generation = again.live(items, fails, journal=path)
        assert (generation.error, generation.outcomes) == (None, told.outcomes)


class Row(Mapping[str, object]):
    """What a database gives until its connection is lost."""

    def __init__(self, values: dict[str, object]) -> None:
        self._values = values
        self.is_lost = False

    def __getitem__(self, name: str) -> object:
        if self.is_lost:
            raise OSError("the connection is lost")
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@both
def test_what_got_through_and_cannot_be_read_now_is_not_said_to_be_refused(
    colour: Colour, path: Path
) -> None:
    rows, caller = [Row(each) for each in people(3)], Caller(colour=colour)
    caller.live(rows, taken, journal=path)
    rows[1].is_lost = True
    again = caller.live(rows, fails, journal=path)

    assert isinstance(again.error, JournalError)
    assert again.kinds == ["Unknown"] * 3
    assert Journal(path).report().accepted == 3


def test_a_source_may_be_a_generator_and_async(path: Path) -> None:
    async def later() -> Any:
        for item in people(25):
            yield item

    caller = Caller(colour="asyncio", options=TENS)
    assert caller.live(later(), taken, journal=path).report.accepted == 25
    assert caller.live(later(), fails, journal=path).report.accepted == 25
    assert Caller(options=TENS).live(iter(people(25)), fails, journal=path).report.accepted == 25


@both
def test_many_chunks_are_read_on_as_they_come(
    colour: Colour, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_PAGE", 3)
    ones = Caller(colour=colour, options={"limits": Limits(max_items=1)})
    ones.live(people(40), taken, journal=path)

    assert ones.live(people(40), fails, journal=path).report.accepted == 40


def test_first_sent_is_told_in_utc(path: Path) -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late")

    with FakeClock(start=1_700_000_000.0):
        Caller(endpoint="events").live(events(1), lost, journal=path)
    [problem] = Journal(path).problems()

    assert isinstance(problem, Unknown)
    assert problem.item.first_sent == datetime.fromtimestamp(1_700_000_000, UTC)


@both
def test_a_source_that_cannot_be_read_at_all_lets_go_of_the_journal(
    colour: Colour, path: Path
) -> None:
    class Broken:
        def __iter__(self) -> Any:
            raise LookupError("no cursor")

    caller = Caller(colour=colour)
    with pytest.raises(LookupError, match="no cursor"):
        caller.live(Broken(), fails, journal=path)
    assert caller.live(people(3), taken, journal=path).report.accepted == 3


@both
@pytest.mark.parametrize("journal", [7, b"run.db", object()])
def test_what_is_no_journal_is_refused(colour: Colour, journal: Any) -> None:
    refused = Caller(colour=colour).live(people(3), fails, journal=journal)

    assert isinstance(refused.error, ConfigurationError)
    assert "a Journal, or the path of a file" in str(refused.error)


@both
def test_a_stream_that_is_left_is_gone_on_with(colour: Colour, path: Path) -> None:
    caller = Caller(colour=colour, options={**TENS, "pace": Pace(requests=1, per=3600)})
    with FakeClock():
        left = caller.live(people(40), taken, journal=path, deadline=60)
        assert left.report.accepted == 10
        again = caller.live(people(40), taken, journal=path)

    assert again.report.accepted == 40
    assert len(again.posts) == 3
