"""What clients share: a connection, with the throttles of its quotas."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..exceptions import ConfigurationError
from .throttles import Throttles

if TYPE_CHECKING:
    from .aio import AsyncBell
    from .bell import Bell
    from .http.aio import AsyncTransport
    from .http.sync import Transport


class Connection:
    """One HTTP client and its throttles, shared by all sync clients made from the first."""

    def __init__(self, http_client: Any | None) -> None:
        self._http_client = http_client
        self._closed = False
        self._begin()
        if http_client is not None:
            self._open()

    def _begin(self) -> None:
        from .bell import Bell

        self._pid = os.getpid()
        self._transport: Transport | None = None
        self._opened: dict[str, Transport] = {}
        self.bell: Bell = Bell()
        self.throttles: Throttles = Throttles()

    def _open(self) -> Transport:
        from .http.sync import Transport

        made = Transport(self._http_client)
        self._transport = kept = self._opened.setdefault("first", made)
        if kept is not made:  # another thread was faster; a lock could be left held by an exception
            made.close()
        return kept

    def transport(self) -> Transport:
        """The transport of this process; a child opens its own connections."""
        _confirm_open(self._closed)
        if self._pid != os.getpid():
            _confirm_no_fork(self._http_client)
            self._begin()
        transport = self._transport or self._open()
        _confirm_open(transport.is_closed)
        return transport

    def close(self) -> None:
        """Close our own connections, if any were opened by this process."""
        self._closed = True
        if self._transport is not None and self._pid == os.getpid():
            self._transport.close()


class AsyncConnection:
    """One HTTP client and its throttles, shared by all async clients made from the first."""

    def __init__(self, http_client: Any | None) -> None:
        from .aio import AsyncBell as NewBell

        self._http_client = http_client
        self._transport: AsyncTransport | None = None
        self._closed = False
        self._new_bell: Callable[[], AsyncBell] = NewBell
        self._begin()
        if http_client is not None:
            self._open()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self.bell: AsyncBell = self._new_bell()
        self.throttles: Throttles = Throttles()

    def _open(self) -> AsyncTransport:
        from .http.aio import AsyncTransport

        self._transport = AsyncTransport(self._http_client)
        return self._transport

    def transport(self) -> AsyncTransport:
        """The transport of this process; a child opens its own connections."""
        _confirm_open(self._closed)
        if self._pid != os.getpid():
            _confirm_no_fork(self._http_client)
            self._transport = None
            self._begin()
        transport = self._transport or self._open()
        _confirm_open(transport.is_closed)
        return transport

    async def aclose(self) -> None:
        """Close our own connections, if any were opened by this process."""
        self._closed = True
        if self._transport is not None and self._pid == os.getpid():
            await self._transport.aclose()


def _confirm_open(closed: bool) -> None:
    if closed:
        raise ConfigurationError("The client is closed; make a new one, or close it later.")


def _confirm_no_fork(http_client: Any | None) -> None:
    if http_client is not None:
        raise ConfigurationError(
            "The http_client was made before this process was forked; make a client in the child."
        )
