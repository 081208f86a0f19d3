"""The event loop that runs here, asyncio's or trio's, and what is asked of another one.

Tasks that are started here outlive the block, and the task, in which they were begun. A task group
must be left by the task that entered it. A stream in an async generator may be entered by one task
and closed by another, such as the loop itself; so the workers of a run belong to no group, and
whoever closes the run waits for them.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any, Protocol

import attrs

Work = Callable[[], Coroutine[Any, Any, None]]


class Loop(Protocol):
    """An event loop; equal to another if it is the same."""

    @property
    def is_over(self) -> bool:
        """Whether nothing will ever run in it again."""
        ...

    def call(self, function: Callable[[], object]) -> None:
        """Have it called in the loop, from any thread. Raises `RuntimeError` if that is over."""
        ...

    def start(self, work: Work, kept: set[Any]) -> None:
        """Begin a task, in the loop, and keep it: asyncio forgets a task that nobody keeps.

        It is kept in one step with its beginning. asyncio's leaves the others by itself, unless its
        loop ends before it ever ran.
        """
        ...


@attrs.frozen
class _Asyncio:
    _loop: asyncio.AbstractEventLoop

    @property
    def is_over(self) -> bool:
        return self._loop.is_closed()

    def call(self, function: Callable[[], object]) -> None:
        self._loop.call_soon_threadsafe(function)

    def start(self, work: Work, kept: set[Any]) -> None:
        kept.add(task := self._loop.create_task(work()))
        task.add_done_callback(kept.discard)


@attrs.frozen
class _Trio:
    _token: Any

    @property
    def is_over(self) -> bool:
        try:
            self.call(_nothing)
        except RuntimeError:
            return True
        return False

    def call(self, function: Callable[[], object]) -> None:
        self._token.run_sync_soon(function)

    def start(self, work: Work, kept: set[Any]) -> None:
        import trio

        kept.add(trio.lowlevel.spawn_system_task(work, context=copy_context()))


def here() -> Loop | None:
    """The loop that runs the task here; `None` outside of one."""
    if _is_asyncio():
        return _Asyncio(asyncio.get_running_loop())
    trio = sys.modules.get("trio")
    try:
        return None if trio is None else _Trio(trio.lowlevel.current_trio_token())
    except RuntimeError:  # none of it runs here
        return None


def task() -> object:
    """The task that runs."""
    if _is_asyncio():
        return asyncio.current_task()
    import trio

    return trio.lowlevel.current_task()


def _is_asyncio() -> bool:
    try:
        return asyncio.current_task() is not None
    except RuntimeError:  # its loop does not run
        return False


def _nothing() -> None: ...
