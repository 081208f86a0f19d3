"""A sync client of the caller's own that keeps what is sent."""

from __future__ import annotations

import httpx


class Wire:
    """The requests of a sync client."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.client = httpx.Client(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(201 if "drip" in request.url.host else 200)
