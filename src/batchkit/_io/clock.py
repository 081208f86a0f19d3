"""The one clock that every client of the process waits on."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What a clock can tell, and how long it makes others wait."""

    def monotonic(self) -> float:
        """Seconds that never go back, for waits and deadlines."""
        ...

    def time(self) -> float:
        """Seconds of the Unix clock, for what vendors are told."""
        ...

    def patience(self, until: float, *, idle: bool) -> float:
        """Seconds to really wait for something to happen before `until` (monotonic).

        `idle` says that nothing can happen by itself before then.
        """
        ...


class SystemClock:
    """The machine's own clock."""

    monotonic = staticmethod(time.monotonic)
    time = staticmethod(time.time)

    def patience(self, until: float, *, idle: bool) -> float:
        return max(0.0, until - self.monotonic())


_current: Clock = SystemClock()


def current() -> Clock:
    """The clock in force."""
    return _current


def now() -> float:
    """Seconds of its monotonic clock."""
    return _current.monotonic()


def replace(clock: Clock) -> Clock:
    """Put another clock in force, and give back the one that was."""
    global _current  # one clock for all clients is the point: a test's clock needs no patching
    before, _current = _current, clock
    return before


def stamp(clock: Clock) -> str:
    """The present moment as vendors are told it: ISO 8601, UTC, milliseconds."""
    moment = datetime.fromtimestamp(clock.time(), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def finite(seconds: float) -> float | None:
    """The same wait for functions that spell "for ever" as `None`."""
    return None if math.isinf(seconds) else seconds
