"""A vendor's endpoint as users meet it: `send`, `stream` and `plan`, in both colours."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from typing import Any, Generic, TypeAlias, TypeVar, Unpack, overload

from .._core.operations import Operation
from ..outcomes import Plan, Report
from .calls import Call
from .connections import AsyncConnection, Connection
from .keywords import BothColours, takes
from .launch import (
    SendKeywords,
    SendOptions,
    async_source_of,
    count,
    count_async,
    drive,
    drive_async,
    source_of,
)
from .settings import Settings
from .source import Source, async_chunks, confirm_items
from .streams import AsyncStream, Stream, finish, finish_async

T = TypeVar("T")
M = TypeVar("M")
Row = TypeVar("Row", bound=Mapping[str, object])
Either: TypeAlias = Iterable[T] | AsyncIterable[T]


class EndpointBase(BothColours):
    """What both colours of an endpoint do."""

    def __init__(self, connection: Any, settings: Settings, operation: Operation) -> None:
        self._connection = connection
        self._settings = settings
        self._operation = operation

    @takes(SendKeywords, SendOptions)
    def send(self, items: Any, **options: Unpack[SendKeywords[Any]]) -> Any:
        """Send every item, and give the account of the run.

        Args:
            items: Models, or mappings in the vendor's own field names. Any iterable is read lazily,
                in the calling thread or task; the asynchronous clients take async ones as well.

        Raises:
            BatchkitError: The call cannot go on; it carries the account of all that was read. What
                `items` or `on_progress` raises, an interrupt and a cancellation come out unchanged;
                see `report_of`.
            TypeError: `items` is a single item, or nothing that can be iterated over.
        """

    @takes(SendKeywords, SendOptions)
    def stream(self, items: Any, **options: Unpack[SendKeywords[Any]]) -> Any:
        """Send every item, and give an outcome for each as it is settled, in constant memory.

        Outcomes of one request come together; requests may finish out of order. Leaving the block
        early stops reading `items` and lets what is in flight finish.

        Args:
            items: Models, or mappings in the vendor's own field names. Any iterable is read lazily,
                in the calling thread or task; the asynchronous clients take async ones as well.

        Raises:
            BatchkitError: When the call cannot go on, after the outcomes of all that was read.
            TypeError: `items` is a single item, or nothing that can be iterated over.
        """

    def plan(self, items: Any) -> Any:
        """What sending the items would take, with no network at all. `items` is read to its end.

        Raises `TypeError` if `items` is a single item, or nothing that can be iterated over.
        """

    def _call(self, options: SendOptions | None = None) -> Call:
        deadline = None if options is None else options.deadline
        return Call(settings=self._settings, operation=self._operation, deadline=deadline)


class Endpoint(EndpointBase, Generic[M]):
    """One batch operation of a vendor.

    Items are models or mappings in the vendor's own field names; any iterable is read lazily.
    """

    _connection: Connection

    @overload
    def send(self, items: Iterable[M], **options: Unpack[SendKeywords[M]]) -> Report[M]: ...
    @overload
    def send(self, items: Iterable[Row], **options: Unpack[SendKeywords[Row]]) -> Report[Row]: ...
    def send(self, items: Iterable[Any], **options: Unpack[SendKeywords[Any]]) -> Report[Any]:
        confirm_items(items)
        given = SendOptions(**options)
        return finish(drive(self._connection, self._call(given), source_of(items), given))

    @overload
    def stream(self, items: Iterable[M], **options: Unpack[SendKeywords[M]]) -> Stream[M]: ...
    @overload
    def stream(self, items: Iterable[Row], **options: Unpack[SendKeywords[Row]]) -> Stream[Row]: ...
    def stream(self, items: Iterable[Any], **options: Unpack[SendKeywords[Any]]) -> Stream[Any]:
        confirm_items(items)
        given = SendOptions(**options)
        call = self._call(given)
        return Stream(lambda: drive(self._connection, call, source_of(items), given))

    def plan(self, items: Iterable[M] | Iterable[Mapping[str, object]]) -> Plan:
        confirm_items(items)
        call = self._call()
        return count(call, Source(items, call.chunker()))


class AsyncEndpoint(EndpointBase, Generic[M]):
    """One batch operation of a vendor, for an event loop.

    Items are models or mappings in the vendor's own field names; any iterable or async iterable is
    read lazily.
    """

    _connection: AsyncConnection

    @overload
    async def send(self, items: Either[M], **options: Unpack[SendKeywords[M]]) -> Report[M]: ...
    @overload
    async def send(
        self, items: Either[Row], **options: Unpack[SendKeywords[Row]]
    ) -> Report[Row]: ...
    async def send(self, items: Either[Any], **options: Unpack[SendKeywords[Any]]) -> Report[Any]:
        confirm_items(items, or_async=True)
        given = SendOptions(**options)
        source = async_source_of(items)
        return await finish_async(
            await drive_async(self._connection, self._call(given), source, given)
        )

    @overload
    def stream(self, items: Either[M], **options: Unpack[SendKeywords[M]]) -> AsyncStream[M]: ...
    @overload
    def stream(
        self, items: Either[Row], **options: Unpack[SendKeywords[Row]]
    ) -> AsyncStream[Row]: ...
    def stream(self, items: Either[Any], **options: Unpack[SendKeywords[Any]]) -> AsyncStream[Any]:
        confirm_items(items, or_async=True)
        given = SendOptions(**options)
        call = self._call(given)
        return AsyncStream(
            lambda: drive_async(self._connection, call, async_source_of(items), given)
        )

    async def plan(self, items: Either[M] | Either[Mapping[str, object]]) -> Plan:
        confirm_items(items, or_async=True)
        call = self._call()
        return await count_async(call, async_chunks(items, call.chunker()))
