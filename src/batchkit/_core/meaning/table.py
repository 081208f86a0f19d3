"""The decision table: what an answer, or the lack of one, means, and what is done then.

Everything is decided from the rows below, each with its reason beside it, and the documentation
shows the same rows. What the body of a success means is in `bodies`, by vendor. A table is looked
through from the top.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from functools import lru_cache
from typing import Any, Final, TypeAlias

import attrs

from ...outcomes import Rejected, Unknown, Unsent
from ..effects import Failure, Phase, Response
from ..headers import retry_after
from ..operations import Repeat

ANY_OTHER: Final = range(-(2**63), 2**63)

# A whole request


class Verdict(Enum):
    """What to do with everything that a request carried."""

    AGAIN = "nothing was taken: send it again"
    DOUBT = "it may have been taken: send it again only where that is safe"
    GIVE_UP = "it may have been taken, and sending it again is no help"
    NARROW = "nothing was taken because of some items: find them"
    SPLIT = "nothing was taken because it was too large: send it in halves"
    STOP = "nothing was taken, and nothing else will be: end the run"


@attrs.frozen
class PhaseRow:
    """A failure that came no further than the phase, or one that no repeat cures."""

    up_to: Phase
    verdict: Verdict
    why: str
    final: bool = False


PHASES: tuple[PhaseRow, ...] = (
    PhaseRow(
        Phase.ANSWERED,
        Verdict.STOP,
        "a certificate that is not trusted stays so",
        final=True,
    ),
    PhaseRow(Phase.CONNECTING, Verdict.AGAIN, "not a byte of the request was sent"),
    PhaseRow(
        Phase.SENDING, Verdict.AGAIN, "a request that was not sent whole cannot be read as JSON"
    ),
    PhaseRow(Phase.ANSWERED, Verdict.DOUBT, "the vendor had the whole request"),
)
"""No answer came."""


@attrs.frozen
class Row:
    """A status of a whole request."""

    statuses: Collection[int]
    verdict: Verdict
    why: str
    assumed: bool = False
    """Whether "nothing was taken" is our reading of the vendors; `refused_statuses` decides."""
    with_wait: bool = False
    """Whether it holds only with a valid `Retry-After`."""


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
    Row(
        {503},
        Verdict.AGAIN,
        "a server that names a retry time has not started the work",
        True,
        with_wait=True,
    ),
    Row({503}, Verdict.DOUBT, "proxies send it for a connection lost after forwarding"),
    Row(range(500, 600), Verdict.GIVE_UP, "an error that a repeat does not cure"),
    Row(range(400, 500), Verdict.STOP, "the request itself is not what the vendor takes"),
    Row(range(300, 400), Verdict.STOP, "following would send the items to somebody else"),
    Row(range(200, 300), Verdict.DOUBT, "a success that the operation cannot read"),
    Row(range(100, 200), Verdict.DOUBT, "no final answer"),
    Row(ANY_OTHER, Verdict.DOUBT, "a status that HTTP does not know"),
)
"""An answer came, and says nothing of single items."""

ASSUMED: frozenset[int] = frozenset(
    status for row in STATUSES if row.assumed and not row.with_wait for status in row.statuses
)
"""The statuses that mean "nothing was taken" unless the caller says otherwise; 503 with a valid
`Retry-After` does too."""

_DOUBTFUL = frozenset({Verdict.DOUBT, Verdict.GIVE_UP})


def judge(reply: Response | Failure, refused_statuses: Collection[int] | None) -> Verdict:
    """The verdict on a reply that says nothing of single items.

    `refused_statuses` are the statuses that mean "nothing was taken"; `None` for the default.
    """
    if isinstance(reply, Failure):
        return next(
            row.verdict
            for row in PHASES
            if reply.phase <= row.up_to and (reply.final or not row.final)
        )
    waits = retry_after(reply.headers, reply.received) is not None
    row = next(
        row for row in STATUSES if reply.status in row.statuses and (waits or not row.with_wait)
    )
    if refused_statuses is None:
        return row.verdict
    if reply.status in refused_statuses:
        return Verdict.AGAIN if row.verdict in _DOUBTFUL else row.verdict
    return Verdict.DOUBT if row.assumed else row.verdict


class Step(Enum):
    """What is done after a verdict."""

    AGAIN = "sent again after a wait"
    SAME_KEY = "sent again under its key, while the vendor remembers that"
    HOLD = 'held back; sent again only with `on_doubt="resend"`'
    HALVES = "sent in halves"
    NEVER = "not sent again"
    END = "the run ends"


Ending: TypeAlias = type[Rejected[Any] | Unknown[Any] | Unsent[Any]]


@attrs.frozen
class Meaning:
    """What a verdict leads to, by what a repeat of the operation does."""

    verdict: Verdict
    converges: Step
    duplicates: Step
    keyed: Step
    asking: Step
    """For a question, which changes nothing at the vendor."""
    ends_as: Ending
    """What the items are if nothing more is tried; `Unknown` wherever an earlier attempt was in
    doubt."""
    why: str

    def step(self, repeat: Repeat) -> Step:
        """What is done with a request that carries items."""
        return {
            Repeat.CONVERGES: self.converges,
            Repeat.DUPLICATES: self.duplicates,
            Repeat.KEYED: self.keyed,
        }[repeat]


MEANINGS: dict[Verdict, Meaning] = {
    each.verdict: each
    for each in (
        Meaning(
            Verdict.AGAIN,
            converges=Step.AGAIN,
            duplicates=Step.AGAIN,
            keyed=Step.SAME_KEY,
            asking=Step.AGAIN,
            ends_as=Unsent,
            why="nothing was taken, so a repeat does nothing twice, and a later run may go on",
        ),
        Meaning(
            Verdict.DOUBT,
            converges=Step.AGAIN,
            duplicates=Step.HOLD,
            keyed=Step.SAME_KEY,
            asking=Step.AGAIN,
            ends_as=Unknown,
            why="only where a repeat does nothing twice may it be sent without asking the caller",
        ),
        Meaning(
            Verdict.GIVE_UP,
            converges=Step.NEVER,
            duplicates=Step.NEVER,
            keyed=Step.NEVER,
            asking=Step.AGAIN,
            ends_as=Unknown,
            why="a repeat would be answered alike; a question is cheap enough to try",
        ),
        Meaning(
            Verdict.NARROW,
            converges=Step.HALVES,
            duplicates=Step.HALVES,
            keyed=Step.HALVES,
            asking=Step.END,
            ends_as=Rejected,
            why="what is refused alone is the culprit, and its neighbours go on",
        ),
        Meaning(
            Verdict.SPLIT,
            converges=Step.HALVES,
            duplicates=Step.HALVES,
            keyed=Step.HALVES,
            asking=Step.AGAIN,
            ends_as=Rejected,
            why="an item that is too large alone never fits; a question has no body at all",
        ),
        Meaning(
            Verdict.STOP,
            converges=Step.END,
            duplicates=Step.END,
            keyed=Step.END,
            asking=Step.END,
            ends_as=Unsent,
            why="it is a fault of the run, not of the items",
        ),
    )
}

GONE = Row({400, 404}, Verdict.GIVE_UP, "the vendor does not know the ticket any more")
"""Looked at before `STATUSES` for a question about a ticket: its entries are in doubt, and the run
goes on."""

# A single item


class ItemVerdict(Enum):
    """What to do with one item that the vendor answered for."""

    DONE = "`Succeeded`"
    AGAIN = "not taken: this item goes again; at the end `Unsent`"
    DOUBT = "it may have been taken: it goes again only where that is safe; else `Unknown`"
    UNCLEAR = "it may have been taken: `Unknown`"
    REJECT = "`Rejected`"
    SKIP = "`Skipped`; `Unsent` if nobody asked for it, or after an `Unknown`"
    STOP = "not taken, and nothing else will be: `Unsent`, and the run ends"


@attrs.frozen
class ItemRow:
    """An item's own code."""

    codes: Collection[int | None]
    verdict: ItemVerdict
    why: str
    strict: ItemVerdict | None = None
    """The verdict with `strict_items=True`, and always for the entries of a ticket, which the
    vendor itself has tried several times; `None` for the same."""
    tried: bool = True


ITEMS: tuple[ItemRow, ...] = (
    ItemRow({None}, ItemVerdict.SKIP, "the vendor says that it did not try the item", tried=False),
    ItemRow(range(200, 300), ItemVerdict.DONE, "the vendor says so"),
    ItemRow({401, 403}, ItemVerdict.STOP, "every other item would be refused as well"),
    ItemRow(
        {408},
        ItemVerdict.REJECT,
        "by the vendor's word only a 2xx was taken; strictly, time ran out and that is all",
        strict=ItemVerdict.UNCLEAR,
    ),
    ItemRow({429}, ItemVerdict.AGAIN, "a limiter answers before the work begins"),
    ItemRow(range(400, 500), ItemVerdict.REJECT, "the item itself is not what the vendor takes"),
    ItemRow(
        range(500, 600),
        ItemVerdict.AGAIN,
        "by the vendor's word only a 2xx was taken; strictly, an error may come after the work",
        strict=ItemVerdict.DOUBT,
    ),
    ItemRow(
        {None}, ItemVerdict.UNCLEAR, "the answer says nothing of the item, or contradicts itself"
    ),
    ItemRow(ANY_OTHER, ItemVerdict.UNCLEAR, "a code that is no final answer"),
)


def judge_item(code: int | None, *, strict: bool, tried: bool = True) -> ItemVerdict:
    """The verdict on an item's own code; `strict` doubts a server error of its own."""
    row = _item_row(code, tried)
    return row.strict or row.verdict if strict else row.verdict


@lru_cache(maxsize=2000)  # asked for every item
def _item_row(code: int | None, tried: bool) -> ItemRow:
    return next(row for row in ITEMS if code in row.codes and tried is row.tried)
