"""The async driver: the sync one with tasks for threads, on asyncio and on trio."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable
from functools import partial
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

import anyio
import anyio.to_thread

from .._core.exchange.account import Account
from .._core.run.run import Run
from .._core.run.steps import Commit, CutOff, Deliver, Dispatch, Read, Step, Wait
from ..outcomes import Report
from . import clock, tasks
from .calls import Call
from .driver import LEFT, NO_CALLBACK, NO_SOURCE, DriverBase
from .exits import DRAIN
from .http.aio import AsyncTransport
from .http.attempts import Attempt
from .http.deadline_async import AsyncTimer
from .observer import Telling
from .source import AsyncChunks


class AsyncBell:
    """Wakes every task that waits for something to happen on a connection."""

    def __init__(self) -> None:
        self._event: anyio.Event | None = None

    def __enter__(self) -> None:
        """Guards nothing: tasks take turns by themselves."""

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def ring(self) -> None:
        if self._event is not None:
            self._event.set()
            self._event = None

    async def wait(self, seconds: float) -> None:
        if self._event is None:
            self._event = anyio.Event()
        event = self._event
        with anyio.move_on_after(clock.finite(seconds)):
            await event.wait()


P = ParamSpec("P")
T = TypeVar("T")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call what waits for the disk where it does not stop the loop."""
    # A thread of its own: the shared ones may all be taken by who waits for this very call.
    own = anyio.CapacityLimiter(1)
    return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=own)


def is_torn_down(failure: BaseException) -> bool:
    """Whether a loop that is torn down raises it; nothing else ends what is shielded."""
    if isinstance(failure, GeneratorExit):  # there may be no loop to ask for its own exception
        return True
    return isinstance(failure, anyio.get_cancelled_exc_class())


async def close_journal(call: Call) -> None:
    """Close the call's journal, if it has one, whatever is cancelled."""
    if not call.journal.is_idle:
        with anyio.CancelScope(shield=True):
            await in_thread(call.journal.close)


class AsyncDriver(DriverBase[AsyncTimer]):
    """The caller's task reads the source and is given the accounts.

    The requests run in tasks that no cancellation from outside reaches: a cancelled request leaves
    its items in doubt and its connection unusable.
    """

    def __init__(
        self,
        call: Call,
        run: Run,
        chunks: AsyncChunks,
        transport: AsyncTransport,
        bell: AsyncBell,
        on_progress: Callable[[Report[Any]], object] | None = None,
    ) -> None:
        super().__init__(call, run, transport, bell, on_progress)
        self._chunks = chunks
        self._transport = transport
        self._tasks: set[Any] = set()
        self._told: Account | None = None

    async def close(self, patience: float = math.inf, why: BaseException | None = None) -> None:
        """Account for everything that was read, and end every task.

        What is being sent is waited for, but not beyond `patience` seconds. A cancellation makes
        it `DRAIN` seconds, and another one none; it is raised when the account is whole. `why` is
        what was raised, if anything was.
        """
        self._observer.left(why)
        cancellation: BaseException | None = None
        with anyio.CancelScope(shield=True):
            while self._done is None or self._tasks:
                self._halt(LEFT, patience)
                try:
                    await self._finish()
                except anyio.get_cancelled_exc_class() as received:  # asyncio's own knows no shield
                    self._observer.left(received)
                    cancellation, patience = received, DRAIN if patience > DRAIN else 0.0
        await close_journal(self._call)
        if cancellation is not None:
            raise cancellation

    async def next(self, after: Account | None) -> Account | None:
        """The account that follows `after`; `None` when everything read is accounted for.

        Asked once more it gives the same: who was struck before it had the account still gets it.
        """
        while True:
            if (account := self._run.last_delivered) is not after and account is not None:
                if account is not self._told:
                    self._told = account
                    await self._tell(self._observer.settled(account, self.report))
                return account
            if self._observer.news:
                await self._tell(self._observer.untold())
            match await self._next_step():
                case Deliver():
                    pass
                case Read(last=last):
                    await self._feed(last=last)
                case CutOff():
                    for write in self._cut_off():
                        write()
                case Wait():
                    pass  # something is to be told first
                case done:
                    self._ended(done)
                    try:
                        await close_journal(self._call)
                    finally:
                        self._observer.ended(self.report(), done, self._failure)
                    return None

    async def _finish(self) -> None:
        account = None
        while self._done is None and (account := await self.next(account)) is not None:
            pass
        while self._tasks:
            await self._bell.wait(math.inf)

    async def _next_step(self) -> Step:
        while True:
            step, waits = self._step()
            if not (waits and isinstance(step, Wait)):
                return step
            if self._hired and not self._tasks:  # they ended with their loop
                await self._keep_the_rest()
            else:
                await self._bell.wait(self._patience(step))

    async def _keep_the_rest(self) -> None:
        """Do in place of the workers what a run that is left still waits for: its records."""
        self._halt(LEFT)
        await self._keep(cast(Commit, await self._next_job()))

    async def _feed(self, *, last: bool) -> None:
        try:
            if self._call.journal.wants_more:
                await in_thread(self._call.journal.fill)
            chunk = await self._chunks.next_chunk(self._run.last_fed, last=last)
        except Exception as failure:
            self._broke_off(failure, NO_SOURCE)
        else:
            self._feed_run(self._prepared(chunk))

    async def _tell(self, news: Iterable[Telling]) -> None:
        try:
            for function, told in news:
                answer = function(told)
                if inspect.isawaitable(answer):
                    await answer
        except Exception as failure:
            self._broke_off(failure, NO_CALLBACK)

    def _start(self) -> bool:
        tasks.start(self._work, self._tasks)
        return True

    async def _work(self) -> None:
        try:
            self._begin()
            while (taken := await self._next_job()) is not None:
                with anyio.CancelScope(shield=True):
                    await self._do(taken)
        finally:
            self._tasks.discard(tasks.current())
            self._bell.ring()

    def _begin(self) -> None:
        try:
            self._observer.begin()
        except BaseException as failure:
            self._broke(failure)

    async def _do(self, taken: tuple[Dispatch, Attempt[AsyncTimer]] | Commit) -> None:
        try:
            if isinstance(taken, Commit):
                await self._keep(taken)
            else:
                await self._perform(*taken)
        except BaseException as failure:
            if is_torn_down(failure):
                raise
            self._broke(failure)

    async def _next_job(self) -> tuple[Dispatch, Attempt[AsyncTimer]] | Commit | None:
        while isinstance(job := self._look_for_job(), Wait):
            await self._bell.wait(self._patience(job))
        return None if job is None else self._taken(job)

    async def _perform(self, job: Dispatch, attempt: Attempt[AsyncTimer]) -> None:
        try:
            self._observer.begins(job, attempt)
            reply = await self._transport.send(attempt, self._address, job.send.request)
        except Exception as failure:
            self._came(job, failure)
        except BaseException as failure:
            if not is_torn_down(failure):
                self._broke(failure)
            self._came(job, attempt.cut_off(self._address))
            raise
        else:
            self._came(job, reply)

    async def _keep(self, keep: Commit) -> None:
        try:
            why = await in_thread(self._call.journal.write, keep)
        except BaseException:  # only a loop that is torn down ends what is shielded
            self._call.journal.miss(keep)
            self._kept(keep, "The event loop ended before the journal was written.")
            raise
        self._kept(keep, why)
