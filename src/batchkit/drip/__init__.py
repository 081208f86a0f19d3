"""Drip's items: what `batchkit.Drip` sends, in the vendor's own words and spellings.

The v2 models count money in whole cents, the v3 models (shopper activity) in units of the
currency with decimals; nothing converts the one into the other.
"""

from __future__ import annotations

from .legacy import LegacyAddress, LegacyOrder, LegacyOrderItem
from .people import Event, Subscriber, Unsubscribe
from .shopper import Address, Cart, CartItem, Order, OrderItem, Product

__all__ = [
    "Address",
    "Cart",
    "CartItem",
    "Event",
    "LegacyAddress",
    "LegacyOrder",
    "LegacyOrderItem",
    "Order",
    "OrderItem",
    "Product",
    "Subscriber",
    "Unsubscribe",
]
