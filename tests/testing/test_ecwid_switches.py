"""Each switch of the fake Ecwid's, each of its values."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.shop import NEW, Shop, get


def done(shop: Shop, *entries: object, escaped: bool = True, **query: Any) -> Any:
    ticket = shop.submit(*entries, **query)
    shop.now += 1000
    return shop.look(ticket, escapedJson=str(escaped).lower())


NAMED = [{**NEW, "id": name} for name in "abc"]


def test_results_may_come_in_another_order() -> None:
    assert [one["id"] for one in done(Shop(), *NAMED)["responses"]] == ["a", "b", "c"]
    shuffled = done(Shop(result_order="shuffled"), *NAMED)["responses"]
    assert [one["id"] for one in shuffled] == ["c", "b", "a"]


@pytest.mark.parametrize("attempts", [5, 6])
def test_an_inner_5xx_is_tried_again_three_seconds_later(attempts: Any) -> None:
    shop = Shop(attempts=attempts)
    shop.sandbox.ecwid.refuse({"path": "/products"}, 503, times=attempts)
    ticket = shop.submit(NEW, get("/profile"), stopOnFirstFailure="false")
    # One second for the first attempt, four for each further one, one for the other entry.
    shop.now = 1 + 4 * (attempts - 1) - 0.5
    assert shop.look(ticket)["completedRequests"] == 0
    shop.now += 2
    assert [one["httpStatusCode"] for one in shop.look(ticket)["responses"]] == [503, 200]


def test_an_inner_5xx_may_pass() -> None:
    shop = Shop()
    shop.sandbox.ecwid.refuse({"path": "/products"}, 503, times=2)
    ticket = shop.submit(NEW, NEW, stopOnFirstFailure="false", allowParallelMode="true")
    shop.now = 5.0
    assert [one["httpStatusCode"] for one in shop.look(ticket)["responses"]] == [200, 200]
    assert shop.ledger.count() == 2


def test_an_inner_5xx_stops_a_batch_that_stops() -> None:
    shop = Shop()
    shop.sandbox.ecwid.refuse({"path": "/products"}, 503)
    statuses = [one["status"] for one in done(shop, NEW, NEW)["responses"]]
    assert statuses == ["FAILED", "NOT_EXECUTED"]


def test_a_fault_may_fail_entries() -> None:
    shop = Shop()
    shop.sandbox.faults.once("ecwid:item-409=2")
    codes = [
        one["httpStatusCode"] for one in done(shop, *NAMED, stopOnFirstFailure="false")["responses"]
    ]
    assert sorted(codes) == [200, 409, 409]


def test_a_batch_may_take_a_while_before_its_first_entry() -> None:
    shop = Shop(seconds_per_batch=600.0)
    ticket = shop.submit(NEW)
    shop.now = 600.5
    assert shop.look(ticket)["status"] == "QUEUED"
    shop.now = 601.0
    assert shop.look(ticket)["status"] == "COMPLETED"
