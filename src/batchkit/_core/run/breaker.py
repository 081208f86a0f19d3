"""A circuit breaker: open while an outage lasts, so that a single request tries at a time.

Pauses that the vendor asks for stand here as well: they concern the same requests.
"""

from __future__ import annotations

import math

import attrs

from ..operations import Trouble


@attrs.frozen
class Outage:
    """Trouble that keeps a breaker open, since a moment in seconds of the run's clock."""

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


class Breaker:
    """What concerns everybody who shares a credential and a quota, whatever their pace."""

    def __init__(self) -> None:
        self._in_flight = 0
        self.paused_until: float = -math.inf
        """Before this moment nobody begins, by the vendor's word or after trouble."""
        self._budget = _BUDGET
        self._failing = False
        self._trial_wait = 0.0
        self._trial_runs = False
        self.outage: Outage | None = None
        """What opened it but for trials; `None` while it is closed and all may pass."""

    def free_at(self) -> float:
        """When the next request may begin; infinity if only an answer can tell."""
        return math.inf if self.outage is not None and self._in_flight else self.paused_until

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being sent."""
        return self._in_flight == 0

    def begin(self) -> None:
        """A request begins."""
        self._in_flight += 1
        self._trial_runs = self.outage is not None

    def end(self) -> None:
        """Its answer came, or its failure."""
        self._in_flight -= 1

    def pause(self, until: float) -> None:
        """Nobody begins before `until`."""
        self.paused_until = max(self.paused_until, until)

    def worked(self, *, again: bool) -> None:
        """A request was answered as it should be; `again` if it was a repeated one."""
        self._failing = False
        self.outage = None
        if not again:
            self._budget = min(_BUDGET, self._budget + 1)

    def failed(self, trouble: Trouble, now: float, *, again: bool, first_wait: float) -> None:
        """A request came to nothing, for a reason that others would meet too.

        The first failure after something that worked is free, unless it was a repeated one.
        `first_wait` is how many seconds pass before the first trial once it opens.
        """
        costs = _COSTS[trouble] if again or self._failing or trouble is Trouble.QUOTA_SPENT else 0
        self._failing = True
        self._budget = max(0, self._budget - costs)
        if self.outage is None:
            if self._budget >= _COSTS[Trouble.TRANSIENT]:
                return
            self.outage, self._trial_wait = Outage(trouble, since=now), first_wait
        elif self._trial_runs:
            self._trial_wait = min(2 * self._trial_wait, _SLOWEST_TRIAL * first_wait)
        else:
            return  # it began before the breaker opened
        self.pause(now + self._trial_wait)
