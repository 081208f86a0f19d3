"""What a journal says of a chunk, and what a run that is resumed does about it.

An `Entry` is the whole truth about one chunk at one moment, so that one write replaces it. What it
leaves open after a crash is decided by `resume`, which knows what a repeat does at the vendor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from ...outcomes import Unknown, Unsent
from ..items.chunks import Chunk
from ..operations import Operation, Repeat
from ..rulings import Entry, Ruling, State, positions_of

CRASHED: Final = "It may have been applied: the run broke off while it was being sent."
NOT_SENT: Final = "The run broke off before this was sent."
FORGOTTEN: Final = "It may have been applied, and the vendor no longer remembers its key."


def digest(operation: Operation, chunk: Chunk) -> bytes:
    """SHA-256 of the body that holds every valid item, and of which items are not in it."""
    made = hashlib.sha256(operation.before)
    made.update(chunk.encoded.joined(range(len(chunk.encoded))))
    made.update(operation.after)
    if chunk.refused:
        made.update(repr(sorted(chunk.refused)).encode())
    return made.digest()


def rulings_of(entry: Entry) -> list[Ruling]:
    """What the entry says of every item, as long as nobody goes on with the run."""
    rulings = list(entry.rulings)
    left = set(range(entry.count)) - positions_of(rulings)
    doubted = left & {*entry.under_way, *entry.doubted}
    if doubted:
        rulings.append(
            Ruling(outcome=Unknown, positions=sorted(doubted), reason=CRASHED, ticket=entry.ticket)
        )
    if left - doubted:
        unsent = sorted(left - doubted)
        rulings.append(Ruling(outcome=Unsent, positions=unsent, reason=NOT_SENT))
    return rulings


def first_of(entry: Entry, count: int) -> Entry:
    """What it says of its first items, for a run that comes to no more of them."""
    known = without(rulings_of(entry), set(range(count, entry.count)))
    return attrs.evolve(entry, count=count, state=State.SETTLED, rulings=known)


@attrs.frozen(kw_only=True)
class Again:
    """A request that goes again under its key, which the vendor still remembers."""

    key: str
    stale_at: float
    """When the vendor may forget it, by the run's clock."""
    positions: Sequence[int]


@attrs.frozen(kw_only=True)
class Resumption:
    """What to do about a chunk that the journal knows."""

    entry: Entry
    """What the journal says of it."""
    rulings: Sequence[Ruling] = ()
    """What stays as it is."""
    doubted: frozenset[int] = frozenset()
    ask: Mapping[str, Sequence[int]] = attrs.field(factory=dict[str, Sequence[int]])
    """Positions by the ticket that tells about them."""
    again: Again | None = None
    send: Sequence[int] = ()
    """Positions that are sent as if for the first time."""

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.ask or self.again or self.send)


def resume(
    entry: Entry,
    valid: Iterable[int],
    operation: Operation,
    *,
    may_resend: bool,
    at: float,
    now: float,
) -> Resumption:
    """What to do about a chunk of which `entry` is known.

    `valid` are the positions of the items that can be sent, `may_resend` says whether what may have
    been applied may be sent again; `at` is in seconds of the Unix clock, `now` by the run's.
    """
    kept: list[Ruling] = []
    lost: list[Ruling] = []
    ask: dict[str, list[int]] = {}
    for ruling in entry.rulings:
        if ruling.outcome is Unknown and ruling.ticket is not None:
            ask.setdefault(ruling.ticket, []).extend(ruling.positions)
        elif ruling.outcome is Unknown:
            lost.append(ruling)
        elif ruling.outcome is not Unsent and ruling.by != "client":
            kept.append(ruling)
    ruled = positions_of(entry.rulings)
    under_way = [position for position in entry.under_way if position not in ruled]
    if under_way and entry.ticket is not None:
        ask.setdefault(entry.ticket, []).extend(under_way)
    elif under_way:
        why = FORGOTTEN if operation.repeat is Repeat.KEYED else CRASHED
        lost.append(Ruling(outcome=Unknown, positions=under_way, reason=why))

    if not may_resend:  # an earlier run was told otherwise
        held = [p for p in entry.doubted if p not in ruled and p not in under_way]
        lost += [Ruling(outcome=Unknown, positions=held, reason=CRASHED)] if held else []
    in_doubt = positions_of(lost)
    again = _again(entry, in_doubt, operation, at, now)
    repeated = set[int]() if again is None else set(again.positions)
    if not may_resend or operation.repeat is Repeat.KEYED:
        kept += without(lost, repeated)
    settled = positions_of(kept).union(repeated, *ask.values())
    return Resumption(
        entry=entry,
        rulings=kept,
        doubted=frozenset({*entry.doubted, *(in_doubt - repeated)}),
        ask={ticket: sorted(positions) for ticket, positions in ask.items()},
        again=again,
        send=[position for position in valid if position not in settled],
    )


def _again(
    entry: Entry, in_doubt: set[int], operation: Operation, at: float, now: float
) -> Again | None:
    """The request that may go again under its key, if all of it is still in doubt.

    A clock that went back says nothing about the key's age: then it counts as forgotten.
    """
    ticketing = operation.ticketing
    if ticketing is None or entry.key is None or entry.key_sent is None:
        return None
    if not entry.sending or not in_doubt.issuperset(entry.sending):
        return None
    left = ticketing.key_lives - (at - entry.key_sent)
    if not 0 < left <= ticketing.key_lives:
        return None
    return Again(key=entry.key, stale_at=now + left, positions=entry.sending)


def without(rulings: Iterable[Ruling], positions: set[int]) -> list[Ruling]:
    """The rulings for the rest of their positions."""
    rest = [
        attrs.evolve(ruling, positions=[each for each in ruling.positions if each not in positions])
        for ruling in rulings
    ]
    return [ruling for ruling in rest if ruling.positions]
