"""What is told of a run while it goes on: to the caller's functions and to the report."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from .._core import stops
from .._core.accounts import Account
from .._core.effects import Failure, Response
from .._core.run import Run
from .._core.steps import Job
from .._core.text import one_line
from ..options import Hooks
from ..outcomes import Report, RequestRecord
from . import clock
from .calls import Call
from .http.attempts import Attempt
from .http.requests import Address

Telling: TypeAlias = tuple[Callable[[Any], object], object]
"""A function of the caller's, and what it is to be called with."""


class Witness:
    """Sees every request of one run when it is over. Without listeners it makes no record.

    Requests end in workers, and hooks are called where the caller is; in between records wait.
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
        self._keeps = call.settings.keep_requests
        self._untold: deque[RequestRecord] = deque()

    @property
    def has_news(self) -> bool:
        """Whether there is something to tell the caller's hooks."""
        return bool(self._untold)

    def hush(self) -> None:
        """Call nothing of the caller's any more."""
        self._on_progress = None
        self._hooks = Hooks()
        self._untold.clear()

    def saw(self, job: Job, attempt: Attempt[Any], reply: Response | Failure) -> None:
        """A request is over, and the run knows of it."""
        hooked = self._hooks.request is not None or self._hooks.retry is not None
        if not (hooked or self._keeps):
            return
        record = self._record(job, attempt, reply)
        if self._keeps:
            self._run.requests_log.append(record)
        if hooked:
            self._untold.append(record)
            self._run.caller_waits = False

    def untold(self) -> Iterator[Telling]:
        """What the hooks do not know yet of requests."""
        while self._untold:
            record = self._untold.popleft()
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

    def _record(self, job: Job, attempt: Attempt[Any], reply: Response | Failure) -> RequestRecord:
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
            seconds=clock.current().monotonic() - attempt.since,
            status=answer.status if answer else None,
            request_id=stops.request_id(answer) if answer else None,
            reason=_reason(reply),
            retry_in=self._run.retry_in(job),
            body=answer.body if answer else b"",
        )


def _reason(reply: Response | Failure) -> str | None:
    if isinstance(reply, Failure):
        return one_line(reply.reason)
    if reply.complete:
        return None
    return "the answer was too large" if reply.too_large else "the answer broke off"
