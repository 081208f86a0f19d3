"""Following a ticket to its end: when to ask, when to stop asking, what the answers mean."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from typing import cast

import attrs

from ...options import PollPolicy
from ...outcomes import Unknown
from ..effects import Effect, Go, Halt, Received, Reply, Request, Response, Send, Turn
from ..meaning import stops
from ..meaning.table import GONE, Step
from ..operations import Ticketing, TicketState
from ..rulings import OpenTicket
from . import answers
from .conversation import Conversation
from .retry import RetryState


class TicketFollower(Conversation):
    """A conversation that may have tickets to ask about."""

    def follow(
        self, ticket: str, positions: Sequence[int]
    ) -> Generator[Effect, Reply, Sequence[int]]:
        """Ask about the ticket until it is finished; what is returned goes again."""
        ticketing = cast(Ticketing, self.operation.ticketing)
        watch = PollSchedule(self.rules.poll)
        retry = RetryState(self.rules.retry, self.rules.random)
        turn: Turn | None = Turn(after=watch.first_wait, poll=True)
        while turn is not None:
            go = yield turn
            if isinstance(go, Halt):
                self.leave(ticket, positions, go.reason)
                return []
            watch.begin(cast(Go, go).now)
            request = Request(method="GET", path=ticketing.status_path(ticket))
            first = self.chunk.start
            send = Send(request=request, first_index=first, attempt=retry.attempts + 1)
            received = self.note(cast(Received, (yield send)))
            self.account.polls += 1
            state = _state(ticketing, received)
            if isinstance(state, TicketState):
                if state.finished:
                    return self._finish(ticketing, ticket, positions, state)
                retry = RetryState(self.rules.retry, self.rules.random)
                turn = Turn(after=watch.saw(state, received.now), poll=True)
            else:
                turn = self._ask_again(retry, ticket, positions, received, state)
            if turn is not None and watch.is_stalled(received.now):
                timeout = self.rules.poll.stall_timeout
                self.account.stop = stops.stalled(self.operation.vendor, ticket, timeout)
                self.leave(ticket, positions, self.account.stop.message)
                return []
        return []

    def _finish(
        self, ticketing: Ticketing, ticket: str, positions: Sequence[int], state: TicketState
    ) -> Sequence[int]:
        if self.chunk.is_open:  # its items are known now
            positions = range(len(state.entries))
            self.account.chunk = attrs.evolve(self.chunk, items=state.entries, positions=positions)
        return self.account.take(
            answers.by_id(
                self.operation,
                ticketing,
                self.chunk,
                ticket,
                positions,
                state.answers,
                request_id=self.request_id,
            )
        )

    def _ask_again(
        self,
        retry: RetryState,
        ticket: str,
        positions: Sequence[int],
        received: Received,
        unreadable: str | None,
    ) -> Turn | None:
        """The next turn after an answer that tells no state; `None` with the items ruled on."""
        reply = received.reply
        why = unreadable or self.describe(reply)
        if isinstance(reply, Response) and reply.status in GONE.statuses:
            reason = f"The vendor does not know the ticket any more: {why}."
            self.rule(Unknown, positions, reason=reason, ticket=ticket, answered=True)
            return None
        if self.judge(reply, None).asking is Step.END:
            self.account.stop = self.stop_for(reply, why)
            self.leave(ticket, positions, self.account.stop.message, answered=True)
            return None
        turn = self.wait(retry, [], why, received)
        if turn is None:
            reason = f"The ticket could not be asked about: {why}."
            self.leave(ticket, positions, reason, answered=True)
        return turn

    def leave(
        self, ticket: str, positions: Sequence[int], reason: str, *, answered: bool = False
    ) -> None:
        """Stop asking about a ticket that may still run; `answered`: the last answer decided it."""
        self.account.tickets.append(OpenTicket(ticket, positions))
        self.rule(Unknown, positions, reason=reason, ticket=ticket, answered=answered)


def _state(ticketing: Ticketing, received: Received) -> TicketState | str | None:
    reply = received.reply
    if isinstance(reply, Response) and 200 <= reply.status < 300:
        if not reply.complete:
            return "the answer about the ticket broke off"
        return ticketing.read_state(reply)
    return None


class PollSchedule:
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
