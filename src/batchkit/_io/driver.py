"""What a driver of either colour does without waiting: both are this, with threads or with tasks.

Whoever changes the run or looks at it holds the bell, and rings it where others have to look again.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Generic, Protocol, TypeVar

from .._core.effects import Failure, Response
from .._core.items.chunks import Chunk
from .._core.run.run import Run
from .._core.run.steps import Commit, Dispatch, Done, Step, Task, Wait
from ..outcomes import Report
from . import clock
from .calls import Call
from .http.attempts import Attempt, Cuttable
from .observer import Observer, Writing

LEFT = "The caller left before this was sent."
NO_SOURCE = "The source broke off before this was sent."
NO_CALLBACK = "A callback of the caller's broke off the run before this was sent."

Timer = TypeVar("Timer", bound=Cuttable)


class AnyBell(AbstractContextManager[Any], Protocol):
    """Guards runs, and wakes whoever waits for something to happen in it."""

    def ring(self) -> None: ...


class Performing(Protocol[Timer]):
    """What makes attempts."""

    def attempt(self, timeout: float) -> Attempt[Timer]: ...


class DriverBase(Generic[Timer]):
    """Drives one run: reads the source for it, performs its jobs, and gives its accounts."""

    _watches = 0
    """How many workers are kept besides those that send, to go on with what the caller does."""

    def __init__(
        self,
        call: Call,
        run: Run,
        transport: Performing[Timer],
        bell: AnyBell,
        on_progress: Callable[[Report[Any]], object] | None = None,
    ) -> None:
        self._call = call
        self._run = run
        self._address = call.address()
        self._observer = Observer(call, run, self._address, on_progress)
        self._attempt = transport.attempt
        self._attempts: dict[Dispatch, Attempt[Timer]] = {}
        self._bell: Any = bell
        self._now: Callable[[], float] = clock.current().monotonic
        self._idle = 0
        self._hired = 0
        self._failure: BaseException | None = None
        self._done: Done | None = None
        self._whole: Report[Any] | None = None

    def report(self) -> Report[Any]:
        """The account so far."""
        if self._whole is not None:
            return self._whole
        with self._bell:
            return self._run.report(self._now())

    def error(self) -> BaseException | None:
        """What to raise now that the account is whole, if anything."""
        return self._call.error(self.report(), self._run, self._done, self._failure)

    def tell_gap(self, leaving: BaseException | None) -> None:
        """Say what the journal lacks to whoever leaves early; see `Call.tell_gap`."""
        self._call.tell_gap(self.report(), leaving)

    def _ended(self, done: Done) -> None:
        """Everything that was read is accounted for."""
        self._done, self._whole = done, self.report()

    # What the caller does

    def _step(self) -> tuple[Step, bool]:
        """What the caller shall do, and whether it has to wait for it."""
        step = self._run.next_step(self._now())
        waits = isinstance(step, Wait)
        if waits and self._observer.news:  # which is to be told first
            self._run.rouse()
            waits = False
        elif isinstance(step, Done):
            self._bell.ring()
        return step, waits

    def _prepared(self, chunk: Chunk | None) -> Task | None:
        """What the source gave, for `_feed_run`; looks at the items, and changes nothing."""
        return None if chunk is None else self._run.prepared(chunk)

    def _feed_run(self, task: Task | None) -> None:
        """The next chunk of the source, or its end; call it with the bell held."""
        if task is None:
            self._run.exhausted()
        else:
            now = self._now()
            self._run.feed(task, now)
            self._hire(now)
        self._bell.ring()

    def _broke_off(self, failure: Exception, reason: str) -> None:
        """The caller's own code raised this; it is raised again once the account is whole."""
        self._failure = failure
        self._observer.hush()
        self._halt(reason)

    def _halt(self, reason: str, patience: float = math.inf) -> None:
        with self._bell:
            self._run.halt(reason, self._now(), patience=patience)
            self._bell.ring()

    def _cut_off(self) -> Writing:
        """Answer for what is being sent; a worker that comes later has nothing more to say."""
        writing: Writing = []
        with self._bell:
            for job, attempt in self._attempts.items():
                reply, now = attempt.cut_off(self._address), self._now()
                writing += self._answered(job, attempt, reply, now)
            self._attempts.clear()
            self._bell.ring()
        return writing

    def _patience(self, wait: Wait) -> float:
        """Seconds to really wait."""
        patience = clock.current().patience(wait.until, idle=wait.idle)
        if not patience:  # the time has come for the others too, whoever moved the clock
            self._bell.ring()
        return patience

    # What a worker does

    def _hire(self, now: float) -> None:
        """Have as many workers as the run has use for; more would only wake each other up."""
        most = self._call.settings.max_in_flight + self._watches
        if self._hired >= most:
            return
        wanted = max(self._run.performers(now), self._watches)
        while self._idle < wanted and self._hired < most and self._start():
            self._hired += 1
            self._idle += 1

    @abstractmethod
    def _start(self) -> bool:
        """Begin one more worker, if one can be had."""

    def _look_for_job(self) -> Dispatch | Commit | Wait | None:
        """The next job; looking for one may settle a chunk, for which the caller waits."""
        known = self._run.has_news
        job = self._run.next_job(self._now())
        if self._run.has_news and not known:
            self._bell.ring()
        return job

    def _taken(self, job: Dispatch | Commit) -> tuple[Dispatch, Attempt[Timer]] | Commit:
        self._idle -= 1
        self._hire(self._now())
        if self._run.has_work:
            self._bell.ring()
        if isinstance(job, Commit):
            return job
        attempt = self._attempts[job] = self._attempt(job.timeout)
        return job, attempt

    def _kept(self, keep: Commit, why: str | None) -> None:
        with self._bell:
            now, known = self._now(), self._run.has_news
            if why is None:
                self._run.kept(keep, now)
            else:
                self._run.unkept(keep, why, now)
            self._idle += 1
            if why is not None or (self._run.has_news and not known):
                self._bell.ring()

    def _came(self, job: Dispatch, received: Response | Failure | BaseException) -> None:
        writing: Writing = []
        with self._bell:
            now = self._now()
            attempt = self._attempts.pop(job, None)
            if attempt is None:
                pass  # it was cut off, and answered for
            elif isinstance(received, BaseException):
                self._run.broke(job, received, now)
            else:
                writing = self._answered(job, attempt, received, now)
            self._idle += 1
            self._bell.ring()
        for write in writing:
            write()

    def _answered(
        self, job: Dispatch, attempt: Attempt[Timer], reply: Response | Failure, now: float
    ) -> Writing:
        writing = self._observer.answer(job, attempt, reply, now)
        if self._observer.news:
            self._run.rouse()
        return writing

    def _broke(self, failure: BaseException) -> None:
        """A worker raised this, in a log's handler for instance; told to the caller."""
        with self._bell:
            self._run.break_off(failure, self._now())
            self._bell.ring()
