"""Ecwid's `batches` as users meet it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .._core.effects import Request, Response
from .._core.items.chunks import Chunk
from .._io.calls import Call
from .._io.carry import OnProgress, ask, count, drive, source_of
from .._io.connections import Connection
from .._io.settings import Settings
from .._io.source import MadeChunks, Source, confirm_items
from .._io.streams import Stream, finish
from ..jobs import Job
from ..options import PollPolicy
from ..outcomes import Plan, Report
from . import operations
from .answers import BatchStatus, read_count, read_list, read_status
from .calls import Submission, sending, waiting
from .requests import ApiRequest

if TYPE_CHECKING:
    from ..journal import Journal

Row = TypeVar("Row", bound=Mapping[str, object])


class Batches:
    """Ecwid's batches: store API calls, at most 500 in a batch.

    A batch is answered with a ticket, which is asked about until the vendor has run every entry.
    Batches of a store run one after another, in the order of the items.
    """

    def __init__(self, connection: Connection, settings: Settings, store_id: str) -> None:
        self._connection = connection
        self._settings = settings
        self._store_id = store_id

    @overload
    def send(
        self,
        items: Iterable[ApiRequest],
        *,
        parallel: bool = False,
        stop_on_first_failure: bool = False,
        group_id: str | None = None,
        poll: PollPolicy = PollPolicy(),
        on_progress: OnProgress[ApiRequest] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Report[ApiRequest]: ...
    @overload
    def send(
        self,
        items: Iterable[Row],
        *,
        parallel: bool = False,
        stop_on_first_failure: bool = False,
        group_id: str | None = None,
        poll: PollPolicy = PollPolicy(),
        on_progress: OnProgress[Row] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Report[Row]: ...
    def send(
        self,
        items: Iterable[Any],
        *,
        parallel: bool = False,
        stop_on_first_failure: bool = False,
        group_id: str | None = None,
        poll: PollPolicy = PollPolicy(),
        on_progress: OnProgress[Any] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Report[Any]:
        """Send every item, wait for every ticket, and give the account of the run.

        What the vendor itself repeats inside a batch after a server error is beyond us.

        Args:
            items: `ApiRequest`s or mappings with the vendor's keys. An `id` of yours is sent as it
                is and must be unique in one input; missing ids are made.
            parallel: Whether the vendor runs the entries of a batch at once, up to 100 at a time,
                instead of one after another.
            stop_on_first_failure: Whether nothing is run after the first entry that fails; the
                entries after it are `Skipped`, and `Unsent` after an `Unknown` one.
            group_id: Your name for these batches, for `cancel_group`.
            poll: How often a ticket is asked about, and when no progress is too long.
            on_progress: Called with a snapshot of the report after each settled batch.
            journal: Where the run is kept, or its path: the same call again goes on with it.
            deadline: Seconds for the whole call.

        Raises:
            DeadlineExceededError: The deadline passed, or a ticket made no progress; its `job` can
                be waited for.
            BatchkitError: The call as a whole could not go on.
        """
        confirm_items(items)
        call = self._call(parallel, stop_on_first_failure, group_id, poll, deadline)
        return finish(drive(self._connection, call, source_of(items), on_progress, journal))

    @overload
    def stream(
        self,
        items: Iterable[ApiRequest],
        *,
        parallel: bool = False,
        stop_on_first_failure: bool = False,
        group_id: str | None = None,
        poll: PollPolicy = PollPolicy(),
        on_progress: OnProgress[ApiRequest] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Stream[ApiRequest]: ...
    @overload
    def stream(
        self,
        items: Iterable[Row],
        *,
        parallel: bool = False,
        stop_on_first_failure: bool = False,
        group_id: str | None = None,
        poll: PollPolicy = PollPolicy(),
        on_progress: OnProgress[Row] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Stream[Row]: ...
    def stream(
        self,
        items: Iterable[Any],
        *,
        parallel: bool = False,
        stop_on_first_failure: bool = False,
        group_id: str | None = None,
        poll: PollPolicy = PollPolicy(),
        on_progress: OnProgress[Any] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Stream[Any]:
        """The same with an outcome for each item as its batch is settled, in constant memory.

        A ticket that still runs when the block is left early is `Unknown`, with its ticket.
        """
        confirm_items(items)
        call = self._call(parallel, stop_on_first_failure, group_id, poll, deadline)
        return Stream(lambda: drive(self._connection, call, source_of(items), on_progress, journal))

    def plan(self, items: Iterable[ApiRequest] | Iterable[Mapping[str, object]]) -> Plan:
        """What sending the items would take, with no network at all. `items` is read to its end."""
        confirm_items(items)
        call = self._call(False, False, None, PollPolicy(), None)
        return count(call, Source(items, call.cutter()))

    def submit(
        self,
        items: Iterable[ApiRequest] | Iterable[Mapping[str, object]],
        *,
        parallel: bool = False,
        group_id: str | None = None,
        on_progress: OnProgress[Any] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Job:
        """Send every item and return once every batch has its ticket, without waiting for it.

        The job is plain data that another process can `wait` for; items refused before or at
        submission are in it too. Arguments and exceptions are those of `send`; in the reports of
        progress and of exceptions, entries that have a ticket are `Unknown`, with the ticket.
        """
        confirm_items(items)
        call = self._call(parallel, False, group_id, PollPolicy(), deadline, submit_only=True)
        submission = Submission(call, self._store_id)
        driver = drive(self._connection, call, source_of(items), on_progress, journal)
        finish(driver, submission.take)
        return submission.job()

    def wait(
        self,
        job_or_ticket: Job | str,
        *,
        poll: PollPolicy = PollPolicy(),
        on_progress: OnProgress[str | None] | None = None,
        deadline: float | None = None,
    ) -> Report[str | None]:
        """Wait for the tickets of a job, or for one ticket, and give the account.

        Items are the entries' ids. For a bare ticket the index is the position in the answer, and
        a ticket that the vendor does not know any more is one item, which is `Unknown`.
        `poll`, `on_progress` and `deadline` (seconds) are those of `send`, and so are the
        exceptions. Raises `ConfigurationError` for a job of another store or a malformed ticket.
        """
        call, chunks = self._waiting(job_or_ticket, poll, deadline)
        return finish(drive(self._connection, call, lambda _: MadeChunks(chunks), on_progress))

    def results(
        self,
        job_or_ticket: Job | str,
        *,
        poll: PollPolicy = PollPolicy(),
        on_progress: OnProgress[str | None] | None = None,
        deadline: float | None = None,
    ) -> Stream[str | None]:
        """The same with an outcome for each entry as its ticket is finished."""
        call, chunks = self._waiting(job_or_ticket, poll, deadline)
        return Stream(
            lambda: drive(self._connection, call, lambda _: MadeChunks(chunks), on_progress)
        )

    def status(self, ticket: str) -> BatchStatus:
        """How far the vendor is with a ticket.

        Raises `NotFoundError` for a ticket that it does not know, `ContractError` for an answer
        that cannot be read.
        """
        return read_status(self._ask(operations.status(self._store_id, ticket)), ticket)

    def tickets(self, status: str) -> Iterator[BatchStatus]:
        """The store's tickets of one status: `QUEUED`, `IN_PROGRESS` or `COMPLETED`.

        The vendor lists no counters, so those are `None`.
        """
        offset = 0
        while True:
            request = operations.tickets(self._store_id, status, offset)
            listed = read_list(self._ask(request))
            yield from listed
            offset += len(listed)
            if len(listed) < operations.LISTED:
                return

    def cancel_group(self, group_id: str) -> int:
        """Run nothing more of the batches of this group; how many batches that changed.

        The vendor then calls them `COMPLETED` like any other.
        """
        request = operations.cancel_group(self._store_id, group_id)
        return read_count(self._ask(request), "updateCount")

    def delete(self, ticket: str) -> int:
        """Stop a batch and forget it: 1, or 0 if there was nothing to stop."""
        request = operations.delete(self._store_id, ticket)
        return read_count(self._ask(request), "deleteCount")

    def _ask(self, request: Request) -> Response:
        call = self._call(False, False, None, PollPolicy(), None)
        return ask(self._connection, call, request)

    def _call(
        self,
        parallel: bool,
        stop_on_first_failure: bool,
        group_id: str | None,
        poll: PollPolicy,
        deadline: float | None,
        *,
        submit_only: bool = False,
    ) -> Call:
        return sending(
            self._settings,
            self._store_id,
            parallel=parallel,
            stop_on_first_failure=stop_on_first_failure,
            group_id=group_id,
            poll=poll,
            deadline=deadline,
            submit_only=submit_only,
        )

    def _waiting(
        self, job_or_ticket: Job | str, poll: PollPolicy, deadline: float | None
    ) -> tuple[Call, list[Chunk]]:
        return waiting(self._settings, self._store_id, job_or_ticket, poll=poll, deadline=deadline)
