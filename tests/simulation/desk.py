"""A simulator that is played by hand: who holds it says what each request meets, and when."""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import Any

from batchkit._core.items.chunks import Chunk, Chunker
from batchkit._core.operations import Operation
from batchkit._core.run.run import Run
from tests.core.toy import chunks_of, failure
from tests.simulation.faults import Fault
from tests.simulation.shop import Shop
from tests.simulator import Simulator, Stuck

_NEVER = math.inf, failure()


class Desk(Simulator):
    """Requests are answered only when it is told to; the source gives what it was given."""

    def __init__(self, run: Run, operation: Operation, shop: Shop, size: int, at_once: int) -> None:
        super().__init__(run, (), lambda *_: _NEVER, performers=at_once, cut=shop.cut)
        self.items: list[Any] = []
        self._shop = shop
        self._source: deque[Chunk] = deque()
        self._has_more = True
        self._chunker = Chunker(
            operation,
            max_items=size,
            max_bytes=1_000_000,
            max_refused=1 if operation.stops_on_failure else None,
            now=lambda: "now",
        )

    @property
    def is_done(self) -> bool:
        return self._done

    @property
    def in_flight(self) -> int:
        return len(self._flights)

    def submit(self, items: list[Any]) -> None:
        """The source has more."""
        self.items += items
        self._source.extend(chunks_of(self._chunker, items))

    def end(self) -> None:
        """The source has no more."""
        self._has_more = False

    def answer(self, which: int, fault: Fault | None = None) -> None:
        """One of the requests in flight is answered, or fails."""
        flight = self._flights.pop(which % len(self._flights))
        heapq.heapify(self._flights)
        self._shop.strikes = lambda: fault
        flight.ends, flight.reply = self.now, self._shop.answer(flight.job.send.request, self.now)
        self._land(flight)

    def advance(self, seconds: float) -> None:
        """Time goes by; whoever waits for a moment in between does what it waited for."""
        until = self.now + seconds
        wakes = self.work()
        while not self._done and self.now < until:
            self.now = min(until, max(self.now, wakes))
            wakes = self.work()

    def work(self) -> float:
        """Do all that can be done at this moment; until when there is nothing to do."""
        for _ in range(10_000):
            self._happen()
            waits = [self._take_job(), None if self._done else self._take_step()]
            if self._done:
                return math.inf
            if None not in waits and not self.run.has_news:
                ends = (flight.ends for flight in self._flights[:1])
                return min((*ends, *(wait for wait in waits if wait is not None)))
        raise Stuck(f"there is always something to do at {self.now} s")

    def _read(self, *, last: bool) -> float | None:
        if self._has_more and not (last or self._source):
            return math.inf  # the caller waits for the source
        self._chunks = iter([self._source.popleft()] if self._source else [])
        return super()._read(last=last)
