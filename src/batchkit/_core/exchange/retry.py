"""How often and how long: tenacity's strategies, asked with our clock and our randomness."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import Future

from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_exponential

from ...options import RetryPolicy


class NotSettled(Exception):
    """What a caller's tenacity strategy finds as the outcome of an attempt that failed."""


class RetryState:
    """The attempts of one request.

    tenacity reads its own clock when a state is made, so every time in it is set from ours.
    """

    def __init__(self, policy: RetryPolicy, random: Callable[[], float]) -> None:
        self._stop = policy.stop or stop_after_attempt(policy.attempts)
        self._wait = policy.wait or wait_exponential(
            multiplier=policy.base_delay, max=policy.max_delay
        )
        self._own_wait = policy.wait is None
        self._most = policy.max_retry_after
        self.calm: float | None = 2 * policy.base_delay if policy.wait is None else None
        """Seconds until somebody else's request for the same thing should be over."""
        self._random = random
        self._state = RetryCallState(Retrying(), fn=None, args=(), kwargs={})
        self._began = False

    @property
    def attempts(self) -> int:
        """How many attempts have failed."""
        return self._state.attempt_number - 1

    def began(self, now: float) -> None:
        """An attempt begins."""
        if not self._began:
            self._began = True
            self._state.start_time = now

    def wait(self, why: str, now: float, floor: float | None = None) -> float | None:
        """Seconds until the next attempt after one that failed at `now`; `None`: no more.

        `floor` is what the server asked for: the wait is never shorter, and up to a tenth longer
        where the policy lets it, so that those who were told the same do not come back together.
        """
        outcome: Future[object] = Future()
        outcome.set_exception(NotSettled(why))
        self._state.outcome = outcome  # type: ignore[assignment]  # strategies read a Future
        self._state.outcome_timestamp = now
        delay = max(0.0, float(self._wait(self._state)))
        if self._own_wait:
            delay *= self._random()
        if floor is not None:
            later = min(floor * (1 + 0.1 * self._random()), self._most)
            delay = max(delay, floor, later)
        self._state.upcoming_sleep = delay
        stopped = bool(self._stop(self._state))
        self._state.attempt_number += 1
        self._state.idle_for += delay
        return None if stopped else delay


def longest_wait(policy: RetryPolicy) -> float:
    """Seconds that the policy would wait after its last attempt, if there were one more."""
    # Nothing is added to what the caller's own strategy says, or to a single attempt.
    if policy.wait is not None or policy.attempts == 1:
        return 0.0
    return min(policy.max_delay, math.ldexp(policy.base_delay, min(policy.attempts, 64)))
