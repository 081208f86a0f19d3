"""What became of items, and what a journal says of them, as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any, Literal

import attrs

from ..exceptions import BatchkitError
from ..outcomes import Accepted, Rejected, Report, Skipped, Succeeded, Unknown, Unsent
from ..values import JsonValue

OutcomeClass = type[
    Succeeded[Any] | Accepted[Any] | Rejected[Any] | Skipped[Any] | Unknown[Any] | Unsent[Any]
]


class State(Enum):
    """How far a chunk has come, as the journal says."""

    WAITING = "waiting"
    """Nothing is under way."""
    INTENT = "intent"
    """A request is under way, or was about to be."""
    TICKETED = "ticketed"
    """A ticket is."""
    SETTLED = "settled"
    """All is known."""


@attrs.frozen(kw_only=True)
class Ruling:
    """What became of the items at `positions` of a chunk."""

    outcome: OutcomeClass
    positions: Sequence[int]
    code: int | None = None
    reason: str = ""
    by: Literal["vendor", "client"] = "vendor"
    ticket: str | None = None
    request_id: str | None = attrs.field(default=None, eq=False)
    """The vendor's id of the answer that decided it; a journal does not keep it."""
    values: Mapping[int, JsonValue] | None = None
    """By position, what the vendor gave for an item that succeeded."""

    @property
    def got_through(self) -> bool:
        """Whether the vendor took these items."""
        return self.outcome in (Succeeded, Accepted)


def positions_of(rulings: Iterable[Ruling]) -> set[int]:
    """The positions of all of them."""
    return {position for ruling in rulings for position in ruling.positions}


@attrs.frozen(kw_only=True)
class Abort:
    """The call as a whole cannot go on; `raises` makes the exception once the account is whole."""

    error: type[BatchkitError]
    message: str
    told: Mapping[str, Any] = attrs.field(factory=dict[str, Any])

    def raises(self, report: Report[Any]) -> BatchkitError:
        """The exception, with the report of the run."""
        return self.error(self.message, report=report, **self.told)


@attrs.frozen
class OpenTicket:
    """A ticket that still runs, with the positions of the items that it stands for."""

    ticket: str
    positions: Sequence[int]


@attrs.frozen(kw_only=True)
class Entry:
    """What the journal says of one chunk."""

    start: int
    """Index of its first item in the caller's input."""
    count: int
    stamp: str
    """The moment at which its items were encoded."""
    digest: bytes
    """Of everything that was encoded; see `digest`."""
    largest: int
    """The most bytes that an item could have in the call that first came to it."""
    state: State
    rulings: Sequence[Ruling] = ()
    """What became of its items so far, those refused by the client included."""
    doubted: Sequence[int] = ()
    """Positions that an attempt before the last may have applied."""
    sending: Sequence[int] = ()
    """Positions in the request that was begun last, in its order."""
    key: str | None = None
    """The deduplication key of that request."""
    key_sent: float | None = None
    """When the key was first sent, in seconds of the Unix clock."""
    ticket: str | None = None
    """The vendor's receipt for that request."""
    first_sent: float | None = None
    """When anything of the chunk was first sent, in seconds of the Unix clock."""
    generation: int = 0
    """The call with this journal in which it was last sent; 0 if it never was."""
    requests: int = 0
    """Requests begun: the one that a crash cut off is counted."""
    polls: int = 0
    bytes_sent: int = 0
    highest_code: int | None = None

    @property
    def end(self) -> int:
        """Index of the first item after it."""
        return self.start + self.count

    @property
    def under_way(self) -> Sequence[int]:
        """Positions in a request of which the outcome is not known yet."""
        return self.sending if self.state in (State.INTENT, State.TICKETED) else ()


class Fit(Enum):
    """How the items of a chunk compare with those that the journal has in their place."""

    SAME = "same"
    OTHER = "other"
    CUT = "cut"
    """They are its first ones, and no more could be read: nothing is compared."""


@attrs.frozen
class Known:
    """What the journal says of a chunk, in a run that is resumed."""

    entry: Entry
    fit: Fit
