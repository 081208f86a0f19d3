"""A clock for tests: every batchkit client of the process waits on it, and nobody really sleeps."""

from __future__ import annotations

import math
import threading
from types import TracebackType
from typing import Self

from .._io import clock


class FakeClock:
    """Time that passes only when every client has nothing left but to wait for it.

    Example::

        with FakeClock() as clock:
            report = drip.events.send(events)    # a day at the vendor's quota
        clock.slept                              # 86400.0

    A wait for a quota, a retry or a ticket moves the time forward at once; a request that is under
    way is really waited for. Clients that run at the same time share the clock: what one of them
    waits for has passed for all. `start` is in seconds of the Unix clock.
    """

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._lock = threading.Lock()
        self._start = start
        self._slept = 0.0
        self._before: list[clock.Clock] = []

    @property
    def slept(self) -> float:
        """Seconds that have passed on this clock."""
        return self._slept

    def advance(self, seconds: float) -> None:
        """Let time pass. Raises `ValueError` for a time that does not: it never goes back."""
        if not 0 <= seconds < math.inf:
            raise ValueError(f"`seconds` is {seconds!r}; it must be 0 or more, and finite.")
        with self._lock:
            self._slept += seconds

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return self._slept

    def time(self) -> float:
        """Seconds of the Unix clock."""
        return self._start + self._slept

    def patience(self, until: float, *, idle: bool) -> float:
        """No time at all: the wait is over as soon as it begins, unless an answer is to come."""
        if not idle or math.isinf(until):
            return math.inf
        with self._lock:
            self._slept = max(self._slept, until)
        return 0.0

    def __enter__(self) -> Self:
        self._before.append(clock.replace(self))
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        clock.replace(self._before.pop())
