"""Tickets across chunks: order, what a failure ends, tickets of an earlier call."""

from __future__ import annotations

import pytest

from batchkit._core.effects import Phase, Response
from batchkit._core.items.chunks import Chunk, EncodedItems
from batchkit.exceptions import (
    DeadlineExceededError,
    RateLimitedError,
    TransportError,
)
from batchkit.options import Pace
from batchkit.outcomes import Unknown
from tests.core.toy import (
    BAD,
    KEYED,
    STOPPING,
    cut,
    failure,
    kinds,
    play,
    reply,
    rules,
    script,
    simulate,
)

TICKET = reply(200, {"ticket": "t1"})
RUNNING = reply(200, {"finished": False})


def done(*codes: object, start: int = 0) -> Response:
    answers = {f"id-{start + place}": code for place, code in enumerate(codes) if code != "?"}
    return reply(200, {"finished": True, "answers": answers})


def test_what_a_later_item_of_the_chunk_has_overtaken_says_what_became_of_it_before() -> None:
    played = play(cut([2, 2]), script(TICKET, done(429, 200)), KEYED)

    assert kinds(played.outcomes) == ["Unsent", "Succeeded"]
    assert played.outcomes[0].reason == (
        "Toy answered 429 for this item. A later item changed the same thing, so it was not sent "
        "again."
    )


def test_chunks_of_an_ordered_operation_go_one_at_a_time() -> None:
    played = play(
        cut(range(1, 9, 2), size=2),
        script(TICKET, RUNNING, done(200, 200), TICKET, done(200, 200, start=2)),
        KEYED,
        in_flight=4,
    )
    methods = [sent.request.method for sent in played.requests]
    assert methods == ["POST", "GET", "GET", "POST", "GET"]
    assert played.most_in_flight == 1


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ([200, 404], "Skipped"),
        ([404, "NOT_EXECUTED"], "Skipped"),
        ([500, "NOT_EXECUTED"], "Unsent"),
        ([200, 429], "Unsent"),
        ([200, "?"], "Unsent"),
    ],
)
def test_after_a_failure_later_chunks_are_not_sent(first: list[object], later: str) -> None:
    chunks = cut(range(1, 21, 2), size=2, max_refused=1)
    played = play(chunks, script(TICKET, done(*first)), STOPPING)
    assert len(played.posts) == 1
    assert set(kinds(played.outcomes[2:])) == {later}
    assert played.stop is None
    assert len(played.fed) == 5


def test_what_the_vendor_did_not_try_is_skipped() -> None:
    played = play(cut([1, 3]), script(TICKET, done([404, "no"], "NOT_EXECUTED")), STOPPING)
    assert [str(each) for each in played.outcomes] == [
        "rejected by the vendor: no",
        "skipped: The vendor did not try it.",
    ]


def test_a_locally_refused_item_is_a_failure_for_what_follows_and_nothing_else() -> None:
    chunks = cut([1, 3, BAD, 5, 7], size=2, max_refused=1)
    played = play(chunks, script(TICKET, RUNNING, done(200, 200)), STOPPING)
    assert kinds(played.outcomes) == ["Succeeded", "Succeeded", "Rejected", "Skipped", "Skipped"]


def test_nothing_goes_again_where_a_failure_ends_everything() -> None:
    for code, kind in ((429, "Unsent"), (500, "Unknown")):
        played = play(cut([2]), script(TICKET, done(code)), STOPPING)
        assert kinds(played.outcomes) == [kind]
        assert len(played.posts) == 1


def test_submitting_ends_with_the_ticket() -> None:
    submit = rules(submit_only=True)
    played = play(cut([1, 3, BAD], size=1), script(TICKET, TICKET), KEYED, rules=submit)
    assert [ticket.ticket for account in played.accounts for ticket in account.tickets] == [
        "t1",
        "t1",
    ]
    assert kinds(played.outcomes) == ["Unknown", "Unknown", "Rejected"]
    assert played.report.requests == 2


class TestKnownTickets:
    """Chunks that were submitted by an earlier call."""

    CHUNKS = [  # noqa: RUF012 - never changed
        type(chunk)(
            start=chunk.start,
            items=chunk.items,
            encoded=chunk.encoded,
            positions=chunk.positions,
            refused={},
            ticket=f"t{number}",
        )
        for number, chunk in enumerate(cut([1, 2, 3], size=2))
    ]

    def test_they_are_asked_about_and_never_sent(self) -> None:
        played = play(self.CHUNKS, script(done(200, 500), done(429, start=2)), KEYED)
        assert not played.posts
        assert kinds(played.outcomes) == ["Succeeded", "Unknown", "Unsent"]

    def test_a_run_that_stops_leaves_every_ticket_unknown(self) -> None:
        played = play(self.CHUNKS, script(reply(401)), KEYED)
        assert kinds(played.outcomes) == ["Unknown"] * 3
        assert [each.ticket for each in played.outcomes if isinstance(each, Unknown)] == [
            "t0",
            "t0",
            "t1",
        ]

    def test_so_does_a_run_that_has_stopped_before_they_are_read(self) -> None:
        simulator = simulate(self.CHUNKS, script(RUNNING), KEYED)
        simulator.leave()
        for chunk in self.CHUNKS:
            simulator.run.feed(simulator.run.prepared(chunk), 0.0)
        simulator.run.exhausted()
        assert kinds(simulator.play().outcomes) == ["Unknown"] * 3
        assert not simulator.requests

    def test_a_vendor_that_is_never_reached_is_told_of(self) -> None:
        played = play(self.CHUNKS, script(failure(Phase.CONNECTING)), KEYED)
        assert kinds(played.outcomes) == ["Unknown"] * 3
        assert played.stop is not None
        assert played.stop.error is TransportError


def test_leaving_early_leaves_the_ticket_unknown() -> None:
    simulator = simulate(cut([1, 3], size=1), script(TICKET, RUNNING), KEYED)
    simulator.at(50.0, simulator.leave)
    first, second = simulator.play().outcomes
    assert isinstance(first, Unknown)
    assert (first.ticket, first.reason) == ("t1", "The caller left.")
    assert kinds([second]) == ["Unsent"]


@pytest.mark.parametrize("deadline", [0.5, 33.0])
def test_a_deadline_leaves_the_ticket_unknown_and_is_kept(deadline: float) -> None:
    played = play(cut([1, 3], size=1), script(TICKET, RUNNING), KEYED, deadline=deadline)
    assert kinds(played.outcomes) == ["Unknown", "Unsent"]
    assert played.now == deadline
    assert played.stop is not None
    assert played.stop.error is DeadlineExceededError


def test_questions_keep_to_the_pace_too() -> None:
    pace = Pace(requests=2, per=60)
    played = play(cut([1]), script(TICKET, *[RUNNING] * 9, done(200)), KEYED, pace=pace)
    begun = [sent.began for sent in played.requests]
    assert len(begun) == 11
    assert all(late - early >= 60 for early, late in zip(begun, begun[2:], strict=False))


@pytest.mark.parametrize(
    ("per", "error"), [(60.0, DeadlineExceededError), (4000.0, RateLimitedError)]
)
def test_a_pace_that_lets_no_question_through_in_time_ends_the_run_at_once(
    per: float, error: type[Exception]
) -> None:
    deadline = 30.0 if error is DeadlineExceededError else None
    pace = Pace(requests=2, per=per)
    played = play(cut([1]), script(TICKET, RUNNING), KEYED, pace=pace, deadline=deadline)
    assert kinds(played.outcomes) == ["Unknown"]
    assert played.stop is not None
    assert played.stop.error is error
    assert played.now < 2.0


def test_a_retry_of_a_question_that_would_outlast_the_deadline_is_not_waited_for() -> None:
    told = reply(503, retry_after="100")
    played = play(cut([1]), script(TICKET, told), KEYED, deadline=30.0)
    assert kinds(played.outcomes) == ["Unknown"]
    assert played.stop is not None
    assert played.stop.error is DeadlineExceededError
    assert played.now < 2.0


def test_an_open_chunk_learns_its_items_from_the_answer() -> None:
    told = {"finished": True, "answers": {"id-0": 200, "id-1": 404}, "entries": ["a", None]}
    empty = Chunk(
        start=0,
        items=("t1",),
        encoded=EncodedItems(),
        positions=(0,),
        refused={},
        ticket="t1",
        is_open=True,
    )
    first, second = play([empty], script(RUNNING, reply(200, told)), KEYED).outcomes
    assert (first.index, first.item, first.ok) == (0, "a", True)
    assert (second.index, second.item, second.ok) == (1, None, False)


def test_until_then_the_ticket_stands_for_them() -> None:
    empty = Chunk(
        start=0,
        items=("t1",),
        encoded=EncodedItems(),
        positions=(0,),
        refused={},
        ticket="t1",
        is_open=True,
    )
    (only,) = play([empty], script(reply(404)), KEYED).outcomes
    assert isinstance(only, Unknown)
    assert (only.item, only.ticket) == ("t1", "t1")
