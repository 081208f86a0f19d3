"""What a vendor is asked, what it takes and what it answers while nothing is wrong."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

ITEM = re.compile(rb"item-\d+")
"""Every item carries such a name once, whatever the vendor; the ledger knows items by it."""


@dataclass(frozen=True)
class Asked:
    """One request, as far as it was read."""

    method: str
    query: Mapping[str, Sequence[str]]
    length: int
    body: bytes = b""

    @property
    def items(self) -> list[str]:
        return [name.decode() for name in ITEM.findall(self.body)]

    @property
    def key(self) -> str | None:
        return self.query.get("deduplicationKey", [None])[0]


@dataclass
class Ledger:
    """What the vendor really took, and what it was asked."""

    takes: list[str] = field(default_factory=list[str])
    """Items in the order in which they were taken; twice if taken twice."""
    tickets: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """The items of each ticket. A ticket is named by its key, which is remembered for ever."""
    read: list[Asked] = field(default_factory=list[Asked])
    """The requests that were read to their end, in any order."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, asked: Asked) -> None:
        self.read.append(asked)

    def take(self, asked: Asked) -> None:
        with self._lock:
            if asked.key is not None:
                if asked.key in self.tickets:
                    return
                self.tickets[asked.key] = asked.items
            self.takes += asked.items

    @property
    def times(self) -> Counter[str]:
        """How often each item was taken."""
        return Counter(self.takes)


@dataclass(frozen=True)
class Face:
    """A vendor's healthy answers, and which of its requests the faults strike."""

    status: str
    body: Callable[[Asked, Ledger], object]
    strikes: str = "POST"


def _of_ticket(asked: Asked, ledger: Ledger) -> object:
    if asked.method == "POST":
        return {"ticket": asked.key}
    entries = [
        {"id": name, "status": "COMPLETED", "httpStatusCode": 200, "escapedHttpBody": "{}"}
        for name in ledger.tickets[asked.query["ticket"][0]]
    ]
    return {"status": "COMPLETED", "responses": entries}


DRIP = Face("201 Created", lambda asked, ledger: {})
EMPATHY = Face("200 OK", lambda asked, ledger: [{"code": 200} for _ in asked.items])
ECWID = Face("200 OK", _of_ticket)
ECWID_TICKETS = Face("200 OK", _of_ticket, strikes="GET")
