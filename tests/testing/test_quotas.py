"""The vendors' quotas: headers, bodies, windows and scopes."""

from __future__ import annotations

from typing import Any

import pytest

from batchkit.testing import Sandbox
from tests.testing.drip_calls import CARTS, EVENTS, GOOD, ORDERS, SUBSCRIBERS, answer, send
from tests.testing.empathy_calls import EVENT, track
from tests.testing.shop import NEW, Shop, get


class Clocked:
    """A sandbox on a clock that is set by hand."""

    def __init__(self, **switches: Any) -> None:
        self.now = 0.0
        self.sandbox = Sandbox(clock=lambda: self.now, **switches)

    def send(self, path: str, times: int = 1) -> list[int]:
        return [send(self.sandbox, path, GOOD[path]).status for _ in range(times)]


def test_fifty_v2_batches_an_hour_from_the_first_on() -> None:
    drip = Clocked()
    assert drip.send(EVENTS) == [201]
    drip.now = 3000
    assert drip.send(SUBSCRIBERS, 50) == [201] * 49 + [429]
    drip.now = 3599
    assert drip.send(EVENTS) == [429]
    drip.now = 3600
    assert drip.send(EVENTS, 50) == [201] * 50


def test_in_a_sliding_window_each_slot_comes_back_by_itself() -> None:
    drip = Clocked(drip_window="sliding")
    drip.send(EVENTS)
    drip.now = 3000
    drip.send(EVENTS, 49)
    drip.now = 3600
    assert drip.send(EVENTS, 2) == [201, 429]


def test_the_headers_count_down() -> None:
    sandbox = Sandbox()
    for left in (49, 48):
        headers = dict(send(sandbox, EVENTS, GOOD[EVENTS]).headers)
        assert headers["X-RateLimit-Limit"] == "50"
        assert headers["X-RateLimit-Remaining"] == str(left)
    assert dict(send(sandbox, CARTS, GOOD[CARTS]).headers)["X-RateLimit-Limit"] == "3600"


def test_beyond_it_the_vendors_words_come_without_a_time() -> None:
    drip = Clocked(v2_per_hour=1)
    drip.send(EVENTS)
    refused = send(drip.sandbox, EVENTS, GOOD[EVENTS])
    assert answer(refused).keys() == {"message", "documentation"}
    assert dict(refused.headers)["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in dict(refused.headers)
    assert drip.sandbox.ledger.count() == 1


@pytest.mark.parametrize(
    ("scope", "statuses"),
    [
        ("family", [201, 429, 202, 429]),
        ("endpoint", [201, 201, 202, 202]),
        ("shared", [201, 429, 429, 429]),
        ("off", [201, 201, 202, 202]),
    ],
)
def test_what_one_count_is_for(scope: Any, statuses: list[int]) -> None:
    drip = Clocked(drip_quota=scope, v2_per_hour=1, v3_per_hour=1)
    paths = (EVENTS, SUBSCRIBERS, CARTS, ORDERS)
    assert [drip.send(path)[0] for path in paths] == statuses


def test_ecwid_takes_six_hundred_requests_a_minute_for_a_token() -> None:
    shop = Shop(requests_per_minute=3)
    ticket = shop.submit(NEW)
    shop.now = 10.2
    shop.look(ticket)
    shop.look(ticket)
    refused = shop.call("GET", ticket=ticket)
    assert refused.status == 429
    assert dict(refused.headers)["Retry-After"] == "50"
    assert answer(refused)["errorCode"] == "RATE_LIMITED"
    other = {"Authorization": "Bearer secret_y"}
    assert shop.call("GET", ticket=ticket, headers=other).status == 200
    shop.now = 60.0
    assert shop.look(ticket)["status"] == "COMPLETED"


def test_entries_may_count_as_requests() -> None:
    shop = Shop(requests_per_minute=5, entries_count=True)
    shop.submit(get("/profile"), get("/profile"), get("/profile"), get("/profile"))
    assert shop.call("GET", status="QUEUED").status == 429


def test_empathy_has_no_limit_unless_it_is_given_one() -> None:
    limited = Clocked(empathy_per_minute=1)
    statuses = [track(limited.sandbox, EVENT).status for _ in range(2)]
    limited.now = 60
    assert [*statuses, track(limited.sandbox, EVENT).status] == [200, 429, 200]


def test_quotas_can_be_lifted_at_once() -> None:
    sandbox = Sandbox(quotas=False, v2_per_hour=1)
    assert [send(sandbox, EVENTS, GOOD[EVENTS]).status for _ in range(3)] == [201] * 3
    assert sandbox.ecwid.switches["requests_per_minute"] is None


def test_gauges_tell_how_far_each_is_used_up() -> None:
    drip = Clocked()
    drip.send(EVENTS, 2)
    drip.now = 600
    [gauge] = drip.sandbox.drip.gauges()
    assert (gauge.name, gauge.limit, gauge.used, gauge.remaining) == ("1: v2 batches", 50, 2, 48)
    assert gauge.resets_in == 3000
    drip.now = 3600
    [gauge] = drip.sandbox.drip.gauges()
    assert (gauge.used, gauge.resets_in) == (0, 0)
