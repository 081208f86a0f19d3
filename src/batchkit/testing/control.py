"""The sandbox's own endpoints: its page, and a JSON API to script faults and read the ledger.

They are for this machine alone: a request that names another host, or comes from a page of another
origin, is refused, so that no page in a browser can reach through to the sandbox.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any, Protocol, TypeAlias, cast
from weakref import WeakKeyDictionary

from ._faults import WORDS, Faults, parse
from ._faults.words import FORMS
from ._http import RefusalError, Request, Response
from ._json import JsonValue, MalformedJsonError, decode, decode_exactly, encode
from ._records import Fate, hidden_within
from ._vendors import MOUNTS, FakeDrip, FakeEcwid, FakeEmpathy
from ._vendors.switches import choices
from .ledger import Ledger


class Sandbox(Protocol):
    """What is shown and steered here."""

    faults: Faults
    ledger: Ledger
    drip: FakeDrip
    ecwid: FakeEcwid
    empathy: FakeEmpathy


# A page may outlive its sandbox, and the next one on its port counts requests from 1 again.
_runs: WeakKeyDictionary[Sandbox, str] = WeakKeyDictionary()

MOST_ITEMS = 1000
MOST_REQUESTS = 500
MOST_TICKETS = 50
_SHOWN = 64 * 1024

_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
_FILES = {
    "/": ("page.html", "text/html;charset=utf-8"),
    "/_/page.js": ("page.js", "text/javascript;charset=utf-8"),
    "/_/page.css": ("page.css", "text/css;charset=utf-8"),
}
_GUARDS = (
    (
        "Content-Security-Policy",
        "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Cache-Control", "no-store"),
)

_Endpoint: TypeAlias = Callable[[Sandbox, Request], JsonValue]


def answer(sandbox: Sandbox, request: Request) -> Response:
    """The answer to a request for the sandbox itself."""
    try:
        _confirm_own(request)
        return _answer(sandbox, request)
    except RefusalError as refusal:
        return refusal.response
    except (ValueError, TypeError, KeyError) as problem:
        return _refusal(400, str(problem.args[0] if problem.args else problem)).response


def _answer(sandbox: Sandbox, request: Request) -> Response:
    if request.path in _FILES and request.method in ("GET", "HEAD"):
        from importlib.resources import files  # as costly as all of this module

        name, kind = _FILES[request.path]
        content = files("batchkit.testing").joinpath("_page", name).read_bytes()
        return Response(200, (("Content-Type", kind), *_GUARDS), content)
    if found := re.fullmatch(r"/_/requests/(\d{1,15})", request.path):
        return Response.json(200, _exchange(sandbox, int(found[1])), _GUARDS)
    endpoint = _ENDPOINTS.get((request.method, request.path))
    if endpoint is None:
        known = ", ".join(f"{method} {path}" for method, path in _ENDPOINTS)
        raise _refusal(404, f"no such endpoint here; there are {known}, GET /_/requests/NUMBER")
    return Response.json(200, endpoint(sandbox, request), _GUARDS)


def _confirm_own(request: Request) -> None:
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        raise _refusal(403, "the sandbox answers on this machine only, by its loopback name")
    if request.headers.get("origin", f"http://{host}") != f"http://{host}":
        raise _refusal(403, "the sandbox answers no page of another origin")
    if request.method not in ("GET", "HEAD") and request.media_type != "application/json":
        raise _refusal(415, "send application/json")


def _state(sandbox: Sandbox, request: Request) -> JsonValue:
    after = _number(request, "after")
    ledger = sandbox.ledger
    fates: tuple[Fate, ...] = ("taken", "dropped", "refused")
    counts: dict[str, JsonValue] = {
        vendor: {fate: ledger.count(vendor, fate=fate) for fate in fates} for vendor in MOUNTS
    }
    recent: Any = ledger.recent(after, MOST_REQUESTS)
    return {
        "run": _runs.setdefault(sandbox, secrets.token_hex(8)),
        "counts": counts,
        "requests": recent,
        "quotas": _quotas(sandbox),
        "tickets": _tickets(sandbox),
        "faults": list(sandbox.faults.planned),
    }


def _quotas(sandbox: Sandbox) -> list[JsonValue]:
    return [
        {
            "vendor": fake.name,
            "name": gauge.name,
            "limit": gauge.limit,
            "used": min(gauge.used, gauge.limit),
            "resets_in": round(gauge.resets_in, 1),
        }
        for fake in (sandbox.drip, sandbox.ecwid, sandbox.empathy)
        for gauge in fake.gauges()
    ]


def _tickets(sandbox: Sandbox) -> list[JsonValue]:
    return [
        {
            "store": store,
            "ticket": ticket.name,
            "status": ticket.status,
            "request": ticket.call.number,
            "done": len(ticket.results),
            "failed": sum(result.code != 200 for result in ticket.results.values()),
            "total": len(ticket.ids),
        }
        for store, ticket in sandbox.ecwid.tickets()[-MOST_TICKETS:]
    ]


def _exchange(sandbox: Sandbox, number: int) -> JsonValue:
    found = sandbox.ledger.exchange(number)
    if found is None:
        raise _refusal(404, f"there is no request {number}")
    return {
        "number": number,
        "method": found.method,
        "target": found.target,
        "headers": dict(found.headers),
        "body": None if found.body is None else _text(found.body),
        "answer_headers": dict(found.answer_headers),
        "answer": _text(found.answer),
    }


def _text(body: bytes) -> str:
    more = len(body) - _SHOWN
    text = hidden_within(body[:_SHOWN].decode(errors="replace"))
    return text if more <= 0 else f"{text}\n… and {more} bytes more"


def _words(sandbox: Sandbox, request: Request) -> JsonValue:
    forms: dict[str, JsonValue] = dict.fromkeys(FORMS, "a status by its number")
    words: dict[str, JsonValue] = {word.name: word.about for word in WORDS.values()}
    return {**forms, **words}


def _add_faults(sandbox: Sandbox, request: Request) -> JsonValue:
    given = _object(request, "add").get("add", [])
    faults: list[str] = []
    for fault in given if isinstance(given, list) else [given]:
        if not isinstance(fault, str):
            raise TypeError("`add` is a fault such as `drip:503@5%`, or a list of them")
        parse(fault)  # all of them before the first is planned
        faults.append(fault)
    for fault in faults:
        sandbox.faults.add(fault)
    return {"faults": list(sandbox.faults.planned)}


def _clear_faults(sandbox: Sandbox, request: Request) -> JsonValue:
    sandbox.faults.clear()
    return {"faults": []}


def _refuse(sandbox: Sandbox, request: Request) -> JsonValue:
    given = _object(request, "vendor", "where", "code", "times")
    vendor, where, code = given.get("vendor"), given.get("where"), given.get("code", 400)
    times = given.get("times")
    if vendor not in ("drip", "ecwid", "empathy"):
        raise ValueError("`vendor` is drip, ecwid or empathy")
    getattr(sandbox, vendor).refuse(where, code, times=times)
    return {}


def _switches(sandbox: Sandbox, request: Request) -> JsonValue:
    shown: dict[str, JsonValue] = {}
    for fake in (sandbox.drip, sandbox.ecwid, sandbox.empathy):
        for name, value in cast("Mapping[str, Any]", fake.switches).items():
            words = cast("list[JsonValue]", list(choices(name)))
            if name != "refused_credentials":
                shown[name] = {"vendor": fake.name, "value": _plain(value), "choices": words}
    return shown


def _plain(value: Any) -> JsonValue:
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {name: _plain(inner) for name, inner in fields.items()}
    if isinstance(value, bool | int | float | str | None):
        return value
    return [str(inner) for inner in value]


def _switch(sandbox: Sandbox, request: Request) -> JsonValue:
    cast("Any", sandbox).switch(**_object(request))
    return _switches(sandbox, request)


def _ledger(sandbox: Sandbox, request: Request) -> JsonValue:
    query = request.parameters
    vendor, operation = query.get("vendor"), query.get("operation")
    fate: Any = query.get("fate", "taken")
    offset = _number(request, "offset")
    count = sandbox.ledger.count(vendor, operation, fate)
    records = sandbox.ledger.records(vendor, operation, fate)
    items: list[JsonValue] = [
        {
            "vendor": record.vendor,
            "operation": record.operation,
            "account": record.account,
            "request": record.request,
            "position": record.position,
            "time": record.time,
            "item": _without_credentials(record.item),
        }
        for record in islice(records, offset, offset + MOST_ITEMS)
    ]
    end = offset + len(items)
    return {"count": count, "items": items, "next": end if items and end < count else None}


def _without_credentials(item: JsonValue) -> JsonValue:
    text = encode(item).decode()
    shown = hidden_within(text)
    return item if shown == text else decode_exactly(shown.encode())


def _clear_ledger(sandbox: Sandbox, request: Request) -> JsonValue:
    sandbox.ledger.clear()
    return {}


def _number(request: Request, name: str) -> int:
    text = request.parameters.get(name, "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise ValueError(f"`{name}` is a whole number, 0 or above")
    return int(text)


def _object(request: Request, *known: str) -> dict[str, JsonValue]:
    """The body; of no other members than those `known`, if any are."""
    try:
        value = decode(request.body)
    except MalformedJsonError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(value, dict):
        raise TypeError("the body is not an object")
    for name in value:
        if known and name not in known:
            raise TypeError(f"`{name}` is not known here; there are {', '.join(known)}")
    return value


def _refusal(status: int, message: str) -> RefusalError:
    return RefusalError(Response.json(status, {"error": message}, _GUARDS))


_ENDPOINTS: Mapping[tuple[str, str], _Endpoint] = {
    ("GET", "/_/state"): _state,
    ("GET", "/_/words"): _words,
    ("POST", "/_/faults"): _add_faults,
    ("DELETE", "/_/faults"): _clear_faults,
    ("POST", "/_/refusals"): _refuse,
    ("GET", "/_/switches"): _switches,
    ("PATCH", "/_/switches"): _switch,
    ("GET", "/_/ledger"): _ledger,
    ("DELETE", "/_/ledger"): _clear_ledger,
}
