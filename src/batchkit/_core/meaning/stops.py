"""Why a call as a whole cannot go on, in words that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from ...exceptions import (
    AuthenticationError,
    ConfigurationError,
    ContractError,
    DeadlineExceededError,
    JournalError,
    NotFoundError,
    RateLimitedError,
    TransportError,
    VendorError,
)
from ..effects import Response
from ..headers import request_id
from ..operations import Complaint, ItemAnswer, Operation, Trouble
from ..rulings import Abort
from ..text import one_line
from .table import GONE

_BODY_SHOWN = 500

_ADVICE: Mapping[int, str] = {
    401: "Check the credential.",
    402: "Check what the account's plan includes.",
    403: "Check the credential and what it is allowed to do.",
    404: "Check the account, instance or store, and the base URL.",
}


def refused(
    operation: Operation, response: Response, complaint: Complaint, *, asked: bool = False
) -> Abort:
    """The vendor refused the call as a whole; `asked`: it was a question about a ticket."""
    error = {401: AuthenticationError, 403: AuthenticationError, 404: NotFoundError}.get(
        response.status, VendorError
    )
    return Abort(
        error=error,
        message=(
            f"{operation.vendor} answered {response.status} to `{operation.name}`"
            f"{_said(complaint)}. {_advice(response, asked=asked)}"
        ),
        told=_told(operation, response, complaint),
    )


def item_refused(operation: Operation, answer: ItemAnswer) -> Abort:
    """The vendor refused one item in a way that every other would be refused in."""
    return Abort(
        error=AuthenticationError,
        message=(
            f"{operation.vendor} answered {answer.code} for an item of `{operation.name}`"
            f"{_said(Complaint(answer.reason))}. {_ADVICE[403]}"
        ),
        told={"status": answer.code},
    )


def rate_limited(
    operation: Operation, response: Response, complaint: Complaint, wait: float, most: float
) -> Abort:
    """The vendor asks for a longer wait than the caller allows."""
    return Abort(
        error=RateLimitedError,
        message=(
            f"{operation.vendor} asks to wait {wait:g} s before the next `{operation.name}`; "
            f"max_retry_after is {most:g} s. Run again after that."
        ),
        told={**_told(operation, response, complaint), "retry_after": wait},
    )


def paced_out(vendor: str, name: str, wait: float, most: float) -> Abort:
    """The pace alone would have to wait longer than the caller allows."""
    return Abort(
        error=RateLimitedError,
        message=(
            f"The pace lets the next `{name}` go to {vendor} in {wait:.0f} s; max_retry_after "
            f"is {most:g} s. Run again after that, or give a wider pace."
        ),
        told={"status": None, "retry_after": wait},
    )


def outage_lasts(vendor: str, name: str, trouble: Trouble, lasted: float, most: float) -> Abort:
    """Nothing works any more, for longer than the caller allows to wait."""
    spent = trouble in (Trouble.THROTTLED, Trouble.QUOTA_SPENT)
    status = int(HTTPStatus.TOO_MANY_REQUESTS) if spent else None
    return Abort(
        error=RateLimitedError,
        message=(
            f"For {lasted:.0f} s no `{name}` got through to {vendor} ({trouble.value}), and the "
            f"next try would come after more than max_retry_after, {most:g} s. Run again later."
        ),
        told={"status": status, "retry_after": most},
    )


def unreachable(vendor: str, why: str) -> Abort:
    """The vendor cannot be reached."""
    return Abort(
        error=TransportError,
        message=f"{vendor} could not be reached: {why}. Check the network and the base URL.",
    )


def closed() -> Abort:
    """The caller closed the client under the run."""
    return Abort(
        error=ConfigurationError,
        message=(
            "The client was closed while a call still needed it. Close it once its calls have "
            "ended, and make another one for what is left."
        ),
    )


def unanswered(vendor: str, why: str) -> Abort:
    """A question was not answered."""
    return Abort(
        error=TransportError,
        message=f"{vendor} gave no answer: {why}. Check the network and the base URL.",
    )


def cut_short(vendor: str) -> Abort:
    """An answer broke off, each time."""
    return Abort(
        error=ContractError,
        message=f"{vendor}'s answer broke off, or was too large to be read.",
    )


def unreadable(operation: Operation, reason: str) -> Abort:
    """A keyed request was answered yes each time, and never in a way that can be read."""
    return Abort(
        error=ContractError,
        message=(
            f"{operation.vendor} says yes to `{operation.name}` in a way that cannot be read, and "
            f"did so again under the same key: {one_line(reason)}. Look at what answers under the "
            "base URL; what was sent may have been applied."
        ),
    )


def web_pages(vendor: str, name: str) -> Abort:
    """Two requests in a row were answered yes by a web page."""
    return Abort(
        error=ContractError,
        message=(
            f"Two requests to `{name}` in a row were answered by a web page, which {vendor} does "
            "not send: something in between answers in its place. Check the network and base_url."
        ),
    )


def past_deadline(deadline: float) -> Abort:
    """The caller's own deadline."""
    return Abort(
        error=DeadlineExceededError,
        message=f"The deadline of {deadline:g} s ended the run before all items were settled.",
    )


def changed(start: int, count: int) -> Abort:
    """The items are not those that the journal knows."""
    return Abort(
        error=JournalError,
        message=(
            f"The items from {start:,} to {start + count - 1:,} are not the ones that the journal "
            "has an account of, and nothing of them was sent this time. Give the same source in "
            "the same order, with the same versions of batchkit and orjson, or begin a new journal "
            "for another source."
        ),
    )


def stalled(vendor: str, ticket: str, timeout: float) -> Abort:
    """A ticket makes no progress."""
    return Abort(
        error=DeadlineExceededError,
        message=(
            f"{vendor}'s ticket {ticket} made no progress for {timeout:g} s (stall_timeout). "
            "It may still finish: wait for it again later."
        ),
    )


def _told(operation: Operation, response: Response, complaint: Complaint) -> dict[str, object]:
    return {
        "status": response.status,
        "code": complaint.code,
        "request_id": request_id(response.headers, operation.request_id_headers),
        "body": response.body[: 4 * _BODY_SHOWN].decode(errors="replace")[:_BODY_SHOWN],
    }


def _said(complaint: Complaint) -> str:
    words = ": ".join(part for part in (complaint.code, complaint.message) if part)
    return f" ({words})" if words else ""


def _advice(response: Response, *, asked: bool) -> str:
    if asked and response.status in GONE.statuses:
        return "Check the ticket or group that was asked about, the store, and the base URL."
    if 300 <= response.status < 400:
        return "A redirect is never followed; set `base_url` to the address that answers itself."
    return _ADVICE.get(response.status, "Nothing of it was taken.")
