"""One call of a user's: how it becomes a run, and what its end means."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

import attrs

from .._core.exchange.account import Account
from .._core.exchange.conversation import Conversation
from .._core.exchange.policy import Policy
from .._core.exchange.retry import longest_wait
from .._core.items import jsontext
from .._core.items.chunks import Chunk, Chunker
from .._core.operations import Operation
from .._core.resume.rechunking import ReplayChunker
from .._core.rulings import Ruling
from .._core.run.beginning import ExchangeFactory
from .._core.run.run import Run
from .._core.run.steps import Done, RunLimits
from .._core.run.throttle import least_seconds
from ..exceptions import DeadlineExceededError, JournalError, tell_account
from ..options import PollPolicy
from ..outcomes import PROBLEMS_KEPT, Plan, Rejected, Report
from . import callbacks, clock, journals
from .http.requests import Address
from .journals import GivenJournal, IdleJournal, RunJournal
from .settings import Settings
from .throttles import Throttles

if TYPE_CHECKING:
    from ..jobs import Job


_KEYS_TOLD = 100
"""Keys of the caller's own that a plan names."""


@attrs.frozen(kw_only=True)
class Call:
    """What to do, and what bounds it."""

    settings: Settings
    operation: Operation
    deadline: float | None = None
    """Seconds for the whole call."""
    poll: PollPolicy = PollPolicy()
    submit_only: bool = False
    """Whether a ticket ends a chunk."""
    known: Mapping[int, Sequence[Ruling]] | None = None
    """For tickets submitted before: what is known already, by the start of the chunk."""
    job_of: Callable[[Sequence[Account]], Job] | None = None
    """Makes a job of the chunks whose tickets still run."""
    is_question: bool = False
    """Whether it asks the vendor something, and sends no items."""
    journal: RunJournal = attrs.field(factory=IdleJournal)
    """Where the run is kept, so that the same call can go on with it."""

    def kept_in(self, journal: GivenJournal) -> Call:
        """The same call with this journal. Raises `JournalError`, `ConfigurationError`."""
        session = journals.session(journal, self.operation, self.settings.base_url)
        return attrs.evolve(self, journal=session)

    def chunker(self) -> Chunker:
        """Cuts the call's items; an earlier run's as that one did."""
        at = clock.current()
        bounds: dict[str, Any] = {
            "max_items": self.settings.limits.max_items or self.operation.limits.max_items or 1,
            "max_bytes": self.max_bytes,
            "max_refused": 1 if self.operation.stops_on_failure else None,
            "now": lambda: clock.stamp(at),
        }
        if self.journal.is_idle:
            return Chunker(self.operation, **bounds)
        return ReplayChunker(self.operation, self.journal.ahead, **bounds)

    @property
    def max_bytes(self) -> int:
        """The most bytes of one request."""
        return self.settings.limits.max_bytes or self.operation.limits.max_bytes or 1

    def run(
        self, throttles: Throttles, begin: Callable[[Chunk], Conversation] | None = None
    ) -> Run:
        """The run of the call; `begin` is for exchanges of another kind."""
        settings, operation = self.settings, self.operation
        bounds = RunLimits(
            vendor=operation.vendor,
            name=operation.name,
            remaining_header=operation.remaining_header,
            in_flight=settings.max_in_flight,
            timeout=settings.timeout,
            max_retry_after=settings.retry.max_retry_after,
            first_trial=longest_wait(settings.retry),
            deadline=self.deadline,
            ordered=operation.ordered,
            stops_on_failure=self.operation.stops_on_failure and self.known is None,
            has_journal=not self.journal.is_idle,
        )
        throttle = throttles.of(settings, operation)
        return Run(begin or self._beginning(), throttle, bounds, clock.now())

    def rules(self) -> Policy:
        """What the caller chose, and the randomness and ids that come in from here."""
        settings = self.settings
        return Policy(
            retry=settings.retry,
            poll=self.poll,
            resend_in_doubt=settings.on_doubt == "resend",
            strict_items=settings.strict_items,
            refused_statuses=settings.refused_statuses,
            random=random.random,
            new_key=new_key,
            submit_only=self.submit_only,
            generation=max(self.journal.generations, default=0) + 1,
        )

    def address(self) -> Address:
        """Where its requests go."""
        settings = self.settings
        secrets = settings.authorization.spellings() if settings.authorization else ()
        return Address(base_url=settings.base_url, headers=settings.headers(), secrets=secrets)

    def error(
        self, report: Report[Any], run: Run, done: Done | None, failure: BaseException | None
    ) -> BaseException | None:
        """What to raise now that the account is whole; `None` after a run that simply finished.

        What the caller's own code raised comes out unchanged, with the account as a note.
        """
        error = self._error(report, run, done, failure)
        if error is not None:
            self.tell_gap(report, error)
        return error

    def tell_gap(self, report: Report[Any], leaving: BaseException | None) -> None:
        """Say what the journal could not be told, in a note if something is raised already.

        Raises `JournalError` otherwise.
        """
        gap = self.journal.gap
        if gap is None or isinstance(leaving, JournalError):
            return
        if leaving is None:
            raise JournalError(gap, report=report)
        if gap not in getattr(leaving, "__notes__", ()):
            leaving.add_note(gap)

    def _error(
        self,
        report: Report[Any],
        run: Run,
        done: Done | None,
        failure: BaseException | None,
    ) -> BaseException | None:
        own = failure or run.failure
        if own is not None:
            own = callbacks.raisable(own)
            tell_account(own, report)
            if isinstance(own, JournalError):
                own.report = report
            return own
        if done is None or done.stop is None:
            return None
        error = done.stop.raises(report)
        if isinstance(error, DeadlineExceededError) and run.left and self.job_of is not None:
            error.job = self.job_of(run.left)
        return error

    def _beginning(self) -> Callable[[Chunk], Conversation]:
        factory = ExchangeFactory(self.operation, self.rules(), self.journal.generations)

        def begin(chunk: Chunk) -> Conversation:
            at = clock.current()
            exchange = factory.begin(chunk, at=at.time(), now=at.monotonic())
            for ruling in (self.known or {}).get(chunk.start, ()):
                exchange.account.rule(ruling)
            return exchange

        return begin


def new_key() -> str:
    """A key that nobody else has."""
    return str(uuid.uuid4())


class Planner:
    """Counts what a run would send."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._items = self._requests = self._bytes = self._invalid = 0
        self._problems: list[Rejected[Any]] = []
        self._own_keys: dict[str, int] = {}

    def count(self, chunk: Chunk) -> None:
        """One more chunk of the run."""
        self._items += len(chunk.items)
        self._invalid += len(chunk.refused)
        told = islice(chunk.refused.items(), max(0, PROBLEMS_KEPT - len(self._problems)))
        self._problems += [
            Rejected(
                index=chunk.start + position,
                item=chunk.items[position],
                by="client",
                reason=reason,
            )
            for position, reason in told
        ]
        for position, piece in zip(chunk.positions, chunk.encoded, strict=True):
            self._note_keys(chunk.items[position], piece)
        if chunk.encoded:
            self._requests += 1
            self._bytes += len(chunk.body(self._call.operation, chunk.positions))

    def plan(self) -> Plan:
        """What was counted."""
        pace = self._call.settings.pace_of(self._call.operation)
        return Plan(
            items=self._items,
            requests=self._requests,
            bytes=self._bytes,
            invalid=self._invalid,
            least_seconds=least_seconds(self._requests, pace),
            problems=tuple(self._problems),
            own_keys=self._own_keys,
        )

    def _note_keys(self, item: object, piece: bytes) -> None:
        """Of what was written down: the item itself may be another by now."""
        fields, own = self._call.operation.fields, self._own_keys
        if fields and isinstance(item, Mapping):
            for name in cast("Mapping[str, object]", jsontext.read(piece)):
                if name not in fields and (name in own or len(own) < _KEYS_TOLD):
                    own[name] = own.get(name, 0) + 1
