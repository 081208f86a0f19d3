"""Reads an order book in CSV and makes items of it; the rules are told in `online_retail.py`."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from zoneinfo import ZoneInfo

from batchkit.drip import Order, OrderItem, Subscriber
from batchkit.ecwid import ApiRequest
from batchkit.empathy import CheckoutEvent

COLUMNS = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
LONDON = ZoneInfo("Europe/London")
CURRENCY = "GBP"
PROVIDER = "online_retail"
OPEN_INVOICES = 50
"""An invoice is complete when so many others have begun after it."""

MALFORMED = "malformed"
NO_CUSTOMER = "no customer"
BAD_PRICE = "price zero or negative"
BAD_QUANTITY = "quantity has the wrong sign"
CANCELLATION = "cancelled, no purchase"


class NotTheDataError(Exception):
    """The file is not of the shape that this example reads."""


class Line(NamedTuple):
    """One line of an invoice."""

    number: int
    """Where it stands in the file; the heading is line 1."""
    invoice: str
    code: str
    name: str
    quantity: int
    time: str
    price: Decimal
    customer: str
    country: str
    malformed: bool = False

    @property
    def is_cancellation(self) -> bool:
        """Whether goods came back."""
        return self.invoice.startswith("C")


def read(path: Path) -> Iterator[Line]:
    """The lines of the file, one at a time."""
    with _opened(path) as file:
        rows = csv.reader(file)
        try:
            if next(rows, None) != COLUMNS.split(","):
                raise NotTheDataError(f"{path} does not begin with the line {COLUMNS}")
            number = rows.line_num + 1
            for row in rows:
                yield _line(number, row)
                number = rows.line_num + 1
        except (csv.Error, EOFError, gzip.BadGzipFile) as problem:
            raise NotTheDataError(f"{path} cannot be read to its end: {problem}") from problem


def _opened(path: Path) -> TextIO:
    # A damaged letter in a product's name is no reason to stop.
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="replace", newline="")
    return path.open(encoding="utf-8-sig", errors="replace", newline="")


def _line(number: int, row: list[str]) -> Line:
    try:
        invoice, code, name, quantity, time, price, customer, country = row
        datetime.fromisoformat(time)
        line = Line(
            number,
            invoice,
            code.upper(),
            name.strip() or code,
            int(quantity),
            time,
            Decimal(price),
            customer.removesuffix(".0"),
            country,
        )
    except (ValueError, InvalidOperation):
        return Line(number, "", "", "", 0, "", Decimal(), "", "", malformed=True)
    return line._replace(malformed=not (invoice and code and line.price.is_finite()))


def faults(line: Line) -> list[str]:
    """The reasons for which a line may be of no use to a vendor."""
    if line.malformed:
        return [MALFORMED]
    found = [CANCELLATION] if line.is_cancellation else []
    if not line.customer:
        found.append(NO_CUSTOMER)
    if line.price <= 0:
        found.append(BAD_PRICE)
    if line.quantity == 0 or (line.quantity < 0) != line.is_cancellation:
        found.append(BAD_QUANTITY)
    return found


@dataclass(slots=True)
class Share:
    """How many lines stand behind a customer or a product, and the first of them."""

    first: Line
    lines: int = 1


@dataclass
class Survey:
    """What one pass over the file tells: who and what is in it, and which lines are of no use."""

    lines: int = 0
    faults: Counter[str] = field(default_factory=Counter[str])
    examples: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    customers: dict[str, Share] = field(default_factory=dict[str, Share])
    products: dict[str, Share] = field(default_factory=dict[str, Share])

    def add(self, line: Line) -> list[str]:
        """Take a line in; gives its faults."""
        self.lines += 1
        found = [fault for fault in faults(line) if fault != CANCELLATION]
        for fault in found:
            self.faults[fault] += 1
            if len(numbers := self.examples.setdefault(fault, [])) < 5:
                numbers.append(line.number)
        if not {MALFORMED, NO_CUSTOMER} & set(found):
            _count(self.customers, line.customer, line)
        if not {MALFORMED, BAD_PRICE} & set(found):
            _count(self.products, line.code, line)
        return found


def _count(shares: dict[str, Share], name: str, line: Line) -> None:
    share = shares.get(name)
    if share is None:
        shares[name] = Share(line)
    else:
        share.lines += 1


def invoices(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """The lines of each invoice together; two tills may have written at the same time."""
    unfinished: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        key = (line.invoice, line.customer)
        if key not in unfinished and len(unfinished) >= OPEN_INVOICES:
            yield unfinished.pop(next(iter(unfinished)))
        unfinished.setdefault(key, []).append(line)
    yield from unfinished.values()


def order(lines: list[Line]) -> Order:
    """An invoice, or the cancellation of one."""
    first = lines[0]
    total = sum((abs(line.quantity) * line.price for line in lines), Decimal())
    back = first.is_cancellation
    return Order(
        provider=PROVIDER,
        email=email(first.customer),
        action="refunded" if back else "placed",
        order_id=first.invoice,
        occurred_at=datetime.fromisoformat(first.time).replace(tzinfo=LONDON),
        grand_total=Decimal() if back else total,
        refund_amount=total if back else Decimal(),
        currency=CURRENCY,
        items=[
            OrderItem(
                product_id=line.code,
                sku=line.code,
                name=line.name,
                price=line.price,
                quantity=abs(line.quantity),
                total=abs(line.quantity) * line.price,
            )
            for line in lines
        ],
    )


def purchase(line: Line) -> CheckoutEvent:
    """A line as something that was found and bought."""
    return CheckoutEvent(
        q=line.name,
        lang="en",
        user=line.customer,
        product_id=line.code,
        title=line.name,
        transaction_id=line.invoice,
        revenue=line.price,
        currency=CURRENCY,
    )


def subscriber(share: Share) -> Subscriber:
    """A customer."""
    customer = share.first.customer
    return Subscriber(
        email=email(customer), user_id=customer, country=share.first.country, tags=["Online Retail"]
    )


def creation(share: Share) -> ApiRequest:
    """A product that the store does not have yet."""
    line = share.first
    body: dict[str, Any] = {"sku": line.code, "name": line.name, "price": line.price}
    return ApiRequest("POST", "/products", body=body, id=line.code)


def email(customer: str) -> str:
    """An address for a customer, of whom the data knows a number only."""
    return f"customer-{customer}@shop.example"
