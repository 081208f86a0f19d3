"""What Ecwid may make of a submission: its size, its entries, its deduplication key."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from batchkit.testing import Response
from tests.testing.shop import HEADERS, NEW, Shop, answer, post

OTHER = {"Authorization": "Bearer secret_y", "Content-Type": "application/json"}


def create(shop: Shop, *entries: object, **query: Any) -> Response:
    return shop.call("POST", "/7/batch", list(entries), **query)


@pytest.mark.parametrize(("said", "status"), [("400", 400), ("413", 413), ("accept", 200)])
def test_more_than_500_entries_may_be_answered_in_three_ways(said: Any, status: int) -> None:
    shop = Shop(too_many_entries=said)
    assert create(shop, *[NEW] * 501).status == status
    assert create(shop, *[NEW] * 500).status == 200


def test_a_batch_without_an_entry_may_be_taken_and_has_nothing_to_do() -> None:
    assert create(Shop()).status == 400
    shop = Shop(no_entries="accept")
    ticket = shop.submit()
    shop.now = 1.0
    told = {"status": "COMPLETED", "totalRequests": 0, "completedRequests": 0, "responses": []}
    assert shop.look(ticket) == told


def test_the_bytes_of_a_batch_may_be_limited() -> None:
    assert create(Shop(batch_bytes=100), NEW).status == 200
    assert create(Shop(batch_bytes=100), NEW, NEW).status == 413


def test_a_boolean_may_be_written_with_capitals() -> None:
    assert create(Shop(), NEW, allowParallelMode="True").status == 400
    assert create(Shop(boolean_words="any_case"), NEW, allowParallelMode="True").status == 200


def test_an_id_that_is_a_number_may_be_echoed() -> None:
    entry = {**NEW, "id": 5}
    assert create(Shop(), entry).status == 400
    shop = Shop(numeric_ids="accept")
    assert create(shop, {**NEW, "id": True}).status == 400
    ticket = shop.submit(entry)
    shop.now = 1.0
    assert shop.look(ticket)["responses"][0]["id"] == 5


def test_a_body_that_is_text_may_be_read() -> None:
    entry = post('{"name":"Tea"}')
    assert [code for code, _ in Shop().run(entry)] == [400]
    shop = Shop(text_bodies="read")
    assert [code for code, _ in shop.run(entry)] == [200]
    assert create(shop, post("{")).status == 400


@pytest.mark.parametrize(("memory", "later"), [(3600.0, 3600.0), (60.0, 60.0), (None, 1e6)])
def test_a_key_is_remembered_for_a_time(memory: Any, later: float) -> None:
    shop = Shop(key_memory=memory)
    first = shop.submit(NEW, deduplicationKey="k")
    shop.now = later - 0.5
    assert shop.submit(NEW, deduplicationKey="k") == first
    shop.now = later
    assert (shop.submit(NEW, deduplicationKey="k") == first) is (memory is None)


@pytest.mark.parametrize("between", [{"deduplicationKey": "other"}, {}])
def test_another_submission_in_between_may_break_a_key(between: Any) -> None:
    for said, same in (("all", True), ("last", False)):
        shop = Shop(keys_remembered=said)
        first = shop.submit(NEW, deduplicationKey="k")
        assert shop.submit(NEW, deduplicationKey="k") == first
        shop.submit(NEW, **between)
        assert (shop.submit(NEW, deduplicationKey="k") == first) is same


def test_a_key_may_be_of_one_token_only() -> None:
    for scope, same in (("store", True), ("token", False)):
        shop = Shop(key_scope=scope)
        first, second = (
            answer(shop.call("POST", "/7/batch", [NEW], headers, deduplicationKey="k"))["ticket"]
            for headers in (HEADERS, OTHER)
        )
        assert (first == second) is same


def test_a_key_that_comes_with_another_body_may_be_answered_in_three_ways() -> None:
    shop = Shop()
    first = shop.submit(NEW, deduplicationKey="k")
    assert shop.submit(NEW, NEW, deduplicationKey="k") == first

    shop = Shop(key_with_another_body="refuse")
    first = shop.submit(NEW, deduplicationKey="k")
    assert create(shop, NEW, NEW, deduplicationKey="k").status == 400
    assert shop.submit(NEW, deduplicationKey="k") == first

    shop = Shop(key_with_another_body="new_ticket")
    first = shop.submit(NEW, deduplicationKey="k")
    second = shop.submit(NEW, NEW, deduplicationKey="k")
    assert second != first
    assert shop.submit(NEW, NEW, deduplicationKey="k") == second


def test_a_key_may_have_to_be_a_uuid() -> None:
    assert create(Shop(), NEW, deduplicationKey="k").status == 200
    shop = Shop(key_form="uuid")
    assert create(shop, NEW, deduplicationKey="k").status == 400
    assert create(shop, NEW, deduplicationKey=str(uuid4())).status == 200
