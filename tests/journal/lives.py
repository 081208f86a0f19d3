"""One call with a journal after the other, in either colour, and what a crash would have left."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal

import anyio
import attrs
import httpx

import batchkit
from batchkit import Outcome, Report

Colour = Literal["sync", "asyncio", "trio"]
COLOURS: tuple[Colour, ...] = ("sync", "asyncio")

CLIENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "Drip": ("9999999", {"api_key": "key", "pace": None}),
    "EmpathyTagging": ("shop", {}),
    "Ecwid": ("1003", {"token": "secret_key"}),
}
Handler = Callable[[httpx.Request], httpx.Response]


@attrs.define(kw_only=True)
class Life:
    """What came of one call."""

    report: Report[Any]
    outcomes: list[Outcome[Any]]
    sent: list[httpx.Request]
    error: batchkit.BatchkitError | None = None
    result: Any = None

    @property
    def kinds(self) -> list[str]:
        return [type(each).__name__ for each in self.outcomes]

    @property
    def posts(self) -> list[httpx.Request]:
        return [request for request in self.sent if request.method == "POST"]


@attrs.define(kw_only=True)
class Caller:
    """Makes calls of one endpoint."""

    colour: Colour = "sync"
    vendor: str = "Drip"
    endpoint: str = "subscribers"
    method: str = "stream"
    options: dict[str, Any] = attrs.field(factory=dict[str, Any])

    def live(self, items: Iterable[Any], handler: Handler, **call: Any) -> Life:
        """One call, whose requests the handler answers."""
        life = Life(report=Report(), outcomes=[], sent=[])

        def handle(request: httpx.Request) -> httpx.Response:
            life.sent.append(request)
            return handler(request)

        transport = httpx.MockTransport(handle)
        try:
            if self.colour == "sync":
                self._live(transport, items, life, call)
            else:
                anyio.run(self._live_async, transport, items, life, call, backend=self.colour)
        except batchkit.BatchkitError as error:
            life.error, life.report = error, error.report
        life.outcomes.sort(key=lambda each: each.index)
        return life

    def _endpoint(self, prefix: str, http: Any) -> Any:
        name, options = CLIENTS[self.vendor]
        chosen = {"http_client": http, "max_in_flight": 1, **options, **self.options}
        client = getattr(batchkit, prefix + self.vendor)(chosen.pop("id", name), **chosen)
        return getattr(client, self.endpoint)

    def _live(self, transport: Any, items: Any, life: Life, call: dict[str, Any]) -> None:
        with httpx.Client(transport=transport) as http:
            endpoint = self._endpoint("", http)
            if self.method != "stream":
                life.result = getattr(endpoint, self.method)(items, **call)
                return
            with endpoint.stream(items, **call) as outcomes:
                life.outcomes.extend(outcomes)
            life.report = outcomes.report

    async def _live_async(
        self, transport: Any, items: Any, life: Life, call: dict[str, Any]
    ) -> None:
        async with httpx.AsyncClient(transport=transport) as http:
            endpoint = self._endpoint("Async", http)
            if self.method != "stream":
                life.result = await getattr(endpoint, self.method)(items, **call)
                return
            async with endpoint.stream(items, **call) as outcomes:
                async for outcome in outcomes:
                    life.outcomes.append(outcome)
            life.report = outcomes.report


def leave(journal: Path) -> Path:
    """The files as a crash at this moment leaves them, under another name."""
    copy = journal.with_name(f"left-{journal.name}")
    for end in ("", "-wal"):
        source = journal.with_name(journal.name + end)
        if source.exists():
            shutil.copy(source, copy.with_name(copy.name + end))
    return copy


def leaves(journal: Path, number: int, answer: Handler) -> Handler:
    """Answers, and keeps what a crash would leave when request `number` has arrived."""
    count = 0

    def handle(request: httpx.Request) -> httpx.Response:
        nonlocal count
        count += 1
        if count == number:
            leave(journal)
        return answer(request)

    return handle


def taken(request: httpx.Request) -> httpx.Response:
    return httpx.Response(201)


def body(request: httpx.Request) -> Any:
    """The items in a request, whatever the envelope."""
    value = json.loads(request.content)
    while isinstance(value, dict):
        [value] = value.values()
        if len(value) == 1 and set(value[0]) & {"subscribers", "events", "orders"}:
            [value] = value
    return value


def people(number: int) -> list[dict[str, object]]:
    return [{"email": f"p{index}@shop.example"} for index in range(number)]


def events(number: int) -> list[dict[str, object]]:
    return [{"email": f"p{index}@shop.example", "action": "Logged in"} for index in range(number)]
