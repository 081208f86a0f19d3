"""What an item is, and how it is checked where it is."""

from __future__ import annotations

from collections import UserDict
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.items.models import InvalidItem, convert_model, kind, names
from batchkit.values import UNSET
from tests.core.parcel import Gift, Parcel, Part, encode, refusal, written


def test_a_model_is_sent_in_the_vendors_spelling_without_what_was_not_given() -> None:
    assert written(Parcel(id="7", sent_at="then")) == '{"id":"7","sentAt":"then"}'
    assert written(Parcel(id="7", email=UNSET, sent_at=None)) == '{"id":"7","sentAt":null}'


def test_a_model_without_its_moment_is_stamped_and_a_mapping_is_not() -> None:
    assert written(Parcel(id="7")) == '{"id":"7","sentAt":"now"}'
    assert written({"id": "7"}) == '{"id":"7"}'


def test_stamping_leaves_the_model_as_it_was() -> None:
    parcel = Parcel(id="7")
    assert encode(parcel, 0, "one") != encode(parcel, 0, "two")


@pytest.mark.parametrize("wrap", [dict, UserDict, MappingProxyType])
def test_any_mapping_is_sent_as_it_is(wrap: Any) -> None:
    assert written(wrap({"id": "7", "more": [1, None]})) == '{"id":"7","more":[1,null]}'


def test_building_a_model_checks_nothing_but_names() -> None:
    Parcel(email=5, parts="none", extra=7)
    with pytest.raises(TypeError):
        Parcel(colour="red")


def test_a_model_says_what_it_was_given() -> None:
    assert repr(Parcel(id="7", paid=True)) == "Parcel(id='7', paid=True)"
    assert repr(Parcel(id="7", extra={"a": 1})) == "Parcel(id='7', extra={'a': 1})"
    assert repr(Parcel()) == "Parcel()"


def test_models_are_equal_by_what_they_hold_and_frozen() -> None:
    assert Parcel(id="7") == Parcel(id="7") != Parcel(id="8")
    with pytest.raises(AttributeError):
        Parcel(id="7").id = "8"


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (7, "The item is a whole number; it must be of type Parcel, or a mapping."),
        (None, "The item is null; it must be of type Parcel, or a mapping."),
        (Part(sku="1"), "The item is of type Part; it must be of type Parcel, or a mapping."),
        (Parcel(paid=True), "Nobody is named: a parcel needs `email` or `id`."),
        ({"email": "", "id": ""}, "`email` has no `@` between two parts"),
        ({"email": "ab"}, "`email` has no `@` between two parts"),
        ({"email": "@b"}, "`email` has no `@` between two parts"),
        ({"email": "a@"}, "`email` has no `@` between two parts"),
        ({"email": 5}, "`email` is a whole number; it must be an e-mail address."),
        ({"id": " "}, "`id` is empty; it must be a string that is not empty."),
        ({"id": 7}, "`id` is a whole number; it must be a string that is not empty."),
        ({"id": "7", 8: 9}, "A key is a whole number; every key must be a string."),
        ({"id": "7", "x": {1}}, "`x` is of type set, which JSON has no form for; give text or"),
        ({"id": "7", "x": [2**70]}, "`x[0]` is a whole number beyond 64 bits; send it as text."),
        ({"id": "7", "x": {"y": {8: 1}}}, "`x.y` has a key that is not a string."),
        ({"id": "7", "colour": "red", "paid": 1}, "`paid` is a whole number; it must be true or"),
        ({"id": "7", "__proto__": 1}, "A key is `__proto__`, which harms JavaScript"),
        ({"id": "7", "x": [{"__proto__": 1}]}, "A key of `x` is `__proto__`, which harms"),
        ({"id": "7", "custom": {"a": {"__proto__": 1}}}, "A key of `custom` is `__proto__`"),
        ({"id": "\ud800"}, "`id` holds half of a surrogate pair"),
        (
            {"id": "7", "state": "old"},
            "a string that the vendor does not know; use `new` or `sent`",
        ),
        ({"id": "7", "state": 1}, "`state` is a whole number; it must be `new` or `sent`."),
        ({"id": "7", "paid": 1}, "`paid` is a whole number; it must be true or false."),
        ({"id": "7", "weight": True}, "`weight` is a boolean; it must be a whole number."),
        ({"id": "7", "weight": 1.0}, "`weight` is a number; it must be a whole number."),
        ({"id": "7", "sentAt": 5}, "`sentAt` is a whole number; it must be a point in time"),
        ({"id": "7", "sentAt": datetime.now(UTC)}, "a model also takes a datetime"),
        (Parcel(id="7", sent_at=datetime(2026, 1, 1)), "a datetime without a zone"),  # noqa: DTZ001 - the point
        ({"id": "7", "page": "/cart"}, "`page` is not absolute; it must be an absolute URL"),
        ({"id": "7", "page": 1}, "`page` is a whole number; it must be an absolute URL"),
        ({"id": "7", "tags": ["a", 1]}, "`tags[1]` is a whole number; it must be a string."),
        ({"id": "7", "tags": {"a": 1}}, "`tags` is an object; it must be an array of strings."),
        (Parcel(id="7", tags="one"), "`tags` is a string; it must be an array of strings."),
        ({"id": "7", "custom": []}, "`custom` is an array; it must be an object."),
        ({"id": "7", "custom": {"a": b""}}, "`custom.a` is bytes, which JSON has no form for"),
        ({"id": "7", "gift": 1}, "In `gift`: The item is a whole number"),
        ({"id": "7", "gift": {"to": 1}}, "In `gift`: `to` is a whole number; it must be a string."),
        ({"id": "7", "gift": Part(sku="1")}, "In `gift`: The item is of type Part"),
        (Parcel(id="7", gift=Gift(to=1)), "In `gift`: `to` is a whole number"),
        (Parcel(id="7", gift=Part(sku="1")), "In `gift`: The item is of type Part"),
        (Parcel(id="7", parts=5), "`parts` is a whole number; it must be an array."),
        (Parcel(id="7", parts=[Part(sku="1"), Part()]), "In `parts[1]`: `sku` is missing, and"),
        (Parcel(id="7", parts=[Gift(to="x")]), "In `parts[0]`: The item is of type Gift"),
        ({"id": "7", "parts": [{}, {"sku": ""}]}, "In `parts[1]`: `sku` is empty"),
        ({"id": "7", "parts": [{"unitPrice": "1"}]}, "In `parts[0]`: `unitPrice` is a string"),
        ({"id": "7", "parts": [{"x": 1}, {"x": {1}}]}, "In `parts[1]`: `x` is of type set"),
        ({"id": "7", "parts": [{"sku": "1"}, 7]}, "In `parts[1]`: The item is a whole number"),
        ({"id": "7", "parts": [{"unitPrice": Decimal("NaN")}]}, "`unitPrice` is NaN, which JSON"),
        (Parcel(id="7", extra=["a"]), "`extra` is an array; it must be a mapping of your own keys"),
        (Parcel(id="7", extra={"paid": 1}), "`extra` holds `paid`, which is a field of its own"),
        (Parcel(id="7", extra={8: 1}), "A key is a whole number; every key must be a string."),
        (Parcel(id="7", gift=Gift(extra={"to": 1})), "In `gift`: `extra` holds `to`, which is a"),
        (Parcel(id="7", gift=Gift(extra={"y": {1}})), "In `gift`: `y` is of type set"),
    ],
)
def test_a_refusal_says_where_and_what_it_must_be(item: object, words: str) -> None:
    assert words in refusal(item)


def test_no_refusal_shows_a_value_of_the_items() -> None:
    secret = "someone@private.example"
    items: list[dict[str, Any]] = [
        {"email": secret.replace("@", " ")},
        {"id": "7", "state": secret},
        {"id": "7", "page": secret},
        {"id": "7", "weight": secret},
        {"id": "7", "custom": {"a": {secret}}},
    ]
    assert not [item for item in items if "private" in refusal(item)]


@pytest.mark.parametrize(
    "fields",
    [
        {"tags": "one"},
        {"tags": ("a", "b")},
        {"custom": {"a": {"b": [1, None, True, "x"]}}},
        {"custom": MappingProxyType({"a": "b"})},
        {"parts": [{"sku": "1", "unitPrice": 1}, {"unitPrice": 1.5}, {"colour": "red"}]},
        {"parts": ()},
        {"gift": {"to": "you", "colour": "red"}},
        {"sentAt": None},
        {"state": "new"},
        {"page": "https://shop.example/cart?id=1#top"},
        {"page": "https://[::1]:8080/é"},
    ],
)
def test_a_mapping_is_taken_in_every_shape_that_the_vendor_takes(fields: dict[str, Any]) -> None:
    assert written({"id": "7", **fields})


def test_models_may_stand_inside_models_and_mappings() -> None:
    parts = [Part(sku="1", price=Decimal("1.10")), {"sku": "2", "unitPrice": 3}]
    wire = '[{"sku":"1","unitPrice":1.1},{"sku":"2","unitPrice":3}]'
    for item in (Parcel(id="7", sent_at="t", parts=parts), {"id": "7", "parts": parts}):
        assert wire in written(item).replace("1.10", "1.1")
    assert '"gift":{"to":"you"}' in written({"id": "7", "gift": Gift(to="you")})


def test_a_field_given_as_null_is_refused_where_the_vendor_does_not_take_it() -> None:
    assert refusal(Parcel(id="7", paid=None)) == "`paid` is null; it must be true or false."


def test_keys_of_the_callers_own_are_sent_flat() -> None:
    assert written(Parcel(id="7", sent_at="t", extra={"colour": "red"})) == (
        '{"id":"7","sentAt":"t","colour":"red"}'
    )
    nested = written(Parcel(id="7", sent_at="t", gift=Gift(to="you", extra={"bow": True})))
    assert nested == '{"id":"7","sentAt":"t","gift":{"to":"you","bow":true}}'


@pytest.mark.parametrize("more", [{}, {"extra": {"colour": "red"}}])
def test_a_datetime_with_a_zone_stands_for_text_in_a_model(more: dict[str, Any]) -> None:
    moment = datetime(2026, 5, 4, tzinfo=UTC)
    written_so = written(Parcel(id="7", sent_at=moment, **more))
    assert '"sentAt":"2026-05-04T00:00:00+00:00"' in written_so


def test_an_address_may_be_as_short_as_can_be() -> None:
    assert written({"email": "a@b"}) == '{"email":"a@b"}'


def test_what_no_check_of_a_field_can_see_is_refused_when_written() -> None:
    assert "beyond 64 bits" in refusal({"id": "7", "weight": 2**70})


def test_an_object_of_a_type_unknown_to_json_and_converter_is_refused() -> None:
    with pytest.raises(TypeError, match="is of type set, which JSON has no form for"):
        convert_model({1})
    assert convert_model(Part(sku="1")) == {"sku": "1"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "a whole number"),
        (1.5, "a number"),
        ("x", "a string"),
        ([], "an array"),
        ({}, "an object"),
        (b"", "bytes"),
        (Decimal(1), "of type Decimal"),
        (Part(sku="1"), "of type Part"),
    ],
)
def test_kinds_are_told_in_words_without_the_value(value: object, words: str) -> None:
    assert kind(value) == words


def test_names_are_listed_as_people_do() -> None:
    assert names(["a"]) == "`a`"
    assert names(["a", "b", "c"]) == "`a`, `b` or `c`"


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(Parcel.shape.rules)) | st.text(), anything))
def test_no_mapping_does_anything_but_pass_or_be_refused(item: dict[str, Any]) -> None:
    def told(mapping: object) -> object:
        try:
            return encode(mapping, 0, "now")
        except InvalidItem as problem:
            return str(problem)

    assert told(item) == told(MappingProxyType(item))
