"""Performing a request with an `httpx.AsyncClient`, or one of httpx2."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ..._core.effects import Failure, Phase, Request, Response
from .. import clock
from .bodies import Body
from .defaults import async_client
from .failures import Trace, failure
from .requests import Address, build, library_of, limits, response


class Attempt:
    """One attempt under way. Whoever performs it may cut it off and still ask what came of it."""

    def __init__(self) -> None:
        self._trace = Trace()
        self._raw: Any = None

    async def run(
        self, client: Any, library: Any, address: Address, request: Request, timeout: float
    ) -> Response | Failure:
        """Perform the request; what goes wrong is a value."""
        try:
            outgoing = build(
                client,
                library,
                address,
                request,
                {"trace": self._trace.in_async, "timeout": limits(timeout)},
            )
            self._raw = raw = await client.send(
                outgoing, stream=True, auth=None, follow_redirects=False
            )
        except AssertionError:  # a test's own voice, such as a mock's "no such route"
            raise
        except Exception as exception:
            return failure(exception, self._trace, address.hide)
        try:
            body = await _read(raw)
        except Exception:  # the status has come, and is worth more than how the rest was lost
            body = None
        finally:
            with suppress(Exception):
                await raw.aclose()
        return response(raw, body, clock.current().time(), address)

    def cut_off(self, address: Address) -> Response | Failure:
        """What came of an attempt that took too long."""
        if self._raw is not None:
            return response(self._raw, None, clock.current().time(), address)
        phase = Phase.SENT if self._trace.phase is None else self._trace.phase
        return Failure(phase=phase, reason="no answer came in time")


class AsyncTransport:
    """Sends requests from one event loop."""

    def __init__(self, client: Any | None = None) -> None:
        self.is_ours = client is None
        self._client: Any = async_client() if client is None else client
        self._library: Any = library_of(self._client, "AsyncClient")

    @property
    def is_closed(self) -> bool:
        """Whether the client behind it is closed."""
        return bool(self._client.is_closed)

    async def aclose(self) -> None:
        """Close our own connections; a caller's client stays open."""
        if self.is_ours:
            await self._client.aclose()

    async def send(
        self, attempt: Attempt, address: Address, request: Request, timeout: float
    ) -> Response | Failure:
        """Perform one attempt."""
        return await attempt.run(self._client, self._library, address, request, timeout)


async def _read(raw: Any) -> bytes:
    if raw.is_stream_consumed:
        return bytes(raw.content)
    body = Body(raw.headers.get("content-encoding", ""))
    async for part in raw.aiter_raw():
        body.add(part)
    return body.decoded()
