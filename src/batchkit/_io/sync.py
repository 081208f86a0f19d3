"""The sync driver: threads that only send."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable
from contextvars import copy_context
from functools import partial
from typing import Any

from .._core.exchange.account import Account
from .._core.run.run import Run
from .._core.run.steps import Commit, CutOff, Deliver, Dispatch, Read, Step, Wait
from ..outcomes import Report
from . import callbacks, clock, exits, interrupts
from .calls import Call
from .driver import LEFT, NO_CALLBACK, NO_SOURCE, DriverBase
from .exits import DRAIN
from .http.attempts import Attempt
from .http.deadline import Timer
from .http.sync import Transport
from .observer import Telling
from .source import Chunks

_LAST_WAIT = 0.25
"""Seconds for workers that were cut off: in a caller's own client they may wait for much longer."""
_GLANCE = 1.0
"""Seconds between two looks for an interrupt."""


class Bell(threading.Condition):
    """Wakes every thread that waits for something to happen on a connection."""

    def ring(self) -> None:
        self.notify_all()


class Driver(DriverBase[Timer]):
    """The caller's thread reads the source and is given the accounts."""

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
        exits.watch(self)

    def next(self) -> Account | None:
        """The account of the next settled chunk; `None` when everything read is accounted for."""
        with self.held():
            return self._next()

    def held(self) -> interrupts.Held:
        """Holds interrupts back in a `with` block, for `next_held`."""
        return interrupts.Held(self._ring)

    def next_held(self) -> Account | None:
        """The same as `next`, in a block that holds interrupts back for many of them."""
        account = self._next()
        interrupts.raise_held()
        return account

    def leave(self, patience: float = math.inf, why: BaseException | None = None) -> None:
        """Read and send nothing more, and account for what is being sent.

        That is waited for, but not beyond `patience` seconds. An interrupt makes it `DRAIN`
        seconds, and another one none; it is raised when the account is whole. `why` is what was
        raised, if anything was.
        """
        self._observer.left(why)
        interrupt: KeyboardInterrupt | None = None
        with self.held():
            while self._done is None:
                self._halt(LEFT, patience)
                try:
                    while self._next() is not None:
                        pass
                except KeyboardInterrupt as received:
                    self._observer.left(received)
                    interrupt, patience = received, DRAIN if patience > DRAIN else 0.0
        if interrupt is not None:
            raise interrupt

    def _next(self) -> Account | None:
        while True:
            if self._observer.news:
                self._tell(self._observer.untold())
            match self._next_step():
                case Deliver(account=account):
                    self._tell(self._observer.settled(account, self.report))
                    return account
                case Read(last=last):
                    self._feed(last=last)
                case CutOff():
                    writing, self._last_wait = self._cut_off(), _LAST_WAIT
                    self._keep_the_rest()
                    for write in writing:
                        write()
                case Wait():
                    pass  # something is to be told first
                case done:
                    self._ended(done)
                    try:
                        self._join_workers()
                        self._call.journal.close()
                    finally:
                        self._observer.ended(self.report(), done, self._failure)
                    return None

    def _next_step(self) -> Step:
        with self._bell:
            while True:
                step, waits = self._step()
                if not (waits and isinstance(step, Wait)):
                    return step
                interrupts.raise_held()
                self._wait(step)

    def _ring(self) -> None:
        with self._bell:
            self._bell.ring()

    def _wait(self, wait: Wait) -> None:
        # An interrupt between the look for one and this wait is seen at the next look.
        self._bell.wait(clock.finite(min(self._patience(wait), _GLANCE)))

    def _feed(self, *, last: bool) -> None:
        try:
            if self._call.journal.wants_more:
                self._call.journal.fill()
            chunk = self._chunks.next_chunk(self._last_fed, last=last)
        except Exception as failure:
            self._broke_off(failure, NO_SOURCE)
        else:
            self._fed(chunk)

    def _tell(self, news: Iterable[Telling]) -> None:
        try:
            for function, told in news:
                with interrupts.released():
                    callbacks.call_plain(function, told)
        except Exception as failure:
            self._broke_off(failure, NO_CALLBACK)

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

    def _join_workers(self) -> None:
        ends = None if self._last_wait is None else time.monotonic() + self._last_wait
        for worker in self._workers:
            worker.join(None if ends is None else max(0.0, ends - time.monotonic()))

    def _work(self) -> None:
        while (taken := self._next_job()) is not None:
            try:
                if isinstance(taken, Commit):
                    self._keep(taken)
                else:
                    self._perform(*taken)
            except BaseException as failure:
                self._broke(failure)

    def _next_job(self) -> tuple[Dispatch, Attempt[Timer]] | Commit | None:
        with self._bell:
            while isinstance(job := self._look_for_job(), Wait):
                self._wait(job)
            return None if job is None else self._taken(job)

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
