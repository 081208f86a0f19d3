"""Empathy.co's tagging API: batches (its page "Track multiple events (batch)") and single calls."""

# pyright: reportTypedDictNotRequiredAccess=false
# A vendor's `switches` begin as a copy of all defaults, so every key is there.

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import ClassVar, Unpack, cast
from urllib.parse import quote, unquote

from .._faults import Fault, Faults, Stage
from .._http import RefusalError, Request, Response
from .._json import JsonValue, MalformedJsonError, decode, encode
from ..ledger import Call, Carrier, Ledger
from .base import Clock, Vendor
from .empathy_switches import EMPATHY, EmpathySwitches
from .switches import settle

_PATH = re.compile(r"/track/([A-Za-z0-9_-]{1,64})/([^/]+)(/batch)?")

# Sink on the wire, name in batchkit, and what the documents call required on top of `lang`.
_INTERACTION = ("title", "url", "page")
_PURCHASE = ("transactionId", "revenue", "currency")
_SINKS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "query": ("query", ("q", "totalHits", "page")),
    "click": ("click", ("q", *_INTERACTION)),
    "wishlist": ("wishlist", ("q", *_INTERACTION)),
    "add2cart": ("add2cart", ("q", *_INTERACTION)),
    "checkout": ("checkout", ("q", *_INTERACTION, *_PURCHASE)),
    "browseCategory": ("browse_category", ("totalHits", "page")),
    "browseProduct": ("browse_product", ("title", "url")),
    "browseAdd2Cart": ("browse_add2cart", ("title", "url")),
    "browseCheckout": ("browse_checkout", ("title", "url")),
}
_DOCUMENTED: dict[str, tuple[str, ...]] = dict(_SINKS.values())
_EVIDENCED = ("lang", "q")
_IN_URLS = "%:/?#[]@!$&'()*+,;="
_SERIALIZATION = "com.eb.tagging.util.exception.SerializationException: "
"""How the one text of the server that is known begins; clients read the field out of it."""


class FakeEmpathy(Vendor):
    """``POST /track/{instance}/{sink}/batch`` with a JSON array of events, and the single call.

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
        return _SINKS.get(sink, (sink,))[0], found[1]

    def _answer(self, call: Call, request: Request, fault: Fault | None) -> Response:
        self._admit(call, request)
        if not request.path.endswith("/batch"):
            return self._track_one(call, request, fault)
        if request.method != "POST":
            return self._failure(405, "a batch is sent with POST")
        self._confirm_bytes(request.body)
        events = self._events(request.body)
        call.carrier = Carrier(request.body)
        if self.switches["banned"]:
            return self._ban(call, len(events)) or self._success(len(events), fault)
        results = self._results(call, events, fault)
        if all(code == 200 for code, _ in results):
            return self._success(len(events), fault)
        told: list[JsonValue] = [
            {"code": code, "error": error} if error else {"code": code} for code, error in results
        ]
        return Response.json(max(code for code, _ in results), told)

    def _admit(self, call: Call, request: Request) -> None:
        instances = self.switches["instances"]
        if not call.operation or not self._has_endpoint(request):
            raise RefusalError(self._failure(404, "endpoint not found"))
        if instances is not None and call.account not in instances:
            raise RefusalError(self._failure(404, f"instance {call.account} not found"))
        if call.account in self.switches["disabled_instances"]:
            raise RefusalError(self._failure(404, f"tagging of {call.account} is not enabled"))
        limit = self.switches["empathy_per_minute"]
        if limit is not None:
            _, free = self.quotas.take(
                call.account, call.time, limit=limit, per=60, window="sliding"
            )
            if not free:
                raise RefusalError(self._failure(429, "too many requests"))

    def _has_endpoint(self, request: Request) -> bool:
        found, sinks = _PATH.fullmatch(request.path), self.switches["sinks"]
        if found is None or (found[3] and not self.switches["empathy_batches"]):
            return False
        return sinks is None or unquote(found[2]) in sinks

    def _ban(self, call: Call, number: int) -> Response | None:
        """The refusal of a banned caller; `None` where the vendor says yes and drops the events."""
        if self.switches["banned_status"] == "403":
            return self._failure(403, "forbidden")
        self.ledger.note("dropped", call, range(number))
        return None

    def _confirm_bytes(self, body: bytes) -> None:
        most = self.switches["most_bytes"]
        if most is not None and len(body) > most:
            raise RefusalError(self._failure(413, "the body is too large"))

    def _events(self, body: bytes) -> list[dict[str, JsonValue]]:
        try:
            value = decode(body)
        except MalformedJsonError:
            raise RefusalError(self._failure(400, "the body is not JSON")) from None
        if not isinstance(value, list):
            raise RefusalError(self._failure(400, "the body is not an array of events"))
        if not value and self.switches["no_events"] == "refuse":
            raise RefusalError(self._failure(400, "the array is empty"))
        most = self.switches["most_events"]
        if most is not None and len(value) > most:
            raise RefusalError(self._failure(413, f"more than {most} events"))
        events = [event for event in value if isinstance(event, dict)]
        if len(events) != len(value):
            raise RefusalError(self._failure(400, "an element of the array is not an object"))
        return events

    def _results(
        self, call: Call, events: Sequence[dict[str, JsonValue]], fault: Fault | None
    ) -> list[tuple[int, str]]:
        """Code and error of each event, and the ledger's notes of them."""
        required = self._required(call.operation)
        struck = self._struck(events, fault)
        results = [
            (struck[place], "refused on request")
            if place in struck
            else ((400, error) if (error := self._wrong(event, required)) else (200, ""))
            for place, event in enumerate(events)
        ]
        self.ledger.note("taken", call, self._counted(events, results, known=True))
        self.ledger.note("dropped", call, self._counted(events, results, known=False))
        bad = [place for place, (code, _) in enumerate(results) if code != 200]
        self.ledger.note("refused", call, bad)
        return results

    def _counted(
        self,
        events: Sequence[dict[str, JsonValue]],
        results: Sequence[tuple[int, str]],
        *,
        known: bool,
    ) -> list[int]:
        """The good events, with filters the vendor knows or with others: those it ignores."""
        filters = self.switches["filters"]
        return [
            place
            for place, (code, _) in enumerate(results)
            if code == 200 and known is not (bool(filters) and _is_ignored(events[place], filters))
        ]

    def _wrong(self, event: Mapping[str, JsonValue], required: tuple[str, ...]) -> str:
        if error := _missing(event, required):
            return error
        if self.switches["event_values"] == "text":
            for name, value in event.items():
                if value is not None and not isinstance(value, str):
                    return f"{_SERIALIZATION}Field [{name}] is no text"
        return ""

    def _required(self, operation: str) -> tuple[str, ...]:
        documented = _DOCUMENTED.get(operation, ())
        match self.switches["enforced"]:
            case "nothing":
                return ()
            case "lang":
                return ("lang",)
            case "documented":
                return ("lang", *documented)
            case _:
                return tuple(name for name in _EVIDENCED if name in ("lang", *documented))

    def _success(self, number: int, fault: Fault | None) -> Response:
        listed = fault is not None and fault.word.stage is Stage.RESULTS
        said = "array" if listed else self.switches["success_body"]
        if said == "empty":
            return Response(200)
        results: list[JsonValue] = [{"code": 200}] * number
        return Response.json(200, results if said == "array" else [])

    def _track_one(self, call: Call, request: Request, fault: Fault | None) -> Response:
        """The single call: its event stands in the query, and success has no body."""
        if request.method not in ("GET", "POST"):
            return self._failure(405, "an event is sent with GET or POST")
        event: dict[str, JsonValue] = {**request.parameters}
        call.carrier = Carrier(encode([event]))
        if self.switches["banned"]:
            return self._ban(call, 1) or self._follow(event)
        [(code, error)] = self._results(call, [event], fault)
        return self._follow(event) if code == 200 else self._failure(code, error)

    def _follow(self, event: Mapping[str, JsonValue]) -> Response:
        """The yes to a single call: a redirect, if it wants one."""
        unasked = self.switches["follow_unasked"] and event.get("url")
        if event.get("follow", "true" if unasked else "false") != "true":
            return Response(200)
        where = quote(str(event.get("url", "")), safe=_IN_URLS)
        return Response(int(self.switches["follow_status"]), (("Location", where),))

    def _failed(
        self, status: int, headers: tuple[tuple[str, str], ...], *, quota: bool
    ) -> Response:
        failure = self._failure(status, "too many requests" if quota else "refused on request")
        return Response(status, (*failure.headers, *headers), failure.body)

    def _failure(self, code: int, error: str) -> Response:
        match self.switches["failure_body"]:
            case "error":
                return Response.json(code, {"code": code, "error": error})
            case "message":
                return Response.json(code, {"code": code, "message": error})
            case "text":
                return Response(code, (("Content-Type", "text/plain"),), error.encode())
            case _:
                return Response(code)


def _missing(event: Mapping[str, JsonValue], required: tuple[str, ...]) -> str:
    for name in required:
        if event.get(name) in (None, ""):
            return f"{_SERIALIZATION}Field [{name}] is mandatory and cannot be null or empty"
    return ""


def _is_ignored(event: Mapping[str, JsonValue], filters: Mapping[str, object]) -> bool:
    return any(
        name in event and event[name] not in cast("Sequence[JsonValue]", values)
        for name, values in filters.items()
    )
