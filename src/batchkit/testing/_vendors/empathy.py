"""Empathy.co's tagging API: its batches (page "Track multiple events (batch)")."""

# pyright: reportTypedDictNotRequiredAccess=false
# A vendor's `switches` begin as a copy of all defaults, so every key is there.

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Unpack, cast
from urllib.parse import unquote

from .._faults import Fault, Faults, Stage
from .._http import RefusalError, Request, Response
from .._json import JsonValue, MalformedJsonError, decode
from ..ledger import Call, Carrier, Ledger
from .base import Clock, Vendor
from .switches import EMPATHY, EmpathySwitches, settle

_PATH = re.compile(r"/track/([A-Za-z0-9_-]{1,64})/([^/]+)/batch")

_SINKS: Mapping[str, str] = {
    **{name: name for name in ("query", "click", "wishlist", "add2cart", "checkout")},
    "browseCategory": "browse_category",
    "browseProduct": "browse_product",
    "browseAdd2Cart": "browse_add2cart",
    "browseCheckout": "browse_checkout",
}
"""The sink on the wire, and its name in batchkit."""
_SEARCHES = ("query", "click", "wishlist", "add2cart", "checkout")
"""Those that ask for the words that were searched for."""
_SERIALIZATION = "com.eb.tagging.util.exception.SerializationException: "
"""How the one text of the server that is known begins; clients read the field out of it."""


class FakeEmpathy(Vendor):
    """``POST /track/{instance}/{sink}/batch`` with a JSON array of events.

    No credential is asked for, and any instance id is good unless a switch says otherwise. Good
    events of a mixed batch are taken; the status is the highest code of any event. An event that
    is to be refused gets its code in the array.
    """

    name: ClassVar[str] = "empathy"
    """What the ledger calls it."""

    def __init__(
        self, ledger: Ledger, clock: Clock, faults: Faults, **switches: Unpack[EmpathySwitches]
    ) -> None:
        super().__init__(ledger, clock, faults)
        self.switches: EmpathySwitches = EMPATHY.copy()
        """How what the vendor's documents leave open is decided; see `switch`."""
        self.switch(**switches)

    def switch(self, **switches: Unpack[EmpathySwitches]) -> None:
        """Decide some of what the vendor's documents leave open."""
        self.switches.update(cast("EmpathySwitches", settle(switches, EMPATHY)))

    def _locate(self, request: Request) -> tuple[str, str]:
        found = _PATH.fullmatch(request.path)
        if found is None:
            return "", ""
        sink = unquote(found[2])
        return _SINKS.get(sink, sink), found[1]

    def _answer(self, call: Call, request: Request, fault: Fault | None) -> Response:
        self._admit(call)
        if request.method != "POST":
            return self._failure(405, "a batch is sent with POST")
        events = self._events(request.body)
        call.carrier = Carrier(request.body)
        results = self._results(call, events, fault)
        if all(code == 200 for code, _ in results):
            return self._success(len(events), fault)
        told: list[JsonValue] = [
            {"code": code, "error": error} if error else {"code": code} for code, error in results
        ]
        return Response.json(max(code for code, _ in results), told)

    def _admit(self, call: Call) -> None:
        instances = self.switches["instances"]
        if not call.operation:
            raise RefusalError(self._failure(404, "endpoint not found"))
        if instances is not None and call.account not in instances:
            raise RefusalError(self._failure(404, f"instance {call.account} not found"))

    def _events(self, body: bytes) -> list[dict[str, JsonValue]]:
        try:
            value = decode(body)
        except MalformedJsonError:
            raise RefusalError(self._failure(400, "the body is not JSON")) from None
        if not isinstance(value, list):
            raise RefusalError(self._failure(400, "the body is not an array of events"))
        events = [event for event in value if isinstance(event, dict)]
        if len(events) != len(value):
            raise RefusalError(self._failure(400, "an element of the array is not an object"))
        return events

    def _results(
        self, call: Call, events: Sequence[dict[str, JsonValue]], fault: Fault | None
    ) -> list[tuple[int, str]]:
        """Code and error of each event, and the ledger's notes of them."""
        searches = call.operation in _SEARCHES
        required = ("lang", "q") if searches else ("lang",)
        struck = self._struck(events, fault)
        results = [
            (struck[place], "refused on request")
            if place in struck
            else ((400, error) if (error := _missing(event, required)) else (200, ""))
            for place, event in enumerate(events)
        ]
        good = [place for place, (code, _) in enumerate(results) if code == 200]
        self.ledger.note("taken", call, good)
        bad = [place for place, (code, _) in enumerate(results) if code != 200]
        self.ledger.note("refused", call, bad)
        return results

    def _success(self, number: int, fault: Fault | None) -> Response:
        listed = fault is not None and fault.word.stage is Stage.RESULTS
        said = "array" if listed else self.switches["success_body"]
        if said == "empty":
            return Response(200)
        results: list[JsonValue] = [{"code": 200}] * number
        return Response.json(200, results if said == "array" else [])

    def _failed(
        self, status: int, headers: tuple[tuple[str, str], ...], *, quota: bool
    ) -> Response:
        failure = self._failure(status, "too many requests" if quota else "refused on request")
        return Response(status, (*failure.headers, *headers), failure.body)

    def _failure(self, code: int, error: str) -> Response:
        return Response.json(code, {"code": code, "error": error})


def _missing(event: Mapping[str, JsonValue], required: tuple[str, ...]) -> str:
    for name in required:
        if event.get(name) in (None, ""):
            return f"{_SERIALIZATION}Field [{name}] is mandatory and cannot be null or empty"
    return ""
