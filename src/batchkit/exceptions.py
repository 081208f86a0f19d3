"""What is raised when a call as a whole could not go on.

    BatchkitError
    ├── ConfigurationError        an option, id, URL or credential that cannot work
    ├── VendorError               the vendor refused the call as a whole
    │   ├── AuthenticationError   401, 403
    │   ├── NotFoundError         404
    │   └── RateLimitedError      told to wait longer than the caller allows
    ├── TransportError            the vendor could not be reached
    ├── ContractError             the answer breaks the vendor's contract
    ├── DeadlineExceededError     the deadline passed, or a ticket made no progress
    ├── JournalError              the journal cannot be used
    └── IncompleteError           some items did not get through (`raise_for_problems`)

Each carries `.report`, the exact account of the items that were read until then, which are the
first `report.total` of the source. None shows a credential, and no message shows an item's values.
No other library's exception comes out, not even as a cause. What is not ours comes out unchanged
(an interrupt, a cancellation, what the caller's source raised), and `report_of` has its account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from .outcomes import Report

if TYPE_CHECKING:
    from .jobs import Job


class BatchkitError(Exception):
    """The root of every exception that batchkit raises by itself."""

    report: Report[Any]
    """The exact account of the items that were read; empty where nothing ran."""

    def __init__(self, message: str, *, report: Report[Any] | None = None) -> None:
        super().__init__(message)
        self.report = Report[Any]() if report is None else report

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle may outlive the run and leave the machine: the callers' items stay behind.
        state = {**self.__dict__, "report": self.report.without_items()}
        return (_rebuild, (type(self), self.args, state))


def _rebuild(
    cls: type[BatchkitError], args: tuple[Any, ...], state: dict[str, Any]
) -> BatchkitError:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class ConfigurationError(BatchkitError):
    """A missing or malformed credential, id, base URL, option or environment variable.

    Also a client that is closed, or is used where its connections cannot go. It is raised before
    any request, but where the client is closed under a call: then what was read and surely not
    applied is `Unsent`.
    """


class VendorError(BatchkitError):
    """The vendor refused the call as a whole; what was read and surely not applied is `Unsent`."""

    status: int | None
    """The HTTP status code; `None` where no answer was the reason."""
    code: str | None
    """The vendor's own error code; `None` where it gave none."""
    request_id: str | None
    """The vendor's id of the request, for its support; `None` where it gave none."""
    body: str
    """The answer's body as text, cut short."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None,
        code: str | None = None,
        request_id: str | None = None,
        body: str = "",
        report: Report[Any] | None = None,
    ) -> None:
        super().__init__(message, report=report)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.body = body


class AuthenticationError(VendorError):
    """The vendor refused the credential, or what it may do (401, 403)."""


class NotFoundError(VendorError):
    """The vendor knows no such account, instance or store (404)."""


class RateLimitedError(VendorError):
    """The wait for a quota, or for the end of an outage, exceeds `RetryPolicy.max_retry_after`.

    `status` is 429 where the vendor said so, and `None` where the pace or an outage is the reason.
    """

    retry_after: float
    """Seconds to wait: as the vendor told, or as the pace counts; after an outage, whose end
    nobody knows, `max_retry_after`."""

    def __init__(self, message: str, *, retry_after: float, **told: Any) -> None:
        super().__init__(message, **told)
        self.retry_after = retry_after


class TransportError(BatchkitError):
    """The vendor could not be reached, or did not answer a question about a ticket.

    What was read and surely not applied is `Unsent`; the report also has what got through before.
    """


class ContractError(BatchkitError):
    """An answer breaks the vendor's contract in a way that no outcome can tell."""


class DeadlineExceededError(BatchkitError):
    """The deadline passed, or a ticket made no progress for `PollPolicy.stall_timeout`."""

    job: Job | None
    """Ecwid: the tickets still running, to wait for later; `None` where there are none."""

    def __init__(
        self, message: str, *, job: Job | None = None, report: Report[Any] | None = None
    ) -> None:
        super().__init__(message, report=report)
        self.job = job


class JournalError(BatchkitError):
    """The journal cannot be used as it is; the message says what to do."""


class IncompleteError(BatchkitError):
    """Some items did not get through; `.report` says which and why."""


_ACCOUNT = "_batchkit_account"


class _Account:
    """A report on an exception that is not ours."""

    def __init__(self, report: Report[Any]) -> None:
        self.report = report

    def __reduce__(self) -> tuple[Any, ...]:
        return _Account, (self.report.without_items(),)  # as with our own exceptions


def tell_account(error: BaseException, report: Report[Any]) -> None:
    """Give an exception that is not ours the account: one line as a note, all of it for later."""
    error.add_note(str(report))
    error.__dict__[_ACCOUNT] = _Account(report)  # some exceptions are frozen


def report_of(error: BaseException) -> Report[Any] | None:
    """The account of the run that an exception ended; `None` if it ended none.

    Not only a `BatchkitError` ends a run: an interrupt does (`KeyboardInterrupt`), a cancellation,
    and whatever the caller's source or a callback raises. They come out of `send` unchanged, with
    the account's one line as a note, and here is the account: every item that was read is counted,
    and those that are `Unknown` or `Unsent` are among its `problems`. Where the exception was
    turned into another on its way (`asyncio.timeout` makes a `TimeoutError` of a cancellation), or
    into a group, its causes and members are looked at. One that was caught on its way, as a task
    group does with the cancellations that it asked for, has nothing to tell: use `stream` there,
    whose `report` is whole after the block, or a journal.
    """
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        each = left.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        account = each.__dict__.get(_ACCOUNT, each)
        if isinstance(account, (_Account, BatchkitError)):
            return account.report
        if isinstance(each, BaseExceptionGroup):
            left += cast("tuple[BaseException, ...]", each.exceptions)
        left += (each.__cause__, each.__context__)
    return None
