"""From the lines of an order book to the vendors, with an account that ends in lines again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import _retail as retail
from _retail import BAD_PRICE, BAD_QUANTITY, CANCELLATION, MALFORMED, NO_CUSTOMER, Line
from _show import Progress

from batchkit import Drip, Ecwid, EmpathyTagging, Outcome, Plan, PollPolicy, Report
from batchkit.drip import Order, Subscriber
from batchkit.ecwid import ApiRequest
from batchkit.empathy import CheckoutEvent
from batchkit.testing import Sandbox

T = TypeVar("T")

Piece: TypeAlias = tuple[T, int, int]
"""An item, the first line that stands behind it, and how many lines do."""

Open: TypeAlias = Callable[
    [Iterator[T], Callable[[Report[object]], None]],
    AbstractContextManager[Iterable[Outcome[T]]],
]
"""Opens a stream of outcomes, from the items and `on_progress`."""


@dataclass
class Account:
    """What became of the lines of the file at one endpoint of a vendor."""

    title: str
    through: int = 0
    """Lines behind items that the vendor took."""
    failed: int = 0
    """Lines behind items that did not get through."""
    unused: Counter[str] = field(default_factory=Counter[str])
    """Lines that no item was made of, by reason."""
    items: int = 0
    """Items that the vendor took."""
    failures: list[str] = field(default_factory=list[str])
    """The first few items that did not get through, by line."""

    @property
    def lines(self) -> int:
        """All lines that are accounted for."""
        return self.through + self.failed + self.unused.total()

    def settle(self, outcome: Outcome[object], first: int, lines: int) -> None:
        """Book one item's outcome under the lines behind it."""
        if outcome.ok is True:
            self.items += 1
            self.through += lines
            return
        self.failed += lines
        if len(self.failures) < 10:
            self.failures.append(f"line {first} ({lines} in all) was {outcome}")


@dataclass(frozen=True)
class Delivery(Generic[T]):
    """Everything that one endpoint is to get."""

    title: str
    vendor: str
    operation: str
    unfit: tuple[str, ...]
    """The reasons by which a line is of no use here, in the order in which they count."""
    pieces: Callable[[Iterator[Line]], Iterator[Piece[T]]]
    plan: Callable[[Iterator[T]], Plan]
    open: Open[T]

    def planned(self, path: Path) -> Plan:
        """What it will take."""
        pieces = self.pieces(self._fit(retail.read(path), Account(self.title)))
        return self.plan(item for item, _, _ in pieces)

    def send(self, path: Path, count: int) -> Account:
        """Send it, and account for every line."""
        account = Account(self.title)
        behind: dict[int, tuple[int, int]] = {}  # of the items on their way, and of no others

        def items() -> Iterator[T]:
            pieces = self.pieces(self._fit(retail.read(path), account))
            for index, (item, first, lines) in enumerate(pieces):
                behind[index] = (first, lines)
                yield item

        with (
            Progress({self.title: count}) as progress,
            self.open(items(), progress.of(self.title)) as outcomes,
        ):
            for outcome in outcomes:
                account.settle(outcome, *behind.pop(outcome.index))
        return account

    def _fit(self, lines: Iterator[Line], account: Account) -> Iterator[Line]:
        for line in lines:
            found = retail.faults(line)
            reason = next((each for each in self.unfit if each in found), None)
            if reason is None:
                yield line
            else:
                account.unused[reason] += 1


@dataclass(frozen=True)
class Vendors:
    """The three clients, and the sandbox unless the vendors are the real ones."""

    drip: Drip
    empathy: EmpathyTagging
    ecwid: Ecwid
    sandbox: Sandbox | None


@contextmanager
def open_vendors(*, live: bool) -> Generator[Vendors, None, None]:
    """The clients. All keep to the quotas that the vendors document, which is no hindrance here."""
    with ExitStack() as stack:
        if live:  # everything from the environment
            drip, empathy, ecwid, sandbox = Drip(), EmpathyTagging(), Ecwid(), None
        else:
            sandbox = stack.enter_context(Sandbox(keep_items=False, quotas=False))  # counts will do
            drip = Drip(1234567, api_key="any", base_url=sandbox.url("drip"))
            empathy = EmpathyTagging("retail", base_url=sandbox.url("empathy"))
            ecwid = Ecwid(
                7654321,
                token="any",  # noqa: S106 - a sandbox asks for no secret
                base_url=sandbox.url("ecwid"),
            )
        yield Vendors(
            stack.enter_context(drip),
            stack.enter_context(empathy),
            stack.enter_context(ecwid),
            sandbox,
        )


def deliveries(vendors: Vendors, survey: retail.Survey) -> list[Delivery[Any]]:
    """Customers before their orders, then the rest."""
    drip, empathy, ecwid = vendors.drip, vendors.empathy, vendors.ecwid
    # The sandbox is done with a batch in milliseconds; a real store is asked less often.
    poll = PollPolicy() if vendors.sandbox is None else PollPolicy(initial=0.05)
    return [
        Delivery[Subscriber](
            title="Drip subscribers",
            vendor="drip",
            operation="subscribers",
            unfit=(MALFORMED, NO_CUSTOMER),
            pieces=_once_each(survey.customers, _customer, retail.subscriber),
            plan=drip.subscribers.plan,
            open=lambda items, seen: drip.subscribers.stream(items, on_progress=seen),
        ),
        Delivery[Order](
            title="Drip orders",
            vendor="drip",
            operation="orders",
            unfit=(MALFORMED, NO_CUSTOMER, BAD_PRICE, BAD_QUANTITY),
            pieces=_orders,
            plan=drip.orders.plan,
            open=lambda items, seen: drip.orders.stream(items, on_progress=seen),
        ),
        Delivery[CheckoutEvent](
            title="Empathy checkouts",
            vendor="empathy",
            operation="checkout",
            unfit=(MALFORMED, NO_CUSTOMER, BAD_PRICE, BAD_QUANTITY, CANCELLATION),
            pieces=_purchases,
            plan=empathy.checkout.plan,
            open=lambda items, seen: empathy.checkout.stream(items, on_progress=seen),
        ),
        Delivery[ApiRequest](
            title="Ecwid products",
            vendor="ecwid",
            operation="batches",
            unfit=(MALFORMED, BAD_PRICE),
            pieces=_once_each(survey.products, _product, retail.creation),
            plan=ecwid.batches.plan,
            open=lambda items, seen: ecwid.batches.stream(
                items, on_progress=seen, parallel=True, poll=poll
            ),
        ),
    ]


def _once_each(
    shares: dict[str, retail.Share],
    name: Callable[[Line], str],
    make: Callable[[retail.Share], T],
) -> Callable[[Iterator[Line]], Iterator[Piece[T]]]:
    """An item where a customer or a product is met for the first time, for all of its lines."""

    def pieces(lines: Iterator[Line]) -> Iterator[Piece[T]]:
        for line in lines:
            share = shares[name(line)]
            if share.first.number == line.number:
                yield make(share), line.number, share.lines

    return pieces


def _customer(line: Line) -> str:
    return line.customer


def _product(line: Line) -> str:
    return line.code


def _orders(lines: Iterator[Line]) -> Iterator[Piece[Order]]:
    for invoice in retail.invoices(lines):
        yield retail.order(invoice), invoice[0].number, len(invoice)


def _purchases(lines: Iterator[Line]) -> Iterator[Piece[CheckoutEvent]]:
    return ((retail.purchase(line), line.number, 1) for line in lines)
