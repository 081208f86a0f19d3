"""What is still under way when the interpreter ends.

A stream inside a generator that nobody closes is left only when the interpreter takes everything
apart; by then daemon threads no longer run, and waiting for one would never end. So such streams
are left before that, while their threads still answer.
"""

from __future__ import annotations

import atexit
import os
from contextlib import suppress
from typing import Protocol
from weakref import WeakSet


class Leavable(Protocol):
    """Something that can be left, once or again."""

    def leave(self, patience: float) -> None: ...


_under_way: WeakSet[Leavable] = WeakSet()


def watch(what: Leavable) -> None:
    """Leave it before the interpreter ends, if it is still there."""
    _under_way.add(what)


def forget(what: Leavable) -> None:
    """It was left."""
    _under_way.discard(what)


def leave_all(patience: float) -> None:
    """Leave what is under way, and wait at most so many seconds for each."""
    for each in list(_under_way):
        each.leave(patience)


DRAIN = 10.0
"""Seconds for which who is stopped waits for what is being sent: an answer that is on its way turns
a thousand unknown items into known ones."""

atexit.register(leave_all, DRAIN)
with suppress(AttributeError):  # a system without forks
    os.register_at_fork(after_in_child=_under_way.clear)  # their threads stayed with the parent
