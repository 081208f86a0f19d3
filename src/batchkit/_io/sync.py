"""The sync driver: the caller's thread reads and is told, workers do everything else.

Theory of operation. An exception may strike in the caller's thread between any two lines: Ctrl-C, a
signal handler's time limit or exit, what another thread throws in. So that thread holds no lock and
never changes the run. It finds what to do *in hand*, does it, and says so in one assignment;
whatever it was struck in, `leave` finds what is in hand still, and does it then. Workers take what
it said and put the next thing in its hand.
"""

from __future__ import annotations

import _thread
import math
from collections.abc import Iterable

from .._core.exchange.account import Account
from .._core.run.steps import Deliver, Done, Read, Step
from . import callbacks
from .driver import LEFT, NO_CALLBACK, NO_SOURCE
from .exits import DRAIN
from .observer import Telling
from .workers import GLANCE, Leaving, Said, Workers

_STRIKES = 2
"""How many exceptions make leaving shorter; another ends it."""


class Driver(Workers):
    """The caller's thread reads the source and is given the accounts."""

    def next(self, after: Account | None) -> Account | None:
        """The account that follows `after`; `None` when everything read is accounted for."""
        while True:
            match self._next_step():
                case Deliver(account=account) as step:
                    if account is after:
                        self._said = Said(step)
                        continue
                    if account is not self._told:
                        self._told = account
                        self._tell(self._observer.settled(account, self.report))
                    return account
                case Read() as step:
                    self._feed(step)
                case Done():
                    self._join(self._workers)
                    return None
                case step:  # something is to be told before it waits
                    self._tell(self._observer.untold())
                    self._said = Said(step)

    def leave(self, patience: float = math.inf, why: BaseException | None = None) -> None:
        """Read and send nothing more, and account for what is being sent.

        That is waited for, but not beyond `patience` seconds. An interrupt, or whatever strikes,
        makes it `DRAIN` seconds, and another one none; it is raised when the account is whole.
        `why` is what was raised, if anything was.
        """
        self._observer.left(why)
        strikes: list[BaseException] = []
        while not isinstance(self._in_hand, Done):
            try:
                self._halt(LEFT, patience)
                self._drain()
            except BaseException as received:
                strikes.append(received)
                if len(strikes) > _STRIKES:
                    raise
                self._observer.left(received)
                patience = DRAIN if patience > DRAIN else 0.0
        if strikes:
            raise strikes[-1]

    def _drain(self) -> None:
        account = None
        while (account := self.next(account)) is not None:
            pass

    def _next_step(self) -> Step:
        """What is in hand; waits until something is."""
        while (step := self._in_hand) is None or (
            self._said is not None and step is self._said.step
        ):
            if not self._hired:
                self._begin()
            self._bell.ring()
            self._doorbell.wait(GLANCE)
        return step

    def _feed(self, step: Read) -> None:
        last = step.last or self._leaving is not None
        try:
            if not last and self._call.journal.wants_more:
                self._call.journal.fill()
            chunk = self._chunks.next_chunk(self._run.last_fed, last=last)
        except Exception as failure:
            self._broke_off(failure, NO_SOURCE)
        else:
            self._said = Said(step, self._prepared(chunk))

    def _tell(self, news: Iterable[Telling]) -> None:
        try:
            callbacks.call_each(news)
        except Exception as failure:
            self._broke_off(failure, NO_CALLBACK)

    def _halt(self, reason: str, patience: float = math.inf) -> None:
        first = self._leaving
        self._leaving = Leaving(first.reason if first else reason, patience)

    def _begin(self) -> None:
        """Begin the first worker, which begins the others."""
        try:
            if self._no_thread is not None:
                raise self._no_thread
            _thread.start_new_thread(self._begin_first, ())
        except RuntimeError as failure:  # no thread is to be had: what was read is accounted for
            self._failure = self._failure or failure
            self._halt(LEFT)
            self._work_here()

    def _work_here(self) -> None:
        """Go on without a worker; a run that is halted begins no request."""
        with self._bell:
            work = self._serve()
        if work is not None:
            work()
        self._keep_the_rest()
