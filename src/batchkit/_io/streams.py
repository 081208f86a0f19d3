"""A run while it goes on: its outcomes one by one, or driven to its end for the report alone."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from .._core.exchange.account import Account
from ..exceptions import tell_account
from ..outcomes import Outcome, Report
from .exits import DRAIN
from .sync import Driver

if TYPE_CHECKING:
    from .aio import AsyncDriver

T = TypeVar("T")

_USED = "A stream is used once; call `stream` again for another run."


class Stream(Generic[T]):
    """The outcomes of a run, one for each item, while it goes on. Use it in a `with` block."""

    def __init__(self, start: Callable[[], Driver]) -> None:
        self._start = start
        self._driver: Driver | None = None
        self._given: tuple[Account | None, Iterator[Outcome[T]]] = (None, iter(()))
        """The account whose outcomes are given, and those that are left of them."""
        self._over = False

    @property
    def report(self) -> Report[T]:
        """The account so far; after the block, the whole account."""
        return Report() if self._driver is None else self._driver.report()

    def __enter__(self) -> Self:
        if self._driver is not None:
            raise RuntimeError(_USED)
        self._driver = self._start()
        return self

    def __iter__(self) -> Iterator[Outcome[T]]:
        return self

    def __next__(self) -> Outcome[T]:
        while True:
            account, outcomes = self._given
            for outcome in outcomes:
                return outcome
            account = self._next_account(account)
            if account is None:
                raise StopIteration
            self._given = account, iter(account.outcomes())

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._driver is not None:
            self._over = True
            self._driver.leave(patience(exc), exc)
            self._driver.tell_gap(exc)

    def _next_account(self, after: Account | None) -> Account | None:
        if self._driver is None:
            raise RuntimeError("A stream is read inside its `with` block.")
        if self._over:
            return None
        account = self._driver.next(after)
        if account is None:
            self._over = True
            error = self._driver.error()
            if error is not None:
                raise error
        return account


class AsyncStream(Generic[T]):
    """The outcomes of a run while it goes on. Use it in an `async with` block."""

    def __init__(self, start: Callable[[], Awaitable[AsyncDriver]]) -> None:
        self._start = start
        self._driver: AsyncDriver | None = None
        self._given: tuple[Account | None, Iterator[Outcome[T]]] = (None, iter(()))
        self._over = False

    @property
    def report(self) -> Report[T]:
        """The account so far; after the block, the whole account."""
        return Report() if self._driver is None else self._driver.report()

    async def __aenter__(self) -> Self:
        if self._driver is not None:
            raise RuntimeError(_USED)
        self._driver = await self._start()
        return self

    def __aiter__(self) -> AsyncIterator[Outcome[T]]:
        return self

    async def __anext__(self) -> Outcome[T]:
        while True:
            account, outcomes = self._given
            for outcome in outcomes:
                return outcome
            account = await self._next_account(account)
            if account is None:
                raise StopAsyncIteration
            self._given = account, iter(account.outcomes())

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._driver is not None:
            self._over = True
            await self._driver.close(patience(exc), exc)
            self._driver.tell_gap(exc)

    async def _next_account(self, after: Account | None) -> Account | None:
        if self._driver is None:
            raise RuntimeError("A stream is read inside its `async with` block.")
        if self._over:
            return None
        account = await self._driver.next(after)
        if account is None:
            self._over = True
            error = self._driver.error()
            if error is not None:
                raise error
        return account


def patience(failure: BaseException | None) -> float:
    """Seconds to wait for what is being sent, by what ended the call.

    A block that is left in the course of the program has all the time that an attempt has; an
    interrupt or a cancellation is somebody who waits.
    """
    return math.inf if isinstance(failure, (Exception, GeneratorExit, type(None))) else DRAIN


def finish(
    driver: Driver,
    take: Callable[[Account], None] | None = None,
) -> Report[Any]:
    """Drive a run to its end, for the report alone; `take` is given each account."""
    error: BaseException | None = None
    try:
        _take_all(driver, take)
        error = driver.error()
        if error is not None:
            raise error
        return driver.report()
    except BaseException as failure:  # what strikes: what is under way is still accounted for
        if failure is not error:
            with suppress(BaseException):  # another one has made it short, and says no more
                driver.leave(patience(failure), failure)
            tell_account(failure, driver.report())
            driver.tell_gap(failure)
        raise


def _take_all(driver: Driver, take: Callable[[Account], None] | None) -> None:
    # Not in the `try` of its caller: from 3.13 on that does not cover a loop's jump back.
    account: Account | None = None
    while (account := driver.next(account)) is not None:
        if take is not None:
            take(account)


async def finish_async(
    driver: AsyncDriver,
    take: Callable[[Account], None] | None = None,
) -> Report[Any]:
    """The same in a task."""
    error: BaseException | None = None
    try:
        await _take_all_async(driver, take)
        await driver.close()
        error = driver.error()
        if error is not None:
            raise error
        return driver.report()
    except BaseException as failure:  # a cancellation: what is under way is still accounted for
        if failure is not error:
            await driver.close(patience(failure), failure)
            tell_account(failure, driver.report())
            driver.tell_gap(failure)
        raise


async def _take_all_async(driver: AsyncDriver, take: Callable[[Account], None] | None) -> None:
    account: Account | None = None
    while (account := await driver.next(account)) is not None:
        if take is not None:
            take(account)
