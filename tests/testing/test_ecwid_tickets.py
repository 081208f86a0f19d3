"""Tickets of the sandbox's Ecwid: time, results and keys."""

from __future__ import annotations

from tests.testing.shop import MISSING, NEW, Shop

# -- time


def test_a_ticket_goes_from_queued_over_in_progress_to_completed() -> None:
    shop = Shop()
    ticket = shop.submit(NEW, NEW)
    assert shop.look(ticket) == {"status": "QUEUED", "totalRequests": 2, "completedRequests": 0}
    shop.now = 1.0
    halfway = shop.look(ticket)
    assert (halfway["status"], halfway["completedRequests"]) == ("IN_PROGRESS", 1)
    assert len(halfway["responses"]) == 1
    shop.now = 2.0
    assert shop.look(ticket)["status"] == "COMPLETED"


def test_entries_that_take_no_time_are_done_at_the_first_look() -> None:
    shop = Shop(seconds_per_entry=0.0)
    assert shop.look(shop.submit(NEW, NEW))["status"] == "COMPLETED"


def test_rounding_does_not_hold_an_entry_back() -> None:
    shop = Shop(seconds_per_entry=0.1)
    ticket = shop.submit(*[NEW] * 3)
    shop.now = 0.3
    assert shop.look(ticket)["status"] == "COMPLETED"


def test_batches_of_one_store_run_one_after_the_other() -> None:
    shop = Shop()
    first, second = shop.submit(NEW, NEW), shop.submit(NEW)
    shop.now = 2.0
    assert shop.look(first)["status"] == "COMPLETED"
    assert shop.look(second)["status"] == "QUEUED"
    shop.now = 3.0
    assert shop.look(second)["status"] == "COMPLETED"


def test_a_batch_starts_no_earlier_than_its_submission() -> None:
    shop = Shop()
    shop.submit(NEW)
    shop.now = 100.0
    second = shop.submit(NEW)
    shop.now = 100.5
    assert shop.look(second)["status"] == "QUEUED"


def test_stores_do_not_wait_for_each_other() -> None:
    shop = Shop()
    shop.submit(NEW, NEW, NEW)
    other = shop.submit(NEW, store="8")
    shop.now = 1.0
    assert shop.look(other, store="8")["status"] == "COMPLETED"


def test_in_parallel_mode_a_hundred_entries_run_at_a_time() -> None:
    shop = Shop()
    ticket = shop.submit(*[NEW] * 250, allowParallelMode="true")
    shop.now = 2.0
    assert shop.look(ticket)["completedRequests"] == 200
    shop.now = 3.0
    assert shop.look(ticket)["status"] == "COMPLETED"


# -- results


def test_results_carry_the_id_only_if_one_was_given() -> None:
    shop = Shop()
    ticket = shop.submit({**NEW, "id": "a"}, NEW, {**NEW, "id": None})
    shop.now = 3.0
    named, *unnamed = shop.look(ticket)["responses"]
    assert named["id"] == "a"
    assert all("id" not in entry for entry in unnamed)


def test_a_result_has_its_body_as_an_object_or_escaped() -> None:
    shop = Shop()
    ticket = shop.submit(NEW)
    shop.now = 1.0
    plain = {"status": "COMPLETED", "httpStatusCode": 200, "httpStatusLine": "OK"}
    assert shop.look(ticket)["responses"] == [{**plain, "httpBody": {"id": 1}}]
    escaped = shop.look(ticket, escapedJson="true")["responses"]
    assert escaped == [{**plain, "escapedHttpBody": '{"id":1}'}]


def test_the_first_failure_stops_a_batch_unless_told_otherwise() -> None:
    shop = Shop()
    ticket = shop.submit(NEW, {**MISSING, "id": "b"}, {**NEW, "id": "c"}, NEW)
    shop.now = 2.0
    report = shop.look(ticket)
    assert (report["status"], report["completedRequests"]) == ("COMPLETED", 2)
    assert [entry["status"] for entry in report["responses"][:2]] == ["COMPLETED", "FAILED"]
    assert report["responses"][2:] == [
        {"id": "c", "status": "NOT_EXECUTED"},
        {"status": "NOT_EXECUTED"},
    ]


def test_a_batch_may_go_on_after_a_failure() -> None:
    shop = Shop()
    codes = [code for code, _ in shop.run(MISSING, NEW, stopOnFirstFailure="false")]
    assert codes == [404, 200]


def test_in_parallel_mode_a_failure_lets_its_hundred_finish() -> None:
    shop = Shop()
    ticket = shop.submit(MISSING, *[NEW] * 149, allowParallelMode="true")
    shop.now = 1.0
    report = shop.look(ticket)
    assert (report["status"], report["completedRequests"]) == ("COMPLETED", 100)


def test_an_unknown_ticket_is_404() -> None:
    shop = Shop()
    assert shop.call("GET", ticket="nobody").status == 404
    assert shop.call("GET", "/8/batch", ticket=shop.submit(NEW)).status == 404


def test_two_sandboxes_make_different_tickets() -> None:
    assert Shop().submit(NEW) != Shop().submit(NEW)


# -- the deduplication key


def test_a_repeated_key_gives_the_first_ticket_and_runs_nothing_again() -> None:
    shop = Shop()
    first = shop.submit(NEW, deduplicationKey="k")
    assert shop.submit(NEW, NEW, deduplicationKey="k") == first
    shop.now = 100.0
    assert shop.look(first)["totalRequests"] == 1
    assert shop.ledger.count() == 1


def test_a_key_is_remembered_for_one_hour() -> None:
    shop = Shop()
    first = shop.submit(NEW, deduplicationKey="k")
    shop.submit(NEW, deduplicationKey="other")
    shop.now = 3599.0
    assert shop.submit(NEW, deduplicationKey="k") == first
    shop.now = 3600.0
    second = shop.submit(NEW, deduplicationKey="k")
    assert second != first
    assert shop.submit(NEW, deduplicationKey="k") == second


def test_a_key_belongs_to_one_store() -> None:
    shop = Shop()
    first = shop.submit(NEW, deduplicationKey="k")
    assert shop.submit(NEW, deduplicationKey="k", store="8") != first


def test_a_refused_batch_does_not_use_its_key_up() -> None:
    shop = Shop()
    assert shop.call("POST", value=[], deduplicationKey="k").status == 400
    ticket = shop.submit(NEW, deduplicationKey="k")
    assert shop.look(ticket)["totalRequests"] == 1
