"""Ecwid's batch endpoint (its pages under "Batch requests", and "REST API error codes")."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from typing import ClassVar

from .._json import JsonValue, MalformedJsonError, decode
from ..ledger import Call, Carrier, Ledger
from .base import Clock, Vendor
from .ecwid_store import Entry, Store
from .ecwid_tickets import MOST_AT_ONCE, CancelledEntries, Queue, Ticket
from .http import RefusalError, Request, Response, bearer_token

MOST_ENTRIES = 500
LONGEST_LIST = 100

_PATH = re.compile(r"/([0-9]{1,20})/batch(/cancel-group)?")
_FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_METHODS = ("GET", "POST", "PUT", "DELETE")
_STATUSES = ("QUEUED", "IN_PROGRESS", "COMPLETED")
_MEDIA_TYPES = ("application/json", "text/json")


class Ecwid(Vendor):
    """``/{store}/batch``: create, read, list, cancel and delete batches.

    Any Bearer token is good unless `refused_credentials` names it, any numeric store id unless
    `stores` lists the known ones. An entry takes `seconds_per_entry` of the clock (in parallel
    mode a hundred do); a store begins with `products` products, of ids 1 and up.
    """

    name: ClassVar[str] = "ecwid"

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        *,
        stores: Collection[str] | None = None,
        refused_credentials: Collection[str] = (),
        seconds_per_entry: float = 0.0005,
        products: int = 0,
        cancelled_entries: CancelledEntries = "completed",
    ) -> None:
        super().__init__(ledger, clock)
        self._stores = stores
        self._refused_credentials = refused_credentials
        self._seconds_per_entry = seconds_per_entry
        self._products = products
        self._cancelled_entries: CancelledEntries = cancelled_entries
        self._queues: dict[str, Queue] = {}
        # Tickets of two sandboxes must differ: a ticket of the last run is unknown in this one.
        self._mark = secrets.token_hex(4)
        ledger.before_reading(self._settle)

    def _settle(self) -> None:
        with self._lock:
            now = self._clock()
            for queue in self._queues.values():
                queue.advance(now)

    def _locate(self, request: Request) -> tuple[str, str]:
        found = _PATH.fullmatch(request.path)
        if found is None:
            return "", ""
        if found[2]:
            return "cancel_group", found[1]
        reads = "status" if "ticket" in request.parameters else "tickets"
        operations = {"POST": "batches", "GET": reads, "DELETE": "delete"}
        return operations.get(request.method, ""), found[1]

    def _answer(self, call: Call, request: Request) -> Response:
        self._admit(call, request)
        queue = self._queue(call.account)
        queue.advance(call.time)
        match call.operation:
            case "batches":
                return self._create(queue, call, request)
            case "status":
                return self._status(queue, request)
            case "tickets":
                return _list(queue, request)
            case "delete":
                return _delete(queue, call, request)
            case _:
                return _cancel_group(queue, call, request)

    def _admit(self, call: Call, request: Request) -> None:
        if not call.account:
            raise RefusalError(_failure(404, "", "no such endpoint"))
        if self._stores is not None and call.account not in self._stores:
            raise RefusalError(_failure(404, "STORE_NOT_FOUND", "no such store"))
        token = bearer_token(request)
        if not token or token in self._refused_credentials:
            raise RefusalError(Response(403))
        if not call.operation or (call.operation == "cancel_group" and request.method != "POST"):
            raise RefusalError(_failure(405, "METHOD_NOT_ALLOWED", "no such method here"))

    def _queue(self, store_id: str) -> Queue:
        queue = self._queues.get(store_id)
        if queue is None:
            store = Store(store_id, products=self._products)
            queue = Queue(store, self._ledger, self._seconds_per_entry)
            self._queues[store_id] = queue
        return queue

    def _create(self, queue: Queue, call: Call, request: Request) -> Response:
        if request.media_type not in _MEDIA_TYPES:
            raise RefusalError(_failure(415, "", "media type not supported"))
        query = request.parameters
        stop = _flag(query, "stopOnFirstFailure", default=True)
        parallel = _flag(query, "allowParallelMode", default=False)
        ids, entries = _entries(request.body)
        ticket = Ticket(
            name=f"{call.number:08x}-{self._mark}-batch",
            call=call,
            carrier=Carrier(request.body),
            ids=ids,
            entries=entries,
            stop_on_first_failure=stop,
            at_once=MOST_AT_ONCE if parallel else 1,
            group=query.get("groupId"),
        )
        name = queue.submit(ticket, query.get("deduplicationKey") or None)
        return Response.json(200, {"ticket": name})

    def _status(self, queue: Queue, request: Request) -> Response:
        query = request.parameters
        escaped = _flag(query, "escapedJson", default=False)
        ticket = queue.find(query["ticket"])
        if ticket is None:
            return _failure(404, "", "no such ticket")
        report = ticket.report(escaped=escaped, cancelled_entries=self._cancelled_entries)
        return Response.json(200, report)


def _list(queue: Queue, request: Request) -> Response:
    query = request.parameters
    status = query.get("status")
    if status not in _STATUSES:
        raise _wrong("status")
    offset = _number(query, "offset", 0)
    limit = min(_number(query, "limit", LONGEST_LIST), LONGEST_LIST)
    names = queue.with_status(status)[offset : offset + limit]
    return Response.json(200, {"items": [{"ticket": name, "status": status} for name in names]})


def _delete(queue: Queue, call: Call, request: Request) -> Response:
    query = request.parameters
    # The vendor's documents use both names.
    name = query.get("ticket") or query.get("ticketId")
    if not name:
        raise _wrong("ticket")
    return Response.json(200, {"deleteCount": queue.delete(name, call.time)})


def _cancel_group(queue: Queue, call: Call, request: Request) -> Response:
    group = request.parameters.get("groupId")
    if not group:
        raise _wrong("groupId")
    return Response.json(200, {"updateCount": queue.cancel_group(group, call.time)})


def _entries(body: bytes) -> tuple[list[str | None], list[Entry]]:
    try:
        value = decode(body)
    except MalformedJsonError:
        raise _wrong("$") from None
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_ENTRIES:
        raise _wrong(f"$ (an array of 1 to {MOST_ENTRIES} requests)")
    ids: list[str | None] = []
    entries: list[Entry] = []
    for place, element in enumerate(value):
        name, entry = _entry(element, f"$[{place}]")
        ids.append(name)
        entries.append(entry)
    return ids, entries


def _entry(element: JsonValue, place: str) -> tuple[str | None, Entry]:
    if not isinstance(element, dict):
        raise _wrong(place)
    name, path, method = element.get("id"), element.get("path"), element.get("method")
    if not isinstance(name, str | None):
        raise _wrong(f"{place}.id")
    if not isinstance(path, str):
        raise _wrong(f"{place}.path")
    if not isinstance(method, str) or method not in _METHODS:
        raise _wrong(f"{place}.method")
    return name, Entry(method, path, element.get("body"))


def _flag(query: dict[str, str], name: str, *, default: bool) -> bool:
    text = query.get(name)
    if text is None:
        return default
    if text not in _FLAGS:
        raise _wrong(f"{name} (one of {', '.join(_FLAGS)})")
    return _FLAGS[text]


def _number(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise _wrong(name)
    return int(text)


def _wrong(what: str) -> RefusalError:
    return RefusalError(_failure(400, "WRONG_PARAMETER", f"wrong value: {what}"))


def _failure(status: int, code: str, message: str) -> Response:
    error: dict[str, JsonValue] = {"errorMessage": message}
    if code:
        error["errorCode"] = code
    return Response.json(status, error)
