"""What an exchange records, and what is done about a chunk of which so much is known."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.effects import Record
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.operations import Operation
from batchkit._core.resume.entries import (
    CRASHED,
    FORGOTTEN,
    NOT_SENT,
    Again,
    digest,
    first_of,
    resume,
    rulings_of,
)
from batchkit._core.rulings import Entry, Ruling, State
from batchkit.outcomes import Accepted, Rejected, Skipped, Succeeded, Unknown, Unsent
from tests.core.toy import (
    BAD,
    CONVERGES,
    DUPLICATES,
    KEYED,
    cut,
    rules,
)

OPERATIONS = (CONVERGES, DUPLICATES, KEYED)


def entry(count: int = 4, **more: Any) -> Entry:
    given: dict[str, Any] = {"start": 0, "count": count, "stamp": "now", "digest": b"d" * 32}
    given["largest"] = 1000
    return Entry(**{**given, "state": State.INTENT, **more})


def ruling(outcome: Any, *positions: int, **more: Any) -> Ruling:
    return Ruling(outcome=outcome, positions=positions, **{"reason": "why", **more})


def decide(known: Entry, operation: Operation = CONVERGES, **more: Any) -> Any:
    given: dict[str, Any] = {"may_resend": operation is not DUPLICATES, "at": 1000.0, "now": 5.0}
    return resume(known, range(known.count), operation, **{**given, **more})


def told(rulings: Any) -> dict[int, tuple[Any, str]]:
    return {p: (each.outcome, each.reason) for each in rulings for p in each.positions}


# The decision


def test_a_chunk_that_is_settled_stays_so() -> None:
    known = entry(state=State.SETTLED, rulings=[ruling(Accepted, 0, 1, 2), ruling(Rejected, 3)])
    decided = decide(known)

    assert decided.is_idle
    assert decided.rulings == known.rulings


def test_unsent_goes_again_and_skipped_does_not() -> None:
    known = entry(
        state=State.SETTLED, rulings=[ruling(Accepted, 0), ruling(Unsent, 1, 2), ruling(Skipped, 3)]
    )
    decided = decide(known, DUPLICATES)

    assert decided.send == [1, 2]
    assert not decided.doubted
    assert told(decided.rulings).keys() == {0, 3}


def test_what_the_client_refused_is_refused_anew() -> None:
    known = entry(
        state=State.SETTLED, rulings=[ruling(Rejected, 0, by="client"), ruling(Unsent, 1)]
    )
    decided = resume(known, [1], CONVERGES, may_resend=True, at=0.0, now=0.0)

    assert (decided.rulings, decided.send) == ([], [1])


@pytest.mark.parametrize("state", [State.WAITING, State.SETTLED])
def test_what_waited_was_not_under_way(state: State) -> None:
    known = entry(state=state, sending=(), rulings=[ruling(Accepted, 0)])
    decided = decide(known, DUPLICATES)

    assert decided.send == [1, 2, 3]
    assert not decided.doubted


def test_what_was_sent_before_it_waited_is_not_under_way_any_more() -> None:
    decided = decide(entry(state=State.WAITING, sending=(1, 2)), DUPLICATES)

    assert decided.send == [0, 1, 2, 3]
    assert not decided.doubted


def test_what_was_under_way_goes_again_where_that_is_safe() -> None:
    decided = decide(entry(sending=(1, 2)))

    assert decided.send == [0, 1, 2, 3]
    assert decided.doubted == {1, 2}


def test_what_was_under_way_is_unknown_where_it_is_not() -> None:
    decided = decide(entry(sending=(1, 2)), DUPLICATES)

    assert decided.send == [0, 3]
    assert told(decided.rulings) == {1: (Unknown, CRASHED), 2: (Unknown, CRASHED)}


def test_what_an_earlier_run_was_to_send_again_is_held_when_this_one_holds() -> None:
    decided = decide(entry(state=State.WAITING, doubted=(3,)), DUPLICATES)

    assert decided.send == [0, 1, 2]
    assert told(decided.rulings) == {3: (Unknown, CRASHED)}


def test_a_ticket_is_asked_about_first() -> None:
    known = entry(
        state=State.TICKETED,
        sending=(0, 1),
        key="k",
        key_sent=999.0,
        ticket="t1",
        rulings=[ruling(Unknown, 2, ticket="t0")],
    )
    decided = decide(known, KEYED)

    assert decided.ask == {"t0": [2], "t1": [0, 1]}
    assert (decided.again, decided.send) == (None, [3])


@pytest.mark.parametrize(
    ("age", "generations"),
    [(0.0, True), (2999.0, True), (3000.0, False), (-1.0, False), (7200.0, False)],
)
def test_a_key_is_used_while_it_surely_lives(age: float, generations: bool) -> None:
    decided = decide(entry(sending=range(4), key="k", key_sent=1000.0 - age), KEYED)

    if generations:
        assert decided.again == Again(key="k", stale_at=5.0 + 3000.0 - age, positions=range(4))
        assert not decided.doubted
    else:
        assert told(decided.rulings) == dict.fromkeys(range(4), (Unknown, FORGOTTEN))
        assert decided.is_idle


def test_a_key_is_for_the_same_request_alone() -> None:
    known = entry(
        state=State.SETTLED,
        sending=(0, 1),
        key="k",
        key_sent=999.0,
        rulings=[ruling(Succeeded, 0), ruling(Unknown, 1), ruling(Unknown, 2), ruling(Accepted, 3)],
    )
    decided = decide(known, KEYED)

    assert decided.again is None
    assert told(decided.rulings)[1] == (Unknown, "why")


def test_what_else_was_in_doubt_stays_so_beside_a_key() -> None:
    known = entry(
        state=State.SETTLED,
        sending=(0, 1),
        key="k",
        key_sent=999.0,
        rulings=[ruling(Unknown, 0, 1, 2), ruling(Accepted, 3)],
    )
    decided = decide(known, KEYED)

    assert decided.again.positions == (0, 1)
    assert told(decided.rulings) == {2: (Unknown, "why"), 3: (Accepted, "why")}


@st.composite
def entries(draw: Any) -> Entry:
    count = draw(st.integers(1, 6))
    outcomes = st.sampled_from([None, Succeeded, Accepted, Rejected, Skipped, Unknown, Unsent])
    fates = [draw(outcomes) for _ in range(count)]
    rulings = [
        ruling(fate, place, ticket=draw(st.sampled_from([None, "t"])) if fate is Unknown else None)
        for place, fate in enumerate(fates)
        if fate is not None
    ]
    state = draw(st.sampled_from(State)) if None in fates else State.SETTLED
    return entry(
        count,
        state=state,
        rulings=rulings,
        doubted=draw(st.lists(st.sampled_from(range(count)), unique=True).map(sorted)),
        sending=draw(st.lists(st.sampled_from(range(count)), unique=True).map(sorted)),
        key=draw(st.sampled_from([None, "k"])),
        key_sent=draw(st.sampled_from([900.0, 1100.0, -9e9])),
        ticket="t2" if state is State.TICKETED else None,
    )


@given(entries(), st.sampled_from(OPERATIONS), st.booleans())
def test_each_item_has_one_fate_and_doubt_is_never_forgotten(
    known: Entry, operation: Operation, resends: bool
) -> None:
    may_resend = operation is not DUPLICATES or resends
    decided = decide(known, operation, may_resend=may_resend)
    fates = [
        *(place for each in decided.rulings for place in each.positions),
        *(place for places in decided.ask.values() for place in places),
        *(decided.again.positions if decided.again else ()),
        *decided.send,
    ]
    assert sorted(fates) == list(range(known.count))

    before, after = told(known.rulings), told(decided.rulings)
    under_way = set() if known.state in (State.WAITING, State.SETTLED) else set(known.sending)
    doubtful = {p for p in under_way if p not in before}
    doubtful |= {p for p, (outcome, _) in before.items() if outcome is Unknown}
    for place in decided.send:
        assert before.get(place, (Unsent, ""))[0] in (Unsent, Unknown)
        if place in doubtful:
            assert may_resend
            assert operation is not KEYED
            assert place in decided.doubted
    for place, (outcome, _) in before.items():
        if outcome not in (Unsent, Unknown):
            assert after[place] == before[place]


# Entries


def exchange() -> Exchange:
    return Exchange(cut([0, BAD, 2])[0], KEYED, rules())


def test_an_entry_says_what_is_under_way_and_since_when() -> None:
    made = exchange()
    first = made.recorded(Record(state=State.INTENT, positions=(0, 2), key="k"), 100.0)
    again = made.recorded(Record(state=State.INTENT, positions=(0, 2), key="k"), 200.0)
    other = made.recorded(Record(state=State.INTENT, positions=(0,), key="l"), 300.0)

    assert (first.sending, first.key, first.key_sent, first.first_sent) == (
        (0, 2),
        "k",
        100.0,
        100.0,
    )
    assert (again.key_sent, again.first_sent) == (100.0, 100.0)
    assert (other.key_sent, other.first_sent) == (300.0, 100.0)
    assert first.requests == 1
    assert told(first.rulings).keys() == {1}


def test_an_entry_says_in_which_call_it_was_last_sent() -> None:
    made = Exchange(cut([0, BAD, 2])[0], KEYED, rules(generation=3))
    waiting = made.recorded(Record(state=State.WAITING), 99.0)
    made.recorded(Record(state=State.INTENT, positions=(0, 2), key="k"), 100.0)
    ticketed = made.recorded(
        Record(state=State.TICKETED, positions=(0, 2), key="k", ticket="t"), 101.0
    )

    assert (waiting.generation, ticketed.generation) == (0, 3)
    assert (ticketed.key, ticketed.ticket) == ("k", "t")


def test_a_settled_entry_keeps_the_key_only_of_what_is_unknown() -> None:
    for outcome, kept in ((Unknown, "k"), (Succeeded, None)):
        made = exchange()
        made.recorded(Record(state=State.INTENT, positions=(0, 2), key="k"), 100.0)
        made.account.rule_rest(outcome, "why")
        assert made.recorded(Record(state=State.SETTLED), 101.0).key == kept


def test_a_settled_entry_has_no_doubt_but_about_what_is_unknown() -> None:
    for outcome, doubted in ((Unknown, [0]), (Succeeded, [])):
        made = exchange()
        made.account.doubted.add(0)
        made.recorded(Record(state=State.INTENT, positions=(0, 2), key="k"), 100.0)
        made.account.rule_rest(outcome, "why")
        assert list(made.recorded(Record(state=State.SETTLED), 101.0).doubted) == doubted


def test_the_digest_is_of_the_whole_body_and_of_what_is_not_in_it() -> None:
    chunks = [cut(items)[0] for items in ([1, 2], [1, BAD, 2], [BAD, 1, 2], [1, 3])]
    chunks += [attrs.evolve(chunks[0], start=7)]
    digests = [digest(CONVERGES, chunk) for chunk in chunks]
    digests += [digest(attrs.evolve(CONVERGES, before=b"{["), chunks[0])]

    assert digests[4] == digests[0]
    assert len(set(digests)) == 5


@pytest.mark.parametrize(
    ("state", "under_way", "left"),
    [
        (State.INTENT, Unknown, Unsent),
        (State.TICKETED, Unknown, Unsent),
        (State.WAITING, Unsent, Unsent),
    ],
)
def test_an_entry_of_a_broken_run_accounts_for_every_item(
    state: State, under_way: Any, left: Any
) -> None:
    known = entry(state=state, sending=(1, 2), rulings=[ruling(Accepted, 0)], ticket="t")
    account = told(rulings_of(known))

    assert [account[place][0] for place in range(4)] == [Accepted, under_way, under_way, left]
    assert account[3][1] == NOT_SENT
    assert {account[place][1] for place in (1, 2)} == {
        CRASHED if under_way is Unknown else NOT_SENT
    }
    tickets = {each.ticket for each in rulings_of(known) if each.outcome is Unknown}
    assert tickets == ({"t"} if under_way is Unknown else set())


def test_what_is_known_of_its_first_items_says_nothing_of_more() -> None:
    rulings = [ruling(Accepted, 0, 2), ruling(Rejected, 3)]
    known = first_of(entry(state=State.INTENT, sending=(1,), rulings=rulings), 2)

    assert (known.count, known.state) == (2, State.SETTLED)
    assert {place: outcome for place, (outcome, _) in told(known.rulings).items()} == {
        0: Accepted,
        1: Unknown,
    }


def test_what_was_doubted_once_is_not_called_unsent() -> None:
    account = told(rulings_of(entry(state=State.WAITING, doubted=(2,))))

    assert [account[place][0] for place in range(4)] == [Unsent, Unsent, Unknown, Unsent]
