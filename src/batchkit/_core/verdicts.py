"""The decision table: what an answer, or the lack of one, means for a request as a whole.

The rows are data with their reasons beside them. What an answer says of single items is looked
for first; these rows are for when it says nothing of them.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from http import HTTPStatus

import attrs

from .effects import Failure, Phase, Response
from .retry_after import retry_after


class Verdict(Enum):
    """What to do with everything that a request carried."""

    AGAIN = "nothing was taken: send it again"
    DOUBT = "it may have been taken: send it again only where that is safe"
    GIVE_UP = "it may have been taken, and sending it again is no help"
    NARROW = "nothing was taken because of some items: find them"
    SPLIT = "nothing was taken because it was too large: send it in halves"
    STOP = "nothing was taken, and nothing else will be: end the run"


@attrs.frozen
class Row:
    """One line of the table."""

    statuses: Collection[int]
    verdict: Verdict
    why: str
    assumed: bool = False
    """Whether "nothing was taken" is our reading of the vendors; `refused_statuses` decides."""


_SERVER_ERRORS = frozenset(range(500, 600)) - {500, 502, 503, 504}

STATUSES: tuple[Row, ...] = (
    Row({400, 422}, Verdict.NARROW, "validation refuses a whole request for a few items", True),
    Row({401, 403}, Verdict.STOP, "every further call would be refused, and counts against us"),
    Row({404}, Verdict.STOP, "there is no such account, instance or store"),
    Row({408}, Verdict.DOUBT, "proxies send it late, after the request was passed on"),
    Row({409}, Verdict.AGAIN, "another request with the same key or person is still under way"),
    Row({413}, Verdict.SPLIT, "the body was not read"),
    Row({425}, Verdict.AGAIN, "the server would not risk a replay", True),
    Row({429}, Verdict.AGAIN, "a limiter answers before the work begins", True),
    Row({500, 502, 504}, Verdict.DOUBT, "the work may have been done before the error"),
    Row({503}, Verdict.DOUBT, "proxies send it for a connection lost after forwarding"),
    Row(_SERVER_ERRORS, Verdict.GIVE_UP, "an error that a repeat does not cure"),
    Row(range(300, 400), Verdict.STOP, "following would send the items to somebody else"),
    Row(range(400, 500), Verdict.STOP, "the request itself is not what the vendor takes"),
    Row(range(100, 200), Verdict.DOUBT, "no final answer"),
)
"""Looked through from the top. Success is not in it: an operation reads that for itself."""

PHASES: tuple[tuple[Phase, Verdict, str], ...] = (
    (Phase.SENDING, Verdict.AGAIN, "a request that was not sent whole cannot be read as JSON"),
    (Phase.ANSWERED, Verdict.DOUBT, "the vendor had the whole request"),
)
"""The verdict of a failure that came no further than the phase."""

ASSUMED: frozenset[int] = frozenset(
    status for row in STATUSES if row.assumed for status in row.statuses
)
"""The statuses that mean "nothing was taken" unless the caller says otherwise; 503 with a valid
`Retry-After` does too."""


def judge(reply: Response | Failure, refused_statuses: Collection[int] | None) -> Verdict:
    """The verdict on a reply that says nothing of single items.

    `refused_statuses` are the statuses that mean "nothing was taken"; `None` for the default.
    """
    if isinstance(reply, Failure):
        if reply.final:
            return Verdict.STOP
        return next(verdict for phase, verdict, _ in PHASES if reply.phase <= phase)
    row = next((row for row in STATUSES if reply.status in row.statuses), None)
    if row is None:  # a success that its operation could not read
        return Verdict.DOUBT
    if _refused(reply, refused_statuses):
        return row.verdict if row.verdict not in _DOUBTFUL else Verdict.AGAIN
    return Verdict.DOUBT if row.assumed else row.verdict


_DOUBTFUL = frozenset({Verdict.DOUBT, Verdict.GIVE_UP})


def _refused(response: Response, refused_statuses: Collection[int] | None) -> bool:
    if refused_statuses is not None:
        return response.status in refused_statuses
    if response.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return retry_after(response.headers, response.received) is not None
    return response.status in ASSUMED


class ItemVerdict(Enum):
    """What to do with one item that the vendor answered for."""

    DONE = "done"
    AGAIN = "not taken: send it again"
    DOUBT = "it may have been taken"
    REJECT = "refused for good"
    STOP = "not taken, and nothing else will be: end the run"


def judge_item(code: int | None, *, strict: bool) -> ItemVerdict:
    """The verdict on an item's own code; `strict` doubts a server error of its own."""
    # A 408 says that time ran out, not that nothing was done.
    if code is None or code < 200 or 300 <= code < 400 or code == 408:
        return ItemVerdict.DOUBT
    if code < 300:
        return ItemVerdict.DONE
    if code in (401, 403):
        return ItemVerdict.STOP
    if code == 429:
        return ItemVerdict.AGAIN
    if code < 500:
        return ItemVerdict.REJECT
    return ItemVerdict.DOUBT if strict else ItemVerdict.AGAIN
