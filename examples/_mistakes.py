"""What the demo gets wrong on purpose: one bad item is never an exception.

It is named with its index and the reason, and its neighbours go on.
"""

from __future__ import annotations

import math
from datetime import datetime

import _goods as goods
from _check import Run
from _clients import SOON, drip_client, ecwid_client, empathy_client

from batchkit.drip import Order, OrderItem, Subscriber
from batchkit.ecwid import ApiRequest
from batchkit.empathy import CheckoutEvent
from batchkit.testing import Sandbox

GOOD = 10**9
"""The bad items' neighbours are numbered from here on, out of the way of all others."""


def bad_people(sandbox: Sandbox) -> Run:
    """Somebody without an address."""
    people = [goods.subscriber(GOOD), Subscriber(first_name="Nemo"), goods.subscriber(GOOD + 1)]
    meant = [goods.subscriber_json(GOOD), None, goods.subscriber_json(GOOD + 1)]
    with drip_client(sandbox) as drip:
        report = drip.subscribers.send(people)
    return Run("Drip subscribers, bad", "drip", "subscribers", 3, meant.__getitem__, report)


def bad_orders(sandbox: Sandbox) -> Run:
    """A price that is no number, and a time that might be any of two dozen."""
    no_zone = datetime(2026, 1, 2, 9, 0)  # noqa: DTZ001 - the mistake that is shown here
    orders = [
        goods.order(GOOD),
        Order(
            provider="demo_shop",
            email=goods.email(1),
            action="placed",
            order_id="order-nan",
            items=[OrderItem(name="a riddle", price=math.nan)],
        ),
        Order(
            provider="demo_shop",
            email=goods.email(2),
            action="placed",
            order_id="order-no-zone",
            occurred_at=no_zone,
        ),
        goods.order(GOOD + 1),
    ]
    meant = [goods.order_json(GOOD), None, None, goods.order_json(GOOD + 1)]
    with drip_client(sandbox) as drip:
        report = drip.orders.send(orders)
    return Run("Drip orders, bad", "drip", "orders", 4, meant.__getitem__, report)


def bad_purchases(sandbox: Sandbox) -> Run:
    """An event in no language."""
    events = [goods.purchase(GOOD), CheckoutEvent(q="teapot"), goods.purchase(GOOD + 1)]
    meant = [goods.purchase_json(GOOD), None, goods.purchase_json(GOOD + 1)]
    with empathy_client(sandbox) as empathy:
        report = empathy.checkout.send(events)
    return Run("Empathy checkouts, bad", "empathy", "checkout", 3, meant.__getitem__, report)


def bad_calls(sandbox: Sandbox) -> Run:
    """A path that climbs out of the store, and an id that is used twice."""
    calls = [
        goods.creation(GOOD),
        ApiRequest("DELETE", "/products/../profile", id="climber"),
        ApiRequest("GET", "/profile", id=f"create-{GOOD}"),
        goods.creation(GOOD + 1),
    ]
    meant = [goods.creation_json(GOOD), None, None, goods.creation_json(GOOD + 1)]
    with ecwid_client(sandbox) as ecwid:
        report = ecwid.batches.send(calls, parallel=True, poll=SOON)
    return Run("Ecwid calls, bad", "ecwid", "batches", 4, meant.__getitem__, report)
