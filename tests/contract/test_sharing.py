"""`with_options`, closing, and what a client shows."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit import Limits, Pace
from batchkit.exceptions import BatchkitError, ConfigurationError
from batchkit.testing import FakeClock
from tests.contract.colours import events, people
from tests.contract.wire import Wire

DRIP = {"api_key": "key"}


def test_a_tenant_per_call(wire: Wire) -> None:
    first = batchkit.Drip("1", http_client=wire.client, **DRIP)
    second = first.with_options("2", access_token="token", base_url="https://b.example/drip")
    third = second.with_options(api_key="other")
    for client in (first, second, third):
        client.subscribers.send(people(1))

    assert [(str(each.url), each.headers["authorization"][:12]) for each in wire.seen] == [
        ("https://api.getdrip.com/v2/1/subscribers/batches", "Basic a2V5Og"),
        ("https://b.example/drip/v2/2/subscribers/batches", "Bearer token"),
        ("https://b.example/drip/v2/2/subscribers/batches", "Basic b3RoZX"),
    ]


def test_empathy_with_other_options(wire: Wire) -> None:
    client = batchkit.EmpathyTagging("shop", http_client=wire.client)
    other = client.with_options("other", require_q=False, limits=Limits(max_items=1))

    assert client.query.send([{"lang": "en"}]).rejected == 1
    assert other.query.send([{"lang": "en"}] * 2).requests == 2
    assert {each.url.path.split("/")[4] for each in wire.seen} == {"other"}


def test_with_options_gives_the_same_kind_of_client(make: Any) -> None:
    for first in (
        make("Drip", "1", **DRIP),
        make("EmpathyTagging", "1"),
        make("Ecwid", 1, token="t"),
    ):
        other = first.with_options("2", timeout=1)
        assert type(other) is type(first)
        assert (repr(first), repr(other)) == (
            f"{type(first).__name__}('1')",
            f"{type(first).__name__}('2')",
        )


def test_with_options_checks_like_the_constructor(make: Any) -> None:
    client = make("Drip", "1", **DRIP)
    for options in ({"account_id": "../"}, {"api_key": "\n"}, {"timeout": 0}, {"base_url": ""}):
        with pytest.raises(ConfigurationError):
            client.with_options(**options)


def test_the_pace_is_shared_for_the_same_credential(wire: Wire) -> None:
    pace = Pace(requests=1, per=100)
    first = batchkit.Drip("1", pace=pace, http_client=wire.client, **DRIP)
    with FakeClock() as clock:
        first.subscribers.send(people(1))
        first.with_options(timeout=5).events.send(events(1))
        assert clock.slept == 100
        first.with_options(api_key="other").events.send(events(1))
        assert clock.slept == 100
        first.with_options(pace=None).events.send(events(1))
        assert clock.slept == 100


def test_another_pace_does_not_get_around_what_the_vendor_asks_for() -> None:
    answers = iter([httpx.Response(429, headers={"Retry-After": "600"})])
    transport = httpx.MockTransport(lambda request: next(answers, httpx.Response(201)))
    with httpx.Client(transport=transport) as http, FakeClock() as clock:
        once = batchkit.RetryPolicy(attempts=1)
        first = batchkit.Drip("1", http_client=http, retry=once, **DRIP)
        assert first.subscribers.send(people(1)).unsent == 1
        other = first.with_options(pace=Pace(requests=40, per=3600))
        assert other.subscribers.send(people(1)).accepted == 1
        assert clock.slept >= 600


def test_only_the_first_client_closes_the_connections() -> None:
    first = batchkit.Drip("1", **DRIP)
    with first.with_options("2") as second:
        first._connection.transport()
    with second:
        pass
    assert not first._connection.transport().is_closed
    first.close()
    for client in (first, second):
        with pytest.raises(ConfigurationError, match="closed"):
            client.subscribers.send(people(1))
    first.close()  # closing twice is no error


async def _closes_only_the_first() -> None:
    first = batchkit.AsyncDrip("1", **DRIP)
    async with first.with_options("2") as second:
        first._connection.transport()
    assert not first._connection.transport().is_closed
    await first.aclose()
    for client in (first, second):
        with pytest.raises(ConfigurationError, match="closed"):
            await client.subscribers.send(people(1))
    await first.aclose()


def test_only_the_first_async_client_closes_the_connections() -> None:
    anyio.run(_closes_only_the_first)


def test_a_client_that_was_never_used_can_be_closed() -> None:
    batchkit.Drip("1", **DRIP).close()
    anyio.run(batchkit.AsyncDrip("1", **DRIP).aclose)


def test_a_callers_client_is_not_closed(wire: Wire) -> None:
    with batchkit.Drip("1", http_client=wire.client, **DRIP) as client:
        pass
    assert not wire.client.is_closed
    with pytest.raises(ConfigurationError, match="closed"):
        client.subscribers.send(people(1))


def test_a_callers_client_that_is_closed() -> None:
    http = httpx.Client()
    client = batchkit.Drip("1", http_client=http, **DRIP)
    http.close()
    with pytest.raises(ConfigurationError, match="closed"):
        client.subscribers.send(people(1))


def test_a_client_shows_its_id_and_is_not_copied(make: Any) -> None:
    for client, shown in ((make("Drip", "77", **DRIP), "77"), (make("EmpathyTagging", "s"), "s")):
        assert repr(client) == f"{type(client).__name__}({shown!r})"
        for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
            with pytest.raises(TypeError, match="not pickled or copied"):
                attempt(client)


def test_errors_before_a_run_carry_an_empty_report(make: Any) -> None:
    with pytest.raises(BatchkitError) as caught:
        make("Drip", "../", **DRIP)
    assert caught.value.report.total == 0
