"""One attempt under way, in either colour: how far it came, and how it is cut off."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from ..._core.effects import Failure, Phase, Response
from .. import clock
from .failures import Trace
from .requests import Address, response


class Cuttable(Protocol):
    """A timer that can be made to end now."""

    def cut(self) -> None: ...


Timer = TypeVar("Timer", bound=Cuttable)


class Attempt(Generic[Timer]):
    """One attempt. Whoever waits for it may stop waiting, and still ask what came of it."""

    def __init__(self, timeout: float, timer: Timer, *, obeys: bool = True) -> None:
        self.timeout = timeout
        """Seconds from connect to last byte."""
        self.timer = timer
        self.began: float = clock.current().time()
        """Seconds of the Unix clock."""
        self.since: float = clock.now()
        self.trace: Trace = Trace()
        self.raw: Any = None
        """The library's answer, once its head has come."""
        self._obeys = obeys

    def cut_off(self, address: Address) -> Response | Failure:
        """End the attempt from outside, and tell what is known of it."""
        self.timer.cut()
        # What was being sent may still leave, and a client that does not obey sends on regardless.
        unsent = self._obeys and self.trace.phase in (Phase.NOTHING, Phase.CONNECTING)
        return self._left(address, Phase.CONNECTING if unsent else Phase.SENT)

    def timed_out(self, address: Address) -> Response | Failure:
        """What is known of an attempt that its own task has ended in time."""
        return self._left(address, self.trace.phase_when_cut)

    def _left(self, address: Address, phase: Phase) -> Response | Failure:
        if self.raw is not None:
            return response(self.raw, None, clock.current().time(), address)
        return Failure(phase=phase, reason="no answer came in time")
