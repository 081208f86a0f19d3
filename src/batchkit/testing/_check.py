"""Holds what a client reported against what the fake vendors took, and says in words what differs.

It knows the outcomes by their names alone, and items by what they hold: a judge that used the
library's own encoder would believe its mistakes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ._item_keys import has_id, key_of, keys_of_taken
from ._records import Fate, LedgerItem

MOST_SENTENCES = 20

_CONVERGING = {("drip", "subscribers"), ("drip", "unsubscribes"), ("drip", "products")}
_OK = ("Succeeded", "Accepted")


class Books(Protocol):
    """What the law needs of a ledger."""

    def records(
        self, vendor: str | None = ..., operation: str | None = ..., fate: Fate = ...
    ) -> Iterator[LedgerItem]: ...

    def count(
        self, vendor: str | None = ..., operation: str | None = ..., fate: Fate = ...
    ) -> int: ...


@dataclass(slots=True)
class _Group:
    """All outcomes of equal items."""

    ok: list[int] = field(default_factory=list[int])
    unknown: list[int] = field(default_factory=list[int])
    refused: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    @property
    def open(self) -> int:
        return len(self.ok) + len(self.unknown)


class Law:
    """One comparison: which items of the books it is about, and whether they may come twice."""

    def __init__(
        self, books: Books, vendor: str | None, operation: str | None, *, may_repeat: bool
    ) -> None:
        self._books = books
        self._of = (vendor, operation)
        self._may_repeat = may_repeat
        self._records: list[LedgerItem] = []
        self._taken: dict[str, list[LedgerItem]] = {}
        self._dropped: Counter[str] = Counter()

    def of_report(self, report: Any) -> list[str]:
        """What does not add up between a report and the books."""
        return _cut(self._complain_of_report(report))

    def of_outcomes(self, outcomes: Iterable[Any]) -> list[str]:
        """What does not add up between outcomes and the books."""
        return _cut(self._complain_of_outcomes(outcomes))

    # -- a report

    def _complain_of_report(self, report: Any) -> Iterator[str]:
        kinds = ("succeeded", "accepted", "rejected", "skipped", "unknown", "unsent")
        counts = {kind: int(getattr(report, kind)) for kind in kinds}
        if report.total != sum(counts.values()):
            told = ", ".join(f"{count} {kind}" for kind, count in counts.items())
            yield f"The report's counts do not add up: {report.total} in all, but {told}."
        ok = counts["succeeded"] + counts["accepted"]
        taken, dropped = (self._books.count(*self._of, fate) for fate in ("taken", "dropped"))
        if taken + dropped < ok:
            yield f"{ok} items are reported as got through, but only {taken + dropped} arrived."
        self._note(list(self._books.records(*self._of)))
        single, most = self._count_once(taken), ok + counts["unknown"]
        if single > most:
            yield (
                f"{single} items were taken, but the report accounts for {most} at the most."
                f"{self._hint()}"
            )
        yield from self._complain_of_ids()
        explained = self._unexplained(report.problems, counts["unknown"]) <= ok
        for problem in report.problems:
            # Of items that have an id no two are equal, so no other explains what was taken.
            if not explained or has_id(key_of(problem.item)):
                yield from self._complain_of_problem(problem)

    def _count_once(self, taken: int) -> int:
        """How many of the items taken may not come twice; known without the items, too."""
        if self._may_repeat:
            return 0
        ours = [
            place
            for place in _CONVERGING
            if all(want in (None, name) for want, name in zip(self._of, place, strict=True))
        ]
        return taken - sum(self._books.count(*place, "taken") for place in ours)

    def _hint(self) -> str:
        """What else the books are about: a report tells nothing but its counts."""
        places = sorted({(record.vendor, record.operation) for record in self._records})
        if len(places) < 2:
            return ""
        told = ", ".join(map(" ".join, places))
        return f" They are of {told}: `vendor` and `operation` say which part is meant."

    def _complain_of_ids(self) -> Iterator[str]:
        for key, found in self._taken.items():
            if has_id(key) and len(found) > 1 and not self._may_repeat:
                yield f"the entry with the {key} was taken {len(found)} times{_where(found)}."

    def _unexplained(self, problems: Iterable[Any], unknown: int) -> int:
        """How many items were taken that only those called got through can account for.

        Of equal items a report tells those alone that did not get through. So an item that it
        denies may have been taken for one like it, unless too many were taken for that.
        """
        explained: set[int] = set()
        for problem in problems:
            if type(problem).__name__ != "Unknown":
                continue
            unknown -= 1
            found = self._taken.get(key_of(problem.item) or "", ())
            explained.update([id(one) for one in found if id(one) not in explained][:1])
        left = [one for one in self._records if id(one) not in explained]
        again = {keys_of_taken(one.item)[-1] for one in left if self._again(one)}
        return sum(not self._again(one) for one in left) + len(again) - unknown

    def _complain_of_problem(self, problem: Any) -> Iterator[str]:
        kind = type(problem).__name__
        key = key_of(problem.item)
        by_client = getattr(problem, "by", None) == "client"
        if kind == "Unknown" or key is None or (by_client and has_id(key)):
            return  # a second use of an id is refused here, and the first may have been taken
        if found := self._taken.get(key):
            yield f"index {problem.index} is reported as {kind}, but was taken{_where(found)}."

    # -- outcomes

    def _complain_of_outcomes(self, outcomes: Iterable[Any]) -> Iterator[str]:
        groups: dict[str, _Group] = {}
        indexes: Counter[int] = Counter()
        for outcome in outcomes:
            indexes[outcome.index] += 1
            key = key_of(outcome.item)
            group = groups.setdefault(f"?{outcome.index}" if key is None else key, _Group())
            kind = type(outcome).__name__
            if kind in _OK:
                group.ok.append(outcome.index)
            elif kind == "Unknown":
                group.unknown.append(outcome.index)
            else:
                group.refused.append((outcome.index, kind))
        yield from _complain_of_indexes(indexes)
        self._note(read_kept(self._books, *self._of))
        for record in read_kept(self._books, *self._of, "dropped"):
            self._dropped.update(keys_of_taken(record.item))
        for key, group in groups.items():
            yield from self._complain_of_group(group, self._taken.get(key, []), self._dropped[key])
        for record in self._nobodys(groups):
            place = f"request {record.request}, position {record.position}"
            yield f"{place}: the {record.operation} item was taken, and no outcome speaks of it."

    def _complain_of_group(
        self, group: _Group, taken: list[LedgerItem], dropped: int
    ) -> Iterator[str]:
        arrived = len(taken) + dropped
        if arrived < len(group.ok):
            alike = f" and {len(group.ok) - 1} like it" if len(group.ok) > 1 else ""
            only = f"only {arrived} arrived" if arrived else "never arrived"
            yield f"index {group.ok[0]}{alike}: reported as got through, but {only}."
        if taken and not group.open:
            index, kind = group.refused[0]
            yield f"index {index} is reported as {kind}, but was taken{_where(taken)}."
        elif len(taken) > group.open and not all(map(self._again, taken)):
            index = (group.ok or group.unknown)[0]
            yield f"index {index} was taken {len(taken)} times{_where(taken)}."

    def _nobodys(self, groups: Mapping[str, _Group]) -> list[LedgerItem]:
        spoken_of = {id(one) for key in groups for one in self._taken.get(key, ())}
        return [one for one in self._records if id(one) not in spoken_of]

    # -- the books

    def _again(self, record: LedgerItem) -> bool:
        """Whether it may have been taken twice."""
        return self._may_repeat or (record.vendor, record.operation) in _CONVERGING

    def _note(self, records: list[LedgerItem]) -> None:
        self._records = records
        for record in records:
            for key in keys_of_taken(record.item):
                self._taken.setdefault(key, []).append(record)


def read_kept(
    books: Books, vendor: str | None, operation: str | None, fate: Fate = "taken"
) -> list[LedgerItem]:
    """The records; raises `ValueError` if the books have counted items that they did not keep."""
    counted = books.count(vendor, operation, fate)
    records = list(books.records(vendor, operation, fate))
    if len(records) < counted:
        raise ValueError(
            f"The ledger counted {counted} items that were {fate} and kept {len(records)} of them, "
            "so the others cannot be looked up. Use a ledger with keep_items=True, or "
            "`check(report)`, which compares counts."
        )
    return records


def _complain_of_indexes(indexes: Counter[int]) -> Iterator[str]:
    for index, times in indexes.items():
        if times > 1:
            yield f"index {index} has {times} outcomes."
    for index in range(max(indexes, default=-1)):
        if index not in indexes:
            yield f"index {index} has no outcome."


def _where(records: list[LedgerItem]) -> str:
    numbers = sorted({record.request for record in records})
    word = "request" if len(numbers) == 1 else "requests"
    return f" ({word} {', '.join(map(str, numbers[:5]))}{', …' if len(numbers) > 5 else ''})"


def _cut(sentences: Iterable[str]) -> list[str]:
    found = list(sentences)
    left = len(found) - MOST_SENTENCES
    return found if left <= 0 else [*found[:MOST_SENTENCES], f"… and {left} more."]
