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

from ..outcomes import Accepted, Succeeded, Unknown, Unsent
from . import resuming, stops, tickets
from .accounts import Account, OutcomeClass, Ruling, Stop, after_failure
from .answers import enter_answers
from .chunks import Chunk, body
from .deduplication import Key
from .effects import (
    WAITING,
    Came,
    Effect,
    Failure,
    Flow,
    Go,
    Halt,
    Phase,
    Record,
    Reply,
    Request,
    Response,
    Send,
    Turn,
)
from .journal import FORGOTTEN, Entry, Resumption
from .lane import Trouble
from .narrowing import Budget, divide
from .operations import (
    AllDone,
    AllTaken,
    Complaint,
    Operation,
    PerItem,
    Repeat,
    Ticketed,
    Ticketing,
    Unreadable,
)
from .policy import Rules
from .retry import Tries
from .retry_after import retry_after
from .verdicts import MEANINGS, Meaning, Step, Verdict, judge

Talk = Generator[Effect, Reply, bool]
"""Part of an exchange; returns whether the request as a whole was anything but refused."""


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
        self.entry: Entry | None = chunk.entry
        """What the journal says of the chunk now."""
        self.undecided: set[int] = set()
        """Positions in doubt only until the vendor answers to their key once more."""
        self.resumption = resumption
        if chunk.entry is not None and resumption is not None:
            resuming.preload(self, chunk.entry, resumption)

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
        changes, items = self.operation.changes, self.chunk.items
        if changes is None:
            return frozenset()
        return frozenset(
            thing for position in self.chunk.positions for thing in changes(items[position])
        )

    def talk(self) -> Flow:
        """Talk with the vendor until every item of the chunk is accounted for."""
        every = range(len(self.chunk.positions))
        if self.chunk.ticket is not None:
            yield from tickets.follow(self, self.chunk.ticket, every)
        elif self.chunk.is_changed:
            self.account.stop = stops.changed(self.chunk.start, len(self.chunk.items))
            self.rule_rest(Unknown, self.account.stop.message)
        elif self.resumption is not None:
            yield from resuming.go_on(self, self.resumption)
        elif every:
            yield from self.settle(every)
        elif self.operation.stops_on_failure:
            yield Turn()  # what is refused here ends what follows, but only when its turn has come

    def settle(
        self, parts: Sequence[int], budget: Budget | None = None, key: Key | None = None
    ) -> Talk:
        """Send these parts in one request, and again, until each is ruled on.

        `key` is that of an earlier run, if they were sent under one.
        """
        tries = Tries(self.rules.retry, self.rules.random)
        turn: Turn | None = Turn()
        left: Sequence[int]
        unread = 0
        while turn is not None:
            go = yield from self.take_turn(turn, parts)
            if go is None:
                return True
            tries.began(go.now)
            if self.operation.ticketing is not None and (key is None or key.is_stale(go.now)):
                if key is not None and key.in_doubt:
                    self.rule(Unknown, parts, reason=FORGOTTEN)
                    return True
                lives = self.operation.ticketing.key_lives
                key = Key(self.rules.new_key(), stale_at=go.now + lives)
                self.undecided.clear()
            came = yield from self._send(parts, key)
            if came is None:
                return True
            reading, in_doubt = self._read(came.reply, len(parts)), False
            match reading:
                case AllDone() | AllTaken():
                    done = Succeeded if isinstance(reading, AllDone) else Accepted
                    self.rule(done, parts, code=cast(Response, came.reply).status)
                    return True
                case PerItem(answers=answers):
                    left = enter_answers(self, parts, answers)
                    self.trouble = Trouble.TRANSIENT if len(left) == len(parts) else None
                    why = "the vendor asked for these items again"
                case Ticketed(ticket=ticket):
                    left = yield from self._ticketed(ticket, parts, key)
                    why, key = "the ticket left these items undone", None
                case Unreadable():
                    self.trouble = Trouble.TRANSIENT
                    unread += 1
                    why, in_doubt = reading.reason, True
                    left = self._puzzle(parts, reading, key, cast(Response, came.reply), unread)
                case _:
                    meaning = self.judge(came.reply, self.rules.refused_statuses)
                    divides = meaning.step(self.operation.repeat) is Step.HALVES
                    if divides and len(parts) > 1 and not (key and key.in_doubt):
                        narrow = meaning.verdict is Verdict.NARROW
                        search = (budget or Budget(len(parts))) if narrow else None
                        yield from divide(self, parts, search, self.describe(came.reply))
                        return False
                    why = self.describe(came.reply)
                    left = self._weigh(parts, meaning, came.reply, why)
                    in_doubt = meaning.ends_as is Unknown
                    if key is not None and in_doubt:
                        key.in_doubt = True
            if not left:
                return True
            if not (in_doubt or (key is not None and key.in_doubt)):
                yield WAITING
            turn, parts = self.wait(tries, left, why, came), left
        return True

    def take_turn(self, turn: Turn, parts: Sequence[int]) -> Generator[Effect, Reply, Go | None]:
        """Wait for the turn; `None` once the run goes no further, with the parts ruled on."""
        if self.account.stop is not None:
            self.rule(Unsent, parts, reason=f"The run had to stop. {self.account.stop.message}")
            return None
        if (
            self.operation.stops_on_failure
            and (ended := after_failure(self._before(parts))) is not None
        ):
            outcome, reason = ended
            self.rule(outcome, parts, reason=reason)
            return None
        reply = yield turn
        if isinstance(reply, Halt):
            self.rule(Unsent, parts, reason=reply.reason)
            return None
        return cast(Go, reply)

    def rule(
        self,
        outcome: OutcomeClass,
        parts: Sequence[int],
        *,
        code: int | None = None,
        reason: str = "",
    ) -> None:
        """Enter the same ruling for all these parts."""
        positions = self.positions(parts)
        self.account.rule(Ruling(outcome=outcome, positions=positions, code=code, reason=reason))

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
        self.chunk = attrs.evolve(self.chunk, items=entries, positions=every, is_open=False)
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
            self.rule(Unsent, parts, reason=self.account.stop.message)
            return None
        contended = self.trouble is Trouble.CONTENDED
        delay = tries.wait(why, came.now, tries.calm if contended and told is None else told)
        if delay is None:
            if isinstance(came.reply, Failure) and came.reply.phase <= Phase.CONNECTING:
                self.account.unreached = why
            times = "1 attempt" if tries.attempts == 1 else f"{tries.attempts} attempts"
            self.rule(Unsent, parts, reason=f"Given up after {times}; the last time, {why}.")
            return None
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

    def _before(self, parts: Sequence[int]) -> list[Ruling]:
        """The rulings on items before these parts."""
        first = self.chunk.positions[parts[0]]
        return [ruling for ruling in self.account.rulings if ruling.positions[0] < first]

    def _send(self, parts: Sequence[int], key: Key | None) -> Generator[Effect, Reply, Came | None]:
        """What came of a request; `None`, with the parts ruled on, if it was never begun."""
        operation = self.operation
        path = operation.path
        if key is not None and operation.ticketing is not None:
            path = operation.ticketing.keyed_path(key.text)
        content = body(operation, self.chunk.pieces, parts)
        named = key.text if key is not None else None
        alone = operation.repeat is Repeat.DUPLICATES
        reply = yield Record(state="intent", positions=tuple(self.positions(parts)), key=named)
        if not isinstance(reply, Halt):
            request = Request(method="POST", path=path, body=content, alone=alone)
            reply = yield Send(request=request, items=len(parts))
        if isinstance(reply, Halt):
            self.rule(Unsent, parts, reason=reply.reason)
            return None
        self.account.requests += 1
        self.account.bytes_sent += len(content)
        return self.note(cast(Came, reply))

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
        self.trouble = None
        if isinstance(came.reply, Response):
            self.account.note_code(came.reply.status)
        return came

    def _read(self, reply: Response | Failure, count: int) -> object:
        if isinstance(reply, Failure):
            return None
        reading = self.operation.read(reply, count)
        self.account.page = isinstance(reading, Unreadable) and reading.page
        return reading

    def _ticketed(
        self, ticket: str, parts: Sequence[int], key: Key | None
    ) -> Generator[Effect, Reply, Sequence[int]]:
        named = key.text if key is not None else None
        self.account.doubted -= self.undecided  # the ticket is that of every attempt under the key
        self.undecided.clear()
        kept = yield Record(
            state="ticketed", positions=tuple(self.positions(parts)), key=named, ticket=ticket
        )
        if isinstance(kept, Halt):
            tickets.leave(self, ticket, parts, kept.reason)
            return []
        if self.rules.submit_only:
            tickets.leave(self, ticket, parts, resuming.SUBMITTED)
            return []
        return (yield from tickets.follow(self, ticket, parts))

    def _puzzle(
        self,
        parts: Sequence[int],
        reading: Unreadable,
        key: Key | None,
        response: Response,
        times: int,
    ) -> Sequence[int]:
        """Rule on parts after a yes that cannot be read; what is returned goes again."""
        self.doubt(parts)
        if key is not None:
            key.in_doubt = True
            if reading.resends is None or times <= reading.resends:
                return parts
            self.account.stop = stops.unreadable(self.operation, reading.reason)
        self.rule(Unknown, parts, code=response.status, reason=reading.reason)
        return []

    def _weigh(
        self, parts: Sequence[int], meaning: Meaning, reply: Response | Failure, why: str
    ) -> Sequence[int]:
        """Rule on parts that were not settled by an answer; what is returned goes again."""
        step, reason = meaning.step(self.operation.repeat), f"{why}."
        if meaning.ends_as is Unknown:
            self.doubt(parts)
            reason = f"It may have been applied: {why}."
        if step in (Step.AGAIN, Step.SAME_KEY) or (step is Step.HOLD and self.may_resend):
            return parts
        if step is Step.END:
            self.account.stop = self.stop_for(reply, why)
            reason = self.account.stop.message
        code = reply.status if isinstance(reply, Response) else None
        self.rule(meaning.ends_as, parts, code=code, reason=reason)
        return []

    def stop_for(self, reply: Response | Failure, why: str) -> Stop:
        """Why the run ends with this reply."""
        if isinstance(reply, Failure):
            return stops.unreachable(self.operation.vendor, why)
        return stops.refused(self.operation, reply, self.operation.complain(reply))
