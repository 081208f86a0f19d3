"""What the journal shall say of a chunk at a moment of its conversation."""

from __future__ import annotations

from typing import assert_never

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
    generation: int,
    at: float,
) -> Entry:
    """What the journal shall say now, after `before`; `at` is in seconds of the Unix clock."""
    chunk = account.chunk
    if before is None:
        before = Entry(
            start=chunk.start,
            count=len(chunk.items),
            stamp=chunk.stamp,
            digest=digest(operation, chunk),
            largest=chunk.largest,
            state=record.state,
        )
    entry = attrs.evolve(
        before,
        state=record.state,
        rulings=tuple(account.rulings),
        doubted=sorted(account.doubted - account.undecided),
        sending=record.positions,
        key=record.key,
        key_sent=None,
        ticket=record.ticket,
        requests=account.requests,
        polls=account.polls,
        bytes_sent=account.bytes_sent,
        highest_code=account.highest_code,
    )
    match record.state:
        case State.WAITING | State.TICKETED:
            return entry
        case State.INTENT:
            return attrs.evolve(
                entry,
                key_sent=before.key_sent if record.key == before.key else at,
                first_sent=at if before.first_sent is None else before.first_sent,
                generation=generation,
                requests=account.requests + 1,
            )
        case State.SETTLED:
            if all(ruling.outcome is not Unknown for ruling in account.rulings):
                return attrs.evolve(entry, doubted=())
            # Its key may still tell, to a run that is resumed soon enough.
            return attrs.evolve(
                entry, sending=before.sending, key=before.key, key_sent=before.key_sent
            )
        case _:
            assert_never(record.state)
