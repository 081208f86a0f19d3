"""The vendors' quotas: headers, bodies, windows and scopes."""

from __future__ import annotations

from typing import Any

from batchkit.testing import Sandbox
from tests.testing.drip_calls import CARTS, EVENTS, GOOD, ORDERS, SUBSCRIBERS, answer, send
from tests.testing.shop import NEW, Shop


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


def test_the_headers_count_down() -> None:
    sandbox = Sandbox()
    for left in (49, 48):
        headers = dict(send(sandbox, EVENTS, GOOD[EVENTS]).headers)
        assert headers["X-RateLimit-Limit"] == "50"
        assert headers["X-RateLimit-Remaining"] == str(left)
    assert dict(send(sandbox, CARTS, GOOD[CARTS]).headers)["X-RateLimit-Limit"] == "3600"


def test_beyond_it_the_vendors_words_come_without_a_time() -> None:
    drip = Clocked()
    drip.send(EVENTS, 50)
    refused = send(drip.sandbox, EVENTS, GOOD[EVENTS])
    assert answer(refused).keys() == {"message", "documentation"}
    assert dict(refused.headers)["X-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in dict(refused.headers)
    assert drip.sandbox.ledger.count() == 50


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


def test_quotas_can_be_lifted_at_once() -> None:
    sandbox = Sandbox(quotas=False)
    assert [send(sandbox, EVENTS, GOOD[EVENTS]).status for _ in range(51)] == [201] * 51
    assert sandbox.ecwid.switches["requests_per_minute"] is None


def test_v2_and_v3_are_counted_apart() -> None:
    drip = Clocked()
    assert drip.send(EVENTS, 51)[-1] == 429
    assert [*drip.send(SUBSCRIBERS), *drip.send(CARTS), *drip.send(ORDERS)] == [429, 202, 202]


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
