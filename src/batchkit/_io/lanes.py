"""The lanes of a connection."""

from __future__ import annotations

from .._core.operations import Operation
from .._core.run.breaker import Gate
from .._core.run.throttle import Lane
from ..options import Pace
from .settings import Secret, Settings


class Lanes:
    """The lanes of a connection: one a pace, behind them one gate a credential and quota."""

    def __init__(self) -> None:
        self._gates: dict[tuple[Secret | None, str], Gate] = {}
        self._lanes: dict[tuple[Gate, Pace | None], Lane] = {}

    def of(self, settings: Settings, operation: Operation) -> Lane:
        pace = settings.pace_of(operation)
        gate = self._gates.setdefault((settings.authorization, operation.quota), Gate())
        return self._lanes.setdefault((gate, pace), Lane(pace, gate))
