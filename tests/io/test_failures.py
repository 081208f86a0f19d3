"""Every exception that a transport may raise, and what it means for the request."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import anyio
import httpcore
import httpx
import httpx2
import pytest

from batchkit._core.effects import Failure, Phase
from batchkit._io.http.failures import Trace, failure

NOTHING, CONNECTING = Phase.NOTHING, Phase.CONNECTING

# Whether anything can have left, by the exception's class alone; `None` where only phases tell.
MEANINGS: dict[str, Phase | None] = {
    "ConnectError": CONNECTING,
    "ConnectTimeout": CONNECTING,
    "PoolTimeout": CONNECTING,
    "LocalProtocolError": NOTHING,
    "UnsupportedProtocol": NOTHING,
    "InvalidURL": NOTHING,
    **dict.fromkeys(("ProxyError", "TooManyRedirects")),
    **dict.fromkeys(("ReadTimeout", "WriteTimeout", "TimeoutException")),
    **dict.fromkeys(("ReadError", "WriteError", "CloseError", "NetworkError")),
    **dict.fromkeys(("RemoteProtocolError", "ProtocolError", "DecodingError")),
    **dict.fromkeys(("TransportError", "RequestError", "HTTPError", "HTTPStatusError")),
    **dict.fromkeys(("CookieConflict", "StreamError", "StreamConsumed", "StreamClosed")),
    **dict.fromkeys(("ResponseNotRead", "RequestNotRead", "ConnectionNotAvailable")),
    **dict.fromkeys(("WebSocketDisconnect", "WebSocketError", "WebSocketUpgradeError")),
    **dict.fromkeys(("WebSocketInvalidTypeReceived", "WebSocketNetworkError", "SSEError")),
}


def classes(library: ModuleType) -> Iterator[type[Exception]]:
    for name in dir(library):
        found = getattr(library, name)
        if isinstance(found, type) and issubclass(found, Exception):
            yield found


ALL = [each for library in (httpx, httpx2, httpcore) for each in classes(library)]


def made(cls: type[Any]) -> Exception:
    """An instance without a word, however its constructor is called."""
    error: Exception = cls.__new__(cls)
    Exception.__init__(error)
    return error


def test_no_exception_of_the_libraries_is_forgotten() -> None:
    assert len(ALL) > 60
    assert {cls.__name__ for cls in ALL} <= set(MEANINGS)


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_what_a_class_alone_says(cls: type[Exception]) -> None:
    meaning = MEANINGS[cls.__name__]
    told = failure(made(cls), Trace())

    # Without phases nobody knows that the vendor did not have it.
    assert told.phase is (CONNECTING if meaning is CONNECTING else Phase.SENT)
    assert not told.final
    assert cls.__name__ in told.reason
    assert "\n" not in told.reason


@pytest.mark.parametrize("name", [name for name, phase in MEANINGS.items() if phase is NOTHING])
def test_what_could_not_be_written_never_left(name: str) -> None:
    trace = Trace()
    trace.phase = Phase.SENDING
    told = failure(made(getattr(httpx, name)), trace)
    assert (told.phase, told.final) == (NOTHING, True)


def test_the_exceptions_own_words_are_told_without_credentials() -> None:
    error = httpx.ProxyError("no way through http://ann:s3cret@proxy.example\nfor key k")
    told = failure(error, Trace(), lambda text: text.replace("key k", "***"))
    assert told.reason == (
        "the proxy made no connection (ProxyError: no way through "
        "http://***@proxy.example\\nfor ***)"
    )


@pytest.mark.parametrize("phase", list(Phase))
def test_phases_decide_where_there_are_any(phase: Phase) -> None:
    trace = Trace()
    trace.phase = phase
    assert failure(httpx.ReadError("x"), trace) == Failure(
        phase=phase, reason="the connection broke before an answer came (ReadError: x)"
    )


EVENTS = {
    "connection.connect_tcp.started": CONNECTING,
    "connection.connect_unix_socket.started": CONNECTING,
    "connection.start_tls.started": CONNECTING,
    "http11.send_request_headers.started": Phase.SENDING,
    "http2.send_request_headers.started": Phase.SENDING,
    "http11.send_request_body.complete": Phase.SENT,
    "http11.receive_response_headers.complete": Phase.ANSWERING,
    "http11.receive_response_body.started": None,
    "http11.send_request_body.failed": None,
    "connection.connect_tcp.failed": None,
}


@pytest.mark.parametrize(("event", "phase"), EVENTS.items())
def test_trace_events(event: str, phase: Phase | None) -> None:
    trace = Trace()
    trace(event, {})
    assert trace.phase is phase


def test_a_request_for_a_tunnel_is_not_yet_one_to_the_vendor() -> None:
    """A proxy's answer to `CONNECT` would else look like the vendor's."""
    trace = Trace()
    asked = httpcore.Request(b"CONNECT", "http://proxy.example:8080")
    for event in ("send_request_headers.started", "send_request_body.complete"):
        trace(f"http11.{event}", {"request": asked})
        assert trace.phase is CONNECTING
    trace("http11.receive_response_headers.complete", {"return_value": ()})
    assert failure(httpx.ProxyError("502 Bad Gateway"), trace).phase is CONNECTING

    trace("proxy.start_tls.started", {"request": asked})
    assert trace.phase is CONNECTING
    trace(
        "http11.send_request_headers.started", {"request": httpcore.Request(b"POST", "https://a")}
    )
    assert trace.phase is Phase.SENDING
    trace("http11.send_request_body.complete", {})
    assert trace.phase is Phase.SENT


def caused_by(cause: Exception) -> Exception:
    error, middle = httpx.ConnectError("secret://user:password@proxy"), OSError("secret")
    error.__cause__, middle.__context__ = middle, cause
    return error


def ssl_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, "text")
    error.reason = reason
    return error


def test_a_certificate_that_is_not_trusted_is_final() -> None:
    told = failure(caused_by(ssl.SSLCertVerificationError(1, "no")), Trace())
    assert (told.phase, told.final) == (CONNECTING, True)


@pytest.mark.parametrize(
    ("reason", "final"),
    [("WRONG_VERSION_NUMBER", True), ("UNEXPECTED_EOF_WHILE_READING", False), ("", False)],
)
def test_other_troubles_with_tls(reason: str, final: bool) -> None:
    told = failure(caused_by(ssl_error(reason)), Trace())
    assert told.final == final
    assert reason.replace("_", " ").lower() in told.reason


def test_the_systems_words_are_told_and_the_librarys_are_not() -> None:
    told = failure(caused_by(ConnectionRefusedError(111, "Connection refused")), Trace())
    assert told.reason == "no connection could be made (ConnectError: Connection refused)"


class Subclass(httpx.ReadTimeout):
    """A transport of the caller's own may raise its own."""


def test_a_subclass_and_a_stranger() -> None:
    assert failure(Subclass("x"), Trace()).reason == "no answer came in time (Subclass)"
    assert failure(KeyError("x"), Trace()).reason == "the transport failed (KeyError)"


def test_a_circle_of_causes_has_an_end() -> None:
    # So it comes from a side effect of respx that raises.
    error = caused_by(KeyError("x"))
    assert error.__cause__ is not None
    error.__cause__.__cause__ = error

    assert "ConnectError" in failure(error, Trace()).reason


def traced(*events: str) -> Trace:
    trace = Trace()
    for event in events:
        trace(f"http11.{event}", {})
    return trace


CONNECT = "connect_tcp.started"
BEGIN = "send_request_headers.started"
WHOLE = "send_request_body.complete"


def test_what_was_sent_once_stays_sent_when_a_transport_begins_anew() -> None:
    trace = traced(CONNECT, BEGIN, WHOLE, CONNECT)
    assert failure(httpx.ConnectError("refused"), trace).phase is Phase.SENT


def test_what_was_sent_once_stays_sent_when_the_peer_breaks_the_protocol() -> None:
    """HTTP/2 has one exception for both sides' breaches."""
    told = failure(httpx.LocalProtocolError("a bad frame"), traced(CONNECT, BEGIN, WHOLE))
    assert (told.phase, told.final) == (Phase.SENT, False)


def test_a_thread_that_ran_out_of_time_to_send_has_not_sent_all() -> None:
    assert failure(httpx.WriteTimeout("late"), traced(BEGIN)).phase is Phase.SENDING


async def run_in_loop(*events: str) -> Trace:
    trace = Trace()
    for event in events:
        await trace.in_async(f"http11.{event}", {})
    return trace


def test_an_event_loop_may_send_on_after_the_time_to_send_is_over() -> None:
    trace = anyio.run(run_in_loop, BEGIN)
    assert failure(httpx.WriteTimeout("late"), trace).phase is Phase.SENT
    assert trace.phase_when_cut is Phase.SENT


def test_what_broke_while_an_event_loop_sent_it_has_not_been_sent_whole() -> None:
    trace = anyio.run(run_in_loop, BEGIN)
    assert failure(httpx.WriteError("reset"), trace).phase is Phase.SENDING
