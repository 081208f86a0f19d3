"""The ledger: what the fake vendors really did, item by item, in SQLite.

A request's body is kept as the bytes that came, and its items are found in it when somebody looks:
an item costs its own size on the wire and no row of its own. Every method may be called from any
thread. Any program may read the file of a ledger; its view ``items`` has one row for each item.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from os import PathLike, fspath
from pathlib import Path
from typing import Any, cast, get_args

from ._faults.spec import VENDORS, confirm_operation
from ._json import JsonValue
from ._records import Call, Carrier, Exchange, Fate, LedgerItem, LedgerRequest, hidden
from ._tables import FATES, INSERT, SCHEMA

__all__ = ["Call", "Carrier", "Fate", "Ledger", "LedgerItem", "LedgerRequest"]

_PENDING = 256
"""Requests that may wait to be written: nobody but us reads a ledger in memory."""
_KEPT = 64 * 1024
"""Bytes of an answer that are kept to be looked at, and of a body that may wait."""


class Ledger:
    """An account of all requests and items, in the order in which they were handled.

    Args:
        path: where to keep it; in memory if not given. A ledger that is there is gone on with.
        keep_items: whether the bodies of requests are kept. Without them only the requests and
            the counts are known, and the iterators of items are empty.
    """

    def __init__(self, path: str | PathLike[str] | None = None, *, keep_items: bool = True) -> None:
        self._keep_items = keep_items
        self._lock = threading.RLock()
        self._before_reading: list[Callable[[], None]] = []
        self._answered: list[tuple[object, ...]] = []
        self._noted: list[tuple[int, Fate, float, int, int]] = []
        self._is_file = path is not None
        if path is not None:
            Path(path).touch(mode=0o600)  # it holds whatever was sent
        self._sql = sqlite3.connect(
            ":memory:" if path is None else fspath(path),
            check_same_thread=False,
            isolation_level=None,
        )
        weakref.finalize(self, self._sql.close)
        # A test's ledger need not outlive a power cut.
        self._sql.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + SCHEMA)
        [[last]] = self._sql.execute("SELECT coalesce(max(number), 0) FROM requests").fetchall()
        self._number = int(last)

    def close(self) -> None:
        """Let go of the file. What was kept in memory is gone."""
        self._settle()
        with self._lock:
            self._flush()
            self._sql.close()

    # -- reading

    @property
    def requests(self) -> Sequence[LedgerRequest]:
        """Every request so far, as a snapshot."""
        query = "SELECT number, vendor, operation, account, time, status, fault FROM requests"
        rows = self._read(f"{query} ORDER BY number")
        return tuple(LedgerRequest(*row) for row in rows)

    def items(self, vendor: str | None = None, operation: str | None = None) -> Iterator[JsonValue]:
        """The items taken, in the order in which they were applied; ``None`` means any."""
        return (record.item for record in self.records(vendor, operation))

    def dropped(
        self, vendor: str | None = None, operation: str | None = None
    ) -> Iterator[JsonValue]:
        """The items a vendor said yes to and threw away (bad items of Drip v2)."""
        return (record.item for record in self.records(vendor, operation, "dropped"))

    def refused(
        self, vendor: str | None = None, operation: str | None = None
    ) -> Iterator[JsonValue]:
        """The items a vendor refused by name (Empathy events, Ecwid entries), neighbours aside."""
        return (record.item for record in self.records(vendor, operation, "refused"))

    def records(
        self,
        vendor: str | None = None,
        operation: str | None = None,
        fate: Fate = "taken",
    ) -> Iterator[LedgerItem]:
        """The items of one fate, each with the request and the position that it came in.

        Raises `ValueError` for a vendor, an operation or a fate that there is none of.
        """
        self._confirm(vendor, operation, fate)
        columns = "vendor, operation, account, number, fates.time, first, last, list"
        query = f"SELECT {columns} {FATES} AND body IS NOT NULL ORDER BY id"
        rows = self._read(query, (fate, vendor, vendor, operation, operation))
        last_number, items = 0, list[JsonValue]()
        for of_vendor, of_operation, account, number, time, first, last, where in rows:
            if number != last_number:
                last_number, items = number, self._items_of(number, where)
            for position, item in enumerate(items[first : last + 1], first):
                yield LedgerItem(
                    of_vendor, of_operation, account, number, position, time, fate, item
                )

    def count(
        self,
        vendor: str | None = None,
        operation: str | None = None,
        fate: Fate = "taken",
    ) -> int:
        """How many items were taken (or had another fate); known with ``keep_items=False`` too.

        Raises `ValueError` for a vendor, an operation or a fate that there is none of.
        """
        self._confirm(vendor, operation, fate)
        query = f"SELECT coalesce(sum(last - first + 1), 0) {FATES}"
        [[number]] = self._read(query, (fate, vendor, vendor, operation, operation))
        return int(number)

    def check(
        self,
        report: object,
        vendor: str | None = None,
        operation: str | None = None,
        *,
        may_repeat: bool = False,
    ) -> list[str]:
        """What does not add up between a client's report and what was taken here, in sentences.

        An empty list means that the law of outcomes holds, as far as a report's counts tell: one
        item lost and another taken twice go unseen here, and `check_outcomes` finds them. Only of
        Ecwid's entries, which have ids, one that was taken twice, or denied and taken, is named
        whatever the counts. Another problem is named where too many were taken for items like it.
        A ledger is held against one run, so
        `clear` it between two. `vendor` and `operation` say which items it was about, if the
        ledger has others. `may_repeat` says that a repetition was asked for
        (``on_doubt="resend"``). Items are only looked at where they were kept.
        """
        from ._check import Law

        return Law(self, vendor, operation, may_repeat=may_repeat).of_report(report)

    def check_outcomes(
        self,
        outcomes: Iterable[object],
        vendor: str | None = None,
        operation: str | None = None,
        *,
        may_repeat: bool = False,
    ) -> list[str]:
        """What of the outcomes of a stream is not as the ledger has it; each item is looked up.

        Raises `ValueError` where items were not kept.
        """
        from ._check import Law

        return Law(self, vendor, operation, may_repeat=may_repeat).of_outcomes(outcomes)

    def exchange(self, number: int) -> Exchange | None:
        """One request and its answer as they were, without credentials; `None` if not known."""
        query = """SELECT method, target, headers, body, answer_headers, answer
            FROM requests WHERE number = ?"""
        rows = self._read(query, (number,))
        for method, target, headers, body, answer_headers, answer in rows:
            return Exchange(
                method, target, json.loads(headers), body, json.loads(answer_headers), answer
            )
        return None

    def recent(self, after: int, most: int) -> list[dict[str, Any]]:
        """The requests numbered above `after`, the newest `most` of them, with their counts."""
        query = """
            SELECT number, vendor, operation, account, requests.time AS time, took, status, fault,
                   length(body) AS bytes,
                   coalesce(sum((last - first + 1) * (fate = 'taken')), 0) AS taken,
                   coalesce(sum((last - first + 1) * (fate = 'dropped')), 0) AS dropped,
                   coalesce(sum((last - first + 1) * (fate = 'refused')), 0) AS refused
            FROM requests LEFT JOIN fates ON request = number
            WHERE number > ? GROUP BY number ORDER BY number DESC LIMIT ?"""
        placed = ("number", "vendor", "operation", "account", "time", "took", "status", "fault")
        names = (*placed, "bytes", "taken", "dropped", "refused")
        rows = self._read(query, (after, most))
        return [dict(zip(names, row, strict=True)) for row in reversed(rows)]

    def clear(self) -> None:
        """Forget everything so far; what a vendor itself remembers stays."""
        self._settle()
        with self._lock:
            self._answered.clear()
            self._noted.clear()
            self._sql.executescript("DELETE FROM requests; DELETE FROM fates;")

    # -- writing, for the vendors

    def next_number(self) -> int:
        """The number of a request that has just arrived."""
        with self._lock:
            self._number += 1
            return self._number

    def answered(
        self, call: Call, exchange: Exchange, *, status: int, fault: str, took: float
    ) -> None:
        """Note a request and its answer."""
        body = call.carrier.body or exchange.body
        row = (
            *(call.number, call.vendor, call.operation, call.account, call.time, took),
            *(status, fault, exchange.method, hidden(exchange.target)),
            *(json.dumps(exchange.headers), body if self._keep_items else None),
            *(json.dumps(exchange.answer_headers), exchange.answer[:_KEPT]),
            call.carrier.json_path,
        )
        with self._lock:
            self._answered.append(row)
            large = len(body or b"") > _KEPT
            if self._is_file or large or len(self._answered) >= _PENDING:
                self._flush()

    def note(
        self,
        fate: Fate,
        call: Call,
        positions: Sequence[int],
        *,
        time: float | None = None,
    ) -> None:
        """Note what became of the items at `positions`, which ascend.

        `time` is when they were applied, that of the call if not given.
        """
        when = call.time if time is None else time
        with self._lock:
            for first, last in _spans(positions):
                self._noted.append((call.number, fate, when, first, last))

    def before_reading(self, settle: Callable[[], None]) -> None:
        """Have `settle` called before each reading, for a vendor that works while nobody looks."""
        self._before_reading.append(settle)

    def _confirm(self, vendor: str | None, operation: str | None, fate: Fate) -> None:
        """Raise `ValueError` for a name that is none: a slip would read as "nothing arrived"."""
        if fate not in get_args(Fate):
            raise ValueError(f"`fate` is {fate!r}; it must be one of {', '.join(get_args(Fate))}.")
        if vendor not in (None, *VENDORS):
            raise ValueError(f"`vendor` is {vendor!r}; it must be one of {', '.join(VENDORS)}.")
        try:
            confirm_operation(vendor, operation)
        except ValueError:
            # Empathy takes sinks of any name.
            if not self._read("SELECT 1 FROM requests WHERE operation = ? LIMIT 1", (operation,)):
                raise

    def _settle(self) -> None:
        for settle in self._before_reading:
            settle()

    def _flush(self) -> None:
        answered, self._answered = self._answered, []
        self._sql.executemany(INSERT, answered)
        noted, self._noted = self._noted, []
        insert = "INSERT INTO fates (request, fate, time, first, last) VALUES (?, ?, ?, ?, ?)"
        self._sql.executemany(insert, noted)

    def _read(self, query: str, values: Sequence[object] = ()) -> list[Any]:
        self._settle()
        with self._lock:
            self._flush()
            return self._sql.execute(query, values).fetchall()

    def _items_of(self, number: int, where: str) -> list[JsonValue]:
        with self._lock:
            query = "SELECT body FROM requests WHERE number = ?"
            row = self._sql.execute(query, (number,)).fetchone()
        return [] if row is None else Carrier.at(cast("bytes", row[0]), where).items()


def _spans(positions: Sequence[int]) -> list[tuple[int, int]]:
    """The runs in ascending numbers, as (first, last)."""
    if not positions:
        return []
    if positions[-1] - positions[0] + 1 == len(positions):
        return [(positions[0], positions[-1])]
    breaks = [(a, b) for a, b in pairwise(positions) if b != a + 1]
    firsts = [positions[0], *(b for _, b in breaks)]
    lasts = [*(a for a, _ in breaks), positions[-1]]
    return list(zip(firsts, lasts, strict=True))
