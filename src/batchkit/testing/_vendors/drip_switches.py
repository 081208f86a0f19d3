"""What Drip's documents leave open, as switches whose defaults are the likelier answer.

The types are the documentation for editors and type checkers.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypedDict

from .quota import Window


class DripSwitches(TypedDict, total=False):
    """Switches of the fake Drip."""

    accounts: Collection[str] | None
    """The account ids it knows; ``None`` for any."""
    refused_credentials: Collection[str]
    """Keys and tokens that it refuses; any other is good."""
    bad_v2_item: Literal["drop", "refuse"]
    """One bad item in a v2 batch: dropped behind a yes, or 422 for the whole call."""
    bad_v3_item: Literal["422", "400", "message"]
    """One bad item in a v3 batch: 422 or 400 with ``validation_errors``, or 422 with one message
    that names no item."""
    envelopes: Literal["vendor", "strict"]
    """A wrong envelope: legacy orders say yes and store nothing, or are refused like the others."""
    envelope_error: Literal["length_error", "parsing_error"]
    """The code with which a wrong envelope is refused."""
    several_batches: Literal["refuse", "accept"]
    """More than one element in ``batches``."""
    too_many_v3: Literal["422", "413"]
    """More than 1,000 items in a v3 batch."""
    large_bodies: Literal["refuse", "accept"]
    """More than 10 MiB: 413, or taken."""
    request_ids: Literal["in_order", "shuffled", "fewer", "errors"]
    """The ids of a v3 answer: one for each item in order, in another order, all but one, or with
    an empty list of ``errors`` beside them."""
    unsubscribe_by_id: bool
    """Whether a person may be unsubscribed by Drip's own id, without an address."""
    missing_lines: Literal["accept", "refuse"]
    """A cart or an order without ``items``, or with none in it: good, or a bad item."""
    product_extras: Literal["accept", "refuse"]
    """A key of the caller's own on a product: good, or a bad item."""
    legacy_people: Literal["made", "needed"]
    """A legacy order for somebody who was in no other request: the person is made, or the order is
    dropped."""
    drip_repeats: Literal["kept", "merged"]
    """An item that is equal to an earlier one, ``occurred_at`` included: one more, or dropped."""
    credentials: Literal["lenient", "strict"]
    """Whether Basic may come without the colon after the key."""
    content_types: Literal["vendor", "strict"]
    """Whether v2 takes ``application/vnd.api+json`` too, or JSON only."""
    drip_quota: Literal["family", "endpoint", "shared", "off"]
    """What one count is for: v2 (50 an hour) and v3 (3,600) apart, each endpoint, all batches (50),
    or none is kept."""
    drip_window: Window
    """Whether the hour begins with the first request, or each slot comes back by itself."""
    drip_retry_after: bool
    """Whether 429 over the quota says in ``Retry-After`` how long."""
    v2_per_hour: int
    """Requests an hour that v2 takes."""
    v3_per_hour: int
    """Requests an hour that v3 takes."""


DRIP = DripSwitches(
    accounts=None,
    refused_credentials=(),
    bad_v2_item="drop",
    bad_v3_item="422",
    envelopes="vendor",
    envelope_error="length_error",
    several_batches="refuse",
    too_many_v3="422",
    large_bodies="refuse",
    request_ids="in_order",
    unsubscribe_by_id=False,
    missing_lines="accept",
    product_extras="accept",
    legacy_people="made",
    drip_repeats="kept",
    credentials="lenient",
    content_types="vendor",
    drip_quota="family",
    drip_window="fixed",
    drip_retry_after=False,
    v2_per_hour=50,
    v3_per_hour=3600,
)
