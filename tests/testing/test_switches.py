"""Each switch, each of its values: what the vendors' documents leave open."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from batchkit.testing import Request, Response, Sandbox
from tests.testing.drip_calls import (
    CARTS,
    EVENTS,
    GOOD,
    HEADERS,
    LEGACY_ORDERS,
    ORDERS,
    SUBSCRIBERS,
    answer,
    basic,
    post,
    send,
    wrapped,
)
from tests.testing.shop import MISSING, NEW, Shop, get

# -- switches as such


def test_a_switch_that_is_none_is_refused_with_the_list() -> None:
    with pytest.raises(TypeError, match="no switch `bad_item`; there are accounts, "):
        Sandbox(bad_item="drop")
    with pytest.raises(TypeError, match="no switch `stores`"):
        Sandbox().drip.switch(stores=["7"])


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ({"bad_v2_item": "ignore"}, "must be one of 'drop', 'refuse'"),
        ({"attempts": 7}, "must be one of 5, 6"),
        ({"banned": "yes"}, "must be one of False, True"),
        ({"seconds_per_entry": -1}, "not negative"),
        ({"seconds_per_entry": "1"}, "is a string"),
        ({"seconds_per_entry": None}, "is None"),
        ({"products": 1.5}, "must be a number"),
        ({"v2_per_hour": True}, "must be a number"),
        ({"stores": "7"}, "is a string"),
    ],
)
def test_a_value_that_a_switch_cannot_have_is_refused(switch: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        Sandbox(**switch)


def test_a_switch_may_be_turned_while_the_sandbox_runs() -> None:
    sandbox = Sandbox()
    sandbox.switch(bad_v2_item="refuse", cancelled_entries="absent", banned=True)

    assert sandbox.drip.switches["bad_v2_item"] == "refuse"
    assert sandbox.ecwid.switches["cancelled_entries"] == "absent"
    assert sandbox.empathy.switches["banned"] is True


def test_two_sandboxes_have_their_own_switches() -> None:
    Sandbox(bad_v2_item="refuse")

    assert Sandbox().drip.switches["bad_v2_item"] == "drop"


# -- Drip


def test_a_bad_v3_item_may_be_answered_in_three_ways() -> None:
    bad = {**GOOD[CARTS], "cart_id": 7}
    assert send(Sandbox(), CARTS, bad).status == 422
    old = send(Sandbox(bad_v3_item="400"), CARTS, bad)
    assert (old.status, "validation_errors" in answer(old)) == (400, True)
    said = send(Sandbox(bad_v3_item="message"), CARTS, bad)
    assert (said.status, list(answer(said))) == (422, ["error"])


def test_a_wrong_envelope_of_legacy_orders_may_be_refused() -> None:
    assert post(Sandbox(), LEGACY_ORDERS, {"orders": [GOOD[LEGACY_ORDERS]]}).status == 202
    strict = Sandbox(envelopes="strict")
    assert post(strict, LEGACY_ORDERS, {"orders": [GOOD[LEGACY_ORDERS]]}).status == 422


def test_several_batches_may_be_taken() -> None:
    person = GOOD[SUBSCRIBERS]
    body = {"batches": [{"subscribers": [person]}, {"subscribers": [person, person]}]}
    assert post(Sandbox(), SUBSCRIBERS, body).status == 422
    sandbox = Sandbox(several_batches="accept")
    assert post(sandbox, SUBSCRIBERS, body).status == 201
    assert list(sandbox.ledger.items()) == [person] * 3
    assert post(sandbox, SUBSCRIBERS, {"batches": [{"subscribers": [person]}, 7]}).status == 422


def test_more_than_a_thousand_v3_items_may_be_413() -> None:
    body = wrapped(CARTS, *[GOOD[CARTS]] * 1001)
    assert post(Sandbox(), CARTS, body).status == 422
    assert post(Sandbox(too_many_v3="413"), CARTS, body).status == 413
    assert send(Sandbox(too_many_v3="413"), CARTS, GOOD[CARTS]).status == 202


def test_a_large_body_may_be_taken() -> None:
    person = {**GOOD[SUBSCRIBERS], "custom_fields": {"text": "x" * 11_000_000}}
    assert send(Sandbox(), SUBSCRIBERS, person).status == 413
    assert send(Sandbox(large_bodies="accept"), SUBSCRIBERS, person).status == 201


def test_request_ids_may_come_in_four_ways() -> None:
    def ids(said: Any) -> Any:
        return answer(send(Sandbox(request_ids=said), CARTS, *[GOOD[CARTS]] * 3))

    kept = ids("in_order")["request_ids"]
    assert ids("shuffled")["request_ids"] == kept[::-1]
    assert ids("fewer")["request_ids"] == kept[:-1]
    assert ids("errors") == {"request_ids": kept, "errors": []}


def test_basic_without_a_colon_may_be_refused() -> None:
    body = wrapped(EVENTS, GOOD[EVENTS])
    assert post(Sandbox(), EVENTS, body, basic("key")).status == 201
    strict = Sandbox(credentials="strict")
    assert post(strict, EVENTS, body, basic("key")).status == 401
    assert post(strict, EVENTS, body, basic("key:")).status == 201


def test_the_old_media_type_may_be_refused() -> None:
    old = {**HEADERS, "Content-Type": "application/vnd.api+json"}
    body = wrapped(EVENTS, GOOD[EVENTS])
    assert post(Sandbox(), EVENTS, body, old).status == 201
    assert post(Sandbox(content_types="strict"), EVENTS, body, old).status == 415


def test_an_item_to_be_refused_is_a_bad_one() -> None:
    sandbox = Sandbox()
    sandbox.drip.refuse({"email": "john@example.com"})
    assert send(sandbox, SUBSCRIBERS, GOOD[SUBSCRIBERS]).status == 201
    assert sandbox.ledger.count(fate="dropped") == 1
    sandbox.drip.refuse(lambda cart: cart["cart_id"] == "4", times=1)
    refused = send(sandbox, CARTS, GOOD[CARTS])
    [error] = answer(refused)["validation_errors"]
    assert (refused.status, error["dataPath"]) == (422, ".carts[0]")
    assert send(sandbox, CARTS, GOOD[CARTS]).status == 202


@pytest.mark.parametrize(
    ("path", "body", "status", "operation"),
    [
        ("/v2/1/subscribers", {"subscribers": [GOOD[SUBSCRIBERS]]}, 200, "one_subscriber"),
        ("/v2/1/events", {"events": [GOOD[EVENTS]]}, 204, "one_event"),
        ("/v2/1/orders", {"orders": [GOOD[LEGACY_ORDERS]]}, 202, "one_legacy_order"),
        ("/v3/1/shopper_activity/cart", GOOD[CARTS], 202, "one_cart"),
        ("/v3/1/shopper_activity/order", GOOD[ORDERS], 202, "one_order"),
    ],
)
def test_the_siblings_for_one_item(path: str, body: Any, status: int, operation: str) -> None:
    sandbox = Sandbox()
    response = post(sandbox, path, body)

    assert response.status == status
    assert sandbox.ledger.count("drip", operation) == 1
    if "shopper" in path:
        assert list(answer(response)) == ["request_id"]
        bad = post(sandbox, path, {})
        assert bad.status == 422
        assert answer(bad)["validation_errors"][0]["dataPath"] == ""


# -- Ecwid


def done(shop: Shop, *entries: object, escaped: bool = True, **query: Any) -> Any:
    ticket = shop.submit(*entries, **query)
    shop.now += 1000
    return shop.look(ticket, escapedJson=str(escaped).lower())


NAMED = [{**NEW, "id": name} for name in "abc"]


def test_results_may_come_in_another_order() -> None:
    assert [one["id"] for one in done(Shop(), *NAMED)["responses"]] == ["a", "b", "c"]
    shuffled = done(Shop(result_order="shuffled"), *NAMED)["responses"]
    assert [one["id"] for one in shuffled] == ["c", "b", "a"]


def test_a_batch_in_progress_may_show_nothing() -> None:
    shop = Shop(unfinished_results="absent")
    ticket = shop.submit(NEW, NEW)
    shop.now = 1.0
    assert shop.look(ticket) == {
        "status": "IN_PROGRESS",
        "totalRequests": 2,
        "completedRequests": 1,
    }


def test_an_entry_that_was_not_executed_may_have_every_field() -> None:
    bare = done(Shop(), MISSING, NEW)["responses"][1]
    assert bare == {"status": "NOT_EXECUTED"}
    full = {"status": "NOT_EXECUTED", "httpStatusCode": 0, "httpStatusLine": ""}
    shop = Shop(unrun_entries="full")
    assert done(shop, MISSING, NEW)["responses"][1] == {**full, "escapedHttpBody": ""}
    plain = done(shop, MISSING, NEW, escaped=False)["responses"][1]
    assert plain == {**full, "httpBody": None}


def test_skipped_entries_may_count_as_completed() -> None:
    assert done(Shop(), MISSING, NEW)["completedRequests"] == 1
    assert done(Shop(completed_counts="all"), MISSING, NEW)["completedRequests"] == 2


def test_an_unknown_ticket_may_be_400() -> None:
    assert Shop(unknown_ticket="400").call("GET", ticket="nobody").status == 400


def test_without_the_flag_there_may_be_no_responses() -> None:
    shop = Shop(bodies_unasked="hidden")
    assert "responses" not in done(shop, NEW, escaped=False)
    assert "responses" in done(shop, NEW)


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


def test_a_ticket_may_expire() -> None:
    shop = Shop(ticket_expiry=60.0)
    ticket = shop.submit(NEW)
    shop.now = 60.5
    assert shop.look(ticket)["status"] == "COMPLETED"
    shop.now = 61.0
    assert shop.call("GET", ticket=ticket).status == 404


def test_a_failed_entry_may_say_nothing() -> None:
    shop = Shop(error_bodies="empty")
    assert done(shop, MISSING)["responses"][0]["escapedHttpBody"] == ""
    assert done(shop, MISSING, escaped=False)["responses"][0]["httpBody"] is None


def test_a_batch_may_take_a_while_before_its_first_entry() -> None:
    shop = Shop(seconds_per_batch=600.0)
    ticket = shop.submit(NEW)
    shop.now = 600.5
    assert shop.look(ticket)["status"] == "QUEUED"
    shop.now = 601.0
    assert shop.look(ticket)["status"] == "COMPLETED"


def test_the_shop_can_be_asked_without_a_batch() -> None:
    shop = Shop(products=2)
    listed = shop.call("GET", "/7/products", b"", limit=1)
    assert (listed.status, answer(listed)["count"]) == (200, 1)
    made = shop.call("POST", "/7/products", {"name": "Tea"})
    assert answer(made) == {"id": 3}
    assert shop.call("GET", "/7/products/9", b"").status == 404
    assert shop.call("POST", "/7/products", b"{").status == 400
    shop.sandbox.ecwid.refuse({"path": "/profile"}, 402)
    assert shop.call("GET", "/7/profile", b"").status == 402
    assert shop.ledger.count("ecwid", "request") == 2


# -- Empathy


def track(
    sandbox: Sandbox, *events: object, sink: str = "click", instance: str = "shop"
) -> Response:
    path = f"/empathy/tagging/v1/track/{instance}/{sink}/batch"
    return sandbox.handle(Request.of("POST", path, body=json.dumps(events).encode()))


EVENT = {"q": "x", "lang": "es"}


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ("error", b'{"code":400,"error":"the body is not an array of events"}'),
        ("message", b'{"code":400,"message":"the body is not an array of events"}'),
        ("text", b"the body is not an array of events"),
        ("empty", b""),
    ],
)
def test_a_refusal_of_everything_has_four_forms(said: Any, body: bytes) -> None:
    path = "/empathy/tagging/v1/track/shop/click/batch"
    response = Sandbox(failure_body=said).handle(Request.of("POST", path, body=b"{}"))

    assert (response.status, response.body) == (400, body)


def test_more_or_fewer_fields_may_be_enforced() -> None:
    assert track(Sandbox(), EVENT).status == 200
    documented = track(Sandbox(enforced="documented"), EVENT)
    assert documented.status == 400
    assert b"Field [title] is mandatory" in documented.body
    assert track(Sandbox(enforced="nothing"), {}).status == 200


def test_events_and_bytes_may_be_limited() -> None:
    assert track(Sandbox(most_events=2), EVENT, EVENT).status == 200
    assert track(Sandbox(most_events=1), EVENT, EVENT).status == 413
    assert track(Sandbox(most_bytes=10), EVENT).status == 413


def test_an_instance_may_be_disabled() -> None:
    sandbox = Sandbox(disabled_instances=["shop"])
    assert track(sandbox, EVENT).status == 404
    assert track(sandbox, EVENT, instance="other").status == 200


def test_a_banned_caller_is_told_yes_and_nothing_is_stored() -> None:
    sandbox = Sandbox(banned=True)
    assert track(sandbox, EVENT).status == 200
    single = "/empathy/tagging/v1/track/shop/click?" + urlencode(EVENT)
    assert sandbox.handle(Request.of("GET", single)).status == 200
    assert sandbox.ledger.count() == 0


def test_an_event_with_an_unknown_filter_is_not_counted() -> None:
    sandbox = Sandbox(filters={"lang": ["es"], "store": ["1"]})
    assert track(sandbox, EVENT, {**EVENT, "lang": "xx"}, {**EVENT, "store": "2"}).status == 200
    assert list(sandbox.ledger.items()) == [EVENT]
    assert sandbox.ledger.count(fate="dropped") == 2


def test_an_event_to_be_refused_gets_its_code() -> None:
    sandbox = Sandbox()
    sandbox.empathy.refuse({"q": "x"}, 500, times=1)
    response = track(sandbox, EVENT, {**EVENT, "q": "y"}, EVENT)
    assert response.status == 500
    assert [one["code"] for one in answer(response)] == [500, 200, 200]
    assert sandbox.ledger.count(fate="refused") == 1


def test_the_single_call() -> None:
    sandbox = Sandbox()
    path = "/empathy/tagging/v1/track/shop/click?"

    def call(method: str, **event: str) -> Response:
        return sandbox.handle(Request.of(method, path + urlencode(event)))

    assert (call("GET", **EVENT).status, call("POST", **EVENT).body) == (200, b"")
    assert call("PUT", **EVENT).status == 405
    assert call("GET", q="x").status == 400
    followed = call("GET", **EVENT, follow="true", url="https://shop.example/1")
    assert (followed.status, dict(followed.headers)["Location"]) == (302, "https://shop.example/1")
    assert list(sandbox.ledger.items()) == [EVENT] * 2
