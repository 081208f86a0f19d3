"""Ecwid's `batches` as users meet it, for threads; and what both colours of it do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, Unpack, overload

from .._core.effects import Request, Response
from .._io.calls import Call
from .._io.connections import Connection
from .._io.keywords import BothColours, takes
from .._io.launch import ask, count, drive, source_of
from .._io.settings import Settings
from .._io.source import MadeChunks, Source, confirm_items
from .._io.streams import Stream, finish
from ..jobs import Job
from ..outcomes import Plan, Report
from . import operations
from .answers import BatchStatus, read_count, read_list, read_status
from .calls import Submission, sending, waiting
from .keywords import BatchKeywords, BatchOptions, SubmitKeywords, WaitKeywords, WaitOptions
from .requests import ApiRequest

Row = TypeVar("Row", bound=Mapping[str, object])


class BatchesBase(BothColours):
    """What both colours of `batches` do."""

    def __init__(self, connection: Any, settings: Settings, store_id: str) -> None:
        self._connection = connection
        self._settings = settings
        self._store_id = store_id

    @takes(BatchKeywords, BatchOptions)
    def send(self, items: Any, **options: Unpack[BatchKeywords[Any]]) -> Any:
        """Send every item, wait for every ticket, and give the account of the run.

        What the vendor itself repeats inside a batch after a server error is beyond us.

        Args:
            items: `ApiRequest`s or mappings with the vendor's keys. An `id` of yours is sent as it
                is and must be unique in one input; missing ids are made.

        Raises:
            DeadlineExceededError: The deadline passed, or a ticket made no progress; its `job` can
                be waited for.
            BatchkitError: The call as a whole could not go on.
            ConfigurationError: An option is not what it must be.
            TypeError: `items` is a single item, or nothing that can be iterated over.
        """

    @takes(BatchKeywords, BatchOptions)
    def stream(self, items: Any, **options: Unpack[BatchKeywords[Any]]) -> Any:
        """Send every item, and give an outcome for each as its batch is settled.

        Memory stays constant. A ticket that still runs when the block is left early is `Unknown`,
        with its ticket.

        Args:
            items: `ApiRequest`s or mappings with the vendor's keys. An `id` of yours is sent as it
                is and must be unique in one input; missing ids are made.

        Raises:
            BatchkitError: When the call cannot go on, after the outcomes of all that was read.
            ConfigurationError: An option is not what it must be.
            TypeError: `items` is a single item, or nothing that can be iterated over.
        """

    def plan(self, items: Any) -> Any:
        """What sending the items would take, with no network at all. `items` is read to its end.

        Raises `TypeError` if `items` is a single item, or nothing that can be iterated over.
        """

    @takes(SubmitKeywords, BatchOptions)
    def submit(self, items: Any, **options: Unpack[SubmitKeywords[Any]]) -> Any:
        """Send every item and return once every batch has its ticket, without waiting for it.

        The job is plain data that another process can `wait` for; items refused before or at
        submission are in it too. In the reports of progress and of exceptions, entries that have a
        ticket are `Unknown`, with the ticket.

        Args:
            items: `ApiRequest`s or mappings with the vendor's keys. An `id` of yours is sent as it
                is and must be unique in one input; missing ids are made.

        Raises:
            DeadlineExceededError: The deadline passed; its `job` holds the tickets so far.
            BatchkitError: The call as a whole could not go on.
            ConfigurationError: An option is not what it must be.
            TypeError: `items` is a single item, or nothing that can be iterated over.
        """

    @takes(WaitKeywords, WaitOptions)
    def wait(self, job_or_ticket: Job | str, **options: Unpack[WaitKeywords[Any]]) -> Any:
        """Wait for the tickets of a job, or for one ticket, and give the account.

        Items are the entries' ids. For a bare ticket the index is the position in the answer, and
        a ticket that the vendor does not know any more is one item, which is `Unknown`.

        Args:
            job_or_ticket: What `submit` gave, or a ticket of 1 to 128 letters, digits, `_` or `-`.

        Raises:
            DeadlineExceededError: The deadline passed, or a ticket made no progress; its `job` can
                be waited for.
            ConfigurationError: The job is of another store, or the ticket malformed.
            BatchkitError: The call as a whole could not go on.
        """

    @takes(WaitKeywords, WaitOptions)
    def results(self, job_or_ticket: Job | str, **options: Unpack[WaitKeywords[Any]]) -> Any:
        """Wait for the tickets of a job, or for one ticket, and give an outcome for each entry.

        They come as their ticket is finished. Items are the entries' ids. For a bare ticket the
        index is the position in the answer.

        Args:
            job_or_ticket: What `submit` gave, or a ticket of 1 to 128 letters, digits, `_` or `-`.

        Raises:
            ConfigurationError: The job is of another store, or the ticket malformed.
            BatchkitError: When the call cannot go on, after the outcomes that are known.
        """

    def status(self, ticket: str) -> Any:
        """How far the vendor is with a ticket.

        Raises `NotFoundError` for a ticket that it does not know, `ContractError` for an answer
        that cannot be read.
        """

    def tickets(self, status: str) -> Any:
        """The store's tickets of one status: `QUEUED`, `IN_PROGRESS` or `COMPLETED`.

        The vendor lists no counters, so those are `None`.
        """

    def cancel_group(self, group_id: str) -> Any:
        """Run nothing more of the batches of this group; how many batches that changed.

        The vendor then calls them `COMPLETED` like any other.
        """

    def delete(self, ticket: str) -> Any:
        """Stop a batch and forget it: 1, or 0 if there was nothing to stop."""

    def _sending(self, options: BatchOptions | None = None, *, submit_only: bool = False) -> Call:
        given = options or BatchOptions()
        return sending(self._settings, self._store_id, given, submit_only=submit_only)

    def _waiting(self, job_or_ticket: Job | str, options: WaitOptions) -> tuple[Call, MadeChunks]:
        call, chunks = waiting(self._settings, self._store_id, job_or_ticket, options)
        return call, MadeChunks(chunks)


class Batches(BatchesBase):
    """Ecwid's batches: store API calls, at most 500 in a batch.

    A batch is answered with a ticket, which is asked about until the vendor has run every entry.
    Batches of a store run one after another, in the order of the items.
    """

    _connection: Connection

    @overload
    def send(
        self, items: Iterable[ApiRequest], **options: Unpack[BatchKeywords[ApiRequest]]
    ) -> Report[ApiRequest]: ...
    @overload
    def send(self, items: Iterable[Row], **options: Unpack[BatchKeywords[Row]]) -> Report[Row]: ...
    def send(self, items: Iterable[Any], **options: Unpack[BatchKeywords[Any]]) -> Report[Any]:
        confirm_items(items)
        given = BatchOptions(**options)
        return finish(drive(self._connection, self._sending(given), source_of(items), given))

    @overload
    def stream(
        self, items: Iterable[ApiRequest], **options: Unpack[BatchKeywords[ApiRequest]]
    ) -> Stream[ApiRequest]: ...
    @overload
    def stream(
        self, items: Iterable[Row], **options: Unpack[BatchKeywords[Row]]
    ) -> Stream[Row]: ...
    def stream(self, items: Iterable[Any], **options: Unpack[BatchKeywords[Any]]) -> Stream[Any]:
        confirm_items(items)
        given = BatchOptions(**options)
        call = self._sending(given)
        return Stream(lambda: drive(self._connection, call, source_of(items), given))

    def plan(self, items: Iterable[ApiRequest] | Iterable[Mapping[str, object]]) -> Plan:
        confirm_items(items)
        call = self._sending()
        return count(call, Source(items, call.chunker()))

    def submit(
        self,
        items: Iterable[ApiRequest] | Iterable[Mapping[str, object]],
        **options: Unpack[SubmitKeywords[Any]],
    ) -> Job:
        confirm_items(items)
        given = BatchOptions(**options)
        call = self._sending(given, submit_only=True)
        submission = Submission(call, self._store_id)
        finish(drive(self._connection, call, source_of(items), given), submission.take)
        return submission.job()

    def wait(
        self, job_or_ticket: Job | str, **options: Unpack[WaitKeywords[str | None]]
    ) -> Report[str | None]:
        given = WaitOptions(**options)
        call, chunks = self._waiting(job_or_ticket, given)
        return finish(drive(self._connection, call, lambda _: chunks, given))

    def results(
        self, job_or_ticket: Job | str, **options: Unpack[WaitKeywords[str | None]]
    ) -> Stream[str | None]:
        given = WaitOptions(**options)
        call, chunks = self._waiting(job_or_ticket, given)
        return Stream(lambda: drive(self._connection, call, lambda _: chunks, given))

    def status(self, ticket: str) -> BatchStatus:
        return read_status(self._ask(operations.status(self._store_id, ticket)), ticket)

    def tickets(self, status: str) -> Iterator[BatchStatus]:
        offset = 0
        while True:
            request = operations.tickets(self._store_id, status, offset)
            listed = read_list(self._ask(request))
            yield from listed
            offset += len(listed)
            if len(listed) < operations.LISTED:
                return

    def cancel_group(self, group_id: str) -> int:
        request = operations.cancel_group(self._store_id, group_id)
        return read_count(self._ask(request), "updateCount")

    def delete(self, ticket: str) -> int:
        request = operations.delete(self._store_id, ticket)
        return read_count(self._ask(request), "deleteCount")

    def _ask(self, request: Request) -> Response:
        return ask(self._connection, self._sending(), request)
