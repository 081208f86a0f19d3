"""Finding the few items for which a whole request was refused, within a bound on the calls."""

from __future__ import annotations

from collections.abc import Sequence


def halves(parts: Sequence[int]) -> tuple[Sequence[int], Sequence[int]]:
    """The two halves of at least two parts."""
    middle = len(parts) // 2
    return parts[:middle], parts[middle:]


class Budget:
    """The calls that may be spent on one refused request.

    Halving finds one culprit among n in at most 2·log2(n) calls; eight more find a second one in
    most requests. Against an hourly quota, more would cost the caller dearer than the items.
    """

    def __init__(self, parts: int) -> None:
        self._left = 2 * (parts - 1).bit_length() + 8

    def spend(self) -> bool:
        """Whether one more call may be made; it is counted."""
        self._left -= 1
        return self._left >= 0
