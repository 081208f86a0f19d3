"""A small HTTP/1.1 server on the loopback interface, with a thread of its own.

It knows nothing of vendors: it turns bytes into `Request` values, gives them to one callable, and
sends what comes back, late or never where the response asks for that. Keep-alive and pipelining
work; bodies must have a ``Content-Length``.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import threading
from collections.abc import Callable
from typing import TypeAlias, cast

from ._faults import WORDS, End
from ._http import Request, Response
from ._wire import LONGEST_HEAD, BadMessageError, Head, read_head, write

Handler: TypeAlias = Callable[[Request], Response]

HOST = "127.0.0.1"
LINGER = 1.0
"""Seconds in which a refused peer may go on sending before the connection is cut."""

_READ = 64 * 1024
"""Bytes that are read at once, of all but a long body."""
_END_OF_HEAD = b"\r\n\r\n"
_LINGER_NOT = struct.pack("ii", 1, 0)
"""Lets a peer get a reset, whatever was sent before."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_log = logging.getLogger("batchkit.testing")


class Server:
    """Serves `handler` from `start` to `stop`. Port 0 lets the system choose."""

    def __init__(self, handler: Handler, *, port: int = 0) -> None:
        self._handler = handler
        self._socket = socket.create_server((HOST, port), backlog=512)
        # The default on Windows has no `remove_reader`.
        self._loop = asyncio.SelectorEventLoop()
        self._ended = asyncio.Event()
        self._connections: set[_Connection] = set()
        self._thread = threading.Thread(target=self._run, name="batchkit-sandbox", daemon=True)

    @property
    def port(self) -> int:
        """The port in use."""
        port: int = self._socket.getsockname()[1]
        return port

    def start(self) -> None:
        """Begin to serve. Peers may connect even before: the socket listens already."""
        self._thread.start()

    def stop(self) -> None:
        """Cut every connection, free the port, and wait for the thread to end."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        listening = await self._loop.create_server(
            lambda: _Connection(self._handler, self._connections), sock=self._socket
        )
        await self._ended.wait()
        # asyncio loses a connection whose accepting has begun when its server is closed, so first
        # no more are accepted, then those under way become known, then all are cut.
        self._loop.remove_reader(self._socket)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)
        for connection in tuple(self._connections):
            connection.cut()
        listening.close()
        # One more turn, in which the loop closes the sockets just cut.
        await asyncio.sleep(0)


class _Connection(asyncio.BufferedProtocol):
    """One peer: requests are answered in the order in which they came."""

    _transport: asyncio.Transport

    def __init__(self, handler: Handler, connections: set[_Connection]) -> None:
        self._handler = handler
        self._connections = connections
        self._buffer = bytearray()
        self._incoming = bytearray(_READ)
        # A long body is read to where it belongs: what passes through smaller pieces costs double.
        self._body: bytearray | None = None
        self._filled = 0
        self._head: Head | None = None
        self._searched = 0
        self._done = False
        self._busy = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)

    def cut(self) -> None:
        """Close at once, whatever is under way."""
        self._transport.abort()

    def get_buffer(self, sizehint: int) -> bytearray | memoryview:
        if self._body is None or self._done:
            return self._incoming
        return memoryview(self._body)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        if self._done:
            return
        if self._body is None:
            self._buffer += memoryview(self._incoming)[:nbytes]
            self._go_on()
            return
        self._filled += nbytes
        if self._filled == len(self._body):
            self._go_on()

    def _go_on(self) -> None:
        try:
            while not self._done and not self._busy and self._serve_one():
                pass
        except BadMessageError as bad:
            self._finish(write(Response(bad.status), keep_alive=False))

    def _serve_one(self) -> bool:
        """Answer the first request of the buffer, if it is there as a whole."""
        head = self._head or self._take_head()
        if head is None:
            return False
        body = self._take_body(head.length)
        if body is None:
            return False
        self._head = None
        response = self._respond(head.request(body))
        if response.act:
            self._break_off(WORDS[response.act].end)
        elif response.seconds:
            self._busy = True
            asyncio.get_running_loop().call_later(response.seconds, self._say_late, head, response)
        else:
            self._say(head, response)
        return head.keep_alive

    def _say(self, head: Head, response: Response) -> None:
        answer = write(response, keep_alive=head.keep_alive, to_head=head.method == "HEAD")
        if head.keep_alive:
            self._transport.write(answer)
        else:
            self._finish(answer)

    def _say_late(self, head: Head, response: Response) -> None:
        if not self._transport.is_closing():
            self._busy = False
            self._say(head, response)
            self._go_on()

    def _break_off(self, end: End) -> None:
        """Leave the connection as a fault leaves it, without an answer."""
        self._done = True
        self._buffer.clear()
        if end is End.RESET:
            peer: socket.socket = self._transport.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            self._transport.abort()
        elif end is End.CLOSED:
            self._transport.close()

    def _take_head(self) -> Head | None:
        # An empty line before a request is a leftover of the one before it.
        while self._buffer.startswith(b"\r\n"):
            del self._buffer[:2]
        end = self._buffer.find(_END_OF_HEAD, self._searched)
        if max(end, len(self._buffer) if end < 0 else 0) > LONGEST_HEAD:
            raise BadMessageError(431)
        if end < 0:
            self._searched = max(0, len(self._buffer) - len(_END_OF_HEAD) + 1)
            return None
        self._head = head = read_head(bytes(self._buffer[:end]))
        del self._buffer[: end + len(_END_OF_HEAD)]
        self._searched = 0
        if head.expects_continue and len(self._buffer) < head.length:
            self._transport.write(_CONTINUE)
        return head

    def _take_body(self, length: int) -> bytes | None:
        """The body, if it is there as a whole."""
        if self._body is not None:
            body, self._body = bytes(self._body), None
            return body
        if len(self._buffer) >= length:
            body = bytes(memoryview(self._buffer)[:length])
            del self._buffer[:length]
            return body
        self._body, self._filled = bytearray(length), len(self._buffer)
        self._body[: self._filled] = self._buffer
        self._buffer.clear()
        return None

    def _respond(self, request: Request) -> Response:
        try:
            return self._handler(request)
        except Exception:
            _log.exception("the sandbox failed on %s %s", request.method, request.path)
            return Response(500)

    def _finish(self, answer: bytes) -> None:
        """Send a last answer. Closing at once could destroy it while the peer still sends."""
        self._done = True
        self._buffer.clear()
        self._transport.write(answer)
        self._transport.write_eof()
        asyncio.get_running_loop().call_later(LINGER, self._transport.close)
