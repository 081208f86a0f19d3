"""The time of a whole attempt, for threads: a peer that sends a byte now and then is cut off too.

httpx's timeouts begin anew with every byte that comes. A thread cannot be cut off from outside
but must be told at its socket, which httpcore lets us stand in front of.
"""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any

import httpcore

PIECE = 256 * 1024
"""Bytes that are written between two looks at the clock."""


class Timer:
    """When the attempt of one thread must end."""

    def __init__(self, seconds: float) -> None:
        self.ends = time.monotonic() + seconds
        self._socket: socket.socket | None = None

    def begin(self) -> None:
        """The attempt is this thread's from now on."""
        _current.set(self)

    def cut(self) -> None:
        """Let the attempt end now, from another thread: whatever it waits for fails at once."""
        self.ends = -math.inf
        if self._socket is not None:
            with suppress(OSError):  # it is closed already
                # Not SSLSocket's own method, which takes the reader's TLS away under its hands.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def left(self, late: type[Exception], at: socket.socket | None = None) -> float:
        """Seconds that are left, to be spent at this socket; raises `late` without any."""
        self._socket = at  # before the look at the clock: `cut` is seen here, or there
        left = self.ends - time.monotonic()
        if left <= 0:
            raise late
        return left


_current: ContextVar[Timer] = ContextVar("attempt")
"""The timer of this thread's attempt."""


class Backend(httpcore.NetworkBackend):
    """A network on which attempts end in time."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        self._backend = backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _current.get().left(httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            left = self._left(httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + PIECE], left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._left(httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _left(self, late: type[Exception]) -> float:
        return _current.get().left(late, self.get_extra_info("socket"))
