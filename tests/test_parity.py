"""The same call is the same call in every colour: requests, waits, outcomes, report, exception."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import attrs
import httpx
import pytest

from batchkit import Limits, Pace, RetryPolicy
from batchkit.exceptions import (
    AuthenticationError,
    DeadlineExceededError,
    NotFoundError,
    RateLimitedError,
    TransportError,
    VendorError,
)
from tests.contract.colours import (
    COLOURS,
    Colour,
    Played,
    Scene,
    Sent,
    answer,
    events,
    people,
    queries,
)

ONE = {"max_in_flight": 1}  # one request at a time makes the order of everything certain
PAIRS = {**ONE, "limits": Limits(max_items=2)}
# With a pace, what is not sent yet when something breaks is certain as well.
SLOW = {**PAIRS, "pace": Pace(requests=1, per=60)}


def mixed(failing: int, code: int) -> Callable[[Sent], httpx.Response]:
    """Empathy's answer to 1,000 events of which one failed."""

    def say(sent: Sent) -> httpx.Response:
        codes = [code if index == failing else 200 for index in range(len(sent.items))]
        return httpx.Response(code, json=[{"code": each} for each in codes])

    return say


def refuses(culprit: str, status: int) -> Callable[[Sent], httpx.Response]:
    """Refuses every request with the culprit in it."""
    return lambda sent: httpx.Response(status if culprit in str(sent.items) else 201)


def refuses_more_than(most: int) -> Callable[[Sent], httpx.Response]:
    return lambda sent: httpx.Response(413 if len(sent.items) > most else 201)


def broken_after(number: int) -> Iterator[dict[str, object]]:
    yield from people(number)
    raise LookupError("the cursor is gone")


def raise_late(report: Any) -> None:
    if report.requests == 2:
        raise LookupError("the callback is tired")


def drip(endpoint: str, number: int, *answers: Any, **more: Any) -> Scene:
    make = events if endpoint == "events" else people
    more = {"options": ONE, "read_first": number, **more}
    return Scene(endpoint=endpoint, items=lambda: make(number), answers=answers, **more)


def empathy(number: int, *answers: Any, **more: Any) -> Scene:
    more = {"options": ONE, "read_first": number, **more}
    return Scene(
        vendor="EmpathyTagging",
        endpoint="query",
        items=lambda: queries(number),
        answers=answers,
        **more,
    )


TAKEN = answer(201)
BUSY = answer(503)
WAIT = answer(429, retry_after=7)

SCENES: dict[str, Scene] = {
    "drip: 2,500 in 3 requests": drip("subscribers", 2500, TAKEN),
    "drip: 2,500 events": drip("events", 2500, TAKEN),
    "drip: unsubscribes": drip("unsubscribes", 3, TAKEN),
    "empathy: 2,500 in 3 requests": empathy(2500, answer(200)),
    "empathy: one 500 goes again": empathy(1000, mixed(7, 500), answer(200, [{"code": 200}])),
    "empathy: one 500 is in doubt, if strict": empathy(
        1000, mixed(7, 500), options={**ONE, "strict_items": True}
    ),
    "empathy: one 400 does not": empathy(1000, mixed(7, 400)),
    "empathy: one 403 stops": empathy(5, mixed(1, 403), options=PAIRS),
    "empathy: [] is done": empathy(3, answer(200, [])),
    "empathy: too short an array": empathy(3, answer(200, [{"code": 200}])),
    "empathy: not JSON": empathy(3, answer(200, b"<html>")),
    "429 with Retry-After": drip("events", 3, WAIT, WAIT, TAKEN),
    "429 without": drip("events", 3, answer(429), TAKEN),
    "429 pauses all": drip("events", 6, WAIT, TAKEN, options=PAIRS),
    "503 with Retry-After": drip("events", 3, answer(503, retry_after=9), TAKEN),
    "503 alone, events": drip("events", 3, BUSY, TAKEN),
    "503 alone, subscribers": drip("subscribers", 3, BUSY, TAKEN),
    "500 on events": drip("events", 3, answer(500), TAKEN),
    "500 on subscribers": drip("subscribers", 3, answer(500), TAKEN),
    "500 for ever": drip("subscribers", 3, answer(500)),
    "500 on events, resend": drip(
        "events", 3, answer(500), TAKEN, options={**ONE, "on_doubt": "resend"}
    ),
    "503 refused by choice": drip(
        "events", 3, answer(503), TAKEN, options={**ONE, "refused_statuses": [503]}
    ),
    "doubt, then a refusal": drip("subscribers", 2, answer(500), answer(400)),
    "connect error, then good": drip("events", 3, httpx.ConnectError("no"), TAKEN),
    "connect error for ever": drip("events", 3, httpx.ConnectError("no")),
    "read timeout, events": drip("events", 3, httpx.ReadTimeout("late"), TAKEN),
    "read timeout, subscribers": drip("subscribers", 3, httpx.ReadTimeout("late"), TAKEN),
    "a foreign exception": drip("events", 3, RuntimeError("odd"), TAKEN),
    **{
        f"{status} stops": drip("subscribers", 4, TAKEN, answer(status), options=PAIRS)
        for status in (301, 302, 307, 401, 402, 403, 404, 405, 406, 411, 415, 431)
    },
    "400 with a culprit": drip("subscribers", 64, refuses("p37@", 400)),
    "422 with a culprit": drip("events", 64, refuses("p0@", 422)),
    "400 for all": drip("subscribers", 64, answer(400)),
    "413 is split": drip("subscribers", 10, refuses_more_than(3)),
    "413 for one": drip("subscribers", 2, refuses_more_than(0)),
    "HTML on 2xx": drip("subscribers", 3, answer(200, b"<html>", content_type="text/html")),
    "200 instead of 201": drip("events", 3, answer(200, {})),
    "204": drip("unsubscribes", 3, answer(204)),
    "bad items among good": Scene(
        items=lambda: [*people(2), {"email": 7}, 9, *people(1)], answers=[TAKEN], options=ONE
    ),
    "bad items only": Scene(items=lambda: [1, 2, 3], answers=[TAKEN], options=PAIRS),
    "no items": Scene(items=list, answers=[TAKEN]),
    "deadline": drip("subscribers", 6, BUSY, call={"deadline": 0.4}, options=PAIRS),
    "deadline in doubt": drip("subscribers", 4, TAKEN, BUSY, call={"deadline": 0.4}, options=PAIRS),
    "Retry-After above the maximum": drip("events", 4, answer(429, retry_after=9999)),
    "Retry-After nonsense": drip("events", 2, answer(429, retry_after="nan"), TAKEN),
    "pace": drip(
        "events", 10, TAKEN, options={**PAIRS, "pace": Pace(requests=2, per=60)}, read_first=6
    ),
    "the vendor's pace": drip(
        "events", 60, TAKEN, options={**ONE, "limits": Limits(max_items=1)}, read_first=0
    ),
    "pace above the maximum": drip(
        "events", 4, TAKEN, options={**PAIRS, "pace": Pace(requests=1, per=9000)}
    ),
    "source raises at once": Scene(items=lambda: broken_after(0), answers=[TAKEN]),
    "source raises late": Scene(
        items=lambda: broken_after(7), answers=[TAKEN], options=SLOW, read_first=6
    ),
    "callback raises": drip(
        "subscribers", 9, TAKEN, options=SLOW, on_progress=raise_late, read_first=6
    ),
    "own tenacity strategies": drip(
        "subscribers",
        2,
        BUSY,
        options={**ONE, "retry": RetryPolicy(wait=lambda state: 3.0, stop=lambda state: False)},
        call={"deadline": 10},
    ),
    "a strategy that raises": drip(
        "subscribers", 2, BUSY, options={**ONE, "retry": RetryPolicy(wait=lambda state: 1 / 0)}
    ),
}


def told(played: Played) -> dict[str, Any]:
    """Everything that must be the same."""
    error = played.error
    return {
        "sent": [(each.method, each.path, each.content) for each in played.sent],
        "slept": played.slept,
        "outcomes": played.outcomes,
        "report": attrs.evolve(played.report, elapsed=0.0),
        "elapsed": round(played.report.elapsed, 6),
        "snapshots": [attrs.evolve(each, elapsed=0.0) for each in played.snapshots],
        "error": (type(error), str(error), getattr(error, "__notes__", None)),
        "cause": (getattr(error, "__cause__", None), getattr(error, "__context__", None)),
    }


@pytest.mark.parametrize("streamed", [False, True], ids=["send", "stream"])
@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_every_colour_does_the_same(scene: Scene, streamed: bool) -> None:
    scene.streamed = streamed
    threads, *tasks = [told(scene.play(colour)) for colour in COLOURS]

    assert tasks == [threads, threads]


@pytest.mark.parametrize("colour", COLOURS[1:])
@pytest.mark.parametrize(
    "name", ["drip: 2,500 in 3 requests", "source raises late", "400 with a culprit", "no items"]
)
def test_an_async_source_makes_no_difference(name: str, colour: Colour) -> None:
    scene = SCENES[name]
    scene.streamed = True
    plain = told(scene.play(colour))
    try:
        scene.async_items = True
        assert told(scene.play(colour)) == plain
    finally:
        scene.async_items = False


@pytest.mark.parametrize("colour", COLOURS)
def test_leaving_a_stream_early(colour: Colour) -> None:
    scene = drip("subscribers", 6, TAKEN, options=PAIRS, streamed=True, take=1)
    played = scene.play(colour)

    assert [outcome.index for outcome in played.outcomes] == [0]
    report = played.report
    assert report.total == 6
    assert report.accepted == sum(len(each.items) for each in played.sent)
    assert report.accepted + report.unsent == 6


ENDS = {
    "empathy: one 403 stops": AuthenticationError,
    "connect error for ever": TransportError,
    "401 stops": AuthenticationError,
    "403 stops": AuthenticationError,
    "404 stops": NotFoundError,
    "deadline": DeadlineExceededError,
    "deadline in doubt": DeadlineExceededError,
    "Retry-After above the maximum": RateLimitedError,
    "pace above the maximum": RateLimitedError,
    "source raises at once": LookupError,
    "source raises late": LookupError,
    "callback raises": LookupError,
    "own tenacity strategies": DeadlineExceededError,
    "a strategy that raises": ZeroDivisionError,
}


@pytest.mark.parametrize("name", SCENES)
def test_each_scene_is_what_it_says(name: str) -> None:
    # Colours that all do nothing would be alike as well.
    played = SCENES[name].play("asyncio")

    expected = ENDS.get(name, VendorError if name.endswith("stops") else type(None))
    assert type(played.error) is expected
    idle = {"no items", "bad items only", "source raises at once"}
    assert bool(played.sent) == (name not in idle)
