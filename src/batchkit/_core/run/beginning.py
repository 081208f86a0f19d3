"""How a chunk begins: anew, or where the journal says that an earlier run has left it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, Sequence

import attrs

from ...outcomes import Accepted, Succeeded
from ..exchange.exchange import Exchange
from ..exchange.policy import Rules
from ..items.chunks import Chunk
from ..operations import Operation, Repeat
from ..resume.entries import Resumption, resume, without

_THROUGH = (Succeeded, Accepted)


class Beginner:
    """Makes the exchanges of one run.

    What an item changes must in the end be as the last one said. A chunk that an earlier run could
    not send, and this one sends, comes after later chunks that are settled; so those items of them
    that change the same are sent once more. Lives tell what came after what: a chunk that was last
    sent in an earlier life than one before it has been overtaken.
    """

    def __init__(
        self,
        operation: Operation,
        rules: Rules,
        lives: Mapping[int, int] | None = None,
    ) -> None:
        """`lives` tells for each life of the run the last chunk that was last sent in it."""
        self._operation = operation
        self._rules = rules
        self._lives = lives or {}
        self._may_mend = operation.repeat is Repeat.CONVERGES and operation.changes is not None
        self._changed: dict[str, int] = {}

    def begin(self, chunk: Chunk, *, at: float, now: float) -> Exchange:
        """The exchange of the next chunk; `at` is in seconds of the Unix clock, `now` the run's."""
        resumption = None
        if chunk.entry is not None and chunk.is_cut:
            resumption = Resumption(rulings=chunk.entry.rulings)
        elif chunk.entry is not None and not chunk.is_changed:
            resumption = resume(
                chunk.entry,
                chunk.positions,
                self._operation,
                may_resend=self._rules.may_resend(self._operation),
                at=at,
                now=now,
            )
            if self._may_mend:
                resumption = self._mended(chunk, resumption, chunk.entry.life)
        if self._may_mend and self._lives:
            self._note(chunk, resumption)
        return Exchange(chunk, self._operation, self._rules, resumption)

    def _mended(self, chunk: Chunk, resumption: Resumption, life: int) -> Resumption:
        """Send again what was overtaken."""
        if not (resumption.send or self._changed):
            return resumption
        through = {
            position
            for ruling in resumption.rulings
            if ruling.outcome in _THROUGH
            for position in ruling.positions
        }
        send, changed = set(resumption.send), ChainMap[str, int]({}, self._changed)
        overtaken: set[int] = set()
        for position in chunk.positions:
            things = self._things(chunk, [position])
            if position in through and any(changed.get(thing, 0) > life for thing in things):
                overtaken.add(position)
            if position in send or position in overtaken:
                changed.update(dict.fromkeys(things, self._rules.life))
        if not overtaken:
            return resumption
        return attrs.evolve(
            resumption,
            rulings=[without(ruling, overtaken) for ruling in resumption.rulings],
            doubted=resumption.doubted | overtaken,  # they were taken once
            send=sorted({*resumption.send, *overtaken}),
        )

    def _note(self, chunk: Chunk, resumption: Resumption | None) -> None:
        """Remember what this chunk changes, if later ones were last sent in an earlier life."""
        life = self._rules.life
        if resumption is not None and chunk.entry is not None and resumption.is_idle:
            life = chunk.entry.life
        if any(each < life and chunk.start < last for each, last in self._lives.items()):
            for thing in self._things(chunk, chunk.positions):
                self._changed[thing] = max(life, self._changed.get(thing, 0))
        elif chunk.start >= max(self._lives.values()):
            self._changed.clear()

    def _things(self, chunk: Chunk, positions: Sequence[int]) -> frozenset[str]:
        changes = self._operation.changes
        items = [chunk.items[position] for position in positions]
        return frozenset() if changes is None else changes(items)
