"""The caller's own functions: which are taken, how they are called, and what they raise."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any

from ..exceptions import ConfigurationError


def confirm(name: str, function: Any) -> None:
    """Raise `ConfigurationError` for what cannot be called."""
    if not callable(function):
        kind = type(function).__name__
        raise ConfigurationError(f"{name} is of type {kind}; it must be a function.")


def confirm_plain(name: str, function: Any) -> None:
    """Raise `ConfigurationError` for what only an event loop could call."""
    if any(map(inspect.iscoroutinefunction, (function, type(function).__call__))):
        raise ConfigurationError(
            f"{name} is an async function, which nobody would await here; "
            "give a plain one, or use the asynchronous client."
        )


def call_plain(function: Any, told: object) -> None:
    """Call it. Raises `ConfigurationError` if what it returns wants to be awaited."""
    answer = function(told)
    if answer is None or not inspect.isawaitable(answer):
        return
    if inspect.iscoroutine(answer):
        answer.close()
    raise ConfigurationError(
        "A callback of the caller's returned an awaitable, which nobody awaits here; "
        "give a plain function, or use the asynchronous client."
    )


def call_each(news: Iterable[tuple[Any, object]]) -> None:
    """Call one function after the other with what it is told."""
    for function, told in news:
        call_plain(function, told)


def raisable(failure: BaseException) -> BaseException:
    """What to raise for a failure of the caller's code: none may look like the end of a stream."""
    if not isinstance(failure, (StopIteration, StopAsyncIteration)):
        return failure
    error = RuntimeError(f"The caller's own code raised {type(failure).__name__}.")
    error.__cause__ = failure
    return error
