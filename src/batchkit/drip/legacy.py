"""Orders as Drip's v2 batch takes them. New work is better off with `batchkit.drip.Order`.

Vendor document: https://developer.drip.com/#create-or-update-a-batch-of-orders-legacy, with the
fields of #orders. All money is in whole cents. The vendor promises notice before it retires this
endpoint. It answers yes even to what it cannot use; whether an unknown person is created is
unclear, and nothing can be asked about an order afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from .._core.items import field_rules
from .._core.items.models import Model, field, model
from ..values import JsonValue, Unset


@model(name="a legacy address")
class LegacyAddress(Model):
    """An address of a `LegacyOrder`; every field may be left out."""

    name: str | Unset = field(field_rules.text())
    """Whole name."""
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
    zip: str | Unset = field(field_rules.text())
    """Postal code; v3 calls it `postal_code`."""
    country: str | Unset = field(field_rules.text())
    """Country."""
    phone: str | Unset = field(field_rules.text())
    """Telephone number."""
    email: str | Unset = field(field_rules.text(mark="@"))
    """Address for letters about this order; it names nobody."""


@model(name="a legacy order's item")
class LegacyOrderItem(Model):
    """One line of a `LegacyOrder`."""

    name: str | Unset = field(field_rules.text(required=True))
    """The product's name. Required."""
    amount: int | Unset = field(field_rules.cents(required=True))
    """The line's total in cents. Required."""
    price: int | Unset = field(field_rules.cents())
    """Price of one unit in cents."""
    tax: int | Unset = field(field_rules.cents())
    """Tax in cents."""
    fees: int | Unset = field(field_rules.cents())
    """Fees in cents."""
    discount: int | Unset = field(field_rules.cents())
    """Discount in cents."""
    quantity: int | Unset = field(field_rules.whole())
    """How many. Vendor's default: 1."""
    id: str | Unset = field(field_rules.text())
    """In the vendor's samples only, without a word of explanation."""
    product_id: str | Unset = field(field_rules.text())
    """The product's id."""
    sku: str | Unset = field(field_rules.text())
    """Stock keeping unit."""
    upstream_id: str | Unset = field(field_rules.text())
    """The line's id in your shop."""
    upstream_product_id: str | Unset = field(field_rules.text())
    """The product's id in your shop."""
    upstream_product_variant_id: str | Unset = field(field_rules.text())
    """The variant's id in your shop."""
    taxable: bool | Unset = field(field_rules.flag())
    """Whether tax applies."""
    properties: Mapping[str, JsonValue] | Unset = field(field_rules.free_object())
    """Your own properties of the line."""


@model(name="a legacy order", identified_by=("email", "id"))
class LegacyOrder(Model):
    """An order of the person named by `email` or `id`.

    Without `provider` and `upstream_id` it can never be updated, and sent twice it is two orders
    that both add to the person's lifetime value.
    """

    email: str | Unset = field(field_rules.text(mark="@"))
    """The person's address."""
    id: str | Unset = field(field_rules.identifier())
    """Drip's own id of the person, not of the order."""
    amount: int | Unset = field(field_rules.cents(required=True))
    """The order's total in cents. Required."""
    provider: str | Unset = field(field_rules.identifier())
    """Where the order comes from, in lower snake case; needed to update it later."""
    upstream_id: str | Unset = field(field_rules.identifier())
    """The order's id in your shop; needed to update it later."""
    identifier: str | Unset = field(field_rules.text())
    """The id that the customer sees: `Order_123456`."""
    tax: int | Unset = field(field_rules.cents())
    """Tax in cents."""
    fees: int | Unset = field(field_rules.cents())
    """Fees in cents."""
    discount: int | Unset = field(field_rules.cents())
    """Discount in cents."""
    permalink: str | Unset = field(field_rules.url())
    """The order's page, absolute."""
    currency_code: str | Unset = field(field_rules.text())
    """ISO 4217 letters; v3 calls it `currency`."""
    properties: Mapping[str, JsonValue] | Unset = field(field_rules.free_object())
    """Your own properties of the order."""
    occurred_at: datetime | str | Unset = field(field_rules.moment())
    """When it was placed, with a zone. Left out, batchkit gives the moment of encoding."""
    closed_at: datetime | str | Unset = field(field_rules.moment())
    """When it was closed, with a zone."""
    cancelled_at: datetime | str | None | Unset = field(field_rules.moment(nullable=True))
    """When it was cancelled, with a zone; `None` says that it was not."""
    financial_state: (
        Literal[
            "pending",
            "authorized",
            "partially_paid",
            "paid",
            "partially_refunded",
            "refunded",
            "voided",
        ]
        | Unset
    ) = field(
        field_rules.choice(
            "pending",
            "authorized",
            "partially_paid",
            "paid",
            "partially_refunded",
            "refunded",
            "voided",
        )
    )
    """How far it is paid."""
    fulfillment_state: Literal["not_fulfilled", "partially_fulfilled", "fulfilled"] | Unset = field(
        field_rules.choice("not_fulfilled", "partially_fulfilled", "fulfilled")
    )
    """How far it is delivered."""
    billing_address: LegacyAddress | Mapping[str, object] | Unset = field(
        field_rules.one(LegacyAddress)
    )
    """Where the bill goes."""
    shipping_address: LegacyAddress | Mapping[str, object] | Unset = field(
        field_rules.one(LegacyAddress)
    )
    """Where the goods go."""
    items: Sequence[LegacyOrderItem | Mapping[str, object]] | Unset = field(
        field_rules.many(LegacyOrderItem)
    )
    """The order's lines."""
