"""Cutting: by count, by bytes, and around what cannot be sent."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.items.chunks import Chunk, Chunker, EncodedItems
from batchkit._core.items.models import InvalidItem
from tests.core.toy import BAD, CONVERGES, chunks_of, cut


def sent(chunk: Chunk) -> bytes:
    return chunk.body(CONVERGES, chunk.positions)


def chunker(**more: Any) -> Chunker:
    limits: dict[str, Any] = {"max_items": 3, "max_bytes": 100, "now": lambda: "now"}
    return Chunker(more.pop("operation", CONVERGES), **{**limits, **more})


def test_a_chunk_holds_at_most_the_items_of_its_limit() -> None:
    assert [len(chunk.items) for chunk in cut(range(7), size=3)] == [3, 3, 1]


def test_a_chunk_is_ready_as_soon_as_it_is_full() -> None:
    cutting = chunker()
    assert not cutting.read([1, 2])
    assert cutting.ready is None
    assert cutting.read([3, 4])
    assert cutting.ready is not None
    assert list(cutting.ready.items) == [1, 2, 3]


def test_no_more_is_read_than_a_chunk_needs() -> None:
    cutting, source = chunker(), iter(range(9))
    assert cutting.read(source)
    assert next(source) == 3


def test_what_one_item_was_when_it_came_is_what_is_sent() -> None:
    def rows() -> Iterator[list[int]]:
        row = [0]
        for row[0] in range(5):
            yield row
        row.clear()

    encoding = attrs.evolve(CONVERGES, encode=lambda item, index, now: str(item[0]).encode())
    chunks = cut(rows(), encoding, max_bytes=6)
    assert [sent(chunk) for chunk in chunks] == [b"[0,1]", b"[2,3]", b"[4]"]


def test_nothing_is_cut_of_nothing() -> None:
    assert cut([]) == []


def test_a_chunk_holds_at_most_the_bytes_of_its_limit() -> None:
    chunks = cut([100, 200, 300, 400], max_bytes=9)  # [100,200] is nine bytes
    assert [sent(chunk) for chunk in chunks] == [b"[100,200]", b"[300,400]"]
    assert [len(chunk.items) for chunk in cut([100, 200, 300], max_bytes=8)] == [1, 1, 1]


def test_an_item_that_no_request_can_hold_is_refused_alone() -> None:
    (chunk,) = cut([1, 10**20, 2], max_bytes=9)
    assert chunk.refused == {1: "The item is 21 bytes of JSON; at most 7 fit."}
    assert list(chunk.positions) == [0, 2]
    assert sent(chunk) == b"[1,2]"


def test_a_limit_that_the_envelope_alone_breaks_says_so() -> None:
    (chunk,) = cut([1], max_bytes=2)
    assert chunk.refused == {
        0: "The item is 1 bytes of JSON; the envelope leaves no room in max_bytes."
    }


def test_an_item_of_exactly_the_limit_goes_alone() -> None:
    (chunk,) = cut([1234567], max_bytes=9)
    assert not chunk.refused


def test_an_item_of_exactly_the_limit_ends_the_chunk_before_it() -> None:
    before, after = cut([1, 1234567], max_bytes=9)
    assert (sent(before), sent(after)) == (b"[1]", b"[1234567]")


def test_an_item_that_cannot_be_encoded_is_refused_and_its_neighbours_go_on() -> None:
    (chunk,) = cut([1, BAD, 2])
    assert chunk.refused == {1: "It is not a number."}
    assert list(chunk.items) == [1, BAD, 2]
    assert sent(chunk) == b"[1,2]"


def test_what_an_items_own_code_raises_is_told_by_class_only() -> None:
    def encode(item: object, index: int, now: str) -> bytes:
        raise ZeroDivisionError("secret")

    (chunk,) = cut([1], attrs.evolve(CONVERGES, encode=encode))
    assert chunk.refused == {0: "Reading the item raised ZeroDivisionError."}


def test_refused_items_do_not_count_against_the_limit() -> None:
    assert [len(chunk.items) for chunk in cut([1, BAD, BAD, 2, 3, 4], size=3)] == [5, 1]


def test_a_source_of_nothing_but_bad_items_is_told_of_as_it_is_read() -> None:
    assert [len(chunk.items) for chunk in cut([BAD] * 7, size=3)] == [3, 3, 1]


def test_a_chunk_can_end_with_its_first_refused_item() -> None:
    chunks = cut([1, BAD, 2, BAD, BAD], max_refused=1)
    assert [list(chunk.items) for chunk in chunks] == [[1, BAD], [2, BAD], [BAD]]


def test_an_item_that_had_no_room_may_complete_the_next_chunk_at_once() -> None:
    looks = iter([b"22222", None])

    def encode(item: object, index: int, now: str) -> bytes:
        if item != 2:
            return b"11111"
        if (piece := next(looks)) is None:
            raise InvalidItem("Gone.")
        return piece

    spoken = attrs.evolve(CONVERGES, encode=encode)
    chunks = cut([1, 2, 3], spoken, max_bytes=10, max_refused=1)
    assert [list(chunk.items) for chunk in chunks] == [[1], [2], [3]]


def test_each_chunk_has_one_stamp_of_its_own() -> None:
    stamps = iter("abcdef")

    def encode(item: object, index: int, now: str) -> bytes:
        return f'"{now}{index}"'.encode()

    stamping = attrs.evolve(CONVERGES, encode=encode)
    cutting = chunker(operation=stamping, max_bytes=11, now=lambda: next(stamps))
    bodies = [sent(chunk) for chunk in chunks_of(cutting, range(5))]
    assert bodies == [b'["a0","a1"]', b'["b2","b3"]', b'["c4"]']


def test_an_item_that_differs_each_time_it_is_read_breaks_no_limit() -> None:
    """A second look is taken when an item moves to the next chunk."""
    looks = {1: iter([b"22222", b"9" * 50]), 3: iter([b"44444", b""])}

    def encode(item: object, index: int, now: str) -> bytes:
        piece = next(looks[index]) if index in looks else b"11111"
        if not piece:
            raise InvalidItem("Gone.")
        return piece

    chunks = cut(range(5), attrs.evolve(CONVERGES, encode=encode), max_bytes=10)
    assert [list(chunk.items) for chunk in chunks] == [[0], [1, 2], [3, 4]]
    assert [list(chunk.refused) for chunk in chunks] == [[], [0], [0]]


sizes = st.integers(0, 10**30) | st.just(BAD)


@given(
    items=st.lists(sizes, max_size=60),
    most_items=st.integers(1, 8),
    most_bytes=st.integers(3, 60),
    most_refused=st.none() | st.integers(1, 5),
)
def test_no_item_is_lost_and_no_limit_broken(
    items: list[object], most_items: int, most_bytes: int, most_refused: int | None
) -> None:
    chunks = cut(items, size=most_items, max_bytes=most_bytes, max_refused=most_refused)
    assert [item for chunk in chunks for item in chunk.items] == items
    start = 0
    for chunk in chunks:
        assert chunk.start == start
        start += len(chunk.items)
        assert chunk.items
        assert len(chunk.encoded) == len(chunk.positions) <= most_items
        assert len(chunk.refused) <= (most_refused or most_items)
        assert sorted([*chunk.positions, *chunk.refused]) == list(range(len(chunk.items)))
        if chunk.encoded:
            assert len(sent(chunk)) <= most_bytes
            told = ",".join(str(chunk.items[position]) for position in chunk.positions)
            assert sent(chunk) == f"[{told}]".encode()
        for position in chunk.refused:
            item = chunk.items[position]
            assert item is BAD or len(str(item)) + 2 > most_bytes


@given(items=st.lists(sizes, max_size=40), cuts=st.lists(st.integers(0, 40)))
def test_how_the_items_come_in_makes_no_difference(items: list[object], cuts: list[int]) -> None:
    cutting, apart = chunker(), list[tuple[int, list[object]]]()
    edges = sorted({0, len(items), *(at for at in cuts if at < len(items))})

    def give(chunk: Chunk | None) -> None:
        assert chunk is not None
        apart.append((chunk.start, list(chunk.items)))

    for begin, end in pairwise(edges):
        source = iter(items[begin:end])
        while cutting.read(source):
            give(cutting.ready)
    while cutting.finish():
        give(cutting.ready)
    together = cut(items, size=3, max_bytes=100)
    assert apart == [(chunk.start, list(chunk.items)) for chunk in together]


@given(st.lists(st.binary(max_size=9), min_size=1, max_size=30), st.data())
def test_pieces_are_what_was_put_in(encoded: list[bytes], data: st.DataObject) -> None:
    kept = EncodedItems(encoded)
    assert list(kept) == encoded
    assert bytes(kept.joined(range(len(encoded)))) == b",".join(encoded)
    part = data.draw(st.slices(len(encoded)))
    assert kept[part] == encoded[part]
    index = data.draw(st.integers(-len(encoded), len(encoded) - 1))
    assert kept[index] == encoded[index]
    some = sorted(data.draw(st.sets(st.integers(0, len(encoded) - 1))))
    assert bytes(kept.joined(some)) == b",".join(encoded[part] for part in some)


def test_there_is_no_piece_beyond_the_last() -> None:
    for index in (2, -3):
        with pytest.raises(IndexError):
            EncodedItems([b"1", b"2"])[index]


def test_what_is_refused_stands_in_no_body_and_moves_nothing_in_it() -> None:
    chunker = Chunker(CONVERGES, max_items=9, max_bytes=1000, now=lambda: "")
    (chunk,) = chunks_of(chunker, [0, BAD, 2, 3])
    before, after = CONVERGES.before, CONVERGES.after
    assert chunk.body(CONVERGES, [2]) == before + b"2" + after
    assert chunk.body(CONVERGES, [0, 3]) == before + b"0,3" + after
    assert chunk.body(CONVERGES, [0, 2, 3]) == before + b"0,2,3" + after
