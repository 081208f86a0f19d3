"""Jobs: what submitting leaves behind, as text and back, and how it is waited for."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.effects import Go, Received, Response, Send, Turn
from batchkit._core.exchange.account import Account
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.exchange.policy import Policy
from batchkit._core.items.chunks import Chunk, EncodedItems
from batchkit._core.operations import Operation
from batchkit._core.rulings import OpenTicket, Ruling
from batchkit.ecwid import ApiRequest, Job
from batchkit.ecwid.jobs import bare, chunk_of, chunks_of, job_of
from batchkit.ecwid.operations import waiting
from batchkit.exceptions import ConfigurationError
from batchkit.jobs import JobTicket
from batchkit.options import PollPolicy, RetryPolicy
from batchkit.outcomes import Outcome, Rejected, Skipped, Succeeded, Unknown, Unsent

JOB = Job(
    store_id="1003",
    tickets=(
        JobTicket(ticket="t-1", entries=((0, "a"), (3, "k-3"))),
        JobTicket(ticket="t-2", entries=((4, "é"),)),
    ),
    refused=(
        Rejected(index=1, item="bad", by="client", reason="`path` is empty."),
        Unknown(index=2, item=None, reason="It may have been applied.", ticket=None),
        Rejected(index=5, item=None, by="vendor", code=400, reason="No."),
        Unsent(index=9, item="z", reason="The run had to stop."),
        Skipped(index=11, item="s", reason="Skipped."),
        Unknown(index=12, item="u", reason="?", ticket="t-0"),
    ),
    stops_on_failure=True,
)
RULES = Policy(
    retry=RetryPolicy(),
    poll=PollPolicy(),
    resend_in_doubt=False,
    strict_items=False,
    refused_statuses=None,
    random=lambda: 0.0,
    new_key=lambda: "key",
)


def told(job: Job = JOB) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(job.to_json())
    return value


def refusal(value: object) -> str:
    text: Any = value if isinstance(value, str) else json.dumps(value)
    with pytest.raises(ConfigurationError) as caught:
        Job.from_json(text)
    return str(caught.value)


def ask(operation: Operation, chunk: Chunk, known: Sequence[Ruling], body: object) -> Account:
    """The account of a chunk whose one question is answered with this body."""
    exchange = Exchange(chunk, operation, RULES)
    for ruling in known:
        exchange.account.rule(ruling)
    flow = exchange.flow()
    reply: Any = None
    response = Response(status=200, headers={}, body=json.dumps(body).encode())
    while True:
        try:
            effect = flow.send(reply)
        except StopIteration:
            return exchange.account
        assert isinstance(effect, (Turn, Send))
        reply = Go(0.0) if isinstance(effect, Turn) else Received(response, 0.0)


def finished(*entries: tuple[str | None, int]) -> dict[str, object]:
    responses = [
        {"id": name, "status": "COMPLETED" if code < 300 else "FAILED", "httpStatusCode": code}
        for name, code in entries
    ]
    return {"status": "COMPLETED", "responses": responses}


# As text


def test_a_job_comes_back_from_its_text() -> None:
    assert Job.from_json(JOB.to_json()) == JOB


def test_the_text_of_a_job_is_versioned() -> None:
    assert told()["version"] == 1
    assert told().keys() == {"version", "store_id", "tickets", "refused", "stops_on_failure"}


def test_a_job_without_tickets_or_refusals_comes_back_too() -> None:
    empty = Job(store_id="1", tickets=())

    assert Job.from_json(empty.to_json()) == empty


def test_an_id_that_utf_8_has_no_form_for_comes_back() -> None:
    problem = Rejected(index=0, item="\ud800", by="client", reason="No.")
    job = Job(store_id="1", tickets=(), refused=(problem,))

    assert Job.from_json(job.to_json()) == job


def test_a_job_is_pickled_and_shows_no_ids() -> None:
    assert pickle.loads(pickle.dumps(JOB)) == JOB
    assert repr(JOB) == (
        "Job(store_id='1003', tickets=(JobTicket(ticket='t-1'), JobTicket(ticket='t-2')), "
        "stops_on_failure=True)"
    )


@pytest.mark.parametrize(
    "text", ["", "{", "nonsense", '{"version":1,"version":1}', "\ud800", "NaN"]
)
def test_text_that_is_no_json_is_no_job(text: str) -> None:
    assert refusal(text) == "This is not the text of a job: it is not JSON."


@pytest.mark.parametrize("value", [None, 5, b"{}", JOB])
def test_what_is_no_text_is_no_job(value: Any) -> None:
    with pytest.raises(ConfigurationError):
        Job.from_json(value)


@pytest.mark.parametrize("version", [0, 2, True, 1.0, "1", None])
def test_a_job_of_another_version_is_refused(version: object) -> None:
    assert "its version is not 1" in refusal({**told(), "version": version})


@pytest.mark.parametrize(
    "change",
    [
        {"store_id": 1003},
        {"store_id": ""},
        {"store_id": "../1"},
        {"store_id": "１"},
        {"store_id": "1\n"},
        {"store_id": "1" * 21},
        {"tickets": {}},
        {"tickets": "t"},
        {"refused": None},
        {"stops_on_failure": 1},
        {"token": "secret"},
    ],
)
def test_a_jobs_fields_are_checked(change: dict[str, object]) -> None:
    assert "its fields" in refusal({**told(), **change})


@pytest.mark.parametrize("name", ["store_id", "tickets", "refused", "stops_on_failure", "version"])
def test_a_job_has_all_its_fields(name: str) -> None:
    value = told()
    del value[name]

    assert "its fields" in refusal(value)


@pytest.mark.parametrize("value", [[], 1, "x", None])
def test_a_job_is_an_object(value: object) -> None:
    assert "its fields" in refusal(json.dumps(value))


@pytest.mark.parametrize(
    "ticket",
    [
        7,
        {},
        {"ticket": "t"},
        {"ticket": "t", "entries": []},
        {"ticket": "t", "entries": {}},
        {"ticket": "../t", "entries": [[0, "a"]]},
        {"ticket": 7, "entries": [[0, "a"]]},
        {"ticket": "t", "entries": [[0, "a"]], "url": "https://evil.example"},
    ],
)
def test_a_jobs_tickets_are_checked(ticket: object) -> None:
    assert "one of its tickets" in refusal({**told(), "tickets": [ticket]})


@pytest.mark.parametrize(
    "entry",
    [7, "0a", [], [0], [0, "a", 1], [-1, "a"], [True, "a"], ["0", "a"], [0, ""], [0, 7],
     [2**63, "a"]],
)  # fmt: skip
def test_a_jobs_entries_are_checked(entry: object) -> None:
    value = {**told(), "tickets": [{"ticket": "t", "entries": [entry]}]}

    assert "one of its entries" in refusal(value)


@pytest.mark.parametrize(
    "entries", [[[2, "a"], [1, "b"]], [[0, "a"], [10_000, "b"]], [[0, "a"], [2**60, "b"]]]
)
def test_a_tickets_entries_are_neighbours_in_order(entries: object) -> None:
    value = {**told(), "tickets": [{"ticket": "t", "entries": entries}], "refused": []}

    assert "not in order, or too far apart" in refusal(value)


GOOD = {"outcome": "rejected", "index": 1, "item": None, "reason": "", "by": "client", "code": None}


@pytest.mark.parametrize(
    "problem",
    [
        7,
        {},
        {**GOOD, "outcome": "succeeded"},
        {**GOOD, "outcome": ["rejected"]},
        {**GOOD, "outcome": "unsent"},
        {**GOOD, "index": -1},
        {**GOOD, "index": True},
        {**GOOD, "item": 7},
        {**GOOD, "reason": None},
        {**GOOD, "by": "me"},
        {**GOOD, "code": 99},
        {**GOOD, "code": True},
        {**GOOD, "more": 1},
        {"outcome": "unknown", "index": 1, "item": "a", "reason": "", "ticket": "../t"},
        {"outcome": "unknown", "index": 1, "item": "a", "reason": ""},
    ],
)
def test_a_jobs_refused_items_are_checked(problem: object) -> None:
    assert "one of its refused items" in refusal({**told(), "refused": [problem]})


def test_a_jobs_refused_items_are_in_order() -> None:
    refused = [{**GOOD, "index": 6}, {**GOOD, "index": 5}]

    assert "not in order" in refusal({**told(), "refused": refused})


def ticket(name: str, *entries: object) -> dict[str, object]:
    return {"ticket": name, "entries": entries}


@pytest.mark.parametrize(
    ("tickets", "index", "what"),
    [
        ([ticket("t", [0, "a"], [0, "b"])], 9, "index"),
        ([ticket("t", [0, "a"]), ticket("u", [0, "b"])], 9, "index"),
        ([ticket("t", [0, "a"])], 0, "index"),
        ([ticket("t", [0, "a"], [1, "a"])], 9, "id"),
        ([ticket("t", [0, "a"]), ticket("t", [1, "b"])], 9, "ticket"),
    ],
)
def test_nothing_in_a_job_comes_twice(tickets: object, index: int, what: str) -> None:
    value = {**told(), "tickets": tickets, "refused": [{**GOOD, "index": index}]}

    assert f"one {what} comes twice" in refusal(value)


def test_a_refusal_shows_nothing_of_the_text() -> None:
    assert "canary" not in refusal({**told(), "store_id": "canary"})
    assert "canary" not in refusal("canary")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists) | st.text())
def test_no_text_makes_the_reading_fail_otherwise(value: object) -> None:
    assert refusal(value).startswith("This is not the text of a job: ")


# What submitting leaves behind


def submitted() -> Account:
    items = [
        ApiRequest("GET", "/a"),
        {"id": "bad", "path": ""},
        ApiRequest("GET", "/b", id="b"),
        ApiRequest("GET", "/c", id="c"),
    ]
    chunk = Chunk(
        start=10,
        items=items,
        encoded=EncodedItems([b"{}"] * 3),
        positions=[0, 2, 3],
        refused={1: "No."},
    )
    account = Account(chunk)
    account.tickets.append(OpenTicket("t-1", [0, 2]))
    account.rule(Ruling(outcome=Unsent, positions=[3], reason="Stopped."))
    return account


def identify(item: object, index: int) -> str:
    return f"id-{index}"


def test_a_job_holds_the_tickets_and_what_has_none() -> None:
    assert job_of("1003", [submitted()], identify) == Job(
        store_id="1003",
        tickets=(JobTicket(ticket="t-1", entries=((10, "id-10"), (12, "id-12"))),),
        refused=(
            Rejected(index=11, item="bad", by="client", reason="No."),
            Unsent(index=13, item="c", reason="Stopped."),
        ),
    )


def test_what_was_said_of_an_open_ticket_is_left_to_the_ticket() -> None:
    account = submitted()
    account.rule(Ruling(outcome=Unknown, positions=[0, 2], reason="Late.", ticket="t-1"))

    job = job_of("1003", [account], identify, stops_on_failure=True)

    assert [problem.index for problem in job.refused] == [11, 13]
    assert job.stops_on_failure


# Waiting


def outcomes_of(job: Job, *bodies: object) -> list[Outcome[Any]]:
    answers = iter(bodies)
    outcomes: list[Outcome[Any]] = []
    for chunk, rulings in chunks_of(job):
        body = next(answers) if chunk.ticket else None
        outcomes += ask(waiting("1003"), chunk, rulings, body).outcomes()
    return outcomes


def test_a_tickets_chunk_keeps_every_index_and_leaves_gaps_alone() -> None:
    chunk = chunk_of(JOB.tickets[0])

    assert (chunk.start, chunk.ticket) == (0, "t-1")
    assert list(chunk.items) == ["a", None, None, "k-3"]
    assert list(chunk.positions) == [0, 3]
    assert (list(chunk.encoded), chunk.refused) == ([], {})


def test_chunks_come_in_index_order_and_refused_neighbours_together() -> None:
    chunks = chunks_of(JOB)

    assert [(chunk.start, len(chunk.items), chunk.ticket) for chunk, _ in chunks] == [
        (0, 4, "t-1"),
        (1, 2, None),
        (4, 1, "t-2"),
        (5, 1, None),
        (9, 1, None),
        (11, 2, None),
    ]


def test_every_item_of_a_job_gets_its_one_outcome() -> None:
    outcomes = outcomes_of(JOB, finished(("k-3", 404), ("a", 200)), finished(("é", 201)))

    assert sorted(outcomes, key=lambda outcome: outcome.index) == [
        Succeeded(index=0, item="a", code=200),
        JOB.refused[0],
        JOB.refused[1],
        Rejected(
            index=3,
            item="k-3",
            by="vendor",
            code=404,
            reason="Ecwid answered 404 for this item.",
        ),
        Succeeded(index=4, item="é", code=201),
        *JOB.refused[2:],
    ]


@given(st.lists(st.sampled_from(["first", "second", "refused", "done"]), max_size=30))
def test_no_index_is_lost_or_told_twice(fates: list[str]) -> None:
    entries = [(index, f"id-{index}") for index in range(len(fates))]
    tickets = [
        JobTicket(ticket=name, entries=mine)
        for name in ("first", "second")
        if (mine := tuple(entry for entry in entries if fates[entry[0]] == name))
    ]
    refused = tuple(
        Unsent(index=index, item=name, reason="No.")
        for index, name in entries
        if fates[index] == "refused"
    )
    job = Job(store_id="1", tickets=tuple(tickets), refused=refused)

    outcomes = outcomes_of(Job.from_json(job.to_json()), {"status": "COMPLETED"}, finished())

    left = [index for index, fate in enumerate(fates) if fate != "done"]
    assert sorted(outcome.index for outcome in outcomes) == left
    assert all(outcome.item == f"id-{outcome.index}" for outcome in outcomes)


# A bare ticket


def test_a_bare_tickets_entries_are_known_once_it_is_finished() -> None:
    body = finished(("a", 200), (None, 201), ("a", 404))

    outcomes = ask(waiting("1003", by_position=True), bare("t"), [], body).outcomes()

    assert outcomes == [
        Succeeded(index=0, item="a", code=200),
        Succeeded(index=1, item=None, code=201),
        Rejected(
            index=2, item="a", by="vendor", code=404, reason="Ecwid answered 404 for this item."
        ),
    ]


def test_a_bare_ticket_may_hold_nothing() -> None:
    assert ask(waiting("1003", by_position=True), bare("t"), [], finished()).outcomes() == []


def test_an_outcome_of_a_refused_item_is_unchanged_by_waiting() -> None:
    for problem in JOB.refused:
        job = attrs.evolve(JOB, tickets=(), refused=(problem,))
        assert outcomes_of(job) == [problem]
