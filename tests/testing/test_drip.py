"""The sandbox's Drip, call by call: one rule of the vendor's documents per test."""

from __future__ import annotations

import json
import uuid

import pytest

from batchkit.testing import Request, Sandbox
from tests.testing.drip_calls import (
    CART,
    CARTS,
    EVENTS,
    GOOD,
    HEADERS,
    LEGACY_ORDER,
    LEGACY_ORDERS,
    LISTS,
    ORDERS,
    PRODUCTS,
    SUBSCRIBERS,
    UNSUBSCRIBES,
    answer,
    basic,
    post,
    send,
    wrapped,
)

# -- successes


@pytest.mark.parametrize(
    ("path", "status", "body", "operation"),
    [
        (SUBSCRIBERS, 201, b"{}", "subscribers"),
        (UNSUBSCRIBES, 204, b"", "unsubscribes"),
        (EVENTS, 201, b"{}", "events"),
        (LEGACY_ORDERS, 202, b"{}", "legacy_orders"),
    ],
)
def test_v2_answers_with_its_own_success_and_takes_the_items(
    path: str, status: int, body: bytes, operation: str
) -> None:
    sandbox = Sandbox()
    response = send(sandbox, path, GOOD[path], GOOD[path])
    assert (response.status, response.body) == (status, body)
    assert list(sandbox.ledger.items("drip", operation)) == [GOOD[path]] * 2


@pytest.mark.parametrize(
    ("path", "operation"), [(CARTS, "carts"), (ORDERS, "orders"), (PRODUCTS, "products")]
)
def test_v3_answers_with_one_request_id_per_item(path: str, operation: str) -> None:
    sandbox = Sandbox()
    response = send(sandbox, path, GOOD[path], GOOD[path])
    assert response.status == 202
    ids = answer(response)["request_ids"]
    assert len({uuid.UUID(text) for text in ids}) == 2
    assert list(sandbox.ledger.items("drip", operation)) == [GOOD[path]] * 2


# -- who is let in


@pytest.mark.parametrize("credential", ["key:", "key", "key: ", "key:\n"])
def test_basic_is_good_with_and_without_the_colon(credential: str) -> None:
    body = wrapped(EVENTS, GOOD[EVENTS])
    assert post(Sandbox(), EVENTS, body, basic(credential)).status == 201


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer a b", "Basic", "Basic !!", "Basic Og==", "Digest x"],
)
def test_a_missing_or_malformed_credential_is_401(authorization: str | None) -> None:
    headers = {"Content-Type": "application/json"}
    if authorization is not None:
        headers["Authorization"] = authorization
    response = post(Sandbox(), EVENTS, wrapped(EVENTS, GOOD[EVENTS]), headers)
    assert response.status == 401
    assert "code" in answer(response)["errors"][0]


@pytest.mark.parametrize("headers", [basic("dead:"), {**HEADERS, "Authorization": "Bearer dead"}])
def test_a_refused_credential_is_401(headers: dict[str, str]) -> None:
    sandbox = Sandbox(refused_credentials={"dead"})
    assert post(sandbox, EVENTS, wrapped(EVENTS, GOOD[EVENTS]), headers).status == 401


def test_only_listed_accounts_are_known() -> None:
    assert send(Sandbox(accounts={"1"}), EVENTS, GOOD[EVENTS]).status == 201
    response = send(Sandbox(accounts={"2"}), EVENTS, GOOD[EVENTS])
    assert response.status == 404
    assert answer(response)["errors"][0]["code"] == "not_found_error"


@pytest.mark.parametrize("path", ["/v2/1/nothing", "/v3/1/orders/batches", "/v2", "/v2/a b/x"])
def test_an_unknown_path_is_404(path: str) -> None:
    assert post(Sandbox(), path, {}).status == 404


def test_a_batch_cannot_be_fetched() -> None:
    assert Sandbox().handle(Request.of("GET", f"/drip{EVENTS}", HEADERS)).status == 404


@pytest.mark.parametrize(
    ("path", "media_type", "good"),
    [
        (EVENTS, "application/json; charset=utf-8", True),
        (EVENTS, "application/vnd.api+json", True),
        (CARTS, "Application/JSON", True),
        (CARTS, "application/vnd.api+json", False),
        (EVENTS, "text/plain", False),
        (EVENTS, "", False),
    ],
)
def test_v2_takes_two_media_types_and_v3_one(path: str, media_type: str, good: bool) -> None:
    headers = {**HEADERS, "Content-Type": media_type}
    response = post(Sandbox(), path, wrapped(path, GOOD[path]), headers)
    assert (response.status < 300) is good
    if not good:
        assert response.status == 415
        assert answer(response).keys() == {"message"}


def test_a_body_of_more_than_ten_megabytes_is_413() -> None:
    limit = 10 * 1024 * 1024
    body = json.dumps(wrapped(EVENTS, GOOD[EVENTS])).encode()
    assert post(Sandbox(), EVENTS, body.ljust(limit)).status == 201
    response = post(Sandbox(), EVENTS, body.ljust(limit + 1))
    assert response.status == 413
    assert answer(response).keys() == {"message"}


# -- envelopes


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"[" * 100_000, b'{"a":NaN}'])
def test_malformed_json_is_400(path: str, body: bytes) -> None:
    response = post(Sandbox(), path, body)
    assert response.status == 400
    assert answer(response)["status"] == 400


@pytest.mark.parametrize("path", GOOD)
@pytest.mark.parametrize("number", [0, 1001])
def test_a_call_carries_from_one_to_a_thousand_items(path: str, number: int) -> None:
    sandbox = Sandbox()
    response = send(sandbox, path, *[GOOD[path]] * number)
    assert response.status == 422
    assert answer(response)["errors"][0]["attribute"] == LISTS[path]
    assert sandbox.ledger.count() == 0
    assert send(sandbox, path, *[GOOD[path]] * 1000).status < 300


@pytest.mark.parametrize("path", [SUBSCRIBERS, UNSUBSCRIBES, EVENTS])
def test_a_wrong_v2_envelope_is_422(path: str) -> None:
    item, key = GOOD[path], LISTS[path]
    batch = {key: [item]}
    wrong: list[object] = [
        [item],
        batch,
        {"batches": batch},
        {"batches": [batch, batch]},
        {"batches": [{key: item}]},
        {"batches": [[item]]},
    ]
    for body in wrong:
        assert post(Sandbox(), path, body).status == 422


def test_legacy_orders_in_a_wrong_envelope_are_answered_202_and_lost() -> None:
    sandbox = Sandbox()
    response = post(sandbox, LEGACY_ORDERS, {"orders": [LEGACY_ORDER]})
    assert (response.status, response.body) == (202, b"{}")
    assert sandbox.ledger.count() == sandbox.ledger.count(fate="dropped") == 0


@pytest.mark.parametrize("body", [[CART], {"orders": [CART]}, {"carts": CART}])
def test_a_wrong_v3_envelope_is_422(body: object) -> None:
    response = post(Sandbox(), CARTS, body)
    assert response.status == 422
    assert "errors" in answer(response)
