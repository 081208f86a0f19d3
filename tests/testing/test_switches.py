"""Each switch, each of its values: what the vendors' documents leave open."""

from __future__ import annotations

import re
from ast import literal_eval
from pathlib import Path
from typing import Any

import pytest

from batchkit.testing import Sandbox
from batchkit.testing._vendors.switches import DRIP, ECWID, EMPATHY, choices
from tests.testing.drip_calls import (
    CARTS,
    EVENTS,
    GOOD,
    HEADERS,
    LEGACY_ORDERS,
    ORDERS,
    SUBSCRIBERS,
    answer,
    basic,
    post,
    send,
    wrapped,
)

DOCS = Path(__file__).parent.parent.parent / "docs" / "switches.md"
ROW = re.compile(r"^\| `(\w+)` \| `(.+?)` \| (.+?) \|", re.MULTILINE)

# -- switches as such


def test_the_docs_list_every_switch_with_its_default_and_its_values() -> None:
    listed = ROW.findall(DOCS.read_text(encoding="utf-8"))
    assert {name: literal_eval(default) for name, default, _ in listed} == {
        **DRIP,
        **ECWID,
        **EMPATHY,
    }
    for name, default, others in listed:
        if values := choices(name):
            told = [literal_eval(value) for value in re.findall(r"`(.+?)`", others)]
            assert sorted(map(str, [literal_eval(default), *told])) == sorted(map(str, values))


def test_a_switch_that_is_none_is_refused_with_the_list() -> None:
    with pytest.raises(TypeError, match="no switch `bad_item`; there are accounts, "):
        Sandbox(bad_item="drop")
    with pytest.raises(TypeError, match="no switch `stores`"):
        Sandbox().drip.switch(stores=["7"])


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ({"bad_v2_item": "ignore"}, "must be one of 'drop', 'refuse'"),
        ({"attempts": 7}, "must be one of 5, 6"),
        ({"banned": "yes"}, "must be one of False, True"),
        ({"seconds_per_entry": -1}, "not negative"),
        ({"seconds_per_entry": "1"}, "is a string"),
        ({"seconds_per_entry": None}, "is None"),
        ({"products": 1.5}, "must be a number"),
        ({"v2_per_hour": True}, "must be a number"),
        ({"stores": "7"}, "is a string"),
        ({"accounts": 5}, "`accounts` is int; it must be a list of strings"),
        ({"accounts": [5]}, "`accounts` is list; it must be a list of strings"),
        ({"instances": {"a": "b"}}, "`instances` is dict; it must be a list of strings"),
        ({"refused_credentials": None}, "`refused_credentials` is NoneType"),
        ({"filters": 5}, "`filters` is 5; it must be a mapping"),
        ({"filters": {"lang": 5}}, "`filters` has 5 for `lang`"),
        ({"filters": {"lang": "es"}}, "`filters` has 'es' for `lang`"),
    ],
)
def test_a_value_that_a_switch_cannot_have_is_refused(switch: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        Sandbox(**switch)


def test_a_collection_may_be_of_any_kind_and_none_where_it_means_any() -> None:
    sandbox = Sandbox(accounts={"9"}, stores=None, instances=(), filters={"lang": ["es"], "x": ()})

    assert sandbox.drip.switches["accounts"] == {"9"}


def test_a_switch_may_be_turned_while_the_sandbox_runs() -> None:
    sandbox = Sandbox()
    sandbox.switch(bad_v2_item="refuse", cancelled_entries="absent", banned=True)

    assert sandbox.drip.switches["bad_v2_item"] == "refuse"
    assert sandbox.ecwid.switches["cancelled_entries"] == "absent"
    assert sandbox.empathy.switches["banned"] is True


def test_two_sandboxes_have_their_own_switches() -> None:
    Sandbox(bad_v2_item="refuse")

    assert Sandbox().drip.switches["bad_v2_item"] == "drop"


# -- Drip


def test_a_bad_v3_item_may_be_answered_in_three_ways() -> None:
    bad = {**GOOD[CARTS], "cart_id": 7}
    assert send(Sandbox(), CARTS, bad).status == 422
    old = send(Sandbox(bad_v3_item="400"), CARTS, bad)
    assert (old.status, "validation_errors" in answer(old)) == (400, True)
    said = send(Sandbox(bad_v3_item="message"), CARTS, bad)
    assert (said.status, list(answer(said))) == (422, ["error"])


def test_a_wrong_envelope_of_legacy_orders_may_be_refused() -> None:
    assert post(Sandbox(), LEGACY_ORDERS, {"orders": [GOOD[LEGACY_ORDERS]]}).status == 202
    strict = Sandbox(envelopes="strict")
    assert post(strict, LEGACY_ORDERS, {"orders": [GOOD[LEGACY_ORDERS]]}).status == 422


def test_several_batches_may_be_taken() -> None:
    person = GOOD[SUBSCRIBERS]
    body = {"batches": [{"subscribers": [person]}, {"subscribers": [person, person]}]}
    assert post(Sandbox(), SUBSCRIBERS, body).status == 422
    sandbox = Sandbox(several_batches="accept")
    assert post(sandbox, SUBSCRIBERS, body).status == 201
    assert list(sandbox.ledger.items()) == [person] * 3
    assert post(sandbox, SUBSCRIBERS, {"batches": [{"subscribers": [person]}, 7]}).status == 422


def test_more_than_a_thousand_v3_items_may_be_413() -> None:
    body = wrapped(CARTS, *[GOOD[CARTS]] * 1001)
    assert post(Sandbox(), CARTS, body).status == 422
    assert post(Sandbox(too_many_v3="413"), CARTS, body).status == 413
    assert send(Sandbox(too_many_v3="413"), CARTS, GOOD[CARTS]).status == 202


def test_a_large_body_may_be_taken() -> None:
    person = {**GOOD[SUBSCRIBERS], "custom_fields": {"text": "x" * 11_000_000}}
    assert send(Sandbox(), SUBSCRIBERS, person).status == 413
    assert send(Sandbox(large_bodies="accept"), SUBSCRIBERS, person).status == 201


def test_request_ids_may_come_in_four_ways() -> None:
    def ids(said: Any) -> Any:
        return answer(send(Sandbox(request_ids=said), CARTS, *[GOOD[CARTS]] * 3))

    kept = ids("in_order")["request_ids"]
    assert ids("shuffled")["request_ids"] == kept[::-1]
    assert ids("fewer")["request_ids"] == kept[:-1]
    assert ids("errors") == {"request_ids": kept, "errors": []}


def test_basic_without_a_colon_may_be_refused() -> None:
    body = wrapped(EVENTS, GOOD[EVENTS])
    assert post(Sandbox(), EVENTS, body, basic("key")).status == 201
    strict = Sandbox(credentials="strict")
    assert post(strict, EVENTS, body, basic("key")).status == 401
    assert post(strict, EVENTS, body, basic("key:")).status == 201


def test_the_old_media_type_may_be_refused() -> None:
    old = {**HEADERS, "Content-Type": "application/vnd.api+json"}
    body = wrapped(EVENTS, GOOD[EVENTS])
    assert post(Sandbox(), EVENTS, body, old).status == 201
    assert post(Sandbox(content_types="strict"), EVENTS, body, old).status == 415


def test_an_item_to_be_refused_is_a_bad_one() -> None:
    sandbox = Sandbox()
    sandbox.drip.refuse({"email": "john@example.com"})
    assert send(sandbox, SUBSCRIBERS, GOOD[SUBSCRIBERS]).status == 201
    assert sandbox.ledger.count(fate="dropped") == 1
    sandbox.drip.refuse(lambda cart: cart["cart_id"] == "4", times=1)
    refused = send(sandbox, CARTS, GOOD[CARTS])
    [error] = answer(refused)["validation_errors"]
    assert (refused.status, error["dataPath"]) == (422, ".carts[0]")
    assert send(sandbox, CARTS, GOOD[CARTS]).status == 202


@pytest.mark.parametrize(
    ("path", "body", "status", "operation"),
    [
        ("/v2/1/subscribers", {"subscribers": [GOOD[SUBSCRIBERS]]}, 200, "one_subscriber"),
        ("/v2/1/events", {"events": [GOOD[EVENTS]]}, 204, "one_event"),
        ("/v2/1/orders", {"orders": [GOOD[LEGACY_ORDERS]]}, 202, "one_legacy_order"),
        ("/v3/1/shopper_activity/cart", GOOD[CARTS], 202, "one_cart"),
        ("/v3/1/shopper_activity/order", GOOD[ORDERS], 202, "one_order"),
    ],
)
def test_the_siblings_for_one_item(path: str, body: Any, status: int, operation: str) -> None:
    sandbox = Sandbox()
    response = post(sandbox, path, body)

    assert response.status == status
    assert sandbox.ledger.count("drip", operation) == 1
    if operation in ("one_subscriber", "one_event"):
        assert post(sandbox, path, {operation.removeprefix("one_") + "s": [{}]}).status == 422
    if "shopper" in path:
        assert list(answer(response)) == ["request_id"]
        bad = post(sandbox, path, {})
        assert bad.status == 422
        assert answer(bad)["validation_errors"][0]["dataPath"] == ""
