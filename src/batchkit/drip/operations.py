"""Drip's seven batch endpoints as data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs
import cattrs

from .._core.items.encoding import encoder
from .._core.items.models import Model, convert_model, kind, named
from .._core.operations import Operation, Repeat
from ..options import Limits, Pace
from .answers import REMAINING, complain, limited, read
from .legacy import LegacyOrder
from .people import Event, Subscriber, Unsubscribe
from .shopper import Cart, Order, Product

LIMITS: Final = Limits(max_items=1000, max_bytes=5_000_000)
"""The vendor documents the items. The bytes are ours: half of what its gateway lets through."""

V2_QUOTA: Final = ("v2 batches", Pace(requests=50, per=3600))
"""What the vendor documents for batch endpoints. Whether each endpoint has a count of its own is
not said; one count for all four can only be too slow, never too fast."""

V3_QUOTA: Final = ("v3 shopper activity", Pace(requests=3600, per=3600))
"""What the vendor documents for requests in general. Its page lists these batches under the 50 an
hour too, but its own shop plug-ins gave up waiting between order batches in August 2019, because
the limit there was said to be very high; a 429 corrects us if it is not."""

_converter = cattrs.Converter()
_converter.register_unstructure_hook(datetime, datetime.isoformat)


def convert(value: object) -> object:
    """The JSON form of a value inside an item that JSON has none for."""
    if isinstance(value, Model):
        return convert_model(value)
    written: object = _converter.unstructure(value)
    if not isinstance(written, str):  # cattrs hands back what it knows nothing about
        raise TypeError(f"is {kind(value)}, which JSON has no form for.")
    return written


def _operation(
    name: str,
    path: str,
    envelope: tuple[str, str],
    kind_of_item: type[Model],
    repeat: Repeat,
    quota: tuple[str, Pace],
    changes: Sequence[str],
) -> Operation:
    stamped = "occurred_at" in kind_of_item.shape.rules
    before, after = envelope
    return Operation(
        vendor="Drip",
        name=name,
        path=path,
        encode=encoder(kind_of_item, convert, stamp="occurred_at" if stamped else None),
        before=before.encode(),
        after=after.encode(),
        limits=LIMITS,
        repeat=repeat,
        read=read,
        complain=complain,
        quota=quota[0],
        pace=quota[1],
        limited=limited,
        request_id_headers=("x-request-id", "x-amzn-requestid"),
        remaining_header=REMAINING,
        changes=named(changes, kind_of_item) if changes else None,
        fields=kind_of_item.shape.rules,
    )


def _v2(
    resource: str,
    kind_of_item: type[Model],
    repeat: Repeat,
    *changes: str,
    name: str = "",
    array: str = "",
) -> Operation:
    envelope = f'{{"batches":[{{"{array or resource}":[', "]}]}"
    path = f"/v2/{{account}}/{resource}/batches"
    return _operation(name or resource, path, envelope, kind_of_item, repeat, V2_QUOTA, changes)


def _v3(thing: str, kind_of_item: type[Model], repeat: Repeat, *changes: str) -> Operation:
    envelope = f'{{"{thing}s":[', "]}"
    path = f"/v3/{{account}}/shopper_activity/{thing}/batch"
    return _operation(f"{thing}s", path, envelope, kind_of_item, repeat, V3_QUOTA, changes)


# The state of carts and orders converges too, but a repeat is likely to stand on the person's
# timeline, to start workflows again and to take a refund off twice. A legacy order converges only
# with `provider` and `upstream_id`, which nothing makes a caller give. The last names are of the
# fields that say what an item changes; an event changes nothing, and says itself when it happened.
_OPERATIONS: Final = (
    _v2("subscribers", Subscriber, Repeat.CONVERGES, "email", "new_email", "id", "visitor_uuid"),
    _v2("unsubscribes", Unsubscribe, Repeat.CONVERGES, "email", array="subscribers"),
    _v2("events", Event, Repeat.DUPLICATES),
    _v2("orders", LegacyOrder, Repeat.DUPLICATES, "upstream_id", name="legacy_orders"),
    _v3("cart", Cart, Repeat.DUPLICATES, "cart_id"),
    _v3("order", Order, Repeat.DUPLICATES, "order_id", "order_public_id"),
    _v3("product", Product, Repeat.CONVERGES, "product_id"),
)


def operations(account_id: str) -> dict[str, Operation]:
    """The operations of an account, by the client's attribute that sends them."""
    return {
        each.name: attrs.evolve(each, path=each.path.format(account=account_id))
        for each in _OPERATIONS
    }
