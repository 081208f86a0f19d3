"""Empathy's events, one class per sink.

An event has no time of its own: the vendor stamps it on arrival, so it should be sent while the
shopper's session lives. Equal events are meant, and counted, one by one; nothing here drops them.
A field that was not given is left out; `None` is refused, as null means a missing field to the
vendor. All values go out as JSON strings: `1` as `"1"`, `True` as `"true"`.

The vendor's pages are below "Tagging API" in its documentation; the path at the end of each
class's docstring is the one of the batch endpoint.
"""

from __future__ import annotations

from .._core.items.models import field, model
from ..values import Unset
from .fields import TEXT, WHOLE, Browsed, Interaction, Purchase, Searched


@model(name="a query event")
class QueryEvent(Searched):
    """One search whose results were shown.

    Count one for each new term, page, refinement, suggestion taken and return by the back button,
    even where the results came out of a cache.

    `POST /track/{instance}/query/batch`; the vendor's page is "Query Event" of "Search Tagging".
    """

    total_hits: int | str | Unset = field(WHOLE, wire="totalHits")
    """How many results there were; the vendor asks for it. Its own shops send -1 where there were
    none and something else was shown instead."""
    page: int | str | Unset = field(WHOLE)
    """The page of results, from 1; the vendor asks for it."""
    referrer: str | Unset = field(TEXT)
    """The page that the shopper came from."""


@model(name="a click event")
class ClickEvent(Searched, Interaction):
    """One click on a product among the results of a search.

    `POST /track/{instance}/click/batch`; the vendor's page is "Click Event" of "Search Tagging".
    """


@model(name="a wishlist event")
class WishlistEvent(Searched, Interaction):
    """One product put on a wishlist, or with `type="7"` taken off it, after a search.

    The vendor has announced that this event goes away; ask before you build on it.

    `POST /track/{instance}/wishlist/batch`; the vendor's page is "Wishlist Event" of "Search
    Tagging".
    """


@model(name="an add2cart event")
class Add2CartEvent(Searched, Interaction):
    """One unit of a product put into the cart after a search.

    There is no quantity: two units are two events.

    `POST /track/{instance}/add2cart/batch`; the vendor's page is "Add to Cart Event" of "Search
    Tagging".
    """


@model(name="a checkout event")
class CheckoutEvent(Searched, Interaction, Purchase):
    """One unit of a product bought after a search.

    There is no quantity: two units are two events, and `revenue` is the price of one. The vendor
    asks for `transaction_id`, `revenue` and `currency`.

    `POST /track/{instance}/checkout/batch`; the vendor's page is "Checkout Event" of "Search
    Tagging".
    """


@model(name="a browseCategory event")
class BrowseCategoryEvent(Browsed):
    """One view of a category's page.

    `POST /track/{instance}/browseCategory/batch`; the vendor's page is "Category Event" of
    "Browse Tagging".
    """

    total_hits: int | str | Unset = field(WHOLE, wire="totalHits")
    """How many products the category holds; the vendor asks for it."""
    page: int | str | Unset = field(WHOLE)
    """The page of the category, from 1."""
    url: str | Unset = field(TEXT)
    """The category's page."""


@model(name="a browseProduct event")
class BrowseProductEvent(Browsed, Interaction):
    """One click on a product on a category's page.

    `POST /track/{instance}/browseProduct/batch`; the vendor's page is "Product Event" of "Browse
    Tagging".
    """


@model(name="a browseAdd2Cart event")
class BrowseAdd2CartEvent(Browsed, Interaction):
    """One unit of a product put into the cart without a search.

    There is no quantity: two units are two events.

    `POST /track/{instance}/browseAdd2Cart/batch`; the vendor's page is "Add to Cart Event" of
    "Browse Tagging".
    """


@model(name="a browseCheckout event")
class BrowseCheckoutEvent(Browsed, Interaction, Purchase):
    """One unit of a product bought without a search.

    There is no quantity: two units are two events. `transaction_id`, `revenue` and `currency` are
    optional here by the vendor's word.

    `POST /track/{instance}/browseCheckout/batch`; the vendor's page is "Checkout Event" of
    "Browse Tagging".
    """
