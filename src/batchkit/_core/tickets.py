"""Following a ticket to its end: when to ask, when to stop asking, what the answers mean."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, cast

from ..options import PollPolicy
from ..outcomes import Unknown
from . import stops
from .accounts import OpenTicket
from .answers import enter_results
from .effects import Came, Effect, Failure, Go, Halt, Reply, Request, Response, Send, Turn
from .operations import Ticketing, TicketState
from .retry import Tries
from .verdicts import GONE, Step

if TYPE_CHECKING:
    from .exchange import Exchange


def follow(
    exchange: Exchange, ticket: str, parts: Sequence[int]
) -> Generator[Effect, Reply, Sequence[int]]:
    """Ask about the ticket until it is finished; the parts that are returned go again."""
    ticketing = cast(Ticketing, exchange.operation.ticketing)
    watch = Watch(exchange.rules.poll)
    tries = Tries(exchange.rules.retry, exchange.rules.random)
    turn: Turn | None = Turn(after=watch.first_wait, poll=True)
    while turn is not None:
        go = yield turn
        if isinstance(go, Halt):
            leave(exchange, ticket, parts, go.reason)
            return []
        watch.begin(cast(Go, go).now)
        request = Request(method="GET", path=ticketing.status_path(ticket))
        send = Send(request=request, first_index=exchange.chunk.start, attempt=tries.attempts + 1)
        came = exchange.note(cast(Came, (yield send)))
        exchange.account.polls += 1
        state = _read(ticketing, came.reply)
        if isinstance(state, TicketState):
            if state.finished:
                parts = exchange.learn(state.entries) if exchange.chunk.is_open else parts
                return enter_results(exchange, ticketing, ticket, parts, state.answers)
            tries = Tries(exchange.rules.retry, exchange.rules.random)
            turn = Turn(after=watch.saw(state, came.now), poll=True)
        else:
            turn = _after_trouble(exchange, tries, ticket, parts, came, state)
        if turn is not None and watch.is_stalled(came.now):
            timeout = exchange.rules.poll.stall_timeout
            exchange.account.stop = stops.stalled(exchange.operation.vendor, ticket, timeout)
            leave(exchange, ticket, parts, exchange.account.stop.message)
            return []
    return []


def _read(ticketing: Ticketing, reply: Response | Failure) -> TicketState | str | None:
    if isinstance(reply, Response) and 200 <= reply.status < 300:
        if not reply.complete:
            return "the answer about the ticket broke off"
        return ticketing.read_state(reply)
    return None


def _after_trouble(
    exchange: Exchange,
    tries: Tries,
    ticket: str,
    parts: Sequence[int],
    came: Came,
    unreadable: str | None,
) -> Turn | None:
    """The next turn after an answer that tells no state, or `None` with the parts ruled on."""
    reply = came.reply
    why = unreadable or exchange.describe(reply)
    if isinstance(reply, Response) and reply.status in GONE.statuses:
        reason = f"The vendor does not know the ticket any more: {why}."
        exchange.rule(Unknown, parts, reason=reason, ticket=ticket, answered=True)
        return None
    if exchange.judge(reply, None).asking is Step.END:
        exchange.account.stop = exchange.stop_for(reply, why)
        leave(exchange, ticket, parts, exchange.account.stop.message, answered=True)
        return None
    turn = exchange.wait(tries, [], why, came)
    if turn is None:
        reason = f"The ticket could not be asked about: {why}."
        leave(exchange, ticket, parts, reason, answered=True)
    return turn


def leave(
    exchange: Exchange, ticket: str, parts: Sequence[int], reason: str, *, answered: bool = False
) -> None:
    """Stop asking about a ticket that may still run; `answered`: the last answer decided it."""
    exchange.account.tickets.append(OpenTicket(ticket, exchange.positions(parts)))
    exchange.rule(Unknown, parts, reason=reason, ticket=ticket, answered=answered)


class Watch:
    """When to ask next: a growing wait, cut short where the vendor's counters foretell the end."""

    def __init__(self, policy: PollPolicy) -> None:
        self._policy = policy
        self._wait = self.first_wait
        self._since = math.inf
        self._seen: tuple[bool, int] | None = None
        self._progress_at = math.inf
        self._began: tuple[float, int] | None = None
        self._ends_at = -math.inf

    @property
    def first_wait(self) -> float:
        """Seconds before the first question."""
        return min(self._policy.initial, self._policy.maximum)

    def begin(self, now: float) -> None:
        """A question is asked: with the first one the clocks start."""
        self._since = min(self._since, now - self.first_wait)
        self._progress_at = min(self._progress_at, now)

    def is_stalled(self, now: float) -> bool:
        """Whether no progress was seen for the policy's `stall_timeout`."""
        return now - self._progress_at >= self._policy.stall_timeout

    def saw(self, state: TicketState, now: float) -> float:
        """Seconds until the next question, after an answer that came at `now`."""
        seen = (state.started, state.completed)
        if seen != self._seen:
            self._seen, self._progress_at = seen, now
            self._foretell(state, now)
        self._wait = min(self._grown(now), self._policy.maximum)
        # As long to the foretold end as from it: what is overdue is asked about ever less often.
        return min(self._wait, max(abs(self._ends_at - now), self.first_wait))

    def _grown(self, now: float) -> float:
        """Long enough that, without latency, the time since the ticket grows by the factor."""
        factor = self._policy.factor
        return min(self._wait * factor, max((now - self._since) * (factor - 1), self.first_wait))

    def _foretell(self, state: TicketState, now: float) -> None:
        """Tell from the rate seen so far when the rest will be done."""
        if state.completed > 0 and self._began is None:
            self._began = (now, state.completed)
        elif self._began is not None:
            began, completed = self._began
            left, done = state.total - state.completed, state.completed - completed
            self._ends_at = now + left * (now - began) / done if done > 0 else -math.inf
