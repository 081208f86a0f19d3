"""The sync driver: performs what the run hands out, with threads that only send."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from .._core.accounts import Account
from .._core.run import Deliver, Done, Job, Read, Run, Wait
from ..outcomes import Report
from . import clock
from .calls import Call
from .http.sync import Transport
from .source import Chunks

LEFT = "The caller left the stream before this was sent."


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
        self._bell = bell
        self._workers: list[threading.Thread] = []
        self._idle = 0
        self._most_workers = call.settings.max_in_flight
        self._on_progress = on_progress
        self._failure: BaseException | None = None
        self._done: Done | None = None

    def next(self) -> Account | None:
        """The account of the next settled chunk; `None` when everything read is accounted for."""
        while True:
            match self._next_step():
                case Deliver(account=account):
                    self._tell_progress()
                    return account
                case Read(last=last):
                    self._feed(last=last)
                case done:
                    self._done = done
                    for worker in self._workers:
                        worker.join()
                    return None

    def leave(self) -> None:
        """Read and send nothing more; wait for what is being sent, and account for it."""
        self._halt(LEFT)
        self._on_progress = None
        while self._done is None and self.next() is not None:
            pass

    def report(self) -> Report[Any]:
        """The account so far."""
        with self._bell:
            return self._run.report(clock.current().monotonic())

    def error(self) -> BaseException | None:
        """What to raise now that the account is whole, if anything."""
        return self._call.error(self._run, self._done, self._failure)

    def _next_step(self) -> Deliver | Read | Done:
        with self._bell:
            while isinstance(step := self._run.next_step(clock.current().monotonic()), Wait):
                self._wait(step)
            if isinstance(step, Done):
                self._bell.notify_all()
            return step

    def _wait(self, wait: Wait) -> None:
        patience = clock.current().patience(wait.until, idle=wait.idle)
        if not patience:  # the time has come for the others too, whoever moved the clock
            self._bell.notify_all()
        self._bell.wait(clock.finite(patience))

    def _feed(self, *, last: bool) -> None:
        try:
            chunk = self._chunks.next_chunk(last=last)
        except Exception as failure:  # the caller's own; raised once the account is whole
            self._failure = failure
            self._halt("The source broke off before this was sent.")
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
            worker = threading.Thread(target=self._work, name="batchkit", daemon=True)
            self._workers.append(worker)
            self._idle += 1
            worker.start()

    def _tell_progress(self) -> None:
        if self._on_progress is None or self._failure is not None:
            return
        try:
            self._on_progress(self.report())
        except Exception as failure:  # the caller's own; raised once the account is whole
            self._failure = failure
            self._halt("A callback of the caller's broke off the run before this was sent.")

    def _halt(self, reason: str) -> None:
        with self._bell:
            self._run.halt(reason, clock.current().monotonic())
            self._bell.notify_all()

    def _work(self) -> None:
        while (job := self._next_job()) is not None:
            try:
                reply = self._transport.send(self._address, job.send.request, job.timeout)
            except BaseException as failure:  # told to the caller's thread
                with self._bell:
                    self._run.broke(job, failure, clock.current().monotonic())
                    self._rest()
            else:
                with self._bell:
                    self._run.answer(job, reply, clock.current().monotonic())
                    self._rest()

    def _rest(self) -> None:
        self._idle += 1
        self._bell.notify_all()

    def _tell_news(self) -> None:
        """A chunk may be settled without having been sent, and the caller waits for it."""
        if self._run.has_news:
            self._bell.notify_all()

    def _next_job(self) -> Job | None:
        with self._bell:
            while isinstance(job := self._run.next_job(clock.current().monotonic()), Wait):
                self._tell_news()
                self._wait(job)
            self._tell_news()
            if job is not None:
                self._idle -= 1
                self._hire()
            return job
