"""Faults that strike every request, until the attempts run out; and questions outside a run."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from batchkit import AsyncEcwid, Ecwid, RetryPolicy
from batchkit.exceptions import TransportError
from tests.faults.law import broken
from tests.faults.peer import Door, peer_with
from tests.faults.play import ATTEMPTS, CHUNK, KINDS, NAMES, Case, take_before
from tests.faults.table import FAULTS, Fault, Knows
from tests.faults.vendor import ECWID_TICKETS

# What is decided here is decided in the core: one colour tells it, and one library.
CASES = [
    Case(fault, kind, "sync", "httpx", stays=True)
    for fault in FAULTS
    for kind in KINDS
    if not fault.slow and fault.struck == 0
]

DONE, TAKEN = ("succeeded", 1), ("accepted", 1)
HELD, DOUBT = ("unknown", 1), ("unknown", ATTEMPTS)
EXPECTED: dict[Knows, dict[str, tuple[str, int]]] = {
    Knows.NOT_SENT: {**dict.fromkeys(KINDS, ("unsent", ATTEMPTS)), "asked": DOUBT},
    Knows.REFUSED: {**dict.fromkeys(KINDS, ("rejected", 3)), "asked": DOUBT},
    Knows.SENT: {**dict.fromkeys(KINDS, DOUBT), "duplicates": HELD},
    Knows.STATUS: {
        **dict.fromkeys(KINDS, DOUBT),
        "converges": TAKEN,
        "duplicates": HELD,
        "resent": HELD,
    },
    Knows.YES: {
        **dict.fromkeys(KINDS, DONE),
        "converges": TAKEN,
        "keyed": DOUBT,
        "asked": DOUBT,
    },
    Knows.ALL: {**dict.fromkeys(KINDS, DONE), "converges": TAKEN},
}
"""What becomes of every item, and how many requests carried the items of each chunk."""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_attempts_run_out(case: Case) -> None:
    played = case.play()

    assert broken(played.story) == []
    outcome, requests = EXPECTED[case.fault.knows][case.kind]
    assert {type(each).__name__.lower() for each in played.outcomes} == {outcome}
    made = played.report.polls if case.kind == "asked" else played.report.requests
    if case.fault.door is Door.SHUT:  # a vendor that was never reached ends the run
        assert isinstance(played.error, TransportError)
        assert made == requests
    else:
        assert played.error is None
        assert made == requests * len(NAMES) // CHUNK


def status_of(peer: Any, colour: str) -> list[Any]:
    """What a client is told of two tickets, one after the other."""
    options: Any = {
        "token": "secret",
        "base_url": peer.url,
        "timeout": 5.0,
        "retry": RetryPolicy(attempts=ATTEMPTS, wait=peer.heal),
    }
    names = [f"ticket-{number}" for number in range(2)]
    if colour == "sync":
        with Ecwid("1003", **options) as client:
            return [client.batches.status(name) for name in names]

    async def ask() -> list[Any]:
        async with AsyncEcwid("1003", **options) as client:
            return [await client.batches.status(name) for name in names]

    return anyio.run(ask)


ASKABLE = {
    fault.name: fault
    for fault in FAULTS
    if not fault.slow and fault.knows not in (Knows.REFUSED, Knows.YES)
}


@pytest.mark.parametrize("fault", ASKABLE.values(), ids=ASKABLE)
@pytest.mark.parametrize("colour", ["sync", "asyncio"])
def test_a_question_is_asked_again(colour: str, fault: Fault) -> None:
    with peer_with(ECWID_TICKETS, fault.acts, fault.door) as peer:
        take_before(peer.ledger)
        told = status_of(peer, colour)

    assert [(each.ticket, each.is_finished) for each in told] == [
        ("ticket-0", True),
        ("ticket-1", True),
    ]
