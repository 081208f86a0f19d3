"""How many requests a vendor takes in a time, counted in windows that stand or slide."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Literal, TypeAlias

Window: TypeAlias = Literal["fixed", "sliding"]
"""Whether all slots come back at once, a time after the first request, or each by itself."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """How far one quota is used up."""

    name: str
    limit: int
    used: int
    resets_in: float
    """Seconds until a slot is free again."""

    @property
    def remaining(self) -> int:
        """How many requests are still taken."""
        return max(0, self.limit - self.used)


class Quotas:
    """The quotas of one vendor, by name: for each account, token or endpoint."""

    def __init__(self) -> None:
        self._used: dict[str, deque[float]] = {}
        self._of: dict[str, tuple[int, float, Window]] = {}

    def take(
        self, name: str, now: float, *, limit: int, per: float, window: Window
    ) -> tuple[Gauge, bool]:
        """Use up slots, if there are any left; says how things stand, and whether there were."""
        used = self._used.setdefault(name, deque())
        self._of[name] = (limit, per, window)
        self._expire(name, now)
        free = len(used) < limit
        if free:
            used.append(now)
        return self._gauge(name, now), free

    def gauges(self, now: float) -> list[Gauge]:
        """How all of them stand."""
        for name in self._used:
            self._expire(name, now)
        return [self._gauge(name, now) for name in self._used]

    def _expire(self, name: str, now: float) -> None:
        used = self._used[name]
        _, per, window = self._of[name]
        if window == "fixed":
            if used and now - used[0] >= per:
                used.clear()
            return
        while used and now - used[0] >= per:
            used.popleft()

    def _gauge(self, name: str, now: float) -> Gauge:
        used = self._used[name]
        limit, per, _ = self._of[name]
        return Gauge(name, limit, len(used), max(0.0, used[0] + per - now) if used else 0.0)
