"""The tree of exceptions, and what goes with them."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import pytest

from batchkit import exceptions
from batchkit.exceptions import (
    AuthenticationError,
    BatchkitError,
    ConfigurationError,
    ContractError,
    DeadlineExceededError,
    IncompleteError,
    JournalError,
    NotFoundError,
    RateLimitedError,
    TransportError,
    VendorError,
    report_of,
    tell_account,
)
from batchkit.outcomes import Report, Unsent

REPORT = Report[Any](unsent=1, problems=(Unsent(index=0, item=["secret"], reason="stopped"),))
TREE = {
    ConfigurationError: BatchkitError,
    VendorError: BatchkitError,
    AuthenticationError: VendorError,
    NotFoundError: VendorError,
    RateLimitedError: VendorError,
    TransportError: BatchkitError,
    ContractError: BatchkitError,
    DeadlineExceededError: BatchkitError,
    JournalError: BatchkitError,
    IncompleteError: BatchkitError,
}


def made(kind: type[BatchkitError], **more: Any) -> BatchkitError:
    if issubclass(kind, VendorError):
        more |= {"status": 429, "code": "slow", "request_id": "r1", "body": "no"}
    if kind is RateLimitedError:
        more["retry_after"] = 5.0
    if kind is DeadlineExceededError:
        more["job"] = {"plain": "data"}
    return kind("It cannot go on.", **more)


def test_the_tree_is_the_documented_one() -> None:
    found = {
        each: each.__base__
        for _, each in inspect.getmembers(exceptions, inspect.isclass)
        if issubclass(each, BatchkitError) and each is not BatchkitError
    }
    assert found == TREE
    assert BatchkitError.__base__ is Exception
    assert all(each.__name__ in str(exceptions.__doc__) for each in TREE)


@pytest.mark.parametrize("kind", TREE)
def test_every_exception_carries_a_report_empty_where_nothing_ran(
    kind: type[BatchkitError],
) -> None:
    assert made(kind).report == Report()
    assert made(kind, report=REPORT).report is REPORT


@pytest.mark.parametrize("kind", TREE)
def test_every_exception_survives_pickling_without_the_items(kind: type[BatchkitError]) -> None:
    error = made(kind, report=REPORT)
    error.add_note("of the caller's")
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is kind
        assert str(again) == "It cannot go on."
        assert again.report == REPORT.without_items()
        apart = {name: told for name, told in vars(error).items() if name != "report"}
        assert {**vars(again), "report": None} == {**apart, "report": None}
    assert b"secret" not in pickle.dumps(error)


def test_a_subclass_with_a_constructor_of_its_own_survives_pickling() -> None:
    again = pickle.loads(pickle.dumps(made(RateLimitedError)))
    assert (again.status, again.code, again.request_id) == (429, "slow", "r1")
    assert (again.body, again.retry_after) == ("no", 5.0)


def test_what_the_vendor_did_not_say_is_told_as_such() -> None:
    bare = VendorError("No.", status=500)
    assert (bare.code, bare.request_id, bare.body) == (None, None, "")
    assert DeadlineExceededError("Late.").job is None


@pytest.mark.parametrize("kind", TREE)
def test_an_exception_is_raised_without_any_other_behind_it(kind: type[BatchkitError]) -> None:
    error = made(kind)
    assert error.__cause__ is None
    assert error.__context__ is None


class Frozen(Exception):
    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("__"):
            raise AttributeError(name)
        super().__setattr__(name, value)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, LookupError, Frozen, BaseException])
def test_an_exception_that_is_not_ours_has_the_account_of_the_run_that_it_ended(
    kind: type[BaseException],
) -> None:
    error = kind("theirs")
    assert report_of(error) is None
    tell_account(error, REPORT)

    assert report_of(error) is REPORT
    assert error.__notes__ == [str(REPORT)]


def test_our_own_have_the_account_of_the_last_run_that_they_ended() -> None:
    error = JournalError("It cannot go on.", report=REPORT)
    assert report_of(error) is REPORT
    later = Report[Any](accepted=1)
    tell_account(error, later)  # in the source of another run
    assert report_of(error) is later


def test_the_account_is_found_behind_what_the_exception_was_turned_into() -> None:
    ended = KeyboardInterrupt()
    tell_account(ended, REPORT)
    cause, context = TimeoutError(), OSError()
    cause.__cause__, context.__context__ = ended, cause
    group = BaseExceptionGroup("several", [LookupError(), ExceptionGroup("more", [context])])

    assert [report_of(each) for each in (cause, context, group)] == [REPORT] * 3


def test_exceptions_that_are_each_others_context_are_looked_at_once() -> None:
    one, other = LookupError(), LookupError()
    one.__context__, other.__context__ = other, one
    assert report_of(one) is None


def test_a_pickle_of_an_exception_that_is_not_ours_leaves_the_items_behind() -> None:
    error = LookupError("theirs")
    tell_account(error, REPORT)
    pickled = pickle.dumps(error)

    assert b"secret" not in pickled
    assert report_of(pickle.loads(pickled)) == REPORT.without_items()
