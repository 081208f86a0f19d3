"""The little shop behind the sandbox's Ecwid, and what the ledger says of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.shop import MISSING, NEW, Shop, answer, get, post, put

# -- the shop behind it


def test_a_product_can_be_made_changed_read_and_deleted() -> None:
    results = Shop().run(
        post({"name": "Tea", "sku": "t"}),
        put("/products/1", {"price": 3.5, "sku": "T"}),
        get("products/1?responseFields=id"),
        {"path": "/products/1", "method": "DELETE"},
        get("/products/1"),
        post({"name": "Tea", "sku": "T"}),
    )
    assert results[:4] == [
        (200, {"id": 1}),
        (200, {"updateCount": 1}),
        (200, {"id": 1, "name": "Tea", "sku": "T", "price": 3.5}),
        (200, {"deleteCount": 1}),
    ]
    assert results[4][0] == 404
    assert results[4][1]["errorCode"] == "PRODUCT_NOT_FOUND"
    assert results[5] == (200, {"id": 2})


def test_a_sku_belongs_to_one_product() -> None:
    results = Shop().run(
        post({"name": "a", "sku": "A"}),
        post({"name": "b", "sku": "A"}),
        post({"name": "c"}),
        put("/products/2", {"sku": "A"}),
        put("/products/1", {"sku": "A"}),
        post({"name": "d", "sku": "00002"}),
    )
    assert [code for code, _ in results] == [200, 409, 200, 409, 200, 409]
    assert results[1][1]["errorCode"] == "SKU_ALREADY_EXISTS"


@pytest.mark.parametrize("body", [None, "", "text", {}, {"name": ""}, {"name": "x", "sku": 5}])
def test_a_product_needs_a_name_and_a_textual_sku(body: object) -> None:
    ((code, error),) = Shop().run(post(body))
    assert (code, error["errorCode"]) == (400, "WRONG_PARAMETER")


def test_an_update_needs_an_object() -> None:
    shop = Shop(products=1)
    assert [code for code, _ in shop.run(put("/products/1", "text"))] == [400]


def test_a_deeply_nested_product_does_not_stop_the_batch() -> None:
    pytest.importorskip("orjson", reason="the standard library refuses such a batch as a whole")
    body = b'[{"path":"/products","method":"POST","body":{"name":"x","n":%b}},%b]'
    plain = b'{"path":"/products","method":"POST","body":{"name":"y"}}'
    shop = Shop(seconds_per_entry=0.0)
    deep = b"[" * 1000 + b"]" * 1000
    response = shop.call("POST", value=body % (deep, plain), stopOnFirstFailure="false")
    assert response.status == 200
    report = shop.look(answer(response)["ticket"])
    first, second = (each["httpStatusCode"] for each in report["responses"])
    # Newer Pythons nest deeper before they give up; the account is right either way.
    assert len(list(shop.ledger.refused())) == {200: 0, 400: 1}[first]
    assert second == 200


def test_a_store_may_have_products_from_the_start() -> None:
    shop = Shop(products=3)
    results = shop.run(put("/products/3", {"price": 1}), NEW, get("/products?offset=3"))
    assert results[0] == (200, {"updateCount": 1})
    assert results[1] == (200, {"id": 4})
    assert (results[2][1]["total"], results[2][1]["count"]) == (4, 1)


def test_the_profile_and_the_orders_can_be_read() -> None:
    results = Shop().run(
        get("/profile"), get("/orders?limit=1&email=a%40b.c"), get("/orders/5"), get("/batch")
    )
    assert results[0][1]["generalInfo"]["storeId"] == 7
    empty: dict[str, Any] = {"total": 0, "count": 0, "offset": 0, "limit": 1, "items": []}
    assert results[1] == (200, empty)
    assert [code for code, _ in results[2:]] == [404, 404]


@pytest.mark.parametrize("query", ["limit=x", "offset=-1"])
def test_a_page_needs_sensible_numbers(query: str) -> None:
    assert [code for code, _ in Shop().run(get(f"/products?{query}"))] == [400]


@pytest.mark.parametrize("path", ["/profile", "/orders", "/products", "/products/1"])
def test_an_inner_method_that_makes_no_sense_is_405(path: str) -> None:
    method = "POST" if path == "/products/1" else "PUT"
    shop = Shop(products=1)
    assert [code for code, _ in shop.run({"path": path, "method": method})] == [405]


# -- the ledger


def test_an_entry_is_in_the_ledger_once_it_has_run_and_at_that_time() -> None:
    shop = Shop()
    shop.submit(NEW, {**NEW, "id": "b"})
    assert shop.ledger.count() == 0
    shop.now = 1.5
    assert [record.time for record in shop.ledger.records()] == [1.0]
    shop.now = 99.0
    assert [(record.time, record.position) for record in shop.ledger.records()] == [
        (1.0, 0),
        (2.0, 1),
    ]


def test_entries_that_the_store_refuses_are_not_taken() -> None:
    shop = Shop()
    shop.run(MISSING, NEW)
    assert list(shop.ledger.items()) == [NEW]
    assert list(shop.ledger.refused()) == [MISSING]


def test_every_request_is_recorded_with_what_it_was_for() -> None:
    shop = Shop()
    ticket = shop.submit(NEW)
    shop.look(ticket)
    shop.call("GET", status="QUEUED")
    shop.call("POST", "/7/batch/cancel-group", groupId="g")
    shop.call("DELETE", ticket=ticket)
    shop.call("GET", "/nowhere")
    operations = [request.operation for request in shop.ledger.requests]
    assert operations == ["batches", "status", "tickets", "cancel_group", "delete", ""]
