"""What the journal shall say of a chunk at a moment of its conversation."""

from __future__ import annotations

import attrs

from ...outcomes import Unknown
from ..effects import Record
from ..operations import Operation
from ..resume.entries import digest
from ..rulings import Entry, State
from .account import Account


def entry_of(
    account: Account,
    operation: Operation,
    before: Entry | None,
    record: Record,
    *,
    life: int,
    at: float,
) -> Entry:
    """What the journal shall say now, after `before`; `at` is in seconds of the Unix clock."""
    chunk = account.chunk
    entry = Entry(
        start=chunk.start,
        count=len(chunk.items),
        stamp=chunk.stamp,
        digest=before.digest if before else digest(operation, chunk),
        largest=before.largest if before else chunk.largest,
        state=record.state,
        rulings=tuple(account.rulings),
        doubted=sorted(account.doubted - account.undecided),
        first_sent=None if before is None else before.first_sent,
        life=0 if before is None else before.life,
        requests=account.requests,
        polls=account.polls,
        bytes_sent=account.bytes_sent,
        highest_code=account.highest_code,
    )
    match record.state:
        case State.WAITING:
            return entry
        case State.INTENT:
            key_sent = at if record.key is not None else None
            if before is not None and record.key == before.key:
                key_sent = before.key_sent
            return attrs.evolve(
                entry,
                sending=record.positions,
                key=record.key,
                key_sent=key_sent,
                first_sent=at if entry.first_sent is None else entry.first_sent,
                life=life,
                requests=account.requests + 1,
            )
        case State.TICKETED:
            return attrs.evolve(
                entry, sending=record.positions, key=record.key, ticket=record.ticket
            )
        case State.SETTLED:
            if before is None or all(each.outcome is not Unknown for each in account.rulings):
                return attrs.evolve(entry, doubted=())
            # Its key may still tell, to a run that is resumed soon enough.
            return attrs.evolve(
                entry, sending=before.sending, key=before.key, key_sent=before.key_sent
            )
