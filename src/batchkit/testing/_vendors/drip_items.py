"""Drip's item tables as data.

The names and types are those of Drip's pages on subscribers, events, orders and shopper activity.
That v3 wants numbers as numbers and absolute URIs is known from its users' error reports.
"""

from __future__ import annotations

from .shapes import (
    FLAG,
    INTEGER,
    NUMBER,
    OBJECT,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    URI,
    Kind,
    Shape,
    choice,
    many,
    one,
)


def _fields(kind: Kind, names: str) -> dict[str, Kind]:
    return dict.fromkeys(names.split(), kind)


_STATUS = choice("active", "unsubscribed")

# -- v2: items are looked at after the answer, null is read as not given

SUBSCRIBER = Shape(
    "subscriber",
    {
        **_fields(TEXT, "email id visitor_uuid new_email first_name last_name address1 address2"),
        **_fields(TEXT, "city state zip country phone sms_number user_id time_zone ip_address"),
        **_fields(TEXT, "eu_consent_message status_updated_at"),
        **_fields(FLAG, "sms_consent prospect potential_lead"),
        **_fields(INTEGER, "lifetime_value base_lead_score"),
        **_fields(TEXTS, "tags remove_tags"),
        **_fields(OBJECT, "custom_fields external_ids"),
        **_fields(_STATUS, "status initial_status"),
        "eu_consent": choice("granted", "denied"),
    },
    identifiers=("email", "id", "visitor_uuid"),
    nulls=True,
)

UNSUBSCRIBE = Shape("unsubscribe", _fields(TEXT, "email id"), identifiers=("email",), nulls=True)

EVENT = Shape(
    "event",
    {
        **_fields(TEXT, "email id action occurred_at"),
        **_fields(FLAG, "prospect potential_lead"),
        "properties": OBJECT,
    },
    required=frozenset({"action"}),
    identifiers=("email", "id"),
    nulls=True,
)

_LEGACY_ADDRESS = Shape(
    "address",
    _fields(
        TEXT,
        "name first_name last_name company address_1 address_2 city state zip country phone email",
    ),
    nulls=True,
)

_LEGACY_ITEM = Shape(
    "item",
    {
        **_fields(TEXT, "name product_id sku upstream_id upstream_product_id"),
        **_fields(TEXT, "upstream_product_variant_id"),
        **_fields(INTEGER, "amount price tax fees discount quantity"),
        "taxable": FLAG,
        "properties": OBJECT,
    },
    required=frozenset({"name", "amount"}),
    nulls=True,
)

LEGACY_ORDER = Shape(
    "order",
    {
        **_fields(TEXT, "email id provider upstream_id identifier permalink currency_code"),
        **_fields(TEXT, "occurred_at closed_at"),
        **_fields(INTEGER, "amount tax fees discount"),
        **_fields(one(_LEGACY_ADDRESS), "billing_address shipping_address"),
        "cancelled_at": TEXT_OR_NULL,
        "properties": OBJECT,
        "items": many(_LEGACY_ITEM),
        "financial_state": choice(
            "pending",
            "authorized",
            "partially_paid",
            "paid",
            "partially_refunded",
            "refunded",
            "voided",
        ),
        "fulfillment_state": choice("not_fulfilled", "partially_fulfilled", "fulfilled"),
    },
    required=frozenset({"amount"}),
    identifiers=("email", "id"),
    nulls=True,
)

# -- v3: items are checked against a schema before the answer, other keys are the caller's own

_GOODS = {
    **_fields(TEXT, "product_id product_variant_id name sku brand"),
    **_fields(URI, "product_url image_url"),
    "price": NUMBER,
    "categories": TEXTS,
}

_CART_ITEM = Shape(
    "cart_item",
    {**_GOODS, **_fields(NUMBER, "discounts total"), "quantity": INTEGER},
    required=frozenset({"product_id", "product_variant_id", "name", "price"}),
)

CART = Shape(
    "cart",
    {
        **_fields(TEXT, "provider person_id email visitor_uuid cart_id occurred_at"),
        **_fields(TEXT, "cart_public_id currency"),
        **_fields(NUMBER, "grand_total total_discounts"),
        "initial_status": _STATUS,
        "action": choice("created", "updated"),
        "cart_url": URI,
        "items": many(_CART_ITEM),
    },
    # Not cart_url: the field table calls it required, and the vendor's own sample goes without.
    required=frozenset({"provider", "action", "cart_id"}),
    identifiers=("person_id", "email", "visitor_uuid"),
)

_ORDER_ITEM = Shape(
    "order_item",
    {
        **_GOODS,
        **_fields(NUMBER, "discounts taxes fees shipping total"),
        "quantity": INTEGER,
    },
    required=frozenset({"name"}),
)

_ADDRESS = Shape(
    "address",
    _fields(
        TEXT,
        "label first_name last_name company address_1 address_2 city state postal_code country "
        "phone",
    ),
)

ORDER = Shape(
    "order",
    {
        **_fields(TEXT, "provider person_id email order_id occurred_at order_public_id currency"),
        **_fields(NUMBER, "grand_total total_discounts total_taxes total_fees total_shipping"),
        **_fields(one(_ADDRESS), "billing_address shipping_address"),
        "refund_amount": NUMBER,
        "initial_status": _STATUS,
        "action": choice("placed", "updated", "paid", "fulfilled", "refunded", "canceled"),
        "order_url": URI,
        "items": many(_ORDER_ITEM),
    },
    required=frozenset({"provider", "action", "order_id"}),
    identifiers=("person_id", "email"),
)

PRODUCT = Shape(
    "product",
    {
        **_GOODS,
        **_fields(TEXT, "provider occurred_at currency"),
        "action": choice("created", "updated", "deleted"),
        "inventory": INTEGER,
    },
    required=frozenset({"provider", "action", "product_id", "product_variant_id", "name", "price"}),
)
