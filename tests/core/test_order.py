"""Of two values for one thing, the one that was read last is the one that stays."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchkit._core.effects import Request
from tests.core.toy import CONVERGES, TAKEN, carried, cut, kinds, play, reply, script
from tests.simulator import Answer, Simulator

# The number 203 is the value 2 of the thing 3.
CHANGING = attrs.evolve(
    CONVERGES, changes=lambda items: frozenset(f"thing {int(str(item)) % 100}" for item in items)
)


def overlap(played: Simulator) -> list[tuple[int, int]]:
    """The pairs of requests that changed the same thing and were in flight together."""
    sent = [
        (each.began, each.ended, {number % 100 for number in carried(each.request.body)})
        for each in played.posts
    ]
    return [
        (one, other)
        for one, (began, ended, things) in enumerate(sent)
        for other, (start, end, same) in enumerate(sent)
        if one < other and things & same and start < ended and began < end
    ]


def test_chunks_that_change_the_same_thing_are_sent_one_after_the_other() -> None:
    played = play(cut([103, 203, 303], size=1), script(TAKEN, latency=2.0), CHANGING)
    assert overlap(played) == []
    assert played.now == 6.0


def test_chunks_that_change_different_things_are_sent_together() -> None:
    played = play(cut([101, 102, 103], size=1), script(TAKEN, latency=2.0), CHANGING)
    assert played.most_in_flight == 3


def test_a_chunk_passes_one_that_waits_for_another() -> None:
    played = play(cut([103, 203, 104], size=1), script(TAKEN, latency=2.0), CHANGING)
    order = [carried(sent.request.body) for sent in sorted(played.posts, key=lambda it: it.began)]
    assert order == [[103], [104], [203]]


@pytest.mark.parametrize("in_flight", [1, 4])
def test_a_chunk_that_goes_again_is_still_before_the_later_ones(in_flight: int) -> None:
    sent: list[int] = []

    def vendor(request: Request, now: float) -> Answer:
        sent.extend(carried(request.body))
        return 1.0, reply(500) if len(sent) == 1 else TAKEN

    played = play(cut([103, 203], size=1), vendor, CHANGING, in_flight=in_flight)
    assert kinds(played.outcomes) == ["Accepted", "Accepted"]
    assert sent == [103, 103, 203]


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.integers(0, 5), min_size=1, max_size=30),
    size=st.integers(1, 4),
    statuses=st.lists(st.sampled_from([500, 503, 429, 0, 0]), max_size=8),
    seed=st.integers(0, 1_000),
)
def test_what_was_read_last_is_taken_last(
    numbers: list[int], size: int, statuses: list[int], seed: int
) -> None:
    """Whatever goes again: of each thing, the last value read is the last that the vendor takes."""
    items = [100 * (place + 1) + thing for place, thing in enumerate(numbers)]
    stays: dict[int, int] = {}
    answers = iter(statuses)

    def vendor(request: Request, now: float) -> Answer:
        status = next(answers, 0)
        if status in (0, 500):  # an error after the work was done
            stays.update({number % 100: number for number in carried(request.body)})
        return 1.0 + len(request.body) % 3, reply(status) if status else TAKEN

    played = play(cut(items, size=size), vendor, CHANGING, seed=seed)
    assert overlap(played) == []
    settled = {outcome.item for outcome in played.outcomes if outcome.ok}
    for number in items:
        is_last = number == max(each for each in items if each % 100 == number % 100)
        if is_last and number in settled:
            assert stays[number % 100] == number
