"""The sandbox's Empathy: one rule of the vendor's documents per test."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batchkit.testing import Request, Response, Sandbox

EVENT = {"q": "jeans", "lang": "es", "productId": "0001"}


def send(
    sandbox: Sandbox, value: object, *, sink: str = "checkout", instance: str = "demo"
) -> Response:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    path = f"/empathy/tagging/v1/track/{instance}/{sink}/batch"
    return sandbox.handle(Request.of("POST", path, body=body))


def answer(response: Response) -> Any:
    return json.loads(response.body)


def test_good_events_are_taken_and_answered_with_nothing() -> None:
    sandbox = Sandbox()
    assert send(sandbox, [EVENT, EVENT]) == Response(200)
    assert list(sandbox.ledger.items("empathy", "checkout")) == [EVENT, EVENT]


@pytest.mark.parametrize(
    ("success_body", "body"),
    [("empty", b""), ("[]", b"[]"), ("array", b'[{"code":200},{"code":200}]')],
)
def test_the_body_of_a_success_can_be_chosen(success_body: Any, body: bytes) -> None:
    assert send(Sandbox(success_body=success_body), [EVENT, EVENT]).body == body


def test_the_status_is_the_highest_code_and_the_answer_has_one_object_per_event() -> None:
    response = send(Sandbox(), [EVENT, {"lang": "es"}, EVENT])
    assert response.status == 400
    good, bad, also_good = answer(response)
    assert good == also_good == {"code": 200}
    assert bad["code"] == 400
    assert "Field [q] is mandatory" in bad["error"]


def test_good_events_of_a_mixed_batch_are_taken_and_bad_ones_are_refused() -> None:
    sandbox = Sandbox()
    send(sandbox, [{"lang": "es"}, EVENT])
    assert list(sandbox.ledger.items()) == [EVENT]
    assert list(sandbox.ledger.refused()) == [{"lang": "es"}]
    assert [record.position for record in sandbox.ledger.records()] == [1]


@pytest.mark.parametrize("lang", [None, ""])
def test_an_empty_or_null_language_is_as_bad_as_none(lang: str | None) -> None:
    (result,) = answer(send(Sandbox(), [{**EVENT, "lang": lang}]))
    assert "Field [lang]" in result["error"]


@pytest.mark.parametrize(
    ("sink", "status"),
    [
        ("query", 400),
        ("click", 400),
        ("wishlist", 400),
        ("add2cart", 400),
        ("checkout", 400),
        ("browseCategory", 200),
        ("browseProduct", 200),
        ("browseAdd2Cart", 200),
        ("browseCheckout", 200),
        ("display", 200),
    ],
)
def test_only_the_search_sinks_ask_for_a_query(sink: str, status: int) -> None:
    assert send(Sandbox(), [{"lang": "es"}], sink=sink).status == status


@pytest.mark.parametrize(
    ("sink", "operation"),
    [("browseAdd2Cart", "browse_add2cart"), ("display", "display"), ("my%20own", "my own")],
)
def test_the_ledger_names_sinks_as_batchkit_does(sink: str, operation: str) -> None:
    sandbox = Sandbox()
    send(sandbox, [EVENT], sink=sink)
    (request,) = sandbox.ledger.requests
    assert (request.vendor, request.operation, request.account) == ("empathy", operation, "demo")


@pytest.mark.parametrize("body", [b"[", b'{"q":"x"}', b'[{"lang":"es","q":"x"},1]', b"[NaN]"])
def test_a_body_that_is_no_array_of_objects_is_refused_as_a_whole(body: bytes) -> None:
    sandbox = Sandbox()
    response = send(sandbox, body)
    assert response.status == 400
    assert answer(response).keys() == {"code", "error"}
    assert sandbox.ledger.count() == 0


def test_an_empty_array_is_a_success() -> None:
    assert send(Sandbox(), []).status == 200


def test_only_listed_instances_are_known() -> None:
    sandbox = Sandbox(instances={"demo"})
    assert send(sandbox, [EVENT]).status == 200
    assert send(sandbox, [EVENT], instance="other").status == 404


def test_a_malformed_instance_is_not_found() -> None:
    assert send(Sandbox(), [EVENT], instance="a.b").status == 404


def test_a_batch_cannot_be_fetched() -> None:
    path = "/empathy/tagging/v1/track/demo/click/batch"
    assert Sandbox().handle(Request.of("GET", path)).status == 405


def test_an_event_to_be_refused_gets_its_code() -> None:
    sandbox = Sandbox()
    sandbox.empathy.refuse({"q": "jeans"}, 500, times=1)
    response = send(sandbox, [EVENT, {**EVENT, "q": "y"}, EVENT])
    assert response.status == 500
    assert [one["code"] for one in answer(response)] == [500, 200, 200]
    assert sandbox.ledger.count(fate="refused") == 1
