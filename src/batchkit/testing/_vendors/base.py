"""What the three vendors share: one request at a time, numbered, timed and put in the ledger."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, TypeAlias

from ..ledger import Call, Ledger
from .http import RefusalError, Request, Response

Clock: TypeAlias = Callable[[], float]
"""Gives the time in seconds; only differences matter, and it must not run backwards."""


class Vendor(ABC):
    """A vendor's batch API as pure logic: `handle` a request, get its response.

    Paths start below the vendor's base URL (``/v2/…`` for Drip, ``/{store}/batch`` for Ecwid,
    ``/track/…`` for Empathy). Calls from several threads take turns.
    """

    name: ClassVar[str]

    def __init__(self, ledger: Ledger, clock: Clock) -> None:
        self._ledger = ledger
        self._clock = clock
        self._lock = threading.Lock()

    def handle(self, request: Request) -> Response:
        """Answer a request as the vendor would, and note it in the ledger."""
        with self._lock:
            operation, account = self._locate(request)
            call = Call(self._ledger.next_number(), self.name, operation, account, self._clock())
            try:
                response = self._answer(call, request)
            except RefusalError as refusal:
                response = refusal.response
            self._ledger.answered(call, response.status)
            return response

    @abstractmethod
    def _locate(self, request: Request) -> tuple[str, str]:
        """The operation and the account that the request line names, or empty strings."""

    @abstractmethod
    def _answer(self, call: Call, request: Request) -> Response:
        """The response; a `RefusalError` may be raised instead."""
