"""A call carried out: driven, counted, or asked as a single question."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from .._core.effects import Request, Response
from .._core.exchange.question import Question
from ..outcomes import Plan, Report
from . import callbacks, keeping
from .calls import Call, Planner
from .connections import AsyncConnection, Connection
from .keeping import GivenJournal
from .source import AsyncChunks, Chunks, InTask, MadeChunks, Source, async_chunks
from .streams import finish, finish_async
from .sync import Driver

if TYPE_CHECKING:
    from .aio import AsyncDriver

T = TypeVar("T")

OnProgress = Callable[[Report[T]], object]
OnProgressAsync = Callable[[Report[T]], "Awaitable[object] | object"]


def drive(
    connection: Connection,
    call: Call,
    chunks: Callable[[Call], Chunks],
    on_progress: OnProgress[Any] | None,
    journal: GivenJournal = None,
) -> Driver:
    """The driver of a call with its journal open; only then its chunks are made."""
    if on_progress is not None:
        callbacks.confirm("on_progress", on_progress)
        callbacks.confirm_plain("on_progress", on_progress)
    transport = connection.transport()
    call = keeping.kept_in(journal, call)
    try:
        keeping.opened(call)
        made = chunks(call)
        with connection.bell:
            run = call.run(connection.lanes)
        return Driver(call, run, made, transport, connection.bell, on_progress)
    except BaseException:
        keeping.closed(call)
        raise


async def drive_async(
    connection: AsyncConnection,
    call: Call,
    chunks: Callable[[Call], AsyncChunks],
    on_progress: OnProgressAsync[Any] | None,
    journal: GivenJournal = None,
) -> AsyncDriver:
    """The driver of a call in a task."""
    from .aio import AsyncDriver, close_journal, in_thread

    if on_progress is not None:
        callbacks.confirm("on_progress", on_progress)
    transport = connection.transport()  # first: in a child process it makes new lanes
    try:
        if journal is not None:
            call = await in_thread(keeping.kept_in, journal, call)
            await in_thread(keeping.opened, call)
        made = chunks(call)
        run = call.run(connection.lanes)
        return AsyncDriver(call, run, made, transport, connection.bell, on_progress)
    except BaseException:
        await close_journal(call)
        raise


def source_of(items: Iterable[object]) -> Callable[[Call], Chunks]:
    """What makes a call's chunks of the caller's items."""
    return lambda call: Source(items, call.cutter())


def async_source_of(items: object) -> Callable[[Call], AsyncChunks]:
    """The same for a plain or an async iterable."""
    return lambda call: async_chunks(items, call.cutter())


def count(call: Call, chunks: Chunks) -> Plan:
    """What the chunks would take."""
    planner, chunk = Planner(call), None
    while (chunk := chunks.next_chunk(chunk, last=False)) is not None:
        planner.count(chunk)
    return planner.plan()


async def count_async(call: Call, chunks: AsyncChunks) -> Plan:
    """The same in a task."""
    planner, chunk = Planner(call), None
    while (chunk := await chunks.next_chunk(chunk, last=False)) is not None:
        planner.count(chunk)
    return planner.plan()


def ask(connection: Connection, call: Call, request: Request) -> Response:
    """The answer to a single request without items."""
    call = attrs.evolve(call, is_question=True)
    question = Question(request, call.operation, call.rules())
    transport = connection.transport()
    with connection.bell:
        run = call.run(connection.lanes, lambda _: question)
    finish(Driver(call, run, MadeChunks([question.chunk]), transport, connection.bell))
    return question.answer()


async def ask_async(connection: AsyncConnection, call: Call, request: Request) -> Response:
    """The same in a task."""
    from .aio import AsyncDriver

    call = attrs.evolve(call, is_question=True)
    question = Question(request, call.operation, call.rules())
    run = call.run(connection.lanes, lambda _: question)
    chunks = InTask(MadeChunks([question.chunk]))
    await finish_async(AsyncDriver(call, run, chunks, connection.transport(), connection.bell))
    return question.answer()
