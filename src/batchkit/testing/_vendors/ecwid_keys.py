"""Ecwid's memory for deduplication keys: which submission is an earlier one, sent again."""

from __future__ import annotations

MEMORY = 3600.0
"""Seconds for which a key is remembered (its page "Batch requests")."""


class Keys:
    """The keys that one store has seen."""

    def __init__(self) -> None:
        self._uses: dict[str, tuple[str, float]] = {}

    def ticket_for(self, key: str | None, name: str, now: float) -> str:
        """The ticket that a submission goes by: an earlier one than `name`, if its key is known."""
        for each, (_, time) in list(self._uses.items()):
            if now - time < MEMORY:
                break  # they stand in the order of their time
            del self._uses[each]
        return self._uses.setdefault(key, (name, now))[0] if key else name
