"""Tasks that outlive the block, and the task, in which they were begun.

A task group must be left by the task that entered it. A stream in an async generator may be entered
by one task and closed by another, such as the loop itself; so the workers of a run belong to no
group, and whoever closes the run waits for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any


def start(work: Callable[[], Coroutine[Any, Any, None]], kept: set[Any]) -> None:
    """Begin a task, on asyncio or trio, and keep it: asyncio forgets a task that nobody keeps.

    It is kept in one step with its beginning, and leaves the others by itself, unless its loop ends
    before it ever ran.
    """
    if _is_asyncio():
        kept.add(task := asyncio.create_task(work()))
        task.add_done_callback(kept.discard)
    else:
        import trio

        kept.add(trio.lowlevel.spawn_system_task(work, context=copy_context()))


def current() -> object:
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
