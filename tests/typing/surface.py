"""Read by the type checkers, never run: what users' own code must be told about its types."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, assert_never, assert_type

from batchkit import (
    UNSET,
    Accepted,
    AsyncDrip,
    AsyncEcwid,
    Drip,
    Ecwid,
    Journal,
    Outcome,
    Plan,
    Problem,
    Rejected,
    Report,
    Skipped,
    Succeeded,
    Unknown,
    Unsent,
)
from batchkit.drip import Order, Subscriber
from batchkit.ecwid import ApiRequest, BatchStatus, Job
from batchkit.journal import JournaledItem


def the_report_knows_the_item(drip: Drip, people: Iterable[Subscriber]) -> None:
    report = drip.subscribers.send(people)
    assert_type(report, Report[Subscriber])
    assert_type(report.problems, Sequence[Problem[Subscriber]])
    assert_type(report.accepted, int)
    assert_type(report.raise_for_problems(), Report[Subscriber])


def mappings_keep_their_own_type(drip: Drip, rows: list[dict[str, str]]) -> None:
    assert_type(drip.subscribers.send(rows), Report[dict[str, str]])


def a_journal_is_a_path_or_a_journal(drip: Drip, people: Iterable[Subscriber]) -> None:
    journal = Journal("run.db", durability="normal", store_bodies=True)
    assert_type(drip.subscribers.send(people, journal=journal), Report[Subscriber])
    assert_type(drip.subscribers.send(people, journal="run.db"), Report[Subscriber])
    assert_type(journal.report(), Report[JournaledItem])
    for problem in journal.problems():
        assert_type(problem.item.first_sent, datetime | None)
    assert_type(journal.export(Path("problems.jsonl")), int)
    send = drip.subscribers.send
    send(people, journal=7)  # type: ignore[call-overload]  # ty: ignore[no-matching-overload]  # no path
    Journal("j", durability="no")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # no word


def a_wrong_model_is_refused(drip: Drip, orders: list[Order]) -> None:
    give = drip.subscribers.send
    give(orders)  # type: ignore[arg-type]  # ty: ignore[no-matching-overload]  # no subscribers


def ok_narrows(outcome: Outcome[Subscriber]) -> None:
    assert_type(outcome.index, int)
    assert_type(outcome.item, Subscriber)
    if outcome.ok is False:
        assert_type(outcome.reason, str)
    else:
        assert_type(outcome.ok, Literal[True])


def a_match_is_exhaustive(outcome: Outcome[Any]) -> str:
    match outcome:
        case Succeeded() | Accepted():
            return "through"
        case Rejected(by=by):
            assert_type(by, Literal["vendor", "client"])
            return by
        case Skipped(reason=reason) | Unknown(reason=reason) | Unsent(reason=reason):
            return reason
        case _:
            assert_never(outcome)


def a_value_is_json(outcome: Outcome[ApiRequest]) -> int | None:
    match outcome:
        case Succeeded(value={"id": int(number)}):
            return number
        case _:
            return None


def a_stream_gives_outcomes(drip: Drip, rows: list[Mapping[str, object]]) -> None:
    with drip.events.stream(rows) as outcomes:
        for outcome in outcomes:
            assert_type(outcome, Outcome[Mapping[str, object]])
        assert_type(outcomes.report, Report[Mapping[str, object]])


def unset_may_be_passed(phone: str | None) -> Subscriber:
    return Subscriber(email="ada@example.com", phone=phone or UNSET)


def a_plan_needs_no_network(drip: Drip, people: list[Subscriber]) -> None:
    assert_type(drip.subscribers.plan(people), Plan)


def a_job_can_be_waited_for(ecwid: Ecwid, requests: list[ApiRequest]) -> None:
    job = ecwid.batches.submit(requests)
    assert_type(job, Job)
    assert_type(Job.from_json(job.to_json()), Job)
    assert_type(ecwid.batches.status("ticket"), BatchStatus)
    assert_type(ecwid.batches.cancel_group("group"), int)


async def the_twin_is_the_same(
    drip: AsyncDrip, ecwid: AsyncEcwid, people: list[Subscriber], more: AsyncIterable[Subscriber]
) -> None:
    assert_type(await drip.subscribers.send(people), Report[Subscriber])
    assert_type(await drip.subscribers.send(more), Report[Subscriber])
    assert_type(await drip.subscribers.plan(people), Plan)
    assert_type(await ecwid.batches.status("ticket"), BatchStatus)
    async with drip.subscribers.stream(people) as outcomes:
        async for outcome in outcomes:
            assert_type(outcome, Outcome[Subscriber])
