"""Sends a year of a shop's order book to three vendors: ``python examples/online_retail.py FILE``.

FILE is a CSV, plain or gzipped, of the shape

    InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country

as that of the data set "Online Retail" by D. Chen, UCI Machine Learning Repository, licensed
CC BY 4.0 (https://doi.org/10.24432/C5BW33): 541,909 lines of a British gift shop. It is not part
of this project. The vendors are a sandbox on a local port; with ``--live`` they are the real ones,
with the credentials and ids of the environment (``DRIP_ACCOUNT_ID``, ``DRIP_API_KEY``,
``EMPATHY_INSTANCE``, ``ECWID_STORE_ID``, ``ECWID_TOKEN``, and base URLs where they differ).

What becomes what, and why:

- Money is made from the text by `Decimal`, never by `float`, and is written digit for digit.
- Times have no zone in the data: they are the shop's local time, Europe/London (where Python finds
  no time zones, as on Windows, `pip install tzdata`). Empathy's events have no time at all; the
  vendor stamps them on arrival.
- An invoice of a known customer is a Drip order. Its lines stand together in the file, but for two
  tills that wrote at the same moment, so a few invoices are kept open at once. Lines of no use are
  left out of it and out of its total; an invoice without a line of use is no order.
- A number that begins with C is a cancellation: `refunded`, with what came back as `refund_amount`.
  The data does not say which invoice it cancels, so it goes under its own number, `grand_total` 0.
- A line of a known customer is one Empathy checkout event, `revenue` the price of one unit. The
  data has no searches, so the product's own name stands in for the words. Empathy has no event for
  what comes back: cancelled lines are not sent.
- A customer is a Drip subscriber. The data has a number only, so the address is made from it; the
  country is that of the customer's first line.
- A stock code is an Ecwid product, postage and fees too, for nothing tells them apart. Codes are
  the same in either case. Name and price are those of its first line with a good price.
- A line is of no use without a customer (to orders, events, subscribers), with a price of zero or
  less (to orders, events, products), with a quantity of the wrong sign (to orders and events), and
  when it cannot be read at all. The first reason in this order is the one it is counted under.

The file is read as a stream, several times; what is held in memory is one entry for each customer
and product. The exit code is 0 if the account adds up and the vendors took all that was sent.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import _retail as retail
from _delivery import Account, Delivery, Vendors, deliveries, open_vendors
from _show import heading, table

from batchkit import BatchkitError
from batchkit.exceptions import ConfigurationError

NO_FILE = (
    "Give the path of a CSV such as the data set Online Retail, which can be had at "
    "https://archive.ics.uci.edu/dataset/352/online+retail (save it as CSV, dates as "
    f"2010-12-01 08:26:00, columns {retail.COLUMNS})."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Send the file; 0 if all is well, 1 if something did not get through, 2 if it cannot begin."""
    parser = argparse.ArgumentParser(description="An order book in CSV to Drip, Empathy and Ecwid.")
    parser.add_argument("file", nargs="?", type=Path, help="CSV, plain or .gz")
    parser.add_argument("--live", action="store_true", help="the real vendors, not the sandbox")
    parser.add_argument("--rejects", type=Path, help="write every line of no use to this CSV")
    options = parser.parse_args(arguments)
    if options.file is None:
        parser.exit(2, NO_FILE + "\n")
    try:
        return run(options.file, live=options.live, rejects=options.rejects)
    except (OSError, retail.NotTheDataError, ConfigurationError) as problem:
        parser.exit(2, f"{problem}\n")
    except BatchkitError as problem:
        print(f"\n{problem}\nSo far: {problem.report}", file=sys.stderr)
        return 1


def run(path: Path, *, live: bool, rejects: Path | None) -> int:
    """The whole job; the exit code."""
    started = time.monotonic()
    with open_vendors(live=live) as vendors:
        survey = look_through(path, rejects)
        jobs = deliveries(vendors, survey)
        counts = make_plans(jobs, path)
        accounts = send(jobs, path, counts)
        show_accounts(accounts)
        name_rejects(survey, rejects)
        print(f"\n{time.monotonic() - started:.0f} seconds in all.")
        return conclude(accounts, survey, jobs, vendors)


def look_through(path: Path, rejects: Path | None) -> retail.Survey:
    """The first pass: who and what is in the file, and which of its lines are of no use."""
    heading("Reading")
    survey = retail.Survey()
    if rejects is None:
        for line in retail.read(path):
            survey.add(line)
    else:
        with rejects.open("w", encoding="utf-8") as file:
            print("Line,Reason", file=file)
            for line in retail.read(path):
                if found := survey.add(line):
                    print(f"{line.number},{' and '.join(found)}", file=file)
    customers, products = len(survey.customers), len(survey.products)
    print(f"  {survey.lines:,} lines, {customers:,} customers, {products:,} products")
    return survey


def make_plans(jobs: Sequence[Delivery[Any]], path: Path) -> list[int]:
    """What it will take, before a single request; gives the number of items of each job."""
    heading("Plan: nothing is sent yet")
    plans = [job.planned(path) for job in jobs]
    rows = [
        (job.title, plan.items, plan.requests, f"{plan.bytes / 1e6:.1f}", plan.invalid)
        for job, plan in zip(jobs, plans, strict=True)
    ]
    table(("", "items", "requests", "MB", "invalid"), rows)
    print(f"  by the vendors' quotas at least {max(plan.least_seconds for plan in plans):.0f} s")
    return [plan.items for plan in plans]


def send(jobs: Sequence[Delivery[Any]], path: Path, counts: Sequence[int]) -> list[Account]:
    """One vendor's endpoint after another."""
    heading("Sending")
    accounts: list[Account] = []
    for job, count in zip(jobs, counts, strict=True):
        account = job.send(path, count)
        print(f"  {job.title}: {account.items:,} of {count:,} got through", flush=True)
        for failure in account.failures:
            print(f"    {failure}")
        accounts.append(account)
    return accounts


def show_accounts(accounts: Sequence[Account]) -> None:
    """One column for each endpoint, which adds up to the lines of the file."""
    heading("What became of every line")
    reasons = dict.fromkeys(reason for account in accounts for reason in account.unused)
    rows: list[tuple[str | int, ...]] = [
        ("part of an item that got through", *(account.through for account in accounts)),
        ("part of one that did not", *(account.failed for account in accounts)),
    ]
    rows += [(each, *(account.unused[each] for account in accounts)) for each in reasons]
    rows.append(("together", *(account.lines for account in accounts)))
    table(("lines", *(account.title for account in accounts)), rows)


def name_rejects(survey: retail.Survey, rejects: Path | None) -> None:
    """Where in the file the lines of no use are."""
    heading("Lines of no use to one vendor or another")
    for fault, count in survey.faults.most_common():
        numbers = ", ".join(map(str, survey.examples[fault]))
        more = ", ..." if count > len(survey.examples[fault]) else ""
        print(f"  {fault}: {count:,} lines: {numbers}{more}")
    print(f"  All of them: {rejects or 'give --rejects FILE to have them written down'}")


def conclude(
    accounts: Sequence[Account],
    survey: retail.Survey,
    jobs: Sequence[Delivery[Any]],
    vendors: Vendors,
) -> int:
    """Whether the account adds up, and agrees with what the sandbox took; the exit code."""
    wrong = [f"{each.title}: {each.failed:,} lines failed" for each in accounts if each.failed]
    for job, account in zip(jobs, accounts, strict=True):
        if account.lines != survey.lines:
            wrong.append(
                f"{job.title}: {account.lines:,} lines of {survey.lines:,} are accounted for"
            )
        if vendors.sandbox is not None:
            taken = vendors.sandbox.ledger.count(job.vendor, job.operation)
            if taken != account.items:
                wrong.append(
                    f"{job.title}: {account.items:,} got through, the vendor took {taken:,}"
                )
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    if not wrong:
        print(f"Every one of the {survey.lines:,} lines is accounted for, with each vendor.")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
