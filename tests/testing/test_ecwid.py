"""The sandbox's Ecwid, from outside: one rule of the vendor's documents per test."""

from __future__ import annotations

from typing import Any

import pytest

from batchkit.testing import Response
from tests.testing.shop import HEADERS, NEW, Shop, answer

# -- who is let in


@pytest.mark.parametrize("authorization", [None, "Bearer ", "Bearer dead", "Basic c2VjcmV0"])
def test_a_missing_or_refused_token_is_403_with_an_empty_body(authorization: str | None) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    shop = Shop(refused_credentials={"dead"})
    assert shop.call("POST", headers=headers, value=[NEW]) == Response(403)


def test_an_unknown_store_is_404_with_a_code() -> None:
    shop = Shop(stores={"7"})
    assert shop.call("POST", "/7/batch", [NEW]).status == 200
    response = shop.call("POST", "/8/batch", [NEW])
    assert response.status == 404
    assert answer(response)["errorCode"] == "STORE_NOT_FOUND"


@pytest.mark.parametrize("path", ["/abc/batch", "/7/nothing", "/7/batch/x"])
def test_an_unknown_path_is_404(path: str) -> None:
    assert Shop().call("POST", path, [NEW]).status == 404


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/7/batch"), ("GET", "/7/batch/cancel-group")]
)
def test_a_wrong_method_is_405(method: str, path: str) -> None:
    response = Shop().call(method, path, groupId="g")
    assert response.status == 405
    assert answer(response)["errorCode"] == "METHOD_NOT_ALLOWED"


# -- creating


@pytest.mark.parametrize(
    ("media_type", "status"), [("text/json", 200), ("text/plain", 415), ("", 415)]
)
def test_a_batch_is_json(media_type: str, status: int) -> None:
    headers = {**HEADERS, "Content-Type": media_type}
    assert Shop().call("POST", headers=headers, value=[NEW]).status == status


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (b"[", "$"),
        ({"requests": [NEW]}, "$"),
        ([], "1 to 500"),
        ([NEW] * 501, "1 to 500"),
        ([7], "$[0]"),
        ([{**NEW, "id": 1}], "$[0].id"),
        ([NEW, {**NEW, "path": None}], "$[1].path"),
        ([{"path": "/profile"}], "$[0].method"),
        ([{**NEW, "method": "PATCH"}], "$[0].method"),
    ],
)
def test_a_wrong_body_is_400_and_names_the_place(value: object, named: str) -> None:
    shop = Shop()
    response = shop.call("POST", value=value)
    assert response.status == 400
    assert answer(response)["errorCode"] == "WRONG_PARAMETER"
    assert named in answer(response)["errorMessage"]
    shop.now = 1000.0
    assert shop.ledger.count() == 0


def test_five_hundred_entries_are_taken() -> None:
    shop = Shop()
    shop.submit(*[NEW] * 500)
    shop.now = 500.0
    assert shop.ledger.count("ecwid", "batches") == 500


@pytest.mark.parametrize("text", ["true", "yes", "on", "1", "false", "no", "off", "0"])
def test_flags_have_eight_spellings(text: str) -> None:
    Shop().submit(NEW, stopOnFirstFailure=text, allowParallelMode=text)


@pytest.mark.parametrize("text", ["True", "FALSE", "", "2"])
@pytest.mark.parametrize("name", ["stopOnFirstFailure", "allowParallelMode"])
def test_any_other_spelling_of_a_flag_is_400(name: str, text: str) -> None:
    response = Shop().call("POST", value=[NEW], **dict[str, Any]({name: text}))
    assert response.status == 400
    assert name in answer(response)["errorMessage"]


# -- list, cancel, delete


def test_tickets_are_listed_by_status_in_order() -> None:
    shop = Shop()
    tickets = [shop.submit(NEW) for _ in range(4)]
    shop.now = 1.0
    items = answer(shop.call("GET", status="QUEUED", limit=2, offset=1))["items"]
    assert items == [{"ticket": ticket, "status": "QUEUED"} for ticket in tickets[2:4]]
    done = answer(shop.call("GET", status="COMPLETED"))["items"]
    assert done == [{"ticket": tickets[0], "status": "COMPLETED"}]


def test_a_list_holds_a_hundred_at_most() -> None:
    shop = Shop()
    for _ in range(101):
        shop.submit(NEW)
    assert len(answer(shop.call("GET", status="QUEUED", limit=500))["items"]) == 100


@pytest.mark.parametrize(
    "query", [{}, {"status": "DONE"}, {"status": "QUEUED", "limit": "x"}, {"ticketId": "t"}]
)
def test_a_wrong_list_query_is_400(query: dict[str, Any]) -> None:
    assert Shop().call("GET", **query).status == 400


def test_cancelling_a_group_ends_its_unfinished_batches() -> None:
    shop = Shop()
    running = shop.submit(NEW, NEW, groupId="g")
    shop.submit(NEW)
    waiting = shop.submit(NEW, groupId="g")
    shop.now = 1.5
    cancelled = shop.call("POST", "/7/batch/cancel-group", groupId="g")
    assert answer(cancelled) == {"updateCount": 2}
    assert shop.look(running)["status"] == shop.look(waiting)["status"] == "COMPLETED"
    assert answer(shop.call("POST", "/7/batch/cancel-group", groupId="g")) == {"updateCount": 0}


def test_the_next_batch_starts_when_the_one_before_is_cancelled() -> None:
    shop = Shop()
    shop.submit(*[NEW] * 100, groupId="g")
    after = shop.submit(NEW)
    shop.now = 10.0
    shop.call("POST", "/7/batch/cancel-group", groupId="g")
    shop.now = 10.9
    assert shop.look(after)["status"] == "QUEUED"
    shop.now = 11.0
    assert shop.look(after)["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("shown", "entries"),
    [
        ("completed", [{"id": "b", "status": "COMPLETED"}]),
        ("not_executed", [{"id": "b", "status": "NOT_EXECUTED"}]),
        ("absent", []),
    ],
)
def test_how_cancelled_entries_are_shown_can_be_chosen(shown: str, entries: list[Any]) -> None:
    shop = Shop(cancelled_entries=shown)
    ticket = shop.submit(NEW, {**NEW, "id": "b"}, groupId="g")
    shop.now = 1.0
    shop.call("POST", "/7/batch/cancel-group", groupId="g")
    assert shop.look(ticket)["responses"][1:] == entries


def test_cancelling_needs_a_group() -> None:
    assert Shop().call("POST", "/7/batch/cancel-group").status == 400


@pytest.mark.parametrize("name", ["ticket", "ticketId"])
def test_a_deleted_ticket_is_unknown_and_runs_no_more(name: str) -> None:
    shop = Shop()
    ticket = shop.submit(NEW, NEW)
    shop.now = 1.0
    assert answer(shop.call("DELETE", **dict[str, Any]({name: ticket}))) == {"deleteCount": 1}
    assert answer(shop.call("DELETE", **dict[str, Any]({name: ticket}))) == {"deleteCount": 0}
    shop.now = 10.0
    assert shop.call("GET", ticket=ticket).status == 404
    assert shop.ledger.count() == 1


def test_a_finished_ticket_can_be_deleted() -> None:
    shop = Shop(seconds_per_entry=0.0)
    assert answer(shop.call("DELETE", ticket=shop.submit(NEW))) == {"deleteCount": 1}


def test_deleting_needs_a_ticket() -> None:
    assert Shop().call("DELETE").status == 400
