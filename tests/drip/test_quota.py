"""Drip's hourly quota, when somebody else has used it up already."""

from __future__ import annotations

import httpx
import pytest
import respx

from batchkit import Drip
from batchkit.drip import Event
from batchkit.exceptions import RateLimitedError
from batchkit.options import Limits
from batchkit.testing import FakeClock

SPENT = {"message": "API rate limit exceeded. Please try again in an hour.", "documentation": "…"}
EVENTS = [Event(email=f"{number}@example.com", action="Ordered") for number in range(20)]


def drip() -> Drip:
    return Drip("1", api_key="key", limits=Limits(max_items=1))


def route(router: respx.MockRouter) -> respx.Route:
    return router.post("https://api.getdrip.com/v2/1/events/batches")


def test_a_quota_that_is_used_up_is_waited_for_and_nothing_is_lost() -> None:
    with FakeClock() as clock, respx.mock as router, drip() as client:
        events = route(router).mock(
            side_effect=lambda _: (
                httpx.Response(429, json=SPENT)
                if clock.slept < 600
                else httpx.Response(202, json={})
            )
        )
        report = client.events.send(EVENTS)
    assert report.accepted == 20
    assert events.call_count <= 20 + 4 + 5  # those in flight at first, and the trials


def test_requests_that_others_made_are_left_to_them() -> None:
    headers = {"X-RateLimit-Limit": "50", "X-RateLimit-Remaining": "0"}
    with FakeClock() as clock, respx.mock as router, drip() as client:
        times: list[float] = []

        def answer(_: httpx.Request) -> httpx.Response:
            times.append(clock.slept)
            return httpx.Response(202, json={}, headers=headers if len(times) == 1 else {})

        route(router).mock(side_effect=answer)
        report = client.with_options(max_in_flight=1).events.send(EVENTS[:2])
    assert report.accepted == 2
    assert times[1] - times[0] >= 3600


def test_a_wait_for_it_beyond_what_the_caller_allows_ends_the_run() -> None:
    with FakeClock(), respx.mock as router, drip() as client:
        route(router).mock(return_value=httpx.Response(429, json=SPENT))
        with pytest.raises(RateLimitedError) as caught:
            client.events.send(EVENTS)
    assert caught.value.status == 429
    assert caught.value.report.unsent == caught.value.report.total > 0
