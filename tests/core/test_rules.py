"""The rules that vendors' fields share, where they are finer than a type."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from batchkit._core import rules
from batchkit._core.encoding import encoder
from batchkit._core.items import InvalidItem, Model, Rule, convert_model, field, model
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
    email: Any = field(rules.text())
    owed: Any = field(rules.cents())


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
    amount: Any = field(rules.amount())


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_float_that_is_not_finite_is_refused_wherever_it_stands(number: float) -> None:
    for kind_of_item, fields, where in (
        (Price, {"amount": number}, "amount"),
        (Person, {"email": "a@b.example", "own": number}, "own"),
        (Parcel, {"id": "7", "parts": [{"unitPrice": number}]}, "parts[0].unitPrice"),
    ):
        with pytest.raises(InvalidItem, match=re.escape(f"`{where}` is {number}, which JSON has")):
            encoder(kind_of_item, convert_model)(fields, 0, "now")


RULES = [
    rules.text,
    rules.identifier,
    partial(rules.choice, "new"),
    rules.whole,
    rules.cents,
    rules.amount,
    rules.url,
]


@pytest.mark.parametrize("rule", RULES)
def test_a_field_is_required_where_its_rule_says_so_alone(rule: Callable[..., Rule]) -> None:
    assert rule(required=True).required
    assert not rule(required=False).required
    assert not rule().required
