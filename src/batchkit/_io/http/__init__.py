"""The only place that names an HTTP library.

httpx and its maintained successor httpx2 have one interface; which of them a client is from is
found out once, and nothing else here asks.
"""

from __future__ import annotations

from typing import Protocol


class SyncHttpClient(Protocol):
    """An `httpx.Client` or an `httpx2.Client`."""

    @property
    def is_closed(self) -> bool: ...

    def close(self) -> None: ...


class AsyncHttpClient(Protocol):
    """An `httpx.AsyncClient` or an `httpx2.AsyncClient`."""

    @property
    def is_closed(self) -> bool: ...

    async def aclose(self) -> None: ...
