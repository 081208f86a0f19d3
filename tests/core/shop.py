"""A seeded vendor that keeps its documented promises, fails as networks do, and remembers."""

from __future__ import annotations

import random
from collections import Counter

from batchkit._core.effects import Failure, Phase, Request, Response
from tests.core.toy import carried, failure, reply
from tests.simulator import Answer

KEY_LIVES = 3600.0
TAKEN_OR_NOT = (408, 500, 502, 503, 504, 501, 511)
SURELY_NOT = (409, 425, 429)


class Shop:
    """What it took, and when requests arrived.

    `poison` items make a request of them all a 400, and more than `most` items a 413.
    """

    def __init__(
        self, seed: int, *, kind: str, faults: float, poison: frozenset[int], most: int, stops: bool
    ) -> None:
        self.ledger: Counter[int] = Counter()
        self.arrivals: list[float] = []
        self.asked_to_wait: list[tuple[float, float]] = []
        """When it asked everybody to wait, and until when."""
        self._random = random.Random(seed)
        self._kind, self._faults, self._poison = kind, faults, poison
        self._most, self._stops = most, stops
        self._keys: dict[str, tuple[float, str]] = {}
        self._tickets: dict[str, dict[str, object]] = {}
        self._finishes: dict[str, float] = {}
        self._fatal = self._random.random() < 0.1

    def __call__(self, request: Request, now: float) -> Answer:
        latency = self._random.choice((0.05, 0.3, 2.0, 20.0)) * (0.5 + self._random.random())
        arrival = now + latency * self._random.random()
        self.arrivals.append(arrival)
        answer = self._ask if request.method == "GET" else self._post
        given = answer(request, arrival)
        if isinstance(given, Response) and "retry-after" in given.headers:
            ended = now + latency
            self.asked_to_wait.append((ended, ended + float(given.headers["retry-after"])))
        return latency, given

    def _chance(self, of: float) -> bool:
        return self._random.random() < of

    def _post(self, request: Request, now: float) -> Response | Failure:
        items = carried(request.body)
        if not self._chance(self._faults):
            return self._take(request, items, now)
        if self._fatal and self._chance(0.05):
            return reply(self._random.choice((401, 403, 404, 302, 405)))
        match self._random.randrange(4):
            case 0:
                phase = self._random.choice((Phase.NOTHING, Phase.CONNECTING, Phase.SENDING))
                return failure(phase)
            case 1:
                return self._refusal()
            case 2:
                if self._chance(0.5):
                    self._take(request, items, now)
                return reply(self._random.choice(TAKEN_OR_NOT))
            case _:
                if self._chance(0.5):
                    self._take(request, items, now)
                phase = self._random.choice((Phase.SENT, Phase.ANSWERING, Phase.ANSWERED))
                return self._random.choice((failure(phase), reply(200, "<html>")))

    def _refusal(self) -> Response:
        if self._chance(0.5):
            status = self._random.choice((429, 503))
            seconds = self._random.choice(("0", "1", "7.5", "60", "1000"))
            return reply(status, retry_after=seconds)
        return reply(self._random.choice(SURELY_NOT))

    def _take(self, request: Request, items: list[int], now: float) -> Response:
        if self._kind == "keyed":
            return self._take_once(request, items, now)
        if (refusal := self._look(items)) is not None:
            return refusal
        if self._kind == "converges":
            self.ledger.update(items)
            return reply(202, "taken")
        codes = [self._item(item) for item in items]
        return reply(max(200, *codes) if self._chance(0.5) else 200, codes)

    def _look(self, items: list[int]) -> Response | None:
        if len(items) > self._most:
            return reply(413)
        if self._poison.intersection(items):
            return reply(self._random.choice((400, 422)))
        return None

    def _item(self, item: int) -> int:
        """An item's own code; what is not a success was not taken."""
        if self._chance(self._faults / 2):
            return self._random.choice((400, 404, 429, 500, 503))
        self.ledger[item] += 1
        return self._random.choice((200, 302)) if self._chance(0.05) else 200

    def _take_once(self, request: Request, items: list[int], now: float) -> Response:
        key = request.path.partition("key=")[2]
        since, ticket = self._keys.get(key, (now, ""))
        if not ticket or now - since > KEY_LIVES:
            if (refusal := self._look(items)) is not None:
                return refusal
            ticket = f"t{len(self._tickets)}"
            self._keys[key] = (now, ticket)
            self._finishes[ticket] = now + self._random.choice((0.5, 5.0, 90.0, 800.0))
            self._tickets[ticket] = self._run(items)
        return reply(200, {"ticket": ticket})

    def _run(self, items: list[int]) -> dict[str, object]:
        """Run the entries, which are numbered as the input is."""
        results: dict[str, object] = {}
        failed = False
        for item in items:
            if failed and self._stops:
                results[f"id-{item}"] = "NOT_EXECUTED"
                continue
            if not self._chance(self._faults / 2):
                self.ledger[item] += 1
                results[f"id-{item}"] = 200
                continue
            code = self._random.choice((400, 409, 429, 500, 503, None, "CONTRADICTION"))
            failed = True
            if code not in (400, 409, 429) and self._chance(0.5):
                self.ledger[item] += 1
            if code is not None:
                results[f"id-{item}"] = code
        return results

    def _ask(self, request: Request, now: float) -> Response | Failure:
        ticket = request.path.rpartition("/")[2]
        if self._chance(self._faults):
            refusal = self._refusal()
            gone = reply(self._random.choice((400, 404)))
            odd = (failure(), failure(Phase.CONNECTING), reply(500), reply(200, "?"), refusal)
            return gone if self._chance(0.02) else self._random.choice(odd)
        results = self._tickets[ticket]
        if now < self._finishes[ticket]:
            return reply(200, {"finished": False, "total": len(results)})
        return reply(200, {"finished": True, "answers": results})
