"""Drip's seven batch endpoints (its pages "Batch API", "Authentication", "Errors")."""

# pyright: reportTypedDictNotRequiredAccess=false
# A vendor's `switches` begin as a copy of all defaults, so every key is there.

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Unpack, cast

from .._faults import Fault, Faults
from .._http import RefusalError, Request, Response, basic_user, bearer_token
from .._json import JsonValue, MalformedJsonError, decode
from ..ledger import Call, Carrier, Ledger
from . import drip_items as shapes
from .base import Clock, Vendor
from .shapes import Fault as Reason
from .shapes import Shape
from .switches import DRIP, DripSwitches, settle

MOST_ITEMS = 1000
MOST_BYTES = 10 * 1024 * 1024

_PATH = re.compile(r"(/v[23])/([A-Za-z0-9_-]{1,64})(/.+)")
_JSON = "application/json"
_OLD_JSON = "application/vnd.api+json"
_TOLD = Reason("format", "", "", {}, "refused on request")
"""What is wrong with an item that the fake was told to refuse."""


@dataclass(frozen=True, slots=True)
class _Endpoint:
    """One endpoint: where its items are, what they may hold, what it says on success."""

    path: str
    key: str
    shape: Shape
    success: Response

    @property
    def checked_first(self) -> bool:
        """Whether items are checked before the answer (v3) or after it (v2)."""
        return self.path.startswith("/v3")


_CREATED, _ACCEPTED, _DONE = Response.json(201, {}), Response.json(202, {}), Response(204)
ENDPOINTS = {
    operation: _Endpoint(path, key, shape, success)
    for operation, path, key, shape, success in (
        ("subscribers", "/v2/subscribers/batches", "subscribers", shapes.SUBSCRIBER, _CREATED),
        (
            "unsubscribes",
            "/v2/unsubscribes/batches",
            "subscribers",
            shapes.UNSUBSCRIBE,
            Response(204),
        ),
        ("events", "/v2/events/batches", "events", shapes.EVENT, _CREATED),
        ("legacy_orders", "/v2/orders/batches", "orders", shapes.LEGACY_ORDER, _ACCEPTED),
        ("carts", "/v3/shopper_activity/cart/batch", "carts", shapes.CART, _ACCEPTED),
        ("orders", "/v3/shopper_activity/order/batch", "orders", shapes.ORDER, _ACCEPTED),
        ("products", "/v3/shopper_activity/product/batch", "products", shapes.PRODUCT, _ACCEPTED),
    )
}
_OPERATIONS = {endpoint.path: operation for operation, endpoint in ENDPOINTS.items()}


class FakeDrip(Vendor):
    """Drip's v2 batches and its v3 shopper activity batches.

    Any well-formed Basic or Bearer credential and any account id are good unless a switch says
    otherwise. An item that is to be refused is a bad item: v2 drops it, v3 refuses its request.
    """

    name: ClassVar[str] = "drip"
    """What the ledger calls it."""

    def __init__(
        self, ledger: Ledger, clock: Clock, faults: Faults, **switches: Unpack[DripSwitches]
    ) -> None:
        super().__init__(ledger, clock, faults)
        self.switches: DripSwitches = DRIP.copy()
        """How what the vendor's documents leave open is decided; see `switch`."""
        self.switch(**switches)

    def switch(self, **switches: Unpack[DripSwitches]) -> None:
        """Decide some of what the vendor's documents leave open."""
        self.switches.update(cast("DripSwitches", settle(switches, DRIP)))

    def _locate(self, request: Request) -> tuple[str, str]:
        found = _PATH.fullmatch(request.path)
        operation = found and _OPERATIONS.get(found[1] + found[3])
        return (operation, found[2]) if found and operation else ("", "")

    def _answer(self, call: Call, request: Request, fault: Fault | None) -> Response:
        endpoint = ENDPOINTS.get(call.operation)
        if endpoint is None or request.method != "POST":
            return _errors(404, "not_found_error", "no such resource")
        self._admit(call, request, endpoint)
        quota = self._count(call, endpoint)
        items = self._items(call, request.body, endpoint)
        if items is None:
            response = endpoint.success
        elif endpoint.checked_first:
            response = self._check_then_take(call, endpoint, items, fault)
        else:
            response = self._take_then_check(call, endpoint, items, fault)
        return Response(response.status, response.headers + quota, response.body)

    def _admit(self, call: Call, request: Request, endpoint: _Endpoint) -> None:
        switches = self.switches
        if len(request.body) > MOST_BYTES:
            raise RefusalError(_message(413, "request entity too large"))
        credential = basic_user(request) or bearer_token(request)
        if not credential or credential in switches["refused_credentials"]:
            raise RefusalError(_errors(401, "authentication_error", "credential not accepted"))
        accounts = switches["accounts"]
        if accounts is not None and call.account not in accounts:
            raise RefusalError(_errors(404, "not_found_error", "no such account"))
        if request.media_type not in ((_JSON,) if endpoint.checked_first else (_JSON, _OLD_JSON)):
            raise RefusalError(_message(415, "Unsupported Media Type"))

    def _count(self, call: Call, endpoint: _Endpoint) -> tuple[tuple[str, str], ...]:
        """The headers that tell of the quota; raises the refusal once it is used up."""
        name, limit = ("v3 batches", 3600) if endpoint.checked_first else ("v2 batches", 50)
        if self.switches["drip_quota"] == "off":
            return _quota_headers(limit, limit - 1)
        name = f"{call.account}: {name}"
        gauge, free = self.quotas.take(name, call.time, limit=limit, per=3600, window="fixed")
        headers = _quota_headers(limit, gauge.remaining)
        if not free:
            raise RefusalError(self._failed(429, headers, quota=True))
        return headers

    def _items(self, call: Call, body: bytes, endpoint: _Endpoint) -> list[JsonValue] | None:
        """The items of a request; `None` where the envelope is wrong and nobody minds."""
        document, key = _document(body), endpoint.key
        fields = document if isinstance(document, dict) else {}
        if endpoint.checked_first:
            call.carrier = Carrier(body, (key,))
            return _counted(fields.get(key), key)
        match fields.get("batches"):
            case [{**batch}] if isinstance(listed := batch.get(key), list):
                call.carrier = Carrier(body, ("batches", 0, key))
                return _counted(listed, key)
            case _:
                return None if call.operation == "legacy_orders" else _counted(None, key)

    def _take_then_check(
        self, call: Call, endpoint: _Endpoint, items: list[JsonValue], fault: Fault | None
    ) -> Response:
        good = endpoint.shape.good_places(items)
        if struck := self._struck(items, fault):
            good = [place for place in good if place not in struck]
        if len(good) < len(items) and self.switches["bad_v2_item"] == "refuse":
            return _errors(422, "format_error", "an item is not valid", endpoint.key)
        self._take(call, items, good)
        return endpoint.success

    def _check_then_take(
        self, call: Call, endpoint: _Endpoint, items: list[JsonValue], fault: Fault | None
    ) -> Response:
        struck = self._struck(items, fault)
        shape = endpoint.shape
        if struck or len(shape.good_places(items)) < len(items):
            found: list[JsonValue] = [
                reason.under(f".{endpoint.key}[{place}]").report()
                for place, item in enumerate(items)
                for reason in (*shape.faults(item), *([_TOLD] if place in struck else ()))
            ]
            return Response.json(422, {"validation_errors": found})
        self._take(call, items, range(len(items)))
        # Real ids are random; these tell the request and the position, and read as version 4.
        start = f"{call.number:08x}-0000-4000-8000-"
        ids: list[JsonValue] = [f"{start}{place:012x}" for place in range(len(items))]
        return Response.json(endpoint.success.status, {"request_ids": ids})

    def _take(self, call: Call, items: list[JsonValue], good: Sequence[int]) -> None:
        """Apply the good items; drop the others."""
        self.ledger.note("taken", call, good)
        if len(good) < len(items):
            kept = set(good)
            dropped = [place for place in range(len(items)) if place not in kept]
            self.ledger.note("dropped", call, dropped)

    def _failed(
        self, status: int, headers: tuple[tuple[str, str], ...], *, quota: bool
    ) -> Response:
        if quota:
            told: JsonValue = {
                "message": "API rate limit exceeded. Please try again in an hour.",
                "documentation": "https://developer.drip.com/#rate-limiting",
            }
        elif status == 429:
            told = {"message": "Too many concurrent requests for the same subscriber"}
        elif status >= 500:
            told = {"message": "Endpoint request timed out" if status == 504 else "Server error"}
        else:
            told = {"errors": [{"code": "validation_error", "message": "refused on request"}]}
        return Response.json(status, told, headers)


def _document(body: bytes) -> JsonValue:
    try:
        return decode(body)
    except MalformedJsonError:
        problem: dict[str, JsonValue] = {"status": 400, "error": "the body is not JSON"}
        raise RefusalError(Response.json(400, problem)) from None


def _counted(listed: JsonValue, key: str) -> list[JsonValue]:
    if isinstance(listed, list) and 1 <= len(listed) <= MOST_ITEMS:
        return listed
    text = f"{key} must hold from 1 to {MOST_ITEMS} objects"
    raise RefusalError(_errors(422, "length_error", text, key))


def _quota_headers(limit: int, remaining: int) -> tuple[tuple[str, str], ...]:
    return (("X-RateLimit-Limit", str(limit)), ("X-RateLimit-Remaining", str(remaining)))


def _errors(status: int, code: str, message: str, attribute: str = "") -> Response:
    error: dict[str, JsonValue] = {"code": code, "message": message}
    if attribute:
        error["attribute"] = attribute
    return Response.json(status, {"errors": [error]})


def _message(status: int, message: str) -> Response:
    return Response.json(status, {"message": message})
