"""What makes one of Drip's models: who is named, what is required, what is left out."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import attrs
import pytest

from batchkit._core.items.models import Model, wire_form
from batchkit.drip import (
    Address,
    Cart,
    CartItem,
    Event,
    LegacyOrder,
    Order,
    OrderItem,
    Product,
    Subscriber,
    Unsubscribe,
)
from batchkit.values import UNSET

from .helpers import CART, LEAST, MODELS, ORDER, check, least, refusal


@pytest.mark.parametrize("kind", MODELS)
def test_the_least_that_is_required_is_enough(kind: type[Model]) -> None:
    check(kind, least(kind))


@pytest.mark.parametrize("kind", MODELS)
def test_every_field_may_be_left_out_of_the_constructor(kind: type[Model]) -> None:
    assert wire_form(kind(), kind) == ({}, True)


@pytest.mark.parametrize("kind", MODELS)
def test_unset_may_be_passed_for_every_field(kind: type[Model]) -> None:
    assert kind(**dict.fromkeys(kind.shape.rules, UNSET)) == kind()


@pytest.mark.parametrize("kind", MODELS)
def test_attributes_are_spelled_as_on_the_wire(kind: type[Model]) -> None:
    attributes = {each.name for each in attrs.fields(kind)} - {"extra"}

    assert attributes == set(kind.shape.rules)


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind in MODELS for field, rule in kind.shape.rules.items() if rule.required],
)
def test_a_model_without_a_required_field_is_refused(kind: type[Model], field: str) -> None:
    assert refusal(kind, least(kind, **{field: UNSET})).startswith(f"`{field}` is missing")


@pytest.mark.parametrize(
    ("kind", "field"),
    [(kind, field) for kind in MODELS for field, rule in kind.shape.rules.items() if rule.required],
)
def test_a_mapping_without_a_required_field_is_the_callers_word(
    kind: type[Model], field: str
) -> None:
    check(kind, {name: value for name, value in LEAST[kind].items() if name != field})


def test_what_the_vendor_itself_leaves_out_is_not_required() -> None:
    lax = {Cart: "cart_url", Product: "product_variant_id", CartItem: "product_variant_id"}

    assert not any(kind.shape.rules[field].required for kind, field in lax.items())


@pytest.mark.parametrize(
    ("kind", "identifiers"),
    [
        (Subscriber, ("email", "id", "visitor_uuid")),
        (Unsubscribe, ("email",)),
        (Event, ("email", "id")),
        (Cart, ("person_id", "email", "visitor_uuid")),
        (Order, ("person_id", "email")),
        (LegacyOrder, ("email", "id")),
    ],
)
def test_one_identifier_is_enough_and_none_is_not(
    kind: type[Model], identifiers: tuple[str, ...]
) -> None:
    nobody = {name: value for name, value in LEAST[kind].items() if name != "email"}

    for name in identifiers:
        someone = {**nobody, name: "a@b.example"}
        check(kind, someone)
        check(kind, kind(**someone))
    assert "Nobody is named" in refusal(kind, nobody)
    assert "Nobody is named" in refusal(kind, kind(**nobody))


@pytest.mark.parametrize("kind", [CartItem, OrderItem, Address, Product])
def test_things_need_nobody(kind: type[Model]) -> None:
    assert kind.shape.identified_by == ()


def test_nested_items_are_models_or_mappings() -> None:
    line = OrderItem(name="n", price=Decimal("1.50"))
    for lines in ([line], (line, {"name": "n", "color": "red"}), []):
        check(Order, least(Order, items=lines, billing_address={"city": "x"}))
        check(Order, {**ORDER, "items": lines, "billing_address": Address(city="x")})


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"items": "n"}, "`items` is a string; it must be an array."),
        ({"items": [OrderItem(name="n"), 3]}, "In `items[1]`: The item is a whole number"),
        ({"items": [CartItem(name="n")]}, "In `items[0]`: The item is of type CartItem"),
        ({"items": [OrderItem(sku="s")]}, "In `items[0]`: `name` is missing"),
        ({"items": [{"price": "1"}]}, "In `items[0]`: `price` is a string"),
        ({"items": [OrderItem(name="n", extra={"price": 1})]}, "In `items[0]`: `extra` holds"),
        ({"billing_address": {"city": 1}}, "In `billing_address`: `city` is a whole number"),
        ({"billing_address": "x"}, "In `billing_address`: The item is a string"),
    ],
)
def test_a_bad_nested_item_is_named_by_its_place(fields: dict[str, object], why: str) -> None:
    assert refusal(Order, least(Order, **fields)).startswith(why)


@pytest.mark.parametrize("kind", MODELS)
def test_only_carts_orders_and_their_items_have_extra(kind: type[Model]) -> None:
    has = any(each.name == "extra" for each in attrs.fields(kind))

    assert has == (kind in (Cart, CartItem, Order, OrderItem))


def test_extra_is_sent_flat() -> None:
    cart = least(Cart, extra={"color": "red", "note": None})

    assert wire_form(cart, Cart)[0] == {**CART, "color": "red", "note": None}


@pytest.mark.parametrize(
    ("extra", "why"),
    [
        ({"cart_id": "2"}, "`extra` holds `cart_id`"),
        ([1], "`extra` is an array"),
        ({2: 1}, "A key is a whole number"),
        ({"a": b""}, "`a` is bytes"),
    ],
)
def test_extra_is_checked(extra: object, why: str) -> None:
    assert refusal(Cart, least(Cart, extra=extra)).startswith(why)


@pytest.mark.parametrize("item", ["a@b.example", b"", 1, None, [("email", "a@b.example")]])
def test_an_item_is_a_model_or_a_mapping(item: object) -> None:
    assert refusal(Subscriber, item).endswith("it must be of type Subscriber, or a mapping.")


def test_a_model_of_another_kind_is_refused() -> None:
    assert "of type Unsubscribe" in refusal(Subscriber, Unsubscribe(email="a@b.example"))


def test_any_mapping_is_an_item() -> None:
    class Row(Mapping[str, object]):
        def __getitem__(self, key: str) -> object:
            return {"email": "a@b.example"}[key]

        def __iter__(self) -> Any:
            return iter(["email"])

        def __len__(self) -> int:
            return 1

    check(Subscriber, Row())


def test_a_model_is_a_value() -> None:
    cart = least(Cart, extra={"a": [1]}, items=[CartItem(name="n")])

    for twin in (copy.deepcopy(cart), pickle.loads(pickle.dumps(cart)), attrs.evolve(cart)):
        assert twin == cart
        assert wire_form(twin, Cart) == wire_form(cart, Cart)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        cart.cart_id = "2"


def test_a_model_shows_what_was_given() -> None:
    assert repr(Event(email="a@b.example", action=None)) == (
        "Event(email='a@b.example', action=None)"
    )


def test_an_unknown_argument_is_pythons_own_error() -> None:
    with pytest.raises(TypeError, match="emial"):
        Subscriber(emial="a@b.example")


def test_the_models_do_without_cattrs_and_the_http_library() -> None:
    code = "import sys, batchkit.drip; print({'cattrs', 'httpx', 'tenacity'} & sys.modules.keys())"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert (ran.stdout, ran.stderr) == ("set()\n", "")
