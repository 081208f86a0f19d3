"""Empathy's tagging API: the nine kinds of events that its batch endpoint counts."""

from __future__ import annotations

from .models import (
    Add2CartEvent,
    BrowseAdd2CartEvent,
    BrowseCategoryEvent,
    BrowseCheckoutEvent,
    BrowseProductEvent,
    CheckoutEvent,
    ClickEvent,
    QueryEvent,
    WishlistEvent,
)

__all__ = [
    "Add2CartEvent",
    "BrowseAdd2CartEvent",
    "BrowseCategoryEvent",
    "BrowseCheckoutEvent",
    "BrowseProductEvent",
    "CheckoutEvent",
    "ClickEvent",
    "QueryEvent",
    "WishlistEvent",
]
