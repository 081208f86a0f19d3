"""A call carried out: driven, counted, or asked as a single question."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from os import PathLike
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar

import attrs

from .._core.effects import Request, Response
from .._core.exchange.question import Question
from ..outcomes import Plan, Report
from . import callbacks
from .calls import Call, Planner
from .connections import AsyncConnection, Connection
from .journals import GivenJournal
from .settings import check_deadline
from .source import AsyncChunks, Chunks, InTask, MadeChunks, Source, async_chunks
from .streams import finish, finish_async
from .sync import Driver

if TYPE_CHECKING:
    from ..journal import Journal
    from .aio import AsyncDriver

T = TypeVar("T")

OnProgress = Callable[[Report[T]], object]
"""Called with the report so far; the asynchronous clients await what it returns, if they can."""


class CallKeywords(TypedDict, Generic[T], total=False):
    """The keywords of every call that gives a report."""

    on_progress: OnProgress[T] | None
    """Called with a snapshot of the report after each settled chunk, in the calling thread or task;
    what it raises comes out unchanged once the account is whole. `None` for nobody."""
    deadline: float | None
    """Seconds for the whole call, after which what is left is `Unsent` or `Unknown`; `None` for no
    bound."""


class SendKeywords(CallKeywords[T], Generic[T], total=False):
    """The keywords of `send` and `stream`."""

    journal: Journal | str | PathLike[str] | None
    """A `Journal`, or the path of one: the same call with it goes on where an earlier one ended.
    `None` keeps the account in memory alone."""


@attrs.frozen(kw_only=True)
class CallOptions:
    """What a call was given."""

    on_progress: OnProgress[Any] | None = None
    deadline: float | None = attrs.field(default=None, converter=check_deadline)


@attrs.frozen(kw_only=True)
class SendOptions(CallOptions):
    """What `send` or `stream` was given."""

    journal: GivenJournal = None


def drive(
    connection: Connection,
    call: Call,
    chunks: Callable[[Call], Chunks],
    options: CallOptions,
) -> Driver:
    """The driver of a call with its journal open; only then its chunks are made."""
    if options.on_progress is not None:
        callbacks.confirm("on_progress", options.on_progress)
        callbacks.confirm_plain("on_progress", options.on_progress)
    transport = connection.transport()
    call = call.kept_in(_journal(options))
    try:
        call.journal.open()
        made = chunks(call)
        run = call.run(connection.throttles)
        return Driver(call, run, made, transport, connection.bell, options.on_progress)
    except BaseException:
        call.journal.close()
        raise


async def drive_async(
    connection: AsyncConnection,
    call: Call,
    chunks: Callable[[Call], AsyncChunks],
    options: CallOptions,
) -> AsyncDriver:
    """The driver of a call in a task."""
    from .aio import AsyncDriver, close_journal, in_thread

    if options.on_progress is not None:
        callbacks.confirm("on_progress", options.on_progress)
    transport = connection.transport()  # first: in a child process it makes new throttles
    try:
        if (journal := _journal(options)) is not None:
            call = await in_thread(call.kept_in, journal)
            await in_thread(call.journal.open)
        made = chunks(call)
        run = call.run(connection.throttles)
        return AsyncDriver(call, run, made, transport, connection.bell, options.on_progress)
    except BaseException:
        await close_journal(call)
        raise


def _journal(options: CallOptions) -> GivenJournal:
    return options.journal if isinstance(options, SendOptions) else None


def source_of(items: Iterable[object]) -> Callable[[Call], Chunks]:
    """What makes a call's chunks of the caller's items."""
    return lambda call: Source(items, call.chunker())


def async_source_of(items: object) -> Callable[[Call], AsyncChunks]:
    """The same for a plain or an async iterable."""
    return lambda call: async_chunks(items, call.chunker())


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
    run = call.run(connection.throttles, lambda _: question)
    finish(Driver(call, run, MadeChunks([question.chunk]), transport, connection.bell))
    return question.answer()


async def ask_async(connection: AsyncConnection, call: Call, request: Request) -> Response:
    """The same in a task."""
    from .aio import AsyncDriver

    call = attrs.evolve(call, is_question=True)
    question = Question(request, call.operation, call.rules())
    run = call.run(connection.throttles, lambda _: question)
    chunks = InTask(MadeChunks([question.chunk]))
    await finish_async(AsyncDriver(call, run, chunks, connection.transport(), connection.bell))
    return question.answer()
