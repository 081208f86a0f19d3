"""A vendor's endpoint as users meet it: `send`, `stream` and `plan`, in both colours."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from .._core.operations import Operation
from ..outcomes import Plan, Report
from .calls import Call
from .carry import (
    OnProgress,
    OnProgressAsync,
    async_source_of,
    count,
    count_async,
    drive,
    drive_async,
    source_of,
)
from .connections import AsyncConnection, Connection
from .settings import Settings, check_deadline
from .source import Source, async_chunks, confirm_items
from .streams import AsyncStream, Stream, finish, finish_async
from .sync import Driver

if TYPE_CHECKING:
    from ..journal import Journal
    from .aio import AsyncDriver

T = TypeVar("T")
M = TypeVar("M")
Row = TypeVar("Row", bound=Mapping[str, object])


class Endpoint(Generic[M]):
    """One batch operation of a vendor.

    Items are models or mappings in the vendor's own field names; any iterable is read lazily.
    """

    def __init__(self, connection: Connection, settings: Settings, operation: Operation) -> None:
        self._connection = connection
        self._settings = settings
        self._operation = operation

    @overload
    def send(
        self,
        items: Iterable[M],
        *,
        on_progress: OnProgress[M] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Report[M]: ...
    @overload
    def send(
        self,
        items: Iterable[Row],
        *,
        on_progress: OnProgress[Row] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Report[Row]: ...
    def send(
        self,
        items: Iterable[Any],
        *,
        on_progress: OnProgress[Any] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Report[Any]:
        """Send every item, and give the account of the run.

        `items` is read lazily in the calling thread, which is also where `on_progress` is called
        with a snapshot after each settled chunk. `journal` is a `Journal` or the path of one: the
        same call with it goes on where an earlier one ended; `None` keeps the account in memory
        alone. `deadline` is in seconds for the whole call, `None` for no bound.

        Raises a `BatchkitError` with the account of what was read when the call cannot go on. What
        `items` or `on_progress` raises, and an interrupt, come out unchanged; see `report_of`.
        """
        return finish(self._driver(items, on_progress, journal, deadline))

    @overload
    def stream(
        self,
        items: Iterable[M],
        *,
        on_progress: OnProgress[M] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Stream[M]: ...
    @overload
    def stream(
        self,
        items: Iterable[Row],
        *,
        on_progress: OnProgress[Row] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Stream[Row]: ...
    def stream(
        self,
        items: Iterable[Any],
        *,
        on_progress: OnProgress[Any] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Stream[Any]:
        """Send every item, and give an outcome for each as it is settled, in constant memory.

        Outcomes of one request come together; requests may finish out of order. Leaving the block
        early stops reading `items` and lets what is in flight finish. Arguments and exceptions are
        those of `send`.
        """
        confirm_items(items)
        check_deadline(deadline)
        return Stream(lambda: self._driver(items, on_progress, journal, deadline))

    def plan(self, items: Iterable[M] | Iterable[Mapping[str, object]]) -> Plan:
        """What sending the items would take, with no network at all. `items` is read to its end."""
        confirm_items(items)
        call = Call(settings=self._settings, operation=self._operation)
        return count(call, Source(items, call.cutter()))

    def _driver(
        self,
        items: Iterable[Any],
        on_progress: OnProgress[Any] | None,
        journal: Journal | str | PathLike[str] | None,
        deadline: float | None,
    ) -> Driver:
        confirm_items(items)
        call = Call(
            settings=self._settings,
            operation=self._operation,
            deadline=check_deadline(deadline),
        )
        return drive(self._connection, call, source_of(items), on_progress, journal)


class AsyncEndpoint(Generic[M]):
    """One batch operation of a vendor, for an event loop.

    Items are models or mappings in the vendor's own field names; any iterable or async iterable is
    read lazily.
    """

    def __init__(
        self, connection: AsyncConnection, settings: Settings, operation: Operation
    ) -> None:
        self._connection = connection
        self._settings = settings
        self._operation = operation

    @overload
    async def send(
        self,
        items: Iterable[M] | AsyncIterable[M],
        *,
        on_progress: OnProgressAsync[M] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Report[M]: ...
    @overload
    async def send(
        self,
        items: Iterable[Row] | AsyncIterable[Row],
        *,
        on_progress: OnProgressAsync[Row] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Report[Row]: ...
    async def send(
        self,
        items: Iterable[Any] | AsyncIterable[Any],
        *,
        on_progress: OnProgressAsync[Any] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> Report[Any]:
        """Send every item, and give the account of the run.

        `items` is read lazily in the calling task, which is also where `on_progress` is called
        (and awaited, if it can be) with a snapshot after each settled chunk. `journal` is a
        `Journal` or the path of one: the same call with it goes on where an earlier one ended;
        `None` keeps the account in memory alone. `deadline` is in seconds for the whole call,
        `None` for no bound.

        Raises a `BatchkitError` with the account of what was read when the call cannot go on. What
        `items` or `on_progress` raises, and a cancellation, come out unchanged; see `report_of`.
        """
        return await finish_async(await self._driver(items, on_progress, journal, deadline))

    @overload
    def stream(
        self,
        items: Iterable[M] | AsyncIterable[M],
        *,
        on_progress: OnProgressAsync[M] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> AsyncStream[M]: ...
    @overload
    def stream(
        self,
        items: Iterable[Row] | AsyncIterable[Row],
        *,
        on_progress: OnProgressAsync[Row] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> AsyncStream[Row]: ...
    def stream(
        self,
        items: Iterable[Any] | AsyncIterable[Any],
        *,
        on_progress: OnProgressAsync[Any] | None = None,
        journal: Journal | str | PathLike[str] | None = None,
        deadline: float | None = None,
    ) -> AsyncStream[Any]:
        """Send every item, and give an outcome for each as it is settled, in constant memory.

        Outcomes of one request come together; requests may finish out of order. Leaving the block
        early stops reading `items` and lets what is in flight finish. Arguments and exceptions are
        those of `send`.
        """
        confirm_items(items, or_async=True)
        check_deadline(deadline)
        return AsyncStream(lambda: self._driver(items, on_progress, journal, deadline))

    async def plan(
        self,
        items: Iterable[M]
        | AsyncIterable[M]
        | Iterable[Mapping[str, object]]
        | AsyncIterable[Mapping[str, object]],
    ) -> Plan:
        """What sending the items would take, with no network at all. `items` is read to its end."""
        confirm_items(items, or_async=True)
        call = Call(settings=self._settings, operation=self._operation)
        return await count_async(call, async_chunks(items, call.cutter()))

    async def _driver(
        self,
        items: object,
        on_progress: OnProgressAsync[Any] | None,
        journal: Journal | str | PathLike[str] | None,
        deadline: float | None,
    ) -> AsyncDriver:
        confirm_items(items, or_async=True)
        call = Call(
            settings=self._settings,
            operation=self._operation,
            deadline=check_deadline(deadline),
        )
        source = async_source_of(items)
        return await drive_async(self._connection, call, source, on_progress, journal)
