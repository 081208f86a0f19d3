"""Switches of the fake Drip's that are about items, quotas and wrong envelopes."""

from __future__ import annotations

from typing import Any

import pytest

from batchkit.testing import Sandbox
from tests.testing.drip_calls import (
    CARTS,
    EVENTS,
    GOOD,
    LEGACY_ORDERS,
    ORDERS,
    PRODUCTS,
    SUBSCRIBERS,
    UNSUBSCRIBES,
    answer,
    post,
    send,
)


@pytest.mark.parametrize("code", ["length_error", "parsing_error"])
def test_a_wrong_envelope_may_be_refused_with_two_codes(code: Any) -> None:
    sandbox = Sandbox(envelope_error=code)
    refused = post(sandbox, SUBSCRIBERS, {"subscribers": [GOOD[SUBSCRIBERS]]})
    assert (refused.status, answer(refused)["errors"][0]["code"]) == (422, code)
    # What is in a good envelope is counted all the same.
    assert answer(send(sandbox, SUBSCRIBERS))["errors"][0]["code"] == "length_error"


def test_a_person_may_be_unsubscribed_by_drips_own_id() -> None:
    for said, fate in ((False, "dropped"), (True, "taken")):
        sandbox = Sandbox(unsubscribe_by_id=said)
        assert send(sandbox, UNSUBSCRIBES, {"id": "d1"}).status == 204
        assert sandbox.ledger.count(fate=fate) == 1


@pytest.mark.parametrize("path", [CARTS, ORDERS])
def test_a_cart_or_an_order_may_need_lines(path: str) -> None:
    good = GOOD[path]
    without = {name: value for name, value in good.items() if name != "items"}
    for item in (without, {**good, "items": []}):
        assert send(Sandbox(), path, item).status == 202
        assert send(Sandbox(missing_lines="refuse"), path, good, item).status == 422
    assert send(Sandbox(missing_lines="refuse"), path, good, good).status == 202
    bad_line = {**good, "items": [{}]}
    assert send(Sandbox(missing_lines="refuse"), path, bad_line).status == 422


def test_a_product_may_have_no_keys_of_its_own() -> None:
    own = {**GOOD[PRODUCTS], "color": "red"}
    assert send(Sandbox(), PRODUCTS, own).status == 202
    sandbox = Sandbox(product_extras="refuse")
    assert send(sandbox, PRODUCTS, GOOD[PRODUCTS]).status == 202
    refused = send(sandbox, PRODUCTS, GOOD[PRODUCTS], own)
    [error] = answer(refused)["validation_errors"]
    assert (error["dataPath"], error["params"]) == (
        ".products[1]",
        {"additionalProperty": "color"},
    )


def test_a_legacy_order_may_need_somebody_who_is_known() -> None:
    order = GOOD[LEGACY_ORDERS]
    sandbox = Sandbox()
    assert send(sandbox, LEGACY_ORDERS, order).status == 202
    assert sandbox.ledger.count(operation="legacy_orders") == 1

    sandbox = Sandbox(legacy_people="needed")
    assert send(sandbox, LEGACY_ORDERS, order).status == 202
    assert sandbox.ledger.count(operation="legacy_orders", fate="dropped") == 1
    assert send(sandbox, EVENTS, {"email": order["email"], "action": "Came"}).status == 201
    assert send(sandbox, LEGACY_ORDERS, order).status == 202
    assert sandbox.ledger.count(operation="legacy_orders") == 1


@pytest.mark.parametrize("path", [EVENTS, CARTS])
def test_an_item_that_comes_again_with_its_time_may_be_merged(path: str) -> None:
    item = {**GOOD[path], "occurred_at": "2026-01-01T00:00:00Z"}
    other = {**item, "occurred_at": "2026-01-01T00:00:01Z"}
    for said, taken in (("kept", 5), ("merged", 4)):
        sandbox = Sandbox(drip_repeats=said)
        send(sandbox, path, item, other)
        # Without a time of its own it gets that of its arrival, so it is another one each time.
        send(sandbox, path, item, GOOD[path], GOOD[path])
        assert (sandbox.ledger.count(), sandbox.ledger.count(fate="dropped")) == (taken, 5 - taken)


def test_a_quota_may_say_how_long_to_wait() -> None:
    for said, waits in ((False, None), (True, "3600")):
        sandbox = Sandbox(clock=lambda: 0.0, v2_per_hour=1, drip_retry_after=said)
        assert send(sandbox, EVENTS, GOOD[EVENTS]).status == 201
        refused = send(sandbox, EVENTS, GOOD[EVENTS])
        assert (refused.status, dict(refused.headers).get("Retry-After")) == (429, waits)
