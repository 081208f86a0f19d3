"""Performing a request with an `httpx.Client`, or one of httpx2."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from ..._core.effects import Failure, Request, Response
from .. import clock
from .attempts import Attempt
from .bodies import BodyReader, BrokenBody, confirm_size
from .deadline import Timer
from .defaults import KEPT, sync_client
from .failures import client_closed, failure
from .requests import Address, build, library_of, limits, response


class Transport:
    """Sends one request at a time; may be shared by threads."""

    def __init__(self, client: Any | None = None) -> None:
        self.is_ours: bool = client is None
        self._client: Any = sync_client(kept=KEPT) if client is None else client
        self._fresh: Any = sync_client(kept=0) if client is None else client
        self._library: Any = library_of(self._client, "Client")

    @property
    def is_closed(self) -> bool:
        """Whether the client behind it is closed."""
        return bool(self._client.is_closed)

    def close(self) -> None:
        """Close our own connections; a caller's client stays open."""
        if self.is_ours:
            self._client.close()
            self._fresh.close()

    def attempt(self, timeout: float) -> Attempt[Timer]:
        """An attempt that begins now, and may be cut off by another thread."""
        return Attempt(timeout, Timer(timeout), obeys=self.is_ours)

    def send(
        self, attempt: Attempt[Timer], address: Address, request: Request
    ) -> Response | Failure:
        """Perform the request; what goes wrong is a value."""
        ends = time.monotonic() + attempt.timeout
        attempt.timer.begin()
        client = self._fresh if request.alone else self._client
        if client.is_closed:
            return client_closed()
        extensions = {"trace": attempt.trace, "timeout": limits(attempt.timeout)}
        try:
            outgoing = build(client, self._library, address, request, extensions)
            raw = client.send(outgoing, stream=True, auth=None, follow_redirects=False)
        except AssertionError:  # a test's own voice, such as a mock's "no such route"
            raise
        except Exception as exception:
            return failure(exception, attempt.trace, address.hide)
        attempt.raw = raw
        try:
            body: bytes | Exception = _read(raw, ends)
        except Exception as lost:  # the status has come, and is worth more than the rest
            body = lost
        with suppress(Exception):
            raw.close()
        return response(raw, body, clock.current().time(), address)


def _read(raw: Any, ends: float) -> bytes:
    if raw.is_stream_consumed:
        return confirm_size(raw.content)
    body = BodyReader(raw.headers.get("content-encoding", ""))
    for part in raw.iter_raw():
        body.add(part)
        if time.monotonic() > ends:
            raise BrokenBody
    return body.decoded()
