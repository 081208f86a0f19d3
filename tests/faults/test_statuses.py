"""Every status with every body, from every vendor: the account agrees with the vendor's ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from batchkit import RetryPolicy
from batchkit.exceptions import ContractError, VendorError
from tests.contract.colours import Colour, Played, Scene
from tests.faults.strange import (
    BODIES,
    HEADS,
    OPEN,
    Door,
    Head,
    Taken,
    Then,
    Vendor,
    may_have_taken,
)
from tests.io.wire import trio_complains

NO_REPEAT_HELPS = (501, 511)


@dataclass(frozen=True)
class Cell:
    """A strange answer, what comes after it, and what the vendor took whatever it said."""

    door: Door
    head: Head
    body: str
    taken: Taken
    then: Then

    def play(self, colour: Colour = "sync") -> tuple[Played, Vendor]:
        vendor = Vendor(self.door, self.head, self.body, self.taken, self.then)
        scene = Scene(
            vendor=self.door.vendor,
            endpoint=self.door.endpoint,
            items=self.door.items,
            answers=(vendor,),
            options={"retry": RetryPolicy(attempts=3), "max_in_flight": 1, "pace": None},
            streamed=True,
        )
        return scene.play(colour), vendor

    def __str__(self) -> str:
        return f"{self.body} {self.then.value}, {self.taken.value} was taken"


def cells(door: Door, head: Head) -> Iterator[Cell]:
    for body in BODIES:
        possible = may_have_taken(door, head, body)
        for taken in possible:
            for then in Then:
                if then is not Then.NO or (possible == OPEN and taken is Taken.ALL):
                    yield Cell(door, head, body, taken, then)


def broken(cell: Cell, played: Played, vendor: Vendor) -> Iterator[str]:
    """The invariants that do not hold."""
    outcomes: list[Any] = played.outcomes
    kinds = [type(outcome).__name__ for outcome in outcomes]
    taken = set(vendor.ledger)
    by_kind = {
        kind: {str(each.index) for each in outcomes if type(each).__name__ == kind}
        for kind in kinds
    }
    ok = {str(each.index) for each in outcomes if each.ok}
    unknown = by_kind.get("Unknown", set())
    surely_not = {
        str(each.index)
        for each in outcomes
        if type(each).__name__ in ("Rejected", "Skipped", "Unsent")
    }

    if sorted(each.index for each in outcomes) != [0, 1, 2, 3]:
        yield "an item without exactly one outcome"
    counted = {kind.lower(): len(names) for kind, names in by_kind.items()}
    if any(getattr(played.report, kind) != count for kind, count in counted.items()):
        yield "a report that counts otherwise"
    if not ok <= taken:
        yield f"{ok - taken} succeeded and was not taken"
    if not taken <= ok | unknown:
        yield f"{taken - ok - unknown} was taken and is told as {kinds}"
    if surely_not & taken:
        yield f"{surely_not & taken} was taken, and may be sent again"
    if "2" not in by_kind.get("Rejected", set()):
        yield "the item that the library refuses is not rejected"
    once_only = cell.door is not Door.SUBSCRIBERS
    if once_only and any(count > 1 for count in vendor.ledger.values()):
        yield f"taken twice: {vendor.ledger}"
    keyed = cell.door is Door.SUBMISSION and cell.then is Then.YES
    if keyed and unknown and cell.head.status not in NO_REPEAT_HELPS:
        yield "a submission with a key is in doubt"
    certain = len(may_have_taken(cell.door, cell.head, cell.body)) == 1
    if certain and unknown and cell.door is not Door.TICKET:
        yield "in doubt although the answer is clear"
    unreadable = cell.door is Door.SUBMISSION and 200 <= cell.head.status < 300
    if not isinstance(played.error, (ContractError if unreadable else VendorError) | None):
        yield f"raised {played.error!r}"
    for outcome in outcomes:
        reason = getattr(outcome, "reason", "x")
        if not reason or not reason.isprintable() or len(reason) > 1_200:
            yield f"a reason that is no line for people: {reason[:80]!r}"


heads = pytest.mark.parametrize("head", HEADS, ids=str)
doors = pytest.mark.parametrize("door", Door, ids=lambda door: door.name.lower())


@pytest.mark.matrix
@heads
@doors
def test_the_account_agrees_with_the_ledger(door: Door, head: Head) -> None:
    found = [f"{cell}: {what}" for cell in cells(door, head) for what in broken(cell, *cell.play())]
    assert not found


@pytest.mark.matrix
@trio_complains
@pytest.mark.parametrize("colour", ["asyncio", "trio"])
@doors
def test_an_async_client_tells_the_same(door: Door, colour: Colour) -> None:
    every = [cell for head in HEADS for cell in cells(door, head)]
    for cell in every[3::17]:
        played, vendor = cell.play(colour)
        assert not list(broken(cell, played, vendor)), str(cell)
        assert list(map(repr, played.outcomes)) == list(map(repr, cell.play()[0].outcomes))
