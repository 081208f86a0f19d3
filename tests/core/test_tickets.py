"""Following tickets: what the answers mean, and when asking ends."""

from __future__ import annotations

import pytest

from batchkit._core.effects import Phase, Request, Response
from batchkit._core.run.throttle import Throttle
from batchkit.exceptions import (
    AuthenticationError,
    DeadlineExceededError,
    RateLimitedError,
    TransportError,
)
from batchkit.options import PollPolicy, RetryPolicy
from batchkit.outcomes import Unknown
from tests.core.toy import (
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


def test_entries_that_a_ticket_leaves_undone_each_time_are_unsent_in_the_end() -> None:
    once = rules(retry=RetryPolicy(attempts=1))
    (outcome,) = play(cut([2]), script(TICKET, done(429)), KEYED, rules=once).outcomes
    assert str(outcome) == (
        "unsent: Given up after 1 attempt; the last time, the ticket left these items undone."
    )


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


def test_an_entry_that_the_vendor_did_not_try_ends_nothing() -> None:
    played = play(cut([1, 3]), script(TICKET, done(200, "NOT_EXECUTED")), KEYED)
    assert str(played.outcomes[1]) == "unsent: The vendor did not try it."
    assert played.stop is None


def test_an_entry_that_is_asked_for_again_is_unsent_where_the_vendor_stops_at_a_failure() -> None:
    limited, after = play(cut([2, 4]), script(TICKET, done(429, "NOT_EXECUTED")), STOPPING).outcomes
    assert str(limited) == "unsent: Toy answered 429 for this item."
    assert str(after) == "skipped: The vendor did not try it."


@pytest.mark.parametrize("code", [401, 403])
def test_a_credential_refused_for_one_entry_stops_the_run(code: int) -> None:
    played = play(cut([1, 3, 5], size=2), script(TICKET, done(200, code)), KEYED)
    assert kinds(played.outcomes) == ["Succeeded", "Unsent", "Unsent"]
    assert str(played.outcomes[1]) == f"unsent: Toy answered {code} for this item."
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


@pytest.mark.parametrize("status", [300, 302, 401, 403, 405])
def test_a_question_that_is_refused_stops_the_run_with_the_ticket_unknown(status: int) -> None:
    played = play(cut([1, 3, 5], size=2), script(TICKET, reply(status)), KEYED)
    assert kinds(played.outcomes) == ["Unknown", "Unknown", "Unsent"]
    assert played.stop is not None
    assert [ticket.ticket for ticket in played.accounts[0].tickets] == ["t1"]


@pytest.mark.parametrize("status", [300, 500])
def test_a_state_beside_a_status_that_is_no_success_is_not_believed(status: int) -> None:
    state = {"finished": True, "answers": {"id-0": 200}}
    played = play(cut([1]), script(TICKET, reply(status, state)), KEYED)
    assert kinds(played.outcomes) == ["Unknown"]


def test_an_untrusted_certificate_stops_the_asking() -> None:
    final = failure(Phase.CONNECTING)
    final = type(final)(phase=final.phase, reason="not trusted", final=True)
    played = play(cut([1]), script(TICKET, final), KEYED)
    assert played.stop is not None
    assert played.stop.error is TransportError
    assert "not trusted" in played.stop.message
    assert str(played.outcomes[0]) == f"unknown: {played.stop.message} (ticket t1)"


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


def test_every_readable_answer_gives_new_attempts() -> None:
    trouble = [reply(500)] * 2
    vendor = script(TICKET, *trouble, RUNNING, *trouble, RUNNING, *trouble, done(200))
    retry = rules(retry=RetryPolicy(attempts=3))
    assert kinds(play(cut([1]), vendor, KEYED, rules=retry).outcomes) == ["Succeeded"]


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
    assert str(played.outcomes[0]) == (
        "unknown: The ticket could not be asked about: the answer about the ticket broke off."
        " (ticket t1)"
    )


def test_told_to_wait_too_long_before_the_next_question_ends_the_run() -> None:
    played = play(cut([1, 3], size=1), script(TICKET, reply(429, retry_after="9999")), KEYED)
    assert kinds(played.outcomes) == ["Unknown", "Unsent"]
    assert played.stop is not None
    assert played.stop.error is RateLimitedError


def test_everybody_waits_when_a_question_is_told_to() -> None:
    throttle, free_at = Throttle(), list[float]()
    vendor = script(TICKET, reply(429, retry_after="100"), done(200))
    simulator = simulate(cut([1]), vendor, KEYED, throttle=throttle)
    simulator.at(10.0, lambda: free_at.append(throttle.free_at(10.0)))
    asked, again = simulator.play().polls
    assert again.began >= free_at[0] >= asked.ended + 100


def test_a_call_that_is_left_leaves_its_ticket_to_be_asked_about_later() -> None:
    simulator = simulate(cut([1, 3]), script(TICKET, RUNNING), KEYED)
    simulator.at(30.0, simulator.leave)
    played = simulator.play()
    assert [str(outcome) for outcome in played.outcomes] == [
        "unknown: The caller left. (ticket t1)",
        "unknown: The caller left. (ticket t1)",
    ]
    assert [(each.ticket, list(each.positions)) for each in played.accounts[0].tickets] == [
        ("t1", [0, 1])
    ]
    assert played.run.failure is None


def test_the_wait_for_the_next_question_may_last_beyond_the_deadline() -> None:
    """It is the ticket's own; a retry that would outlast the deadline is not begun."""
    patient = rules(poll=PollPolicy(initial=20.0, factor=4.0, maximum=100.0))
    played = play(cut([1]), script(TICKET, RUNNING), KEYED, rules=patient, deadline=50.0)
    assert played.stop is not None
    assert played.stop.error is DeadlineExceededError
    assert played.now == 50.0


def test_a_ticket_without_progress_ends_the_wait() -> None:
    played = play(cut([1, 3], size=1), script(TICKET, RUNNING), KEYED)
    assert kinds(played.outcomes) == ["Unknown", "Unsent"]
    assert played.stop is not None
    error = played.stop.raises(played.report)
    assert isinstance(error, DeadlineExceededError)
    assert "Toy's ticket t1 made no progress for 900 s (stall_timeout)" in str(error)
    first, _ = played.outcomes
    assert "ticket t1 made no progress for 900 s" in first.reason
    assert [(each.ticket, list(each.positions)) for each in played.accounts[0].tickets] == [
        ("t1", [0])
    ]
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
        return 0.1, done(200) if now > 1500 else reply(
            200, {"finished": False, "started": now > 800}
        )

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
