"""Whose turn it is: the exchanges of a run that are not settled, and what they wait for."""

from __future__ import annotations

from ..effects import Turn
from ..exchange.conversation import Conversation
from .steps import Bounds, Talk
from .throttle import Lane


class Turns:
    """The exchanges of a run, oldest first.

    A turn goes to the oldest exchange whose own wait is over, when the lane is open, a request more
    may be in flight, and every exchange that it comes after is settled: each earlier one for an
    operation that keeps order, else those that change the same things.
    """

    def __init__(self, lane: Lane, bounds: Bounds) -> None:
        self._lane = lane
        self._bounds = bounds
        self.talks: list[Talk] = []
        """Those that are not settled."""
        self._slots = 0

    @property
    def is_full(self) -> bool:
        """Whether as many requests are in flight as may be."""
        return self._slots >= self._bounds.in_flight

    def add(self, exchange: Conversation) -> Talk:
        """Another exchange, which comes last."""
        # One request at a time is no order: a chunk that waits to go again could be overtaken.
        changes = exchange.changes()
        after = {talk for talk in self.talks if not talk.changes.isdisjoint(changes)}
        talk = Talk(exchange, exchange.flow(), changes, after)
        self.talks.append(talk)
        return talk

    def remove(self, talk: Talk) -> None:
        """It is settled."""
        self.talks.remove(talk)
        for other in self.talks:
            other.after.discard(talk)

    def clear(self) -> list[Talk]:
        """None of them has a turn any more; gives what they were."""
        cleared, self.talks = self.talks, []
        return cleared

    def waiting(self) -> list[Talk]:
        """Those that may be given the next turn, oldest first."""
        talks = self.talks[:1] if self._bounds.ordered else self.talks
        if not talks:
            return talks
        return [talk for talk in talks if not talk.busy and not talk.after]

    def next(self, now: float) -> Talk | None:
        """Whose turn it is; `None` while it is nobody's."""
        if self.is_full:
            return None
        ready = next((talk for talk in self.waiting() if talk.ready_at <= now), None)
        return ready if ready is not None and self._lane.opens(now) <= now else None

    def wait(self, talk: Talk, turn: Turn, now: float) -> None:
        """It waits for this turn."""
        self.free(talk, now)
        talk.turn, talk.ready_at = turn, now + turn.after
        if turn.pause:
            self._lane.gate.pause(talk.ready_at)

    def occupy(self, talk: Talk) -> None:
        """It counts against the lane and the requests in flight."""
        if not talk.has_slot:
            talk.has_slot = True
            self._slots += 1
            self._lane.begin()

    def free(self, talk: Talk, now: float) -> None:
        """Nothing is done for it any more."""
        talk.busy = False
        if talk.has_slot:
            talk.has_slot = False
            self._slots -= 1
            self._lane.end(now)
