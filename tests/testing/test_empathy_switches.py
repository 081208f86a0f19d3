"""Each switch of the fake Empathy's, each of its values."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

import pytest

from batchkit.testing import Request, Response, Sandbox
from tests.testing.empathy_calls import EVENT, track
from tests.testing.shop import answer


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ("error", b'{"code":400,"error":"the body is not an array of events"}'),
        ("message", b'{"code":400,"message":"the body is not an array of events"}'),
        ("text", b"the body is not an array of events"),
        ("empty", b""),
    ],
)
def test_a_refusal_of_everything_has_four_forms(said: Any, body: bytes) -> None:
    path = "/empathy/tagging/v1/track/shop/click/batch"
    response = Sandbox(failure_body=said).handle(Request.of("POST", path, body=b"{}"))

    assert (response.status, response.body) == (400, body)


def test_more_or_fewer_fields_may_be_enforced() -> None:
    assert track(Sandbox(), EVENT).status == 200
    documented = track(Sandbox(enforced="documented"), EVENT)
    assert documented.status == 400
    assert b"Field [title] is mandatory" in documented.body
    assert track(Sandbox(enforced="lang"), {"lang": "es"}).status == 200
    assert track(Sandbox(enforced="lang"), {"q": "x"}).status == 400
    assert track(Sandbox(enforced="nothing"), {}).status == 200


def test_numbers_and_booleans_may_be_no_values() -> None:
    events = [EVENT, {**EVENT, "page": 1}, {**EVENT, "filtered": True}, {**EVENT, "title": None}]
    assert track(Sandbox(), *events).status == 200
    refused = track(Sandbox(event_values="text"), *events)
    assert [one["code"] for one in answer(refused)] == [200, 400, 400, 200]
    assert "Field [page] is no text" in answer(refused)[1]["error"]


def test_a_batch_without_an_event_may_be_refused() -> None:
    assert track(Sandbox()).status == 200
    assert track(Sandbox(no_events="refuse")).status == 400


def test_there_may_be_no_batches_on_a_host() -> None:
    sandbox = Sandbox(empathy_batches=False)
    assert track(sandbox, EVENT).status == 404
    single = "/empathy/tagging/v1/track/shop/click?" + urlencode(EVENT)
    assert sandbox.handle(Request.of("GET", single)).status == 200


def test_a_sink_may_be_unknown() -> None:
    assert track(Sandbox(), EVENT, sink="displayClick").status == 200
    sandbox = Sandbox(sinks=["click", "browseAdd2Cart"])
    statuses = [
        track(sandbox, EVENT, sink=sink).status for sink in ("click", "browseAdd2Cart", "wishlist")
    ]
    assert statuses == [200, 200, 404]


def test_events_and_bytes_may_be_limited() -> None:
    assert track(Sandbox(most_events=2), EVENT, EVENT).status == 200
    assert track(Sandbox(most_events=1), EVENT, EVENT).status == 413
    assert track(Sandbox(most_bytes=10), EVENT).status == 413


def test_an_instance_may_be_disabled() -> None:
    sandbox = Sandbox(disabled_instances=["shop"])
    assert track(sandbox, EVENT).status == 404
    assert track(sandbox, EVENT, instance="other").status == 200


def test_a_banned_caller_is_told_yes_and_nothing_is_stored() -> None:
    sandbox = Sandbox(banned=True)
    assert track(sandbox, EVENT).status == 200
    single = "/empathy/tagging/v1/track/shop/click?" + urlencode(EVENT)
    assert sandbox.handle(Request.of("GET", single)).status == 200
    assert (sandbox.ledger.count(), sandbox.ledger.count(fate="dropped")) == (0, 2)


def test_a_banned_caller_may_be_told_so() -> None:
    sandbox = Sandbox(banned=True, banned_status="403")
    single = "/empathy/tagging/v1/track/shop/click?" + urlencode(EVENT)
    assert track(sandbox, EVENT).status == 403
    assert sandbox.handle(Request.of("GET", single)).status == 403
    assert sandbox.ledger.count() == 0


def test_an_event_with_an_unknown_filter_is_not_counted() -> None:
    sandbox = Sandbox(filters={"lang": ["es"], "store": ["1"]})
    assert track(sandbox, EVENT, {**EVENT, "lang": "xx"}, {**EVENT, "store": "2"}).status == 200
    assert list(sandbox.ledger.items()) == [EVENT]
    assert sandbox.ledger.count(fate="dropped") == 2


def test_an_event_to_be_refused_gets_its_code() -> None:
    sandbox = Sandbox()
    sandbox.empathy.refuse({"q": "x"}, 500, times=1)
    response = track(sandbox, EVENT, {**EVENT, "q": "y"}, EVENT)
    assert response.status == 500
    assert [one["code"] for one in answer(response)] == [500, 200, 200]
    assert sandbox.ledger.count(fate="refused") == 1


def test_the_single_call() -> None:
    sandbox = Sandbox()
    path = "/empathy/tagging/v1/track/shop/click?"

    def call(method: str, **event: str) -> Response:
        return sandbox.handle(Request.of(method, path + urlencode(event)))

    assert (call("GET", **EVENT).status, call("POST", **EVENT).body) == (200, b"")
    assert call("PUT", **EVENT).status == 405
    assert call("GET", q="x").status == 400
    followed = call("GET", **EVENT, follow="true", url="https://shop.example/1")
    assert (followed.status, dict(followed.headers)["Location"]) == (302, "https://shop.example/1")
    odd = call("GET", **EVENT, follow="true", url="https://e/€%20?a=b\r\nX-Evil: 1")
    assert dict(odd.headers)["Location"] == "https://e/%E2%82%AC%20?a=b%0D%0AX-Evil:%201"
    assert [item["q"] for item in cast("Any", list(sandbox.ledger.items()))] == ["x"] * 4


@pytest.mark.parametrize("status", ["302", "303", "307"])
def test_a_redirect_may_have_three_statuses_and_come_unasked(status: Any) -> None:
    sandbox = Sandbox(follow_status=status, follow_unasked=True)
    path = "/empathy/tagging/v1/track/shop/click?"

    def call(**event: str) -> int:
        return sandbox.handle(Request.of("GET", path + urlencode({**EVENT, **event}))).status

    assert call(url="https://e") == int(status)
    assert (call(url="https://e", follow="false"), call()) == (200, 200)
    assert sandbox.ledger.count() == 3
