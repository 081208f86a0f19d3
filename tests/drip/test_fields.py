"""Which values Drip's fields hold; the others are refused, each for a reason in plain words."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from batchkit._core.items.models import Model, wire_form
from batchkit.drip import (
    Address,
    Cart,
    CartItem,
    Event,
    LegacyOrder,
    LegacyOrderItem,
    Order,
    OrderItem,
    Product,
    Subscriber,
)

from .helpers import CART, LEAST, LEGACY, MODELS, ORDER, PRODUCT, check, least, refusal


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind in MODELS for field in kind.shape.rules if field != "cancelled_at"],
)
@pytest.mark.parametrize("as_model", [True, False])
def test_null_is_refused(kind: type[Model], field: str, as_model: bool) -> None:
    fields = {**LEAST[kind], field: None}

    why = refusal(kind, kind(**fields) if as_model else fields)
    assert f"`{field}`" in why
    assert "is null" in why


def test_a_legacy_order_that_was_not_cancelled_says_null() -> None:
    order = least(LegacyOrder, cancelled_at=None)
    check(LegacyOrder, order)

    assert wire_form(order, LegacyOrder)[0] == {**LEGACY, "cancelled_at": None}


@pytest.mark.parametrize("email", ["ann", "@shop.example", "ann@", "@"])
def test_an_email_has_an_at_between_two_parts(email: str) -> None:
    assert refusal(Subscriber, Subscriber(email=email)).startswith("`email` has no `@`")


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (kind, field)
        for kind in MODELS
        if kind not in (CartItem, OrderItem, LegacyOrderItem)
        for field in kind.shape.rules
        if field == "id" or (field.endswith(("_id", "_uuid")) and field != "cart_public_id")
        if field not in ("order_public_id", "user_id")
    ],
)
def test_ids_are_strings_that_are_not_empty(kind: type[Model], field: str) -> None:
    assert f"`{field}` is a whole number" in refusal(kind, least(kind, **{field: 7}))
    assert f"`{field}` is empty" in refusal(kind, least(kind, **{field: " "}))


@pytest.mark.parametrize(
    ("kind", "field", "choices"),
    [
        (Subscriber, "eu_consent", "granted denied"),
        (Subscriber, "status", "active unsubscribed"),
        (Subscriber, "initial_status", "active unsubscribed"),
        (Cart, "initial_status", "active unsubscribed"),
        (Cart, "action", "created updated"),
        (Order, "initial_status", "active unsubscribed"),
        (Order, "action", "placed updated paid fulfilled refunded canceled"),
        (Product, "action", "created updated deleted"),
        (
            LegacyOrder,
            "financial_state",
            "pending authorized partially_paid paid partially_refunded refunded voided",
        ),
        (LegacyOrder, "fulfillment_state", "not_fulfilled partially_fulfilled fulfilled"),
    ],
)
def test_a_choice_is_one_of_the_documented(kind: type[Model], field: str, choices: str) -> None:
    for choice in choices.split():
        check(kind, least(kind, **{field: choice}))
    for bad in ("", "cancelled", choices.title()):
        why = refusal(kind, least(kind, **{field: bad}))
        assert all(f"`{choice}`" in why for choice in choices.split())


def test_v3_money_is_a_decimal_a_whole_number_or_a_float() -> None:
    for good in (Decimal("16.99"), 17, 16.99, 0, -1):
        check(Cart, least(Cart, grand_total=good))
        check(Cart, {**CART, "grand_total": good})


@pytest.mark.parametrize("bad", ["16.99", True, b"1", [1], Decimal("NaN"), Decimal("Infinity")])
def test_v3_money_is_nothing_else(bad: object) -> None:
    assert "`grand_total`" in refusal(Order, least(Order, grand_total=bad))
    assert "`grand_total`" in refusal(Order, {**ORDER, "grand_total": bad})


@pytest.mark.parametrize("bad", [1.0, Decimal(1), "100", True])
def test_v2_money_is_whole_cents(bad: object) -> None:
    assert "whole number of cents" in refusal(Subscriber, least(Subscriber, lifetime_value=bad))
    assert "whole number of cents" in refusal(LegacyOrder, {**LEGACY, "amount": bad})


@pytest.mark.parametrize("bad", [1.5, "2", False, Decimal(2)])
def test_counts_are_whole_numbers(bad: object) -> None:
    assert "must be a whole number" in refusal(CartItem, least(CartItem, quantity=bad))
    assert "must be a whole number" in refusal(Product, {**PRODUCT, "inventory": bad})


@pytest.mark.parametrize("bad", [1, "true"])
def test_flags_are_true_or_false(bad: object) -> None:
    assert "must be true or false" in refusal(Event, least(Event, prospect=bad))


@pytest.mark.parametrize(
    "bad", ["/cart/1", "shop.example/1", "", "https://", "http://a b/", "http://["]
)
def test_a_url_is_absolute(bad: str) -> None:
    assert refusal(Cart, least(Cart, cart_url=bad)).startswith("`cart_url` is not absolute")
    check(Cart, least(Cart, cart_url="http://localhost:3000/cart/1"))


def test_a_moment_is_text_or_in_a_model_a_datetime_with_a_zone() -> None:
    now = datetime(2026, 1, 31, tzinfo=UTC)
    check(Event, least(Event, occurred_at=now))
    check(Event, least(Event, occurred_at="2026-01-31T00:00:00Z"))

    naive = least(Event, occurred_at=now.replace(tzinfo=None))
    assert "without a zone" in refusal(Event, naive)
    assert "must be a point in time, as text" in refusal(
        Event, {**LEAST[Event], "occurred_at": now}
    )
    assert "`occurred_at` is a whole number" in refusal(Event, least(Event, occurred_at=0))
    assert "`occurred_at` is of type date" in refusal(Event, least(Event, occurred_at=now.date()))


def test_a_string_may_be_of_the_callers_own_class() -> None:
    class Text(str):
        __slots__ = ()

    check(Subscriber, least(Subscriber, email=Text("a@b.example"), city=Text("x")))


def test_tags_are_an_array_of_strings() -> None:
    for good in ([], ["a"], ("a", "b")):
        check(Subscriber, least(Subscriber, tags=good))

    assert "`tags` is a string" in refusal(Subscriber, least(Subscriber, tags="a"))
    assert "`tags[1]` is a whole number" in refusal(Subscriber, least(Subscriber, tags=["a", 2]))
    assert "`tags` is of type set" in refusal(Subscriber, least(Subscriber, tags={"a"}))


def test_only_a_mapping_may_say_one_tag_without_an_array() -> None:
    check(Subscriber, {"email": "a@b.example", "tags": "Dog Person"})

    assert "an array" in refusal(Subscriber, {"email": "a@b.example", "tags": b"Dog Person"})
    assert "an array" in refusal(Subscriber, {"email": "a@b.example", "remove_tags": "Dog Person"})


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({1: "a"}, "`custom_fields` has a key that is not a string"),
        ({"a": {None: 1}}, "`custom_fields.a` has a key that is not a string"),
        ({"a": float("nan")}, "`custom_fields.a` is nan"),
        ({"a": 2**70}, "`custom_fields.a` is a whole number beyond 64 bits"),
        ({"a": ["\ud800"]}, "`custom_fields.a[0]` holds half of a surrogate pair"),
        ({"a": b"1"}, "`custom_fields.a` is bytes"),
        ({"a": datetime(2026, 1, 31, tzinfo=UTC)}, "`custom_fields.a` is of type datetime"),
        ({"a": Address(city="x")}, "`custom_fields.a` is of type Address"),
        ([("a", 1)], "`custom_fields` is an array; it must be an object"),
    ],
)
def test_free_fields_hold_what_json_can_say(value: object, why: str) -> None:
    for item in (least(Subscriber, custom_fields=value), {"id": "1", "custom_fields": value}):
        assert refusal(Subscriber, item).startswith(why)


SECRET = "s3cr3t"


@pytest.mark.parametrize(
    "item",
    [
        {"email": SECRET},
        {"email": "a@b.example", "tags": {SECRET}},
        {"email": "a@b.example", "status": SECRET},
        {"email": "a@b.example", "phone": SECRET.encode()},
    ],
)
def test_a_refusal_never_tells_the_value(item: dict[str, object]) -> None:
    assert SECRET not in refusal(Subscriber, item)
