"""The ledger of a sandbox: what it keeps and how it is read."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from batchkit.testing import Ledger, LedgerItem, LedgerRequest, Request, Sandbox
from tests.testing.shop import NEW, Shop

EVENT: dict[str, Any] = {"q": "jeans", "lang": "es"}
HEADERS = {"Authorization": "Bearer x", "Content-Type": "application/json"}


def track(sandbox: Sandbox, *events: object, sink: str = "query") -> None:
    path = f"/empathy/tagging/v1/track/demo/{sink}/batch"
    sandbox.handle(Request.of("POST", path, body=json.dumps(events).encode()))


def unsubscribe(sandbox: Sandbox, *items: object) -> None:
    body = json.dumps({"batches": [{"subscribers": items}]}).encode()
    sandbox.handle(Request.of("POST", "/drip/v2/9/unsubscribes/batches", HEADERS, body))


def test_a_request_is_recorded_with_its_answer_and_its_time() -> None:
    sandbox = Sandbox(clock=lambda: 12.5)
    track(sandbox, EVENT)
    track(sandbox, {})
    assert sandbox.ledger.requests == (
        LedgerRequest(1, "empathy", "query", "demo", 12.5, 200),
        LedgerRequest(2, "empathy", "query", "demo", 12.5, 400),
    )


def test_an_item_is_recorded_with_its_request_and_its_place() -> None:
    sandbox = Sandbox(clock=lambda: 3.0)
    track(sandbox, EVENT)
    track(sandbox, {}, EVENT)
    assert list(sandbox.ledger.records())[1] == LedgerItem(
        "empathy", "query", "demo", 2, 1, 3.0, "taken", EVENT
    )


def test_items_can_be_read_by_vendor_and_operation() -> None:
    sandbox = Sandbox()
    track(sandbox, EVENT)
    track(sandbox, EVENT, EVENT, sink="click")
    unsubscribe(sandbox, {"email": "a@b.c"}, {})
    ledger = sandbox.ledger
    assert [ledger.count(), ledger.count("empathy"), ledger.count("empathy", "click")] == [4, 3, 2]
    assert ledger.count(operation="unsubscribes") == 1
    assert ledger.count("drip", fate="dropped") == 1
    assert list(ledger.items("empathy", "query")) == [EVENT]
    assert list(ledger.items("drip")) == [{"email": "a@b.c"}]
    assert list(ledger.dropped("drip", "unsubscribes")) == [{}]
    assert list(ledger.dropped("empathy")) == []


def test_without_items_the_counts_are_still_kept() -> None:
    sandbox = Sandbox(keep_items=False)
    track(sandbox, EVENT, {})
    assert sandbox.ledger.count() == sandbox.ledger.count(fate="refused") == 1
    assert list(sandbox.ledger.items()) == []
    assert len(sandbox.ledger.requests) == 1


def test_clearing_forgets_all_but_the_numbering() -> None:
    sandbox = Sandbox()
    track(sandbox, EVENT)
    sandbox.ledger.clear()
    assert sandbox.ledger.count() == 0
    assert list(sandbox.ledger.items()) == []
    track(sandbox, EVENT)
    assert [request.number for request in sandbox.ledger.requests] == [2]


def test_each_reading_gives_fresh_items() -> None:
    sandbox = Sandbox()
    track(sandbox, EVENT)
    (first,) = sandbox.ledger.items()
    assert isinstance(first, dict)
    first.clear()
    assert list(sandbox.ledger.items()) == [EVENT]


def test_integers_of_any_size_keep_their_value() -> None:
    sandbox = Sandbox()
    event = {**EVENT, "position": 2**80 + 1}
    track(sandbox, event)
    assert list(sandbox.ledger.items()) == [event]


def test_reading_while_the_vendors_work_is_safe() -> None:
    sandbox = Sandbox()

    def work() -> None:
        for _ in range(200):
            track(sandbox, EVENT)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert sum(1 for _ in sandbox.ledger.items()) <= sandbox.ledger.count()
    assert sandbox.ledger.count() == 600
    assert len({request.number for request in sandbox.ledger.requests}) == 600


def test_a_path_of_no_vendor_is_404_and_in_no_ledger() -> None:
    sandbox = Sandbox()
    for path in ("/x", "/drip", "/dripping/v2", "/ecwid/7/batch"):
        assert sandbox.handle(Request.of("GET", path)).status == 404
    assert sandbox.ledger.requests == ()


def test_a_ledger_in_a_file_is_gone_on_with(tmp_path: Path) -> None:
    for _ in range(2):
        sandbox = Sandbox(ledger=tmp_path / "ledger.db")
        track(sandbox, EVENT, {})
        sandbox.ledger.close()
    again = Ledger(tmp_path / "ledger.db")
    if os.name == "posix":
        assert (tmp_path / "ledger.db").stat().st_mode & 0o777 == 0o600
    assert [request.number for request in again.requests] == [1, 2]
    assert list(again.items()) == [EVENT] * 2
    assert again.count(fate="refused") == 2
    again.close()


def test_what_was_cleared_in_the_meantime_has_no_items() -> None:
    sandbox = Sandbox()
    track(sandbox, EVENT)
    track(sandbox, EVENT)
    records = sandbox.ledger.records()
    assert next(records).item == EVENT
    sandbox.ledger.clear()
    assert list(records) == []


def test_a_request_without_an_answer_has_the_status_0_and_its_fault() -> None:
    sandbox = Sandbox(faults=["empathy:reset-after-taking*1"])
    track(sandbox, EVENT)
    [request] = sandbox.ledger.requests
    assert (request.status, request.fault) == (0, "empathy:reset-after-taking*1")
    assert sandbox.ledger.count() == 1


def test_a_file_holds_what_was_due_when_it_was_closed_though_nobody_looked(tmp_path: Path) -> None:
    shop = Shop(ledger=tmp_path / "ledger.db")
    shop.submit(NEW, NEW, NEW)
    shop.now = 2.0
    shop.ledger.close()

    with closing(sqlite3.connect(tmp_path / "ledger.db")) as file:
        assert file.execute("SELECT count(*) FROM items").fetchone() == (2,)


def test_another_program_sees_a_request_in_the_file_as_soon_as_it_is_answered(
    tmp_path: Path,
) -> None:
    sandbox = Sandbox(ledger=tmp_path / "ledger.db")
    track(sandbox, EVENT)
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as books:
        assert books.execute("SELECT request, position, fate FROM items").fetchall() == [
            (1, 0, "taken")
        ]
    sandbox.ledger.close()


@pytest.mark.parametrize(
    ("vendor", "operation", "fate", "words"),
    [
        ("drop", None, "taken", "`vendor` is 'drop'; it must be one of drip, ecwid, empathy"),
        ("drip", "evnts", "taken", "'evnts' is no operation of drip; there are subscribers, "),
        (None, "evnts", "taken", "'evnts' is no operation of the vendors"),
        ("drip", "events", "tken", "`fate` is 'tken'; it must be one of taken, dropped, refused"),
    ],
)
def test_a_name_that_is_none_is_refused_for_it_would_read_as_nothing_arrived(
    vendor: Any, operation: Any, fate: Any, words: str
) -> None:
    ledger = Ledger()
    with pytest.raises(ValueError, match=words):
        ledger.count(vendor, operation, fate)
    with pytest.raises(ValueError, match=words):
        list(ledger.records(vendor, operation, fate))


def test_a_sink_of_another_name_is_an_operation_once_it_was_used() -> None:
    sandbox = Sandbox()
    assert sandbox.ledger.count("empathy", "display") == 0
    track(sandbox, EVENT, sink="display")
    assert sandbox.ledger.count(operation="display") == 1


def test_nothing_is_lost_between_two_readings_however_many_requests_there_are() -> None:
    sandbox = Sandbox()
    for _ in range(600):
        track(sandbox, EVENT)
    assert [one.number for one in sandbox.ledger.requests] == list(range(1, 601))
    assert sandbox.ledger.count() == 600
