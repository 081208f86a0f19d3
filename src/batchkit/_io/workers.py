"""The workers of the sync driver: threads that send, and go on with what the caller did.

Nothing strikes in them, so they alone change the run. At least one does not send.
"""

from __future__ import annotations

import math
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable
from contextvars import copy_context
from functools import partial
from typing import Any, NamedTuple

from .._core.exchange.account import Account
from .._core.run.run import Run
from .._core.run.steps import Commit, CutOff, Dispatch, Done, Read, Step, Task, Wait
from ..outcomes import Report
from . import exits
from .bell import Bell, Doorbell
from .calls import Call
from .driver import DriverBase
from .http.attempts import Attempt
from .http.deadline import Timer
from .http.sync import Transport
from .source import Chunks

GLANCE = 1.0
"""Seconds between two looks, at most."""
_LAST_WAIT = 0.25
"""Seconds for workers that were cut off: in a caller's own client they may wait for much longer."""


class Said(NamedTuple):
    """What the caller has done."""

    step: Step
    task: Task | None = None
    """What was read, prepared for the run."""


class Leaving(NamedTuple):
    """What the run is halted for, and how long what is being sent is waited for."""

    reason: str
    patience: float


class _Closer:
    """Closes the journal where the caller was struck before it could leave the driver."""

    _call: Call | None = None

    def __init__(self, call: Call) -> None:
        self._call = call

    def __del__(self) -> None:
        if self._call is not None:
            self._call.journal.close()


class Workers(DriverBase[Timer]):
    """What workers do for one run."""

    _watches = 1

    def __init__(
        self,
        call: Call,
        run: Run,
        chunks: Chunks,
        transport: Transport,
        bell: Bell,
        on_progress: Callable[[Report[Any]], object] | None = None,
    ) -> None:
        super().__init__(call, run, transport, bell, on_progress)
        self._chunks = chunks
        self._transport = transport
        self._context = copy_context()
        self._workers: list[threading.Thread] = []
        self._last_wait: float | None = None
        # What the caller's thread assigns, and workers only read:
        self._said: Said | None = None
        self._leaving: Leaving | None = None
        self._told: Account | None = None
        # What workers assign, and the caller's thread only reads:
        self._in_hand: Step | None = run.next_step(self._now())
        self._heard: Leaving | None = None
        self._ending = False
        self._no_thread: RuntimeError | None = None
        self._doorbell = Doorbell()
        self._closer: _Closer | None = _Closer(call)
        exits.watch(self)

    @abstractmethod
    def leave(self, patience: float) -> None:
        """Read and send nothing more, and account for what is being sent."""

    def report(self) -> Report[Any]:
        """The account so far."""
        if self._whole is not None:
            return self._whole
        return self._run.report(self._now())

    def _begin_first(self) -> None:
        """In a thread of its own: `Thread.start` waits in Python code, where nothing may strike."""
        try:
            with self._bell:
                if not self._hired:
                    self._hire(self._now())
        except RuntimeError as failure:
            self._no_thread = failure
            self._doorbell.ring()

    def _start(self) -> bool:
        work = partial(self._context.copy().run, self._work)
        worker = threading.Thread(target=work, name="batchkit", daemon=True)
        try:
            worker.start()
        except RuntimeError:  # no thread is to be had: those that there are do it all
            if not self._workers:
                raise
            return False
        self._workers.append(worker)
        return True

    def _join(self, workers: Iterable[threading.Thread]) -> None:
        ends = None if self._last_wait is None else time.monotonic() + self._last_wait
        for worker in workers:
            worker.join(None if ends is None else max(0.0, ends - time.monotonic()))

    def _work(self) -> None:
        while True:
            try:
                self._observer.begin()
                work = self._next_work()
                if work is None:
                    return
                work()
            except BaseException as failure:
                self._broke(failure)

    def _next_work(self) -> Callable[[], None] | None:
        """What this worker shall do next; `None` if it is of no use any more."""
        with self._bell:
            while True:
                if (work := self._serve()) is not None:
                    return work
                job = self._look_for_job()
                if job is None:
                    if self._ending or self._idle > 1:
                        self._idle -= 1
                        return None
                    job = Wait(math.inf, idle=False)  # for what the caller does
                if not isinstance(job, Wait):
                    return self._worked(self._taken(job))
                self._bell.wait(min(self._patience(job), GLANCE), self._is_called)

    def _worked(self, taken: tuple[Dispatch, Attempt[Timer]] | Commit) -> Callable[[], None]:
        return (
            partial(self._keep, taken)
            if isinstance(taken, Commit)
            else partial(self._perform, *taken)
        )

    def _is_called(self) -> bool:
        """Whether the caller has said something that was not heard, or there is news for it."""
        said, in_hand = self._said, self._in_hand
        has_done = said is not None and said.step is in_hand
        has_news = in_hand is None and self._run.has_news
        return has_done or has_news or self._leaving is not self._heard

    def _serve(self) -> Callable[[], None] | None:
        """Take what the caller said, and give it the next thing to do; with the bell held.

        What is returned is to be done without it.
        """
        self._heard = self._leaving
        if self._heard is not None:
            self._run.halt(self._heard.reason, self._now(), patience=self._heard.patience)
        said = self._said
        if said is not None and said.step is self._in_hand:
            self._in_hand = None
            if isinstance(said.step, Read):
                self._feed_run(said.task)
        if self._in_hand is not None or self._ending:
            return None
        step, waits = self._step()
        if isinstance(step, CutOff):
            return self._cut_off_all
        if isinstance(step, Done):
            self._ending = True
            return partial(self._end, step)
        if not waits:
            self._in_hand = step
            self._doorbell.ring()
        return None

    def _cut_off_all(self) -> None:
        writing, self._last_wait = self._cut_off(), _LAST_WAIT
        self._keep_the_rest()
        for write in writing:
            write()

    def _end(self, done: Done) -> None:
        """Everything that was read is accounted for."""
        self._ended(done)
        own = threading.current_thread()
        others = partial(self._join, (worker for worker in self._workers if worker is not own))
        ended = partial(self._observer.ended, self.report(), done, self._failure)
        raised: BaseException | None = None
        for last in (others, self._call.journal.close, ended):
            try:
                last()
            except BaseException as failure:
                raised = raised or failure
        self._failure = self._failure or raised
        # Python drops what strikes in a destructor: none is left to the caller's thread.
        exits.forget(self)
        self._closer = None
        self._in_hand = done
        self._doorbell.ring()

    def _perform(self, job: Dispatch, attempt: Attempt[Timer]) -> None:
        try:
            self._observer.begins(job, attempt)
            reply = self._transport.send(attempt, self._address, job.send.request)
        except Exception as failure:
            self._came(job, failure)
        except BaseException as failure:
            self._broke(failure)
            self._came(job, attempt.cut_off(self._address))
        else:
            self._came(job, reply)

    def _keep(self, keep: Commit) -> None:
        self._kept(keep, self._call.journal.write(keep))

    def _keep_the_rest(self) -> None:
        """Write in place of workers that may not come back for a long time."""
        while True:
            with self._bell:
                now = self._now()
                keep = self._run.next_job(now) if self._run.has_work else None
                if not isinstance(keep, Commit):
                    return
                self._idle -= 1
            self._keep(keep)
