"""The sync driver: performs what the run hands out, with threads that only send."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable
from contextvars import copy_context
from functools import partial
from typing import Any

from .._core.accounts import Account
from .._core.effects import Failure, Response
from .._core.run import Run
from .._core.steps import CutOff, Deliver, Done, Job, Keep, Read, Step, Wait
from ..outcomes import Report
from . import callbacks, clock, exits, interrupts, keeping
from .calls import Call
from .exits import DRAIN
from .http.attempts import Attempt
from .http.deadline import Timer
from .http.sync import Transport
from .source import Chunks
from .witness import Telling, Witness, Writing

LEFT = "The caller left before this was sent."
_LAST_WAIT = 0.25
"""Seconds for workers that were cut off: in a caller's own client they may wait for much longer."""
_GLANCE = 1.0
"""Seconds between two looks for an interrupt."""


class Driver:
    """Drives one run. The caller's thread reads the source and is given the accounts."""

    def __init__(
        self,
        call: Call,
        run: Run,
        chunks: Chunks,
        transport: Transport,
        bell: threading.Condition,
        on_progress: Callable[[Report[Any]], object] | None = None,
    ) -> None:
        self._call = call
        self._run = run
        self._chunks = chunks
        self._transport = transport
        self._address = call.address()
        self._witness = Witness(call, run, self._address, on_progress)
        self._bell = bell
        self._context = copy_context()
        self._workers: list[threading.Thread] = []
        self._attempts: dict[Job, Attempt[Timer]] = {}
        self._idle = 0
        self._most_workers = call.settings.max_in_flight
        self._failure: BaseException | None = None
        self._done: Done | None = None
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
        self._witness.left(why)
        interrupt: KeyboardInterrupt | None = None
        with self.held():
            while self._done is None:
                self._halt(LEFT, patience)
                try:
                    while self._next() is not None:
                        pass
                except KeyboardInterrupt as came:
                    self._witness.left(came)
                    interrupt, patience = came, DRAIN if patience > DRAIN else 0.0
        if interrupt is not None:
            raise interrupt

    def report(self) -> Report[Any]:
        """The account so far."""
        with self._bell:
            return self._run.report(clock.current().monotonic())

    def error(self) -> BaseException | None:
        """What to raise now that the account is whole, if anything."""
        return self._call.error(self._run, self._done, self._failure)

    def tell_gap(self, leaving: BaseException | None) -> None:
        """Say what the journal lacks to whoever leaves early; see `Call.tell_gap`."""
        self._call.tell_gap(self.report(), leaving)

    def _next(self) -> Account | None:
        while True:
            self._tell(self._witness.untold())
            match self._next_step():
                case Deliver(account=account):
                    self._tell(self._witness.settled(account, self.report))
                    return account
                case Read(last=last):
                    self._feed(last=last)
                case CutOff():
                    writing = self._cut_off()
                    self._keep_the_rest()
                    for write in writing:
                        write()
                case Wait():
                    pass  # something is to be told first
                case done:
                    self._done = done
                    try:
                        self._join_workers()
                        keeping.closed(self._call)
                    finally:
                        self._witness.ended(self.report(), done, self._failure)
                    return None

    def _join_workers(self) -> None:
        ends = None if self._last_wait is None else time.monotonic() + self._last_wait
        for worker in self._workers:
            worker.join(None if ends is None else max(0.0, ends - time.monotonic()))

    def _next_step(self) -> Step:
        with self._bell:
            while isinstance(step := self._run.next_step(clock.current().monotonic()), Wait):
                if self._witness.has_news:
                    self._run.caller_waits = False
                    break
                interrupts.raise_held()
                self._wait(step)
            if isinstance(step, Done):
                self._bell.notify_all()
            return step

    def _ring(self) -> None:
        with self._bell:
            self._bell.notify_all()

    def _wait(self, wait: Wait) -> None:
        patience = clock.current().patience(wait.until, idle=wait.idle)
        if not patience:  # the time has come for the others too, whoever moved the clock
            self._bell.notify_all()
        # An interrupt between the look for one and this wait is seen at the next look.
        self._bell.wait(clock.finite(min(patience, _GLANCE)))

    def _feed(self, *, last: bool) -> None:
        try:
            if keeping.wants_more(self._call):
                keeping.read_on(self._call)
            chunk = self._chunks.next_chunk(last=last)
        except Exception as failure:  # the caller's own; raised once the account is whole
            self._broke_off(failure, "The source broke off before this was sent.")
            return
        with self._bell:
            if chunk is None:
                self._run.exhausted()
            else:
                self._run.feed(chunk, clock.current().monotonic())
                self._hire()
            self._bell.notify_all()

    def _hire(self) -> None:
        """Have as many workers as the run has use for; more would only wake each other up."""
        wanted = self._run.performers(clock.current().monotonic())
        while self._idle < wanted and len(self._workers) < self._most_workers:
            work = partial(self._context.copy().run, self._work)
            worker = threading.Thread(target=work, name="batchkit", daemon=True)
            try:
                worker.start()
            except RuntimeError:  # no thread is to be had: those that there are do it all
                if not self._workers:
                    raise
                return
            self._workers.append(worker)
            self._idle += 1

    def _tell(self, news: Iterable[Telling]) -> None:
        try:
            for function, told in news:
                with interrupts.released():
                    callbacks.call_plain(function, told)
        except Exception as failure:  # the caller's own; raised once the account is whole
            reason = "A callback of the caller's broke off the run before this was sent."
            self._broke_off(failure, reason)

    def _broke_off(self, failure: Exception, reason: str) -> None:
        self._failure = failure
        self._witness.hush()
        self._halt(reason)

    def _halt(self, reason: str, patience: float = math.inf) -> None:
        with self._bell:
            self._run.halt(reason, clock.current().monotonic(), patience=patience)
            self._bell.notify_all()

    def _cut_off(self) -> Writing:
        """Answer for what is being sent; a worker that comes later has nothing more to say."""
        writing: Writing = []
        with self._bell:
            for job, attempt in self._attempts.items():
                reply, now = attempt.cut_off(self._address), clock.current().monotonic()
                writing += self._witness.answer(job, attempt, reply, now)
            self._attempts.clear()
            self._bell.notify_all()
        self._last_wait = _LAST_WAIT
        return writing

    def _keep_the_rest(self) -> None:
        """Write in place of workers that may not come back for a long time."""
        while True:
            with self._bell:
                now = clock.current().monotonic()
                keep = self._run.next_job(now) if self._run.has_work else None
                if not isinstance(keep, Keep):
                    return
                self._idle -= 1
            self._keep(keep)

    def _work(self) -> None:
        while (taken := self._next_job()) is not None:
            try:
                if isinstance(taken, Keep):
                    self._keep(taken)
                else:
                    self._perform(*taken)
            except BaseException as failure:  # of a log's handler, say; told to the caller's thread
                self._broke(failure)

    def _broke(self, failure: BaseException) -> None:
        self._run.failure = self._run.failure or failure
        self._halt("The run broke off before this was sent.")

    def _keep(self, keep: Keep) -> None:
        why = keeping.write(self._call, keep)
        with self._bell:
            now, known = clock.current().monotonic(), self._run.has_news
            if why is None:
                self._run.kept(keep, now)
            else:
                self._run.unkept(keep, why, now)
            self._idle += 1
            if why is not None or (self._run.has_news and not known):
                self._bell.notify_all()

    def _perform(self, job: Job, attempt: Attempt[Timer]) -> None:
        try:
            self._witness.begins(job, attempt)
            reply = self._transport.send(attempt, self._address, job.send.request)
        except Exception as failure:  # told to the caller's thread
            self._came(job, failure)
        except BaseException as failure:
            self._broke(failure)
            self._came(job, attempt.cut_off(self._address))
        else:
            self._came(job, reply)

    def _came(self, job: Job, came: Response | Failure | BaseException) -> None:
        writing: Writing = []
        with self._bell:
            now = clock.current().monotonic()
            attempt = self._attempts.pop(job, None)
            if attempt is None:
                pass  # it was cut off, and answered for
            elif isinstance(came, BaseException):
                self._run.broke(job, came, now)
            else:
                writing = self._witness.answer(job, attempt, came, now)
            self._idle += 1
            self._bell.notify_all()
        for write in writing:
            write()

    def _look_for_job(self) -> Job | Keep | Wait | None:
        """The next job; looking for one may settle a chunk, for which the caller waits."""
        known = self._run.has_news
        job = self._run.next_job(clock.current().monotonic())
        if self._run.has_news and not known:
            self._bell.notify_all()
        return job

    def _next_job(self) -> tuple[Job, Attempt[Timer]] | Keep | None:
        with self._bell:
            while isinstance(job := self._look_for_job(), Wait):
                self._wait(job)
            if job is None:
                return None
            self._idle -= 1
            self._hire()
            if self._run.has_work:
                self._bell.notify_all()
            if isinstance(job, Keep):
                return job
            attempt = self._attempts[job] = self._transport.attempt(job.timeout)
            return job, attempt
