"""Empathy's models: what they take, how they spell it, and that building one checks nothing."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import pytest

import batchkit.empathy
from batchkit.empathy import (
    Add2CartEvent,
    BrowseAdd2CartEvent,
    BrowseCategoryEvent,
    BrowseCheckoutEvent,
    BrowseProductEvent,
    CheckoutEvent,
    ClickEvent,
    QueryEvent,
    WishlistEvent,
)
from batchkit.empathy.fields import Event
from batchkit.empathy.operations import MODELS
from batchkit.values import UNSET

EVERYWHERE = {
    "lang", "scope", "store", "catalog", "section", "session", "user", "user_type", "front",
    "origin", "filtered", "filters", "spellcheck", "boosted", "boostedId",
}  # fmt: skip
PRODUCT = {"productId", "title", "url", "page", "position", "type", "location", "follow"}
PURCHASE = {"transactionId", "revenue", "currency"}
DOCUMENTED = {
    QueryEvent: EVERYWHERE | {"q", "totalHits", "page", "referrer"},
    ClickEvent: EVERYWHERE | PRODUCT | {"q"},
    WishlistEvent: EVERYWHERE | PRODUCT | {"q"},
    Add2CartEvent: EVERYWHERE | PRODUCT | {"q"},
    CheckoutEvent: EVERYWHERE | PRODUCT | PURCHASE | {"q"},
    BrowseCategoryEvent: EVERYWHERE | {"categoryId", "totalHits", "page", "url"},
    BrowseProductEvent: EVERYWHERE | PRODUCT | {"categoryId"},
    BrowseAdd2CartEvent: EVERYWHERE | PRODUCT | {"categoryId"},
    BrowseCheckoutEvent: EVERYWHERE | PRODUCT | PURCHASE | {"categoryId"},
}


def test_the_package_exports_the_model_of_every_documented_sink() -> None:
    exported = {getattr(batchkit.empathy, name) for name in batchkit.empathy.__all__}
    assert exported == set(MODELS.values()) == set(DOCUMENTED)


@pytest.mark.parametrize("kind_of_item", DOCUMENTED, ids=lambda each: each.__name__)
def test_a_model_has_every_documented_field_of_its_sink(kind_of_item: type[Event]) -> None:
    assert set(kind_of_item.shape.rules) == DOCUMENTED[kind_of_item]


@pytest.mark.parametrize(
    ("attribute", "spelling"),
    [
        ("product_id", "productId"),
        ("transaction_id", "transactionId"),
        ("boosted_id", "boostedId"),
        ("user_type", "user_type"),
    ],
)
def test_an_attribute_has_the_vendors_spelling_on_the_wire(attribute: str, spelling: str) -> None:
    assert CheckoutEvent(**{attribute: "x"})._wire == {spelling: "x"}


def test_a_categorys_attributes_have_the_vendors_spelling_on_the_wire() -> None:
    event = BrowseCategoryEvent(category_id="84a534|Root", total_hits=124)
    assert event._wire == {"categoryId": "84a534|Root", "totalHits": 124}


def test_a_field_not_given_is_unset() -> None:
    assert ClickEvent(lang="es").q is UNSET


def test_unset_may_be_passed() -> None:
    assert ClickEvent(lang="es", user=UNSET)._wire == {"lang": "es"}


def test_extra_fields_are_the_callers_own_and_start_out_empty() -> None:
    one, other = ClickEvent(lang="es"), ClickEvent(lang="es")
    assert one.extra == {}
    assert one.extra is not other.extra


@pytest.mark.parametrize("kind_of_item", DOCUMENTED, ids=lambda each: each.__name__)
def test_building_a_model_checks_no_value(kind_of_item: type[Event]) -> None:
    assert kind_of_item(lang=None, scope=[b"?"], extra=5).lang is None


def test_a_field_of_another_sink_is_an_argument_error() -> None:
    with pytest.raises(TypeError, match="revenue"):
        ClickEvent(lang="es", revenue=Decimal(1))


def test_no_model_is_an_instance_of_anothers_class() -> None:
    for kind_of_item in DOCUMENTED:
        event = kind_of_item(lang="es")
        assert [each for each in DOCUMENTED if isinstance(event, each)] == [kind_of_item]


def test_importing_the_models_does_not_import_the_converter() -> None:
    code = "import sys, batchkit.empathy; sys.exit('cattrs' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
