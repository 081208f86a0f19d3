"""Drip's endpoints: where they are, what they hold, what a repeat does."""

from __future__ import annotations

import pytest

from batchkit._core.operations import Repeat
from batchkit.drip import Subscriber
from batchkit.drip.answers import complain, read
from batchkit.drip.operations import operations
from batchkit.options import Pace

from .samples import SAMPLES

OPERATIONS = operations("9999999")


@pytest.mark.parametrize(
    ("name", "path", "before", "after"),
    [
        ("subscribers", "/v2/9999999/subscribers/batches", '{"batches":[{"subscribers":[', "]}]}"),
        (
            "unsubscribes",
            "/v2/9999999/unsubscribes/batches",
            '{"batches":[{"subscribers":[',
            "]}]}",
        ),
        ("events", "/v2/9999999/events/batches", '{"batches":[{"events":[', "]}]}"),
        ("legacy_orders", "/v2/9999999/orders/batches", '{"batches":[{"orders":[', "]}]}"),
        ("carts", "/v3/9999999/shopper_activity/cart/batch", '{"carts":[', "]}"),
        ("orders", "/v3/9999999/shopper_activity/order/batch", '{"orders":[', "]}"),
        ("products", "/v3/9999999/shopper_activity/product/batch", '{"products":[', "]}"),
    ],
)
def test_every_endpoint_has_its_path_and_envelope(
    name: str, path: str, before: str, after: str
) -> None:
    operation = OPERATIONS[name]

    assert (operation.vendor, operation.name, operation.path) == ("Drip", name, path)
    assert (operation.before, operation.after) == (before.encode(), after.encode())


def test_there_are_seven_endpoints() -> None:
    assert OPERATIONS.keys() == SAMPLES.keys()
    assert len(OPERATIONS) == 7


def test_accounts_differ_by_their_paths_only() -> None:
    other = operations("my-account")

    assert other["carts"].path == "/v3/my-account/shopper_activity/cart/batch"
    assert other["carts"].encode is OPERATIONS["carts"].encode


def test_only_upserts_without_a_timeline_converge() -> None:
    converging = {name for name, each in OPERATIONS.items() if each.repeat is Repeat.CONVERGES}

    assert converging == {"subscribers", "unsubscribes", "products"}
    assert all(
        each.repeat is Repeat.DUPLICATES
        for name, each in OPERATIONS.items()
        if name not in converging
    )


def test_v2_and_v3_have_a_quota_each() -> None:
    quotas = {name: (each.quota, each.pace) for name, each in OPERATIONS.items()}

    v2 = ("v2 batches", Pace(requests=50, per=3600))
    v3 = ("v3 shopper activity", Pace(requests=3600, per=3600))
    assert quotas == {
        **dict.fromkeys(["subscribers", "unsubscribes", "events", "legacy_orders"], v2),
        **dict.fromkeys(["carts", "orders", "products"], v3),
    }


def test_a_request_holds_at_most_a_thousand_items_and_five_megabytes() -> None:
    for operation in OPERATIONS.values():
        assert (operation.limits.max_items, operation.limits.max_bytes) == (1000, 5_000_000)
        assert (operation.read, operation.complain) == (read, complain)
        assert not operation.ordered
        assert operation.ticketing is None


@pytest.mark.parametrize(
    ("name", "item", "changes"),
    [
        ("subscribers", {"email": "A@shop.example", "id": "7"}, ["a@shop.example", "7"]),
        ("subscribers", Subscriber(visitor_uuid="u1"), ["u1"]),
        ("subscribers", {"email": " old@b.c ", "new_email": "New@b.c"}, ["old@b.c", "new@b.c"]),
        ("unsubscribes", {"email": "a@shop.example"}, ["a@shop.example"]),
        ("carts", {"cart_id": "C1", "email": "a@shop.example"}, ["c1"]),
        ("orders", {"order_id": "1", "order_public_id": "#1"}, ["1", "#1"]),
        ("products", {"product_id": "P1", "product_variant_id": "V1"}, ["p1"]),
        ("legacy_orders", {"upstream_id": "9"}, ["9"]),
        ("legacy_orders", {"amount": 5}, []),
        ("subscribers", "what nobody can read", []),
    ],
)
def test_every_item_names_what_it_changes(name: str, item: object, changes: list[str]) -> None:
    names = OPERATIONS[name].changes
    assert names is not None
    assert names([item]) == {*changes}


@pytest.mark.parametrize("email", ["ada@shop.example", "Ada@shop.example", " ada@shop.example\t"])
def test_however_a_name_is_written_it_is_one(email: str) -> None:
    names = OPERATIONS["subscribers"].changes
    assert names is not None
    assert names([{"email": email}, {"id": "7"}]) == {"ada@shop.example", "7"}


def test_events_change_nothing_and_keep_no_order() -> None:
    assert OPERATIONS["events"].changes is None
