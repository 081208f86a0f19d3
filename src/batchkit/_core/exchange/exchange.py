"""One chunk's conversation with its vendor, from its first turn to its account.

Theory of operation. An exchange is a generator: it yields the effects that must be waited for and
is sent what came of them. All that it does is in this class and the two below it, `TicketFollower`
(tickets) and `Conversation` (the last reply); what they call decides and changes nothing.

    flow ─▶ resume what the journal left open
         ─▶ settle a parcel: turn ─▶ key ─▶ record ─▶ send ─▶ read the reply
                ▲                                               │
                │    wait: the rest goes again            answered: each item by its answer,
                ├───────────────────────────────────────  all at once, or through a ticket
                │                                         weighed: by the decision table
                └─ divide: halves of what was refused whole ◀───┘

Items are named by their positions in the chunk. Whatever becomes of an item is entered in the
account, once, through `rule`, which keeps the law; what a reply leaves undone is `Leftover`, and
goes again with the parcel, until nothing is left or the attempts ran out.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import cast

from ...outcomes import Accepted, Succeeded, Unknown, Unsent
from ..effects import (
    WAITING,
    Effect,
    Failure,
    Flow,
    Go,
    Halt,
    Received,
    Record,
    Reply,
    Request,
    Response,
    Send,
    Turn,
)
from ..items.chunks import Chunk
from ..meaning import stops
from ..meaning.table import Meaning, Step, Verdict
from ..operations import (
    AllDone,
    AllTaken,
    Operation,
    PerItem,
    Reading,
    Repeat,
    Ticketed,
    Trouble,
    Unreadable,
)
from ..resume.entries import FORGOTTEN, Resumption
from ..rulings import Entry, State
from . import answers
from .account import Account, after_failure
from .parcel import NOTHING, Budget, Key, Leftover, Parcel, halves
from .policy import Policy
from .recording import entry_of
from .retry import RetryState
from .tickets import TicketFollower

SUBMITTED = "It was submitted; its ticket can be waited for."


class Exchange(TicketFollower):
    """One chunk's conversation."""

    def __init__(
        self,
        chunk: Chunk,
        operation: Operation,
        rules: Policy,
        resumption: Resumption | None = None,
    ) -> None:
        super().__init__(Account(chunk), operation, rules)
        self.entry: Entry | None = None
        """What the journal says of the chunk now."""
        self.resumption = resumption
        if resumption is not None:
            self._preload(resumption)

    @property
    def is_kept(self) -> bool:
        """Whether the journal says all of this already."""
        resumption = self.resumption
        return (
            resumption is not None
            and resumption.is_idle
            and resumption.entry.state is State.SETTLED
        )

    def changes(self) -> frozenset[str]:
        """What the chunk changes at the vendor."""
        changes, items, places = self.operation.changes, self.chunk.items, self.chunk.positions
        if changes is None:
            return frozenset()
        return changes(items if len(places) == len(items) else [items[place] for place in places])

    def recorded(self, record: Record, at: float) -> Entry:
        """What the journal shall say now; `at` is in seconds of the Unix clock."""
        self.entry = entry_of(
            self.account,
            self.operation,
            self.entry,
            record,
            generation=self.rules.generation,
            at=at,
        )
        return self.entry

    def flow(self) -> Flow:
        """Talk with the vendor until every item of the chunk is accounted for."""
        chunk = self.chunk
        if chunk.ticket is not None:
            yield from self.follow(chunk.ticket, chunk.positions)
        elif self.resumption is not None:
            yield from self._resume(self.resumption)
        elif len(chunk.positions):
            yield from self._settle(chunk.positions)
        elif self.operation.stops_on_failure:
            yield Turn()  # what is refused here ends what follows, but only when its turn has come

    # Going on with what an earlier run has left behind

    def _preload(self, resumption: Resumption) -> None:
        """Enter what is known already."""
        account = self.account
        self.entry = entry = resumption.entry
        for ruling in resumption.rulings:
            account.rule(ruling)
        account.doubt(resumption.doubted)
        account.requests, account.polls = entry.requests, entry.polls
        account.bytes_sent = entry.bytes_sent
        if entry.highest_code is not None:
            account.note_code(entry.highest_code)
        if resumption.again is not None:
            account.doubt(resumption.again.positions, keyed=True)

    def _resume(self, resumption: Resumption) -> Generator[Effect, Reply, None]:
        """Do what is left: ask about tickets, send again what has a key, send the rest."""
        if resumption.is_idle:
            if self.operation.stops_on_failure:
                yield Turn()  # a failure ends what follows, but only when its turn has come
            return
        left = list(resumption.send)
        for ticket, positions in resumption.ask.items():
            if self.rules.submit_only:
                self.leave(ticket, positions, SUBMITTED)
            else:
                left += yield from self.follow(ticket, positions)
        if resumption.again is not None:
            again = resumption.again
            key = Key(again.key, again.stale_at, in_doubt=True)
            yield from self._settle(again.positions, key=key)
        if left:
            yield from self._settle(sorted(left))

    # Sending, and sending again

    def _settle(
        self, positions: Sequence[int], budget: Budget | None = None, key: Key | None = None
    ) -> Generator[Effect, Reply, bool]:
        """Send these items in one request, and again, until each is ruled on.

        `key` is that of an earlier run, if they were sent under one. Returns whether the request as
        a whole was anything but refused.
        """
        retry = RetryState(self.rules.retry, self.rules.random)
        parcel = Parcel(positions, key)
        turn: Turn | None = Turn()
        while turn is not None:
            received = yield from self._attempt(parcel, turn, retry)
            if received is None:
                return True
            reply = received.reply
            reading = self._read(reply, len(parcel.positions))
            if reading is not None:
                left = yield from self._answered(parcel, reading)
            else:
                meaning = self.judge(reply, self.rules.refused_statuses)
                if parcel.may_divide and meaning.step(self.operation.repeat) is Step.HALVES:
                    yield from self._divide(parcel.positions, meaning, reply, budget)
                    return False
                left = self._weigh(parcel, meaning, reply)
            if not left.positions:
                return True
            parcel.positions = left.positions
            turn = self.wait(retry, left.positions, left.why, received)
            if turn is not None and not (left.in_doubt or parcel.is_in_doubt):
                yield WAITING
        return True

    def _attempt(
        self, parcel: Parcel, turn: Turn, retry: RetryState
    ) -> Generator[Effect, Reply, Received | None]:
        """What came of one more request; `None`, with the items ruled on, if none was begun."""
        go = yield from self._take_turn(turn, parcel.positions)
        if go is None:
            return None
        retry.began(go.now)
        if not self._has_key(parcel, go.now):
            self.rule(Unknown, parcel.positions, reason=FORGOTTEN)
            return None
        return (yield from self._send(parcel, retry.attempts + 1))

    def _has_key(self, parcel: Parcel, now: float) -> bool:
        """Give the parcel a key where it needs one; false if the one it went under is forgotten."""
        ticketing, key = self.operation.ticketing, parcel.key
        if ticketing is None or (key is not None and not key.is_stale(now)):
            return True
        if parcel.is_in_doubt:
            return False
        self.account.undecided.clear()
        parcel.key = Key(self.rules.new_key(), stale_at=now + ticketing.key_lives)
        return True

    def _take_turn(
        self, turn: Turn, positions: Sequence[int]
    ) -> Generator[Effect, Reply, Go | None]:
        """Wait for the turn; `None` once the run goes no further, with the items ruled on."""
        if self.account.stop is not None:
            reason = f"The run had to stop. {self.account.stop.message}"
            self.rule(Unsent, positions, reason=reason)
            return None
        if self.operation.stops_on_failure:
            before = [each for each in self.account.rulings if each.positions[0] < positions[0]]
            if (ended := after_failure(before)) is not None:
                outcome, reason = ended
                self.rule(outcome, positions, reason=reason)
                return None
        reply = yield turn
        if isinstance(reply, Halt):
            self.rule(Unsent, positions, reason=reply.reason)
            return None
        return cast(Go, reply)

    def _send(self, parcel: Parcel, attempt: int) -> Generator[Effect, Reply, Received | None]:
        """What came of the request; `None`, with the items ruled on, if it was never begun."""
        operation, positions = self.operation, parcel.positions
        path, key = operation.path, None
        if parcel.key is not None and operation.ticketing is not None:
            key = parcel.key.text
            path = operation.ticketing.keyed_path(key)
        request = Request(
            method="POST",
            path=path,
            body=self.chunk.body(operation, positions),
            alone=operation.repeat is Repeat.DUPLICATES,
        )
        reply = yield Record(state=State.INTENT, positions=tuple(positions), key=key)
        if not isinstance(reply, Halt):
            first = self.chunk.start + positions[0]
            reply = yield Send(
                request=request, first_index=first, items=len(positions), attempt=attempt
            )
        if isinstance(reply, Halt):
            self.rule(Unsent, positions, reason=reply.reason)
            return None
        self.account.requests += 1
        self.account.bytes_sent += len(request.body)
        return self.note(cast(Received, reply))

    # What came, and what of the items is left to go again

    def _read(self, reply: Response | Failure, count: int) -> Reading | None:
        if isinstance(reply, Failure):
            return None
        reading = self.operation.read(reply, count)
        self.account.page = isinstance(reading, Unreadable) and reading.page
        return reading

    def _answered(self, parcel: Parcel, reading: Reading) -> Generator[Effect, Reply, Leftover]:
        """Rule by an answer that the operation could read."""
        positions, code = parcel.positions, self.status
        match reading:
            case AllDone():
                self.rule(Succeeded, positions, code=code, answered=True)
                return NOTHING
            case AllTaken():
                self.rule(Accepted, positions, code=code, answered=True)
                return NOTHING
            case PerItem(answers=told):
                left = self.account.take(
                    answers.by_position(
                        self.operation,
                        positions,
                        told,
                        strict=self.rules.strict_items,
                        may_resend=self.rules.may_resend(self.operation),
                        request_id=self.request_id,
                    )
                )
                self.trouble = Trouble.TRANSIENT if len(left) == len(positions) else None
                return Leftover(left, "the vendor asked for these items again")
            case Ticketed(ticket=ticket):
                key, parcel.key = parcel.key, None
                left = yield from self._ticketed(ticket, positions, key)
                return Leftover(left, "the ticket left these items undone")
            case unreadable:
                return self._puzzle(parcel, unreadable)

    def _puzzle(self, parcel: Parcel, reading: Unreadable) -> Leftover:
        """Rule after a yes that cannot be read: under a key the vendor can be asked again."""
        self.trouble = Trouble.TRANSIENT
        self._doubt(parcel.positions)
        parcel.unread += 1
        if parcel.key is not None:
            parcel.key.in_doubt = True
            if reading.resends is None or parcel.unread <= reading.resends:
                return Leftover(parcel.positions, reading.reason, in_doubt=True)
            self.account.stop = stops.unreadable(self.operation, reading.reason)
        self.rule(Unknown, parcel.positions, code=self.status, reason=reading.reason, answered=True)
        return NOTHING

    def _weigh(self, parcel: Parcel, meaning: Meaning, reply: Response | Failure) -> Leftover:
        """Rule by the decision table on what no answer has settled."""
        why, step = self.describe(reply), meaning.step(self.operation.repeat)
        in_doubt = meaning.ends_as is Unknown
        if in_doubt:
            self._doubt(parcel.positions)
            if parcel.key is not None:
                parcel.key.in_doubt = True
        may_resend = step is Step.HOLD and self.rules.may_resend(self.operation)
        if may_resend or step in (Step.AGAIN, Step.SAME_KEY):
            return Leftover(parcel.positions, why, in_doubt)
        reason = f"It may have been applied: {why}." if in_doubt else f"{why}."
        if step is Step.END:
            self.account.stop = self.stop_for(reply, why)
            reason = self.account.stop.message
        self.rule(meaning.ends_as, parcel.positions, code=self.status, reason=reason, answered=True)
        return NOTHING

    def _doubt(self, positions: Sequence[int]) -> None:
        self.account.doubt(positions, keyed=self.operation.repeat is Repeat.KEYED)

    def _ticketed(
        self, ticket: str, positions: Sequence[int], key: Key | None
    ) -> Generator[Effect, Reply, Sequence[int]]:
        named = key.text if key is not None else None
        self.account.told()
        kept = yield Record(
            state=State.TICKETED, positions=tuple(positions), key=named, ticket=ticket
        )
        if isinstance(kept, Halt):
            self.leave(ticket, positions, kept.reason)
            return []
        if self.rules.submit_only:
            self.leave(ticket, positions, SUBMITTED, answered=True)
            return []
        return (yield from self.follow(ticket, positions))

    # A request that is refused whole is sent in halves

    def _divide(
        self,
        positions: Sequence[int],
        meaning: Meaning,
        reply: Response | Failure,
        budget: Budget | None,
    ) -> Generator[Effect, Reply, None]:
        yield WAITING
        if meaning.verdict is Verdict.NARROW:
            why = self.describe(reply)
            yield from self._narrow(positions, budget or Budget(len(positions)), why)
        else:  # it was too large
            for half in halves(positions):
                yield from self._settle(half)

    def _narrow(
        self, positions: Sequence[int], budget: Budget, why: str
    ) -> Generator[Effect, Reply, None]:
        """Find the items that were at fault; `why` says what of."""
        left, right = halves(positions)
        if (yield from self._probe(left, budget, why)) and len(right) > 1:
            # The culprits are all in the right half, so it is not worth a call as a whole.
            yield WAITING
            yield from self._narrow(right, budget, why)
        else:
            yield from self._probe(right, budget, why)

    def _probe(
        self, positions: Sequence[int], budget: Budget, why: str
    ) -> Generator[Effect, Reply, bool]:
        """Send a half, if there is a call left for it; whether it was anything but refused."""
        if budget.spend():
            return (yield from self._settle(positions, budget))
        reason = f"Not sent apart from the items that {why}; the calls for finding them are spent."
        self.rule(Unsent, positions, reason=reason)
        return False
