"""Deduplication keys: under one, a vendor takes the same request once."""

from __future__ import annotations

import attrs


@attrs.define
class Key:
    """A deduplication key, and whether a request under it may have been taken."""

    text: str
    stale_at: float
    in_doubt: bool = False

    def is_stale(self, now: float) -> bool:
        """Whether the vendor may have forgotten it."""
        return now > self.stale_at
