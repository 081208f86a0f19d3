"""Waking threads, in a way that an exception cannot spoil that strikes between any two lines.

`threading.Condition` is written in Python: an exception that strikes in its `__enter__` or `wait`
leaves its lock held for ever. A plain lock is taken and let go of in one step.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

_LONGEST = 1e6
"""Seconds that a lock surely can wait for."""


class Doorbell:
    """What one thread waits at for others; who rings it holds nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def ring(self) -> None:
        """End the wait, or the next one."""
        with suppress(RuntimeError):  # it rings already
            self._lock.release()

    def wait(self, seconds: float) -> None:
        """Wait until it rings, but no longer than this."""
        self._lock.acquire(timeout=min(seconds, _LONGEST))


class Bell:
    """Guards runs, and wakes every thread that waits for something to happen on a connection.

    Workers hold it. A thread in which something may strike only rings it, and needs not hold it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[Doorbell] = set()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *raised: object) -> None:
        self._lock.release()

    def ring(self) -> None:
        """Wake them all."""
        for each in tuple(self._waiting):
            each.ring()

    def wait(self, seconds: float, unless: Callable[[], bool]) -> None:
        """Let go of it until it rings, but no longer than this.

        `unless` says that there is something to look at already: it is asked when whoever rings
        is sure to be heard.
        """
        doorbell = Doorbell()
        self._waiting.add(doorbell)
        self._lock.release()
        try:
            if not unless():
                doorbell.wait(seconds)
        finally:
            self._lock.acquire()
            self._waiting.discard(doorbell)
