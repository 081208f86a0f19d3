"""Performing a request with an `httpx.AsyncClient`, or one of httpx2."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

import anyio

from ..._core.effects import Failure, Request, Response
from .. import clock
from .attempts import Attempt
from .bodies import BodyReader, confirm_size
from .deadline_async import AsyncTimer
from .defaults import KEPT, async_client
from .failures import client_closed, failure
from .proxies import Proxies
from .requests import Address, build, library_of, limits, response
from .usage import Usage


class AsyncTransport:
    """Sends requests from one event loop."""

    def __init__(self, client: Any | None = None, proxies: Proxies | None = None) -> None:
        self.is_ours: bool = client is None
        self._client: Any = async_client(kept=KEPT, proxies=proxies) if client is None else client
        self._fresh: Any = async_client(kept=0, proxies=proxies) if client is None else client
        self._library: Any = library_of(self._client, "AsyncClient")
        self._usage = Usage()
        self._life: AsyncGenerator[None] | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the client behind it is closed."""
        return self._usage.has_ended or bool(self._client.is_closed)

    @property
    def has_sockets(self) -> bool:
        """Whether connections bind it to one loop; only a mock is known to have none."""
        mock = self._library.MockTransport
        return not isinstance(getattr(self._client, "_transport", None), mock)

    def end(self) -> None:
        """Let no request begin any more, from whatever thread."""
        self._usage.end()

    async def aclose(self) -> None:
        """Let no request begin any more, and close our own connections once none is under way."""
        self._usage.end()
        life, self._life = self._life, None
        if life is not None:  # else nothing was ever opened
            await life.aclose()

    async def _lives(self) -> AsyncGenerator[None]:
        """Ends with the loop, which closes the generators that were begun in it."""
        try:
            yield
        finally:
            if self._usage.end():
                await self._close()

    async def _close(self) -> None:
        if self.is_ours:
            with anyio.CancelScope(shield=True):  # a loop that ends cancels what it closes
                await self._client.aclose()
                await self._fresh.aclose()

    def attempt(self, timeout: float) -> Attempt[AsyncTimer]:
        """An attempt that begins now, and may be cut off by another task."""
        return Attempt(timeout, AsyncTimer(timeout))

    async def send(
        self, attempt: Attempt[AsyncTimer], address: Address, request: Request
    ) -> Response | Failure:
        """Perform the request; what goes wrong is a value."""
        if not self._usage.begin():
            return client_closed()
        if self.is_ours and self._life is None:
            self._life = self._lives()
            await anext(self._life)
        try:
            return await self._in_time(attempt, address, request)
        finally:
            if self._usage.over():
                with suppress(Exception):  # the answer is worth more
                    await self._close()

    async def _in_time(
        self, attempt: Attempt[AsyncTimer], address: Address, request: Request
    ) -> Response | Failure:
        if self.is_ours:
            return await self._send(attempt, address, request)
        try:  # a caller's client keeps no time at its sockets, and can only be cancelled
            return await attempt.timer.within(
                TimeoutError, lambda: self._send(attempt, address, request)
            )
        except TimeoutError:
            return attempt.timed_out(address)

    async def _send(
        self, attempt: Attempt[AsyncTimer], address: Address, request: Request
    ) -> Response | Failure:
        attempt.timer.begin()
        client = self._fresh if request.alone else self._client
        if client.is_closed:
            return client_closed()
        extensions = {"trace": attempt.trace.in_async, "timeout": limits(attempt.timeout)}
        try:
            outgoing = build(client, self._library, address, request, extensions)
            raw = await client.send(outgoing, stream=True, auth=None, follow_redirects=False)
        except AssertionError:  # a test's own voice, such as a mock's "no such route"
            raise
        except Exception as exception:
            return failure(exception, attempt.trace, address.hide)
        attempt.raw = raw
        try:
            body: bytes | Exception = await _read(raw)
        except Exception as lost:  # the status has come, and is worth more than the rest
            body = lost
        finally:
            with suppress(Exception):
                await raw.aclose()
        return response(raw, body, clock.current().time(), address)


async def _read(raw: Any) -> bytes:
    if raw.is_stream_consumed:
        return confirm_size(raw.content)
    body = BodyReader(raw.headers.get("content-encoding", ""))
    async for part in raw.aiter_raw():
        body.add(part)
    return body.decoded()
