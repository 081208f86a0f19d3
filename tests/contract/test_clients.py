"""Clients: what they take, what they refuse when they are made, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import batchkit
from batchkit.exceptions import ConfigurationError
from tests.contract.colours import people, queries
from tests.contract.wire import Wire

DRIP = {"api_key": "key"}
# Where requests go

EMPATHY = {
    **{name: name for name in ("query", "click", "wishlist", "add2cart", "checkout")},
    "browse_category": "browseCategory",
    "browse_product": "browseProduct",
    "browse_add2cart": "browseAdd2Cart",
    "browse_checkout": "browseCheckout",
}
V2 = {"subscribers": "subscribers", "unsubscribes": "unsubscribes", "events": "events"}
V2["legacy_orders"] = "orders"
V3 = {"carts": "cart", "orders": "order", "products": "product"}
PERSON: Mapping[str, object] = {"email": "a@shop.example"}
SHOP = {**PERSON, "provider": "shop", "action": "created"}
ITEMS: Mapping[str, Mapping[str, object]] = {
    "events": {**PERSON, "action": "Logged in"},
    "legacy_orders": {**PERSON, "amount": 100},
    "carts": {**SHOP, "cart_id": "1"},
    "orders": {**SHOP, "order_id": "1", "action": "placed"},
    "products": {"provider": "shop", "action": "created", "product_id": "1", "name": "n"},
}


@pytest.mark.parametrize(
    ("attribute", "path"),
    [
        *((name, f"/v2/77/{wire}/batches") for name, wire in V2.items()),
        *((name, f"/v3/77/shopper_activity/{wire}/batch") for name, wire in V3.items()),
    ],
)
def test_where_drip_items_go(wire: Wire, attribute: str, path: str) -> None:
    client = batchkit.Drip("77", http_client=wire.client, **DRIP)
    report = getattr(client, attribute).send([ITEMS.get(attribute, PERSON)])

    assert report.ok
    [request] = wire.seen
    assert (request.method, str(request.url)) == ("POST", f"https://api.getdrip.com{path}")


@pytest.mark.parametrize(("attribute", "sink"), EMPATHY.items())
def test_where_empathy_events_go(wire: Wire, attribute: str, sink: str) -> None:
    client = batchkit.EmpathyTagging("shop", http_client=wire.client)
    event = queries(1)[0]
    base = "https://api.empathybroker.com/tagging/v1"

    assert getattr(client, attribute).send([event]).ok
    assert client.sink(sink).send([event]).ok
    assert [str(each.url) for each in wire.seen] == [f"{base}/track/shop/{sink}/batch"] * 2


def test_an_async_sink_of_any_name(make: Any) -> None:
    assert make("EmpathyTagging", "shop").sink("newest").plan is not None


def test_a_sink_of_any_name(wire: Wire) -> None:
    client = batchkit.EmpathyTagging("shop", http_client=wire.client)

    assert client.sink("newest_sink-2").send([{"anything": "1"}]).ok
    assert wire.seen[0].url.path.endswith("/track/shop/newest_sink-2/batch")


@pytest.mark.parametrize("name", ["", "a/b", "..", "query?x", "a\n", "é", "x" * 65, None, 7])
def test_a_sink_that_is_no_name(make: Any, name: Any) -> None:
    with pytest.raises(ConfigurationError, match="sink"):
        make("EmpathyTagging", "shop").sink(name)


# Ids, credentials, environment


def test_a_number_for_an_account(wire: Wire) -> None:
    batchkit.Drip(9999999, http_client=wire.client, **DRIP).subscribers.send(people(1))

    assert wire.seen[0].url.path == "/v2/9999999/subscribers/batches"


IDS: list[object] = [
    *(
        "",
        "../x",
        "a?b",
        "a#b",
        "a/b",
        "1\n",
        "\n1",
        "١٢٣",
        "１２３",
        "a b",
        "x" * 65,
        "%41",
        "a\x00",
    ),
    *(1.5, True, b"123", ["1"]),
]


@pytest.mark.parametrize("bad", IDS, ids=repr)
def test_ids_that_would_change_the_url(make: Any, bad: object) -> None:
    with pytest.raises(ConfigurationError, match="account_id"):
        make("Drip", bad, **DRIP)
    with pytest.raises(ConfigurationError, match="instance"):
        make("EmpathyTagging", bad)


def test_ids_at_the_edge(make: Any) -> None:
    make("Drip", "x" * 64, **DRIP)
    make("EmpathyTagging", "A-z_9")


def test_an_id_of_the_environment_is_checked_too(make: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("DRIP_ACCOUNT_ID", "../1")
    monkeypatch.setenv("EMPATHY_INSTANCE", "a/b")
    with pytest.raises(ConfigurationError, match="DRIP_ACCOUNT_ID"):
        make("Drip", **DRIP)
    with pytest.raises(ConfigurationError, match="EMPATHY_INSTANCE"):
        make("EmpathyTagging")


def test_nothing_at_all_is_a_configuration_error(make: Any) -> None:
    with pytest.raises(ConfigurationError, match="DRIP_ACCOUNT_ID"):
        make("Drip", **DRIP)
    with pytest.raises(ConfigurationError, match="DRIP_API_KEY"):
        make("Drip", "1")
    with pytest.raises(ConfigurationError, match="EMPATHY_INSTANCE"):
        make("EmpathyTagging")


def test_drip_from_the_environment(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIP_ACCOUNT_ID", "31")
    monkeypatch.setenv("DRIP_API_KEY", "key")
    monkeypatch.setenv("DRIP_BASE_URL", "https://drip.example/api/")
    batchkit.Drip(http_client=wire.client).subscribers.send(people(1))
    monkeypatch.delenv("DRIP_API_KEY")
    monkeypatch.setenv("DRIP_ACCESS_TOKEN", "token")
    batchkit.Drip(http_client=wire.client).subscribers.send(people(1))

    key, token = wire.seen
    assert str(key.url) == "https://drip.example/api/v2/31/subscribers/batches"
    assert key.headers["authorization"] == "Basic a2V5Og=="  # "key:" in Base64
    assert token.headers["authorization"] == "Bearer token"


def test_empathy_from_the_environment(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPATHY_INSTANCE", "shop")
    monkeypatch.setenv("EMPATHY_BASE_URL", "https://e.example")
    batchkit.EmpathyTagging(http_client=wire.client).query.send(queries(1))

    assert str(wire.seen[0].url) == "https://e.example/track/shop/query/batch"
    assert "authorization" not in wire.seen[0].headers


def test_an_argument_beats_the_environment(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRIP_ACCOUNT_ID", "31")
    monkeypatch.setenv("DRIP_API_KEY", "other")
    monkeypatch.setenv("DRIP_BASE_URL", "https://other.example")
    client = batchkit.Drip(
        "7", access_token="token", base_url="https://drip.example", http_client=wire.client
    )
    client.subscribers.send(people(1))

    assert str(wire.seen[0].url) == "https://drip.example/v2/7/subscribers/batches"
    assert wire.seen[0].headers["authorization"] == "Bearer token"


@pytest.mark.parametrize("bad", ["", " ", "k\n", "k\r\nX: y", "k ey", "kéy", "k\x00", 7, b"key"])
@pytest.mark.parametrize("name", ["api_key", "access_token"])
def test_credentials_that_cannot_be_sent(make: Any, name: str, bad: object) -> None:
    with pytest.raises(ConfigurationError, match=name):
        make("Drip", "1", **{name: bad})


def test_two_credentials_are_one_too_many(make: Any) -> None:
    with pytest.raises(ConfigurationError, match="Both"):
        make("Drip", "1", api_key="key", access_token="token")
