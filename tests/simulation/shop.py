"""A seeded vendor that speaks as the three do, keeps its promises, fails as networks do, remembers.

Items are numbers, which are their indexes; two with the same remainder change the same thing.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any

import attrs

from batchkit._core.effects import Failure, Phase, Request, Response
from tests.core.toy import carried, failure, reply
from tests.simulation.faults import AFTER, BEFORE, Fault, draw
from tests.simulator import Answer

KEY_LIVES = 3600.0
PLAIN_CODES = (400, 404, 409, 422, 425, 429)
OPEN_CODES = (302, 408, 500, 502, 503, 504, 520)
END_CODES = (401, 403)
Next = Callable[[], Fault | None]
"""Gives the fault that strikes the next request, if one does."""


@attrs.frozen(kw_only=True)
class Habits:
    """What kind of vendor it is."""

    kind: str
    faults: float = 0.0
    """The part of requests that is struck; half as many items are."""
    poison: frozenset[int] = frozenset()
    """Items that make a request of them all a 400."""
    most: int = 100_000
    """More items than this in a request are a 413."""
    things: int = 100_000
    """How many different things the items change."""
    ends: bool = False
    """Whether it may end a whole run."""
    slow: bool = False
    """Whether some answers come too late."""
    refused: Collection[int] | None = None
    """The statuses that mean "nothing was taken", as the caller was promised."""
    counts: bool = False
    """Whether it tells how much is left of a quota that others use, too."""
    strict: bool = False
    """Whether an item's own 5xx leaves open if it was taken."""


@attrs.frozen
class Take:
    """An item was taken."""

    moment: float
    number: int
    item: int


@attrs.define
class _UnderWay:
    number: int
    request: Request
    arrival: float


class Shop:
    """What it took, in which order, and when requests arrived."""

    def __init__(self, seed: int, habits: Habits, strikes: Next | None = None) -> None:
        self.habits = habits
        self.takes: list[Take] = []
        self.doubted: set[int] = set()
        """Items that it may have taken without saying so."""
        self._random = random.Random(seed)
        self.strikes = strikes or self._draw
        self._requests: dict[int, _UnderWay] = {}
        self._number = 0
        self._keys: dict[str, tuple[float, str]] = {}
        self._tickets: dict[str, tuple[float, int, Sequence[object]]] = {}

    @property
    def ledger(self) -> Counter[int]:
        """How often each item was taken."""
        return Counter(take.item for take in self.takes)

    @property
    def arrivals(self) -> list[float]:
        return sorted(each.arrival for each in self._requests.values())

    @property
    def winners(self) -> dict[int, int]:
        """For each thing, the item that changed it last."""
        in_order = sorted(self.takes, key=lambda take: (take.moment, take.number))
        return {take.item % self.habits.things: take.item for take in in_order}

    def __call__(self, request: Request, now: float) -> Answer:
        slowest = 90.0 if self.habits.slow and self._chance(0.1) else 20.0
        latency = self._random.choice((0.05, 0.3, 2.0, slowest)) * (0.5 + self._random.random())
        arrival = now + latency * self._random.random()
        return latency, self.answer(request, arrival)

    def answer(self, request: Request, arrival: float) -> Response | Failure:
        """What a request is answered that arrives at this moment."""
        self._number += 1
        self._requests[id(request)] = _UnderWay(self._number, request, arrival)
        give = self._ask if request.method == "GET" else self._post
        told = give(request, arrival)
        if self.habits.counts and isinstance(told, Response):
            left = {"x-ratelimit-remaining": str(self._random.randrange(10))}
            told = attrs.evolve(told, headers={**told.headers, **left})
        return told

    def cut(self, request: Request, now: float) -> Failure:
        """Nobody waits for the answer any longer: what had not arrived never does."""
        struck = self._requests.get(id(request)) or _UnderWay(0, request, math.inf)
        items = carried(request.body) if request.body else []
        self.doubted.update(items)
        if struck.arrival <= now:
            return failure(self._random.choice(AFTER), "no answer came in time")
        # What repeats do no harm to may be sent again at once; it must not arrive after that.
        late = self.habits.kind == "duplicates" and self._chance(0.5)
        struck.arrival = now
        if late:
            return failure(Phase.SENT, "no answer came in time")
        self.takes = [take for take in self.takes if take.number != struck.number]
        for key, (_, ticket) in list(self._keys.items()):
            if self._tickets[ticket][1] == struck.number:
                del self._keys[key]
        return failure(self._random.choice((*BEFORE, Phase.SENT)), "it was not sent in time")

    def know(self, items: Sequence[int]) -> str:
        """Take items before the run, under the ticket that is returned."""
        return self._ticket(items, 0.0)

    def _chance(self, of: float) -> bool:
        return self._random.random() < of

    def _draw(self) -> Fault | None:
        habits = self.habits
        return draw(self._random, ends=habits.ends) if self._chance(habits.faults) else None

    def _post(self, request: Request, now: float) -> Response | Failure:
        items, fault = carried(request.body), self.strikes()
        if fault is None:
            return self._take(request, items, now)
        if fault.leaves_open(self.habits.refused):
            if self._says_yes(fault):
                return self._look(items) or self._take_all(items, fault, now)
            self.doubted.update(items)
            if fault.taken:
                self._take(request, items, now)
        return fault.reply(len(items), now)

    def _take_all(self, items: list[int], fault: Fault, now: float) -> Response | Failure:
        for item in items:
            self._enter(item, now)
        return fault.reply(len(items), now)

    def _says_yes(self, fault: Fault) -> bool:
        """Whether the answer, odd as it is, is a yes by the vendor's documents."""
        if fault.phase is not None or not 200 <= fault.status < 300:
            return False
        match self.habits.kind:
            case "converges":
                return fault.body != "html"
            case "duplicates":
                return fault.body in ("", "[]")
            case _:
                return False

    def _take(self, request: Request, items: list[int], now: float) -> Response:
        if request.path.partition("key=")[1]:
            return self._take_once(request, items, now)
        if (refusal := self._look(items)) is not None:
            return refusal
        if self.habits.kind == "converges":
            self._take_all(items, Fault(), now)
            return reply(self._random.choice((201, 202)), {})
        codes = [self._item(item, now) for item in items]
        highest = max(200, *codes) if self._chance(0.5) else 200
        # Under a redirect nobody would read it.
        return reply(200 if highest < 400 else highest, [{"code": code} for code in codes])

    def _enter(self, item: int, now: float) -> None:
        self.takes.append(Take(now, self._number, item))

    def _look(self, items: list[int]) -> Response | None:
        if len(items) > self.habits.most:
            return reply(413)
        if self.habits.poison.intersection(items):
            return reply(self._random.choice((400, 422)))
        return None

    def _item(self, item: int, now: float) -> int:
        """An item's own code; what is not a success was not taken, but for the odd ones."""
        if not self._chance(self.habits.faults / 2):
            self._enter(item, now)
            return 200
        ends = END_CODES if self.habits.ends and self._chance(0.05) else ()
        code = self._random.choice(ends or PLAIN_CODES + OPEN_CODES)
        if code in OPEN_CODES and (code < 400 or self.habits.strict):
            self.doubted.add(item)
            if self._chance(0.5):
                self._enter(item, now)
        return code

    # Tickets

    def _take_once(self, request: Request, items: list[int], now: float) -> Response:
        key = request.path.partition("key=")[2]
        since, ticket = self._keys.get(key, (now, ""))
        if not ticket or now - since > KEY_LIVES:
            if (refusal := self._look(items)) is not None:
                return refusal
            ticket = self._ticket(items, now)
            self._keys[key] = (now, ticket)
        return reply(200, {"ticket": ticket})

    def _ticket(self, items: Sequence[int], now: float) -> str:
        name = f"t{len(self._tickets)}"
        finishes = now + self._random.choice((0.5, 5.0, 90.0, 800.0))
        self._tickets[name] = (finishes, self._number, self._run(items, now))
        return name

    def _run(self, items: Sequence[int], now: float) -> list[object]:
        """Run the entries; what is told of each."""
        told: list[object] = []
        failed = False
        for item in items:
            if failed and self.habits.kind == "stopping":
                told.append(entry(item, "NOT_EXECUTED"))
            elif not self._chance(self.habits.faults / 2):
                self._enter(item, now)
                told.append(entry(item, 200))
            else:
                failed = True
                told += self._fail(item, now)
        return told

    def _fail(self, item: int, now: float) -> list[object]:
        ends = END_CODES if self.habits.ends and self._chance(0.05) else ()
        code: Any = self._random.choice(ends or (*PLAIN_CODES, *OPEN_CODES, None, "BOTH"))
        if code not in PLAIN_CODES + END_CODES and self._chance(0.5):
            self._enter(item, now)
        match code:
            case None:
                return []
            case "BOTH":
                return [entry(item, 200), entry(item, 500)]
            case _:
                return [entry(item, code)]

    def _ask(self, request: Request, now: float) -> Response | Failure:
        if (fault := self.strikes()) is not None:
            return fault.reply(1, now)
        finishes, _, told = self._tickets[request.path.rpartition("/")[2]]
        done = now >= finishes
        state = {"totalRequests": len(told), "completedRequests": len(told) if done else 0}
        if not done:
            return reply(200, {"status": "IN_PROGRESS", **state})
        return reply(200, {"status": "COMPLETED", **state, "responses": told})


def entry(item: int, code: object) -> dict[str, object]:
    """What a finished ticket says of an entry, which is named by its index."""
    named = {"id": f"id-{item}"}
    if code == "NOT_EXECUTED":
        return {**named, "status": "NOT_EXECUTED"}
    status = "COMPLETED" if code == 200 else "FAILED"
    return {**named, "status": status, "httpStatusCode": code, "escapedHttpBody": "{}"}
