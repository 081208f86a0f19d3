"""The strategies' models are sent by the client and taken by the fakes, all of them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchkit import Drip, Ecwid, EmpathyTagging, drip, ecwid, empathy
from batchkit._core.items.models import Model
from batchkit.drip import Address, Subscriber
from batchkit.testing import (
    FakeClock,
    fake_drip,
    fake_ecwid,
    fake_empathy,
    mock_transport,
    strategies,
)

OF_DRIP = {
    "subscribers": drip.Subscriber,
    "unsubscribes": drip.Unsubscribe,
    "events": drip.Event,
    "legacy_orders": drip.LegacyOrder,
    "carts": drip.Cart,
    "orders": drip.Order,
    "products": drip.Product,
}
OF_EMPATHY = {
    "query": empathy.QueryEvent,
    "click": empathy.ClickEvent,
    "wishlist": empathy.WishlistEvent,
    "add2cart": empathy.Add2CartEvent,
    "checkout": empathy.CheckoutEvent,
    "browse_category": empathy.BrowseCategoryEvent,
    "browse_product": empathy.BrowseProductEvent,
    "browse_add2cart": empathy.BrowseAdd2CartEvent,
    "browse_checkout": empathy.BrowseCheckoutEvent,
}
QUICK = settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)


def lists_of(strategy: Any) -> Any:
    return st.lists(strategy, min_size=1, max_size=3)


@pytest.mark.parametrize("name", OF_DRIP)
def test_drip_takes_them(name: str) -> None:
    fake = fake_drip(drip_quota="off")
    http = httpx.Client(transport=mock_transport(fake))
    endpoint = getattr(Drip("1", api_key="key", http_client=http, pace=None), name)

    @QUICK
    @given(lists_of(strategies.models(OF_DRIP[name])))
    def check(items: list[Any]) -> None:
        fake.ledger.clear()
        report = endpoint.send(items)
        assert report.ok, report.problems
        assert fake.ledger.count("drip", name) == len(items)
        assert fake.ledger.check(report) == []

    check()


@pytest.mark.parametrize("name", OF_EMPATHY)
def test_empathy_takes_them(name: str) -> None:
    fake = fake_empathy()
    http = httpx.Client(transport=mock_transport(fake))
    endpoint = getattr(EmpathyTagging("shop", http_client=http), name)

    @QUICK
    @given(lists_of(strategies.models(OF_EMPATHY[name])))
    def check(items: list[Any]) -> None:
        fake.ledger.clear()
        with endpoint.stream(items) as stream:
            outcomes = list(stream)
        assert all(outcome.ok for outcome in outcomes), outcomes
        assert fake.ledger.check_outcomes(outcomes) == []

    check()


def test_ecwid_runs_them() -> None:
    fake = fake_ecwid(products=1000, seconds_per_entry=0, requests_per_minute=None)
    http = httpx.Client(transport=mock_transport(fake))
    batches = Ecwid("7", token="t", http_client=http, pace=None).batches

    @QUICK
    @given(lists_of(strategies.models(ecwid.ApiRequest)))
    def check(items: list[Any]) -> None:
        fake.ledger.clear()
        with FakeClock(), batches.stream(items) as stream:
            outcomes = list(stream)
        assert {type(outcome).__name__ for outcome in outcomes} <= {"Succeeded", "Rejected"}
        assert fake.ledger.check_outcomes(outcomes) == []

    check()


@QUICK
@given(strategies.subscribers(email=st.just("ann@example.com"), tags=st.just(["x"])))
def test_a_field_may_be_told(subscriber: Subscriber) -> None:
    assert (subscriber.email, subscriber.tags) == ("ann@example.com", ["x"])


MODELS = [
    kind
    for vendor in (drip, ecwid, empathy)
    for kind in map(vars(vendor).get, vendor.__all__)
    if isinstance(kind, type) and issubclass(kind, Model)
]


@pytest.mark.parametrize("kind", MODELS)
def test_every_model_has_a_strategy(kind: type[Model]) -> None:
    @QUICK
    @given(strategies.models(kind))
    def check(made: Model) -> None:
        assert type(made) is kind

    check()


@QUICK
@given(strategies.models(Address), strategies.models(ecwid.ApiRequest, id=st.just("a")))
def test_models_inside_others_have_strategies_too(address: Address, request: Any) -> None:
    assert isinstance(address, Address)
    assert request.id == "a"


def test_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match="Subscriber has no field `mail`"):
        strategies.subscribers(mail=st.just("x"))
