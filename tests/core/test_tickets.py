"""Following tickets: what the answers mean, and when asking ends."""

from __future__ import annotations

import pytest

from batchkit._core.effects import Phase, Request, Response
from batchkit.exceptions import (
    AuthenticationError,
    DeadlineExceededError,
    RateLimitedError,
    TransportError,
)
from batchkit.options import Pace, PollPolicy, RetryPolicy
from batchkit.outcomes import Unknown
from tests.core.toy import (
    BAD,
    KEYED,
    STOPPING,
    carried,
    cut,
    failure,
    kinds,
    play,
    reply,
    rules,
    script,
    simulate,
)
from tests.simulator import Answer

TICKET = reply(200, {"ticket": "t1"})
RUNNING = reply(200, {"finished": False})


def done(*codes: object, start: int = 0) -> Response:
    answers = {f"id-{start + place}": code for place, code in enumerate(codes) if code != "?"}
    return reply(200, {"finished": True, "answers": answers})


def told(*codes: object, **more: object) -> list[str]:
    """What becomes of items 1, 3, 5…, which must not run twice, by the ticket's results."""
    items = range(1, 2 * len(codes), 2)
    vendor = script(TICKET, done(*codes), failure(Phase.CONNECTING))
    return kinds(play(cut(items), vendor, KEYED, **more).outcomes)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (200, "Succeeded"),
        (404, "Rejected"),
        (409, "Rejected"),
        (429, "Unsent"),
        (500, "Unknown"),
        (503, "Unknown"),
        (302, "Unknown"),
        ("?", "Unknown"),
        ("CONTRADICTION", "Unknown"),
        ("NOT_EXECUTED", "Unsent"),
    ],
)
def test_an_entry_is_ruled_on_by_its_own_result(code: object, kind: str) -> None:
    assert told(200, code) == ["Succeeded", kind]


def test_an_entry_without_a_result_is_unknown_with_its_ticket() -> None:
    _, missing = play(cut([1, 3]), script(TICKET, done(200)), KEYED).outcomes
    assert missing == Unknown(
        index=1,
        item=3,
        reason="the vendor's answer has no result for this item",
        ticket="t1",
    )


def test_the_vendors_words_are_the_reason_of_a_rejection() -> None:
    _, rejected = play(cut([1, 3]), script(TICKET, done(200, [422, "bad sku"])), KEYED).outcomes
    assert str(rejected) == "rejected by the vendor: bad sku"


def test_an_entry_that_may_be_repeated_goes_again_after_an_error_of_its_own() -> None:
    played = play(cut([1, 2]), script(TICKET, done(200, 500), TICKET, done("?", 200)), KEYED)
    assert [carried(sent.request.body) for sent in played.posts] == [[1, 2], [2]]
    assert kinds(played.outcomes) == ["Succeeded", "Succeeded"]


def test_an_entry_that_was_run_is_unknown_when_its_repeats_are_refused() -> None:
    played = play(cut([2]), script(TICKET, done(500), TICKET, done(404)), KEYED)
    assert kinds(played.outcomes) == ["Unknown"]


def test_what_a_later_item_has_overtaken_does_not_go_again() -> None:
    vendor = script(TICKET, done(429, 200, 429), TICKET, done("?", "?", 200))
    first, second, third = play(cut([2, 2, 4]), vendor, KEYED).outcomes
    assert kinds([first, second, third]) == ["Unsent", "Succeeded", "Succeeded"]
    assert "A later item changed the same thing" in str(first)


def test_what_was_run_and_overtaken_is_unknown() -> None:
    vendor = script(TICKET, done(500, 200))
    assert kinds(play(cut([2, 2]), vendor, KEYED).outcomes) == ["Unknown", "Succeeded"]


@pytest.mark.parametrize("code", [401, 403])
def test_a_credential_refused_for_one_entry_stops_the_run(code: int) -> None:
    played = play(cut([1, 3, 5], size=2), script(TICKET, done(200, code)), KEYED)
    assert kinds(played.outcomes) == ["Succeeded", "Unsent", "Unsent"]
    assert played.stop is not None
    assert played.stop.error is AuthenticationError
    assert len(played.posts) == 1


@pytest.mark.parametrize("status", [400, 404])
def test_a_ticket_that_is_gone_leaves_its_entries_unknown_and_the_run_goes_on(
    status: int,
) -> None:
    vendor = script(TICKET, reply(status, "what ticket?"), TICKET, done(200, start=2))
    played = play(cut([1, 3, 5], size=2), vendor, KEYED)
    assert kinds(played.outcomes) == ["Unknown", "Unknown", "Succeeded"]
    assert played.stop is None
    assert str(played.outcomes[0]) == (
        "unknown: The vendor does not know the ticket any more: "
        f'Toy answered {status} ("what ticket?"). (ticket t1)'
    )


@pytest.mark.parametrize("status", [401, 403, 302, 405])
def test_a_question_that_is_refused_stops_the_run_with_the_ticket_unknown(status: int) -> None:
    played = play(cut([1, 3, 5], size=2), script(TICKET, reply(status)), KEYED)
    assert kinds(played.outcomes) == ["Unknown", "Unknown", "Unsent"]
    assert played.stop is not None
    assert [ticket.ticket for ticket in played.accounts[0].tickets] == ["t1"]


def test_an_untrusted_certificate_stops_the_asking() -> None:
    final = failure(Phase.CONNECTING)
    final = type(final)(phase=final.phase, reason="not trusted", final=True)
    played = play(cut([1]), script(TICKET, final), KEYED)
    assert kinds(played.outcomes) == ["Unknown"]
    assert played.stop is not None
    assert played.stop.error is TransportError


@pytest.mark.parametrize(
    "trouble",
    [
        reply(500),
        reply(429),
        reply(200, "?"),
        failure(),
        failure(Phase.CONNECTING),
        Response(status=200, headers={}, body=b"", complete=False),
    ],
)
def test_trouble_with_a_question_is_asked_away(trouble: Response) -> None:
    played = play(cut([1]), script(TICKET, trouble, RUNNING, trouble, done(200)), KEYED)
    assert kinds(played.outcomes) == ["Succeeded"]
    assert played.report.polls == 4


def test_trouble_that_does_not_end_leaves_the_ticket_unknown() -> None:
    retry = rules(retry=RetryPolicy(attempts=3))
    played = play(cut([1]), script(TICKET, RUNNING, reply(200, "?")), KEYED, rules=retry)
    assert str(played.outcomes[0]) == (
        "unknown: The ticket could not be asked about: the answer about the ticket cannot be read."
        " (ticket t1)"
    )
    assert played.report.polls == 4
    assert played.stop is None


def test_an_answer_about_a_ticket_that_broke_off_says_so() -> None:
    broken = Response(status=200, headers={}, body=b"", complete=False)
    played = play(cut([1]), script(TICKET, broken), KEYED)
    assert "the answer about the ticket broke off" in str(played.outcomes[0])


def test_told_to_wait_too_long_before_the_next_question_ends_the_run() -> None:
    played = play(cut([1, 3], size=1), script(TICKET, reply(429, retry_after="9999")), KEYED)
    assert kinds(played.outcomes) == ["Unknown", "Unsent"]
    assert played.stop is not None
    assert played.stop.error is RateLimitedError


def test_everybody_waits_when_a_question_is_told_to() -> None:
    vendor = script(TICKET, reply(429, retry_after="100"), done(200))
    played = play(cut([1]), vendor, KEYED)
    assert played.polls[1].began - played.polls[0].ended >= 100


def test_a_ticket_without_progress_ends_the_wait() -> None:
    played = play(cut([1, 3], size=1), script(TICKET, RUNNING), KEYED)
    assert kinds(played.outcomes) == ["Unknown", "Unsent"]
    assert played.stop is not None
    error = played.stop.raises(played.report)
    assert isinstance(error, DeadlineExceededError)
    assert "ticket t1 made no progress for 900 s (stall_timeout)" in str(error)
    assert 900 <= played.now <= 920


def test_the_stall_clock_starts_again_with_every_progress() -> None:
    def vendor(request: Request, now: float) -> Answer:
        if request.method == "POST":
            return 0.1, TICKET
        state = {"finished": False, "completed": int(now // 800), "total": 100}
        return 0.1, done(200) if now > 5000 else reply(200, state)

    assert kinds(play(cut([1]), vendor, KEYED).outcomes) == ["Succeeded"]


def test_a_queued_ticket_that_starts_has_made_progress() -> None:
    def vendor(request: Request, now: float) -> Answer:
        if request.method == "POST":
            return 0.1, TICKET
        return 0.1, done(200) if now > 1500 else reply(200, {"finished": False, "started": now > 800})

    assert kinds(play(cut([1]), vendor, KEYED).outcomes) == ["Succeeded"]


def test_after_a_long_pause_a_ticket_is_asked_about_before_it_is_given_up() -> None:
    vendor = script(TICKET, RUNNING, reply(429, retry_after="1000"), done(200))
    assert kinds(play(cut([1]), vendor, KEYED).outcomes) == ["Succeeded"]


def test_trouble_is_no_progress() -> None:
    often = rules(retry=RetryPolicy(attempts=10**6), poll=PollPolicy(stall_timeout=60))
    played = play(cut([1]), script(TICKET, reply(500)), KEYED, rules=often)
    assert kinds(played.outcomes) == ["Unknown"]
    assert played.stop is not None
    assert 60 <= played.now <= 95


def test_chunks_of_an_ordered_operation_go_one_at_a_time() -> None:
    played = play(
        cut(range(1, 9, 2), size=2),
        script(TICKET, RUNNING, done(200, 200), TICKET, done(200, 200, start=2)),
        KEYED,
        in_flight=4,
    )
    assert [sent.request.method for sent in played.requests] == "POST GET GET POST GET".split()
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
    assert kinds(played.outcomes) == ["Rejected"]
    assert played.report.requests == 2


class TestKnownTickets:
    """Chunks that were submitted by an earlier call."""

    CHUNKS = [  # noqa: RUF012 - never changed
        type(chunk)(
            start=chunk.start,
            items=chunk.items,
            pieces=chunk.pieces,
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
            simulator.run.feed(chunk, 0.0)
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


def test_a_deadline_leaves_the_ticket_unknown_and_is_kept() -> None:
    played = play(cut([1, 3], size=1), script(TICKET, RUNNING), KEYED, deadline=33.0)
    assert kinds(played.outcomes) == ["Unknown", "Unsent"]
    assert played.now == 33.0
    assert played.stop is not None
    assert played.stop.error is DeadlineExceededError


def test_questions_keep_to_the_pace_too() -> None:
    played = play(cut([1]), script(TICKET, *[RUNNING] * 9, done(200)), KEYED, pace=Pace(
        requests=2, per=60
    ))
    begun = [sent.began for sent in played.requests]
    assert all(late - early >= 60 for early, late in zip(begun, begun[2:], strict=False))
