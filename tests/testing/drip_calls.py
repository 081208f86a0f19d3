"""Calls of the sandbox's Drip, and a good item for each endpoint."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from batchkit.testing import Request, Response, Sandbox

LISTS = {
    "/v2/1/subscribers/batches": "subscribers",
    "/v2/1/unsubscribes/batches": "subscribers",
    "/v2/1/events/batches": "events",
    "/v2/1/orders/batches": "orders",
    "/v3/1/shopper_activity/cart/batch": "carts",
    "/v3/1/shopper_activity/order/batch": "orders",
    "/v3/1/shopper_activity/product/batch": "products",
}
SUBSCRIBERS, UNSUBSCRIBES, EVENTS, LEGACY_ORDERS, CARTS, ORDERS, PRODUCTS = LISTS

LINE = {"product_id": "B1", "product_variant_id": "B1-Y", "name": "Boots", "price": 55.0}
CART = {
    "provider": "my_shop",
    "email": "user@example.com",
    "action": "created",
    "cart_id": "4",
    "cart_url": "https://shop.example/cart/4",
    "items": [{**LINE, "quantity": 2, "discounts": 5.34, "total": 104.66, "color": "black"}],
}
ORDER = {
    "provider": "my_shop",
    "person_id": "p1",
    "action": "placed",
    "order_id": "6",
    "grand_total": 54,
    "order_url": "http://localhost:3000/orders/6",
    "items": [{"name": "Boots", "sale_price": 1, "categories": ["Of Might"]}],
    "billing_address": {"label": "Primary", "postal_code": "01234"},
    "anything": {"else": [1, None]},
}
PRODUCT = {**LINE, "provider": "my_shop", "action": "updated", "inventory": 42, "brand": "Drip"}
LEGACY_ORDER = {
    "email": "john@example.com",
    "amount": 4900,
    "cancelled_at": None,
    "financial_state": "paid",
    "billing_address": {"zip": "01234"},
    "items": [{"name": "Canoe", "amount": 4900, "taxable": True, "id": 8888888}],
}
GOOD: dict[str, dict[str, Any]] = {
    SUBSCRIBERS: {"email": "john@example.com", "tags": ["Customer"], "custom_fields": {"a": 1}},
    UNSUBSCRIBES: {"email": "john@example.com"},
    EVENTS: {"id": "d1", "action": "Logged in", "properties": {"value": 100}},
    LEGACY_ORDERS: LEGACY_ORDER,
    CARTS: CART,
    ORDERS: ORDER,
    PRODUCTS: PRODUCT,
}
V3 = [path for path in GOOD if path.startswith("/v3")]
HEADERS = {"Authorization": "Bearer token", "Content-Type": "application/json"}


def post(
    sandbox: Sandbox, path: str, value: object, headers: Mapping[str, str] = HEADERS
) -> Response:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return sandbox.handle(Request.of("POST", f"/drip{path}", headers, body))


def wrapped(path: str, *items: object) -> object:
    batch = {LISTS[path]: list(items)}
    return batch if path in V3 else {"batches": [batch]}


def send(sandbox: Sandbox, path: str, *items: object) -> Response:
    return post(sandbox, path, wrapped(path, *items))


def answer(response: Response) -> Any:
    return json.loads(response.body)


def basic(user_and_password: str) -> dict[str, str]:
    encoded = base64.b64encode(user_and_password.encode()).decode()
    return {**HEADERS, "Authorization": f"Basic {encoded}"}
