"""A throttle: everything that shares one quota of one connection, and waits for it together.

Theory of operation. Three things hold requests up. The *pace*: no more of them begin than the quota
allows, other people's included where the vendor counts them aloud. A *pause*, when the vendor asks
for one. And *trouble*: failures are paid from a budget that successes fill up again; once it is
empty, or the quota is spent, everything stands still and lets a single request try from time to
time, ever less often, until one works. A million items wait out an outage; they do not fail in it.

A pace is the caller's choice, so throttles of the same quota may differ in it. Pauses and trouble
are the vendor's word to all of them: they share one *breaker*, which is open while it lasts.
"""

from __future__ import annotations

import math
from collections import deque

from ...options import Pace
from ..effects import Failure, Response
from ..headers import requests_left
from ..operations import Trouble
from .breaker import Breaker
from .steps import RunLimits


class Throttle:
    """Counts requests against a pace, before a breaker that others may share.

    A slot is taken when a request begins and comes back `per` seconds after its answer: counted
    from the send, a slow answer would let more than `requests` arrive in one window.
    """

    def __init__(self, pace: Pace | None = None, breaker: Breaker | None = None) -> None:
        self.breaker: Breaker = breaker or Breaker()
        self._pace = pace
        self._in_flight = 0
        self._returning: deque[float] = deque()
        self._taken_by_others = 0
        self._others_return = -math.inf

    def free_at(self, now: float) -> float:
        """When the next request may begin; infinity if only an answer can tell."""
        return max(self.breaker.free_at(), self._slot(now))

    def _slot(self, now: float) -> float:
        if self._pace is None:
            return now
        while self._returning and self._returning[0] <= now:
            self._returning.popleft()
        if self._others_return <= now:
            self._taken_by_others = 0
        if self._free(self._pace) > self._taken_by_others:
            return now
        returns = self._others_return if self._taken_by_others else math.inf
        return min(returns, self._returning[0]) if self._returning else returns

    def _free(self, pace: Pace) -> int:
        return pace.requests - self._in_flight - len(self._returning)

    def begin(self) -> None:
        """A request begins."""
        self._in_flight += 1
        self.breaker.begin()

    def end(self, now: float) -> None:
        """Its answer came, or its failure."""
        self._in_flight -= 1
        self.breaker.end()
        if self._pace is not None:
            self._returning.append(now + self._pace.per)

    def heard(
        self,
        reply: Response | Failure,
        trouble: Trouble | None,
        now: float,
        limits: RunLimits,
        *,
        again: bool,
    ) -> None:
        """What a reply says concerns everybody who waits here; `again`: to a repeated request."""
        if isinstance(reply, Response):
            left = requests_left(reply.headers, limits.remaining_header)
            if left is not None:
                self.counted(left, now)
        if trouble is not None:
            self.breaker.failed(trouble, now, again=again, first_wait=limits.first_trial)
        elif isinstance(reply, Response):
            self.breaker.worked(again=again)

    def counted(self, remaining: int, now: float) -> None:
        """The vendor says how many requests are left of the quota, for whoever shares it.

        This only ever makes the pace slower: requests in flight may not be counted in it yet.
        """
        if self._pace is not None:
            self._taken_by_others = max(0, self._free(self._pace) - remaining)
            self._others_return = now + self._pace.per


def least_seconds(requests: int, pace: Pace | None) -> float:
    """The shortest time in which so many requests can begin, with answers that take no time."""
    if pace is None or requests == 0:
        return 0.0
    return (requests - 1) // pace.requests * pace.per
