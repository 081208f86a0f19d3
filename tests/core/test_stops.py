"""Why a call cannot go on is told in whole sentences, with the way out."""

from __future__ import annotations

from typing import Any

import pytest

from batchkit._core.effects import Response
from batchkit._core.meaning import stops
from batchkit._core.operations import Complaint, ItemAnswer, Trouble
from batchkit._core.rulings import Abort
from batchkit.exceptions import (
    AuthenticationError,
    BatchkitError,
    ContractError,
    DeadlineExceededError,
    JournalError,
    RateLimitedError,
    TransportError,
    VendorError,
)
from batchkit.outcomes import Report
from tests.core.toy import CONVERGES, complain, reply


def raised(stop: Abort) -> BatchkitError:
    return stop.raises(Report())


def refusal(response: Response, complaint: Complaint | None = None) -> VendorError:
    error = raised(stops.refused(CONVERGES, response, complaint or Complaint()))
    assert isinstance(error, VendorError)
    return error


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (299, "Nothing of it was taken."),
        (300, "A redirect is never followed; set `base_url` to the address that answers itself."),
        (399, "A redirect is never followed; set `base_url` to the address that answers itself."),
        (400, "Nothing of it was taken."),
        (401, "Check the credential."),
        (402, "Check what the account's plan includes."),
        (403, "Check the credential and what it is allowed to do."),
        (404, "Check the account, instance or store, and the base URL."),
    ],
)
def test_a_refusal_says_what_to_look_at(status: int, advice: str) -> None:
    assert str(refusal(reply(status))) == f"Toy answered {status} to `things`. {advice}"


@pytest.mark.parametrize(
    ("complaint", "words"),
    [
        (Complaint("no", "E7"), "E7: no"),
        (Complaint("no"), "no"),
        (Complaint("", "E7"), "E7"),
    ],
)
def test_a_refusal_repeats_the_vendors_words(complaint: Complaint, words: str) -> None:
    assert f"to `things` ({words})." in str(refusal(reply(415), complaint))


def test_a_body_that_is_no_text_is_shown_as_far_as_it_can_be() -> None:
    error = refusal(Response(status=415, headers={}, body=b"\xff" * 9000))
    assert error.body == "\ufffd" * 500


def test_the_vendors_name_for_the_request_is_told() -> None:
    named = Response(status=415, headers={"x-request-id": "r9"}, body=b"")
    assert refusal(named).request_id == "r9"


def test_nothing_is_told_of_a_request_that_the_vendor_gave_no_name() -> None:
    assert refusal(reply(415)).request_id is None


def test_a_credential_that_is_refused_for_an_item_is_to_be_looked_at() -> None:
    error = raised(stops.item_refused(CONVERGES, ItemAnswer(401, "expired")))
    assert isinstance(error, AuthenticationError)
    assert error.status == 401
    assert str(error) == (
        "Toy answered 401 for an item of `things` (expired). "
        "Check the credential and what it is allowed to do."
    )


def test_a_wait_that_is_too_long_is_told_with_its_limit() -> None:
    response = reply(429, "slow down", x_request_id="r9")
    error = raised(stops.rate_limited(CONVERGES, response, complain(response), 4000.5, 3700.0))
    assert isinstance(error, RateLimitedError)
    assert (error.status, error.retry_after) == (429, 4000.5)
    assert (error.request_id, error.body) == ("r9", '"slow down"')
    assert str(error) == (
        "Toy asks to wait 4000.5 s before the next `things`; "
        "max_retry_after is 3700 s. Run again after that."
    )


def test_a_pace_that_takes_too_long_is_told_with_its_limit() -> None:
    error = raised(stops.paced_out("Toy", "things", 4000.4, 3700.0))
    assert isinstance(error, RateLimitedError)
    assert (error.status, error.retry_after) == (None, 4000.4)
    assert "the next `things` go to Toy in 4000 s; max_retry_after is 3700 s." in str(error)


@pytest.mark.parametrize(
    ("trouble", "status"),
    [
        (Trouble.THROTTLED, 429),
        (Trouble.QUOTA_SPENT, 429),
        (Trouble.TRANSIENT, None),
        (Trouble.CONTENDED, None),
    ],
)
def test_an_outage_that_lasts_is_told_with_its_kind(trouble: Trouble, status: int | None) -> None:
    error = raised(stops.outage_lasts("Toy", "things", trouble, 3800.4, 3700.0))
    assert isinstance(error, RateLimitedError)
    assert (error.status, error.retry_after) == (status, 3700.0)
    assert str(error) == (
        f"For 3800 s no `things` got through to Toy ({trouble.value}), and the next try would "
        "come after more than max_retry_after, 3700 s. Run again later."
    )


@pytest.mark.parametrize(
    ("stop", "error", "message"),
    [
        (
            stops.unreachable("Toy", "no such host"),
            TransportError,
            "Toy could not be reached: no such host. Check the network and the base URL.",
        ),
        (
            stops.unanswered("Toy", "no answer came"),
            TransportError,
            "Toy gave no answer: no answer came. Check the network and the base URL.",
        ),
        (
            stops.cut_short("Toy"),
            ContractError,
            "Toy's answer broke off, or was too large to be read.",
        ),
        (
            stops.past_deadline(2.5),
            DeadlineExceededError,
            "The deadline of 2.5 s ended the run before all items were settled.",
        ),
    ],
)
def test_an_end_without_an_answer_is_told(stop: Abort, error: Any, message: str) -> None:
    assert type(raised(stop)) is error
    assert stop.message == message


@pytest.mark.parametrize(
    ("stop", "error", "words"),
    [
        (
            stops.unreadable(CONVERGES, "it is\nodd"),
            ContractError,
            "Toy says yes to `things` in a way that cannot be read, and did so again under",
        ),
        (
            stops.web_pages("Toy", "things"),
            ContractError,
            "Two requests to `things` in a row were answered by a web page, which Toy does not",
        ),
        (
            stops.changed(1000, 500),
            JournalError,
            "The items from 1,000 to 1,499 are not the ones that the journal",
        ),
        (
            stops.stalled("Toy", "t1", 900.0),
            DeadlineExceededError,
            "Toy's ticket t1 made no progress for 900 s (stall_timeout). It may still finish",
        ),
    ],
)
def test_an_end_by_what_was_answered_is_told(stop: Abort, error: Any, words: str) -> None:
    assert type(raised(stop)) is error
    assert stop.message.startswith(words)


def test_what_cannot_be_read_is_told_in_one_line() -> None:
    message = stops.unreadable(CONVERGES, "it is\nodd").message
    assert "the same key: it is\\nodd. Look at" in message
