"""The throttles of a connection."""

from __future__ import annotations

from .._core.operations import Operation
from .._core.run.breaker import Breaker
from .._core.run.throttle import Throttle
from ..options import Pace
from .settings import Secret, Settings


class Throttles:
    """The throttles of a connection: one a pace, behind them one breaker a credential and quota.

    Each is put in its place in one step, so that threads need no lock here.
    """

    def __init__(self) -> None:
        self._breakers: dict[tuple[Secret | None, str], Breaker] = {}
        self._throttles: dict[tuple[Breaker, Pace | None], Throttle] = {}

    def of(self, settings: Settings, operation: Operation) -> Throttle:
        pace = settings.pace_of(operation)
        breaker = self._breakers.setdefault((settings.authorization, operation.quota), Breaker())
        return self._throttles.setdefault((breaker, pace), Throttle(pace, breaker))
