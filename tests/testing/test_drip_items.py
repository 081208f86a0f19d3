"""What the sandbox's Drip does about single bad items."""

from __future__ import annotations

import pytest

from batchkit.testing import Sandbox
from tests.testing.drip_calls import (
    CART,
    CARTS,
    EVENTS,
    GOOD,
    LEGACY_ORDER,
    LEGACY_ORDERS,
    LINE,
    LISTS,
    ORDER,
    ORDERS,
    PRODUCT,
    PRODUCTS,
    SUBSCRIBERS,
    UNSUBSCRIBES,
    answer,
    send,
)

BAD_V2: list[tuple[str, object]] = [
    (SUBSCRIBERS, "not an object"),
    (SUBSCRIBERS, {"first_name": "nobody"}),
    (SUBSCRIBERS, {"email": ""}),
    (SUBSCRIBERS, {"email": 5}),
    (SUBSCRIBERS, {"email": "a@b.c", "tags": "Customer"}),
    (SUBSCRIBERS, {"email": "a@b.c", "tags": [1]}),
    (SUBSCRIBERS, {"email": "a@b.c", "prospect": "yes"}),
    (SUBSCRIBERS, {"email": "a@b.c", "lifetime_value": True}),
    (SUBSCRIBERS, {"email": "a@b.c", "lifetime_value": 1.5}),
    (SUBSCRIBERS, {"email": "a@b.c", "status": "gone"}),
    (UNSUBSCRIBES, {"id": "d1"}),
    (EVENTS, {"email": "a@b.c"}),
    (EVENTS, {"email": "a@b.c", "action": None}),
    (LEGACY_ORDERS, {**LEGACY_ORDER, "amount": "49"}),
    (LEGACY_ORDERS, {**LEGACY_ORDER, "financial_state": "rich"}),
    (LEGACY_ORDERS, {**LEGACY_ORDER, "items": [{"name": "Canoe"}]}),
    (LEGACY_ORDERS, {**LEGACY_ORDER, "shipping_address": []}),
]


@pytest.mark.parametrize(("path", "item"), BAD_V2)
def test_v2_says_yes_to_a_bad_item_and_drops_it(path: str, item: object) -> None:
    sandbox = Sandbox()
    response = send(sandbox, path, GOOD[path], item, GOOD[path])
    assert response.status < 300
    assert list(sandbox.ledger.items()) == [GOOD[path]] * 2
    assert list(sandbox.ledger.dropped()) == [item]


def test_v2_can_be_told_to_refuse_a_call_with_a_bad_item() -> None:
    sandbox = Sandbox(bad_v2_item="refuse")
    response = send(sandbox, EVENTS, GOOD[EVENTS], {"action": "x"})
    assert response.status == 422
    assert sandbox.ledger.count() == sandbox.ledger.count(fate="dropped") == 0


@pytest.mark.parametrize(
    "item",
    [
        {"email": "a@b.c", "first_name": None},
        {"email": "a@b.c", "lifetime_value": 100.0},
        {"email": "a@b.c", "unheard_of": 1},
    ],
)
def test_v2_reads_null_as_not_given_and_passes_over_unknown_fields(item: object) -> None:
    sandbox = Sandbox()
    send(sandbox, SUBSCRIBERS, item)
    assert sandbox.ledger.count() == 1


BAD_V3: list[tuple[str, object, str, str]] = [
    (CARTS, 5, "type", ""),
    (CARTS, {**CART, "action": "placed"}, "enum", ".action"),
    (CARTS, {**CART, "currency": None}, "type", ".currency"),
    (CARTS, {**CART, "grand_total": "16.99"}, "type", ".grand_total"),
    (CARTS, {**CART, "cart_url": "/cart/4"}, "format", ".cart_url"),
    (CARTS, {**CART, "cart_id": 4}, "type", ".cart_id"),
    (CARTS, {**CART, "items": {}}, "type", ".items"),
    (CARTS, {**CART, "items": [LINE, {"name": "x"}]}, "required", ".items[1]"),
    (CARTS, {**CART, "items": [{**LINE, "quantity": 1.5}]}, "type", ".items[0].quantity"),
    (CARTS, {**CART, "items": [{**LINE, "categories": [1]}]}, "type", ".items[0].categories[0]"),
    (CARTS, {**CART, "initial_status": "gone"}, "enum", ".initial_status"),
    (ORDERS, {**ORDER, "action": "cancelled"}, "enum", ".action"),
    (ORDERS, {**ORDER, "billing_address": {"label": 1}}, "type", ".billing_address.label"),
    (ORDERS, {**ORDER, "items": [{**LINE, "image_url": "x.png"}]}, "format", ".items[0].image_url"),
    (ORDERS, {"provider": "x", "email": "a@b.c", "action": "paid"}, "required", ""),
    (ORDERS, {"provider": "x", "order_id": "6", "action": "paid"}, "anyOf", ""),
    (PRODUCTS, {**PRODUCT, "inventory": "42"}, "type", ".inventory"),
    (PRODUCTS, {**PRODUCT, "price": True}, "type", ".price"),
]


@pytest.mark.parametrize(("path", "item", "keyword", "place"), BAD_V3)
def test_v3_refuses_the_whole_call_and_names_the_fault(
    path: str, item: object, keyword: str, place: str
) -> None:
    sandbox = Sandbox()
    response = send(sandbox, path, GOOD[path], item)
    assert response.status == 422
    fault = answer(response)["validation_errors"][0]
    assert fault.keys() == {"keyword", "dataPath", "schemaPath", "params", "message"}
    assert (fault["keyword"], fault["dataPath"]) == (keyword, f".{LISTS[path]}[1]{place}")
    assert sandbox.ledger.count() == sandbox.ledger.count(fate="refused") == 0


def test_a_schema_path_names_the_file_of_the_innermost_object() -> None:
    item = {**ORDER, "items": [{**LINE, "product_url": "/x"}]}
    (fault,) = answer(send(Sandbox(), ORDERS, item))["validation_errors"]
    assert fault["schemaPath"] == "order_item.json#/properties/product_url/format"


def test_all_faults_of_a_call_are_reported() -> None:
    response = send(Sandbox(), PRODUCTS, {}, {**PRODUCT, "price": "1", "inventory": 0.5})
    assert len(answer(response)["validation_errors"]) == 6 + 2


def test_a_cart_without_its_address_passes_as_in_the_vendors_own_sample() -> None:
    cart = {name: value for name, value in CART.items() if name != "cart_url"}
    assert send(Sandbox(), CARTS, cart).status == 202


@pytest.mark.parametrize("url", ["https://a.example/x", "http://localhost:3000/y", "HTTPS://A.B"])
def test_an_absolute_uri_passes(url: str) -> None:
    assert send(Sandbox(), CARTS, {**CART, "cart_url": url}).status == 202


@pytest.mark.parametrize(
    "url", ["", "example.com/x", "//a.example", "http:", "http://a b", "h:x\n"]
)
def test_anything_else_is_no_uri(url: str) -> None:
    assert send(Sandbox(), CARTS, {**CART, "cart_url": url}).status == 422
