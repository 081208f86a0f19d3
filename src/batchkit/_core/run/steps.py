"""What a run tells its driver to do, and what it knows of each exchange."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from ..effects import Flow, Record, Send, Turn
from ..exchange.account import Account
from ..exchange.conversation import Conversation
from ..rulings import Abort, Entry


@attrs.define(eq=False)
class Task:
    """An exchange, and what it waits for."""

    exchange: Conversation
    flow: Flow
    changes: frozenset[str] = frozenset()
    after: set[Task] = attrs.field(factory=set["Task"])
    """Those that must be settled before."""
    turn: Turn = attrs.field(factory=Turn)
    ready_at: float = 0.0
    busy: bool = False
    """Whether a performer does something for it, or will without a turn."""
    has_slot: bool = False
    """Whether it counts against the throttle and the requests at once."""


@attrs.frozen(kw_only=True)
class RunLimits:
    """What bounds a run."""

    vendor: str
    name: str
    remaining_header: str
    """Name, in lower case, of the header that says how much is left of the quota."""
    in_flight: int
    timeout: float
    """Seconds for one attempt."""
    max_retry_after: float
    first_trial: float = 0.0
    """Seconds from the breaker's opening to its first trial."""
    deadline: float | None = None
    """Seconds for the whole run."""
    ordered: bool = False
    stops_on_failure: bool = False
    has_journal: bool = False
    """Whether what exchanges record is written; else that takes no time."""


@attrs.frozen(kw_only=True, eq=False)
class Dispatch:
    """A send that is to be made now, within `timeout` seconds."""

    send: Send
    timeout: float
    task: Task


@attrs.frozen(kw_only=True, eq=False)
class PendingEntry:
    """What the journal shall say of a chunk."""

    exchange: Conversation
    record: Record
    task: Task | None = None
    """What goes on once it is written."""

    def entry(self, at: float) -> Entry:
        """What the journal shall say; `at` is in seconds of the Unix clock."""
        return self.exchange.recorded(self.record, at)


@attrs.frozen(eq=False)
class Commit:
    """What is to be written to the journal now, in this order."""

    notes: Sequence[PendingEntry]


@attrs.frozen
class Wait:
    """Nothing to do until something is answered, or until this moment if that comes first."""

    until: float
    idle: bool
    """Whether nothing is sent, read or delivered, so that nothing can happen before `until`."""


@attrs.frozen
class Deliver:
    """A chunk is settled."""

    account: Account


@attrs.frozen
class Read:
    """Read the source and `feed` the next chunk, or tell that it is `exhausted`."""

    last: bool
    """Whether the source itself must not be touched again: only what was read of it is fed."""


@attrs.frozen
class CutOff:
    """Wait no longer for what is being sent: `answer` for it with as much as is known."""


@attrs.frozen
class Done:
    """Everything that was read is delivered; `stop` says why the run ended early, if it did."""

    stop: Abort | None


Step = Deliver | Read | Wait | CutOff | Done
