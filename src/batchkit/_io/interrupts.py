"""Ctrl-C, held back while an account is being written.

Python raises `KeyboardInterrupt` between any two steps of the main thread, also between an item's
being read and its being counted. So while the main thread is in a `Held` block, an interrupt is
noted, and raised where nothing can be lost: where the caller's own code runs, where `raise_held`
says so, or at the end of the block.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType
from typing import Any, Self


class Held:
    """Holds interrupts back in a `with` block; `wake` ends a wait in it.

    As asyncio does, it takes the place of Python's own handler only: another one is the caller's
    decision.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._before: Any = None
        self._came = False
        self.released = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            ours = isinstance(getattr(before, "__self__", None), Held)
            if ours or before is signal.default_int_handler:
                signal.signal(signal.SIGINT, self._note)
                self._before = before
        self._outer = _held.set(self)
        return self

    def __exit__(self, exc_type: type[BaseException] | None, *rest: object) -> None:
        _held.reset(self._outer)
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
        if exc_type is None:
            self.raise_held()

    def raise_held(self) -> None:
        """Raise the interrupt that came, if one did."""
        if self._came:
            self._came = False
            raise KeyboardInterrupt

    def _note(self, signum: int, frame: FrameType | None) -> None:
        if self.released:
            self.released = False
            raise KeyboardInterrupt
        self._came = True
        self._wake()


_held: ContextVar[Held | None] = ContextVar("held", default=None)


def raise_held() -> None:
    """Raise the interrupt that this thread holds back, if there is one."""
    if (held := _held.get()) is not None:
        held.raise_held()


@contextmanager
def released() -> Generator[None]:
    """Where the caller's own code runs, an interrupt comes out at once."""
    raise_held()
    held = _held.get()
    if held is None:
        yield
        return
    held.released = True
    try:
        yield
    finally:
        held.released = False
