"""Each switch of the fake Ecwid's, each of its values."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.shop import MISSING, NEW, Shop, answer, get


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


def test_a_batch_may_show_what_is_still_to_come() -> None:
    shop = Shop(unfinished_results="all")
    ticket = shop.submit(*NAMED)
    waiting = [{"id": name, "status": "NOT_EXECUTED"} for name in "abc"]
    assert shop.look(ticket)["responses"] == waiting
    shop.now = 1.0
    statuses = [one["status"] for one in shop.look(ticket)["responses"]]
    assert statuses == ["COMPLETED", "NOT_EXECUTED", "NOT_EXECUTED"]


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


def test_failed_entries_may_not_count_as_completed() -> None:
    entries, on = [NEW, MISSING], {"stopOnFirstFailure": "false"}
    assert done(Shop(), *entries, **on)["completedRequests"] == 2
    assert done(Shop(completed_counts="succeeded"), *entries, **on)["completedRequests"] == 1


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


@pytest.mark.parametrize("code", [408, 429])
def test_an_inner_408_or_429_may_be_tried_again(code: int) -> None:
    for said, ends in (("5xx", code), ("408_429_5xx", 200)):
        shop = Shop(tried_again=said)
        shop.sandbox.ecwid.refuse({"path": "/products"}, code, times=1)
        [entry] = done(shop, NEW, stopOnFirstFailure="false")["responses"]
        assert entry["httpStatusCode"] == ends


def test_an_inner_5xx_may_be_tried_again_before_it_stops_a_batch() -> None:
    shop = Shop(tried_before_stopping=True)
    shop.sandbox.ecwid.refuse({"path": "/products"}, 503, times=5)
    assert [one["status"] for one in done(shop, NEW, NEW)["responses"]] == ["COMPLETED"] * 2
    shop.sandbox.ecwid.refuse({"path": "/products"}, 503)
    statuses = [one["status"] for one in done(shop, NEW, NEW)["responses"]]
    assert statuses == ["FAILED", "NOT_EXECUTED"]


def test_what_runs_beside_a_failure_may_not_be_executed() -> None:
    for said, last in (("finished", "COMPLETED"), ("not_executed", "NOT_EXECUTED")):
        shop = Shop(beside_a_failure=said)
        responses = done(shop, NEW, MISSING, NEW, allowParallelMode="true")["responses"]
        assert [one["status"] for one in responses] == ["COMPLETED", "FAILED", last]


def test_the_batches_of_a_store_may_run_all_at_once() -> None:
    shop = Shop(queue_order="parallel")
    first, second = shop.submit(NEW, NEW, NEW), shop.submit(NEW)
    shop.now = 1.0
    assert shop.look(first)["status"] == "IN_PROGRESS"
    assert shop.look(second)["status"] == "COMPLETED"
    shop.now = 3.0
    assert shop.look(first)["status"] == "COMPLETED"
    # What is done first is in the books first, whoever was submitted first.
    assert [one.request for one in shop.ledger.records()] == [1, 2, 1, 1]


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


def test_a_failed_request_may_say_nothing() -> None:
    for said, silent in (("full", False), ("empty", True)):
        shop = Shop(error_bodies=said, requests_per_minute=2)
        assert (shop.call("POST", "/7/batch", b"{").body == b"") is silent
        assert (shop.call("GET", "/7/products/9", b"").body == b"") is silent
        limited = shop.call("GET", "/7/profile", b"")
        assert (limited.status, limited.body == b"") == (429, silent)
        assert dict(limited.headers)["Retry-After"] == "60"
        shop.sandbox.faults.once("ecwid:503")
        assert (shop.call("GET", "/7/profile", b"").body == b"") is silent


def test_a_refused_token_may_be_told_why() -> None:
    refused = {"refused_credentials": ["secret_x"]}
    assert Shop(**refused).call("POST", "/7/batch", [NEW]).body == b""
    told = Shop(**refused, forbidden_bodies="full").call("POST", "/7/batch", [NEW])
    assert (told.status, answer(told)["errorCode"]) == (403, "INVALID_API_TOKEN")


def test_a_cancel_may_count_one_for_any_number_of_batches() -> None:
    for said, counted in (("batches", 2), ("one", 1)):
        shop = Shop(cancel_counts=said)
        shop.submit(NEW, groupId="g")
        shop.submit(NEW, groupId="g")
        told = shop.call("POST", "/7/batch/cancel-group", b"", groupId="g")
        assert answer(told) == {"updateCount": counted}
        assert answer(shop.call("POST", "/7/batch/cancel-group", b"", groupId="g")) == {
            "updateCount": 0
        }


def test_only_queued_batches_may_be_deleted() -> None:
    for said, count in (("any", 1), ("queued", 0)):
        shop = Shop(deletable=said)
        running, queued = shop.submit(NEW, NEW), shop.submit(NEW)
        shop.now = 1.0
        deleted = [
            answer(shop.call("DELETE", "/7/batch", b"", ticket=ticket))["deleteCount"]
            for ticket in (running, queued)
        ]
        assert deleted == [count, 1]


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
