"""Vendors that answer anything at all, with a ledger of what they took whatever they said.

What a vendor may have taken is written down here from the vendors' contracts, not from the
library's decision table: the two must agree without sharing a line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from batchkit._io.http.bodies import MOST_BYTES
from tests.contract.colours import Sent

NAMES = ("0", "1", "3")
"""The items that are sent, by their place in the input; number 2 is refused by the library."""


class Door(Enum):
    """Where a strange answer comes from: one operation of each kind, and a ticket's status."""

    SUBSCRIBERS = ("Drip", "subscribers")
    EVENTS = ("Drip", "events")
    QUERY = ("EmpathyTagging", "query")
    SUBMISSION = ("Ecwid", "batches")
    TICKET = ("Ecwid", "batches", "status")

    @property
    def vendor(self) -> str:
        return str(self.value[0])

    @property
    def endpoint(self) -> str:
        return str(self.value[1])

    @property
    def duplicates(self) -> bool:
        """Whether sending again does everything twice."""
        return self in (Door.EVENTS, Door.QUERY)

    def items(self) -> list[dict[str, object]]:
        """Three good items and, in the third place, one that no vendor takes."""
        made = [self._item(str(place)) for place in range(4)]
        return [*made[:2], {}, made[3]]

    def _item(self, name: str) -> dict[str, object]:
        match self:
            case Door.QUERY:
                return {"q": name, "lang": "en"}
            case Door.SUBSCRIBERS | Door.EVENTS:
                return {"email": f"{name}@shop.example", "action": "Logged in"}
            case _:
                return {"method": "PUT", "path": f"/products/{name}", "id": name}

    def names(self, sent: Sent) -> list[str]:
        """Which items a request carries."""
        field = {"Drip": "email", "EmpathyTagging": "q", "Ecwid": "id"}[self.vendor]
        return [str(item[field]).partition("@")[0] for item in sent.items]


@dataclass(frozen=True)
class Head:
    """A status, with or without a wait."""

    status: int
    wait: str = ""

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": self.wait} if self.wait else {}

    def __str__(self) -> str:
        return f"{self.status}, wait {self.wait}" if self.wait else str(self.status)


HEADS = (
    *(Head(status) for status in (200, 201, 202, 204, 206, 301, 302, 303, 304, 307, 308)),
    *(Head(status) for status in (400, 401, 402, 403, 404, 405, 408, 409, 413, 415, 422, 425)),
    *(Head(status) for status in (429, 431, 500, 501, 502, 503, 504, 511)),
    *(Head(429, "7"), Head(503, "7"), Head(503, "soon")),
)

# Bodies


class Flood(httpx.SyncByteStream, httpx.AsyncByteStream):
    """More than anybody should read."""

    _block = b" " * (1 << 20)

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(MOST_BYTES // len(self._block) + 1):
            yield self._block

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for block in self:
            yield block


def spoken(door: Door, names: Sequence[str], say: Callable[[str], str]) -> bytes:
    """The documented answer, with a word of our choice in the place that matters."""
    match door:
        case Door.QUERY:
            text = ",".join(f'{{"code":{say(name)}}}' for name in names)
            return f"[{text}]".encode()
        case Door.SUBSCRIBERS | Door.EVENTS:
            text = ",".join(say(name) for name in names)
            return f'{{"request_ids":[{text}]}}'.encode()
        case Door.SUBMISSION:
            return f'{{"ticket":{",".join(say(name) for name in names[:1])}}}'.encode()
        case Door.TICKET:
            text = ",".join(
                f'{{"id":"{name}","status":"COMPLETED","httpStatusCode":{say(name)}}}'
                for name in names
            )
            return f'{{"status":"COMPLETED","responses":[{text}]}}'.encode()


def documented(door: Door, head: Head, names: Sequence[str]) -> bytes:
    """What the vendor's pages promise: Empathy's status is the highest of its items' codes."""
    if door is Door.QUERY:
        first = head.status if head.status < 300 else 200
        return spoken(door, names, lambda name: str(first if name == "0" else head.status))
    if head.status >= 400:
        return complaint(door, head, names)
    return spoken(door, names, lambda name: '"ticket-1"' if door is Door.SUBMISSION else "200")


def complaint(door: Door, head: Head, names: Sequence[str]) -> bytes:
    return {
        "Drip": b'{"errors":[{"code":"strange","attribute":"email","message":"no"}]}',
        "EmpathyTagging": b'{"code":500,"error":"no"}',
        "Ecwid": b'{"errorCode":"STRANGE","errorMessage":"no"}',
    }[door.vendor]


def listed(door: Door, head: Head, names: Sequence[str]) -> bytes:
    """The documented answer with so many results; a ticket, which is no list, in one of its own."""
    if door is not Door.SUBMISSION:
        return documented(door, head, names)
    return b"[%s]" % b",".join(documented(door, head, [name]) for name in names)


WRONG = {"0": "true", "1": '"200"', "3": "200.9"}


def saying(word: str) -> Callable[[Door, Head, Sequence[str]], bytes]:
    return lambda door, head, names: spoken(door, names, lambda name: word)


BODIES: Mapping[str, Callable[[Door, Head, Sequence[str]], bytes | Flood]] = {
    "documented": documented,
    "empty": lambda door, head, names: b"",
    "[]": lambda door, head, names: b"[]",
    "truncated": lambda door, head, names: documented(door, head, names)[:-1],
    "HTML": lambda door, head, names: b"<!doctype html><title>Sign in</title>",
    "too short": lambda door, head, names: listed(door, head, names[:-1]),
    "too long": lambda door, head, names: listed(door, head, [*names, "9", "9"]),
    "wrong types": lambda door, head, names: spoken(door, names, WRONG.__getitem__),
    "too deep": lambda door, head, names: b"[" * 100_000,
    "5,000 digits": saying("9" * 5_000),
    "NaN": saying("NaN"),
    "a key twice": saying('400,"code":200,"ticket":"a","httpStatusCode":200'),
    "too large": lambda door, head, names: Flood(),
    "an error": complaint,
}


# What was taken


class Taken(Enum):
    """What of a request the vendor took."""

    ALL = "everything"
    NONE = "nothing"
    TOLD = "what it says item by item"


OPEN = (Taken.ALL, Taken.NONE)
"""The vendors' documents do not say which: it may be either."""


def may_have_taken(door: Door, head: Head, body: str) -> tuple[Taken, ...]:
    """What the vendors' documents leave possible after this answer to a request with items."""
    status, yes = head.status, 200 <= head.status < 300
    if door is Door.TICKET:
        return (Taken.ALL,)  # at the submission, long before
    if 300 <= status < 400:
        return (Taken.NONE,)
    if door is Door.QUERY and body not in ("empty", "HTML", "an error"):
        if body == "documented" or (body, yes) == ("[]", True):
            return (Taken.TOLD if body == "documented" else Taken.ALL,)
        return OPEN
    if yes:
        clear = {"Drip": body not in ("HTML", "an error"), "EmpathyTagging": body == "empty"}
        clear["Ecwid"] = (status, body) == (200, "documented")
        return (Taken.ALL,) if clear[door.vendor] else OPEN
    doubtful = status == 408 or (status >= 500 and head != Head(503, "7"))
    return OPEN if doubtful else (Taken.NONE,)


class Then(Enum):
    """What comes after a strange answer."""

    THE_SAME = "for ever"
    YES = "and then yes"
    NO = "and then no"


class Vendor:
    """Gives a strange answer and remembers every item that it took."""

    def __init__(self, door: Door, head: Head, body: str, taken: Taken, then: Then) -> None:
        self.ledger: Counter[str] = Counter()
        self._door, self._head, self._body, self._taken, self._then = door, head, body, taken, then
        self._asked = 0
        self._keys: set[str] = set()

    def __call__(self, sent: Sent) -> httpx.Response:
        asked = sent.method == "GET"
        names = list(NAMES) if asked else self._door.names(sent)
        if asked is not (self._door is Door.TICKET):
            return self._yes(sent, names)
        self._asked += 1
        if self._asked == 1 or self._then is Then.THE_SAME:
            self._take(sent, names, self._taken)
            return self._strange(names)
        if self._then is Then.NO:
            return httpx.Response(422, json={"message": "no"})
        return self._yes(sent, names)

    def _take(self, sent: Sent, names: Sequence[str], taken: Taken) -> None:
        if sent.method == "GET" or taken is Taken.NONE:
            return
        if taken is Taken.TOLD:
            names = [name for name in names if name == "0" or self._head.status < 300]
        keys = set(parse_qs(urlsplit(sent.url).query).get("deduplicationKey", ()))
        if not keys or keys - self._keys:
            self._keys |= keys
            self.ledger.update(names)

    def _strange(self, names: Sequence[str]) -> httpx.Response:
        body: Any = BODIES[self._body](self._door, self._head, names)
        kind = "text/html" if self._body == "HTML" else "application/json"
        headers = {"Content-Type": kind, **self._head.headers}
        if isinstance(body, bytes):
            return httpx.Response(self._head.status, headers=headers, content=body)
        return httpx.Response(self._head.status, headers=headers, stream=body)

    def _yes(self, sent: Sent, names: Sequence[str]) -> httpx.Response:
        self._take(sent, names, Taken.ALL)
        match self._door:
            case Door.QUERY:
                return httpx.Response(200)
            case Door.SUBSCRIBERS | Door.EVENTS:
                return httpx.Response(201, json={})
            case _:
                door = Door.TICKET if sent.method == "GET" else Door.SUBMISSION
                return httpx.Response(200, content=documented(door, Head(200), names))
