"""What an exchange records, and how it goes on with what an earlier run has recorded."""

from __future__ import annotations

from typing import Any

from batchkit._core.effects import Go, Halt, Phase, Received, Record, Send, Turn
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.operations import Operation
from batchkit._core.resume.entries import FORGOTTEN, Again, Resumption
from batchkit._core.rulings import Entry, State
from batchkit.outcomes import Rejected, Succeeded, Unknown, Unsent
from tests.core.toy import BAD, CONVERGES, DUPLICATES, KEYED, cut, failure, reply, rules

TICKET = reply(200, {"ticket": "t1"})


def play(exchange: Exchange, *replies: Any) -> list[Any]:
    """The effects of an exchange that is answered so."""
    flow = exchange.flow()
    effects = [flow.send(None)]
    for each in replies:
        try:
            effects.append(flow.send(each))
        except StopIteration:
            effects.append(None)
    return effects


def exchange(operation: Operation = DUPLICATES, items: Any = (0, BAD, 2)) -> Exchange:
    return Exchange(cut(items)[0], operation, rules())


def test_a_refusal_is_recorded_before_the_wait_for_another_turn() -> None:
    made = exchange()
    effects = play(made, Go(0.0), None, Received(reply(429), 1.0), None)

    assert [type(each) for each in effects] == [Turn, Record, Send, Record, Turn]
    assert effects[3].state is State.WAITING


def test_items_that_are_asked_for_again_wait_with_nothing_under_way() -> None:
    effects = play(exchange(CONVERGES), Go(0.0), None, Received(reply(200, [429, 200]), 1.0), None)

    assert [type(each) for each in effects] == [Turn, Record, Send, Record, Turn]
    assert effects[3].state is State.WAITING


def test_doubt_is_not_taken_for_a_refusal() -> None:
    effects = play(exchange(CONVERGES), Go(0.0), None, Received(reply(500), 1.0))

    assert [type(each) for each in effects] == [Turn, Record, Send, Turn]


def test_a_key_in_doubt_stays_recorded_while_it_waits() -> None:
    made = exchange(KEYED)
    effects = play(
        made,
        Go(0.0),
        None,
        Received(failure(Phase.SENT), 1.0),
        Go(2.0),
        None,
        Received(reply(429), 3.0),
    )

    assert [type(each) for each in effects] == [Turn, Record, Send, Turn, Record, Send, Turn]


def test_a_ticket_is_recorded_with_the_key_that_it_was_given_for() -> None:
    effects = play(exchange(KEYED), Go(0.0), None, Received(TICKET, 1.0), Halt("The disk is full."))

    assert (effects[3].state, effects[3].ticket) == (State.TICKETED, "t1")
    assert effects[3].key == effects[1].key is not None


def test_what_a_ticket_stands_for_is_left_with_the_reason_why_it_cannot_be_written() -> None:
    made = exchange(KEYED)
    play(made, Go(0.0), None, Received(TICKET, 1.0), Halt("The disk is full."))

    first, _, _ = made.account.outcomes()
    assert "The disk is full." in str(first)


def test_an_intent_that_cannot_be_written_sends_nothing() -> None:
    made = exchange()
    effects = play(made, Go(0.0), Halt("The disk is full."))

    assert effects[-1] is None
    assert [type(each) for each in made.account.outcomes()] == [Unsent, Rejected, Unsent]


def test_a_send_that_is_halted_was_not_made() -> None:
    made = exchange()
    assert play(made, Go(0.0), None, Halt("The run had to stop."))[-1] is None
    assert made.account.requests == 0
    assert made.account.outcomes()[0] == Unsent(index=0, item=0, reason="The run had to stop.")


def test_a_ticket_that_cannot_be_written_is_told() -> None:
    made = exchange(KEYED)
    effects = play(
        made, Go(0.0), None, Received(reply(200, {"ticket": "t1"}), 1.0), Halt("The disk is full.")
    )
    assert effects[-1] is None
    first = made.account.outcomes()[0]
    assert isinstance(first, Unknown)
    assert first.ticket == "t1"


def test_a_refusal_under_a_key_that_was_in_doubt_is_no_doubt_once_the_ticket_is_there() -> None:
    made = exchange(KEYED, [1, 3])
    play(
        made,
        Go(0.0),
        None,
        Received(failure(Phase.SENT), 1.0),
        Go(2.0),
        None,
        Received(reply(200, {"ticket": "t1"}), 3.0),
        None,
        Go(4.0),
        Received(reply(200, {"finished": True, "answers": {"id-0": 200, "id-1": 400}}), 5.0),
    )
    assert [type(each) for each in made.account.outcomes()] == [Succeeded, Rejected]


def resumed(stale_at: float, *replies: Any) -> tuple[list[Any], Exchange]:
    """The effects of an exchange whose items 1 and 3 go again under a key of an earlier run."""
    known = Entry(start=0, count=2, stamp="now", digest=b"", largest=9, state=State.INTENT)
    [chunk] = cut([1, 3])
    again = Again(key="k", stale_at=stale_at, positions=[0, 1])
    made = Exchange(chunk, KEYED, rules(), Resumption(entry=known, again=again))
    return play(made, *replies), made


def test_under_the_key_of_an_earlier_run_the_same_request_goes_again() -> None:
    effects, _ = resumed(3000.0, Go(5.0), None)

    assert effects[1] == Record(state=State.INTENT, positions=(0, 1), key="k")
    assert effects[2].request.path == "/jobs?key=k"


def test_what_else_an_earlier_run_left_in_doubt_stays_so_beside_its_key() -> None:
    known = Entry(start=0, count=3, stamp="now", digest=b"", largest=9, state=State.INTENT)
    [chunk] = cut([1, 3, 5])
    again = Again(key="k", stale_at=3000.0, positions=[0])
    made = Exchange(
        chunk, KEYED, rules(), Resumption(entry=known, again=again, doubted=frozenset({2}))
    )

    assert made.account.doubted == {0, 2}
    assert made.account.undecided == {0}


def test_under_a_key_that_was_forgotten_meanwhile_nothing_is_sent() -> None:
    effects, made = resumed(3000.0, Go(3001.0))

    assert effects[1:] == [None]
    assert made.account.outcomes() == [
        Unknown(index=index, item=item, reason=FORGOTTEN) for index, item in enumerate([1, 3])
    ]


def test_a_refusal_under_the_key_of_an_earlier_run_says_nothing_of_its_request() -> None:
    _, made = resumed(3000.0, Go(5.0), None, Received(reply(400), 6.0))

    assert [type(each) for each in made.account.outcomes()] == [Unknown, Unknown]


def test_a_ticket_under_the_key_of_an_earlier_run_is_that_of_its_request() -> None:
    results = {"finished": True, "answers": {"id-0": 200, "id-1": 400}}
    ticket = reply(200, {"ticket": "t1"})
    answers = [Received(ticket, 6.0), None, Go(7.0), Received(reply(200, results), 8.0)]
    _, made = resumed(3000.0, Go(5.0), None, *answers)

    assert [type(each) for each in made.account.outcomes()] == [Succeeded, Rejected]


def test_what_one_ticket_leaves_goes_again_together_with_what_another_leaves() -> None:
    known = Entry(start=0, count=3, stamp="now", digest=b"", largest=9, state=State.TICKETED)
    [chunk] = cut([0, 2, 4])
    left = Resumption(entry=known, ask={"t0": [0], "t1": [1]}, send=[2])
    made = Exchange(chunk, KEYED, rules(), left)

    def failed(part: int, now: float) -> Received:
        return Received(reply(200, {"finished": True, "answers": {f"id-{part}": 503}}), now)

    effects = play(made, Go(0.0), failed(0, 1.0), Go(2.0), failed(1, 3.0), Go(4.0))

    assert [each.request.path for each in effects if isinstance(each, Send)] == [
        "/status/t0",
        "/status/t1",
    ]
    assert effects[-1].positions == (0, 1, 2)


def test_the_highest_code_of_an_earlier_run_counts() -> None:
    known = Entry(
        start=0, count=1, stamp="now", digest=b"", largest=9, state=State.WAITING, highest_code=503
    )
    [chunk] = cut([1])
    made = Exchange(chunk, CONVERGES, rules(), Resumption(entry=known, send=[0]))
    play(made, Go(0.0), None, Received(reply(202, "taken"), 1.0))

    assert made.account.highest_code == 503
