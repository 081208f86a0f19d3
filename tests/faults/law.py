"""The law of outcomes, held against a ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from batchkit import Outcome, Rejected, Unknown, Unsent


@dataclass(frozen=True, kw_only=True)
class Story:
    """What became of the items of one call, and what the vendor really took."""

    repeats: str
    """What is done with what may have been applied: `freely`, `never`, `if told`, `by key`."""
    names: Sequence[str]
    """The items that were read from the source, in order."""
    outcomes: Sequence[Outcome[Any]]
    told: Sequence[str]
    """The name of each outcome's item."""
    times: Counter[str]
    """How often the vendor took each item."""
    doubted: Collection[str]
    """The items that a request without a clear answer carried."""
    ran_out: bool
    """Whether every attempt that is allowed was made."""
    took: float
    bound: float
    """Seconds that the call took, and may take."""


def broken(story: Story) -> list[str]:
    """The invariants that do not hold, by their names in the design page."""
    return sorted(set(_broken(story)))


def _broken(story: Story) -> Iterator[str]:
    if sorted(
        (each.index, name) for each, name in zip(story.outcomes, story.told, strict=True)
    ) != (list(enumerate(story.names))):
        yield "I1"
    for outcome, name in zip(story.outcomes, story.told, strict=True):
        taken = story.times[name]
        if outcome.ok and not taken:
            yield "I2"
        if taken and not (outcome.ok or isinstance(outcome, Unknown)):
            yield "I3"
        if taken and (
            isinstance(outcome, Unsent)
            or (isinstance(outcome, Rejected) and outcome.by == "client")
        ):
            yield "I6"
        if story.repeats == "by key" and isinstance(outcome, Unknown) and not story.ran_out:
            yield "I5"
    twice = {name for name, times in story.times.items() if times > 1}
    if (story.repeats == "never" and twice) or (
        story.repeats == "if told" and not twice <= set(story.doubted)
    ):
        yield "I4"
    if story.repeats == "by key" and twice:
        yield "I5"
    if story.took > story.bound:
        yield "I11"
