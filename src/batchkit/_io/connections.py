"""What clients share: a connection, with the throttles of its quotas."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from ..exceptions import ConfigurationError
from .throttles import Throttles

if TYPE_CHECKING:
    from .aio import AsyncBell
    from .bell import Bell
    from .http.aio import AsyncTransport
    from .http.proxies import Proxies
    from .http.sync import Transport
    from .loops import Loop

_LOOPS: Final[WeakKeyDictionary[Any, Loop | None]] = WeakKeyDictionary()
"""The loops in which callers' own clients were first used: there their connections are."""


class _Network:
    """How our own clients come to the vendors; where the caller gives one, that is the caller's."""

    def __init__(self, http_client: Any | None) -> None:
        self._http_client = http_client
        self._proxies: Proxies | None = None
        if http_client is None:
            from .http import certificates
            from .http.proxies import Proxies

            certificates.confirm()
            self._proxies = Proxies()

    def confirm_way(self, base_url: str) -> None:
        """Raise `ConfigurationError` if the environment's proxy for the vendor cannot be used."""
        if self._proxies is not None:
            self._proxies.confirm(base_url)


class Connection(_Network):
    """One HTTP client and its throttles, shared by all sync clients made from the first."""

    def __init__(self, http_client: Any | None) -> None:
        super().__init__(http_client)
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

        made = Transport(self._http_client, self._proxies)
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


class AsyncConnection(_Network):
    """One HTTP client for each loop, and the throttles of all of them.

    It is shared by all async clients made from the first, which may be used in several loops, one
    after the other or each in a thread of its own.
    """

    def __init__(self, http_client: Any | None) -> None:
        super().__init__(http_client)
        self._closed = False
        self._closing: set[Any] = set()
        self._begin()
        self._given = None if http_client is None else self._made()

    def _begin(self) -> None:
        from .aio import AsyncBell

        self._pid = os.getpid()
        self.bell: AsyncBell = AsyncBell()
        self.throttles: Throttles = Throttles()
        self._transports: dict[Loop | None, AsyncTransport] = {}

    def _made(self) -> AsyncTransport:
        from .http.aio import AsyncTransport

        return AsyncTransport(self._http_client, self._proxies)

    def transport(self) -> AsyncTransport:
        """The transport of this loop; a child process opens its own connections."""
        from . import loops

        _confirm_open(self._closed)
        if self._pid != os.getpid():
            _confirm_no_fork(self._http_client)
            self._begin()
        here = loops.here()
        if self._is_elsewhere(here):
            raise ConfigurationError(
                "The http_client belongs to the event loop in which it was first used, and is used "
                "in another one. Make one in each loop, or leave http_client out: batchkit's own "
                "connections follow the loop."
            )
        with self.bell:
            _confirm_open(self._closed)  # another thread may have done it in between
            self._forget_the_past()
            if here not in self._transports:
                self._transports[here] = self._given or self._made()
            transport = self._transports[here]
        _confirm_open(transport.is_closed)
        return transport

    def _is_elsewhere(self, here: Loop | None) -> bool:
        """Whether a client of the caller's has its connections in another loop."""
        if self._given is None or not self._given.has_sockets:
            return False
        return _LOOPS.setdefault(self._http_client, here) != here

    def _forget_the_past(self) -> None:
        """Let go of the connections of loops that are over; as a rule the loop has closed them."""
        for loop, transport in [*self._transports.items()]:
            if transport.is_closed or (loop is not None and loop.is_over):
                del self._transports[loop]

    async def aclose(self) -> None:
        """Close our own connections, if any were opened by this process.

        Those of other loops are closed there, and not waited for.
        """
        from . import loops

        self._closed = True
        if self._pid != os.getpid():
            return
        here = loops.here()
        with self.bell:
            transports, self._transports = self._transports, {}
        for loop, transport in transports.items():
            transport.end()
            if loop is None or loop == here:
                await transport.aclose()
            else:
                with suppress(RuntimeError):  # that loop is over, and with it its connections
                    self._close_in(loop, transport)

    def _close_in(self, loop: Loop, transport: AsyncTransport) -> None:
        loop.call(lambda: loop.start(transport.aclose, self._closing))


def _confirm_open(closed: bool) -> None:
    if closed:
        raise ConfigurationError("The client is closed; make a new one, or close it later.")


def _confirm_no_fork(http_client: Any | None) -> None:
    if http_client is not None:
        raise ConfigurationError(
            "The http_client was made before this process was forked; make a client in the child."
        )
