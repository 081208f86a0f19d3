"""Parts of a chunk are sent, and sent again, until each of them is ruled on."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, cast

from ..outcomes import Accepted, Succeeded, Unknown, Unsent
from . import resuming, stops, tickets
from .accounts import Ruling, after_failure
from .answers import enter_answers
from .chunks import body
from .deduplication import Key
from .effects import (
    WAITING,
    Came,
    Effect,
    Failure,
    Go,
    Halt,
    Record,
    Reply,
    Request,
    Response,
    Send,
    Turn,
)
from .journal import FORGOTTEN
from .lane import Trouble
from .narrowing import Budget, divide
from .operations import AllDone, AllTaken, PerItem, Repeat, Ticketed, Ticketing, Unreadable
from .retry import Tries
from .verdicts import Meaning, Step, Verdict

if TYPE_CHECKING:
    from .exchange import Exchange


def settle(
    exchange: Exchange, parts: Sequence[int], budget: Budget | None = None, key: Key | None = None
) -> Generator[Effect, Reply, bool]:
    """Send these parts in one request, and again, until each is ruled on.

    `key` is that of an earlier run, if they were sent under one. Returns whether the request as a
    whole was anything but refused.
    """
    tries = Tries(exchange.rules.retry, exchange.rules.random)
    turn: Turn | None = Turn()
    left: Sequence[int]
    unread = 0
    while turn is not None:
        go = yield from _take_turn(exchange, turn, parts)
        if go is None:
            return True
        tries.began(go.now)
        if exchange.operation.ticketing is not None and (key is None or key.is_stale(go.now)):
            if key is not None and key.in_doubt:
                exchange.rule(Unknown, parts, reason=FORGOTTEN)
                return True
            key = _new_key(exchange, exchange.operation.ticketing, go.now)
        came = yield from _send(exchange, parts, key, tries.attempts + 1)
        if came is None:
            return True
        reading, in_doubt = _read(exchange, came.reply, len(parts)), False
        match reading:
            case AllDone() | AllTaken():
                done = Succeeded if isinstance(reading, AllDone) else Accepted
                exchange.rule(done, parts, code=cast(Response, came.reply).status, answered=True)
                return True
            case PerItem(answers=answers):
                left = enter_answers(exchange, parts, answers)
                exchange.trouble = Trouble.TRANSIENT if len(left) == len(parts) else None
                why = "the vendor asked for these items again"
            case Ticketed(ticket=ticket):
                left = yield from _ticketed(exchange, ticket, parts, key)
                why, key = "the ticket left these items undone", None
            case Unreadable():
                exchange.trouble = Trouble.TRANSIENT
                unread += 1
                why, in_doubt = reading.reason, True
                left = _puzzle(exchange, parts, reading, key, cast(Response, came.reply), unread)
            case _:
                meaning = exchange.judge(came.reply, exchange.rules.refused_statuses)
                divides = meaning.step(exchange.operation.repeat) is Step.HALVES
                if divides and len(parts) > 1 and not (key and key.in_doubt):
                    narrow = meaning.verdict is Verdict.NARROW
                    search = (budget or Budget(len(parts))) if narrow else None
                    yield from divide(exchange, parts, search, exchange.describe(came.reply))
                    return False
                why = exchange.describe(came.reply)
                left = _weigh(exchange, parts, meaning, came.reply, why)
                in_doubt = meaning.ends_as is Unknown
                if key is not None and in_doubt:
                    key.in_doubt = True
        if not left:
            return True
        turn, parts = exchange.wait(tries, left, why, came), left
        if turn is not None and not (in_doubt or (key is not None and key.in_doubt)):
            yield WAITING
    return True


def _take_turn(
    exchange: Exchange, turn: Turn, parts: Sequence[int]
) -> Generator[Effect, Reply, Go | None]:
    """Wait for the turn; `None` once the run goes no further, with the parts ruled on."""
    if exchange.account.stop is not None:
        exchange.rule(Unsent, parts, reason=f"The run had to stop. {exchange.account.stop.message}")
        return None
    if (
        exchange.operation.stops_on_failure
        and (ended := after_failure(_before(exchange, parts))) is not None
    ):
        outcome, reason = ended
        exchange.rule(outcome, parts, reason=reason)
        return None
    reply = yield turn
    if isinstance(reply, Halt):
        exchange.rule(Unsent, parts, reason=reply.reason)
        return None
    return cast(Go, reply)


def _before(exchange: Exchange, parts: Sequence[int]) -> list[Ruling]:
    """The rulings on items before these parts."""
    first = exchange.chunk.positions[parts[0]]
    return [ruling for ruling in exchange.account.rulings if ruling.positions[0] < first]


def _new_key(exchange: Exchange, ticketing: Ticketing, now: float) -> Key:
    exchange.undecided.clear()
    return Key(exchange.rules.new_key(), stale_at=now + ticketing.key_lives)


def _send(
    exchange: Exchange, parts: Sequence[int], key: Key | None, attempt: int
) -> Generator[Effect, Reply, Came | None]:
    """What came of a request; `None`, with the parts ruled on, if it was never begun."""
    operation = exchange.operation
    path = operation.path
    if key is not None and operation.ticketing is not None:
        path = operation.ticketing.keyed_path(key.text)
    content = body(operation, exchange.chunk.pieces, parts)
    named = key.text if key is not None else None
    alone, positions = operation.repeat is Repeat.DUPLICATES, tuple(exchange.positions(parts))
    reply = yield Record(state="intent", positions=positions, key=named)
    if not isinstance(reply, Halt):
        request = Request(method="POST", path=path, body=content, alone=alone)
        first = exchange.chunk.start + positions[0]
        reply = yield Send(request=request, first_index=first, items=len(parts), attempt=attempt)
    if isinstance(reply, Halt):
        exchange.rule(Unsent, parts, reason=reply.reason)
        return None
    exchange.account.requests += 1
    exchange.account.bytes_sent += len(content)
    return exchange.note(cast(Came, reply))


def _read(exchange: Exchange, reply: Response | Failure, count: int) -> object:
    if isinstance(reply, Failure):
        return None
    reading = exchange.operation.read(reply, count)
    exchange.account.page = isinstance(reading, Unreadable) and reading.page
    return reading


def _ticketed(
    exchange: Exchange, ticket: str, parts: Sequence[int], key: Key | None
) -> Generator[Effect, Reply, Sequence[int]]:
    named = key.text if key is not None else None
    # The ticket is that of every attempt under the key.
    exchange.account.doubted -= exchange.undecided
    exchange.undecided.clear()
    kept = yield Record(
        state="ticketed", positions=tuple(exchange.positions(parts)), key=named, ticket=ticket
    )
    if isinstance(kept, Halt):
        tickets.leave(exchange, ticket, parts, kept.reason)
        return []
    if exchange.rules.submit_only:
        tickets.leave(exchange, ticket, parts, resuming.SUBMITTED, answered=True)
        return []
    return (yield from tickets.follow(exchange, ticket, parts))


def _puzzle(
    exchange: Exchange,
    parts: Sequence[int],
    reading: Unreadable,
    key: Key | None,
    response: Response,
    times: int,
) -> Sequence[int]:
    """Rule on parts after a yes that cannot be read; what is returned goes again."""
    exchange.doubt(parts)
    if key is not None:
        key.in_doubt = True
        if reading.resends is None or times <= reading.resends:
            return parts
        exchange.account.stop = stops.unreadable(exchange.operation, reading.reason)
    exchange.rule(Unknown, parts, code=response.status, reason=reading.reason, answered=True)
    return []


def _weigh(
    exchange: Exchange, parts: Sequence[int], meaning: Meaning, reply: Response | Failure, why: str
) -> Sequence[int]:
    """Rule on parts that were not settled by an answer; what is returned goes again."""
    step, reason = meaning.step(exchange.operation.repeat), f"{why}."
    if meaning.ends_as is Unknown:
        exchange.doubt(parts)
        reason = f"It may have been applied: {why}."
    if step in (Step.AGAIN, Step.SAME_KEY) or (step is Step.HOLD and exchange.may_resend):
        return parts
    if step is Step.END:
        exchange.account.stop = exchange.stop_for(reply, why)
        reason = exchange.account.stop.message
    code = reply.status if isinstance(reply, Response) else None
    exchange.rule(meaning.ends_as, parts, code=code, reason=reason, answered=True)
    return []
