"""150,000 items to three vendors, and a look at what became of each: ``python examples/demo.py``.

The vendors are a sandbox on a local port: no account, no network, nothing to set up. It keeps a
ledger of every item that it took. At the end the ledger is held against batchkit's reports, item by
item; if they disagree about a single one, the demo says so and its exit code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from itertools import islice

import _goods as goods
from _check import Run, complaints
from _clients import (
    SOON,
    async_drip_client,
    async_ecwid_client,
    async_empathy_client,
    drip_client,
    ecwid_client,
    empathy_client,
)
from _mistakes import bad_calls, bad_orders, bad_people, bad_purchases
from _show import Progress, heading, table

from batchkit import Succeeded
from batchkit.empathy import CheckoutEvent
from batchkit.testing import Sandbox

SHARES = {  # of 15
    "Drip subscribers": 4,
    "Drip orders": 1,
    "Empathy searches": 2,
    "Ecwid creations": 1,
    "Empathy checkouts": 4,
    "Drip events": 2,
    "Ecwid updates": 1,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; 0 if every item is accounted for, else 1."""
    sizes = how_many(arguments)
    started = time.monotonic()
    print("Three vendors on a local port, and batchkit with things to tell them.")
    with Sandbox(quotas=False) as sandbox:
        runs, ids = one_after_the_other(sandbox, sizes)
        runs += asyncio.run(all_at_once(sandbox, sizes, ids))
        runs += some_bad_items(sandbox)
        summarize(runs, time.monotonic() - started)
        return compare(runs, sandbox)


def how_many(arguments: Sequence[str] | None) -> dict[str, int]:
    """The number of items in each run."""
    parser = argparse.ArgumentParser(description="batchkit against its sandbox of three vendors.")
    parser.add_argument("--items", type=int, default=150_000, help="in all; default: 150,000")
    items: int = parser.parse_args(arguments).items
    if items < 15:
        parser.error("--items must be at least 15")
    return {title: items * share // 15 for title, share in SHARES.items()}


def one_after_the_other(sandbox: Sandbox, sizes: dict[str, int]) -> tuple[list[Run], list[int]]:
    """The plain clients, one call after another; gives the store's ids of its products too."""
    heading("One call after another, synchronous clients")
    runs = [
        *drip_in_turn(sandbox, sizes["Drip subscribers"], sizes["Drip orders"]),
        empathy_in_turn(sandbox, sizes["Empathy searches"]),
    ]
    creations, ids = ecwid_in_turn(sandbox, sizes["Ecwid creations"])
    return [*runs, creations], ids


def drip_in_turn(sandbox: Sandbox, people: int, orders: int) -> list[Run]:
    """Subscribers and orders, made while they are sent: no list of them is ever held."""
    with drip_client(sandbox) as drip:
        title = "Drip subscribers"
        with Progress({title: people}) as progress:
            report = drip.subscribers.send(
                (goods.subscriber(n) for n in range(people)), on_progress=progress.of(title)
            )
        first = told(Run(title, "drip", "subscribers", people, goods.subscriber_json, report))

        title = "Drip orders"
        with Progress({title: orders}) as progress:
            orders_report = drip.orders.send(
                (goods.order(n) for n in range(orders)), on_progress=progress.of(title)
            )
        return [first, told(Run(title, "drip", "orders", orders, goods.order_json, orders_report))]


def empathy_in_turn(sandbox: Sandbox, count: int) -> Run:
    """Searches as plain mappings, which go out as they are."""
    title = "Empathy searches"
    with (
        empathy_client(sandbox) as empathy,
        Progress({title: count}) as progress,
    ):
        report = empathy.query.send(map(goods.search, range(count)), on_progress=progress.of(title))
    return told(Run(title, "empathy", "query", count, goods.search, report))


def ecwid_in_turn(sandbox: Sandbox, count: int) -> tuple[Run, list[int]]:
    """New products; `stream` gives each one's outcome, and in it the id that the store made."""
    title = "Ecwid creations"
    ids = [0] * count
    with (
        ecwid_client(sandbox) as ecwid,
        Progress({title: count}) as progress,
        ecwid.batches.stream(
            (goods.creation(n) for n in range(count)),
            parallel=True,
            poll=SOON,
            on_progress=progress.of(title),
        ) as outcomes,
    ):
        for outcome in outcomes:
            match outcome:
                case Succeeded(index=n, value={"id": int(product_id)}):
                    ids[n] = product_id
                case _:
                    pass  # the report names it
    run = Run(title, "ecwid", "batches", count, goods.creation_json, outcomes.report)
    return told(run), ids


async def all_at_once(sandbox: Sandbox, sizes: dict[str, int], ids: list[int]) -> list[Run]:
    """The three vendors at the same time, in one thread."""
    heading("All three vendors at once, asynchronous clients")
    titles = ["Empathy checkouts", "Drip events", "Ecwid updates"]
    purchases, viewings, updates = (sizes[title] for title in titles)

    def reduction(n: int) -> goods.Json:
        return goods.reduction(n, ids[n])

    with Progress({title: sizes[title] for title in titles}) as progress:
        seen = [progress.of(title) for title in titles]
        async with (
            async_empathy_client(sandbox) as empathy,
            async_drip_client(sandbox) as drip,
            async_ecwid_client(sandbox) as ecwid,
            asyncio.TaskGroup() as group,
        ):
            checkouts = group.create_task(
                empathy.checkout.send(purchases_from_afar(purchases), on_progress=seen[0])
            )
            events = group.create_task(
                drip.events.send(map(goods.viewing, range(viewings)), on_progress=seen[1])
            )
            prices = group.create_task(
                ecwid.batches.send(
                    map(reduction, range(updates)), parallel=True, poll=SOON, on_progress=seen[2]
                )
            )
    return [
        told(Run(title, vendor, operation, sizes[title], meant, task.result()))
        for title, vendor, operation, meant, task in (
            (titles[0], "empathy", "checkout", goods.purchase_json, checkouts),
            (titles[1], "drip", "events", goods.viewing, events),
            (titles[2], "ecwid", "batches", reduction, prices),
        )
    ]


async def purchases_from_afar(count: int) -> AsyncIterator[CheckoutEvent]:
    """An asynchronous source, as a database driver gives one."""
    for n in range(count):
        yield goods.purchase(n)


def some_bad_items(sandbox: Sandbox) -> list[Run]:
    """One bad item is never an exception: it is named, and its neighbours go on."""
    heading("Bad items: each is named, its neighbours go through")
    runs = [bad_people(sandbox), bad_orders(sandbox), bad_purchases(sandbox), bad_calls(sandbox)]
    for run in runs:
        print(f"  {run.title}: {run.count} items, {run.report.count_of_problems} of them bad")
        for problem in run.report.problems:
            print(f"    index {problem.index}, {problem}")
    return runs


def told(run: Run) -> Run:
    """Print a run's one line and hand the run on."""
    print(f"  {run.title + ':':19}{run.report}", flush=True)
    return run


def summarize(runs: Sequence[Run], seconds: float) -> None:
    """One row a run, and how fast it was."""
    heading("Summary")
    reports = [run.report for run in runs]
    columns = [
        [run.count for run in runs],
        [report.succeeded + report.accepted for report in reports],
        [report.count_of_problems for report in reports],
        [report.requests for report in reports],
    ]
    rows = [(run.title, *row) for run, row in zip(runs, zip(*columns, strict=True), strict=True)]
    sums = [sum(column) for column in columns]
    table(("", "items", "got through", "did not", "requests"), [*rows, ("in all", *sums)])
    rate = f"{sums[0] / seconds:,.0f} items a second"
    print(f"  {seconds:.1f} seconds, {rate}, client and sandbox in one process")


def compare(runs: Sequence[Run], sandbox: Sandbox) -> int:
    """Hold every item of the ledger against the reports; the exit code."""
    heading("Reports against ledger")
    found = complaints(runs, sandbox.ledger.records())
    shown = list(islice(found, 10))
    if not shown:
        count = sum(run.count for run in runs)
        print(f"  All {count:,} items are accounted for: what got through is in the ledger exactly")
        print("  once with the very content, what did not is not, and nothing else is there.")
        return 0
    for complaint in shown:
        print(f"  {complaint}")
    more = sum(1 for _ in found)
    print(f"  FAILED: report and ledger disagree {len(shown) + more:,} times.")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
