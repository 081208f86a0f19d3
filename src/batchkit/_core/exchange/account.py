"""The account of a chunk, and of a run: counts now, outcome objects only when somebody looks.

An account is a few rulings, each over many items. `rule` is the one door through which a ruling
enters, and keeps the law: what may have been applied is never said to be refused or unsent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, cast

import attrs

from ...outcomes import (
    Outcome,
    Problem,
    Rejected,
    Skipped,
    Unknown,
    Unsent,
)
from ..items.chunks import Chunk
from ..rulings import Abort, OpenTicket, OutcomeClass, Ruling, positions_of

_REFUSALS: frozenset[type] = frozenset({Rejected, Skipped, Unsent})


@attrs.frozen(kw_only=True)
class Answered:
    """What an answer for single items comes to."""

    rulings: Sequence[Ruling]
    again: Sequence[int]
    """Positions that go again."""
    doubted: Collection[int] = ()
    """Those of them that may have been applied."""
    codes: Collection[int] = ()
    stop: Abort | None = None


@attrs.define(eq=False)
class Account:
    """Everything that became of one chunk."""

    chunk: Chunk
    rulings: list[Ruling] = attrs.field(factory=list[Ruling])
    doubted: set[int] = attrs.field(factory=set[int])
    """Positions that an attempt without a clear answer may have applied."""
    undecided: set[int] = attrs.field(factory=set[int])
    """Those of them that are in doubt only until the vendor answers to their key once more."""
    requests: int = 0
    polls: int = 0
    bytes_sent: int = 0
    highest_code: int | None = None
    unreached: str = ""
    """Why the vendor could not be reached, if every attempt ended so."""
    page: bool | None = None
    """Whether the last answer was a web page that says yes; `None` if none came."""
    stop: Abort | None = None
    tickets: list[OpenTicket] = attrs.field(factory=list[OpenTicket])
    """Tickets that were left running."""

    def __attrs_post_init__(self) -> None:
        for position, reason in self.chunk.refused.items():
            self.rulings.append(
                Ruling(outcome=Rejected, positions=[position], reason=reason, by="client")
            )

    def rule(self, ruling: Ruling) -> None:
        """Enter a ruling; a refusal of an item in doubt becomes `Unknown`."""
        if ruling.code is not None:
            self.note_code(ruling.code)
        if not self.doubted or ruling.outcome not in _REFUSALS:
            self._enter(ruling)
            return
        doubted = [position for position in ruling.positions if position in self.doubted]
        clear = [position for position in ruling.positions if position not in self.doubted]
        reason = f"An earlier attempt may have been applied; then: {ruling.reason}"
        self._enter(attrs.evolve(ruling, outcome=Unknown, positions=doubted, reason=reason))
        self._enter(attrs.evolve(ruling, positions=clear))

    def _enter(self, ruling: Ruling) -> None:
        if len(ruling.positions):
            self.rulings.append(ruling)

    def rule_rest(self, outcome: OutcomeClass, reason: str) -> None:
        """Enter a ruling for every valid item without one."""
        ruled = positions_of(self.rulings)
        rest = [place for place in self.chunk.positions if place not in ruled]
        self.rule(Ruling(outcome=outcome, positions=rest, reason=reason))

    def doubt(self, positions: Iterable[int], *, keyed: bool = False) -> None:
        """These may have been applied; under a key the vendor can still tell."""
        if keyed:
            self.undecided.update(set(positions) - self.doubted)
        self.doubted.update(positions)

    def told(self) -> None:
        """The vendor has answered to the key, for every attempt under it."""
        self.doubted -= self.undecided
        self.undecided.clear()

    def take(self, answered: Answered) -> Sequence[int]:
        """Enter what single items were answered with; what is given goes again."""
        self.doubt(answered.doubted)
        for code in answered.codes:
            self.note_code(code)
        for ruling in answered.rulings:
            self.rule(ruling)
        self.stop = answered.stop or self.stop
        return answered.again

    def note_code(self, code: int) -> None:
        """Remember the highest code seen."""
        if self.highest_code is None or code > self.highest_code:
            self.highest_code = code

    def outcomes(self) -> list[Outcome[Any]]:
        """One outcome for each item of the chunk, in index order."""
        made = [outcome for ruling in self.rulings for outcome in self._made(ruling)]
        made.sort(key=attrgetter("index"))
        return made

    def problems(self) -> list[Problem[Any]]:
        """The outcomes that are not ok, in no particular order."""
        return [
            outcome
            for ruling in self.rulings
            if not ruling.got_through
            for outcome in self._made(ruling)
            if outcome.ok is False
        ]

    def _made(self, ruling: Ruling) -> Iterator[Outcome[Any]]:
        items, start, told = self.chunk.items, self.chunk.start, _told(ruling)
        make = cast("Callable[..., Outcome[Any]]", ruling.outcome)
        if ruling.values is None:
            for position in ruling.positions:
                yield make(index=start + position, item=items[position], **told)
        else:
            for position in ruling.positions:
                value = ruling.values.get(position)
                yield make(index=start + position, item=items[position], value=value, **told)


def after_failure(rulings: Iterable[Ruling]) -> tuple[OutcomeClass, str] | None:
    """What becomes of the items after these, where the first failure ends everything."""
    seen = {ruling.outcome for ruling in rulings}
    if seen & {Unknown, Unsent}:
        return Unsent, "An earlier item has no certain outcome, so nothing after it was sent."
    if seen & {Rejected, Skipped}:
        return Skipped, "An earlier item failed, and stop_on_first_failure is set."
    return None


def _told(ruling: Ruling) -> dict[str, Any]:
    """The fields that all outcomes of a ruling share."""
    told: dict[str, Any] = {"request_id": ruling.request_id}
    if ruling.got_through:
        return {**told, "code": ruling.code}
    if ruling.outcome is Rejected:
        code = None if ruling.by == "client" else ruling.code
        return {**told, "by": ruling.by, "code": code, "reason": ruling.reason}
    if ruling.outcome is Unknown:
        return {**told, "reason": ruling.reason, "ticket": ruling.ticket}
    return {**told, "reason": ruling.reason}
