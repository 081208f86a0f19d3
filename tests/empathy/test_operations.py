"""Empathy's operations: where an event goes, how it is written, and which is refused."""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from batchkit._core.items import jsontext as core_json
from batchkit._core.operations import Repeat
from batchkit.empathy import (
    ClickEvent,
    QueryEvent,
)
from batchkit.empathy.answers import complain, read
from batchkit.empathy.operations import MODELS, operation
from batchkit.values import UNSET
from tests.empathy.wire import SAMPLE, encode, refusal, sent

SEARCH = ("query", "click", "wishlist", "add2cart", "checkout")
BROWSE = ("browseCategory", "browseProduct", "browseAdd2Cart", "browseCheckout")


@pytest.fixture(params=["orjson", "standard library"], autouse=True)
def writer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test of this file holds for both JSON writers."""
    if request.param == "standard library":
        monkeypatch.setattr(core_json, "orjson", None)


# The operation


@pytest.mark.parametrize("sink", [*SEARCH, *BROWSE, "displayClick"])
def test_a_sinks_events_go_to_its_own_batch_path(sink: str) -> None:
    assert operation("shop_1", sink).path == f"/track/shop_1/{sink}/batch"


def test_the_documented_sinks_are_nine() -> None:
    assert tuple(MODELS) == SEARCH + BROWSE


def test_a_request_is_a_json_array_of_at_most_a_thousand_events_and_five_million_bytes() -> None:
    checkout = operation("shop", "checkout")
    assert (checkout.before, checkout.after) == (b"[", b"]")
    assert (checkout.limits.max_items, checkout.limits.max_bytes) == (1_000, 5_000_000)


def test_an_event_sent_twice_is_counted_twice() -> None:
    assert all(operation("shop", sink).repeat is Repeat.DUPLICATES for sink in MODELS)


def test_all_sinks_share_one_lane_without_a_pace() -> None:
    assert {operation("shop", sink).quota for sink in MODELS} == {"tagging"}
    assert operation("shop", "query").pace is None


def test_every_sink_reads_answers_the_same_way() -> None:
    click = operation("shop", "click")
    assert (click.vendor, click.name, click.read, click.complain) == (
        "Empathy", "click", read, complain,
    )  # fmt: skip


# Mappings


@pytest.mark.parametrize("event", SAMPLE)
def test_the_vendors_own_sample_is_sent_as_it_is(event: dict[str, object]) -> None:
    assert sent("checkout", event) == event


def test_a_mappings_numbers_and_booleans_are_not_turned_into_text() -> None:
    event = {"q": "x", "lang": "es", "page": 1, "revenue": 30.5, "filtered": False, "own": -1}
    assert sent("checkout", event) == event


def test_a_mappings_decimal_is_written_digit_for_digit() -> None:
    event = {"lang": "es", "revenue": Decimal("30.123456789012345678901")}
    assert b":30.123456789012345678901}" in encode("browseCheckout", event)


def test_a_mapping_need_not_be_a_dict() -> None:
    assert sent("checkout", MappingProxyType(SAMPLE[0])) == SAMPLE[0]


def test_a_mapping_is_not_changed() -> None:
    event = {"lang": "es", "page": 1, "revenue": Decimal("1.50")}
    before = dict(event)
    encode("browseCheckout", event)
    assert event == before


@pytest.mark.parametrize("name", ["title", "page", "filtered", "own"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "null"),
        ([], "an array"),
        ({"a": "b"}, "an object"),
        (b"x", "bytes"),
        (("x",), "of type tuple"),
        (UNSET, "of type Unset"),
        (1j, "of type complex"),
    ],
)
def test_a_mapping_holds_text_numbers_and_booleans_and_nothing_else(
    name: str, value: object, words: str
) -> None:
    assert refusal("checkout", {**SAMPLE[0], name: value}).startswith(f"`{name}` is {words}")


def test_null_in_a_mapping_is_refused_as_it_means_a_missing_field() -> None:
    assert refusal("click", {**SAMPLE[0], "user": None}) == (
        "`user` is null, which the vendor takes for a missing field; leave it out."
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), 2**70, -(2**70)])
def test_a_number_that_json_cannot_say_is_refused_in_a_mapping(value: object) -> None:
    assert "`revenue` is " in refusal("checkout", {**SAMPLE[0], "revenue": value})


@pytest.mark.parametrize("key", [5, None, b"own", ("a",)])
def test_a_key_that_is_not_a_string_is_refused(key: object) -> None:
    assert refusal("checkout", {**SAMPLE[0], key: "x"}) == (
        "The item has a key that is not a string."
    )


@pytest.mark.parametrize("event", [{"own\udc00": "x"}, {"title": "x\ud800"}, {"q": "\ud800"}])
def test_half_a_surrogate_pair_is_refused(event: dict[str, object]) -> None:
    assert "surrogate" in refusal("checkout", {**SAMPLE[0], **event})


def test_the_word_null_is_only_a_word() -> None:
    assert sent("query", {"q": "null", "lang": "es"})["q"] == "null"


# What must be there


@pytest.mark.parametrize("sink", [*SEARCH, *BROWSE])
@pytest.mark.parametrize("empty", [{}, {"lang": ""}], ids=["missing", "empty"])
def test_every_event_needs_a_language(sink: str, empty: dict[str, Any]) -> None:
    event = {"q": "x", **empty} if sink in SEARCH else empty
    gap = "empty" if empty else "missing"
    sentence = f"`lang` is {gap}; it must be a string that is not empty."
    assert refusal(sink, event) == sentence
    assert refusal(sink, MODELS[sink](**event)) == sentence


@pytest.mark.parametrize("sink", SEARCH)
@pytest.mark.parametrize("empty", [{}, {"q": ""}], ids=["missing", "empty"])
def test_every_event_of_a_search_needs_its_words(sink: str, empty: dict[str, Any]) -> None:
    event = {"lang": "es", **empty}
    gap = "empty" if empty else "missing"
    sentence = f"`q` is {gap}; it must be a string that is not empty."
    assert refusal(sink, event) == sentence
    assert refusal(sink, MODELS[sink](**event)) == sentence


@pytest.mark.parametrize("sink", BROWSE)
def test_an_event_of_a_category_needs_no_words(sink: str) -> None:
    assert sent(sink, {"lang": "es"}) == sent(sink, MODELS[sink](lang="es")) == {"lang": "es"}


@pytest.mark.parametrize("sink", SEARCH)
def test_the_words_may_be_missing_where_the_caller_says_so(sink: str) -> None:
    for event in ({"lang": "es"}, MODELS[sink](lang="es")):
        assert sent(sink, event, q_required=False) == {"lang": "es"}


def test_empty_words_are_refused_even_where_they_may_be_missing() -> None:
    assert "`q` is empty" in refusal("click", {"q": "", "lang": "es"}, q_required=False)


def test_the_language_is_needed_even_where_the_words_are_not() -> None:
    assert "`lang` is missing" in refusal("click", {"q": "x"}, q_required=False)


@pytest.mark.parametrize("name", ["q", "lang"])
@pytest.mark.parametrize("value", [501, 0, True, 1.5, None, ["x"]])
def test_words_and_language_are_text_in_a_mapping_too(name: str, value: object) -> None:
    assert f"`{name}` is " in refusal("query", {"q": "x", "lang": "es", name: value})


def test_a_field_that_the_vendor_only_asks_for_may_be_missing() -> None:
    assert sent("checkout", {"q": "x", "lang": "es"}) == {"q": "x", "lang": "es"}


# Items


@pytest.mark.parametrize("item", [None, 5, "text", b"bytes", [], {"a"}, QueryEvent, object()])
@pytest.mark.parametrize("sink", ["checkout", "displayClick"])
def test_an_item_that_is_neither_model_nor_mapping_is_refused(sink: str, item: object) -> None:
    assert refusal(sink, item).startswith("The item is ")


def test_the_model_of_another_sink_is_refused() -> None:
    assert refusal("checkout", ClickEvent(q="x", lang="es")) == (
        "The item is of type ClickEvent; it must be of type CheckoutEvent, or a mapping."
    )


def test_a_sink_that_is_not_documented_takes_mappings_with_any_fields() -> None:
    assert sent("displayClick", {"whatever": 1}) == {"whatever": 1}
    assert sent("displayClick", {}) == {}


def test_a_sink_that_is_not_documented_checks_the_kinds_of_values() -> None:
    assert "`whatever` is null" in refusal("displayClick", {"whatever": None})
    assert "`whatever` is an array" in refusal("displayClick", {"whatever": []})


def test_a_sink_that_is_not_documented_takes_no_model() -> None:
    assert "must be a mapping" in refusal("displayClick", ClickEvent(q="x", lang="es"))
