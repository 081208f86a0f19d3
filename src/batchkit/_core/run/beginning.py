"""How a chunk begins: anew, or where the journal says that an earlier run has left it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence

import attrs

from ...outcomes import Unknown
from ..effects import Flow
from ..exchange.account import Account
from ..exchange.conversation import Conversation
from ..exchange.exchange import Exchange
from ..exchange.policy import Policy
from ..items.chunks import Chunk
from ..meaning import stops
from ..operations import Operation, Repeat
from ..resume.entries import Resumption, resume, without
from ..rulings import Entry, Fit, Known, positions_of


class Changed(Conversation):
    """Of a chunk in whose place the journal has other items: nothing is sent, and the run ends."""

    def __init__(self, chunk: Chunk, operation: Operation, rules: Policy) -> None:
        super().__init__(Account(chunk), operation, rules)
        stop = self.account.stop = stops.changed(chunk.start, len(chunk.items))
        self.rule(Unknown, range(len(chunk.items)), reason=stop.message)

    def flow(self) -> Flow:
        """There is nothing to wait for."""
        yield from ()


class ExchangeFactory:
    """Makes the exchanges of one run.

    What an item changes must in the end be as the last one said. A chunk that an earlier run could
    not send, and this one sends, comes after later chunks that are settled; so those items of them
    that change the same are sent once more. Generations tell what came after what: a chunk that was
    last sent in an earlier generation than one before it has been overtaken.
    """

    def __init__(self, operation: Operation, rules: Policy, generations: Mapping[int, int]) -> None:
        """`generations` has, for each of the run, the last chunk that was last sent in it."""
        self._operation = operation
        self._rules = rules
        self._generations = generations
        self._may_mend = operation.repeat is Repeat.CONVERGES and operation.changes is not None
        self._changed: dict[str, int] = {}

    def begin(self, chunk: Chunk, *, at: float, now: float) -> Conversation:
        """About the next chunk; `at` is in seconds of the Unix clock, `now` the run's."""
        resumption = None
        match chunk.known:
            case None:
                pass
            case Known(fit=Fit.OTHER):
                return Changed(chunk, self._operation, self._rules)
            case Known(entry=entry, fit=Fit.CUT):
                resumption = Resumption(entry=entry, rulings=entry.rulings)
            case known:
                resumption = self._resumed(chunk, known.entry, at, now)
        if self._may_mend and self._generations:
            self._note(chunk, resumption)
        return Exchange(chunk, self._operation, self._rules, resumption)

    def _resumed(self, chunk: Chunk, entry: Entry, at: float, now: float) -> Resumption:
        may_resend = self._rules.may_resend(self._operation)
        resumption = resume(
            entry, chunk.positions, self._operation, may_resend=may_resend, at=at, now=now
        )
        return self._mended(chunk, resumption) if self._may_mend else resumption

    def _mended(self, chunk: Chunk, resumption: Resumption) -> Resumption:
        """Send again what was overtaken."""
        if not (resumption.send or self._changed):
            return resumption
        through = positions_of(ruling for ruling in resumption.rulings if ruling.got_through)
        send, changed = set(resumption.send), ChainMap[str, int]({}, self._changed)
        overtaken: set[int] = set()
        for position in chunk.positions:
            things = self._things(chunk, [position])
            since = max((changed.get(thing, 0) for thing in things), default=0)
            if position in through and since > resumption.entry.generation:
                overtaken.add(position)
            if position in send or position in overtaken:
                changed.update(dict.fromkeys(things, self._rules.generation))
        if not overtaken:
            return resumption
        return attrs.evolve(
            resumption,
            rulings=without(resumption.rulings, overtaken),
            doubted=resumption.doubted | overtaken,  # they were taken once
            send=sorted({*resumption.send, *overtaken}),
        )

    def _note(self, chunk: Chunk, resumption: Resumption | None) -> None:
        """Remember what this chunk changes, if later ones were last sent a generation before."""
        generation = self._rules.generation
        if resumption is not None and resumption.is_idle:
            generation = resumption.entry.generation
        if any(
            each < generation and chunk.start < last for each, last in self._generations.items()
        ):
            for thing in self._things(chunk, chunk.positions):
                self._changed[thing] = max(generation, self._changed.get(thing, 0))
        elif chunk.start >= max(self._generations.values()):
            self._changed.clear()

    def _things(self, chunk: Chunk, positions: Sequence[int]) -> frozenset[str]:
        changes = self._operation.changes
        items = [chunk.items[position] for position in positions]
        return frozenset() if changes is None else changes(items)
