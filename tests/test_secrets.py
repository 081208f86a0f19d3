"""A credential is sent in one header and shown nowhere else, whatever goes wrong."""

from __future__ import annotations

import copy
import gc
import io
import json
import logging
import pickle
import socket
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import attrs
import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import batchkit
from batchkit import RetryPolicy
from batchkit._io.http.requests import Address
from batchkit._io.settings import Secret, basic
from batchkit.exceptions import ConfigurationError
from batchkit.testing import FakeClock
from tests.io.wire import TAKEN, Behaviour, peer_that, read_request, reset

LIBRARY = Path(batchkit.__file__).parent
CANARY = "canary5e77a1b0c9d8"
WIRE = basic(CANARY).reveal().removeprefix("Basic ")
MADE: Mapping[str, Callable[..., Any]] = {
    "key": lambda cls, **more: cls("1", api_key=CANARY, **more),
    "token": lambda cls, **more: cls("1", access_token=CANARY, **more),
    "Ecwid": lambda cls, **more: TWINS[cls]("1", token=CANARY, **more),
}
TWINS = {batchkit.Drip: batchkit.Ecwid, batchkit.AsyncDrip: batchkit.AsyncEcwid}
PEOPLE = [{"email": f"p{index}@shop.example"} for index in range(3)]


def confirm_clean(*texts: object) -> None:
    for text in texts:
        shown = text if isinstance(text, bytes) else str(text).encode("utf-8", "replace")
        assert CANARY.encode() not in shown
        assert WIRE.encode() not in shown


class WithExtras(logging.Formatter):
    """A line as text, with everything that batchkit gives along with it."""

    def format(self, record: logging.LogRecord) -> str:
        extras = {name: value for name, value in vars(record).items() if "batchkit" in name}
        return f"{record.name} {super().format(record)} {extras}"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged by anybody, at the finest level."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(WithExtras())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


# Objects


@pytest.mark.parametrize("cls", [batchkit.Drip, batchkit.AsyncDrip])
@pytest.mark.parametrize("make", MADE.values(), ids=MADE)
def test_nothing_of_a_client_shows_it(make: Any, cls: type) -> None:
    client = make(cls)
    endpoint = client.batches if hasattr(client, "batches") else client.subscribers
    parts = [client, endpoint, client.with_options("2"), endpoint.stream([])]
    for part in parts:
        confirm_clean(repr(part), str(part), f"{part}", f"{part!r:>5}", vars(part), dir(part))
        confirm_clean(json.dumps(vars(part), default=repr))
    for value in vars(client).values():
        confirm_clean(value, repr(value), [value], {"x": value})
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError) as caught:
            attempt(client)
        confirm_clean(*traceback.format_exception(caught.value))


def test_the_secret_itself() -> None:
    secret = Secret(CANARY)
    confirm_clean(repr(secret), str(secret), f"{secret}", f"{secret!r}", "%s" % secret)  # noqa: UP031 - one of the ways to show it
    assert secret == Secret(CANARY)
    assert secret != Secret("other")
    assert secret != CANARY
    assert len({secret, Secret(CANARY)}) == 1
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError):
            attempt(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_settings_and_addresses_hide_it() -> None:
    client = batchkit.Drip("1", api_key=CANARY)
    settings = client._options.settings()
    confirm_clean(settings, client._options)
    confirm_clean(Address(base_url=settings.base_url, headers=settings.headers()))
    confirm_clean(attrs.asdict(settings))


# Refusals when a client is made

BROKEN = [
    f"{CANARY}\n",
    f"{CANARY}\r\nX-Evil: 1",
    f"{CANARY}\x00",
    f" {CANARY}",
    f"{CANARY}\u2028",
    f"{CANARY}é",
]


@pytest.mark.parametrize("broken", BROKEN, ids=ascii)
@pytest.mark.parametrize("name", ["api_key", "access_token"])
@pytest.mark.parametrize("cls", [batchkit.Drip, batchkit.AsyncDrip])
def test_a_bad_credential_is_not_shown(cls: Any, name: str, broken: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        cls("1", **{name: broken})
    confirm_clean(str(caught.value), repr(caught.value), pickle.dumps(caught.value))
    confirm_clean(*traceback.format_exception(caught.value))
    assert str(len(broken)) in str(caught.value)


def test_a_credential_in_the_wrong_place() -> None:
    for options in (
        {"base_url": f"https://user:{CANARY}@drip.example"},
        {"base_url": f"https://drip.example/?token={CANARY}"},
        {"account_id": CANARY},
        {"account_id": f"{CANARY}!"},
    ):
        with pytest.raises(ConfigurationError) as caught:
            batchkit.Drip(**{"account_id": "1", "api_key": CANARY, **options})
        confirm_clean(caught.value)


@pytest.mark.parametrize(
    ("client", "given", "words"),
    [
        (batchkit.Ecwid, {"store_id": CANARY, "token": "1003"}, "store_id (18 characters, not"),
        (batchkit.Ecwid, {"store_id": "10031003", "token": "10031003"}, "the same text as the"),
        (batchkit.Drip, {"account_id": CANARY, "access_token": CANARY}, "the same text as the"),
        (batchkit.EmpathyTagging, {"instance": f"{CANARY}/"}, "instance (19 characters, not"),
    ],
)
def test_a_credential_in_the_place_of_an_id(client: Any, given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        client(**given)
    assert words in str(caught.value)
    confirm_clean(caught.value)


# Everything that can go wrong on the way


def says(status: int, body: bytes = b"{}", **headers: str) -> Behaviour:
    named = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    head = f"HTTP/1.1 {status} X\r\n{named}Content-Length: {len(body)}\r\n\r\n"

    def behave(peer: socket.socket) -> None:
        while True:
            read_request(peer)
            peer.sendall(head.encode() + body)

    return behave


def hangs_up(peer: socket.socket) -> None:
    read_request(peer)
    reset(peer)


def half(peer: socket.socket) -> None:
    read_request(peer)
    peer.sendall(TAKEN[:-1])


FAULTS: dict[str, Behaviour] = {
    "taken": says(201),
    **{str(code): says(code, b'{"message": "no"}') for code in (302, 400, 401, 403, 404, 413, 500)},
    "429": says(429, retry_after="1"),
    "429 for long": says(429, retry_after="99999"),
    "503": says(503),
    "a cookie": says(201, set_cookie="a=b; Path=/"),
    "html": says(200, b"<html>", content_type="text/html"),
    "no HTTP": lambda peer: read_request(peer) and peer.sendall(b"garbage\r\n\r\n"),
    "hung up": hangs_up,
    "hung up at once": reset,
    "half": half,
    "silence": lambda peer: read_request(peer) and peer.recv(1) and None,
}


def call(url: str, colour: str, **credential: str) -> tuple[Any, BaseException | None]:
    """The report, and what was raised."""
    options: dict[str, Any] = {"base_url": url, "timeout": 0.05, "retry": RetryPolicy(attempts=2)}
    try:
        if colour == "sync":
            with batchkit.Drip("1", **credential, **options) as drip:
                return drip.subscribers.send(PEOPLE), None

        async def main() -> Any:
            async with batchkit.AsyncDrip("1", **credential, **options) as client:
                return await client.subscribers.send(PEOPLE)

        return anyio.run(main, backend=colour), None
    except batchkit.BatchkitError as error:
        return error.report, error


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # httpx under trio
@pytest.mark.matrix
@pytest.mark.parametrize("behave", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ("sync", "access_token"),
        ("sync", "api_key"),
        ("asyncio", "access_token"),
        ("trio", "api_key"),
    ],
)
def test_no_fault_shows_it(name: str, colour: str, behave: Behaviour, log: io.StringIO) -> None:
    with FakeClock(), peer_that(behave) as peer:
        report, error = call(peer.url, colour, **{name: CANARY})
    gc.collect()

    assert report.total == 3
    logged = log.getvalue()
    assert "connect_tcp.started" in logged  # the finest level it is
    assert "batchkit.requests Drip subscribers: POST" in logged
    assert "'batchkit_url': " in logged
    confirm_clean(logged, report, report.to_dict(), repr(report.problems))
    if error is not None:
        confirm_clean(str(error), repr(error), pickle.dumps(error), vars(error))
        cls = traceback.TracebackException
        told = cls.from_exception(error, capture_locals=True)
        frames = [frame for frame in told.stack if Path(frame.filename).is_relative_to(LIBRARY)]
        assert frames
        for frame in frames:  # the test's own frames have it in their locals, of course
            confirm_clean(frame.locals)
        confirm_clean(*_reachable(error))


def _reachable(error: BaseException, depth: int = 4) -> Iterator[str]:
    """The texts of all that hangs on an exception, its traceback aside."""
    seen: set[int] = set()
    found: list[Any] = [vars(error), error.args, error.__cause__, error.__context__]
    for _ in range(depth):
        found = [one for one in found if id(one) not in seen and not isinstance(one, type)]
        seen.update(map(id, found))
        yield from (repr(one) for one in found)
        found = gc.get_referents(*found)


def test_what_a_vendor_echoes_of_it_is_the_vendors_word() -> None:
    # A proxy that echoes a request's headers shows them to whoever can read its answer: `body` is
    # kept as it came, and short.
    transport = httpx.MockTransport(lambda request: httpx.Response(402, content=b"x" * 9999))
    drip = batchkit.Drip("1", api_key=CANARY, http_client=httpx.Client(transport=transport))
    with pytest.raises(batchkit.exceptions.VendorError) as caught:
        drip.subscribers.send(PEOPLE)
    assert len(caught.value.body) <= 500


@pytest.mark.parametrize("how", ["key", "token"])
def test_a_vendor_that_says_the_credential_back_is_not_quoted(how: str) -> None:
    said = CANARY if how == "token" else f"{CANARY} or {WIRE}"
    echoed = {"errors": [{"code": "x", "message": f"bad key {said}"}]}
    answer = httpx.Response(401, json=echoed, headers={"location": CANARY})
    http = httpx.Client(transport=httpx.MockTransport(lambda request: answer))
    drip = MADE[how](batchkit.Drip, http_client=http)
    with pytest.raises(batchkit.BatchkitError) as caught:
        drip.subscribers.send(PEOPLE)
    confirm_clean(caught.value, vars(caught.value), pickle.dumps(caught.value))
    confirm_clean(*(problem.reason for problem in caught.value.report.problems))


def test_a_credential_too_short_to_be_told_from_other_text_is_left_alone() -> None:
    assert basic("k").spellings() == ()


def test_a_credential_that_is_said_back_is_in_no_line_and_no_record(log: io.StringIO) -> None:
    headers = {"x-request-id": CANARY}
    answer = httpx.Response(401, content=f"{CANARY} {WIRE}".encode(), headers=headers)
    http = httpx.Client(transport=httpx.MockTransport(lambda request: answer))
    told: list[batchkit.RequestRecord] = []
    hooks = batchkit.Hooks(request=told.append)
    drip = batchkit.Drip("1", api_key=CANARY, http_client=http, hooks=hooks)
    with pytest.raises(batchkit.BatchkitError):
        drip.subscribers.send(PEOPLE)
    [record] = told
    assert record.request_id == "***"
    assert "(request id ***)" in log.getvalue()
    confirm_clean(log.getvalue(), attrs.asdict(record))


def test_no_span_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    headers = {"x-request-id": CANARY}
    answers: list[httpx.Response | Exception] = [
        httpx.Response(401, content=f"{CANARY} {WIRE}".encode(), headers=headers),
        httpx.ConnectError(f"no way for {CANARY}"),
    ]

    def say(request: httpx.Request) -> httpx.Response:
        answer = answers.pop()
        if isinstance(answer, Exception):
            raise answer
        return answer

    http = httpx.Client(transport=httpx.MockTransport(say))
    account_id = f"{CANARY}-1"  # the key is a part of the account's id
    drip = batchkit.Drip(account_id, api_key=CANARY, http_client=http)
    with FakeClock(), pytest.raises(batchkit.BatchkitError):
        drip.subscribers.send(PEOPLE)
    spans = exporter.get_finished_spans()  # each worker writes its own, in no order
    lost, refused, run = sorted(spans, key=lambda span: (span.parent is None, span.start_time or 0))
    assert "***" in (lost.status.description or "")
    assert (refused.attributes or {})["batchkit.request_id"] == "***"
    confirm_clean(lost.to_json(), refused.to_json(), run.to_json())
    assert not any(person["email"] in run.to_json() for person in PEOPLE)
