"""The time of a whole attempt, for tasks, kept at the socket like that of threads.

A request that is cancelled from outside leaves httpx's pool with a connection that nobody counts;
after some thousands the pool is of no more use. So only the waiting at the socket is cancelled, and
httpx is told of a timeout, as it expects.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any, TypeVar

import anyio
import httpcore

T = TypeVar("T")


class AsyncTimer:
    """When the attempt of one task must end."""

    def __init__(self, seconds: float) -> None:
        self._ends = anyio.current_time() + seconds
        self._scope: anyio.CancelScope | None = None

    def begin(self) -> None:
        """The attempt is this task's from now on."""
        _current.set(self)

    def cut(self) -> None:
        """Let the attempt end now: whatever it waits for fails at once."""
        self._ends = -math.inf
        if self._scope is not None:
            self._scope.cancel()

    async def within(self, late: type[Exception], waits: Callable[[], Awaitable[T]]) -> T:
        """What is waited for, or `late` if the attempt's time is over before it comes."""
        with anyio.CancelScope(deadline=self._ends) as self._scope:
            return await waits()
        raise late


_current: ContextVar[AsyncTimer] = ContextVar("attempt")
"""The timer of this task's attempt."""


class AsyncBackend(httpcore.AsyncNetworkBackend):
    """A network on which attempts end in time."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend) -> None:
        self._backend = backend

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(
            await _current.get().within(
                httpcore.ConnectTimeout,
                lambda: self._backend.connect_tcp(host, port, None, local_address, socket_options),
            )
        )


class _Stream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await _current.get().within(
            httpcore.ReadTimeout, lambda: self._stream.read(max_bytes)
        )

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await _current.get().within(httpcore.WriteTimeout, lambda: self._stream.write(buffer))

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _Stream(
            await _current.get().within(
                httpcore.ConnectTimeout,
                lambda: self._stream.start_tls(ssl_context, server_hostname),
            )
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
