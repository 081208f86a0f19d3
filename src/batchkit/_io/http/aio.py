"""Performing a request with an `httpx.AsyncClient`, or one of httpx2."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..._core.effects import Failure, Request, Response
from .. import clock
from .attempts import Attempt
from .bodies import BodyReader, confirm_size
from .deadline_async import AsyncTimer
from .defaults import KEPT, async_client
from .failures import client_closed, failure
from .requests import Address, build, library_of, limits, response


class AsyncTransport:
    """Sends requests from one event loop."""

    def __init__(self, client: Any | None = None) -> None:
        self.is_ours: bool = client is None
        self._client: Any = async_client(kept=KEPT) if client is None else client
        self._fresh: Any = async_client(kept=0) if client is None else client
        self._library: Any = library_of(self._client, "AsyncClient")

    @property
    def is_closed(self) -> bool:
        """Whether the client behind it is closed."""
        return bool(self._client.is_closed)

    async def aclose(self) -> None:
        """Close our own connections; a caller's client stays open."""
        if self.is_ours:
            await self._client.aclose()
            await self._fresh.aclose()

    def attempt(self, timeout: float) -> Attempt[AsyncTimer]:
        """An attempt that begins now, and may be cut off by another task."""
        return Attempt(timeout, AsyncTimer(timeout))

    async def send(
        self, attempt: Attempt[AsyncTimer], address: Address, request: Request
    ) -> Response | Failure:
        """Perform the request; what goes wrong is a value."""
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
