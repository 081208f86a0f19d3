"""Ecwid's `batches` as users meet it, for an event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar, Unpack, overload

from .._core.effects import Request, Response
from .._io.connections import AsyncConnection
from .._io.endpoints import Either
from .._io.launch import ask_async, async_source_of, count_async, drive_async
from .._io.source import InTask, async_chunks, confirm_items
from .._io.streams import AsyncStream, finish_async
from ..jobs import Job
from ..outcomes import Plan, Report
from . import operations
from .answers import BatchStatus, read_count, read_list, read_status
from .batches import BatchesBase
from .calls import Submission
from .keywords import BatchKeywords, BatchOptions, SubmitKeywords, WaitKeywords, WaitOptions
from .requests import ApiRequest

Row = TypeVar("Row", bound=Mapping[str, object])


class AsyncBatches(BatchesBase):
    """Ecwid's batches, for an event loop: store API calls, at most 500 in a batch.

    A batch is answered with a ticket, which is asked about until the vendor has run every entry.
    Batches of a store run one after another, in the order of the items.
    """

    _connection: AsyncConnection

    @overload
    async def send(
        self, items: Either[ApiRequest], **options: Unpack[BatchKeywords[ApiRequest]]
    ) -> Report[ApiRequest]: ...
    @overload
    async def send(
        self, items: Either[Row], **options: Unpack[BatchKeywords[Row]]
    ) -> Report[Row]: ...
    async def send(self, items: Either[Any], **options: Unpack[BatchKeywords[Any]]) -> Report[Any]:
        confirm_items(items, or_async=True)
        given = BatchOptions(**options)
        source = async_source_of(items)
        return await finish_async(
            await drive_async(self._connection, self._sending(given), source, given)
        )

    @overload
    def stream(
        self, items: Either[ApiRequest], **options: Unpack[BatchKeywords[ApiRequest]]
    ) -> AsyncStream[ApiRequest]: ...
    @overload
    def stream(
        self, items: Either[Row], **options: Unpack[BatchKeywords[Row]]
    ) -> AsyncStream[Row]: ...
    def stream(self, items: Either[Any], **options: Unpack[BatchKeywords[Any]]) -> AsyncStream[Any]:
        confirm_items(items, or_async=True)
        given = BatchOptions(**options)
        call = self._sending(given)
        return AsyncStream(
            lambda: drive_async(self._connection, call, async_source_of(items), given)
        )

    async def plan(self, items: Either[ApiRequest] | Either[Mapping[str, object]]) -> Plan:
        confirm_items(items, or_async=True)
        call = self._sending()
        return await count_async(call, async_chunks(items, call.chunker()))

    async def submit(
        self,
        items: Either[ApiRequest] | Either[Mapping[str, object]],
        **options: Unpack[SubmitKeywords[Any]],
    ) -> Job:
        confirm_items(items, or_async=True)
        given = BatchOptions(**options)
        call = self._sending(given, submit_only=True)
        submission = Submission(call, self._store_id)
        driver = await drive_async(self._connection, call, async_source_of(items), given)
        await finish_async(driver, submission.take)
        return submission.job()

    async def wait(
        self, job_or_ticket: Job | str, **options: Unpack[WaitKeywords[str | None]]
    ) -> Report[str | None]:
        given = WaitOptions(**options)
        call, chunks = self._waiting(job_or_ticket, given)
        return await finish_async(
            await drive_async(self._connection, call, lambda _: InTask(chunks), given)
        )

    def results(
        self, job_or_ticket: Job | str, **options: Unpack[WaitKeywords[str | None]]
    ) -> AsyncStream[str | None]:
        given = WaitOptions(**options)
        call, chunks = self._waiting(job_or_ticket, given)
        return AsyncStream(
            lambda: drive_async(self._connection, call, lambda _: InTask(chunks), given)
        )

    async def status(self, ticket: str) -> BatchStatus:
        return read_status(await self._ask(operations.status(self._store_id, ticket)), ticket)

    async def tickets(self, status: str) -> AsyncIterator[BatchStatus]:
        offset = 0
        while True:
            request = operations.tickets(self._store_id, status, offset)
            listed = read_list(await self._ask(request))
            for batch in listed:
                yield batch
            offset += len(listed)
            if len(listed) < operations.LISTED:
                return

    async def cancel_group(self, group_id: str) -> int:
        request = operations.cancel_group(self._store_id, group_id)
        return read_count(await self._ask(request), "updateCount")

    async def delete(self, ticket: str) -> int:
        request = operations.delete(self._store_id, ticket)
        return read_count(await self._ask(request), "deleteCount")

    async def _ask(self, request: Request) -> Response:
        return await ask_async(self._connection, self._sending(), request)
