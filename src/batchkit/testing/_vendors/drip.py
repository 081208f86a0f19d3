"""Drip's seven batch endpoints (its pages "Batch API", "Authentication", "Errors")."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from .._json import JsonValue, MalformedJsonError, decode
from ..ledger import Call, Carrier, Ledger
from . import drip_items as items
from .base import Clock, Vendor
from .http import RefusalError, Request, Response, basic_user, bearer_token
from .shapes import Shape

BadItem: TypeAlias = Literal["drop", "refuse"]
"""What v2 does about one bad item: say yes and drop it, or refuse the whole call with 422."""

MOST_ITEMS = 1000
MOST_BYTES = 10 * 1024 * 1024

_PATH = re.compile(r"(/v[23])/([A-Za-z0-9_-]{1,64})(/.+)")
_JSON = "application/json"
_OLD_JSON = "application/vnd.api+json"


@dataclass(frozen=True, slots=True)
class _Endpoint:
    operation: str
    key: str
    shape: Shape
    success: Response
    checked_first: bool = False
    """Whether items are checked before the answer (v3) or after it (v2)."""
    lax_envelope: bool = False


_ENDPOINTS = {
    "/v2/subscribers/batches": _Endpoint(
        "subscribers", "subscribers", items.SUBSCRIBER, Response.json(201, {})
    ),
    "/v2/unsubscribes/batches": _Endpoint(
        "unsubscribes", "subscribers", items.UNSUBSCRIBE, Response(204)
    ),
    "/v2/events/batches": _Endpoint("events", "events", items.EVENT, Response.json(201, {})),
    "/v2/orders/batches": _Endpoint(
        "legacy_orders",
        "orders",
        items.LEGACY_ORDER,
        Response.json(202, {}),
        lax_envelope=True,
    ),
    "/v3/shopper_activity/cart/batch": _Endpoint(
        "carts", "carts", items.CART, Response(202), checked_first=True
    ),
    "/v3/shopper_activity/order/batch": _Endpoint(
        "orders", "orders", items.ORDER, Response(202), checked_first=True
    ),
    "/v3/shopper_activity/product/batch": _Endpoint(
        "products", "products", items.PRODUCT, Response(202), checked_first=True
    ),
}
_BY_OPERATION = {endpoint.operation: endpoint for endpoint in _ENDPOINTS.values()}


class Drip(Vendor):
    """The v2 batches and the v3 shopper activity batches.

    Any well-formed Basic or Bearer credential is good unless `refused_credentials` names it, any
    account id unless `accounts` lists the known ones. Quota headers are sent, no quota is kept.
    """

    name: ClassVar[str] = "drip"

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        *,
        accounts: Collection[str] | None = None,
        refused_credentials: Collection[str] = (),
        bad_v2_item: BadItem = "drop",
    ) -> None:
        super().__init__(ledger, clock)
        self._accounts = accounts
        self._refused_credentials = refused_credentials
        self._bad_v2_item = bad_v2_item

    def _locate(self, request: Request) -> tuple[str, str]:
        found = _PATH.fullmatch(request.path)
        endpoint = found and _ENDPOINTS.get(found[1] + found[3])
        return (endpoint.operation, found[2]) if found and endpoint else ("", "")

    def _answer(self, call: Call, request: Request) -> Response:
        endpoint = _BY_OPERATION.get(call.operation)
        if endpoint is None or request.method != "POST":
            return _errors(404, "not_found_error", "no such resource")
        self._admit(call, request, endpoint)
        if endpoint.checked_first:
            response = self._check_then_take(call, request, endpoint)
        else:
            response = self._take_then_check(call, request, endpoint)
        return _with_quota(response, 3600 if endpoint.checked_first else 50)

    def _admit(self, call: Call, request: Request, endpoint: _Endpoint) -> None:
        if len(request.body) > MOST_BYTES:
            raise RefusalError(_message(413, "request entity too large"))
        credential = basic_user(request) or bearer_token(request)
        if not credential or credential in self._refused_credentials:
            raise RefusalError(_errors(401, "authentication_error", "credential not accepted"))
        if self._accounts is not None and call.account not in self._accounts:
            raise RefusalError(_errors(404, "not_found_error", "no such account"))
        known = (_JSON,) if endpoint.checked_first else (_JSON, _OLD_JSON)
        if request.media_type not in known:
            raise RefusalError(_message(415, "media type not supported"))

    def _take_then_check(self, call: Call, request: Request, endpoint: _Endpoint) -> Response:
        listed = _unwrap_v2(_document(request.body), endpoint.key)
        if listed is None and endpoint.lax_envelope:
            return endpoint.success
        taken: list[int] = []
        dropped: list[int] = []
        for place, item in enumerate(_counted(listed, endpoint.key)):
            (dropped if endpoint.shape.faults(item) else taken).append(place)
        if dropped and self._bad_v2_item == "refuse":
            return _errors(422, "format_error", "an item is not valid", endpoint.key)
        carrier = Carrier(request.body, ("batches", 0, endpoint.key))
        self._ledger.note("taken", call, carrier, taken)
        self._ledger.note("dropped", call, carrier, dropped)
        return endpoint.success

    def _check_then_take(self, call: Call, request: Request, endpoint: _Endpoint) -> Response:
        key = endpoint.key
        document = _document(request.body)
        listed = _counted(document.get(key) if isinstance(document, dict) else None, key)
        faults: list[JsonValue] = [
            fault.under(f".{key}[{place}]").report()
            for place, item in enumerate(listed)
            for fault in endpoint.shape.faults(item)
        ]
        if faults:
            return Response.json(422, {"validation_errors": faults})
        self._ledger.note("taken", call, Carrier(request.body, (key,)), range(len(listed)))
        # Real ids are random; these tell the request and the position, and read as version 4.
        start = f"{call.number:08x}-0000-4000-8000-"
        ids: list[JsonValue] = [f"{start}{place:012x}" for place in range(len(listed))]
        return Response.json(endpoint.success.status, {"request_ids": ids})


def _document(body: bytes) -> JsonValue:
    try:
        return decode(body)
    except MalformedJsonError:
        problem: dict[str, JsonValue] = {"status": 400, "error": "the body is not JSON"}
        raise RefusalError(Response.json(400, problem)) from None


def _unwrap_v2(document: JsonValue, key: str) -> list[JsonValue] | None:
    match document:
        case {"batches": [{**batch}]}:
            listed = batch.get(key)
            return listed if isinstance(listed, list) else None
        case _:
            return None


def _counted(listed: JsonValue, key: str) -> list[JsonValue]:
    if isinstance(listed, list) and 1 <= len(listed) <= MOST_ITEMS:
        return listed
    text = f"{key} must hold from 1 to {MOST_ITEMS} objects"
    raise RefusalError(_errors(422, "length_error", text, key))


def _with_quota(response: Response, limit: int) -> Response:
    quota = (("X-RateLimit-Limit", str(limit)), ("X-RateLimit-Remaining", str(limit - 1)))
    return Response(response.status, response.headers + quota, response.body)


def _errors(status: int, code: str, message: str, attribute: str = "") -> Response:
    error: dict[str, JsonValue] = {"code": code, "message": message}
    if attribute:
        error["attribute"] = attribute
    return Response.json(status, {"errors": [error]})


def _message(status: int, message: str) -> Response:
    return Response.json(status, {"message": message})
