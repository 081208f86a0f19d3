"""A run: everything that crosses the chunks of one call.

Theory of operation. The run owns the exchanges and decides what happens next; it never waits, and
knows the time only by being told. It has two faces. Whoever performs asks `next_job` for a send
to make and gives back what came with `answer`. Whoever called asks `next_step`: read the source,
deliver an account, wait, or stop. Both may be asked at any time and in any order, by one owner at
a time.

A chunk is *waiting* for its turn, *sending*, or settled. A run that is halted gives no more turns;
what is being sent is still waited for, and every item that was read gets its outcome.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from ...exceptions import JournalError
from ...outcomes import Report, Unknown
from ..effects import Failure, Go, Halt, Phase, Received, Record, Reply, Response, Send, Turn
from ..exchange.account import Account, after_failure
from ..exchange.conversation import Conversation
from ..headers import retry_after
from ..items.chunks import Chunk
from ..meaning import stops
from ..resume.entries import NOT_SENT
from ..rulings import Abort, OutcomeClass, State
from .steps import (
    Commit,
    CutOff,
    Deliver,
    Dispatch,
    Done,
    PendingEntry,
    Read,
    RunLimits,
    Step,
    Task,
    Wait,
)
from .tally import Tally
from .throttle import Throttle
from .turns import Turns

_SETTLED = Record(state=State.SETTLED)
_GRACE = 0.5
"""Seconds past the deadline for a transport that does not keep time itself."""


class Run:
    """The scheduler of one call."""

    def __init__(
        self,
        begin: Callable[[Chunk], Conversation],
        throttle: Throttle,
        bounds: RunLimits,
        now: float,
    ) -> None:
        self._begin = begin
        self._throttle = throttle
        self._bounds = bounds
        self._began = now
        self._ends = math.inf if bounds.deadline is None else now + bounds.deadline
        self._gives_up = self._ends + _GRACE
        self._turns = Turns(throttle, bounds)
        self._ready: deque[Dispatch] = deque()
        """What performers shall send before anything gets its turn."""
        self._notes: list[PendingEntry] = []
        """What the journal is to be told with the next write."""
        self._settled: deque[Account] = deque()
        self._sending = 0
        self._committing = False
        self._unkept = 0
        self._exhausted = False
        self._caller_waits = False
        """Whether the caller can do nothing but wait, for time to pass or for an answer."""
        self._reached = False
        self._pages = 0
        """Chunks in a row that were answered by a web page."""
        self._halt: Halt | None = None
        self._stop: Abort | None = None
        self._cascade: tuple[OutcomeClass, str] | None = None
        self._tally = Tally()
        self.left: list[Account] = []
        """The accounts of chunks whose tickets still run."""
        self._failure: BaseException | None = None
        self.last_fed: Chunk | None = None
        self.last_delivered: Account | None = None
        """What who was struck before it was heard of asks for once more; so with `last_fed`."""

    def next_step(self, now: float) -> Step:
        """What the caller shall do."""
        self._caller_waits = False
        self._advance(now)
        if self._settled:
            account = self._settled.popleft()
            self._tally = self._tally.plus(account)
            self.last_delivered = account
            if account.tickets:
                self.left.append(account)
            return Deliver(account)
        if self._sending and now >= self._gives_up:
            return CutOff()
        live = len(self._turns.tasks) + self._unkept
        if not self._exhausted and (self._halt or live < self._bounds.in_flight + 2):
            return Read(last=self._halt is not None)
        self._caller_waits = True
        return self._wait(now) if live else Done(self._stop)

    def next_job(self, now: float) -> Dispatch | Commit | Wait | None:
        """What a performer shall do; `None` once there will never be more."""
        self._advance(now)
        while not self._ready:
            task = self._turns.next(now)
            if task is not None:
                self._step(task, Go(now), now)
            elif self._may_keep:  # one write for all that is known by now: each waits for the disk
                self._committing = True
                notes, self._notes = self._notes, []
                return Commit(notes)
            elif self._exhausted and not self._turns.tasks and not self._committing:
                return None
            else:
                return self._wait(now)
        self._sending += 1
        return self._ready.popleft()

    def kept(self, keep: Commit, now: float) -> None:
        """It is written to the journal."""
        self._committing = False
        for note in keep.notes:
            self._go_on(note, None, now)

    def unkept(self, keep: Commit, why: str, now: float) -> None:
        """It cannot be written: nothing is begun any more, and the account says what is known."""
        stop = Abort(error=JournalError, message=why)
        self._halt_for(stop, now)
        self._stop = self._stop or stop
        self._committing = False
        for note in keep.notes:
            self._go_on(note, self._halt, now)

    def answer(self, job: Dispatch, reply: Response | Failure, now: float) -> None:
        """A job was performed: tell what came of it."""
        self._sending -= 1
        self._turns.free(job.task, now)
        if isinstance(reply, Response) or reply.phase >= Phase.SENDING:
            self._reached = True
        if isinstance(reply, Response) and reply.status >= HTTPStatus.BAD_REQUEST:
            self._pause(reply, now)
        again = job.task.turn.again
        self._step(job.task, Received(reply, now), now)
        trouble = job.task.exchange.trouble
        self._throttle.heard(reply, trouble, now, self._bounds, again=again)
        if isinstance(reply, Failure) and now >= self._ends:  # the deadline cut it, the last or not
            self._halt_for(self._past_deadline(), now)

    def broke(self, job: Dispatch, failure: BaseException, now: float) -> None:
        """A job could not be performed at all, for a reason that is no answer of the network."""
        self._sending -= 1
        self._crash(job.task, failure, now)

    def prepared(self, chunk: Chunk) -> Task:
        """What the next chunk begins with; this looks at its items, and changes nothing."""
        exchange = self._begin(chunk)
        return Task(exchange, exchange.flow(), exchange.changes())

    def feed(self, task: Task, now: float) -> None:
        """The next chunk of the source, prepared before."""
        exchange = task.exchange
        self.last_fed = exchange.chunk
        if self._halt is None and self._cascade is not None and exchange.account.stop is None:
            self._close(exchange, *self._cascade)
        else:
            self._turns.add(task)
            self._step(task, None, now)

    def exhausted(self) -> None:
        """The source has no more."""
        self._exhausted = True

    def halt(
        self, reason: str, now: float, stop: Abort | None = None, *, patience: float = math.inf
    ) -> None:
        """Give no more turns; `reason` is what the items that are left will say.

        What is being sent is waited for, but not beyond `patience` seconds. A run that was halted
        may be told to be less patient.
        """
        self._gives_up = min(self._gives_up, now + patience)
        if self._halt is not None:
            return
        self._halt, self._stop = Halt(reason), stop
        for job in self._ready:  # recorded, and not sent yet
            self._turns.free(job.task, now)
        self._ready.clear()
        for task in [*self._turns.tasks]:
            if not task.busy:
                self._step(task, self._halt, now)

    def break_off(self, failure: BaseException, now: float) -> None:
        """Halt for something that is to be raised once the account is whole; the first is."""
        self._failure = self._failure or failure
        self.halt(NOT_SENT, now)

    def rouse(self) -> None:
        """The caller has something to be told before it waits on."""
        self._caller_waits = False

    def performers(self, now: float) -> int:
        """How many performers without a job the run has use for.

        One for each chunk that could begin now, and one to watch for those that begin later.
        """
        waiting = self._turns.waiting()
        ready = sum(task.ready_at <= now for task in waiting)
        return len(self._ready) + self._may_keep + ready + (ready < len(waiting))

    def retry_in(self, job: Dispatch) -> float | None:
        """Seconds until what was answered last goes again; `None` if it does not."""
        return None if self._halt is not None else job.task.exchange.retry_in

    @property
    def failure(self) -> BaseException | None:
        """What broke the run off: a caller's own strategy or a log's handler raised it."""
        return self._failure

    @property
    def throttle(self) -> Throttle:
        """What its requests wait for, together with those of other runs."""
        return self._throttle

    @property
    def has_work(self) -> bool:
        """Whether a performer can begin with something that needs no turn any more."""
        return bool(self._ready) or self._may_keep

    @property
    def has_news(self) -> bool:
        """Whether the caller has a step to take."""
        return bool(self._settled)

    def report(self, now: float) -> Report[Any]:
        """The account of everything delivered so far."""
        return self._tally.report(now - self._began)

    @property
    def _may_keep(self) -> bool:
        return bool(self._notes) and not self._committing

    def _advance(self, now: float) -> None:
        """Halt where going on would break a bound that the caller set."""
        if self._halt is not None:
            return
        if now >= self._ends and (self._turns.tasks or not self._exhausted):
            self._halt_for(self._past_deadline(), now)
            return
        waiting = self._turns.waiting()
        free_at = self._throttle.free_at(now) if waiting else now
        for task in waiting:
            # The wait between two questions is the ticket's own; only pace and retries are judged.
            begins = free_at if task.turn.poll else max(task.ready_at, free_at)
            if begins == math.inf:
                continue
            if begins > self._ends:
                self._halt_for(self._past_deadline(), now)
                return
            if (stop := self._too_long(free_at, now)) is not None:
                self._halt_for(stop, now)
                return

    def _too_long(self, free_at: float, now: float) -> Abort | None:
        """Whether nothing may go for longer than the caller wants to sit out."""
        vendor, name, most = self._bounds.vendor, self._bounds.name, self._bounds.max_retry_after
        outage = self._throttle.breaker.outage
        if free_at > now + most:
            return stops.paced_out(vendor, name, free_at - now, most)
        if outage is not None and free_at > outage.since + most:
            return stops.outage_lasts(vendor, name, outage.trouble, now - outage.since, most)
        return None

    def _pause(self, response: Response, now: float) -> None:
        """Everybody waits as the vendor asks, whether or not this exchange goes on."""
        told = retry_after(response.headers, response.received)
        if told is not None and told <= self._bounds.max_retry_after:
            self._throttle.breaker.pause(now + told)

    def _past_deadline(self) -> Abort:
        return stops.past_deadline(self._bounds.deadline or 0.0)

    def _halt_for(self, stop: Abort, now: float) -> None:
        self.halt(f"The run had to stop. {stop.message}", now, stop)

    def _wait(self, now: float) -> Wait:
        waiting = [] if self._turns.is_full else self._turns.waiting()
        free_at = self._throttle.free_at(now) if waiting else now
        begins = [max(task.ready_at, free_at) for task in waiting]
        ends = self._ends if self._halt is None else math.inf
        if self._sending:
            ends = min(ends, self._gives_up)
        # What may begin now is a performer's to take: waiting for no time at all would only spin.
        later = [moment for moment in begins if moment > now]
        at_rest = not (self._settled or self._ready or self._notes or self._committing)
        idle = self._throttle.breaker.is_idle and self._caller_waits and at_rest
        return Wait(until=min([*later, ends]), idle=idle and len(later) == len(begins))

    def _step(self, task: Task, reply: Reply, now: float) -> None:
        """Go on with an exchange until it must wait, has something to perform, or is settled."""
        while True:
            try:
                effect = task.flow.send(reply)
            except StopIteration:
                self._settle(task, now)
                return
            except BaseException as failure:  # re-raised by the driver, with the account whole
                self._crash(task, failure, now)
                return
            match effect:
                case Turn():
                    self._turns.wait(task, effect, now)
                    if self._halt is None:
                        return
                    reply = self._halt
                case Record() if not self._bounds.has_journal:
                    reply = None
                case Send() if self._halt is not None and task.has_slot:
                    reply = self._halt  # recorded, and not sent yet
                case _:
                    self._perform(task, effect, now)
                    return

    def _perform(self, task: Task, effect: Send | Record, now: float) -> None:
        """Have this done next: it needs no turn any more."""
        task.busy = True
        if isinstance(effect, Send) or effect.state is State.INTENT:
            self._turns.occupy(task)
        if isinstance(effect, Send):
            timeout = min(self._bounds.timeout, self._ends - now)
            self._ready.append(Dispatch(send=effect, timeout=timeout, task=task))
        else:
            self._notes.append(PendingEntry(exchange=task.exchange, record=effect, task=task))

    def _go_on(self, note: PendingEntry, reply: Halt | None, now: float) -> None:
        if note.task is not None:
            self._step(note.task, reply, now)
        else:
            self._unkept -= 1
            self._settled.append(note.exchange.account)

    def _settle(self, task: Task, now: float) -> None:
        account = task.exchange.account
        self._turns.free(task, now)
        self._turns.remove(task)
        self._deliver(task.exchange)
        if account.page is not None:
            self._pages = self._pages + 1 if account.page else 0
        if account.stop is not None:
            self._halt_for(account.stop, now)
        elif account.unreached and not self._reached:
            self._halt_for(stops.unreachable(self._bounds.vendor, account.unreached), now)
        elif account.page and self._pages > 1:
            self._halt_for(stops.web_pages(self._bounds.vendor, self._bounds.name), now)
        elif self._bounds.stops_on_failure and self._halt is None:
            self._begin_cascade(account)

    def _deliver(self, exchange: Conversation) -> None:
        """Give the account to the caller, once the journal has it."""
        if self._bounds.has_journal and not exchange.is_kept:
            self._unkept += 1
            self._notes.append(PendingEntry(exchange=exchange, record=_SETTLED))
        else:
            self._settled.append(exchange.account)

    def _begin_cascade(self, account: Account) -> None:
        """After a failure nothing more is tried; what was read and will be is told why."""
        self._cascade = after_failure(account.rulings)
        if self._cascade is None:
            return
        for task in self._turns.clear():
            self._close(task.exchange, *self._cascade)

    def _close(self, exchange: Conversation, outcome: OutcomeClass, reason: str) -> None:
        """Settle a chunk of which nothing was sent."""
        exchange.account.rule_rest(outcome, reason)
        self._deliver(exchange)

    def _crash(self, task: Task, failure: BaseException, now: float) -> None:
        task.exchange.account.rule_rest(Unknown, "The run broke off while this was under way.")
        self._turns.free(task, now)
        self._turns.remove(task)
        self._deliver(task.exchange)
        self.break_off(failure, now)
