"""Drip's endpoints as data: the seven batches, and their siblings for one item."""

from __future__ import annotations

from dataclasses import dataclass

from .._http import Response
from . import drip_items as items
from .shapes import Fault, Shape

TOLD = Fault("format", "", "", {}, "refused on request")
"""What is wrong with an item that the fake was told to refuse."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint: where its items are, what they may hold, what it says on success."""

    operation: str
    key: str
    shape: Shape
    success: Response
    checked_first: bool = False
    """Whether items are checked before the answer (v3) or after it (v2)."""
    lax_envelope: bool = False
    single: bool = False
    """Whether it takes one item: v2 in a list all the same, v3 bare."""
    tells: bool = False
    """Whether v2 refuses a bad item here whatever the switch says; orders say yes and drop it."""


ENDPOINTS = {
    "/v2/subscribers/batches": Endpoint(
        "subscribers", "subscribers", items.SUBSCRIBER, Response.json(201, {})
    ),
    "/v2/unsubscribes/batches": Endpoint(
        "unsubscribes", "subscribers", items.UNSUBSCRIBE, Response(204)
    ),
    "/v2/events/batches": Endpoint("events", "events", items.EVENT, Response.json(201, {})),
    "/v2/orders/batches": Endpoint(
        "legacy_orders",
        "orders",
        items.LEGACY_ORDER,
        Response.json(202, {}),
        lax_envelope=True,
    ),
    "/v3/shopper_activity/cart/batch": Endpoint(
        "carts", "carts", items.CART, Response(202), checked_first=True
    ),
    "/v3/shopper_activity/order/batch": Endpoint(
        "orders", "orders", items.ORDER, Response(202), checked_first=True
    ),
    "/v3/shopper_activity/product/batch": Endpoint(
        "products", "products", items.PRODUCT, Response(202), checked_first=True
    ),
    "/v2/subscribers": Endpoint(
        "one_subscriber",
        "subscribers",
        items.SUBSCRIBER,
        Response.json(200, {"subscribers": [{"status": "active"}]}),
        single=True,
        tells=True,
    ),
    "/v2/events": Endpoint(
        "one_event", "events", items.EVENT, Response(204), single=True, tells=True
    ),
    "/v2/orders": Endpoint(
        "one_legacy_order", "orders", items.LEGACY_ORDER, Response.json(202, {}), single=True
    ),
    "/v3/shopper_activity/cart": Endpoint(
        "one_cart", "carts", items.CART, Response(202), checked_first=True, single=True
    ),
    "/v3/shopper_activity/order": Endpoint(
        "one_order", "orders", items.ORDER, Response(202), checked_first=True, single=True
    ),
    "/v3/shopper_activity/product": Endpoint(
        "one_product", "products", items.PRODUCT, Response(202), checked_first=True, single=True
    ),
}
BY_OPERATION = {endpoint.operation: endpoint for endpoint in ENDPOINTS.values()}
