"""Ecwid's operation: the bytes of an entry, its id, and where submissions and questions go."""

from __future__ import annotations

import json
from collections import UserDict
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.items import jsontext as core_json
from batchkit._core.items.chunks import Chunker
from batchkit._core.items.models import InvalidItem
from batchkit._core.operations import Operation, Repeat, Ticketing
from batchkit.ecwid import ApiRequest
from batchkit.ecwid import operations as ecwid
from batchkit.ecwid.answers import (
    complain,
    read_by_position,
    read_state,
    read_submission,
)
from batchkit.exceptions import ConfigurationError
from batchkit.options import Pace
from tests.core.toy import chunks_of

NOW = "2026-01-31T12:00:00+00:00"

# The request of the vendor's page on creating a batch, as it stands there.
SAMPLE: list[dict[str, object]] = [
    {
        "id": "000001",
        "path": "/orders?limit=1&email=ec.apps@lightspeedhq.com",
        "method": "GET",
        "body": "",
    },
    {"id": "000002", "path": "/profile", "method": "GET", "body": ""},
    {
        "id": "000003",
        "path": "/products",
        "method": "POST",
        "body": {
            "sku": "0012199",
            "quantity": 10,
            "name": "New Product",
            "price": 19.99,
            "compareToPrice": 24.99,
            "isShippingRequired": False,
            "categoryIds": [9691094],
            "weight": 10,
            "enabled": True,
            "description": "A <b>new</b> product description",
            "productClassId": 0,
        },
    },
]


@pytest.fixture(params=["orjson", "standard library"], autouse=True)
def writer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test of this file holds for both JSON writers."""
    if request.param == "standard library":
        monkeypatch.setattr(core_json, "orjson", None)


def batches(**options: Any) -> Operation:
    return ecwid.batches("1003", run_key="k", **options)


def ticketing(operation: Operation) -> Ticketing:
    assert operation.ticketing is not None
    return operation.ticketing


def sent(item: object, index: int = 0, operation: Operation | None = None) -> Any:
    return json.loads((operation or batches()).encode(item, index, NOW))


def refusal(operation: Operation, item: object, index: int) -> str:
    with pytest.raises(InvalidItem) as caught:
        operation.encode(item, index, NOW)
    return str(caught.value)


# An entry's bytes


def test_the_vendors_own_sample_is_sent_as_it_is() -> None:
    operation = batches()

    encoded = [operation.encode(item, index, NOW) for index, item in enumerate(SAMPLE)]

    assert json.loads(operation.before + b",".join(encoded) + operation.after) == SAMPLE


def test_a_model_is_sent_with_the_slash_before_its_path() -> None:
    assert sent(ApiRequest("PUT", "products/7", {"price": 1.5}, "a")) == {
        "id": "a",
        "path": "/products/7",
        "method": "PUT",
        "body": {"price": 1.5},
    }


@pytest.mark.parametrize("kind", [dict, UserDict])
def test_a_mappings_path_is_sent_as_it_is(kind: Any) -> None:
    item = {"id": "a", "method": "GET", "path": "profile", "note": None}

    assert sent(kind(item)) == item


@pytest.mark.parametrize(
    "item", [ApiRequest("GET", "/profile"), {"method": "GET", "path": "/profile", "id": None}]
)
def test_a_missing_id_is_made_from_the_run_and_the_index(item: object) -> None:
    assert sent(item, 7) == {"id": "k-7", "method": "GET", "path": "/profile"}


def test_an_item_is_left_as_it_was() -> None:
    item = {"method": "GET", "path": "profile"}

    sent(item)

    assert item == {"method": "GET", "path": "profile"}


def test_half_a_surrogate_pair_is_refused() -> None:
    item = ApiRequest("POST", "/products", {"name": "\ud800"})

    assert "surrogate" in refusal(batches(), item, 0)


# Ids


def test_a_second_use_of_an_id_is_refused_without_showing_it() -> None:
    operation = batches()
    operation.encode(ApiRequest("GET", "/profile", id="canary"), 0, NOW)

    said = refusal(operation, {"id": "canary", "method": "GET", "path": "/orders"}, 1)

    assert said.startswith("`id` is used a second time in this input")
    assert "canary" not in said


def test_encoding_an_item_again_is_no_second_use() -> None:
    operation = batches()
    item = ApiRequest("GET", "/profile", id="a")

    assert operation.encode(item, 3, NOW) == operation.encode(item, 3, NOW)


def test_an_item_that_is_refused_does_not_use_its_id() -> None:
    operation = batches()
    refusal(operation, ApiRequest("GET", "/..", id="a"), 0)

    assert sent(ApiRequest("GET", "/profile", id="a"), 1, operation)["id"] == "a"


def test_every_run_has_ids_of_its_own() -> None:
    item = ApiRequest("GET", "/profile", id="a")

    assert batches().encode(item, 0, NOW) == batches().encode(item, 1, NOW)


def test_an_entry_is_known_by_the_id_that_was_sent() -> None:
    operation = batches()
    items = [ApiRequest("GET", "/profile", id="a"), ApiRequest("GET", "/profile")]
    names = [sent(item, index, operation)["id"] for index, item in enumerate(items)]

    assert names == ["a", "k-1"]
    assert names == [ticketing(operation).identify(item, i) for i, item in enumerate(items)]


def test_one_dict_used_for_all_rows_keeps_the_ids_apart() -> None:
    operation = batches()
    row: dict[str, object] = {"method": "GET", "path": "/profile"}
    for index, name in enumerate(["a", "b"]):
        row["id"] = name
        operation.encode(row, index, NOW)

    assert [ticketing(operation).identify(row, index) for index in (0, 1)] == ["a", "b"]


@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=40), st.integers(1, 5))
def test_what_is_sent_has_no_id_twice_however_it_is_cut(
    names: list[str | None], max_items: int
) -> None:
    operation = batches()
    chunker = Chunker(operation, max_items=max_items, max_bytes=130, now=lambda: NOW)

    got: list[str] = []
    refused = 0
    for chunk in chunks_of(chunker, [ApiRequest("GET", "/profile", id=name) for name in names]):
        got += [json.loads(piece)["id"] for piece in chunk.encoded]
        refused += len(chunk.refused)
    own = [name for name in names if name is not None]
    assert len(set(got)) == len(got)
    assert len(got) + refused == len(names)
    assert refused == len(own) - len(set(own))


# The operation


def test_a_batch_is_a_bare_array_of_at_most_five_hundred_entries() -> None:
    operation = batches()

    assert (operation.vendor, operation.name) == ("Ecwid", "batches")
    assert (operation.before, operation.after) == (b"[", b"]")
    assert (operation.limits.max_items, operation.limits.max_bytes) == (500, 5_000_000)


def test_batches_of_a_store_go_in_order_and_are_repeated_by_key() -> None:
    operation = batches()

    assert operation.ordered
    assert operation.repeat is Repeat.KEYED
    assert (operation.quota, operation.pace) == ("requests", Pace(requests=600, per=60))


def test_answers_are_read_by_the_vendors_rules() -> None:
    operation = batches()

    assert (operation.read, operation.complain) == (read_submission, complain)
    assert ticketing(operation).read_state is read_state


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({}, "stopOnFirstFailure=false&allowParallelMode=false&deduplicationKey=K"),
        (
            {"parallel": True, "group_id": "a&b"},
            "stopOnFirstFailure=false&allowParallelMode=true&deduplicationKey=K&groupId=a%26b",
        ),
        (
            {"stop_on_first_failure": True},
            "stopOnFirstFailure=true&allowParallelMode=false&deduplicationKey=K",
        ),
    ],
)
def test_a_submission_always_says_both_flags_and_its_key(
    options: dict[str, Any], query: str
) -> None:
    assert ticketing(batches(**options)).keyed_path("K") == f"/1003/batch?{query}"


def test_a_key_is_percent_encoded() -> None:
    path = ticketing(batches()).keyed_path("a&b c")

    assert path.endswith("&deduplicationKey=a%26b%20c")


@pytest.mark.parametrize("stops", [True, False])
def test_a_run_knows_whether_the_vendor_stops(stops: bool) -> None:
    assert ticketing(batches(stop_on_first_failure=stops)).stops_on_failure is stops


@pytest.mark.parametrize("name", ["parallel", "stop_on_first_failure"])
@pytest.mark.parametrize("value", [1, None, "false"])
def test_a_flag_is_true_or_false(name: str, value: object) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} is .*; it must be True or False."):
        batches(**{name: value})


@pytest.mark.parametrize("group", ["", "a b", "ü", "a\n", "x" * 129, 5, b"a"])
def test_a_group_is_printable_ascii(group: object) -> None:
    with pytest.raises(ConfigurationError, match="group_id"):
        batches(group_id=group)
    with pytest.raises(ConfigurationError, match="group_id"):
        ecwid.cancel_group("1003", group)


@pytest.mark.parametrize(
    ("method", "repeats"), [("GET", True), ("PUT", True), ("DELETE", True), ("POST", False)]
)
def test_only_a_post_must_not_run_twice(method: Any, repeats: bool) -> None:
    run = ticketing(batches()).repeats

    assert run(ApiRequest(method, "/products")) is repeats
    assert run({"method": method, "path": "/products"}) is repeats


@pytest.mark.parametrize(
    "path", ["/products/7", "products/7", "/products/7?lang=en", "/products/7/"]
)
def test_changes_touch_the_thing_at_their_path(path: str) -> None:
    touches = ticketing(batches()).touches

    assert touches(ApiRequest("PUT", path)) == "/products/7"
    assert touches({"method": "DELETE", "path": path}) == "/products/7"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_reads_or_makes_a_thing_touches_no_other(method: Any) -> None:
    touches = ticketing(batches()).touches
    first, second = ApiRequest(method, "/products"), ApiRequest(method, "/products")

    assert touches(first) == touches(first)
    assert len({touches(first), touches(second), "/products"}) == 3


# Questions about tickets


def test_a_ticket_is_asked_about_with_its_results_escaped() -> None:
    path = "/1003/batch?ticket=a-1_B&escapedJson=true"

    assert ticketing(batches()).status_path("a-1_B") == path
    request = ecwid.status("1003", "a-1_B")
    assert (request.method, request.path, request.body) == ("GET", path, b"")


def test_tickets_are_listed_by_status_a_hundred_at_a_time() -> None:
    request = ecwid.tickets("1003", "IN_PROGRESS", 200)

    assert (request.method, request.path) == (
        "GET",
        "/1003/batch?status=IN_PROGRESS&limit=100&offset=200",
    )


@pytest.mark.parametrize("status", ["queued", "", "CANCELLED", "QUEUED&x=1"])
def test_tickets_have_three_statuses(status: str) -> None:
    with pytest.raises(ConfigurationError, match="use `QUEUED`, `IN_PROGRESS` or `COMPLETED`"):
        ecwid.tickets("1003", status, 0)


def test_a_group_is_cancelled_by_an_empty_post() -> None:
    request = ecwid.cancel_group("1003", "spring&summer")

    assert (request.method, request.path, request.body) == (
        "POST",
        "/1003/batch/cancel-group?groupId=spring%26summer",
        b"",
    )


def test_a_ticket_is_deleted_by_name() -> None:
    request = ecwid.delete("1003", "a-1_B")

    assert (request.method, request.path) == ("DELETE", "/1003/batch?ticket=a-1_B")


@pytest.mark.parametrize("ask", [ecwid.status, ecwid.delete])
@pytest.mark.parametrize("ticket", ["", "../x", "a&token=", "http://x", "a\n", "é", "x" * 129, 5])
def test_only_a_ticket_goes_into_a_url(ask: Any, ticket: object) -> None:
    with pytest.raises(ConfigurationError, match="ticket is malformed"):
        ask("1003", ticket)


@given(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=128))
def test_no_value_adds_to_a_query(text: str) -> None:
    url = urlsplit(ticketing(batches(group_id=text)).keyed_path(text))

    assert url.path == "/1003/batch"
    assert parse_qsl(url.query, strict_parsing=True) == [
        ("stopOnFirstFailure", "false"),
        ("allowParallelMode", "false"),
        ("deduplicationKey", text),
        ("groupId", text),
    ]


# Waiting for tickets that exist


def test_a_waiting_run_knows_its_entries_by_their_ids() -> None:
    operation = ecwid.waiting("1003")

    assert ticketing(operation).identify("a", 5) == "a"
    assert ticketing(operation).read_state is read_state
    assert not ticketing(operation).repeats("a")


def test_a_run_over_a_bare_ticket_knows_its_entries_by_their_positions() -> None:
    operation = ecwid.waiting("1003", by_position=True)

    assert ticketing(operation).identify(None, 5) == "5"
    assert ticketing(operation).read_state is read_by_position


@pytest.mark.parametrize("stops", [True, False])
def test_a_waiting_run_reads_what_was_not_tried_by_how_it_was_submitted(stops: bool) -> None:
    operation = ecwid.waiting("1003", stops_on_failure=stops)

    assert ticketing(operation).stops_on_failure is stops
