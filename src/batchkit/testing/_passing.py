"""The time of the fakes: it passes as the clock in force does, and never goes back."""

from __future__ import annotations

import threading

from .._io import clock
from .clock import FakeClock


class Passing:
    """Seconds since it was made, by whichever clock was in force while they passed.

    A test may begin or end its `FakeClock` while a sandbox runs: that is no jump in time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clock = clock.current()
        self._last = self._clock.monotonic()
        self._passed = 0.0

    def __call__(self) -> float:
        with self._lock:
            now = clock.current()
            if now is not self._clock:
                self._clock, self._last = now, now.monotonic()
            moment = now.monotonic()
            self._passed += max(0.0, moment - self._last)
            self._last = moment
            return self._passed


def wall() -> float:
    """Seconds of the Unix clock in force."""
    return clock.current().time()


def let_pass(seconds: float) -> None:
    """Let time pass for a fake without a socket: at once on a `FakeClock`, else not at all."""
    now = clock.current()
    if isinstance(now, FakeClock):
        now.advance(seconds)
