"""The time of a whole attempt, for threads: a peer that sends a byte now and then is cut off too.

httpx's timeouts begin anew with every byte that comes. A task can be cut off from outside; a
thread must be told at its socket, which httpcore lets us stand in front of.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from ssl import SSLContext
from typing import Any

import httpcore

PIECE = 256 * 1024
"""Bytes that are written between two looks at the clock."""


class _Attempt(threading.local):
    ends = 0.0


_attempt = _Attempt()


def begin(seconds: float) -> float:
    """This thread's next attempt takes so many seconds at most; the moment when it ends."""
    _attempt.ends = time.monotonic() + seconds
    return _attempt.ends


def keep_to_it(client: Any) -> None:
    """Make one of our own clients cut its attempts off in time."""
    for transport in (client._transport, *client._mounts.values()):
        pool = getattr(transport, "_pool", None)
        if pool is not None:
            pool._network_backend = _Backend(pool._network_backend)


class _Backend(httpcore.NetworkBackend):
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
        left = _left(httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_tcp(host, port, left, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            left = _left(httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + PIECE], left)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(late: type[Exception]) -> float:
    left = _attempt.ends - time.monotonic()
    if left <= 0:
        raise late
    return left
