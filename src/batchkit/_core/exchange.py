"""One chunk's conversation with its vendor, from its first turn to its account.

An exchange is a generator: it yields the effects that must be waited for and is sent what came of
them. Parts of a chunk are named by the numbers of their pieces. What an answer leaves unsettled
goes again: the same parts after a wait, the parts that the vendor said to send again, or halves
of a request that was refused for some of its items.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from http import HTTPStatus
from typing import cast

import attrs

from ..outcomes import Unknown, Unsent
from . import resuming, settling, stops, tickets
from .accounts import Account, OutcomeClass, Ruling, Stop
from .chunks import Chunk
from .deduplication import Key
from .effects import (
    Came,
    Effect,
    Failure,
    Flow,
    Phase,
    Reply,
    Response,
    Turn,
)
from .journal import Entry, Resumption
from .lane import Trouble
from .narrowing import Budget
from .operations import (
    Complaint,
    Operation,
    Repeat,
    Ticketing,
)
from .policy import Rules
from .retry import Tries
from .retry_after import retry_after
from .verdicts import MEANINGS, Meaning, Verdict, judge


class Exchange:
    """The state of one chunk's conversation."""

    def __init__(
        self,
        chunk: Chunk,
        operation: Operation,
        rules: Rules,
        resumption: Resumption | None = None,
    ) -> None:
        self.chunk: Chunk = chunk
        self.operation = operation
        self.rules = rules
        self.account: Account = Account(chunk)
        self.trouble: Trouble | None = None
        """What the last reply says of the vendor: others would meet the same."""
        self.retry_in: float | None = None
        """Seconds until what the last reply was for is sent again; `None` if it is not."""
        self._last: Came | None = None
        self.entry: Entry | None = chunk.entry
        """What the journal says of the chunk now."""
        self.undecided: set[int] = set()
        """Positions in doubt only until the vendor answers to their key once more."""
        self.resumption = resumption
        if chunk.entry is not None and resumption is not None:
            resuming.preload(self, chunk.entry, resumption)

    @property
    def request_id(self) -> str | None:
        """The vendor's id of the last answer; `None` where none came, or none with an id."""
        reply = self._last and self._last.reply
        return stops.request_id(reply) if isinstance(reply, Response) else None

    @property
    def may_resend(self) -> bool:
        """Whether what may have been applied may be sent again."""
        return self.rules.may_resend(self.operation)

    @property
    def is_kept(self) -> bool:
        """Whether the journal says all of this already."""
        if self.resumption is None or self.entry is None:
            return self.chunk.is_changed
        return self.resumption.is_idle and self.entry.state == "settled"

    def changes(self) -> frozenset[str]:
        """What the chunk changes at the vendor."""
        changes, items, places = self.operation.changes, self.chunk.items, self.chunk.positions
        if changes is None:
            return frozenset()
        return changes(items if len(places) == len(items) else [items[place] for place in places])

    def flow(self) -> Flow:
        """Talk with the vendor until every item of the chunk is accounted for."""
        every = range(len(self.chunk.positions))
        if self.chunk.ticket is not None:
            yield from tickets.follow(self, self.chunk.ticket, every)
        elif self.chunk.is_changed:
            self.account.stop = stops.changed(self.chunk.start, len(self.chunk.items))
            every_item = range(len(self.chunk.items))
            why = self.account.stop.message
            self.account.rule(Ruling(outcome=Unknown, positions=every_item, reason=why))
        elif self.resumption is not None:
            yield from resuming.go_on(self, self.resumption)
        elif every:
            yield from self.settle(every)
        elif self.operation.stops_on_failure:
            yield Turn()  # what is refused here ends what follows, but only when its turn has come

    def settle(
        self, parts: Sequence[int], budget: Budget | None = None, key: Key | None = None
    ) -> Generator[Effect, Reply, bool]:
        """Send these parts, see `settling.settle`."""
        return settling.settle(self, parts, budget, key)

    def rule(
        self,
        outcome: OutcomeClass,
        parts: Sequence[int],
        *,
        code: int | None = None,
        reason: str = "",
        ticket: str | None = None,
        answered: bool = False,
    ) -> None:
        """Enter the same ruling for all these parts; `answered`: the last answer decided it."""
        self.account.rule(
            Ruling(
                outcome=outcome,
                positions=self.positions(parts),
                code=code,
                reason=reason,
                ticket=ticket,
                request_id=self.request_id if answered else None,
            )
        )

    def rule_rest(self, outcome: OutcomeClass, reason: str) -> None:
        """Enter a ruling for every part without one."""
        ruled = {place for ruling in self.account.rulings for place in ruling.positions}
        places = enumerate(self.chunk.positions)
        self.rule(outcome, [part for part, place in places if place not in ruled], reason=reason)

    def doubt(self, parts: Sequence[int]) -> None:
        """These parts may have been applied; under a key the vendor can still tell."""
        doubted, positions = self.account.doubted, self.positions(parts)
        if self.operation.repeat is Repeat.KEYED:
            self.undecided.update(set(positions) - doubted)
        doubted.update(positions)

    def positions(self, parts: Sequence[int]) -> Sequence[int]:
        """Where in the chunk's items the parts belong."""
        places = self.chunk.positions
        return places if len(parts) == len(places) else [places[part] for part in parts]

    def learn(self, entries: Sequence[str | None]) -> Sequence[int]:
        """The items of an open chunk are known now; gives their parts."""
        every = range(len(entries))
        self.chunk = attrs.evolve(self.chunk, items=entries, positions=every)
        self.account.chunk = self.chunk
        return every

    def identify(self, part: int) -> str:
        """The id under which the vendor knows a part."""
        position = self.chunk.positions[part]
        ticketing = cast(Ticketing, self.operation.ticketing)
        return ticketing.identify(self.chunk.items[position], self.chunk.start + position)

    def wait(self, tries: Tries, parts: Sequence[int], why: str, came: Came) -> Turn | None:
        """The next turn for parts that were not taken; `None`, with them ruled on, without one."""
        response = came.reply if isinstance(came.reply, Response) else None
        told = retry_after(response.headers, response.received) if response else None
        most = self.rules.retry.max_retry_after
        if response is not None and told is not None and told > most:
            complaint = self.operation.complain(response)
            self.account.stop = stops.rate_limited(self.operation, response, complaint, told, most)
            self.rule(Unsent, parts, reason=self.account.stop.message, answered=True)
            return None
        contended = self.trouble is Trouble.CONTENDED
        delay = tries.wait(why, came.now, tries.calm if contended and told is None else told)
        if delay is None:
            if isinstance(came.reply, Failure) and came.reply.phase <= Phase.CONNECTING:
                self.account.unreached = why
            times = "1 attempt" if tries.attempts == 1 else f"{tries.attempts} attempts"
            reason = f"Given up after {times}; the last time, {why}."
            self.rule(Unsent, parts, reason=reason, answered=True)
            return None
        self.retry_in = delay if came is self._last else None  # a ticket was asked about since
        limited = response is not None and response.status == HTTPStatus.TOO_MANY_REQUESTS
        pause = told is not None or (limited and not contended)
        return Turn(after=delay, pause=pause, again=True)

    def describe(self, reply: Response | Failure) -> str:
        """What came back, as the middle of a sentence."""
        if isinstance(reply, Failure):
            return reply.reason
        complaint = self.operation.complain(reply) if reply.complete else Complaint()
        words = ": ".join(part for part in (complaint.code, complaint.message) if part)
        return f"{self.operation.vendor} answered {reply.status}" + (f" ({words})" if words else "")

    def judge(self, reply: Response | Failure, refused: Collection[int] | None) -> Meaning:
        """What the table's verdict leads to, with a note of what it says of the vendor."""
        verdict = judge(reply, refused)
        if verdict in (Verdict.AGAIN, Verdict.DOUBT, Verdict.GIVE_UP):
            self.trouble = self._trouble(reply)
        return MEANINGS[verdict]

    def _trouble(self, reply: Response | Failure) -> Trouble:
        if isinstance(reply, Failure):
            return Trouble.TRANSIENT
        told = retry_after(reply.headers, reply.received) is not None
        match reply.status:
            case HTTPStatus.TOO_MANY_REQUESTS:
                trouble = self.operation.limited(reply)
                # Who says how long to wait is believed.
                return Trouble.THROTTLED if told and trouble is Trouble.QUOTA_SPENT else trouble
            case HTTPStatus.SERVICE_UNAVAILABLE if told:
                return Trouble.THROTTLED
            case HTTPStatus.CONFLICT:
                return Trouble.CONTENDED
            case _:
                return Trouble.TRANSIENT

    def note(self, came: Came) -> Came:
        """Keep the highest code that came."""
        self.trouble, self.retry_in, self._last = None, None, came
        if isinstance(came.reply, Response):
            self.account.note_code(came.reply.status)
        return came

    def stop_for(self, reply: Response | Failure, why: str) -> Stop:
        """Why the run ends with this reply."""
        if isinstance(reply, Failure):
            return stops.unreachable(self.operation.vendor, why)
        return stops.refused(self.operation, reply, self.operation.complain(reply))
