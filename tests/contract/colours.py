"""One call of a client, played sync, on asyncio and on trio, with scripted answers."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, TypeAlias

import anyio
import httpx
import pytest

import batchkit
from batchkit import Outcome, Report
from batchkit._io import calls
from batchkit.testing import FakeClock

Colour: TypeAlias = Literal["sync", "asyncio", "trio"]
COLOURS: tuple[Colour, ...] = ("sync", "asyncio", "trio")

CREDENTIALS: Mapping[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "Drip": (("9999999",), {"api_key": "key"}),
    "EmpathyTagging": (("shop",), {}),
    "Ecwid": (("1003",), {"token": "secret_key"}),
}


@dataclass
class Sent:
    """A request as it reached the transport."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes

    @property
    def path(self) -> str:
        return httpx.URL(self.url).raw_path.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def items(self) -> list[Any]:
        """The items in it, whatever the envelope."""
        value = self.json
        while isinstance(value, dict):
            [value] = value.values()
            if len(value) == 1 and set(value[0]) & {"subscribers", "events", "orders"}:
                [value] = value
        return list(value)


Answer: TypeAlias = "httpx.Response | Exception | Callable[[Sent], httpx.Response | Exception]"


def answer(status: int, body: object = None, **headers: object) -> Callable[[Sent], httpx.Response]:
    """An answer; header names are given with underscores."""
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    content = (
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    )
    return lambda sent: httpx.Response(status, content=content, headers=named)


class Script:
    """Answers one after the other, the last one for ever; keeps what was asked."""

    def __init__(self, answers: Sequence[Answer], read_first: int = 0) -> None:
        self.sent: list[Sent] = []
        self.threads: list[threading.Thread] = []
        self.unread = read_first
        self._answers = answers
        self._lock = threading.Lock()
        self._ready = threading.Event()
        self.counts_read(0)

    def counts_read(self, items: int) -> None:
        """No answer comes before the caller's source has given enough."""
        self.unread -= items
        if self.unread <= 0:
            self._ready.set()

    def _next(self, request: httpx.Request) -> httpx.Response:
        headers = dict(request.headers)
        sent = Sent(request.method, str(request.url), headers, request.content)
        with self._lock:
            given = self._answers[min(len(self.sent), len(self._answers) - 1)]
            self.sent.append(sent)
            self.threads.append(threading.current_thread())
        if callable(given):
            given = given(sent)
        if isinstance(given, Exception):
            raise given
        return given

    def handle(self, request: httpx.Request) -> httpx.Response:
        assert self._ready.wait(5)
        return self._next(request)

    async def handle_async(self, request: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        with anyio.fail_after(5):
            while not self._ready.is_set():  # noqa: ASYNC110 - set for threads as well
                await anyio.sleep(0.0005)
        return self._next(request)


@dataclass
class Played:
    """What came of a call."""

    sent: list[Sent]
    slept: float
    report: Report[Any]
    error: BaseException | None = None
    outcomes: list[Outcome[Any]] = field(default_factory=list)
    snapshots: list[Report[Any]] = field(default_factory=list)


@dataclass(kw_only=True)
class Scene:
    """A call: what is sent how, and what the vendor answers."""

    vendor: str = "Drip"
    endpoint: str = "subscribers"
    items: Callable[[], Iterable[Any]]
    answers: Sequence[Answer] | Callable[[], Sequence[Answer]]
    """The answers, or what makes them for each play."""
    options: Mapping[str, Any] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    streamed: bool = False
    take: int | None = None
    """How many outcomes of the stream are looked at before it is left."""
    read_first: int = 0
    on_progress: Callable[[Report[Any]], object] | None = None
    async_items: bool = False

    def play(self, colour: Colour) -> Played:
        snapshots: list[Report[Any]] = []
        with pytest.MonkeyPatch.context() as patch, FakeClock() as clock:
            keys = count(1)
            patch.setattr(calls, "random", random.Random(7))
            patch.setattr("secrets.token_hex", lambda size: "0" * 2 * size)
            patch.setattr(calls.uuid, "uuid4", lambda: f"key-{next(keys)}")
            answers = self.answers() if callable(self.answers) else self.answers
            script = Script(answers, self.read_first)
            played = Played(script.sent, 0.0, Report(), snapshots=snapshots)
            if colour == "sync":
                self._play_sync(script, played)
            else:
                anyio.run(self._play_async, script, played, backend=colour)
            played.slept = clock.slept
        return played

    def _progress(self, played: Played) -> Callable[[Report[Any]], None]:
        def tell(report: Report[Any]) -> None:
            played.snapshots.append(report)
            if self.on_progress is not None:
                self.on_progress(report)

        return tell

    def _client(self, prefix: str, http_client: Any) -> Any:
        ids, credentials = CREDENTIALS[self.vendor]
        make = getattr(batchkit, prefix + self.vendor)
        return make(*ids, **{"http_client": http_client, **credentials, **self.options})

    def _play_sync(self, script: Script, played: Played) -> None:
        http = httpx.Client(transport=httpx.MockTransport(script.handle))
        call = {"on_progress": self._progress(played), **self.call}
        with http, self._client("", http) as client:
            endpoint = getattr(client, self.endpoint)
            items = counted(self.items(), script)
            if not self.streamed:
                try:
                    played.report = endpoint.send(items, **call)
                except Exception as error:
                    _failed(played, error)
                return
            with endpoint.stream(items, **call) as outcomes:
                try:
                    for outcome in outcomes:
                        played.outcomes.append(outcome)
                        if len(played.outcomes) == self.take:
                            break
                except Exception as error:
                    _failed(played, error)
            played.report = outcomes.report

    async def _play_async(self, script: Script, played: Played) -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(script.handle_async))
        call = {"on_progress": self._progress(played), **self.call}
        async with http, self._client("Async", http) as client:
            endpoint = getattr(client, self.endpoint)
            items: Any = counted(self.items(), script)
            if self.async_items:
                items = awaited(items)
            if not self.streamed:
                try:
                    played.report = await endpoint.send(items, **call)
                except Exception as error:
                    _failed(played, error)
                return
            async with endpoint.stream(items, **call) as outcomes:
                try:
                    async for outcome in outcomes:
                        played.outcomes.append(outcome)
                        if len(played.outcomes) == self.take:
                            break
                except Exception as error:
                    _failed(played, error)
            played.report = outcomes.report


def counted(items: Iterable[Any], script: Script) -> Iterator[Any]:
    for item in items:
        script.counts_read(1)
        yield item


async def awaited(items: Iterable[Any]) -> AsyncIterator[Any]:
    for item in items:
        await anyio.lowlevel.checkpoint()
        yield item


def _failed(played: Played, error: Exception) -> None:
    played.error = error
    played.report = getattr(error, "report", played.report)


def people(number: int) -> list[dict[str, object]]:
    """Drip subscribers; unsubscribes take them as well."""
    return [{"email": f"p{index}@shop.example"} for index in range(number)]


def events(number: int) -> list[dict[str, object]]:
    return [{"email": f"p{index}@shop.example", "action": "Logged in"} for index in range(number)]


def queries(number: int) -> list[dict[str, object]]:
    """Empathy queries."""
    return [{"q": f"shoes {index}", "lang": "en"} for index in range(number)]


def counts(played: Played) -> dict[str, int]:
    """What is not zero in the report."""
    names = ("succeeded", "accepted", "rejected", "skipped", "unknown", "unsent")
    return {name: count for name in names if (count := getattr(played.report, name))}
