"""Ecwid's batch endpoint (its pages under "Batch requests", and "REST API error codes")."""

# pyright: reportTypedDictNotRequiredAccess=false
# A vendor's `switches` begin as a copy of all defaults, so every key is there.

from __future__ import annotations

import math
import re
import secrets
from typing import ClassVar, Unpack, cast

from .._faults import Fault, Faults, Stage
from .._http import RefusalError, Request, Response, bearer_token
from .._json import JsonValue
from ..ledger import Call, Carrier, Ledger
from .base import Clock, Vendor
from .ecwid_requests import entries_of, failure, flag, number, wrong
from .ecwid_store import Entry, Result, Store, failed
from .ecwid_tickets import MOST_AT_ONCE, Queue, Run, Ticket
from .switches import ECWID, EcwidSwitches, settle

LONGEST_LIST = 100

_PATH = re.compile(r"/([0-9]{1,20})/batch(/cancel-group)?")
_STATUSES = ("QUEUED", "IN_PROGRESS", "COMPLETED")
_MEDIA_TYPES = ("application/json", "text/json")


class FakeEcwid(Vendor):
    """``/{store}/batch``: create, read, list, cancel and delete batches; and a little shop.

    Any Bearer token and any numeric store id are good unless a switch says otherwise. An entry
    that is to be refused ends with its code; with 5xx it is tried again, 3 s later each time,
    unless a failure stops its batch.
    """

    name: ClassVar[str] = "ecwid"
    """What the ledger calls it."""

    def __init__(
        self, ledger: Ledger, clock: Clock, faults: Faults, **switches: Unpack[EcwidSwitches]
    ) -> None:
        super().__init__(ledger, clock, faults)
        self.switches: EcwidSwitches = ECWID.copy()
        """How what the vendor's documents leave open is decided; see `switch`."""
        self.switch(**switches)
        self._queues: dict[str, Queue] = {}
        self._stores: dict[str, Store] = {}
        self._tokens: dict[str, int] = {}
        # Tickets of two sandboxes must differ: a ticket of the last run is unknown in this one.
        self._mark = secrets.token_hex(4)
        ledger.before_reading(self._settle)

    def switch(self, **switches: Unpack[EcwidSwitches]) -> None:
        """Decide some of what the vendor's documents leave open."""
        self.switches.update(cast("EcwidSwitches", settle(switches, ECWID)))

    def tickets(self) -> list[tuple[str, Ticket]]:
        """Every ticket with the id of its store, oldest first."""
        self._settle()
        with self._lock:
            return [
                (store, ticket) for store, queue in self._queues.items() for ticket in queue.tickets
            ]

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

    def _answer(self, call: Call, request: Request, fault: Fault | None) -> Response:
        self._admit(call, request)
        queue = self._queue(call.account)
        queue.advance(call.time)
        match call.operation:
            case "batches":
                return self._create(queue, call, request, fault)
            case "status":
                return self._status(queue, request)
            case "tickets":
                return _list(queue, request)
            case "delete":
                return _delete(queue, call, request)
            case _:
                return _cancel_group(queue, call, request)

    def _admit(self, call: Call, request: Request) -> None:
        stores = self.switches["stores"]
        if not call.account:
            raise RefusalError(failure(404, "", "no such endpoint"))
        if stores is not None and call.account not in stores:
            raise RefusalError(failure(404, "STORE_NOT_FOUND", "no such store"))
        token = bearer_token(request)
        if not token or token in self.switches["refused_credentials"]:
            raise RefusalError(Response(403))
        if not call.operation or (call.operation == "cancel_group" and request.method != "POST"):
            raise RefusalError(failure(405, "METHOD_NOT_ALLOWED", "no such method here"))
        self._count(token, call)

    def _count(self, token: str, call: Call) -> None:
        limit = self.switches["requests_per_minute"]
        if limit is None:
            return
        # A gauge must not tell the token, so tokens go by the order of their coming.
        number = self._tokens.setdefault(token, len(self._tokens) + 1)
        name = f"{call.account}: token {number}"
        gauge, free = self.quotas.take(name, call.time, limit=limit, per=60, window="sliding")
        if not free:
            waits = (("Retry-After", str(math.ceil(gauge.resets_in))),)
            raise RefusalError(self._failed(429, waits, quota=True))

    def _queue(self, store_id: str) -> Queue:
        queue = self._queues.get(store_id)
        if queue is None:
            self._stores[store_id] = Store(store_id, products=self.switches["products"])
            queue = self._queues[store_id] = Queue(self.ledger, self.switches)
        return queue

    def _create(self, queue: Queue, call: Call, request: Request, fault: Fault | None) -> Response:
        if request.media_type not in _MEDIA_TYPES:
            raise RefusalError(failure(415, "", "media type not supported"))
        query = request.parameters
        stop = flag(query, "stopOnFirstFailure", default=True)
        parallel = flag(query, "allowParallelMode", default=False)
        elements, ids, entries = entries_of(request.body)
        call.carrier = Carrier(request.body)
        ticket = Ticket(
            name=f"{call.number:08x}-{self._mark}-batch",
            call=call,
            ids=ids,
            entries=entries,
            run=self._runner(self._stores[call.account], elements, fault),
            stop_on_first_failure=stop,
            at_once=MOST_AT_ONCE if parallel else 1,
            group=query.get("groupId"),
        )
        return Response.json(200, {"ticket": queue.submit(ticket, query.get("deduplicationKey"))})

    def _runner(self, store: Store, elements: list[JsonValue], fault: Fault | None) -> Run:
        """What runs the entries of one batch, those that are to fail included."""
        fails = fault is not None and fault.word.stage is Stage.ITEMS
        struck = self._fault_strikes(elements, fault) if fails else {}

        def run(place: int, entry: Entry) -> Result:
            code = struck.get(place) or self._code_for(elements[place])
            if code:
                return failed(code, "", "refused on request")
            return store.run(entry)

        return run

    def _status(self, queue: Queue, request: Request) -> Response:
        query = request.parameters
        escaped = flag(query, "escapedJson", default=False)
        ticket = queue.find(query["ticket"])
        if ticket is None:
            return failure(404, "", "no such ticket")
        return Response.json(200, ticket.report(self.switches, escaped=escaped))

    def _failed(
        self, status: int, headers: tuple[tuple[str, str], ...], *, quota: bool
    ) -> Response:
        if quota and not headers:
            headers = (("Retry-After", "10"),)
        code = {429: "RATE_LIMITED", 408: "TIMEOUT"}.get(status, "INTERNAL_ERROR")
        refusal = failure(status, code if status >= 500 or status in (408, 429) else "", "refused")
        return Response(status, (*refusal.headers, *headers), refusal.body)


def _list(queue: Queue, request: Request) -> Response:
    query = request.parameters
    status = query.get("status")
    if status not in _STATUSES:
        raise wrong("status")
    offset = number(query, "offset", 0)
    limit = min(number(query, "limit", LONGEST_LIST), LONGEST_LIST)
    names = queue.with_status(status)[offset : offset + limit]
    return Response.json(200, {"items": [{"ticket": name, "status": status} for name in names]})


def _delete(queue: Queue, call: Call, request: Request) -> Response:
    query = request.parameters
    # The vendor's documents use both names.
    name = query.get("ticket") or query.get("ticketId")
    if not name:
        raise wrong("ticket")
    return Response.json(200, {"deleteCount": queue.delete(name, call.time)})


def _cancel_group(queue: Queue, call: Call, request: Request) -> Response:
    group = request.parameters.get("groupId")
    if not group:
        raise wrong("groupId")
    return Response.json(200, {"updateCount": queue.cancel_group(group, call.time)})
