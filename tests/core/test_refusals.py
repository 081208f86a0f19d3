"""An item is refused for what it raises itself; what only struck while it was read comes out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from batchkit._core.items import refusals
from batchkit._core.items.models import InvalidItem


class TimeIsUp(ValueError):
    """A time limit; a `ValueError`, which our own checks look out for."""


def look(*raised: BaseException | None) -> Callable[[], bytes]:
    """An item that raises this, look after look."""
    left = list(raised)

    def read() -> bytes:
        if (problem := left.pop(0)) is not None:
            raise problem
        return b"1"

    return read


def told(*raised: BaseException | None) -> str:
    read = look(*raised)
    try:
        read()
    except Exception as problem:
        return refusals.reason(problem, read)
    raise AssertionError("nothing was raised")


def checked(problem: Exception | None) -> InvalidItem:
    """What a check of ours makes of an exception."""
    try:
        try:
            if problem is not None:
                raise problem
        except ValueError as wrong:
            raise InvalidItem(f"It is wrong: {wrong}.") from None
        raise InvalidItem("It is wrong.")
    except InvalidItem as invalid:
        return invalid


def test_what_a_check_says_is_believed_at_once() -> None:
    assert told(InvalidItem("It is no number.")) == "It is no number."


def test_what_an_item_raises_twice_is_its_own() -> None:
    assert told(KeyError("secret"), KeyError("other")) == "Reading the item raised KeyError."
    wrong = ValueError("line 1")
    assert told(checked(wrong), checked(wrong)) == "It is wrong: line 1."


def test_what_strikes_once_comes_out() -> None:
    with pytest.raises(TimeIsUp):
        told(TimeIsUp(), None)


@pytest.mark.parametrize(
    "raised",
    [
        (TimeIsUp(), KeyError(), KeyError()),
        (KeyError(), TimeIsUp(), KeyError()),
        (TimeIsUp(), InvalidItem("It is no number.")),
        (checked(TimeIsUp()), None),
        (checked(TimeIsUp()), checked(None)),
    ],
)
def test_it_comes_out_whatever_is_wrong_with_the_item(raised: tuple[Exception | None, ...]) -> None:
    with pytest.raises(TimeIsUp):
        told(*raised)


def test_it_comes_out_of_what_a_writer_puts_around_it() -> None:
    around = TypeError("not serializable")
    around.__cause__ = TimeIsUp()
    wrong = InvalidItem("It cannot be written.")
    wrong.__context__ = around
    with pytest.raises(TimeIsUp):
        told(wrong, None)


def test_an_item_that_raises_something_else_each_time_says_nothing() -> None:
    with pytest.raises(KeyError):
        told(KeyError(), IndexError(), OSError())


@pytest.mark.parametrize("strike", [KeyboardInterrupt, SystemExit])
def test_an_exit_is_never_an_answer(strike: type[BaseException]) -> None:
    with pytest.raises(strike):
        told(KeyError(), strike())


def test_who_sends_while_an_exception_is_handled_gets_the_same_words() -> None:
    try:
        raise TimeIsUp
    except TimeIsUp:
        assert told(checked(None), checked(None)) == "It is wrong."
