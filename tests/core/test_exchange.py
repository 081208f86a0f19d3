"""One chunk's conversation: what goes again, under which key, and what is divided."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from batchkit._core.effects import Failure, Go, Phase, Record, Request, Send, Turn
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.operations import ItemAnswer, PerItem, Unreadable
from batchkit._core.rulings import State
from batchkit.exceptions import (
    AuthenticationError,
    ContractError,
    NotFoundError,
    TransportError,
    VendorError,
)
from batchkit.options import RetryPolicy
from batchkit.outcomes import Rejected
from tests.core.toy import (
    BAD,
    CONVERGES,
    DUPLICATES,
    KEYED,
    TAKEN,
    carried,
    cut,
    kinds,
    play,
    reply,
    rules,
    script,
)
from tests.simulator import Answer

TICKET = reply(200, {"ticket": "t1"})
DONE = reply(200, {"finished": True, "answers": {"id-0": 200}})


def test_the_intent_is_recorded_after_the_turn_and_before_the_send() -> None:
    exchange = Exchange(cut([1, BAD, 2])[0], KEYED, rules())
    flow = exchange.flow()
    assert flow.send(None) == Turn()
    assert flow.send(Go(5.0)) == Record(state=State.INTENT, positions=(0, 2), key="k1")
    send = flow.send(None)
    assert send == Send(request=Request(method="POST", path="/jobs?key=k1", body=b"[1,2]"), items=2)


def test_everything_taken_is_accepted_with_the_status() -> None:
    played = play(cut([1, 2]), script(reply(201, "taken")))
    assert [(type(each).__name__, each.code) for each in played.outcomes if each.ok] == [
        ("Accepted", 201),
        ("Accepted", 201),
    ]


def test_everything_done_is_succeeded() -> None:
    assert kinds(play(cut([1]), script(reply(200, "done"))).outcomes) == ["Succeeded"]


def test_an_unreadable_answer_leaves_everything_unknown() -> None:
    (outcome,) = play(cut([1]), script(reply(200, "<html>"))).outcomes
    assert str(outcome) == "unknown: the answer cannot be read"


@pytest.mark.parametrize("resends", [0, 1, 2])
def test_a_keyed_request_that_is_never_understood_ends_the_run(resends: int) -> None:
    """It goes again under its key as often as its reading says; nothing after it is sent."""
    cannot = Unreadable("the answer is odd", resends=resends)
    operation = attrs.evolve(KEYED, read=lambda response, items: cannot)
    played = play(cut([1, 2, 3], size=2), script(reply(200)), operation)
    assert {sent.request.path for sent in played.requests} == {"/jobs?key=k1"}
    assert len(played.requests) == 1 + resends
    assert kinds(played.outcomes) == ["Unknown", "Unknown", "Unsent"]
    assert played.stop is not None
    assert played.stop.error is ContractError
    assert "the answer is odd" in played.stop.message


def test_a_keyed_request_that_is_understood_in_the_end_goes_on() -> None:
    replies = script(reply(200, "?"), reply(200, "?"), TICKET, DONE)
    played = play(cut([1]), replies, KEYED)
    assert kinds(played.outcomes) == ["Succeeded"]
    assert len(played.posts) == 3


def test_the_items_that_the_vendor_asks_for_again_go_alone() -> None:
    vendor = script(reply(200, [200, 429, 500, 404]), reply(200, [200, 200]))
    played = play(cut([5, 6, 7, 8]), vendor, DUPLICATES)
    assert [carried(sent.request.body) for sent in played.requests] == [[5, 6, 7, 8], [6, 7]]
    assert kinds(played.outcomes) == ["Succeeded", "Succeeded", "Succeeded", "Rejected"]
    assert played.report.highest_code == 500


def test_items_that_are_never_taken_end_unsent() -> None:
    played = play(cut([5]), script(reply(200, [503])), DUPLICATES)
    assert str(played.outcomes[0]) == (
        "unsent: Given up after 6 attempts; the last time, the vendor asked for these items again."
    )


def test_one_attempt_is_called_by_its_name() -> None:
    once = rules(retry=RetryPolicy(attempts=1))
    limited = reply(429, "slow down", x_error_code="E7")
    (outcome,) = play(cut([1]), script(limited), rules=once).outcomes
    assert str(outcome) == (
        'unsent: Given up after 1 attempt; the last time, Toy answered 429 (E7: "slow down").'
    )


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ([404, "no such sku"], "Rejected", "no such sku"),
        (404, "Rejected", "Toy answered 404 for this item."),
        (302, "Unknown", "Toy answered 302 for this item."),
        ([302, "moved"], "Unknown", "Toy answered 302 for this item (moved)."),
        ("CONTRADICTION", "Unknown", "The results contradict each other."),
    ],
)
def test_an_item_is_ruled_on_by_its_own_answer(answer: object, kind: str, words: str) -> None:
    fine, other = play(cut([1, 2]), script(reply(200, [200, answer])), DUPLICATES).outcomes
    assert kinds([fine, other]) == ["Succeeded", kind]
    assert words in str(other)


def test_what_the_vendor_gave_for_an_item_is_its_value() -> None:
    vendor = script(reply(200, [[201, "", {"id": 7}], 201, [404, "no", {"x": 1}]]))
    with_value, without, rejected = play(cut([1, 2, 3]), vendor, DUPLICATES).outcomes
    assert (with_value.value, without.value) == ({"id": 7}, None)
    assert kinds([rejected]) == ["Rejected"]


def test_results_that_are_too_few_are_never_paired_with_items() -> None:
    few = attrs.evolve(DUPLICATES, read=lambda response, items: PerItem([ItemAnswer(200)]))
    played = play(cut(range(3)), script(TAKEN), few)
    assert kinds(played.outcomes)[1:] == ["Unknown", "Unknown"]
    assert isinstance(played.run.failure, ValueError)


@pytest.mark.parametrize("code", [401, 403])
def test_a_credential_refused_for_one_item_stops_the_run(code: int) -> None:
    vendor = script(reply(200, [200, [code, "expired"], 429]))
    played = play(cut(range(6), size=3), vendor, DUPLICATES, in_flight=1)
    assert kinds(played.outcomes) == ["Succeeded", *["Unsent"] * 5]
    assert str(played.outcomes[1]) == f"unsent: Toy answered {code} for this item (expired)."
    assert len(played.requests) == 1
    assert played.stop is not None
    error = played.stop.raises(played.report)
    assert isinstance(error, AuthenticationError)
    assert error.status == code
    assert "(expired)" in str(error)


def test_strict_items_are_held_after_an_error_of_their_own() -> None:
    vendor = script(reply(200, [200, 500]))
    played = play(cut([1, 2]), vendor, DUPLICATES, rules=rules(strict_items=True))
    assert kinds(played.outcomes) == ["Succeeded", "Unknown"]
    assert len(played.requests) == 1


@pytest.mark.parametrize("operation", [DUPLICATES, CONVERGES])
def test_strict_items_go_again_where_that_is_safe_or_chosen(operation: Any) -> None:
    vendor = script(reply(200, [200, 500]), reply(200, [404]))
    strictly = rules(strict_items=True, resend_in_doubt=operation is DUPLICATES)
    played = play(cut([1, 2]), vendor, operation, rules=strictly)
    assert len(played.requests) == 2
    assert kinds(played.outcomes) == ["Succeeded", "Unknown"]  # it may have been the first time


@pytest.mark.parametrize(
    ("status", "error", "advice"),
    [
        (401, AuthenticationError, "Check the credential."),
        (403, AuthenticationError, "allowed to do"),
        (404, NotFoundError, "base URL"),
        (402, VendorError, "plan"),
        (302, VendorError, "set `base_url`"),
        (415, VendorError, "Nothing of it was taken."),
    ],
)
def test_a_refusal_of_the_call_stops_the_run_at_the_first_answer(
    status: int, error: type[VendorError], advice: str
) -> None:
    vendor = script(reply(status, "no", x_error_code="E7", x_request_id="r9"))
    played = play(cut(range(9), size=3), vendor, in_flight=1)
    assert len(played.requests) == 1
    assert set(kinds(played.outcomes)) == {"Unsent"}
    assert played.stop is not None
    raised = played.stop.raises(played.report)
    assert type(raised) is error
    assert (raised.status, raised.code, raised.request_id) == (status, "E7", "r9")
    assert raised.body == '"no"'
    assert f'Toy answered {status} to `things` (E7: "no")' in str(raised)
    assert advice in str(raised)


def test_a_long_error_body_is_cut_short() -> None:
    played = play(cut([1]), script(reply(401, "é" * 9000)))
    assert played.stop is not None
    error = played.stop.raises(played.report)
    assert isinstance(error, VendorError)
    assert len(error.body) <= 500


def test_an_answer_that_broke_off_is_described_by_its_status() -> None:
    broken = attrs.evolve(reply(400, "half of"), complete=False)
    (outcome,) = play(cut([1]), script(broken)).outcomes
    assert str(outcome) == "rejected by the vendor: Toy answered 400."


def test_a_failure_that_no_repeat_cures_stops_the_run_unreached() -> None:
    final = Failure(phase=Phase.CONNECTING, reason="the certificate is not trusted", final=True)
    played = play(cut([1]), script(final))
    assert played.stop is not None
    assert played.stop.error is TransportError
    assert "Toy could not be reached: the certificate is not trusted." in played.stop.message
    assert len(played.requests) == 1


def test_a_request_that_is_too_large_goes_in_halves() -> None:
    def vendor(request: Request, now: float) -> Answer:
        return 0.1, TAKEN if len(carried(request.body)) <= 3 else reply(413)

    played = play(cut(range(10)), vendor)
    assert kinds(played.outcomes) == ["Accepted"] * 10
    assert [len(carried(sent.request.body)) for sent in played.requests] == [10, 5, 2, 3, 5, 2, 3]


def test_one_item_that_is_too_large_is_rejected() -> None:
    (outcome,) = play(cut([1]), script(reply(413))).outcomes
    assert str(outcome) == "rejected by the vendor: Toy answered 413."
    assert isinstance(outcome, Rejected)
    assert outcome.code == 413
