"""Ecwid's tickets: batches that wait their turn, take their time and keep their results.

Nothing runs in the background. The queue of a store works out, whenever somebody looks, what must
have been done by now (the vendor's page "Batch requests").
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from math import inf
from typing import Literal, TypeAlias

from .._json import JsonValue, decode_exactly
from ..ledger import Call, Carrier, Ledger
from .ecwid_store import Entry, Result, Store

CancelledEntries: TypeAlias = Literal["completed", "not_executed", "absent"]
"""How the entries that a cancel kept from running are shown; the vendor does not say."""

MOST_AT_ONCE = 100
KEY_MEMORY = 3600.0
_PHRASES = {int(status): status.phrase for status in HTTPStatus}


@dataclass(slots=True)
class Ticket:
    """One batch, from its submission to its results. Times are clock seconds."""

    name: str
    call: Call
    carrier: Carrier
    ids: Sequence[str | None]
    entries: Sequence[Entry]
    stop_on_first_failure: bool = True
    at_once: int = 1
    group: str | None = None
    results: list[Result] = field(default_factory=list[Result])
    ended: bool = False
    cancelled: bool = False

    @property
    def status(self) -> str:
        """One of the vendor's three words."""
        if self.ended:
            return "COMPLETED"
        return "IN_PROGRESS" if self.results else "QUEUED"

    def work(self, store: Store, waves: int | None) -> int:
        """Run entries until that many waves of `at_once` are done in all (``None``: to the end).

        Gives the number of waves that are really done.
        """
        total = len(self.entries)
        due = total if waves is None else min(total, waves * self.at_once)
        while len(self.results) < due and not self.ended:
            begun = len(self.results)
            wave = [store.run(entry) for entry in self.entries[begun : begun + self.at_once]]
            self.results += wave
            if self.stop_on_first_failure and any(result.code != 200 for result in wave):
                self.end()
        if len(self.results) == total:
            self.end()
        return -(-len(self.results) // self.at_once)

    def end(self) -> None:
        """Nothing more will run; the entries themselves are needed no longer."""
        self.ended = True
        self.entries = ()

    def report(self, *, escaped: bool, cancelled_entries: CancelledEntries) -> JsonValue:
        """The status object; it has no responses before one entry is done."""
        report: dict[str, JsonValue] = {
            "status": self.status,
            "totalRequests": len(self.ids),
            "completedRequests": len(self.results),
        }
        if self.status != "QUEUED":
            done = [
                _shown(name, result, escaped=escaped)
                for name, result in zip(self.ids, self.results, strict=False)
            ]
            report["responses"] = [*done, *self._never_run(cancelled_entries)]
        return report

    def _never_run(self, cancelled_entries: CancelledEntries) -> list[JsonValue]:
        if not self.ended or (self.cancelled and cancelled_entries == "absent"):
            return []
        done = self.cancelled and cancelled_entries == "completed"
        word = "COMPLETED" if done else "NOT_EXECUTED"
        return [{**_named(name), "status": word} for name in self.ids[len(self.results) :]]


class Queue:
    """The batches of one store: first in, first run, one at a time."""

    def __init__(self, store: Store, ledger: Ledger, seconds_per_entry: float) -> None:
        self._store = store
        self._ledger = ledger
        self._seconds_per_entry = seconds_per_entry
        self._tickets: dict[str, Ticket] = {}
        self._waiting: deque[Ticket] = deque()
        self._free_at = -inf
        self._keys: dict[str, tuple[str, float]] = {}

    def submit(self, ticket: Ticket, key: str | None) -> str:
        """Queue a batch, unless the key was used within the hour; gives the name to poll by."""
        now = ticket.call.time
        self._forget_old_keys(now)
        if key is not None:
            name, _ = self._keys.setdefault(key, (ticket.name, now))
            if name != ticket.name:
                return name
        self._tickets[ticket.name] = ticket
        self._waiting.append(ticket)
        return ticket.name

    def _forget_old_keys(self, now: float) -> None:
        for key, (_, used) in list(self._keys.items()):
            if now - used < KEY_MEMORY:
                break
            del self._keys[key]

    def advance(self, now: float) -> None:
        """Run whatever is due."""
        while self._waiting:
            ticket = self._waiting[0]
            before = len(ticket.results)
            start = max(ticket.call.time, self._free_at)
            waves = ticket.work(self._store, self._waves(now - start))
            done_at = start + waves * self._seconds_per_entry
            self._note(ticket, before, done_at)
            if not ticket.ended:
                return
            self._free_at = done_at
            self._waiting.popleft()

    def _waves(self, elapsed: float) -> int | None:
        if self._seconds_per_entry <= 0:
            return None
        # The millionth keeps 0.3 / 0.1 from being 2.
        return int(elapsed / self._seconds_per_entry + 1e-6)

    def _note(self, ticket: Ticket, before: int, time: float) -> None:
        done = range(before, len(ticket.results))
        good = [place for place in done if ticket.results[place].code == 200]
        bad = [place for place in done if ticket.results[place].code != 200]
        self._ledger.note("taken", ticket.call, ticket.carrier, good, time=time)
        self._ledger.note("refused", ticket.call, ticket.carrier, bad, time=time)

    def find(self, name: str) -> Ticket | None:
        """The batch of that ticket, unless deleted."""
        return self._tickets.get(name)

    def with_status(self, status: str) -> list[str]:
        """The tickets in that state, oldest first."""
        return [name for name, ticket in self._tickets.items() if ticket.status == status]

    def cancel_group(self, group: str, now: float) -> int:
        """End every unfinished batch of a group; gives how many there were."""
        ours = [ticket for ticket in self._waiting if ticket.group == group]
        for ticket in ours:
            self._cancel(ticket, now)
        return len(ours)

    def delete(self, name: str, now: float) -> int:
        """End a batch and forget it; gives 1, or 0 for an unknown ticket."""
        ticket = self._tickets.pop(name, None)
        if ticket is None:
            return 0
        if not ticket.ended:
            self._cancel(ticket, now)
        return 1

    def _cancel(self, ticket: Ticket, now: float) -> None:
        if ticket is self._waiting[0]:
            self._free_at = max(self._free_at, now)
        ticket.cancelled = True
        ticket.end()
        self._waiting.remove(ticket)


def _named(name: str | None) -> dict[str, JsonValue]:
    return {} if name is None else {"id": name}


def _shown(name: str | None, result: Result, *, escaped: bool) -> JsonValue:
    body: dict[str, JsonValue] = (
        {"escapedHttpBody": result.body}
        if escaped
        else {"httpBody": decode_exactly(result.body.encode())}
    )
    return {
        **_named(name),
        "status": "COMPLETED" if result.code == 200 else "FAILED",
        "httpStatusCode": result.code,
        "httpStatusLine": _PHRASES[result.code],
        **body,
    }
