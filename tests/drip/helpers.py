"""The least that each of Drip's models takes, and the refusal of an item in words."""

from __future__ import annotations

from typing import Any

import pytest

import batchkit.drip
from batchkit._core.items.models import InvalidItem, Model, wire_form
from batchkit.drip import (
    Address,
    Cart,
    CartItem,
    Event,
    LegacyAddress,
    LegacyOrder,
    LegacyOrderItem,
    Order,
    OrderItem,
    Product,
    Subscriber,
    Unsubscribe,
)

MODELS: list[type[Model]] = [getattr(batchkit.drip, name) for name in batchkit.drip.__all__]

CART: dict[str, Any] = {
    "provider": "shop",
    "email": "a@b.example",
    "action": "created",
    "cart_id": "1",
}
ORDER: dict[str, Any] = {
    "provider": "shop",
    "email": "a@b.example",
    "action": "placed",
    "order_id": "1",
}
PRODUCT: dict[str, Any] = {
    "provider": "shop",
    "action": "created",
    "product_id": "1",
    "name": "n",
    "price": 1,
}
LEGACY: dict[str, Any] = {"email": "a@b.example", "amount": 100}
LEAST: dict[type[Model], dict[str, Any]] = {
    Subscriber: {"email": "a@b.example"},
    Unsubscribe: {"email": "a@b.example"},
    Event: {"email": "a@b.example", "action": "Logged in"},
    Cart: CART,
    CartItem: {"product_id": "1", "name": "n", "price": 1},
    Order: ORDER,
    OrderItem: {"name": "n"},
    Address: {},
    Product: PRODUCT,
    LegacyOrder: LEGACY,
    LegacyOrderItem: {"name": "n", "amount": 100},
    LegacyAddress: {},
}
"""The least that each model takes."""


def check(kind: type[Model], item: object) -> None:
    wire, typed = wire_form(item, kind)
    kind.shape.check(wire, typed=typed)


def refusal(kind: type[Model], item: object) -> str:
    with pytest.raises(InvalidItem) as caught:
        check(kind, item)
    return str(caught.value)


def least(kind: type[Any], **more: object) -> Any:
    return kind(**{**LEAST[kind], **more})
