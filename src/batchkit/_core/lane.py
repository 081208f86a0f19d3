"""A lane: everything that shares one quota of one connection, and waits for it together.

Theory of operation. Three things close a lane. Its *pace*: no more requests begin than the quota
allows, other people's included where the vendor counts them aloud. A *pause*, when the vendor asks
for one. And *trouble*: failures are paid from a budget that successes fill up again; once it is
empty, or the quota is spent, everything stands still and lets a single request try from time to
time, ever less often, until one works. A million items wait out an outage; they do not fail in it.

A pace is the caller's choice, so lanes of the same quota may differ in it. Pauses and trouble are
the vendor's word to all of them: they stand behind one *gate*.
"""

from __future__ import annotations

import math
import re
from collections import deque
from collections.abc import Mapping

import attrs

from ..options import Pace
from .operations import Trouble


@attrs.frozen
class Closure:
    """Trouble that keeps a gate closed, since a moment."""

    trouble: Trouble
    since: float


_BUDGET = 500
_COSTS = {
    Trouble.TRANSIENT: 14,
    Trouble.THROTTLED: 5,
    Trouble.QUOTA_SPENT: _BUDGET,
    Trouble.CONTENDED: 14,
}
_SLOWEST_TRIAL = 10
"""How many times the first wait for a trial the longest one is."""
_COUNT = re.compile(r"[0-9]{1,9}")


class Gate:
    """What concerns everybody who shares a credential and a quota, whatever their pace."""

    def __init__(self) -> None:
        self._in_flight = 0
        self.paused_until: float = -math.inf
        """Before this moment nobody begins, by the vendor's word or after trouble."""
        self._budget = _BUDGET
        self._failing = False
        self._trial_wait = 0.0
        self._trial_runs = False
        self.closure: Closure | None = None
        """What closed it but for trials; `None` while it is open."""

    def opens(self) -> float:
        """When the next request may begin; infinity if only an answer can tell."""
        return math.inf if self.closure is not None and self._in_flight else self.paused_until

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being sent."""
        return self._in_flight == 0

    def begin(self) -> None:
        """A request begins."""
        self._in_flight += 1
        self._trial_runs = self.closure is not None

    def end(self) -> None:
        """Its answer came, or its failure."""
        self._in_flight -= 1

    def pause(self, until: float) -> None:
        """Nobody begins before `until`."""
        self.paused_until = max(self.paused_until, until)

    def worked(self, *, again: bool) -> None:
        """A request was answered as it should be; `again` if it was a repeated one."""
        self._failing = False
        self.closure = None
        if not again:
            self._budget = min(_BUDGET, self._budget + 1)

    def failed(self, trouble: Trouble, now: float, *, again: bool, first_wait: float) -> None:
        """A request came to nothing, for a reason that others would meet too.

        The first failure after something that worked is free, unless it was a repeated one.
        `first_wait` is how many seconds pass before the first trial once it closes.
        """
        costs = _COSTS[trouble] if again or self._failing or trouble is Trouble.QUOTA_SPENT else 0
        self._failing = True
        self._budget = max(0, self._budget - costs)
        if self.closure is None:
            if self._budget >= _COSTS[Trouble.TRANSIENT]:
                return
            self.closure, self._trial_wait = Closure(trouble, since=now), first_wait
        elif self._trial_runs:
            self._trial_wait = min(2 * self._trial_wait, _SLOWEST_TRIAL * first_wait)
        else:
            return  # it began before the gate closed
        self.pause(now + self._trial_wait)


class Lane:
    """Counts requests against a pace, before a gate that others may share.

    A slot is taken when a request begins and comes back `per` seconds after its answer: counted
    from the send, a slow answer would let more than `requests` arrive in one window.
    """

    def __init__(self, pace: Pace | None = None, gate: Gate | None = None) -> None:
        self.gate: Gate = gate or Gate()
        self._pace = pace
        self._in_flight = 0
        self._returning: deque[float] = deque()
        self._taken_by_others = 0
        self._others_return = -math.inf

    def opens(self, now: float) -> float:
        """When the next request may begin; infinity if only an answer can tell."""
        return max(self.gate.opens(), self._slot(now))

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
        self.gate.begin()

    def end(self, now: float) -> None:
        """Its answer came, or its failure."""
        self._in_flight -= 1
        self.gate.end()
        if self._pace is not None:
            self._returning.append(now + self._pace.per)

    def counted(self, remaining: int, now: float) -> None:
        """The vendor says how many requests are left of the quota, for whoever shares it.

        This only ever makes the pace slower: requests in flight may not be counted in it yet.
        """
        if self._pace is not None:
            self._taken_by_others = max(0, self._free(self._pace) - remaining)
            self._others_return = now + self._pace.per


def requests_left(headers: Mapping[str, str]) -> int | None:
    """How many requests the vendor says are left of the quota; `headers` in lower case."""
    told = headers.get("x-ratelimit-remaining", "").strip(" \t")
    return int(told) if _COUNT.fullmatch(told) else None


def least_seconds(requests: int, pace: Pace | None) -> float:
    """The shortest time in which so many requests can begin, with answers that take no time."""
    if pace is None or requests == 0:
        return 0.0
    return (requests - 1) // pace.requests * pace.per
