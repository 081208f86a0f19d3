"""A third driver of the core: it plays a `Run` on a virtual clock, with no thread and no socket.

Performers take jobs as the threads and tasks of the real drivers do, the vendor is a function that
answers after a virtual latency, and a day of waiting takes milliseconds. The order of what
happens at the same moment is drawn from the seed, so one seed is one run.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from batchkit._core.effects import Failure, Phase, Request, Response
from batchkit._core.exchange.account import Account
from batchkit._core.items.chunks import Chunk
from batchkit._core.rulings import Abort
from batchkit._core.run.run import Run
from batchkit._core.run.steps import Commit, CutOff, Deliver, Dispatch, Done, Read, Wait
from batchkit.exceptions import JournalError
from batchkit.outcomes import Outcome, Report

Answer = tuple[float, Response | Failure]
"""Seconds until the answer, and the answer."""
Vendor = Callable[[Request, float], Answer]
"""Answers a request that begins at this moment."""
Cut = Callable[[Request, float], Failure]
"""Tells how far a request came that nobody waits for any longer."""


@attrs.frozen(kw_only=True)
class Sent:
    """One request that was made."""

    request: Request
    items: int
    began: float
    ended: float
    timeout: float
    reply: Response | Failure


@attrs.define(order=True)
class _Flight:
    ends: float
    number: int
    job: Dispatch | Commit = attrs.field(order=False)
    reply: Response | Failure | None = attrs.field(order=False)
    """`None` if it does not come in time, or there is none to come."""
    began: float = attrs.field(order=False)


class Crash(Exception):
    """The process has ended at this moment."""


Ledger = Callable[[Commit, float], float]
"""Writes a journal: tells the seconds that it takes, or raises `JournalError`."""


class Stuck(AssertionError):
    """The run waits for something that will never happen."""


class Simulator:
    """Plays one run to its end, and remembers what happened."""

    def __init__(
        self,
        run: Run,
        chunks: Iterable[Chunk],
        vendor: Vendor,
        *,
        performers: int,
        seed: int = 0,
        start: float = 0.0,
        cut: Cut | None = None,
        journal: Ledger | None = None,
    ) -> None:
        """Attempts are ended in time where there is `cut` to say how far they came."""
        self.run = run
        self.now = start
        self.requests: list[Sent] = []
        self.accounts: list[Account] = []
        self.fed: list[Chunk] = []
        self.most_live = 0
        """The most chunks that were read and not yet delivered."""
        self.most_in_flight = 0
        self.stop: Abort | None = None
        """Why the run ended early, if it did."""
        self._chunks: Iterator[Chunk] = iter(chunks)
        self._vendor = vendor
        self._cut = cut
        self._performers = performers
        self._journal = journal
        self._random = random.Random(seed)
        self._flights: list[_Flight] = []
        self._events: list[tuple[float, int, Callable[[], object]]] = []
        self._number = 0
        self._done = False

    def at(self, moment: float, happens: Callable[[], object]) -> None:
        """Let something happen at a moment: the caller leaves, say."""
        heapq.heappush(self._events, (moment, self._next_number(), happens))

    def leave(self, patience: float = math.inf) -> None:
        """Halt the run, as a caller does who leaves the stream; `patience` in seconds."""
        self.run.halt("The caller left.", self.now, patience=patience)

    def play(self, *, steps: int = 200_000, crash_after: float = math.inf) -> Simulator:
        """Go on until the run is done, or crashes after so many steps."""
        for step in range(steps):
            if step >= crash_after:
                raise Crash
            if self._done:
                return self
            self._happen()
            # Performers and the caller may come in any order.
            turns = [self._take_job, self._take_step]
            self._random.shuffle(turns)
            waits = [turn() for turn in turns]
            if None not in waits and not self.run.has_news:
                self._wait(*waits)
        raise Stuck(f"not done after {steps} steps, at {self.now:.1f} s")

    @property
    def report(self) -> Report[Any]:
        return self.run.report(self.now)

    @property
    def outcomes(self) -> list[Outcome[Any]]:
        """Every outcome, in the order of the input."""
        told = [outcome for account in self.accounts for outcome in account.outcomes()]
        return sorted(told, key=lambda outcome: outcome.index)

    @property
    def posts(self) -> list[Sent]:
        """The requests that carried items."""
        return [sent for sent in self.requests if sent.items]

    @property
    def polls(self) -> list[Sent]:
        """The questions about tickets."""
        return [sent for sent in self.requests if not sent.items]

    def _take_job(self) -> float | None:
        """Begin a request; or until when there is none to begin."""
        if len(self._flights) >= self._performers:
            return math.inf
        job = self.run.next_job(self.now)
        if isinstance(job, Commit):
            return self._keep(job)
        if not isinstance(job, Dispatch):
            return math.inf if job is None else job.until
        latency, reply = self._vendor(job.send.request, self.now)
        in_time: Response | Failure | None = reply
        if self._cut is not None and latency > job.timeout:
            latency, in_time = job.timeout, None
        flight = _Flight(self.now + latency, self._next_number(), job, in_time, self.now)
        heapq.heappush(self._flights, flight)
        sending = sum(isinstance(flight.job, Dispatch) for flight in self._flights)
        self.most_in_flight = max(self.most_in_flight, sending)
        return None

    def _keep(self, keep: Commit) -> None:
        assert self._journal is not None
        try:
            latency = self._journal(keep, self.now)
        except JournalError as problem:
            self.run.unkept(keep, str(problem), self.now)
            return
        flight = _Flight(self.now + latency, self._next_number(), keep, None, self.now)
        heapq.heappush(self._flights, flight)

    def _take_step(self) -> float | None:
        """Do what the caller shall; or until when there is nothing to do."""
        match self.run.next_step(self.now):
            case Deliver(account=account):
                self.accounts.append(account)
            case Read(last=last):
                return self._read(last=last)
            case CutOff():
                self._cut_off()
            case Done(stop=stop):
                self.stop, self._done = stop, True
            case Wait(until=until):
                return until
        return None

    def _read(self, *, last: bool) -> float | None:
        chunk = None if last else next(self._chunks, None)
        if chunk is None:
            self.run.exhausted()
        else:
            self.fed.append(chunk)
            self.run.feed(self.run.prepared(chunk), self.now)
            self.most_live = max(self.most_live, len(self.fed) - len(self.accounts))
        return None

    def _wait(self, *waits: float | None) -> None:
        """Let time go on to the next thing that can happen."""
        flights = [flight.ends for flight in self._flights[:1]]
        events = [moment for moment, _, _ in self._events[:1]]
        until = min([wait for wait in waits if wait is not None] + flights + events)
        if math.isinf(until) or until < self.now:
            raise Stuck(f"waits until {until} at {self.now:.1f} s")
        self.now = until

    def _happen(self) -> None:
        while self._events and self._events[0][0] <= self.now:
            heapq.heappop(self._events)[2]()
        while self._flights and self._flights[0].ends <= self.now:
            flight = heapq.heappop(self._flights)
            self._land(flight)

    def _cut_off(self) -> None:
        """What is in flight is not waited for; what is being written is."""
        flights = self._flights
        self._flights = [flight for flight in flights if isinstance(flight.job, Commit)]
        for flight in flights:
            if isinstance(flight.job, Dispatch):
                flight.ends, flight.reply = self.now, None
                self._land(flight)

    def _land(self, flight: _Flight) -> None:
        job = flight.job
        if isinstance(job, Commit):
            self.run.kept(job, self.now)
            return
        reply = flight.reply or self._came(job.send.request)
        self.requests.append(
            Sent(
                request=job.send.request,
                items=job.send.items,
                began=flight.began,
                ended=flight.ends,
                timeout=job.timeout,
                reply=reply,
            )
        )
        self.run.answer(job, reply, self.now)

    def _came(self, request: Request) -> Failure:
        if self._cut is not None:
            return self._cut(request, self.now)
        return Failure(phase=Phase.SENT, reason="no answer came in time")

    def _next_number(self) -> int:
        self._number += 1
        return self._number
