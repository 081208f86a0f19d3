"""The async driver: the sync one with tasks for threads, on asyncio and on trio."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast

import anyio
import anyio.to_thread

from .._core.accounts import Account
from .._core.effects import Failure, Response
from .._core.run import Run
from .._core.steps import CutOff, Deliver, Done, Job, Keep, Read, Step, Wait
from ..outcomes import Report
from . import clock, keeping, tasks
from .calls import Call
from .exits import DRAIN
from .http.aio import AsyncTransport
from .http.attempts import Attempt
from .http.deadline_async import AsyncTimer
from .source import AsyncChunks
from .sync import LEFT
from .witness import Telling, Witness, Writing


class Bell:
    """Wakes every task that waits for something to happen on a connection."""

    def __init__(self) -> None:
        self._event: anyio.Event | None = None

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
    if call.journal is not None:
        with anyio.CancelScope(shield=True):
            await in_thread(keeping.closed, call)


class AsyncDriver:
    """Drives one run. The caller's task reads the source and is given the accounts.

    The requests run in tasks that no cancellation from outside reaches: a cancelled request leaves
    its items in doubt and its connection unusable.
    """

    def __init__(
        self,
        call: Call,
        run: Run,
        chunks: AsyncChunks,
        transport: AsyncTransport,
        bell: Bell,
        on_progress: Callable[[Report[Any]], object] | None = None,
    ) -> None:
        self._call = call
        self._run = run
        self._chunks = chunks
        self._transport = transport
        self._address = call.address()
        self._witness = Witness(call, run, self._address, on_progress)
        self._bell = bell
        self._tasks: set[Any] = set()
        self._workers = 0
        self._attempts: dict[Job, Attempt[AsyncTimer]] = {}
        self._idle = 0
        self._working = 0
        self._most_workers = call.settings.max_in_flight
        self._failure: BaseException | None = None
        self._done: Done | None = None

    async def close(self, patience: float = math.inf, why: BaseException | None = None) -> None:
        """Account for everything that was read, and end every task.

        What is being sent is waited for, but not beyond `patience` seconds. A cancellation makes
        it `DRAIN` seconds, and another one none; it is raised when the account is whole. `why` is
        what was raised, if anything was.
        """
        self._witness.left(why)
        cancellation: BaseException | None = None
        with anyio.CancelScope(shield=True):
            while self._done is None or self._working:
                self._halt(LEFT, patience)
                try:
                    await self._finish()
                except anyio.get_cancelled_exc_class() as came:  # asyncio's own knows no shield
                    self._witness.left(came)
                    cancellation, patience = came, DRAIN if patience > DRAIN else 0.0
        await close_journal(self._call)
        if cancellation is not None:
            raise cancellation

    async def next(self) -> Account | None:
        """The account of the next settled chunk; `None` when everything read is accounted for."""
        while True:
            await self._tell(self._witness.untold())
            match await self._next_step():
                case Deliver(account=account):
                    await self._tell(self._witness.settled(account, self.report))
                    return account
                case Read(last=last):
                    await self._feed(last=last)
                case CutOff():
                    self._cut_off()
                case Wait():
                    pass  # something is to be told first
                case done:
                    self._done = done
                    try:
                        await close_journal(self._call)
                    finally:
                        self._witness.ended(self.report(), done, self._failure)
                    return None

    def report(self) -> Report[Any]:
        """The account so far."""
        return self._run.report(clock.current().monotonic())

    def error(self) -> BaseException | None:
        """What to raise now that the account is whole, if anything."""
        return self._call.error(self._run, self._done, self._failure)

    def tell_gap(self, leaving: BaseException | None) -> None:
        """Say what the journal lacks to whoever leaves early; see `Call.tell_gap`."""
        self._call.tell_gap(self.report(), leaving)

    async def _finish(self) -> None:
        while self._done is None and await self.next() is not None:
            pass
        while self._working:
            await self._bell.wait(math.inf)

    async def _next_step(self) -> Step:
        while isinstance(step := self._run.next_step(clock.current().monotonic()), Wait):
            if self._witness.has_news:
                self._run.caller_waits = False
                break
            if self._workers and not self._working:  # they ended with their loop
                await self._keep_the_rest()
            else:
                await self._wait(step)
        if isinstance(step, Done):
            self._bell.ring()
        return step

    async def _keep_the_rest(self) -> None:
        """Do in place of the workers what a run that is left still waits for: its records."""
        self._halt(LEFT)
        await self._keep(cast(Keep, await self._next_job()))

    async def _wait(self, wait: Wait) -> None:
        patience = clock.current().patience(wait.until, idle=wait.idle)
        if not patience:  # the time has come for the others too, whoever moved the clock
            self._bell.ring()
        await self._bell.wait(patience)

    async def _feed(self, *, last: bool) -> None:
        try:
            if keeping.wants_more(self._call):
                await in_thread(keeping.read_on, self._call)
            chunk = await self._chunks.next_chunk(last=last)
        except Exception as failure:  # the caller's own; raised once the account is whole
            self._broke_off(failure, "The source broke off before this was sent.")
            return
        if chunk is None:
            self._run.exhausted()
        else:
            self._run.feed(chunk, clock.current().monotonic())
            self._hire()
        self._bell.ring()

    def _hire(self) -> None:
        """Have as many workers as the run has use for; more would only wake each other up."""
        wanted = self._run.performers(clock.current().monotonic())
        while self._idle < wanted and self._workers < self._most_workers:
            self._workers += 1
            self._working += 1
            self._idle += 1
            tasks.start(self._work, self._tasks)

    async def _tell(self, news: Iterable[Telling]) -> None:
        try:
            for function, told in news:
                answer = function(told)
                if inspect.isawaitable(answer):
                    await answer
        except Exception as failure:  # the caller's own; raised once the account is whole
            reason = "A callback of the caller's broke off the run before this was sent."
            self._broke_off(failure, reason)

    def _broke_off(self, failure: Exception, reason: str) -> None:
        self._failure = failure
        self._witness.hush()
        self._halt(reason)

    def _halt(self, reason: str, patience: float = math.inf) -> None:
        self._run.halt(reason, clock.current().monotonic(), patience=patience)
        self._bell.ring()

    def _cut_off(self) -> None:
        """Answer for what is being sent; a worker that comes later has nothing more to say."""
        writing: Writing = []
        for job, attempt in self._attempts.items():
            reply, now = attempt.cut_off(self._address), clock.current().monotonic()
            writing += self._witness.answer(job, attempt, reply, now)
        self._attempts.clear()
        self._bell.ring()
        for write in writing:
            write()

    async def _work(self) -> None:
        try:
            while (taken := await self._next_job()) is not None:
                with anyio.CancelScope(shield=True):
                    await self._do(taken)
        finally:
            self._working -= 1
            self._bell.ring()

    async def _do(self, taken: tuple[Job, Attempt[AsyncTimer]] | Keep) -> None:
        try:
            if isinstance(taken, Keep):
                await self._keep(taken)
            else:
                await self._perform(*taken)
        except BaseException as failure:  # of a log's handler, say; told to the caller's task
            if is_torn_down(failure):
                raise
            self._broke(failure)

    def _broke(self, failure: BaseException) -> None:
        self._run.failure = self._run.failure or failure
        self._halt("The run broke off before this was sent.")

    async def _keep(self, keep: Keep) -> None:
        try:
            why = await in_thread(keeping.write, self._call, keep)
        except BaseException:  # only a loop that is torn down ends what is shielded
            keeping.miss(self._call, keep)
            self._kept(keep, "The event loop ended before the journal was written.")
            raise
        self._kept(keep, why)

    def _kept(self, keep: Keep, why: str | None) -> None:
        now, known = clock.current().monotonic(), self._run.has_news
        if why is None:
            self._run.kept(keep, now)
        else:
            self._run.unkept(keep, why, now)
        self._idle += 1
        if why is not None or (self._run.has_news and not known):
            self._bell.ring()

    async def _perform(self, job: Job, attempt: Attempt[AsyncTimer]) -> None:
        try:
            self._witness.begins(job, attempt)
            reply = await self._transport.send(attempt, self._address, job.send.request)
        except Exception as failure:  # told to the caller's task
            self._came(job, failure)
        except BaseException as failure:
            if not is_torn_down(failure):
                self._broke(failure)
            self._came(job, attempt.cut_off(self._address))
            raise
        else:
            self._came(job, reply)

    def _came(self, job: Job, came: Response | Failure | BaseException) -> None:
        writing: Writing = []
        now = clock.current().monotonic()
        attempt = self._attempts.pop(job, None)
        if attempt is None:
            pass  # it was cut off, and answered for
        elif isinstance(came, BaseException):
            self._run.broke(job, came, now)
        else:
            writing = self._witness.answer(job, attempt, came, now)
        self._idle += 1
        self._bell.ring()
        for write in writing:
            write()

    def _look_for_job(self) -> Job | Keep | Wait | None:
        """The next job; looking for one may settle a chunk, for which the caller waits."""
        known = self._run.has_news
        job = self._run.next_job(clock.current().monotonic())
        if self._run.has_news and not known:
            self._bell.ring()
        return job

    async def _next_job(self) -> tuple[Job, Attempt[AsyncTimer]] | Keep | None:
        while isinstance(job := self._look_for_job(), Wait):
            await self._wait(job)
        if job is None:
            return None
        self._idle -= 1
        self._hire()
        if self._run.has_work:
            self._bell.ring()
        if isinstance(job, Keep):
            return job
        attempt = self._attempts[job] = self._transport.attempt(job.timeout)
        return job, attempt
