"""A source is cut where an earlier run cut it, and between those chunks by the limits of now."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.items.chunks import Chunk
from batchkit._core.resume.entries import digest
from batchkit._core.resume.rechunking import ReplayChunker
from batchkit._core.rulings import Entry, Fit, State
from batchkit.exceptions import JournalError
from tests.core.toy import BAD, CONVERGES, chunks_of, cut


def entries(chunks: list[Chunk]) -> deque[Entry]:
    """What a journal says of these chunks."""
    return deque(
        Entry(
            start=chunk.start,
            count=len(chunk.items),
            stamp="then",
            digest=digest(CONVERGES, chunk),
            largest=chunk.known.entry.largest if chunk.known else chunk.largest,
            state=State.SETTLED,
        )
        for chunk in chunks
    )


def fits(chunks: list[Chunk]) -> list[Fit | None]:
    """How each chunk compares with what the journal has in its place."""
    return [chunk.known and chunk.known.fit for chunk in chunks]


def recut(items: list[Any], known: list[Chunk], *, size: int = 4, most: int = 1000) -> list[Chunk]:
    chunker = ReplayChunker(
        CONVERGES, entries(known), max_items=size, max_bytes=most, now=lambda: "now"
    )
    chunks = list(chunks_of(chunker, items))
    chunker.confirm_end()
    return chunks


def spans(chunks: list[Chunk]) -> list[tuple[int, int]]:
    return [(chunk.start, len(chunk.items)) for chunk in chunks]


@given(st.integers(0, 40), st.integers(1, 9), st.integers(1, 9), st.integers(10, 60), st.data())
def test_known_chunks_are_cut_as_then_and_the_rest_as_now(
    count: int, then: int, now: int, most: int, data: st.DataObject
) -> None:
    items = [BAD if data.draw(st.booleans()) else index for index in range(count)]
    before = cut(items, size=then)
    known = [chunk for chunk in before if data.draw(st.booleans())]
    chunks = recut(items, known, size=now, most=most)

    assert [item for chunk in chunks for item in chunk.items] == items
    assert spans([chunk for chunk in chunks if chunk.known]) == spans(known)
    assert Fit.OTHER not in fits(chunks)
    assert all(chunk.stamp == ("then" if chunk.known else "now") for chunk in chunks)
    assert all(len(chunk.encoded) <= now for chunk in chunks if not chunk.known)


def test_a_chunk_of_other_items_is_told_apart() -> None:
    known = cut(range(6), size=3)
    chunks = recut([0, 1, 2, 3, 9, 5], known)

    assert fits(chunks) == [Fit.SAME, Fit.OTHER]


def test_an_item_that_was_too_large_then_is_refused_now() -> None:
    known = cut([1, 10**1200, 3], max_bytes=1000)
    [chunk] = recut([1, 10**1200, 3], known, most=10**6)

    assert fits([chunk]) == [Fit.SAME]
    assert chunk.refused.keys() == {1}


def test_an_item_of_exactly_the_limit_then_is_sent_now() -> None:
    [known] = cut([1, 10**999])  # a thousand digits
    [chunk] = recut([1, 10**999], [known], most=100)

    assert fits([chunk]) == [Fit.SAME]
    assert not chunk.refused


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 4)), min_size=1), st.data())
def test_each_chunk_is_judged_by_the_limit_of_the_call_that_first_came_to_it(
    generations: list[tuple[int, int]], data: st.DataObject
) -> None:
    items: list[Any] = []
    known: list[Chunk] = []
    for most, more in generations:
        items += [10 ** data.draw(st.integers(0, 40)) for _ in range(more)]
        chunks = recut(items, known, most=most)
        assert Fit.OTHER not in fits(chunks)
        again = [chunk.refused.keys() for chunk in chunks if chunk.known]
        assert again == [chunk.refused.keys() for chunk in known]
        known = chunks


def test_what_no_run_has_seen_is_cut_by_bytes_too() -> None:
    chunks = recut([100, 200, 300, 400], [], most=9)

    assert spans(chunks) == [(0, 2), (2, 2)]
    assert not any(chunk.refused for chunk in chunks)


@pytest.mark.parametrize("count", [0, 3])
def test_a_source_that_ends_before_a_known_chunk_is_another(count: int) -> None:
    with pytest.raises(JournalError, match=f"ended after {count} items"):
        recut(list(range(count)), cut(range(6), size=3))


def test_a_source_that_ends_within_a_known_chunk_is_another() -> None:
    chunker = ReplayChunker(
        CONVERGES,
        entries(cut(range(6), size=6)),
        max_items=4,
        max_bytes=1000,
        now=lambda: "now",
    )
    (chunk,) = chunks_of(chunker, [0, 1])

    assert fits([chunk]) == [Fit.OTHER]
    chunker.confirm_end()  # the chunk has said it
