"""Empathy.co's tagging API, batch endpoint (its page "Track multiple events (batch)")."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import ClassVar, Literal, TypeAlias
from urllib.parse import unquote

from .._json import JsonValue, MalformedJsonError, decode
from ..ledger import Call, Carrier, Ledger
from .base import Clock, Vendor
from .http import RefusalError, Request, Response

SuccessBody: TypeAlias = Literal["empty", "[]", "array"]
"""What a batch without a failure is answered with; the vendor's documents do not say."""

_PATH = re.compile(r"/track/([A-Za-z0-9_-]{1,64})/([^/]+)/batch")

# Sink on the wire, name in batchkit, fields whose absence the vendor is known to refuse.
_SEARCH = ("lang", "q")
_BROWSE = ("lang",)
_SINKS = {
    "query": ("query", _SEARCH),
    "click": ("click", _SEARCH),
    "wishlist": ("wishlist", _SEARCH),
    "add2cart": ("add2cart", _SEARCH),
    "checkout": ("checkout", _SEARCH),
    "browseCategory": ("browse_category", _BROWSE),
    "browseProduct": ("browse_product", _BROWSE),
    "browseAdd2Cart": ("browse_add2cart", _BROWSE),
    "browseCheckout": ("browse_checkout", _BROWSE),
}
_REQUIRED = dict(_SINKS.values())


class Empathy(Vendor):
    """``POST /track/{instance}/{sink}/batch`` with a JSON array of events.

    No credential is asked for. Any instance id is good unless `instances` lists the known ones.
    Good events of a mixed batch are taken; the status is the highest code of any event.
    """

    name: ClassVar[str] = "empathy"

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        *,
        instances: Collection[str] | None = None,
        success_body: SuccessBody = "empty",
    ) -> None:
        super().__init__(ledger, clock)
        self._instances = instances
        self._success_body = success_body

    def _locate(self, request: Request) -> tuple[str, str]:
        found = _PATH.fullmatch(request.path)
        if found is None:
            return "", ""
        sink = unquote(found[2])
        return _SINKS.get(sink, (sink,))[0], found[1]

    def _answer(self, call: Call, request: Request) -> Response:
        if not call.operation:
            return _failure(404, "endpoint not found")
        if self._instances is not None and call.account not in self._instances:
            return _failure(404, f"instance {call.account} not found")
        if request.method != "POST":
            return _failure(405, "a batch is sent with POST")
        events = _events(request.body)
        required = _REQUIRED.get(call.operation, _BROWSE)
        errors = [_error(event, required) for event in events]
        carrier = Carrier(request.body)
        if not any(errors):
            self._ledger.note("taken", call, carrier, range(len(events)))
            return self._success(len(events))
        good = [place for place, error in enumerate(errors) if not error]
        bad = [place for place, error in enumerate(errors) if error]
        self._ledger.note("taken", call, carrier, good)
        self._ledger.note("refused", call, carrier, bad)
        results: list[JsonValue] = [
            {"code": 400, "error": error} if error else {"code": 200} for error in errors
        ]
        return Response.json(400, results)

    def _success(self, number: int) -> Response:
        if self._success_body == "empty":
            return Response(200)
        results: list[JsonValue] = [{"code": 200}] * number
        return Response.json(200, results if self._success_body == "array" else [])


def _events(body: bytes) -> list[dict[str, JsonValue]]:
    try:
        value = decode(body)
    except MalformedJsonError:
        raise RefusalError(_failure(400, "the body is not JSON")) from None
    if not isinstance(value, list):
        raise RefusalError(_failure(400, "the body is not an array of events"))
    events = [event for event in value if isinstance(event, dict)]
    if len(events) != len(value):
        raise RefusalError(_failure(400, "an element of the array is not an object"))
    return events


def _error(event: dict[str, JsonValue], required: tuple[str, ...]) -> str:
    for name in required:
        if event.get(name) in (None, ""):
            # The one text of the server that is known; clients read the field out of it.
            return (
                "com.eb.tagging.util.exception.SerializationException: "
                f"Field [{name}] is mandatory and cannot be null or empty"
            )
    return ""


def _failure(code: int, error: str) -> Response:
    return Response.json(code, {"code": code, "error": error})
