"""Read by the type checkers, never run: what the clients of both colours tell about their types."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, assert_never, assert_type

from batchkit import (
    Accepted,
    AsyncDrip,
    AsyncEcwid,
    AsyncEmpathyTagging,
    AsyncEndpoint,
    AsyncStream,
    Drip,
    Ecwid,
    EmpathyTagging,
    Endpoint,
    Hooks,
    Journal,
    JsonValue,
    Outcome,
    Pace,
    Plan,
    PollPolicy,
    Rejected,
    Report,
    RequestRecord,
    Skipped,
    Stream,
    Succeeded,
    Unknown,
    Unsent,
)
from batchkit.drip import Cart, Event, LegacyOrder, Order, Product, Subscriber, Unsubscribe
from batchkit.ecwid import ApiRequest, BatchStatus, Job
from batchkit.empathy import CheckoutEvent, QueryEvent
from batchkit.exceptions import BatchkitError, DeadlineExceededError, VendorError
from batchkit.progress import progress_bar

# Clients


MYPY = False  # which takes it for true, and has two names for the mistake below


def the_endpoints_of_drip(drip: Drip, other: AsyncDrip) -> None:
    assert_type(drip.subscribers, Endpoint[Subscriber])
    assert_type(drip.unsubscribes, Endpoint[Unsubscribe])
    assert_type(drip.events, Endpoint[Event])
    assert_type(drip.carts, Endpoint[Cart])
    assert_type(drip.orders, Endpoint[Order])
    assert_type(drip.products, Endpoint[Product])
    assert_type(drip.legacy_orders, Endpoint[LegacyOrder])
    assert_type(other.subscribers, AsyncEndpoint[Subscriber])
    assert_type(other.legacy_orders, AsyncEndpoint[LegacyOrder])


def the_endpoints_of_empathy(tagging: EmpathyTagging, other: AsyncEmpathyTagging) -> None:
    assert_type(tagging.query, Endpoint[QueryEvent])
    assert_type(tagging.checkout, Endpoint[CheckoutEvent])
    assert_type(other.query, AsyncEndpoint[QueryEvent])


def a_block_gives_the_client_itself() -> None:
    with Drip("1", api_key="key") as drip:
        assert_type(drip, Drip)
    with Ecwid(1, token="token") as ecwid:
        assert_type(ecwid, Ecwid)
    with EmpathyTagging("shop") as tagging:
        assert_type(tagging, EmpathyTagging)


async def so_does_an_asynchronous_one() -> None:
    async with AsyncDrip("1", api_key="key") as drip:
        assert_type(drip, AsyncDrip)
    async with AsyncEcwid(1, token="token") as ecwid:
        assert_type(ecwid, AsyncEcwid)
    async with AsyncEmpathyTagging("shop") as tagging:
        assert_type(tagging, AsyncEmpathyTagging)


def other_options_give_the_same_kind(drip: Drip, ecwid: AsyncEcwid) -> None:
    assert_type(drip.with_options("2", pace=Pace(requests=1, per=2.5)), Drip)
    assert_type(drip.with_options(pace=None), Drip)
    assert_type(ecwid.with_options(timeout=5), AsyncEcwid)


def wrong_arguments_are_refused(drip: Drip) -> None:
    if not MYPY:
        Drip("1", "k")  # type: ignore[call-arg]  # ty: ignore[too-many-positional-arguments]  # by name
    give = drip.with_options
    give(on_doubt="no")  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # no word


# Sending, in both colours


def send(drip: Drip, people: Iterator[Subscriber], rows: list[dict[str, int]]) -> None:
    assert_type(drip.subscribers.send(people), Report[Subscriber])
    assert_type(drip.subscribers.send(rows), Report[dict[str, int]])
    assert_type(drip.subscribers.send(people, journal=Path("run.db")), Report[Subscriber])
    assert_type(drip.subscribers.send(people, journal=Journal("run.db")), Report[Subscriber])
    assert_type(drip.subscribers.plan(rows), Plan)


async def send_async(
    drip: AsyncDrip, people: AsyncIterator[Subscriber], rows: list[dict[str, int]]
) -> None:
    assert_type(await drip.subscribers.send(people), Report[Subscriber])
    assert_type(await drip.subscribers.send(rows), Report[dict[str, int]])
    assert_type(await drip.subscribers.send(people, journal="run.db"), Report[Subscriber])
    assert_type(await drip.subscribers.plan(people), Plan)


def stream(drip: Drip, people: Iterable[Subscriber]) -> None:
    assert_type(drip.subscribers.stream(people), Stream[Subscriber])
    with drip.subscribers.stream(people, deadline=60) as outcomes:
        for outcome in outcomes:
            assert_type(outcome, Outcome[Subscriber])
            assert_type(what_became_of(outcome), str)
    assert_type(outcomes.report, Report[Subscriber])


async def stream_async(drip: AsyncDrip, rows: list[Mapping[str, object]]) -> None:
    assert_type(drip.subscribers.stream(rows), AsyncStream[Mapping[str, object]])
    async with drip.subscribers.stream(rows) as outcomes:
        async for outcome in outcomes:
            assert_type(outcome, Outcome[Mapping[str, object]])
    assert_type(outcomes.report, Report[Mapping[str, object]])


def progress_is_a_report_of_the_items(drip: Drip, people: list[Subscriber]) -> None:
    def show(report: Report[Subscriber]) -> None:
        assert_type(report.total, int)

    drip.subscribers.send(people, on_progress=show)


async def progress_may_be_awaited(drip: AsyncDrip, people: list[Subscriber]) -> None:
    async def show(report: Report[Subscriber]) -> None:
        assert_type(report.ok, bool)

    await drip.subscribers.send(people, on_progress=show)


# Outcomes


def what_became_of(outcome: Outcome[Subscriber]) -> str:
    assert_type(outcome.item, Subscriber)
    match outcome:
        case Succeeded(code=code, value=value):
            assert_type(code, int)
            assert_type(value, JsonValue)
            return "done"
        case Accepted(ok=ok):
            assert_type(ok, Literal[True])
            return "taken"
        case Rejected(by=by, code=maybe, reason=reason):
            assert_type(by, Literal["vendor", "client"])
            assert_type(maybe, int | None)
            return reason
        case Skipped(reason=reason):
            return reason
        case Unknown(reason=reason, ticket=ticket):
            assert_type(ticket, str | None)
            return reason
        case Unsent(reason=reason):
            return reason
        case _:
            assert_never(outcome)


# Ecwid


def the_batches(ecwid: Ecwid, calls: list[ApiRequest], job: Job) -> None:
    batches = ecwid.batches
    assert_type(batches.send(calls, parallel=True, poll=PollPolicy()), Report[ApiRequest])
    assert_type(batches.stream(calls), Stream[ApiRequest])
    assert_type(batches.submit(calls, group_id="night"), Job)
    assert_type(batches.wait(job), Report[str | None])
    assert_type(batches.results("ticket"), Stream[str | None])
    for each in batches.tickets("QUEUED"):
        assert_type(each, BatchStatus)
    assert_type(batches.delete("ticket"), int)


async def the_batches_async(ecwid: AsyncEcwid, calls: list[ApiRequest], job: Job) -> None:
    batches = ecwid.batches
    assert_type(await batches.send(calls, stop_on_first_failure=True), Report[ApiRequest])
    assert_type(batches.stream(calls), AsyncStream[ApiRequest])
    assert_type(await batches.submit(calls), Job)
    assert_type(await batches.wait("ticket"), Report[str | None])
    assert_type(batches.results(job), AsyncStream[str | None])
    async for each in batches.tickets("QUEUED"):
        assert_type(each, BatchStatus)
    assert_type(await batches.cancel_group("night"), int)


# Exceptions


def an_exception_has_the_account(error: BatchkitError) -> None:
    assert_type(error.report, Report[Any])
    if isinstance(error, VendorError):
        assert_type(error.status, int | None)
        assert_type(error.request_id, str | None)
    if isinstance(error, DeadlineExceededError):
        assert_type(error.job, Job | None)


# Hooks


def hooks_know_what_they_are_told(drip: Drip, other: AsyncDrip) -> None:
    def seen(record: RequestRecord) -> None:
        assert_type(record.status, int | None)
        assert_type(record.retry_in, float | None)
        assert_type(record.body, bytes)

    def settled(outcome: Outcome[Any]) -> None:
        assert_type(outcome.index, int)

    async def later(record: RequestRecord) -> None: ...

    assert_type(Hooks(request=seen, outcome=settled).request is None, bool)
    assert_type(drip.with_options(hooks=Hooks(retry=seen)), Drip)
    assert_type(other.with_options(hooks=Hooks(retry=later)), AsyncDrip)
    Hooks(request=settled)  # type: ignore[arg-type]  # ty: ignore[invalid-argument-type]  # told a record


def a_progress_bar_is_for_either_colour(drip: Drip, other: AsyncDrip, many: list[Event]) -> None:
    with progress_bar(total=len(many), description="Events") as on_progress:
        assert_type(drip.events.send(many, on_progress=on_progress), Report[Event])
        assert_type(other.events.stream(many, on_progress=on_progress), AsyncStream[Event])
