"""Shopper activity: the items of Drip's v3 batches of carts, orders and products.

Vendor documents: https://developer.drip.com/#cart-activity, #order-activity and
#product-activity. The vendor checks a request against a schema before it answers, so one wrong
type may refuse the whole request. Money is a JSON number of whole units: `Decimal("16.99")`,
never text. Lengths are not documented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal

import attrs

from .._core.items import field_rules
from .._core.items.models import Model, field, model
from ..values import JsonValue, Unset


@model(name="a cart's item")
class CartItem(Model):
    """One line of a `Cart`."""

    product_id: str | Unset = field(field_rules.text(required=True))
    """The product's id in your shop; segments use it. Required."""
    product_variant_id: str | Unset = field(field_rules.text())
    """The variant's id. The vendor requires it, though its own clients do not insist: repeat
    `product_id` for a product without variants."""
    name: str | Unset = field(field_rules.text(required=True))
    """The product's name. Required."""
    price: Decimal | int | float | Unset = field(field_rules.amount(required=True))
    """Price of one unit. Required."""
    sku: str | Unset = field(field_rules.text())
    """Stock keeping unit."""
    brand: str | Unset = field(field_rules.text())
    """The product's brand."""
    categories: Sequence[str] | Unset = field(field_rules.texts())
    """Names of the product's categories."""
    quantity: int | Unset = field(field_rules.whole())
    """How many. Vendor's default: 1."""
    discounts: Decimal | int | float | Unset = field(field_rules.amount())
    """Discounts on the whole line, not on one unit. Vendor's default: 0."""
    total: Decimal | int | float | Unset = field(field_rules.amount())
    """The line's total, after quantity and discounts. Vendor's default: 0."""
    product_url: str | Unset = field(field_rules.url())
    """The product's page, absolute."""
    image_url: str | Unset = field(field_rules.url())
    """The product's picture, absolute."""
    extra: Mapping[str, JsonValue] = attrs.field(factory=dict[str, JsonValue])
    """Custom keys, sent beside the others."""


@model(name="a cart", identified_by=("person_id", "email", "visitor_uuid"))
class Cart(Model):
    """A cart that was made or changed, of one of `person_id`, `email` and `visitor_uuid`.

    Vendor document: https://developer.drip.com/#cart-activity. The cart itself is updated by
    `provider` and `cart_id`, but every send is likely to add to the person's timeline.
    """

    provider: str | Unset = field(field_rules.identifier(required=True))
    """Your name as a source, in lower snake case: `my_store`. Required."""
    person_id: str | Unset = field(field_rules.identifier())
    """Drip's own id of the person."""
    email: str | Unset = field(field_rules.text(mark="@"))
    """The person's address; the vendor ignores it beside `person_id`."""
    visitor_uuid: str | Unset = field(field_rules.identifier())
    """The id of an anonymous visitor. Undocumented, from the vendor's Ruby client."""
    initial_status: Literal["active", "unsubscribed"] | Unset = field(
        field_rules.choice("active", "unsubscribed")
    )
    """The status of a person who is new. Left out, the vendor subscribes the person."""
    action: Literal["created", "updated"] | Unset = field(
        field_rules.choice("created", "updated", required=True)
    )
    """What became of the cart. Required."""
    cart_id: str | Unset = field(field_rules.identifier(required=True))
    """The cart's id in your shop. Required."""
    occurred_at: datetime | str | Unset = field(field_rules.moment())
    """When, with a zone. Left out, batchkit gives the moment of encoding."""
    cart_public_id: str | Unset = field(field_rules.text())
    """The id that the customer sees: `#5`."""
    grand_total: Decimal | int | float | Unset = field(field_rules.amount())
    """Total after discounts. Vendor's default: 0."""
    total_discounts: Decimal | int | float | Unset = field(field_rules.amount())
    """All discounts. Vendor's default: 0."""
    currency: str | Unset = field(field_rules.text())
    """ISO 4217 letters: `USD`."""
    cart_url: str | Unset = field(field_rules.url())
    """The cart's page, absolute. The vendor requires it, though one of its samples goes without."""
    items: Sequence[CartItem | Mapping[str, object]] | Unset = field(field_rules.many(CartItem))
    """The cart's lines."""
    extra: Mapping[str, JsonValue] = attrs.field(factory=dict[str, JsonValue])
    """Custom keys, sent beside the others."""


@model(name="an address")
class Address(Model):
    """An address of an `Order`; every field may be left out."""

    label: str | Unset = field(field_rules.text())
    """What the customer calls it: `Downtown Office`."""
    first_name: str | Unset = field(field_rules.text())
    """Given name."""
    last_name: str | Unset = field(field_rules.text())
    """Family name."""
    company: str | Unset = field(field_rules.text())
    """Company."""
    address_1: str | Unset = field(field_rules.text())
    """First line of the street address. With an underscore here, unlike in `Subscriber`."""
    address_2: str | Unset = field(field_rules.text())
    """Second line of the street address."""
    city: str | Unset = field(field_rules.text())
    """Town."""
    state: str | Unset = field(field_rules.text())
    """State or region."""
    postal_code: str | Unset = field(field_rules.text())
    """Postal code; the v2 models call it `zip`."""
    country: str | Unset = field(field_rules.text())
    """Country."""
    phone: str | Unset = field(field_rules.text())
    """Telephone number."""


@model(name="an order's item")
class OrderItem(Model):
    """One line of an `Order`."""

    product_id: str | Unset = field(field_rules.text())
    """The product's id in your shop; segments use it."""
    product_variant_id: str | Unset = field(field_rules.text())
    """The variant's id."""
    name: str | Unset = field(field_rules.text(required=True))
    """The product's name. Required."""
    price: Decimal | int | float | Unset = field(field_rules.amount())
    """Price of one unit; without it no segment can ask for the price."""
    sku: str | Unset = field(field_rules.text())
    """Stock keeping unit."""
    brand: str | Unset = field(field_rules.text())
    """The product's brand."""
    categories: Sequence[str] | Unset = field(field_rules.texts())
    """Names of the product's categories."""
    quantity: int | Unset = field(field_rules.whole())
    """How many. Vendor's default: 1."""
    discounts: Decimal | int | float | Unset = field(field_rules.amount())
    """Discounts on the whole line, not on one unit. Vendor's default: 0."""
    taxes: Decimal | int | float | Unset = field(field_rules.amount())
    """Taxes on the whole line. Vendor's default: 0."""
    fees: Decimal | int | float | Unset = field(field_rules.amount())
    """Fees on the whole line. Vendor's default: 0."""
    shipping: Decimal | int | float | Unset = field(field_rules.amount())
    """Shipping of the whole line. Vendor's default: 0."""
    total: Decimal | int | float | Unset = field(field_rules.amount())
    """The line's total, all of the above included. Vendor's default: 0."""
    product_url: str | Unset = field(field_rules.url())
    """The product's page, absolute."""
    image_url: str | Unset = field(field_rules.url())
    """The product's picture, absolute."""
    extra: Mapping[str, JsonValue] = attrs.field(factory=dict[str, JsonValue])
    """Custom keys, sent beside the others."""


@model(name="an order", identified_by=("person_id", "email"))
class Order(Model):
    """Something that happened to an order, of the person named by `person_id` or `email`.

    Vendor document: https://developer.drip.com/#order-activity. `placed` adds `grand_total` to
    the person's lifetime value, `updated`, `paid` and `fulfilled` move it to the new
    `grand_total`, `refunded` and `canceled` take `refund_amount` off.
    """

    provider: str | Unset = field(field_rules.identifier(required=True))
    """Your name as a source, in lower snake case: `my_store`. Required."""
    person_id: str | Unset = field(field_rules.identifier())
    """Drip's own id of the person."""
    email: str | Unset = field(field_rules.text(mark="@"))
    """The person's address; the vendor ignores it beside `person_id`."""
    initial_status: Literal["active", "unsubscribed"] | Unset = field(
        field_rules.choice("active", "unsubscribed")
    )
    """The status of a person who is new. Left out, the vendor subscribes the person."""
    action: Literal["placed", "updated", "paid", "fulfilled", "refunded", "canceled"] | Unset = (
        field(
            field_rules.choice(
                "placed", "updated", "paid", "fulfilled", "refunded", "canceled", required=True
            )
        )
    )
    """What happened. Required."""
    order_id: str | Unset = field(field_rules.identifier(required=True))
    """The order's id in your shop; with `provider` what an update goes by. Required."""
    occurred_at: datetime | str | Unset = field(field_rules.moment())
    """When, with a zone; with `placed` when the order began. Left out, batchkit gives the moment
    of encoding."""
    order_public_id: str | Unset = field(field_rules.text())
    """The id that the customer sees: `#4`."""
    grand_total: Decimal | int | float | Unset = field(field_rules.amount())
    """Total of the order. Vendor's default: 0, so send it with every action: left out of a later
    one, it takes the order back out of the lifetime value."""
    total_discounts: Decimal | int | float | Unset = field(field_rules.amount())
    """All discounts. Vendor's default: 0."""
    total_taxes: Decimal | int | float | Unset = field(field_rules.amount())
    """All taxes. Vendor's default: 0."""
    total_fees: Decimal | int | float | Unset = field(field_rules.amount())
    """All fees. Vendor's default: 0."""
    total_shipping: Decimal | int | float | Unset = field(field_rules.amount())
    """All shipping. Vendor's default: 0."""
    refund_amount: Decimal | int | float | Unset = field(field_rules.amount())
    """What is paid back by `refunded` or `canceled`; leave `grand_total` as it was. Vendor's
    default: 0."""
    currency: str | Unset = field(field_rules.text())
    """ISO 4217 letters: `USD`."""
    order_url: str | Unset = field(field_rules.url())
    """The order's page, absolute."""
    items: Sequence[OrderItem | Mapping[str, object]] | Unset = field(field_rules.many(OrderItem))
    """The order's lines."""
    billing_address: Address | Mapping[str, object] | Unset = field(field_rules.one(Address))
    """Where the bill goes."""
    shipping_address: Address | Mapping[str, object] | Unset = field(field_rules.one(Address))
    """Where the goods go."""
    extra: Mapping[str, JsonValue] = attrs.field(factory=dict[str, JsonValue])
    """Custom keys, sent beside the others."""


@model(name="a product")
class Product(Model):
    """A product that was made, changed or taken away; no person is attached.

    Vendor document: https://developer.drip.com/#product-activity. Updated by `provider` and
    `product_id`, so sending it twice changes nothing.
    """

    provider: str | Unset = field(field_rules.identifier(required=True))
    """Your name as a source, in lower snake case: `my_store`. Required."""
    action: Literal["created", "updated", "deleted"] | Unset = field(
        field_rules.choice("created", "updated", "deleted", required=True)
    )
    """What became of the product. Required."""
    occurred_at: datetime | str | Unset = field(field_rules.moment())
    """When, with a zone. Left out, batchkit gives the moment of encoding."""
    product_id: str | Unset = field(field_rules.identifier(required=True))
    """The product's id in your shop. Required."""
    product_variant_id: str | Unset = field(field_rules.identifier())
    """The variant's id. The vendor requires it, though its own Ruby client does not insist: repeat
    `product_id` for a product without variants."""
    name: str | Unset = field(field_rules.text(required=True))
    """The product's name. Required."""
    price: Decimal | int | float | Unset = field(field_rules.amount(required=True))
    """Price of one unit. Required, by the vendor's word also with `deleted`."""
    sku: str | Unset = field(field_rules.text())
    """Stock keeping unit."""
    brand: str | Unset = field(field_rules.text())
    """The product's brand."""
    categories: Sequence[str] | Unset = field(field_rules.texts())
    """Names of the product's categories."""
    currency: str | Unset = field(field_rules.text())
    """ISO 4217 letters. Vendor's default: `USD`."""
    inventory: int | Unset = field(field_rules.whole())
    """How many are in stock."""
    product_url: str | Unset = field(field_rules.url())
    """The product's page, absolute."""
    image_url: str | Unset = field(field_rules.url())
    """The product's picture, absolute."""
