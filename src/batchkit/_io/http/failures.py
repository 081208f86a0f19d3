"""From the HTTP library's exceptions and trace events to a `Failure` with its phase."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator
from typing import Any

from ..._core.effects import Failure, Phase
from ..._core.text import one_line

_EVENTS: tuple[tuple[str, Phase], ...] = (
    ("connect_tcp.started", Phase.CONNECTING),
    ("connect_unix_socket.started", Phase.CONNECTING),
    ("start_tls.started", Phase.CONNECTING),
    ("send_request_headers.started", Phase.SENDING),
    ("send_request_body.complete", Phase.SENT),
    ("receive_response_headers.complete", Phase.ANSWERING),
)

_USER_INFO = re.compile(r"//[^/@\s]*@")
_LIBRARIES = {"httpx", "httpx2", "httpcore", "httpcore2", "h11", "h2", "anyio", "trio", "ssl"}
_NEVER_LEFT = ("LocalProtocolError", "UnsupportedProtocol", "InvalidURL")
_NEVER_CONNECTED = ("ConnectError", "ConnectTimeout", "PoolTimeout")

_WORDS = {
    "ConnectError": "no connection could be made",
    "ConnectTimeout": "no connection came about in time",
    "PoolTimeout": "no connection of the pool became free in time",
    "ProxyError": "the proxy made no connection",
    "ReadTimeout": "no answer came in time",
    "WriteTimeout": "the request could not be sent in time",
    "ReadError": "the connection broke before an answer came",
    "WriteError": "the connection broke while the request was sent",
    "CloseError": "the connection could not be closed",
    "RemoteProtocolError": "the connection ended, or spoke no HTTP, before an answer came",
    "LocalProtocolError": "the request could not be written as HTTP",
    "UnsupportedProtocol": "the base URL's scheme is not one that can be spoken",
}


class Trace:
    """Follows one attempt by the library's trace events; `phase` is how far it came."""

    def __init__(self) -> None:
        self.phase: Phase | None = None
        """`None` while the transport has reported nothing."""
        self.is_buffered: bool = False
        """Whether an event loop sends the request."""
        self._tunnels = False

    def __call__(self, event: str, info: Any) -> None:
        if event.endswith("send_request_headers.started"):
            self._tunnels = getattr(info.get("request"), "method", b"") == b"CONNECT"
        elif event.endswith("start_tls.started"):
            self._tunnels = False
        if self._tunnels:  # what is said to a proxy before the way is open, the vendor cannot hear
            self._reached(Phase.CONNECTING)
            return
        for ending, phase in _EVENTS:
            if event.endswith(ending):
                self._reached(phase)
                return

    def _reached(self, phase: Phase) -> None:
        # A transport of the caller's may begin anew; what was sent once stays sent.
        self.phase = phase if self.phase is None else max(self.phase, phase)

    async def in_async(self, event: str, info: Any) -> None:
        """The same for a transport that awaits its trace."""
        self.is_buffered = True
        self(event, info)

    @property
    def phase_when_cut(self) -> Phase:
        """How far an attempt came that was ended while it waited.

        An event loop takes a request whole and sends it bit by bit: it may do so to the end after
        the one who waits for it was told that time is over.
        """
        if self.phase is None or (self.is_buffered and self.phase is Phase.SENDING):
            return Phase.SENT
        return self.phase


def failure(exception: Exception, trace: Trace, hide: Callable[[str], str] = str) -> Failure:
    """What an exception of the library means for the request.

    `hide` takes the credential out of a text.
    """
    names = [cls.__name__ for cls in type(exception).__mro__]
    words = next((_WORDS[name] for name in names if name in _WORDS), "the transport failed")
    chain = list(_chain(exception))
    said = hide(_system_words(chain) or _own_words(exception))
    reason = f"{words} ({type(exception).__name__}{said})"
    if trace.phase is None or trace.phase < Phase.SENT:  # what was sent once stays in doubt
        if trace.phase is not None and any(name in _NEVER_LEFT for name in names):
            return Failure(phase=Phase.NOTHING, reason=reason, final=True)
        if any(name in _NEVER_CONNECTED for name in names):
            return Failure(phase=Phase.CONNECTING, reason=reason, final=_is_untrusted(chain))
    if trace.phase is None or "WriteTimeout" in names:
        # Without phases nobody can say that the vendor did not have it.
        return Failure(phase=trace.phase_when_cut, reason=reason)
    return Failure(phase=trace.phase, reason=reason)


def _chain(exception: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while exception is not None and id(exception) not in seen:
        # respx raises what a side effect raised from an error whose cause it is: a circle.
        seen.add(id(exception))
        yield exception
        exception = exception.__cause__ or exception.__context__


def _system_words(chain: list[BaseException]) -> str:
    """What the system says of it."""
    for each in chain:
        if isinstance(each, ssl.SSLError) and (reason := _ssl_reason(each)):
            return f": {reason.replace('_', ' ').lower()}"
        if isinstance(each, OSError) and each.strerror:
            return f": {each.strerror}"
    return ""


def client_closed() -> Failure:
    """Somebody closed the client while its run went on."""
    return Failure(phase=Phase.NOTHING, reason="the client was closed", final=True, closed=True)


def _own_words(exception: Exception) -> str:
    """The exception's text in one short line, without the user name of a proxy's URL.

    What the caller's own code raises, or the caller's own headers are, is not for others to read.
    """
    library = type(exception).__module__.partition(".")[0]
    if library not in _LIBRARIES or type(exception).__name__ == "LocalProtocolError":
        return ""
    text = one_line(_USER_INFO.sub("//***@", str(exception)))[:200]
    return f": {text}" if text else ""


def _is_untrusted(chain: list[BaseException]) -> bool:
    """Whether the peer's certificate, or its lack of TLS, is why: no repeat makes that good."""
    return any(
        isinstance(each, ssl.SSLCertVerificationError)
        or (isinstance(each, ssl.SSLError) and _ssl_reason(each) == "WRONG_VERSION_NUMBER")
        for each in chain
    )


def _ssl_reason(error: ssl.SSLError) -> str | None:
    return getattr(error, "reason", None)  # there is none on one that a test's mock made
