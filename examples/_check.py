"""Compares what batchkit reported with what the vendors of the sandbox really took.

The ledger of the sandbox holds every item that a vendor took, as it came over the wire. An item is
accounted for when the two sides agree on it:

- reported as got through: in the ledger exactly once, with the content that was meant;
- reported as a problem: not in the ledger at all;
- in the ledger: reported as got through by one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

from batchkit import Report
from batchkit.testing import LedgerItem

NAMED_BY = {
    "subscribers": "email",
    "orders": "order_id",
    "events": "email",
    "query": "session",
    "checkout": "transactionId",
    "batches": "id",
}
"""The field that no two items of an operation share."""

Key: TypeAlias = tuple[str, str, str]
"""Vendor, operation and the item's name."""


@dataclass(frozen=True)
class Run:
    """One call: what was handed in, and what batchkit said about it."""

    title: str
    vendor: str
    operation: str
    count: int
    """How many items were handed in."""
    meant: Callable[[int], object]
    """What the vendor must have got for the item at an index; `None` for one that is bad."""
    report: Report[object]

    def key(self, index: int) -> Key:
        """The name of the item at an index, which is not a bad one."""
        return (self.vendor, self.operation, name_of(self.operation, self.meant(index)))

    def describe(self, index: int) -> str:
        """The item at an index, for people."""
        return f"{self.title}, index {index:,}"


def complaints(runs: Sequence[Run], records: Iterable[LedgerItem]) -> Iterator[str]:
    """Everything that report and ledger disagree on, in words; nothing if all is well."""
    claims: dict[Key, tuple[Run, int]] = {}
    for run in runs:
        yield from _doubts(run)
        for index in got_through(run):
            if run.meant(index) is not None:
                claims[run.key(index)] = (run, index)
    taken: set[Key] = set()
    for record in records:
        yield from _compare(record, claims, taken)
        taken.add(key_of(record))
    for key, (run, index) in claims.items():
        if key not in taken:
            yield f"{run.describe(index)}: reported as got through, but the vendor never took it"


def got_through(run: Run) -> Iterator[int]:
    """The indexes of the items that are no problems."""
    problems = {problem.index for problem in run.report.problems}
    return (index for index in range(run.count) if index not in problems)


def key_of(record: LedgerItem) -> Key:
    """The name of an item in the ledger."""
    return (record.vendor, record.operation, name_of(record.operation, record.item))


def name_of(operation: str, item: object) -> str:
    """What an item is called, `?` if it does not say."""
    fields = cast("dict[str, object]", item) if isinstance(item, dict) else {}
    name = fields.get(NAMED_BY.get(operation, ""))
    return name if isinstance(name, str) else "?"


def _doubts(run: Run) -> Iterator[str]:
    """What is wrong with a report before anybody looks into the ledger."""
    if run.report.total != run.count:
        yield f"{run.title}: {run.count:,} items went in, {run.report.total:,} are reported"
    if run.report.problems_left_out:
        yield f"{run.title}: {run.report.problems_left_out:,} problems are not named"
    for problem in run.report.problems:
        if run.meant(problem.index) is not None:
            yield f"{run.describe(problem.index)}: a good item did not get through ({problem})"
    for index in got_through(run):
        if run.meant(index) is None:
            yield f"{run.describe(index)}: a bad item is reported as got through"


def _compare(
    record: LedgerItem, claims: dict[Key, tuple[Run, int]], taken: set[Key]
) -> Iterator[str]:
    key = key_of(record)
    if key not in claims:
        yield f"{' '.join(key)}: the vendor took it, but no report says so"
        return
    run, index = claims[key]
    if key in taken:
        yield f"{run.describe(index)}: the vendor took it more than once"
    if record.item != run.meant(index):
        yield f"{run.describe(index)}: the vendor took something else: {record.item!r:.200}"
