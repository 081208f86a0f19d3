"""Items that go in one request: under which key, how often, and in which halves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs


@attrs.define
class Key:
    """A deduplication key, under which the vendor takes the same request once."""

    text: str
    stale_at: float
    in_doubt: bool = False
    """Whether a request under it may have been taken."""

    def is_stale(self, now: float) -> bool:
        """Whether the vendor may have forgotten it."""
        return now > self.stale_at


@attrs.define
class Parcel:
    """Items that go in one request, and what the requests with them so far have left."""

    positions: Sequence[int]
    key: Key | None = None
    unread: int = 0
    """How many answers say yes and cannot be read."""

    @property
    def is_in_doubt(self) -> bool:
        """Whether a request under its key may have been taken."""
        return self.key is not None and self.key.in_doubt

    @property
    def may_divide(self) -> bool:
        """Whether its items may go in smaller requests, which have keys of their own."""
        return len(self.positions) > 1 and not self.is_in_doubt


@attrs.frozen
class Leftover:
    """What a reply has left to go again, and why; `in_doubt`: it may have been applied."""

    positions: Sequence[int] = ()
    why: str = ""
    in_doubt: bool = False


NOTHING: Final = Leftover()


class Budget:
    """The calls that may be spent on one refused request.

    Halving finds one culprit among n in at most 2·log2(n) calls; eight more find a second one in
    most requests. Against an hourly quota, more would cost the caller dearer than the items.
    """

    def __init__(self, items: int) -> None:
        self._left = 2 * (items - 1).bit_length() + 8

    def spend(self) -> bool:
        """Whether one more call may be made; it is counted."""
        self._left -= 1
        return self._left >= 0


def halves(positions: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """The two halves of at least two positions."""
    middle = len(positions) // 2
    return positions[:middle], positions[middle:]
