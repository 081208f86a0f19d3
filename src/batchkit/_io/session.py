"""What clients share: a connection with its lanes, and how a call becomes a run on it."""

from __future__ import annotations

import os
import random
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from .._core.chunks import Chunk, Cutter, body
from .._core.exchange import Exchange, Rules
from .._core.lane import Lane, least_seconds
from .._core.operations import Operation
from .._core.run import Bounds, Run
from ..exceptions import ConfigurationError
from ..options import Pace, PollPolicy
from ..outcomes import Plan
from . import clock
from .http.requests import Address
from .settings import Secret, Settings

if TYPE_CHECKING:
    from .aio import Bell
    from .http.aio import AsyncTransport
    from .http.sync import Transport


class Lanes:
    """The lanes of a connection: one for each credential, quota and pace."""

    def __init__(self) -> None:
        self._lanes: dict[tuple[Secret | None, str, Pace | None], Lane] = {}

    def of(self, settings: Settings, operation: Operation) -> Lane:
        pace = settings.pace_of(operation)
        key = (settings.authorization, operation.quota, pace)
        return self._lanes.setdefault(key, Lane(pace))


class Connection:
    """One HTTP client and its lanes, shared by every sync client that was made from the first."""

    def __init__(self, http_client: Any | None) -> None:
        self._http_client = http_client
        self._transport: Transport | None = None
        self._closed = False
        self._begin()
        if http_client is not None:
            self._open()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self.bell = threading.Condition()
        self.lanes = Lanes()

    def _open(self) -> Transport:
        from .http.sync import Transport

        self._transport = Transport(self._http_client)
        return self._transport

    def transport(self) -> Transport:
        """The transport of this process; a child opens its own connections."""
        _confirm_open(self._closed)
        if self._pid != os.getpid():
            _confirm_no_fork(self._http_client)
            self._transport = None
            self._begin()
        with self.bell:
            transport = self._transport or self._open()
        _confirm_open(transport.is_closed)
        return transport

    def close(self) -> None:
        """Close our own connections, if any were opened by this process."""
        self._closed = True
        if self._transport is not None and self._pid == os.getpid():
            self._transport.close()


class AsyncConnection:
    """The same for async clients."""

    def __init__(self, http_client: Any | None) -> None:
        from .aio import Bell

        self._http_client = http_client
        self._transport: AsyncTransport | None = None
        self._closed = False
        self._new_bell: Callable[[], Bell] = Bell
        self._begin()
        if http_client is not None:
            self._open()

    def _begin(self) -> None:
        self._pid = os.getpid()
        self.bell = self._new_bell()
        self.lanes = Lanes()

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


@attrs.frozen(kw_only=True)
class Call:
    """One call of a user's: what to do, and what bounds it."""

    settings: Settings
    operation: Operation
    deadline: float | None = None
    poll: PollPolicy = attrs.field(factory=PollPolicy)
    submit_only: bool = False

    def cutter(self) -> Cutter:
        """Cuts the call's items."""
        ours, limits = self.operation.limits, self.settings.limits
        ticketing = self.operation.ticketing
        at = clock.current()
        return Cutter(
            self.operation,
            max_items=limits.max_items or ours.max_items or 1,
            max_bytes=limits.max_bytes or ours.max_bytes or 1,
            max_refused=1 if ticketing is not None and ticketing.stops_on_failure else None,
            now=lambda: clock.stamp(at),
        )

    def run(self, lanes: Lanes) -> Run:
        """The run of the call."""
        settings, operation = self.settings, self.operation
        rules = Rules(
            retry=settings.retry,
            poll=self.poll,
            resend_in_doubt=settings.on_doubt == "resend",
            strict_items=settings.strict_items,
            refused_statuses=settings.refused_statuses,
            random=random.random,
            new_key=lambda: str(uuid.uuid4()),
            submit_only=self.submit_only,
        )

        def begin(chunk: Chunk) -> Exchange:
            return Exchange(chunk, operation, rules)

        ticketing = operation.ticketing
        bounds = Bounds(
            vendor=operation.vendor,
            name=operation.name,
            in_flight=settings.max_in_flight,
            timeout=settings.timeout,
            max_retry_after=settings.retry.max_retry_after,
            deadline=self.deadline,
            ordered=operation.ordered,
            stops_on_failure=ticketing is not None and ticketing.stops_on_failure,
        )
        return Run(begin, lanes.of(settings, operation), bounds, clock.current().monotonic())

    def address(self) -> Address:
        """Where its requests go."""
        return Address(base_url=self.settings.base_url, headers=self.settings.headers())


class Planner:
    """Counts what a run would send."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._items = self._requests = self._bytes = self._invalid = 0

    def count(self, chunk: Chunk) -> None:
        """One more chunk of the run."""
        self._items += len(chunk.items)
        self._invalid += len(chunk.refused)
        if chunk.pieces:
            self._requests += 1
            self._bytes += len(body(self._call.operation, chunk.pieces, range(len(chunk.pieces))))

    def plan(self) -> Plan:
        """What was counted."""
        pace = self._call.settings.pace_of(self._call.operation)
        return Plan(
            items=self._items,
            requests=self._requests,
            bytes=self._bytes,
            invalid=self._invalid,
            least_seconds=least_seconds(self._requests, pace),
        )
