"""Faults that strike every request, until the attempts run out; and questions outside a run."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from batchkit import AsyncEcwid, Ecwid, Rejected, RetryPolicy, Unknown, Unsent
from batchkit.exceptions import ContractError, TransportError
from tests.faults.law import broken
from tests.faults.peer import Door, Talk, healthy, peer_with
from tests.faults.play import ATTEMPTS, CHUNK, KINDS, NAMES, Case, take_before
from tests.faults.table import FAULTS, Fault, Knows
from tests.faults.vendor import ECWID_TICKETS

# What is decided here is decided in the core: one colour tells it, and one library.
CASES = [
    Case(fault, kind, "sync", "httpx", later=(*fault.acts, healthy)[0])
    for fault in FAULTS
    for kind in KINDS
    # A connection that is reset at once may or may not have been one.
    if not fault.slow and fault.struck == 0 and fault.door is not Door.RESETS
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


UNREADABLE = {"too large a body": 2, "chunks for ever": 2, "204 with a body": 3}
"""How often a submission is made at most after which the vendor cannot be understood."""


def is_unreadable(case: Case) -> bool:
    return case.kind == "keyed" and case.fault.name in UNREADABLE


@pytest.mark.parametrize("case", list(filter(is_unreadable, CASES)), ids=str)
def test_a_submission_whose_yes_cannot_be_read_ends_the_run(case: Case) -> None:
    played = case.play()

    assert broken(played.story) == []
    assert [type(each) for each in played.outcomes] == [Unknown] * CHUNK + [Unsent] * CHUNK
    assert played.report.requests == UNREADABLE[case.fault.name]
    assert isinstance(played.error, ContractError)
    assert "cannot be read" in str(played.error)


@pytest.mark.matrix
@pytest.mark.parametrize("case", [case for case in CASES if not is_unreadable(case)], ids=str)
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


def refuse(talk: Talk) -> None:
    talk.read_body()
    talk.say(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


DOUBTED = [
    Case(fault, kind, "sync", "httpx", later=refuse)
    for fault in FAULTS
    for kind in ("converges", "resent", "keyed")
    if fault.knows is Knows.SENT and fault.taken and not fault.slow
]


@pytest.mark.matrix
@pytest.mark.parametrize("case", DOUBTED, ids=str)
def test_a_refusal_does_not_undo_a_doubt(case: Case) -> None:
    """What was taken at first, and refused when it came again, is not said to be rejected."""
    played = case.play()

    assert played.error is None
    assert broken(played.story) == []
    by_index = {each.index: type(each) for each in played.outcomes}
    assert by_index == {0: Unknown, 1: Unknown, 2: Rejected, 3: Rejected}


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
