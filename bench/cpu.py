"""CPU time of the client for each item, beside the floor and beside other ways."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import httpx
from harness import Contender, against, interleaved, sink, table
from rivals import Envelope, by_hand, floor, streaming_bulk
from workloads import Item, Workloads, load

FLOOR = "floor: ready dicts, orjson, content="
BY_HAND = "careful hand-written loop, json="
MODELS = "batchkit send(), models"
MAPPINGS = "batchkit send(), mappings"
STREAM = "batchkit stream(), mappings"
PEER = "elasticsearch-py streaming_bulk"

GOALS = {"orders": (2.0, 1.3), "checkout": (2.8, 1.4), "subscribers": (2.8, 1.4)}


class Workload(NamedTuple):
    name: str
    path: str
    envelope: Envelope
    items: list[Item]


def workloads(data: Workloads) -> list[Workload]:
    return [
        Workload(
            "orders",
            "/v3/1234567/shopper_activity/order/batch",
            lambda chunk: {"orders": chunk},
            data.orders,
        ),
        Workload("checkout", "/track/bench/checkout/batch", lambda chunk: chunk, data.checkout),
        Workload(
            "subscribers",
            "/v2/1234567/subscribers/batches",
            lambda chunk: {"batches": [{"subscribers": chunk}]},
            data.subscribers,
        ),
    ]


@contextmanager
def endpoints(url: str) -> Iterator[dict[str, Any]]:
    """The endpoint of batchkit for each workload."""
    from batchkit import Drip, EmpathyTagging

    with ExitStack() as stack:
        drip = stack.enter_context(Drip("1234567", api_key="bench", base_url=url, pace=None))
        empathy = stack.enter_context(EmpathyTagging("bench", base_url=url, pace=None))
        yield {
            "orders": drip.orders,
            "checkout": empathy.checkout,
            "subscribers": drip.subscribers,
        }


def models(name: str, items: list[Item]) -> list[Any]:
    """The same items as batchkit's models; they say the same on the wire."""
    from batchkit.drip import Order, OrderItem, Subscriber
    from batchkit.empathy import CheckoutEvent

    def order(item: Any) -> Any:
        return Order(**{**item, "items": [OrderItem(**line) for line in item["items"]]})

    def event(item: Any) -> Any:
        renamed = {"productId": "product_id", "transactionId": "transaction_id"}
        return CheckoutEvent(**{renamed.get(key, key): value for key, value in item.items()})

    def subscriber(item: Any) -> Any:
        return Subscriber(**item)

    make = {"orders": order, "checkout": event, "subscribers": subscriber}[name]
    return [make(item) for item in items]


def sending(endpoint: Any, items: list[Any]) -> Contender:
    def run() -> int:
        report = endpoint.send(iter(items))
        return int(report.accepted + report.succeeded)

    return run


def streaming(endpoint: Any, items: list[Any]) -> Contender:
    def run() -> int:
        with endpoint.stream(iter(items)) as outcomes:
            return sum(outcome.ok for outcome in outcomes)

    return run


def contenders(work: Workload, url: str, client: httpx.Client, ours: Any) -> dict[str, Contender]:
    target = url + work.path
    found = {
        FLOOR: floor(client, target, work.envelope, work.items),
        BY_HAND: by_hand(client, target, work.envelope, work.items),
    }
    if ours is not None:
        found[MODELS] = sending(ours, models(work.name, work.items))
        found[MAPPINGS] = sending(ours, work.items)
        found[STREAM] = streaming(ours, work.items)
    if (peer := streaming_bulk(url, work.items)) is not None:
        found[PEER] = peer
    return found


def show(work: Workload, origin: str, seconds: dict[str, float]) -> None:
    def row(name: str) -> list[str]:
        spent = seconds[name]
        judged = name in {MODELS, MAPPINGS}
        goal = against(spent / seconds[FLOOR], *GOALS[work.name]) if judged else ""
        each = f"{1e6 * spent / len(work.items):.2f}"
        return [name, each, f"{spent / seconds[FLOOR]:.2f}", goal]

    title = f"{work.name}: {len(work.items):,} items of {origin}, 1,000 a request"
    table(title, ["contender", "CPU µs an item", "over the floor", "goal"], map(row, seconds))

    goals = {BY_HAND: (0.75, 0.35), PEER: (0.35, 0.15)}

    def pair(one: str, other: str) -> list[str]:
        ratio = seconds[one] / seconds[other]
        return [f"{one} over {other}", f"{ratio:.2f}", against(ratio, *goals[other])]

    pairs = [(MODELS, BY_HAND), (MAPPINGS, BY_HAND), (STREAM, PEER)]
    ratios = [pair(*names) for names in pairs if seconds.keys() >= set(names)]
    if ratios:
        table(f"{work.name}: one over the other", ["pair", "ratio", "goal"], ratios)


def measure(*, quick: bool, rivals_only: bool) -> None:
    few, many, rounds = (2_000, 20_000, 3) if quick else (10_000, 100_000, 9)
    data = load(orders=few, events=many)
    with ExitStack() as stack:
        url = stack.enter_context(sink())
        client = stack.enter_context(httpx.Client(timeout=60))
        ours = {} if rivals_only else stack.enter_context(endpoints(url))
        for work in workloads(data):
            runners = contenders(work, url, client, ours.get(work.name))
            medians = interleaved(runners, items=len(work.items), rounds=rounds)
            show(work, data.origin, {name: medians[name] for name in runners})
