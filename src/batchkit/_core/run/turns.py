"""Whose turn it is: the exchanges of a run that are not settled, and what they wait for."""

from __future__ import annotations

from ..effects import Turn
from .steps import RunLimits, Task
from .throttle import Throttle


class Turns:
    """The exchanges of a run, oldest first.

    A turn goes to the oldest exchange whose own wait is over, when the throttle lets one begin, a
    request more may be in flight, and every exchange that it comes after is settled: each earlier
    one for an operation that keeps order, else those that change the same things.
    """

    def __init__(self, throttle: Throttle, bounds: RunLimits) -> None:
        self._throttle = throttle
        self._bounds = bounds
        self.tasks: list[Task] = []
        """Those that are not settled."""
        self._slots = 0

    @property
    def is_full(self) -> bool:
        """Whether as many requests are in flight as may be."""
        return self._slots >= self._bounds.in_flight

    def add(self, task: Task) -> None:
        """Another exchange, which comes last."""
        # One request at a time is no order: a chunk that waits to go again could be overtaken.
        task.after = {each for each in self.tasks if not each.changes.isdisjoint(task.changes)}
        self.tasks.append(task)

    def remove(self, task: Task) -> None:
        """It is settled."""
        self.tasks.remove(task)
        for other in self.tasks:
            other.after.discard(task)

    def clear(self) -> list[Task]:
        """None of them has a turn any more; gives what they were."""
        cleared, self.tasks = self.tasks, []
        return cleared

    def waiting(self) -> list[Task]:
        """Those that may be given the next turn, oldest first."""
        tasks = self.tasks[:1] if self._bounds.ordered else self.tasks
        if not tasks:
            return tasks
        return [task for task in tasks if not task.busy and not task.after]

    def next(self, now: float) -> Task | None:
        """Whose turn it is; `None` while it is nobody's."""
        if self.is_full:
            return None
        ready = next((task for task in self.waiting() if task.ready_at <= now), None)
        return ready if ready is not None and self._throttle.free_at(now) <= now else None

    def wait(self, task: Task, turn: Turn, now: float) -> None:
        """It waits for this turn."""
        self.free(task, now)
        task.turn, task.ready_at = turn, now + turn.after
        if turn.pause:
            self._throttle.breaker.pause(task.ready_at)

    def occupy(self, task: Task) -> None:
        """It counts against the throttle and the requests in flight."""
        if not task.has_slot:
            task.has_slot = True
            self._slots += 1
            self._throttle.begin()

    def free(self, task: Task, now: float) -> None:
        """Nothing is done for it any more."""
        task.busy = False
        if task.has_slot:
            task.has_slot = False
            self._slots -= 1
            self._throttle.end(now)
