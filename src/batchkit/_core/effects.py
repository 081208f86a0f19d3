"""What an exchange asks its surroundings for, and what it is told.

An exchange yields effects and is sent their replies. It never waits, reads a clock or sees a
socket; whoever drives it does. A failed send is a value with its phase, not an exception, so that
a vendor's code cannot forget it.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from enum import IntEnum
from typing import Final, TypeAlias

import attrs

from .rulings import State


@attrs.frozen(kw_only=True)
class Request:
    """One HTTP request; the transport adds credentials and headers."""

    method: str
    path: str
    """Below the client's base URL, query included."""
    body: bytes = b""
    alone: bool = False
    """Whether it has a connection of its own: on one that was used before, nobody can tell a
    request that came too late from one that was taken and not answered."""


class Phase(IntEnum):
    """How far an attempt came. Up to `SENDING` no vendor can have read a whole request."""

    NOTHING = 0
    CONNECTING = 1
    SENDING = 2
    SENT = 3
    ANSWERING = 4
    ANSWERED = 5


@attrs.frozen(kw_only=True)
class Response:
    """An answer. `headers` are keyed in lower case; `body` is decoded bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: float = 0.0
    """When it came, in seconds of the Unix clock."""
    complete: bool = True
    """False if the body broke off, was too large or could not be decoded; `body` is empty then."""
    too_large: bool = False
    """Whether that is why it is not complete."""


@attrs.frozen(kw_only=True)
class Failure:
    """No answer: how far the attempt came, and what happened in words without any value."""

    phase: Phase
    reason: str
    final: bool = False
    """True if trying again is pointless, as with a certificate that is not trusted."""
    closed: bool = False
    """Whether there was no attempt at all, for the caller had closed the client."""


@attrs.frozen(kw_only=True)
class Turn:
    """May I send now? Pace, pauses and backoff are all waited for here."""

    after: float = 0.0
    """Seconds from now before which the answer shall not be yes."""
    pause: bool = False
    """Whether everybody on the throttle must wait as long."""
    again: bool = False
    """Whether it is for what was sent before and came to nothing."""
    poll: bool = False
    """Whether `after` is time given to a ticket, not to a retry: it may well outlast a deadline."""


@attrs.frozen
class Go:
    """The turn has come; `now` is the run's clock in seconds."""

    now: float


@attrs.frozen
class Halt:
    """The run goes no further; `reason` says why, for the items that are left."""

    reason: str


@attrs.frozen(kw_only=True)
class Record:
    """Something that must survive a crash before the exchange goes on: the journal's seam.

    It takes no time where there is no journal.
    """

    state: State
    positions: tuple[int, ...] = ()
    key: str | None = None
    ticket: str | None = None


WAITING: Final = Record(state=State.WAITING)
"""Nothing that was sent is in doubt any more; what is left will wait for another turn."""


@attrs.frozen(kw_only=True)
class Send:
    """Send this request and tell what came back. Its turn has been taken."""

    request: Request
    first_index: int = 0
    """Index of the first item that it carries, or that its ticket stands for."""
    items: int = 0
    """How many items it carries; none for a question."""
    attempt: int = 1
    """1 when this is sent for the first time."""


@attrs.frozen
class Received:
    """What came of a `Send`, and when by the run's clock."""

    reply: Response | Failure
    now: float


Effect: TypeAlias = Turn | Record | Send
Reply: TypeAlias = Go | Halt | Received | None
"""What the effects are answered with: `Turn` by `Go` or `Halt`, `Send` by `Received`.

A run that ends, or a journal that cannot be written, halts what was recorded but not sent yet: then
a `Record` or the `Send` after it is answered by `Halt` too.
"""
Flow: TypeAlias = Generator[Effect, Reply, None]
"""One chunk's conversation with its vendor."""
