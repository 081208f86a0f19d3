"""The exact JSON that Drip's items become, by either writer."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.items import jsontext as batchkit_json
from batchkit._core.items.models import InvalidItem
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
from batchkit.drip.operations import convert, operations

from .helpers import CART
from .samples import SAMPLES

NOW = "2026-01-31T12:00:00+00:00"
OPERATIONS = operations("9999999")

Writer = Callable[[str, object], bytes]


@pytest.fixture(params=["the writer in use", "the standard library's"])
def write(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Writer:
    if request.param == "the standard library's":
        monkeypatch.setattr(batchkit_json, "orjson", None)
    return lambda name, item: OPERATIONS[name].encode(item, 0, NOW)


@pytest.mark.parametrize(
    ("name", "item"), [(name, item) for name, items in SAMPLES.items() for item in items]
)
def test_the_vendors_samples_arrive_as_they_are(
    name: str, item: dict[str, object], write: Writer
) -> None:
    assert json.loads(write(name, item)) == item


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_mapping_may_hold_keys_that_nobody_knows(name: str, write: Writer) -> None:
    item = {**SAMPLES[name][0], "zzz": {"a": [None, 1.5, "null"]}}

    assert json.loads(write(name, item)) == item


def test_a_model_says_its_fields_without_spaces_in_utf_8(write: Writer) -> None:
    subscriber = Subscriber(email="a@b.example", first_name="Zoë\u2028", tags=("x",))

    assert write("subscribers", subscriber) == (
        '{"email":"a@b.example","first_name":"Zoë\u2028","tags":["x"]}'.encode()
    )


def test_nested_models_and_mappings_are_written_alike(write: Writer) -> None:
    lines = [
        OrderItem(name="a", price=Decimal("1.10"), extra={"color": "red"}),
        MappingProxyType({"name": "b", "categories": ("x", "y")}),
    ]
    order = Order(
        provider="shop",
        person_id="1",
        action="placed",
        order_id="1",
        occurred_at=NOW,
        items=lines,
        billing_address=Address(postal_code="01234"),
        shipping_address={"city": "Shipville"},
    )

    assert json.loads(write("orders", order)) == {
        "provider": "shop",
        "person_id": "1",
        "action": "placed",
        "order_id": "1",
        "occurred_at": NOW,
        "items": [
            {"name": "a", "price": 1.1, "color": "red"},
            {"name": "b", "categories": ["x", "y"]},
        ],
        "billing_address": {"postal_code": "01234"},
        "shipping_address": {"city": "Shipville"},
    }


@pytest.mark.parametrize(
    "number",
    [
        Decimal("0.1000000000000000055511151231257827"),
        Decimal("54.00"),
        Decimal("0.1"),
        Decimal("-12345678901234567890.12"),
        Decimal("1E+40"),
        0.1,
        54,
        2**64 - 1,
        -(2**63),
    ],
)
def test_money_is_an_exact_json_number(number: Decimal | float, write: Writer) -> None:
    cart = Cart(
        **CART, grand_total=number, items=[CartItem(product_id="1", name="n", price=number)]
    )

    for item in (cart, {**CART, "grand_total": number, "items": [{"price": number}]}):
        told = json.loads(write("carts", item), parse_float=Decimal, parse_int=Decimal)
        assert told["grand_total"] == Decimal(str(number))
        assert told["items"][0]["price"] == Decimal(str(number))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00+00:00"),
        (
            datetime(2026, 1, 31, 12, 0, 0, 5, timezone(timedelta(hours=-3, minutes=-30))),
            "2026-01-31T12:00:00.000005-03:30",
        ),
    ],
)
def test_a_datetime_becomes_text_in_iso_8601(moment: datetime, text: str, write: Writer) -> None:
    event = Event(email="a@b.example", action="x", occurred_at=moment)

    assert json.loads(write("events", event))["occurred_at"] == text


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("events", Event),
        ("carts", Cart),
        ("orders", Order),
        ("products", Product),
        ("legacy_orders", LegacyOrder),
    ],
)
def test_a_model_without_a_moment_is_stamped(name: str, kind: type[Any], write: Writer) -> None:
    fields = {key: value for key, value in SAMPLES[name][0].items() if key != "occurred_at"}

    assert json.loads(write(name, kind(**fields))) == {**fields, "occurred_at": NOW}
    given = kind(**fields, occurred_at="2020-02-02T00:00:00Z")
    assert json.loads(write(name, given))["occurred_at"] == "2020-02-02T00:00:00Z"


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_mapping_is_never_stamped(name: str, write: Writer) -> None:
    item = {key: value for key, value in SAMPLES[name][0].items() if key != "occurred_at"}

    assert json.loads(write(name, item)) == item


def test_people_are_not_stamped(write: Writer) -> None:
    assert write("subscribers", Subscriber(email="a@b.example")) == b'{"email":"a@b.example"}'
    assert write("unsubscribes", Unsubscribe(email="a@b.example")) == b'{"email":"a@b.example"}'


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (
            {"email": "a@b.example", "first_name": "\ud800"},
            "`first_name` holds half of a surrogate",
        ),
        ({"email": "a@b.example", "zzz": "\udfff"}, "`zzz` holds half of a surrogate"),
        ({"email": "a@b.example", "\ud800": 1}, "The item holds half of a surrogate"),
        ({"email": "a@b.example", "zzz": float("nan")}, "`zzz` is nan"),
        ({"email": "a@b.example", "zzz": [float("-inf")]}, "`zzz[0]` is -inf"),
        ({"email": "a@b.example", "base_lead_score": 2**70}, "`base_lead_score` is a whole number"),
        ({"email": "a@b.example", "base_lead_score": True}, "`base_lead_score` is a boolean"),
        ({"email": "a@b.example", "zzz": b"bytes"}, "`zzz` is bytes"),
        ({"email": "a@b.example", "zzz": {1, 2}}, "`zzz` is of type set"),
        ({"email": "a@b.example", "zzz": 1j}, "`zzz` is of type complex"),
        ({"email": "a@b.example", "zzz": {b"k": 1}}, "`zzz` has a key that is not a string"),
        ({"email": "a@b.example", 1: 1}, "A key is a whole number"),
        ({"id": 7}, "`id` is a whole number"),
        ({}, "Nobody is named"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(
    item: dict[Any, Any], why: str, write: Writer
) -> None:
    with pytest.raises(InvalidItem) as caught:
        write("subscribers", item)

    assert str(caught.value).startswith(why)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 2**70, -(2**63) - 1])
def test_money_that_json_cannot_say_is_refused(number: float, write: Writer) -> None:
    for item in (Cart(**CART, grand_total=number), {**CART, "grand_total": number}):
        with pytest.raises(InvalidItem, match="`grand_total` is"):
            write("carts", item)


def test_an_item_that_contains_itself_is_refused(write: Writer) -> None:
    loop: dict[str, Any] = {"email": "a@b.example"}
    loop["zzz"] = loop

    with pytest.raises(InvalidItem, match="contains itself"):
        write("subscribers", loop)


class Plain:
    """Something that cattrs knows nothing about."""


@pytest.mark.parametrize(
    "value", [Plain(), b"x", {1}, frozenset({1}), 1j, date(2026, 1, 31), None, [1], {"a": 1}]
)
def test_what_has_no_json_form_is_not_converted(value: object) -> None:
    with pytest.raises(TypeError, match="which JSON has no form for"):
        convert(value)


def test_models_and_moments_are_converted() -> None:
    assert convert(Address(city="x")) == {"city": "x"}
    assert convert(datetime(2026, 1, 31, tzinfo=UTC)) == "2026-01-31T00:00:00+00:00"


texts = st.text(st.characters(codec="utf-8"), max_size=8)
names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=10,
)


@given(st.sampled_from(sorted(OPERATIONS)), st.dictionaries(names, values, max_size=4), st.data())
def test_any_mapping_that_json_can_say_arrives_unchanged(
    name: str, more: dict[str, Any], data: st.DataObject
) -> None:
    own = {f"own {key}": value for key, value in more.items()}
    item = {**own, **data.draw(st.sampled_from(SAMPLES[name]))}
    encoded = OPERATIONS[name].encode(item, 0, NOW)

    assert json.loads(encoded) == item


@given(st.dictionaries(names, values, max_size=4))
def test_both_writers_mean_the_same(custom: dict[str, Any]) -> None:
    item = Subscriber(email="a@b.example", custom_fields=custom)
    encode = OPERATIONS["subscribers"].encode

    quick = encode(item, 0, NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batchkit_json, "orjson", None)
        plain = encode(item, 0, NOW)
    assert (
        json.loads(quick) == json.loads(plain) == {"email": "a@b.example", "custom_fields": custom}
    )


@given(st.lists(st.dictionaries(names, values, max_size=3), max_size=5))
def test_items_joined_in_their_envelope_are_the_request(rows: list[dict[str, Any]]) -> None:
    items = [Event(email="a@b.example", action="x", properties=row) for row in rows]
    events = OPERATIONS["events"]

    encoded = [events.encode(item, index, NOW) for index, item in enumerate(items)]
    assert json.loads(events.before + b",".join(encoded) + events.after) == {
        "batches": [
            {
                "events": [
                    {"email": "a@b.example", "action": "x", "properties": row, "occurred_at": NOW}
                    for row in rows
                ]
            }
        ]
    }


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30))
def test_decimals_arrive_digit_for_digit(number: Decimal) -> None:
    encoded = OPERATIONS["carts"].encode(Cart(**CART, grand_total=number), 0, NOW)

    assert json.loads(encoded, parse_float=Decimal, parse_int=Decimal)["grand_total"] == number
