"""The three workloads: real orders of a gift shop where the file is there, made-up ones where not.

The file is UCI's "Online Retail" (D. Chen, CC BY 4.0), a gzipped CSV of order lines.
"""

from __future__ import annotations

import csv
import gzip
import os
import random
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple, TypeAlias

Item: TypeAlias = dict[str, object]

DATA = Path(
    os.environ.get("BATCHKIT_BENCH_DATA")
    or Path(__file__).parents[2] / "shared" / "data" / "online-retail.csv.gz"
)


class Line(NamedTuple):
    invoice: str
    code: str
    name: str
    quantity: int
    moment: str
    price: float
    customer: str
    country: str


class Workloads(NamedTuple):
    origin: str
    orders: list[Item]
    checkout: list[Item]
    subscribers: list[Item]


def load(*, orders: int, events: int) -> Workloads:
    """That many Drip orders, and that many Empathy events and Drip subscribers each."""
    real = DATA.is_file()
    invoices = list(islice(_invoices(_real() if real else _made_up()), orders))
    lines = [line for invoice in invoices for line in invoice]
    return Workloads(
        origin="real data" if real else "made-up data",
        orders=[_order(invoice) for invoice in invoices],
        checkout=[_event(lines[n % len(lines)], n) for n in range(events)],
        subscribers=[_subscriber(invoices[n % len(invoices)], n) for n in range(events)],
    )


def _real() -> Iterator[Line]:
    with gzip.open(DATA, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            quantity, price = int(row["Quantity"]), float(row["UnitPrice"])
            if quantity > 0 and price > 0:  # neither cancellations nor corrections
                yield Line(
                    row["InvoiceNo"],
                    row["StockCode"],
                    row["Description"].strip() or row["StockCode"],
                    quantity,
                    row["InvoiceDate"].replace(" ", "T") + "Z",
                    price,
                    row["CustomerID"].partition(".")[0] or "guest",
                    row["Country"],
                )


def _made_up() -> Iterator[Line]:
    chance = random.Random(20101201)
    words = ["WHITE", "RED", "HEART", "LANTERN", "HOLDER", "VINTAGE", "SET OF", "CAKE", "TIN"]
    for number in range(100_000):
        customer = str(chance.randrange(12_000, 18_500))
        for _ in range(max(1, round(chance.expovariate(1 / 21)))):
            yield Line(
                str(536_365 + number),
                str(chance.randrange(10_000, 99_999)),
                " ".join(chance.choices(words, k=chance.randint(3, 6))),
                chance.randint(1, 12),
                f"2011-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:26:00Z",
                chance.randrange(42, 1_500) / 100,
                customer,
                "United Kingdom",
            )


def _invoices(lines: Iterator[Line]) -> Iterator[list[Line]]:
    for _, invoice in groupby(lines, key=lambda line: line.invoice):
        yield list(invoice)


def _order(lines: list[Line]) -> Item:
    first = lines[0]
    return {
        "provider": "gift_shop",
        "email": f"{first.customer}@example.com",
        "action": "placed",
        "order_id": first.invoice,
        "order_public_id": f"#{first.invoice}",
        "occurred_at": first.moment,
        "grand_total": round(sum(line.quantity * line.price for line in lines), 2),
        "currency": "GBP",
        "order_url": f"https://shop.example.com/orders/{first.invoice}",
        "items": [
            {
                "product_id": line.code,
                "product_variant_id": line.code,
                "sku": line.code,
                "name": line.name,
                "price": line.price,
                "quantity": line.quantity,
                "total": round(line.quantity * line.price, 2),
            }
            for line in lines
        ],
    }


def _event(line: Line, number: int) -> Item:
    return {
        "q": line.name.partition(" ")[0].lower(),
        "lang": "en",
        "scope": "desktop",
        "store": "uk",
        "session": f"83065720-6d15-4bda-a7a8-{number:012}",
        "user": f"744b0f7a-32c9-4f89-9427-{line.customer:0>12}",
        "productId": line.code,
        "title": line.name,
        "url": f"https://shop.example.com/products/{line.code}",
        "page": "1",
        "transactionId": line.invoice,
        "currency": "GBP",
        "revenue": f"{line.quantity * line.price:.2f}",
    }


def _subscriber(lines: list[Line], number: int) -> Item:
    first = lines[0]
    return {
        "email": f"{first.customer}.{number}@example.com",
        "country": first.country,
        "time_zone": "Europe/London",
        "user_id": f"{first.customer}-{number}",
        "tags": ["Customer", first.country],
        "custom_fields": {"last_invoice": first.invoice, "last_seen": first.moment},
    }
