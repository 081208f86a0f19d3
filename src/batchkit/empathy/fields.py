"""The fields that Empathy's events share, each described once.

The vendor's documents mark many fields as required and leave them out of their own samples.
Only `lang` and `q` are known to be enforced, so only these are asked for here; where a docstring
says "the vendor asks for it", an event without it is sent all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TypeAlias

import attrs

from .._core.items.models import FieldRule, Model, field, model
from ..values import Unset

# What a model may hold. A mapping may hold any text, number or boolean, in any field but the
# required ones.
NEEDED = FieldRule(what="a string that is not empty", types=(str,), required=True)
TEXT = FieldRule(what="a string", types=(str,))
WHOLE = FieldRule(what="a whole number, or its text", types=(int, str))
FLAG = FieldRule(what="true or false, or their text", types=(bool, str))
MONEY = FieldRule(
    what="an amount (Decimal, int or float), or its text",
    types=(Decimal, int, float, str),
)
ANYTHING = FieldRule(
    what="a string, a number, or true or false",
    types=(str, int, float, Decimal, bool),
)

Value: TypeAlias = str | int | float | Decimal | bool
"""What a field of the caller's own may hold."""


def _nothing() -> dict[str, Value]:
    return {}


@model(name="an event")
class Event(Model):
    """What every event may say: where in the shop it happened, to whom, and how it came about."""

    lang: str | Unset = field(NEEDED)
    """The catalogue's language, such as `es` or `en-GB`, as configured with the vendor. Always
    needed: without it the vendor refuses the event, and a language that it does not know is
    answered with 200 and not counted."""
    scope: str | Unset = field(TEXT)
    """Device or channel: `desktop`, `mobile`, `tablet`, `mobileapp`, … A filter: a value that is
    not configured with the vendor is answered with 200 and not counted. So are the next three."""
    store: str | Unset = field(TEXT)
    """The store's id or country."""
    catalog: str | Unset = field(TEXT)
    """The catalogue, such as `default`."""
    section: str | Unset = field(TEXT)
    """The section of the shop, such as `women`."""
    session: str | Unset = field(TEXT)
    """The visit, usually a UUID that lives for about 30 minutes. Analytics and next queries need
    it; leave it out if the shopper did not consent. Where it is missing the vendor invents one."""
    user: str | Unset = field(TEXT)
    """The shopper over many visits, usually a UUID. Like `session`; where only one of the two is
    known, both may hold it."""
    user_type: str | Unset = field(TEXT)
    """`new`, `recurrent` or `ignored`."""
    front: str | Unset = field(TEXT)
    """Which front end sent the shopper, such as `default`."""
    origin: str | Unset = field(TEXT)
    """Which tool produced the query: `default`, `next_query`, `linked`, …, or in the newer form
    `feature:location`, such as `search_box:none`."""
    filtered: bool | str | Unset = field(FLAG)
    """Whether the shopper had narrowed the results with facets."""
    filters: str | Unset = field(TEXT)
    """Those facets, as `name:value` pairs joined by `|`; a name may come more than once. Not to
    be mixed up with the filters that the vendor's older pages list: `lang`, `scope` and so on."""
    spellcheck: bool | str | Unset = field(FLAG)
    """Whether the query came from a corrected spelling."""
    boosted: str | Unset = field(TEXT)
    """Which boost put the product there; `default` is a manual one and needs `boosted_id`."""
    boosted_id: str | Unset = field(TEXT, wire="boostedId")
    """The id of the manual boost."""
    extra: Mapping[str, Value] = attrs.field(factory=_nothing)
    """Fields that have no attribute here, in the vendor's spelling: filters of your own that are
    configured with the vendor, such as `warehouse`, and what its own links carry along, such as
    `originalQuery`."""


@model(name="an event of a search")
class Searched(Event):
    """What an event after a search says besides."""

    q: str | Unset = field(NEEDED)
    """The words searched for. Needed, unless the client was told that `q` may be missing."""


@model(name="an event of a category")
class Browsed(Event):
    """What an event without a search says besides."""

    category_id: str | Unset = field(TEXT, wire="categoryId")
    """The category's id or name, or the path to it: levels joined by `/`, each `id|name`."""


@model(name="an event of a product")
class Interaction(Event):
    """What an event about one product says besides."""

    product_id: str | Unset = field(TEXT, wire="productId")
    """The product. Where it is missing the vendor may be configured to find it in `url`."""
    title: str | Unset = field(TEXT)
    """The product's title; the vendor asks for it."""
    url: str | Unset = field(TEXT)
    """The product's page; the vendor asks for it, and takes a bare code as well."""
    page: int | str | Unset = field(WHOLE)
    """The page of results that the product was found on, from 1; the vendor asks for it."""
    position: int | str | Unset = field(WHOLE)
    """The product's place among the results, from 1, best counted over all pages."""
    type: str | Unset = field(TEXT)
    """A number as text that says what was shown: `4` organic (also if left out), `2` sponsored,
    `3` banner, `5` direct link, `6` and `7` added to and taken off a wishlist, `100` top clicked,
    `102` suggestion, and others."""
    location: str | Unset = field(TEXT)
    """Where the shopper was: `results`, `pdp` (the product's page), …"""
    follow: bool | str | Unset = field(FLAG)
    """Whether the vendor redirects to `url`. The vendor's list asks for it, yet it means nothing
    in a batch and is in no sample: leave it out."""


@model(name="an event of a purchase")
class Purchase(Event):
    """What an event about one product bought says besides."""

    transaction_id: str | Unset = field(TEXT, wire="transactionId")
    """What ties the events of one purchase together, typically a UUID. It is no key against
    duplicates: the same event twice is counted twice."""
    revenue: Decimal | int | float | str | Unset = field(MONEY)
    """The price of this one unit, in whole units of `currency`. Decimals are sent digit for
    digit; a float with more than four decimals is refused as a rounding error."""
    currency: str | Unset = field(TEXT)
    """The currency's code in ISO 4217, such as `EUR`."""
