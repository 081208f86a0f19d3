"""What the three fake vendors share: one request at a time, numbered, timed and in the ledger."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeAlias, cast

from .._faults import Fault, Faults, Stage
from .._http import RefusalError, Request, Response
from .._json import JsonValue
from .._records import Call, Exchange, hidden, without_credentials
from ..ledger import Ledger
from .quota import Gauge, Quotas

Clock: TypeAlias = Callable[[], float]
"""Gives the time in seconds; only differences matter, and it must not run backwards."""

Where: TypeAlias = Mapping[str, Any] | Callable[[Any], bool]
"""Which items: those that hold these fields, or those of which the function says so."""


@dataclass(slots=True)
class Refusal:
    """Items that a vendor was told to refuse."""

    where: Where
    code: int
    left: int | None

    def strikes(self, item: Any) -> bool:
        """Whether it refuses this item, now."""
        if self.left == 0 or not _matches(self.where, item):
            return False
        if self.left is not None:
            self.left -= 1
        return True


def _matches(where: Where, item: Any) -> bool:
    if callable(where):
        return bool(where(item))
    if not isinstance(item, Mapping):
        return False
    fields = cast("Mapping[str, Any]", item)
    return all(name in fields and fields[name] == value for name, value in where.items())


class Vendor(ABC):
    """A vendor's batch API as pure logic: `handle` a request, get its response.

    Paths start below the vendor's base URL (``/v2/…`` for Drip, ``/{store}/batch`` for Ecwid,
    ``/track/…`` for Empathy). Calls from several threads take turns.
    """

    name: ClassVar[str]

    def __init__(self, ledger: Ledger, clock: Clock, faults: Faults) -> None:
        self.ledger = ledger
        """What this vendor took."""
        self.faults = faults
        """What is to go wrong."""
        self.quotas: Quotas = Quotas()
        self.wall: Callable[[], float] = time.time
        """Gives seconds of the Unix clock, for dates in headers."""
        self._clock = clock
        self._lock = threading.RLock()
        self._refusals: list[Refusal] = []

    def refuse(self, where: Where, code: int = 400, *, times: int | None = None) -> None:
        """Let single items fail: those that `where` describes, `times` times (``None``: always).

        `where` is a function of the decoded item, or a mapping that the item must hold. What
        refusing means is the vendor's: see the class. Raises `TypeError` and `ValueError` for what
        is none of these.
        """
        if not (callable(where) or isinstance(cast("object", where), Mapping)):
            raise TypeError("`where` is an object, the fields that an item holds, or a function.")
        if not (isinstance(cast("object", code), int) and 400 <= code <= 599):
            raise ValueError(f"`code` is {code!r}; it must be a status from 400 to 599.")
        if not (times is None or (isinstance(cast("object", times), int) and times > 0)):
            raise ValueError(f"`times` is {times!r}; it must be 1 or more, or left out.")
        with self._lock:
            self._refusals.append(Refusal(where, code, times))

    def gauges(self) -> list[Gauge]:
        """How far each quota is used up."""
        with self._lock:
            return self.quotas.gauges(self._clock())

    def handle(self, request: Request) -> Response:
        """Answer a request as the vendor would, with the fault that is planned for it, if any."""
        with self._lock:
            begun = time.perf_counter()
            operation, account = self._locate(request)
            fault = self.faults.choose(self.name, operation)
            call = Call(self.ledger.next_number(), self.name, operation, account, self._clock())
            response = self._play(call, request, fault)
            exchange = Exchange(
                request.method,
                hidden(f"{request.path}?{request.query}" if request.query else request.path),
                without_credentials(request.headers),
                request.body,
                dict(response.headers),
                response.body,
            )
            took = time.perf_counter() - begun
            said = "" if fault is None else str(fault)
            self.ledger.answered(call, exchange, status=response.status, fault=said, took=took)
            return response

    def _play(self, call: Call, request: Request, fault: Fault | None) -> Response:
        if fault is None:
            return self._respond(call, request, None)
        word = fault.word
        match word.stage:
            case Stage.BEFORE:
                return Response(0, act=word.name)
            case Stage.STATUS:
                return self._denial(fault)
            case Stage.TAKEN_STATUS:
                response = self._respond(call, request, fault)
                return response if response.status >= 400 else self._denial(fault)
            case _:
                response = self._respond(call, request, fault)
        match word.stage:
            case Stage.AFTER:
                return Response(0, act=word.name)
            case Stage.DELAY:
                return replace(response, seconds=fault.number(0))
            case Stage.ANSWER | Stage.RESULTS:
                return response if word.turns is None else word.turns(response)
            case _:
                return response

    def _respond(self, call: Call, request: Request, fault: Fault | None) -> Response:
        try:
            return self._answer(call, request, fault)
        except RefusalError as refusal:
            return refusal.response

    def _denial(self, fault: Fault) -> Response:
        _, _, digits = fault.word.name.rpartition("-")
        if fault.word.name == "same-subscriber":
            digits = "429"
        waits = fault.retry_after(self.wall)
        headers = () if waits is None else (("Retry-After", waits),)
        return self._failed(int(digits), headers, quota=fault.word.name.endswith("429"))

    def _struck(self, items: Sequence[JsonValue], fault: Fault | None) -> dict[int, int]:
        """Which items are to fail, by their place, and the code that each gets."""
        struck: dict[int, int] = {}
        if self._refusals:
            codes = {place: self._code_for(item) for place, item in enumerate(items)}
            struck = {place: code for place, code in codes.items() if code}
        return struck | self._fault_strikes(items, fault)

    def _code_for(self, item: JsonValue) -> int:
        """The code with which the item is to be refused, or 0."""
        for refusal in self._refusals:
            if refusal.strikes(item):
                return refusal.code
        return 0

    def _fault_strikes(self, items: Sequence[JsonValue], fault: Fault | None) -> dict[int, int]:
        if fault is None or fault.word.stage is not Stage.ITEMS:
            return {}
        code = int(fault.word.name.rpartition("-")[2])
        places = self.faults.pick(len(items), int(fault.number(1)))
        return dict.fromkeys(places, code)

    @abstractmethod
    def _locate(self, request: Request) -> tuple[str, str]:
        """The operation and the account that the request line names, or empty strings."""

    @abstractmethod
    def _answer(self, call: Call, request: Request, fault: Fault | None) -> Response:
        """The response; a `RefusalError` may be raised instead."""

    @abstractmethod
    def _failed(
        self, status: int, headers: tuple[tuple[str, str], ...], *, quota: bool
    ) -> Response:
        """A refusal of a whole request in the vendor's own form."""
