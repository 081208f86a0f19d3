"""Cutting a source where an earlier run cut it, whatever the limits say now."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import attrs

from ...exceptions import JournalError
from ..items.chunks import Chunk, Chunker, Draft
from ..operations import Operation
from ..rulings import Entry, Fit, Known
from .entries import digest, first_of


class ReplayChunker(Chunker):
    """Takes items in order and gives the chunks of an earlier run, and between them its own.

    `entries` are what the journal says of the chunks that come next; more may come in as it goes.
    Each chunk that the journal knows is encoded at the moment of then, judged by the limit that an
    item had then, and compared.
    """

    def __init__(
        self,
        operation: Operation,
        entries: deque[Entry],
        *,
        max_items: int,
        max_bytes: int,
        max_refused: int | None = None,
        now: Callable[[], str],
    ) -> None:
        self._operation = operation
        self._entries = entries
        super().__init__(
            operation, max_items=max_items, max_bytes=max_bytes, max_refused=max_refused, now=now
        )

    def confirm_end(self) -> None:
        """The source has ended: raise `JournalError` if the earlier run read more of it."""
        draft = self._state[1]
        if self._following(draft.start) is not None:
            raise JournalError(
                f"The source ended after {draft.start:,} items, and the journal has an account of "
                "more. Give the same source in the same order, or begin a new journal for another."
            )

    def _begun(self, start: int, items: list[object]) -> Draft:
        draft, entry = super()._begun(start, items), self._following(start)
        if entry is not None and entry.start == start:
            draft.entry, draft.stamp, draft.most = entry, entry.stamp, entry.count
            draft.most_valid = draft.most_refused = entry.count + 1
            draft.room, draft.largest = -1, entry.largest  # so that each item is judged alone
        elif entry is not None:
            draft.most = entry.start - start
        return draft

    def _chunk(self, draft: Draft, *, broke_off: bool) -> Chunk:
        chunk, entry = super()._chunk(draft, broke_off=broke_off), draft.entry
        if entry is None:
            return chunk
        count = len(chunk.items)
        if count == entry.count and digest(self._operation, chunk) == entry.digest:
            return attrs.evolve(chunk, known=Known(entry, Fit.SAME))
        known = Known(entry, Fit.OTHER)
        if count < entry.count and broke_off:
            known = Known(first_of(entry, count), Fit.CUT)
        # What is refused of these items says nothing of those that the journal speaks of.
        return attrs.evolve(chunk, known=known, refused={})

    def _following(self, start: int) -> Entry | None:
        """The first entry at this index or after it."""
        while self._entries and self._entries[0].start < start:
            self._entries.popleft()
        return self._entries[0] if self._entries else None
