"""The judge of the matrix sees every breach of the law; one that it missed would prove nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from batchkit import Accepted, Rejected, Skipped, Unknown, Unsent
from tests.faults.law import Story, broken

A, B = (Accepted(index=index, item=name, code=201) for index, name in enumerate("ab"))
DOUBT = Unknown(index=1, item="b", reason="no answer")
UNSENT = Unsent(index=1, item="b", reason="no connection")

GOOD = Story(
    repeats="freely",
    names="ab",
    outcomes=(A, B),
    told="ab",
    times=Counter("ab"),
    doubted="b",
    ran_out=False,
    took=1.0,
    bound=1.0,
)

LAWFUL = {
    "all is well": GOOD,
    "outcomes in another order": replace(GOOD, outcomes=(B, A), told="ba"),
    "taken twice, which converges": replace(GOOD, times=Counter("aab")),
    "taken, and in doubt": replace(GOOD, outcomes=(A, DOUBT)),
    "not taken, and in doubt": replace(GOOD, outcomes=(A, DOUBT), times=Counter("a")),
    "not taken, and unsent": replace(GOOD, outcomes=(A, UNSENT), times=Counter("a")),
    "taken twice after a doubt": replace(GOOD, repeats="if told", times=Counter("abb")),
    "in doubt, and every attempt made": replace(
        GOOD, repeats="by key", outcomes=(A, DOUBT), ran_out=True
    ),
}

BREACHES = {
    "an outcome is missing": ("I1", replace(GOOD, outcomes=(A,), told="a")),
    "an outcome comes twice": ("I1", replace(GOOD, outcomes=(A, B, B), told="abb")),
    "an outcome has another's item": ("I1", replace(GOOD, told="ba")),
    "ok, and not taken": ("I2", replace(GOOD, times=Counter("a"))),
    "taken, and skipped": (
        "I3",
        replace(GOOD, outcomes=(A, Skipped(index=1, item="b", reason="an earlier one failed"))),
    ),
    "held, and taken twice": ("I4", replace(GOOD, repeats="never", times=Counter("abb"))),
    "taken twice without a doubt": ("I4", replace(GOOD, repeats="if told", times=Counter("aab"))),
    "keyed, and taken twice": ("I5", replace(GOOD, repeats="by key", times=Counter("abb"))),
    "keyed, and given up too early": ("I5", replace(GOOD, repeats="by key", outcomes=(A, DOUBT))),
    "taken, and unsent": ("I6", replace(GOOD, outcomes=(A, UNSENT))),
    "taken, and refused by us": (
        "I6",
        replace(GOOD, outcomes=(A, Rejected(index=1, item="b", by="client", reason="no e-mail"))),
    ),
    "too late": ("I11", replace(GOOD, took=1.1)),
}


@pytest.mark.parametrize("story", LAWFUL.values(), ids=LAWFUL)
def test_what_is_lawful_passes(story: Story) -> None:
    assert broken(story) == []


@pytest.mark.parametrize(("name", "story"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_named(name: str, story: Story) -> None:
    assert name in broken(story)
