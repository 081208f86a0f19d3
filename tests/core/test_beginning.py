"""A chunk begins where the journal says that an earlier run has left it, and the last word wins."""

from __future__ import annotations

from typing import Any

import attrs

from batchkit._core.exchange.exchange import Exchange
from batchkit._core.items.chunks import Chunk
from batchkit._core.operations import Operation
from batchkit._core.rulings import Entry, Fit, Known, Ruling, State
from batchkit._core.run.beginning import ExchangeFactory
from batchkit.outcomes import Accepted, Rejected, Succeeded, Unknown, Unsent
from tests.core.toy import BAD, CONVERGES, DUPLICATES, cut, rules

# Items that end in the same digit change the same thing.
SHARING = attrs.evolve(CONVERGES, changes=lambda items: frozenset(str(item)[-1] for item in items))


def known(
    items: list[object], *rulings: Ruling, start: int = 0, generation: int = 1, fit: Fit = Fit.SAME
) -> Chunk:
    """A chunk that was last sent in this life, and what became of it."""
    entry = Entry(
        start=start,
        count=len(items),
        stamp="now",
        digest=b"",
        largest=1000,
        state=State.SETTLED,
        rulings=rulings,
        generation=generation,
    )
    [chunk] = cut(items)
    refused = chunk.refused if fit is Fit.SAME else {}
    return attrs.evolve(chunk, start=start, known=Known(entry, fit), refused=refused)


def ruling(outcome: Any, *positions: int, **more: Any) -> Ruling:
    return Ruling(outcome=outcome, positions=positions, **more)


def begin(*chunks: Chunk, operation: Operation = SHARING, generation: int = 2) -> list[Any]:
    """The exchanges of a run in this life, of which these chunks were read."""
    generations: dict[int, int] = {}
    for chunk in chunks:
        if chunk.known is not None and chunk.known.entry.generation:
            generations[chunk.known.entry.generation] = chunk.start
    factory = ExchangeFactory(operation, rules(generation=generation), generations)
    return [factory.begin(chunk, at=100.0, now=0.0) for chunk in chunks]


def again(exchange: Exchange) -> list[int]:
    """The positions that are sent."""
    assert exchange.resumption is not None
    return list(exchange.resumption.send)


def test_a_chunk_that_no_run_has_seen_begins_anew() -> None:
    [exchange] = begin(cut([1])[0])
    assert exchange.resumption is None


def test_a_chunk_of_other_items_is_not_gone_on_with() -> None:
    [exchange] = begin(known([1], ruling(Accepted, 0), fit=Fit.OTHER))
    assert exchange.is_kept


def test_in_a_chunk_of_other_items_each_is_unknown_the_refused_ones_as_well() -> None:
    [exchange] = begin(
        known([1, BAD, 3], ruling(Accepted, 0, 1), ruling(Rejected, 2), fit=Fit.OTHER)
    )
    assert list(exchange.flow()) == []

    told = exchange.account.outcomes()
    assert [(type(each), each.index) for each in told] == [(Unknown, 0), (Unknown, 1), (Unknown, 2)]
    assert exchange.account.stop is not None
    assert {each.reason for each in exchange.account.problems()} == {exchange.account.stop.message}


def test_a_chunk_that_broke_off_is_told_as_it_was() -> None:
    rulings = [ruling(Accepted, 0), ruling(Rejected, 1), ruling(Unknown, 2)]
    [exchange] = begin(known([1, BAD, 3], *rulings, fit=Fit.CUT))
    assert exchange.resumption is not None
    assert exchange.resumption.is_idle
    told = [type(each) for each in exchange.account.outcomes()]
    assert told == [Accepted, Rejected, Unknown]


def test_what_got_through_stays_where_nothing_before_it_is_sent() -> None:
    exchanges = begin(known([1], ruling(Accepted, 0)), known([11], ruling(Accepted, 0), start=1))
    assert [again(each) for each in exchanges] == [[], []]


def test_what_was_overtaken_goes_again_after_what_overtook_it() -> None:
    first = known([1, 2], ruling(Unsent, 0, 1), generation=0)
    later = known([11, 13, 12], ruling(Succeeded, 0, 1), ruling(Accepted, 2), start=2)
    assert [again(each) for each in begin(first, later)] == [[0, 1], [0, 2]]


def test_what_was_overtaken_by_a_chunk_that_no_run_has_seen_goes_again() -> None:
    [_, later] = begin(cut([1])[0], known([11], ruling(Accepted, 0), start=1))
    assert again(later) == [0]


def test_what_was_overtaken_within_its_chunk_goes_again() -> None:
    chunk = known([1, 11, 2, 21], ruling(Unsent, 0), ruling(Accepted, 1, 2, 3))
    [exchange] = begin(chunk)
    assert again(exchange) == [0, 1, 3]
    assert exchange.resumption is not None
    assert [list(each.positions) for each in exchange.resumption.rulings] == [[2]]


def test_what_came_before_is_not_overtaken() -> None:
    [exchange] = begin(known([11, 1], ruling(Accepted, 0), ruling(Unsent, 1)))
    assert again(exchange) == [1]


def test_what_goes_again_overtakes_in_its_turn() -> None:
    """An item may change several things: what follows one that goes again must follow it."""
    digits = attrs.evolve(CONVERGES, changes=lambda items: frozenset("".join(map(str, items))))
    chunk = known([1, 12, 2, 3], ruling(Unsent, 0), ruling(Accepted, 1, 2, 3))
    [exchange] = begin(chunk, operation=digits)
    assert again(exchange) == [0, 1, 2]


def test_what_was_overtaken_was_taken_once() -> None:
    first = known([1], ruling(Unsent, 0), generation=0)
    [_, exchange] = begin(first, known([11, 2], ruling(Accepted, 0, 1), start=1))
    assert exchange.resumption is not None
    assert exchange.resumption.doubted == {0}
    exchange.rule(Unsent, [0])
    assert [type(each) for each in exchange.account.outcomes()] == [Unknown, Accepted]


def test_what_was_in_doubt_stays_so_beside_what_was_overtaken() -> None:
    chunk = known([1, 11, 2], ruling(Unsent, 0), ruling(Accepted, 1), ruling(Unknown, 2))
    [exchange] = begin(chunk)
    assert exchange.resumption is not None
    assert exchange.resumption.doubted == {1, 2}


def test_what_did_not_get_through_is_not_sent_for_having_been_overtaken() -> None:
    first = known([1], ruling(Unsent, 0), generation=0)
    [_, later] = begin(first, known([11], ruling(Rejected, 0), start=1))
    assert again(later) == []


def test_what_was_sent_later_than_a_chunk_before_it_is_not_overtaken() -> None:
    """The first chunk went in the second life, and the last one in the second life after it."""
    first, middle = known([1], ruling(Accepted, 0), generation=2), known([2], start=1, generation=1)
    last = known([11], ruling(Accepted, 0), start=2, generation=2)
    assert again(begin(first, middle, last, generation=3)[2]) == []


def test_an_earlier_run_may_have_overtaken_already() -> None:
    """It crashed before it could send again what it had overtaken."""
    first = known([1], ruling(Accepted, 0), generation=2)
    later = known([11], ruling(Accepted, 0), start=1, generation=1)
    assert [again(each) for each in begin(first, later, generation=3)] == [[], [0]]


def test_the_last_life_that_changed_a_thing_counts() -> None:
    chunks = [
        known([1], ruling(Accepted, 0), generation=3),
        known([21], ruling(Rejected, 0), start=1, generation=2),
        known([11], ruling(Accepted, 0), start=2, generation=2),
        known([31], ruling(Accepted, 0), start=3, generation=1),
    ]
    assert [again(each) for each in begin(*chunks, generation=4)] == [[], [], [0], [0]]


def test_nothing_is_overtaken_where_nothing_is_changed_twice() -> None:
    chunks = [
        known([1], ruling(Unsent, 0), generation=0),
        known([11], ruling(Accepted, 0), start=1),
    ]
    assert [again(each) for each in begin(*chunks, operation=CONVERGES)] == [[0], []]


def test_what_duplicates_is_not_sent_twice_for_the_sake_of_its_order() -> None:
    doubling = attrs.evolve(DUPLICATES, changes=SHARING.changes)
    chunks = [
        known([1], ruling(Unsent, 0), generation=0),
        known([11], ruling(Accepted, 0), start=1),
    ]
    assert [again(each) for each in begin(*chunks, operation=doubling)] == [[0], []]
