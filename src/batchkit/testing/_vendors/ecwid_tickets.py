"""Ecwid's tickets: batches that wait their turn, take their time and keep their results.

Nothing runs in the background. The queue of a store works out, whenever somebody looks, what must
have been done by now (the vendor's page "Batch requests").
"""

# pyright: reportTypedDictNotRequiredAccess=false
# A vendor's `switches` begin as a copy of all defaults, so every key is there.

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from math import inf

from .._json import JsonValue, decode_exactly
from ..ledger import Call, Ledger
from .ecwid_store import Entry, Result
from .switches import EcwidSwitches

MOST_AT_ONCE = 100
RETRY_AFTER = 3.0
"""Seconds between two attempts at an entry that failed with 5xx."""
KEY_MEMORY = 3600.0
"""Seconds for which a deduplication key is remembered."""
_PHRASES = {int(status): status.phrase for status in HTTPStatus}

Run = Callable[[int, Entry], Result]
"""Carries out an entry, which stands at a place of its batch."""


@dataclass(slots=True)
class Ticket:
    """One batch, from its submission to its results. Times are clock seconds."""

    name: str
    call: Call
    ids: Sequence[JsonValue]
    entries: Sequence[Entry]
    run: Run
    stop_on_first_failure: bool = True
    at_once: int = 1
    group: str | None = None
    results: dict[int, Result] = field(default_factory=dict[int, Result])
    ended: float | None = None
    """When it was over."""
    cancelled: bool = False
    due: float = inf
    """When the attempts that are under way will be done."""
    attempt: int = 1
    _wave: list[int] = field(default_factory=list[int])

    @property
    def status(self) -> str:
        """One of the vendor's three words."""
        if self.ended is not None:
            return "COMPLETED"
        return "IN_PROGRESS" if self.results else "QUEUED"

    def begin(self, now: float, seconds: float) -> None:
        """Its turn has come; the first wave of entries takes so many seconds."""
        self._wave = list(range(min(self.at_once, len(self.entries))))
        self.due = now + seconds

    def step(self, switches: EcwidSwitches) -> list[int]:
        """Do what is due: one attempt at each entry of the wave. Gives the entries now done."""
        now, done, again = self.due, list[int](), list[int]()
        failed = False
        for place in self._wave:
            result = self.run(place, self.entries[place])
            if self._retries(result.code, switches):
                again.append(place)
                continue
            self.results[place] = result
            done.append(place)
            failed = failed or (result.code != 200 and self.stop_on_first_failure)
        if failed or len(self.results) == len(self.entries):
            self.end(now)
        elif again:
            self._wave, self.attempt = again, self.attempt + 1
            self.due = now + RETRY_AFTER + switches["seconds_per_entry"]
        else:
            first = len(self.results)
            self._wave = list(range(first, min(first + self.at_once, len(self.entries))))
            self.attempt, self.due = 1, now + switches["seconds_per_entry"]
        return done

    def _retries(self, code: int, switches: EcwidSwitches) -> bool:
        again = code >= 500 and not self.stop_on_first_failure
        return again and self.attempt < switches["attempts"]

    def end(self, now: float) -> None:
        """Nothing more will run; the entries themselves are needed no longer."""
        self.ended = now
        self.entries = ()

    def report(self, switches: EcwidSwitches, *, escaped: bool) -> JsonValue:
        """The status object; it has no responses before one entry is done."""
        report: dict[str, JsonValue] = {
            "status": self.status,
            "totalRequests": len(self.ids),
            "completedRequests": len(self.results),
        }
        if self.status == "QUEUED":
            return report
        unrun = self._unrun(switches)
        responses: list[JsonValue] = [
            self._shown(place, escaped=escaped)
            if place in self.results
            else {**self._named(place), "status": unrun}
            for place in range(len(self.ids))
            if place in self.results or unrun
        ]
        if switches["result_order"] == "shuffled":
            responses.reverse()  # no two keep their places by chance
        report["responses"] = responses
        return report

    def _unrun(self, switches: EcwidSwitches) -> str:
        """How the entries are told that did not run; not at all as long as they may."""
        if self.ended is None:
            return ""
        words = {"completed": "COMPLETED", "not_executed": "NOT_EXECUTED", "absent": ""}
        return words[switches["cancelled_entries"]] if self.cancelled else "NOT_EXECUTED"

    def _shown(self, place: int, *, escaped: bool) -> JsonValue:
        result = self.results[place]
        good = result.code == 200
        body: dict[str, JsonValue] = {"escapedHttpBody": result.body}
        if not escaped:
            body = {"httpBody": decode_exactly(result.body.encode())}
        return {
            **self._named(place),
            "status": "COMPLETED" if good else "FAILED",
            "httpStatusCode": result.code,
            "httpStatusLine": _PHRASES.get(result.code, ""),
            **body,
        }

    def _named(self, place: int) -> dict[str, JsonValue]:
        name = self.ids[place]
        return {} if name is None else {"id": name}


class Queue:
    """The batches of one store: first in, first run, one at a time."""

    def __init__(self, ledger: Ledger, switches: EcwidSwitches) -> None:
        self._ledger = ledger
        self._switches = switches
        self._tickets: dict[str, Ticket] = {}
        self._waiting: deque[Ticket] = deque()
        self._keys: dict[str, tuple[str, float]] = {}
        self._free_at = -inf

    @property
    def tickets(self) -> Sequence[Ticket]:
        """All that are known, oldest first."""
        return tuple(self._tickets.values())

    def submit(self, ticket: Ticket, key: str | None) -> str:
        """Let a batch wait for its turn; gives its ticket, or that of an earlier one of its key."""
        for each, (_, time) in list(self._keys.items()):
            if ticket.call.time - time < KEY_MEMORY:
                break  # they stand in the order of their time
            del self._keys[each]
        if key:
            name, _ = self._keys.setdefault(key, (ticket.name, ticket.call.time))
            if name != ticket.name:
                return name
        self._tickets[ticket.name] = ticket
        self._waiting.append(ticket)
        return ticket.name

    def advance(self, now: float) -> None:
        """Run whatever is due."""
        # The millionth keeps rounding from holding an entry back.
        while (ticket := self._next()) is not None and ticket.due <= now + 1e-6:
            due = ticket.due
            self._note(ticket, ticket.step(self._switches), due)
            if ticket.ended is not None:
                self._free_at = ticket.ended
                self._waiting.remove(ticket)

    def _next(self) -> Ticket | None:
        """The batch whose turn it is."""
        if not self._waiting:
            return None
        ticket = self._waiting[0]
        if ticket.due == inf:
            seconds = self._switches["seconds_per_batch"] + self._switches["seconds_per_entry"]
            ticket.begin(max(ticket.call.time, self._free_at), seconds)
        return ticket

    def _note(self, ticket: Ticket, done: Sequence[int], time: float) -> None:
        good = [place for place in done if ticket.results[place].code == 200]
        bad = [place for place in done if ticket.results[place].code != 200]
        self._ledger.note("taken", ticket.call, good, time=time)
        self._ledger.note("refused", ticket.call, bad, time=time)

    def find(self, name: str) -> Ticket | None:
        """The batch of that ticket, unless deleted."""
        return self._tickets.get(name)

    def with_status(self, status: str) -> list[str]:
        """The tickets in that state, oldest first."""
        return [name for name, ticket in self._tickets.items() if ticket.status == status]

    def cancel_group(self, group: str, now: float) -> int:
        """End every unfinished batch of a group; gives how many."""
        ours = [ticket for ticket in self._waiting if ticket.group == group]
        for ticket in ours:
            self._cancel(ticket, now)
        return len(ours)

    def delete(self, name: str, now: float) -> int:
        """End a batch and forget it; gives 1, or 0 for one that is not known."""
        ticket = self._tickets.get(name)
        if ticket is None:
            return 0
        del self._tickets[name]
        if ticket.ended is None:
            self._cancel(ticket, now)
        return 1

    def _cancel(self, ticket: Ticket, now: float) -> None:
        if ticket is self._waiting[0]:
            self._free_at = max(self._free_at, now)
        ticket.cancelled = True
        ticket.end(now)
        self._waiting.remove(ticket)
