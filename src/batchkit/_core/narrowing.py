"""Finding the few items for which a whole request was refused, within a bound on the calls."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

from ..outcomes import Unsent
from .effects import WAITING, Effect, Reply

if TYPE_CHECKING:
    from .exchange import Exchange


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


def divide(
    exchange: Exchange, parts: Sequence[int], budget: Budget | None, why: str
) -> Generator[Effect, Reply, None]:
    """Send halves of a request that was refused as a whole.

    With a `budget` that is a search for the items that were at fault; `why` says what of.
    """
    yield WAITING
    left, right = halves(parts)
    if budget is None:
        yield from exchange.settle(left)
        yield from exchange.settle(right)
    elif (yield from _probe(exchange, left, budget, why)) and len(right) > 1:
        # The culprits are all in the right half, so it is not worth a call as a whole.
        yield from divide(exchange, right, budget, why)
    else:
        yield from _probe(exchange, right, budget, why)


def _probe(
    exchange: Exchange, parts: Sequence[int], budget: Budget, why: str
) -> Generator[Effect, Reply, bool]:
    """Send a half, if there is a call left for it; whether it was anything but refused."""
    if budget.spend():
        return (yield from exchange.settle(parts, budget))
    reason = f"Not sent apart from the items that {why}; the calls for finding them are spent."
    exchange.rule(Unsent, parts, reason=reason)
    return False
