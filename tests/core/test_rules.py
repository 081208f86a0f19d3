"""The rules that vendors' fields share, where they are finer than a type."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from batchkit._core.items import field_rules
from batchkit._core.items.encoding import encoder
from batchkit._core.items.models import (
    FieldRule,
    InvalidItem,
    Model,
    Schema,
    convert_model,
    field,
    model,
)
from tests.core.parcel import Parcel, refusal, written


@pytest.mark.parametrize(
    "page",
    [
        *("", "shop.example", "//shop.example", "https://", "https:///x", "1http://a"),
        *("http://a b", "http://[::1", "http://a\n", "http://a\x00", "http://[x]/"),
        "mailto:a@b.example",
    ],
)
def test_a_url_must_be_absolute_and_clean(page: str) -> None:
    assert "is not absolute" in refusal({"id": "7", "page": page})


class Text(str):
    """A string of another type, as some libraries give."""

    __slots__ = ()


def test_text_of_another_type_is_text() -> None:
    item = {"id": Text("7"), "gift": {"to": Text("you")}, "email": Text("a@b.example")}
    assert written(item) == '{"id":"7","gift":{"to":"you"},"email":"a@b.example"}'
    assert written(Parcel(**item, sent_at=datetime(2026, 1, 1, tzinfo=UTC)))


@model(name="a person", identified_by=("email",))
class Person(Model):
    email: Any = field(field_rules.text(mark="@"))
    owed: Any = field(field_rules.cents())


def test_who_is_named_by_an_address_alone_needs_a_whole_one() -> None:
    whose = encoder(Person, convert_model)
    assert (
        whose(Person(email="a@b.example", owed=5), 0, "now") == b'{"email":"a@b.example","owed":5}'
    )
    for email in ("ab", "@b", "a@"):
        with pytest.raises(InvalidItem, match="`email` has no `@` between two parts"):
            whose({"email": email}, 0, "now")
    with pytest.raises(InvalidItem, match="Nobody is named: a person needs `email`"):
        whose({}, 0, "now")
    with pytest.raises(InvalidItem, match="must be a whole number of cents"):
        whose(Person(email="a@b.example", owed=5.5), 0, "now")


@model(name="a price")
class Price(Model):
    amount: Any = field(field_rules.amount())


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_float_that_is_not_finite_is_refused_wherever_it_stands(number: float) -> None:
    for kind_of_item, fields, where in (
        (Price, {"amount": number}, "amount"),
        (Person, {"email": "a@b.example", "own": number}, "own"),
        (Parcel, {"id": "7", "parts": [{"unitPrice": number}]}, "parts[0].unitPrice"),
    ):
        with pytest.raises(InvalidItem, match=re.escape(f"`{where}` is {number}, which JSON has")):
            encoder(kind_of_item, convert_model)(fields, 0, "now")


@model(name="a basket")
class Basket(Model):
    """Holds no number itself."""

    prices: Any = field(field_rules.many(Price))


@model(name="a tag")
class Tag(Model):
    """The same with one."""

    price: Any = field(field_rules.one(Price))


def test_a_float_inside_another_item_is_looked_at() -> None:
    nothing = {"amount": math.nan}
    for kind_of_item, fields in ((Basket, {"prices": [nothing]}), (Tag, {"price": nothing})):
        with pytest.raises(InvalidItem, match="is nan, which JSON has"):
            encoder(kind_of_item, convert_model)(fields, 0, "now")


@model(name="a move")
class Move(Model):
    new_email: Any = field(field_rules.email())
    tags: Any = field(field_rules.texts())
    parts: Any = field(field_rules.many(Price))


@pytest.mark.parametrize("address", ["a@b", "a@b@", "a@@b"])
def test_an_address_has_something_on_either_side(address: str) -> None:
    assert encoder(Move, convert_model)({"new_email": address}, 0, "now")


@pytest.mark.parametrize("address", ["", "@", "ab", "@b", "@b@c", "a@"])
def test_an_address_with_nothing_on_one_side_is_refused(address: str) -> None:
    with pytest.raises(InvalidItem, match=r"`new_email` has no `@` .*; it must be an e-mail addr"):
        encoder(Move, convert_model)({"new_email": address}, 0, "now")


def test_tags_may_be_of_another_type_of_text() -> None:
    tags = encoder(Move, convert_model)({"tags": ["new", Text("old")]}, 0, "now")
    assert tags == b'{"tags":["new","old"]}'


def test_every_item_of_an_array_is_looked_at() -> None:
    odd = {"amount": Decimal(1)}  # each needs a closer look
    for wrong in range(4):
        parts: list[Any] = [odd, odd, odd, odd]
        parts[wrong] = {"amount": "1"}
        with pytest.raises(InvalidItem, match=re.escape(f"In `parts[{wrong}]`: `amount` is a str")):
            encoder(Move, convert_model)({"parts": parts}, 0, "now")


def test_a_nested_item_of_the_usual_types_is_checked_with_its_neighbours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def alone(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Price.shape, "check", alone)
    move = encoder(Move, convert_model)
    assert move({"parts": [{"amount": 1.0}, {"amount": 2.0}]}, 0, "now") == (
        b'{"parts":[{"amount":1.0},{"amount":2.0}]}'
    )


@pytest.mark.parametrize(
    ("rule", "value", "what"),
    [
        (field_rules.text(), 5, "a string"),
        (field_rules.identifier(), 5, "a string that is not empty"),
        (field_rules.email(), 5, "an e-mail address"),
        (field_rules.choice("new", "old"), 5, "`new` or `old`"),
        (field_rules.flag(), 5, "true or false"),
        (field_rules.whole(), "5", "a whole number"),
        (field_rules.amount(), "5", "a number (Decimal, int or float)"),
        (field_rules.url(), 5, "an absolute URL such as https://shop.example/cart/1"),
        (field_rules.texts(), 5, "an array of strings"),
        (field_rules.free_object(), 5, "an object"),
        (field_rules.many(Price), 5, "an array"),
    ],
)
def test_a_refusal_ends_with_what_the_field_may_hold(
    rule: FieldRule, value: object, what: str
) -> None:
    assert rule.what == what
    with pytest.raises(InvalidItem) as refused:
        Schema("an item", {"x": rule}).check({"x": value}, typed=False)
    assert str(refused.value).endswith(f"; it must be {what}.")


def test_what_a_moment_and_another_item_must_be() -> None:
    assert field_rules.moment().what == "a point in time, as text in ISO 8601"
    assert field_rules.one(Price).what == "an object"
    with pytest.raises(InvalidItem, match=r"as text in ISO 8601 \(a model also takes a datetime\)"):
        Schema("an item", {"x": field_rules.moment()}).check({"x": 5}, typed=True)


RULES = [
    field_rules.text,
    field_rules.identifier,
    partial(field_rules.choice, "new"),
    field_rules.whole,
    field_rules.cents,
    field_rules.amount,
    field_rules.url,
]


@pytest.mark.parametrize("rule", RULES)
def test_a_field_is_required_where_its_rule_says_so_alone(rule: Callable[..., FieldRule]) -> None:
    assert rule(required=True).required
    assert not rule(required=False).required
    assert not rule().required
