"""What is told of a run while it goes on: to the caller's functions, log and spans."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

from .._core.effects import Failure, Response
from .._core.exchange.account import Account
from .._core.headers import request_id
from .._core.run.breaker import Outage
from .._core.run.run import Run
from .._core.run.steps import Dispatch, Done
from .._core.text import one_line
from ..options import Hooks
from ..outcomes import Report, RequestRecord
from . import clock, logs
from .calls import Call
from .http.attempts import Attempt
from .http.requests import Address
from .spans import Spans

Telling: TypeAlias = tuple[Callable[[Any], object], object]
"""A function of the caller's, and what it is to be called with."""
_CANCELLATIONS = ("CancelledError", "Cancelled")
"""What asyncio and trio raise."""
Writing: TypeAlias = list[Callable[[], None]]
"""What is to be called once nothing is held that others wait for: it writes log and spans."""


class Observer:
    """Sees every request of one run. Where nobody listens it makes no record.

    Requests end in workers. Hooks are called where the caller is, and in between records wait; log
    and spans are written by the worker.
    """

    def __init__(
        self,
        call: Call,
        run: Run,
        address: Address,
        on_progress: Callable[[Report[Any]], object] | None,
    ) -> None:
        self._operation = call.operation
        self._run = run
        self._address = address
        self._hooks = call.settings.hooks
        self._on_progress = on_progress
        self._left = False
        self._why: BaseException | None = None
        self.news: deque[RequestRecord] = deque()
        """What the hooks do not know yet of requests."""
        self._over = False
        self._is_run = not call.is_question
        self._began_at: float | None = clock.current().time()
        self._spans: Spans | None = None

    def begin(self) -> None:
        """The first request may be made soon. Only the first call says so.

        A worker says so: what a log's handler or an exporter raises is dropped, and in the caller's
        thread what strikes there would be dropped with it.
        """
        began, self._began_at = self._began_at, None
        if began is None:
            return
        if self._is_run:
            logs.run_began(self._operation)
        url = self._address.base_url
        self._spans = Spans.begin(self._operation, url, began, is_question=not self._is_run)

    def left(self, why: BaseException | None) -> None:
        """Nobody reads on: the block was left, by what was raised in it, if anything was."""
        self._left, self._why = True, self._why or why
        self.hush()

    def hush(self) -> None:
        """Call nothing of the caller's any more."""
        self._on_progress = None
        self._hooks = Hooks()
        self.news.clear()

    def begins(self, job: Dispatch, attempt: Attempt[Any]) -> None:
        """A request is about to be sent."""
        if logs.wants():
            logs.request_began(self._record(job, attempt))

    def answer(
        self, job: Dispatch, attempt: Attempt[Any], reply: Response | Failure, now: float
    ) -> Writing:
        """A request is over: let the run know, and tell of it."""
        breaker = self._run.throttle.breaker
        outage, paused_until = breaker.outage, breaker.paused_until
        self._run.answer(job, reply, now)
        retry_in = self._run.retry_in(job)
        hooked = self._hooks.request is not None or self._hooks.retry is not None
        logged = logs.wants(again=retry_in is not None)
        writing: Writing = []
        if hooked or logged or self._spans:
            record = self._record(job, attempt, reply, retry_in)
            if hooked:
                self.news.append(record)
            if logged:
                writing.append(partial(logs.request_ended, record))
            if self._spans:
                writing.append(partial(self._spans.request, record, reply))
        return writing + self._change(outage, paused_until, now)

    def untold(self) -> Iterator[Telling]:
        """What the hooks do not know yet of requests."""
        while self.news:
            record = self.news.popleft()
            if self._hooks.request is not None:
                yield self._hooks.request, record
            if self._hooks.retry is not None and record.retry_in is not None:
                yield self._hooks.retry, record

    def settled(self, account: Account, report: Callable[[], Report[Any]]) -> Iterator[Telling]:
        """What the caller's functions are told of a chunk that is settled."""
        yield from self.untold()
        if self._hooks.outcome is not None:
            for outcome in account.outcomes():
                yield self._hooks.outcome, outcome
        if self._on_progress is not None:
            yield self._on_progress, report()

    def ended(self, report: Report[Any], done: Done, failure: BaseException | None) -> None:
        """The run is over. Only the first call says so."""
        if self._over:
            return
        self._over = True
        self.begin()
        own, stop = failure or self._run.failure, done.stop
        error = reason = None
        if own is not None:
            error, reason = type(own).__name__, _broken_off_by(own)
        elif stop is not None:
            error, reason = stop.error.__name__, stop.message
        elif self._why is not None and not isinstance(self._why, GeneratorExit):
            error, reason = type(self._why).__name__, _broken_off_by(self._why)
        if self._is_run:
            logs.run_ended(self._operation, report, reason, left=self._left)
        if self._spans:
            self._spans.end(report, error, reason)

    def _change(self, outage: Outage | None, paused_until: float, now: float) -> Writing:
        """What an answer has changed for everybody behind the breaker."""
        breaker, operation = self._run.throttle.breaker, self._operation
        wait = breaker.paused_until - now
        if breaker.outage is None and outage is not None:
            return [partial(logs.outage_ended, operation)]
        paused = paused_until <= now < breaker.paused_until
        if breaker.outage is not None and (outage is None or paused):
            again = outage is not None
            return [partial(logs.outage_goes_on, operation, breaker.outage, wait, again=again)]
        if paused:
            return [partial(logs.requests_paused, operation, wait)]
        return []

    def _record(
        self,
        job: Dispatch,
        attempt: Attempt[Any],
        reply: Response | Failure | None = None,
        retry_in: float | None = None,
    ) -> RequestRecord:
        send, answer = job.send, reply if isinstance(reply, Response) else None
        path = send.request.path.partition("?")[0]
        return RequestRecord(
            vendor=self._operation.vendor,
            operation=self._operation.name,
            method=send.request.method,
            url=self._address.hide(self._address.base_url + path),
            first_index=send.first_index,
            items=send.items,
            attempt=send.attempt,
            bytes_sent=len(send.request.body),
            began=attempt.began,
            seconds=clock.now() - attempt.since,
            status=answer.status if answer else None,
            request_id=request_id(answer.headers, self._operation.request_id_headers)
            if answer
            else None,
            reason=_reason(reply),
            retry_in=retry_in,
            body=answer.body if answer else b"",
        )


def _broken_off_by(failure: BaseException) -> str:
    name = type(failure).__name__
    if isinstance(failure, KeyboardInterrupt):
        return "It was interrupted."
    if name in _CANCELLATIONS:
        return "It was cancelled."
    return f"The caller's own code raised {name}."  # its text may hold an item


def _reason(reply: Response | Failure | None) -> str | None:
    if isinstance(reply, Failure):
        return one_line(reply.reason)
    if reply is None or reply.complete:
        return None
    return "the answer was too large" if reply.too_large else "the answer broke off"
