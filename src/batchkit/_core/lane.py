"""A lane: everything that shares one quota of one connection, and waits for it together."""

from __future__ import annotations

import math
from collections import deque

from ..options import Pace


class Lane:
    """Counts requests against a pace, and pauses everybody when the vendor asks for it.

    A slot is taken when a request begins and comes back `per` seconds after its answer: counted
    from the send, a slow answer would let more than `requests` arrive in one window.
    """

    def __init__(self, pace: Pace | None = None) -> None:
        self._pace = pace
        self._in_flight = 0
        self._returning: deque[float] = deque()
        self._paused_until = -math.inf

    def opens(self, now: float) -> float:
        """When the next request may begin; infinity if only an answer can tell."""
        return max(self._paused_until, self._slot(now))

    def _slot(self, now: float) -> float:
        if self._pace is None:
            return now
        while self._returning and self._returning[0] <= now:
            self._returning.popleft()
        taken = self._in_flight + len(self._returning)
        if taken < self._pace.requests:
            return now
        return self._returning[0] if self._returning else math.inf

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being sent."""
        return self._in_flight == 0

    def begin(self) -> None:
        """A request begins."""
        self._in_flight += 1

    def end(self, now: float) -> None:
        """Its answer came, or its failure."""
        self._in_flight -= 1
        if self._pace is not None:
            self._returning.append(now + self._pace.per)

    def pause(self, until: float) -> None:
        """Nobody begins before `until`."""
        self._paused_until = max(self._paused_until, until)


def least_seconds(requests: int, pace: Pace | None) -> float:
    """The shortest time in which so many requests can begin, with answers that take no time."""
    if pace is None or requests == 0:
        return 0.0
    return (requests - 1) // pace.requests * pace.per
