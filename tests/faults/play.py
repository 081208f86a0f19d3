"""One call of a client against a peer with a fault, in either colour and with either library."""

from __future__ import annotations

import itertools
import json
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import anyio
import httpx2

import batchkit
from batchkit import Limits, Outcome, PollPolicy, Report, RetryPolicy
from batchkit.ecwid import Job
from batchkit.exceptions import BatchkitError
from tests.faults.law import Story
from tests.faults.peer import Act, Peer, peer_with
from tests.faults.table import Fault, Knows
from tests.faults.vendor import DRIP, ECWID, ECWID_TICKETS, EMPATHY, Face, Ledger

Colour: TypeAlias = Literal["sync", "asyncio"]
Library: TypeAlias = Literal["httpx", "httpx2"]

ATTEMPTS = 3
CHUNK = 2
NAMES = tuple(f"item-{number}" for number in range(2 * CHUNK))
PADDING = "x" * 2_200_000
"""Two items with it are more than the way to the peer holds, and less than a request may."""

_TRUST = ssl.create_default_context()  # making one costs more than all the rest of a case


@dataclass(frozen=True)
class Kind:
    """A class of operations, and the call that stands for it."""

    repeats: str
    """As in `Story`."""
    face: Face
    client: str
    options: Mapping[str, Any]
    endpoint: str
    item: Callable[[str, str], dict[str, Any]]
    """An item with this name and this padding."""


def _subscriber(name: str, padding: str) -> dict[str, Any]:
    return {"email": f"{name}@shop.example", "custom_fields": {"note": padding}}


def _checkout(name: str, padding: str) -> dict[str, Any]:
    return {"q": name, "lang": "en", "note": padding}


def _request(name: str, padding: str) -> dict[str, Any]:
    return {"id": name, "method": "PUT", "path": "/products/7", "body": {"name": padding}}


_DRIP = {"account_id": "9999999", "api_key": "key"}
_EMPATHY = {"instance": "shop"}
_RESENT = {**_EMPATHY, "on_doubt": "resend"}
_ECWID = {"store_id": "1003", "token": "secret"}

KINDS = {
    "converges": Kind("freely", DRIP, "Drip", _DRIP, "subscribers", _subscriber),
    "duplicates": Kind("never", EMPATHY, "EmpathyTagging", _EMPATHY, "checkout", _checkout),
    "resent": Kind("if told", EMPATHY, "EmpathyTagging", _RESENT, "checkout", _checkout),
    "keyed": Kind("by key", ECWID, "Ecwid", _ECWID, "batches", _request),
    "asked": Kind("by key", ECWID_TICKETS, "Ecwid", _ECWID, "batches", _request),
}


@dataclass(frozen=True)
class Case:
    """One cell of the matrix."""

    fault: Fault
    kind: str
    colour: Colour
    library: Library
    later: Act | None = None
    """What the peer does with every request after the struck one, unless it is healed."""

    def __str__(self) -> str:
        return f"{self.fault.name}-{self.kind}-{self.colour}-{self.library}"

    @property
    def how(self) -> Kind:
        return KINDS[self.kind]

    @property
    def timeout(self) -> float:
        """Seconds for an attempt: enough for a healthy one on a machine that others use as well."""
        return 2.0 if self.fault.slow else 5.0

    @property
    def bound(self) -> float:
        """Seconds for the call: nothing waits but a slow fault, and that for its attempts."""
        return ATTEMPTS * self.timeout + 1 if self.fault.slow else 4.0

    @property
    def trickles(self) -> float:
        """Seconds of a trickle: too many, but where nothing of ours can cut it off."""
        is_foreign = self.colour == "sync" and self.library == "httpx2"
        return 0.6 if is_foreign else self.bound + 1

    @property
    def items(self) -> list[dict[str, Any]]:
        struck = range(len(NAMES)) if self.later else self.struck
        return [
            self.how.item(name, PADDING if self.fault.large and index in struck else "")
            for index, name in enumerate(NAMES)
        ]

    @property
    def struck(self) -> Sequence[int]:
        """The indexes of the items in the request that the fault strikes."""
        first = self.fault.struck * CHUNK
        return range(first, first + CHUNK)

    def play(self) -> Played:
        later = () if self.later is None else itertools.repeat(self.later)
        acts = itertools.chain(self.fault.acts, later)
        with peer_with(self.how.face, acts, self.fault.door, trickles=self.trickles) as peer:
            if self.how.face is ECWID_TICKETS:
                take_before(peer.ledger)
            played = Played(self, peer.ledger)
            began = time.monotonic()
            try:
                if self.colour == "sync":
                    self._play_sync(peer, played)
                else:
                    anyio.run(self._play_async, peer, played)
            except BatchkitError as error:
                played.error = error
            played.took = time.monotonic() - began
        return played

    def _options(self, peer: Peer) -> dict[str, Any]:
        heal = _wait_for_nothing if self.later else peer.heal
        return {
            **self.how.options,
            "base_url": peer.url,
            "timeout": self.timeout,
            "retry": RetryPolicy(attempts=ATTEMPTS, wait=heal),
            "pace": None,
            "limits": Limits(max_items=CHUNK),
            "max_in_flight": 1,  # makes it certain which request is struck
        }

    def _stream(self, client: Any, peer: Peer, played: Played) -> Any:
        call: dict[str, Any] = {} if self.later else {"on_progress": peer.heal}
        endpoint = getattr(client, self.how.endpoint)
        if self.how.client == "Ecwid":
            call["poll"] = PollPolicy(initial=0.001, maximum=0.001)
        if self.how.face is ECWID_TICKETS:
            played.read += NAMES
            return endpoint.results(_job(), **call)
        return endpoint.stream(played.reading(self.items), **call)

    def _play_sync(self, peer: Peer, played: Played) -> None:
        foreign = _http_client(httpx2.Client, self.library)
        make = getattr(batchkit, self.how.client)
        try:
            with (
                make(**self._options(peer), http_client=foreign) as client,
                self._stream(client, peer, played) as outcomes,
            ):
                try:
                    for outcome in outcomes:
                        played.outcomes.append(outcome)
                finally:
                    played.report = outcomes.report
        finally:
            if foreign is not None:
                foreign.close()

    async def _play_async(self, peer: Peer, played: Played) -> None:
        foreign = _http_client(httpx2.AsyncClient, self.library)
        make = getattr(batchkit, "Async" + self.how.client)
        try:
            async with (
                make(**self._options(peer), http_client=foreign) as client,
                self._stream(client, peer, played) as outcomes,
            ):
                try:
                    async for outcome in outcomes:
                        played.outcomes.append(outcome)
                finally:
                    played.report = outcomes.report
        finally:
            if foreign is not None:
                await foreign.aclose()


@dataclass
class Played:
    """What came of a case."""

    case: Case
    ledger: Ledger
    read: list[str] = field(default_factory=list[str])
    """The names of the items that were read from the source: a run that stops reads no further."""
    outcomes: list[Outcome[Any]] = field(default_factory=list[Outcome[Any]])
    report: Report[Any] = field(default_factory=Report[Any])
    error: BatchkitError | None = None
    took: float = 0.0

    def reading(self, items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for item in items:
            self.read.append(_name(item))
            yield item

    @property
    def story(self) -> Story:
        case = self.case
        doubted = [NAMES[index] for index in case.struck] if case.fault.knows is Knows.SENT else []
        return Story(
            repeats=case.how.repeats,
            names=self.read,
            outcomes=self.outcomes,
            told=[_name(outcome.item) for outcome in self.outcomes],
            times=self.ledger.times,
            doubted=NAMES if case.later else doubted,
            ran_out=case.later is not None,
            took=self.took,
            bound=case.bound,
        )


def _wait_for_nothing(_: object) -> float:
    return 0.0


def _http_client(make: Callable[..., Any], library: Library) -> Any:
    """A client of the caller's own; with httpx it is the one that batchkit makes."""
    return make(verify=_TRUST, trust_env=False) if library == "httpx2" else None


def _name(item: Any) -> str:
    if isinstance(item, str):
        return item
    return next(
        name for name in NAMES if name in (item.get("id") or item.get("q") or item["email"])
    )


def _tickets() -> list[list[str]]:
    return [list(NAMES[:CHUNK]), list(NAMES[CHUNK:])]


def take_before(ledger: Ledger) -> None:
    """The vendor has taken the items, and was told to answer for them by ticket."""
    for number, names in enumerate(_tickets()):
        ledger.tickets[f"ticket-{number}"] = names
        ledger.takes += names


def _job() -> Job:
    tickets = [
        {
            "ticket": f"ticket-{number}",
            "entries": [[CHUNK * number + place, name] for place, name in enumerate(names)],
        }
        for number, names in enumerate(_tickets())
    ]
    job = {"version": 1, "store_id": "1003", "tickets": tickets, "refused": []}
    return Job.from_json(json.dumps({**job, "stops_on_failure": False}))
