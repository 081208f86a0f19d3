"""An outcome names the vendor's id of the answer that decided it, in all three colours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from batchkit import Accepted, Journal, Limits, Rejected, RetryPolicy, Succeeded, Unknown, Unsent
from tests.contract.colours import COLOURS, Colour, Played, Scene, answer, people, queries

pytestmark = pytest.mark.parametrize("colour", COLOURS)
ONE: dict[str, Any] = {"max_in_flight": 1, "retry": RetryPolicy(attempts=2)}


def drip(colour: Colour, *answers: Any, number: int = 1, **more: Any) -> Played:
    options = {**ONE, **more.pop("options", {})}
    more = {"streamed": True, "items": lambda: people(number), **more}
    return Scene(answers=answers, options=options, **more).play(colour)


def ecwid(colour: Colour, *answers: Any, **more: Any) -> Played:
    items = [{"method": "PUT", "path": f"/products/{name}", "id": name} for name in "ab"]
    more = {"streamed": True, **more}
    more = {"vendor": "Ecwid", "endpoint": "batches", "items": lambda: items, **more}
    return Scene(answers=answers, options=ONE, **more).play(colour)


def ids(played: Played) -> list[tuple[type, str | None]]:
    return [(type(each), each.request_id) for each in played.outcomes]


@pytest.mark.parametrize("header", ["x_request_id", "x_amzn_requestid"])
def test_each_header_that_the_vendor_uses_is_read(colour: Colour, header: str) -> None:
    assert ids(drip(colour, answer(201, **{header: "r-1"}))) == [(Accepted, "r-1")]


def test_the_header_of_another_vendor_is_not(colour: Colour) -> None:
    played = ecwid(colour, answer(400, x_amzn_requestid="r-1", x_ecwid_api_request_id="r-2"))
    assert {request_id for _, request_id in ids(played)} == {"r-2"}


def test_it_is_that_of_the_last_answer(colour: Colour) -> None:
    again, taken = answer(503, x_request_id="r-1"), answer(201, x_request_id="r-2")
    assert ids(drip(colour, again, taken)) == [(Accepted, "r-2")]


def test_a_vendor_that_gives_none(colour: Colour) -> None:
    assert ids(drip(colour, answer(201))) == [(Accepted, None)]


def test_a_refused_request(colour: Colour) -> None:
    played = drip(colour, answer(400, x_request_id="r-1"))
    assert ids(played) == [(Rejected, "r-1")]


def test_a_run_that_stops(colour: Colour) -> None:
    played = drip(
        colour,
        answer(401, x_request_id="r-1"),
        number=2,
        options={"limits": Limits(max_items=1)},
        streamed=False,
        read_first=2,
    )
    first, later = played.report.problems
    assert (first.request_id, later.request_id) == ("r-1", None)  # of the later nothing was sent


def test_attempts_that_run_out(colour: Colour) -> None:
    played = drip(colour, answer(429, x_request_id="r-1"), answer(429, x_request_id="r-2"))
    assert ids(played) == [(Unsent, "r-2")]


def test_a_wait_that_is_too_long(colour: Colour) -> None:
    played = drip(colour, answer(429, retry_after=9999, x_request_id="r-1"), streamed=False)
    assert [each.request_id for each in played.report.problems] == ["r-1"]


def test_a_failure_after_an_answer_has_none(colour: Colour) -> None:
    lost = httpx.ReadTimeout("late")
    assert ids(drip(colour, answer(500, x_request_id="r-1"), lost)) == [(Unknown, None)]


def test_a_yes_that_cannot_be_read(colour: Colour) -> None:
    page = answer(200, b"<html>", content_type="text/html", x_request_id="r-1")
    assert ids(drip(colour, page)) == [(Unknown, "r-1")]


def test_what_the_client_refuses_has_none(colour: Colour) -> None:
    played = drip(colour, answer(201, x_request_id="r-1"), items=lambda: [*people(1), 7])
    assert ids(played) == [(Accepted, "r-1"), (Rejected, None)]


def test_the_items_of_one_answer_share_it(colour: Colour) -> None:
    told = [{"code": 200}, {"code": 400}, {"code": 200}]
    played = Scene(
        vendor="EmpathyTagging",
        endpoint="query",
        items=lambda: queries(3),
        answers=[answer(400, told, x_amzn_requestid="r-1")],
        options=ONE,
        streamed=True,
    ).play(colour)
    assert ids(played) == [(Succeeded, "r-1"), (Rejected, "r-1"), (Succeeded, "r-1")]


def test_an_entry_of_a_ticket_has_that_of_the_answer_about_it(colour: Colour) -> None:
    done = [
        {"id": "a", "status": "COMPLETED", "httpStatusCode": 200},
        {"id": "b", "status": "FAILED", "httpStatusCode": 404},
    ]
    played = ecwid(
        colour,
        answer(200, {"ticket": "t1"}, x_ecwid_api_request_id="r-1"),
        answer(200, {"status": "COMPLETED", "responses": done}, x_ecwid_api_request_id="r-2"),
    )
    assert ids(played) == [(Succeeded, "r-2"), (Rejected, "r-2")]


@pytest.mark.parametrize("status", [404, 401, 500])
def test_a_ticket_that_cannot_be_asked_about(colour: Colour, status: int) -> None:
    played = ecwid(
        colour,
        answer(200, {"ticket": "t1"}, x_request_id="r-1"),
        answer(status, x_request_id="r-2"),
        streamed=False,
    )
    assert [each.request_id for each in played.report.problems] == ["r-2", "r-2"]


def test_what_an_earlier_call_settled_has_none(colour: Colour, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.db")
    for told in ("r-1", None):
        played = drip(colour, answer(201, x_request_id="r-1"), call={"journal": journal})
        assert ids(played) == [(Accepted, told)]
    assert [each.request_id for each in journal.problems()] == []


def test_it_is_one_short_line(colour: Colour) -> None:
    reply = httpx.Response(201, headers={"x-request-id": b"r\xc2\x85" + b"r" * 600})
    [outcome] = drip(colour, reply).outcomes
    assert outcome.request_id is not None
    assert outcome.request_id.isprintable()
    assert len(outcome.request_id) <= 500


def test_it_is_no_part_of_what_an_outcome_is(colour: Colour) -> None:
    [outcome] = drip(colour, answer(201, x_request_id="r-1")).outcomes
    assert outcome == Accepted(index=0, item=people(1)[0], code=201)
    assert hash(attrs.evolve(outcome, item=None)) == hash(Accepted(index=0, item=None, code=201))
    assert "r-1" not in repr(outcome)
