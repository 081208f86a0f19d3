"""Drip's endpoints as data: the seven batches."""

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
}
BY_OPERATION = {endpoint.operation: endpoint for endpoint in ENDPOINTS.values()}
