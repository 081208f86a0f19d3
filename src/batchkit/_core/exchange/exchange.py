"""One chunk's conversation with its vendor, from its first turn to its account.

Theory of operation. An exchange is a generator: it yields the effects that must be waited for and
is sent what came of them. Items are named by their positions in the chunk. What an answer leaves
unsettled goes again: the same items after a wait, those that the vendor said to send again, or
halves of a request that was refused for some of its items. What became of an item is entered in
the account, once; nothing else is changed on the way.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import cast

import attrs

from ...outcomes import Accepted, Succeeded, Unknown, Unsent
from ..effects import (
    WAITING,
    Came,
    Effect,
    Flow,
    Go,
    Halt,
    Record,
    Reply,
    Request,
    Response,
    Send,
    Turn,
)
from ..items.chunks import Chunk, body
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
from .policy import Rules
from .recording import entry_of
from .retry import Tries
from .tickets import Following

SUBMITTED = "It was submitted; its ticket can be waited for."


@attrs.define
class Key:
    """A deduplication key, under which the vendor takes the same request once."""

    text: str
    stale_at: float
    in_doubt: bool = False
    """Whether a request under it may have been taken."""

    def is_stale(self, now: float) -> bool:
        """Whether the vendor may have forgotten it."""
        return now > self.stale_at


class Budget:
    """The calls that may be spent on one refused request.

    Halving finds one culprit among n in at most 2·log2(n) calls; eight more find a second one in
    most requests. Against an hourly quota, more would cost the caller dearer than the items.
    """

    def __init__(self, items: int) -> None:
        self._left = 2 * (items - 1).bit_length() + 8

    def spend(self) -> bool:
        """Whether one more call may be made; it is counted."""
        self._left -= 1
        return self._left >= 0


class Exchange(Following):
    """One chunk's conversation."""

    def __init__(
        self,
        chunk: Chunk,
        operation: Operation,
        rules: Rules,
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
            self.account, self.operation, self.entry, record, life=self.rules.life, at=at
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
        tries = Tries(self.rules.retry, self.rules.random)
        turn: Turn | None = Turn()
        left: Sequence[int]
        unread = 0
        while turn is not None:
            go = yield from self._take_turn(turn, positions)
            if go is None:
                return True
            tries.began(go.now)
            if self.operation.ticketing is not None and (key is None or key.is_stale(go.now)):
                if key is not None and key.in_doubt:
                    self.rule(Unknown, positions, reason=FORGOTTEN)
                    return True
                self.account.undecided.clear()
                stale_at = go.now + self.operation.ticketing.key_lives
                key = Key(self.rules.new_key(), stale_at)
            came = yield from self._send(positions, key, tries.attempts + 1)
            if came is None:
                return True
            reading, in_doubt = self._read(came, len(positions)), False
            match reading:
                case AllDone() | AllTaken():
                    done = Succeeded if isinstance(reading, AllDone) else Accepted
                    code = cast(Response, came.reply).status
                    self.rule(done, positions, code=code, answered=True)
                    return True
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
                    why = "the vendor asked for these items again"
                case Ticketed(ticket=ticket):
                    left = yield from self._ticketed(ticket, positions, key)
                    why, key = "the ticket left these items undone", None
                case Unreadable():
                    self.trouble = Trouble.TRANSIENT
                    unread += 1
                    why, in_doubt = reading.reason, True
                    left = self._puzzle(positions, reading, key, came, unread)
                case _:
                    meaning = self.judge(came.reply, self.rules.refused_statuses)
                    why = self.describe(came.reply)
                    divides = meaning.step(self.operation.repeat) is Step.HALVES
                    if divides and len(positions) > 1 and not (key and key.in_doubt):
                        if meaning.verdict is Verdict.NARROW:
                            yield from self._narrow(
                                positions, budget or Budget(len(positions)), why
                            )
                        else:
                            yield from self._split(positions)
                        return False
                    left = self._weigh(positions, meaning, came, why)
                    in_doubt = meaning.ends_as is Unknown
                    if key is not None and in_doubt:
                        key.in_doubt = True
            if not left:
                return True
            turn, positions = self.wait(tries, left, why, came), left
            if turn is not None and not (in_doubt or (key is not None and key.in_doubt)):
                yield WAITING
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

    def _send(
        self, positions: Sequence[int], key: Key | None, attempt: int
    ) -> Generator[Effect, Reply, Came | None]:
        """What came of a request; `None`, with the items ruled on, if it was never begun."""
        operation, chunk = self.operation, self.chunk
        path, named = operation.path, None
        if key is not None and operation.ticketing is not None:
            path, named = operation.ticketing.keyed_path(key.text), key.text
        content = body(operation, chunk.pieces, chunk.parts(positions))
        alone = operation.repeat is Repeat.DUPLICATES
        reply = yield Record(state=State.INTENT, positions=tuple(positions), key=named)
        if not isinstance(reply, Halt):
            request = Request(method="POST", path=path, body=content, alone=alone)
            reply = yield Send(
                request=request,
                first_index=chunk.start + positions[0],
                items=len(positions),
                attempt=attempt,
            )
        if isinstance(reply, Halt):
            self.rule(Unsent, positions, reason=reply.reason)
            return None
        self.account.requests += 1
        self.account.bytes_sent += len(content)
        return self.note(cast(Came, reply))

    def _read(self, came: Came, count: int) -> Reading | None:
        if not isinstance(came.reply, Response):
            return None
        reading = self.operation.read(came.reply, count)
        self.account.page = isinstance(reading, Unreadable) and reading.page
        return reading

    def _puzzle(
        self,
        positions: Sequence[int],
        reading: Unreadable,
        key: Key | None,
        came: Came,
        times: int,
    ) -> Sequence[int]:
        """Rule after a yes that cannot be read; what is returned goes again."""
        self._doubt(positions)
        if key is not None:
            key.in_doubt = True
            if reading.resends is None or times <= reading.resends:
                return positions
            self.account.stop = stops.unreadable(self.operation, reading.reason)
        code = cast(Response, came.reply).status
        self.rule(Unknown, positions, code=code, reason=reading.reason, answered=True)
        return []

    def _weigh(
        self, positions: Sequence[int], meaning: Meaning, came: Came, why: str
    ) -> Sequence[int]:
        """Rule on items that were not settled by an answer; what is returned goes again."""
        step, reason = meaning.step(self.operation.repeat), f"{why}."
        if meaning.ends_as is Unknown:
            self._doubt(positions)
            reason = f"It may have been applied: {why}."
        may_resend = self.rules.may_resend(self.operation)
        if step in (Step.AGAIN, Step.SAME_KEY) or (step is Step.HOLD and may_resend):
            return positions
        if step is Step.END:
            self.account.stop = self.stop_for(came.reply, why)
            reason = self.account.stop.message
        code = came.reply.status if isinstance(came.reply, Response) else None
        self.rule(meaning.ends_as, positions, code=code, reason=reason, answered=True)
        return []

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

    def _split(self, positions: Sequence[int]) -> Generator[Effect, Reply, None]:
        """It was too large."""
        yield WAITING
        left, right = halves(positions)
        yield from self._settle(left)
        yield from self._settle(right)

    def _narrow(
        self, positions: Sequence[int], budget: Budget, why: str
    ) -> Generator[Effect, Reply, None]:
        """Find the items that were at fault; `why` says what of."""
        yield WAITING
        left, right = halves(positions)
        if (yield from self._probe(left, budget, why)) and len(right) > 1:
            # The culprits are all in the right half, so it is not worth a call as a whole.
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


def halves(positions: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """The two halves of at least two positions."""
    middle = len(positions) // 2
    return positions[:middle], positions[middle:]
