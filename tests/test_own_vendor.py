"""A vendor is data: one of one's own takes no loop, no retry and no sleep, and no line of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import attrs
import httpx
import pytest

from batchkit import Limits, Pace, Unset
from batchkit._core.effects import Response
from batchkit._core.items import field_rules, jsontext
from batchkit._core.items.encoding import encoder
from batchkit._core.items.models import Model, convert_model, field, model
from batchkit._core.operations import Complaint, ItemAnswer, Operation, PerItem, Reading, Repeat
from batchkit._io.clients import AsyncClient, Client, SyncClient, endpoint
from batchkit._io.settings import (
    Options,
    Secret,
    Settings,
    bearer,
    check,
    check_credential,
    hidden,
)
from batchkit.testing import FakeClock


@model(name="a pebble")
class Pebble(Model):
    name: str | Unset = field(field_rules.text(required=True))
    weight: int | Unset = field(field_rules.whole(), wire="weightInGrams")


def read(response: Response, count: int) -> Reading | None:
    if response.status != 207:
        return None
    told: Any = jsontext.read(response.body)
    return PerItem([ItemAnswer(each["status"], each.get("why", "")) for each in told])


PEBBLES = Operation(
    vendor="Beach",
    name="pebbles",
    path="/pebbles",
    encode=encoder(Pebble, convert_model),
    before=b'{"pebbles":[',
    after=b"]}",
    limits=Limits(max_items=2, max_bytes=1000),
    repeat=Repeat.CONVERGES,
    read=read,
    complain=lambda response: Complaint(response.body.decode()),
    quota="pebbles",
    pace=Pace(requests=2, per=10),
)


@attrs.frozen(kw_only=True)
class BeachOptions(Options):
    token: Secret | None = attrs.field(default=None, repr=False, converter=hidden)

    def name(self) -> str:
        return "beach"

    def settings(self) -> Settings:
        secret = bearer(check_credential("token", self.token))
        return check(self, default_url="https://beach.example", authorization=secret, most_items=2)


class BeachClient(Client[BeachOptions], options=BeachOptions):
    pebbles: endpoint[Pebble] = endpoint("What lies there.", PEBBLES)


class Beach(BeachClient, SyncClient[BeachOptions]): ...


class AsyncBeach(BeachClient, AsyncClient[BeachOptions]): ...


# That is all of it.

ITEMS: list[Any] = [
    Pebble(name="grey", weight=3),
    Pebble(weight=4),
    {"name": "white"},
    Pebble(name="black"),
    {"name": "cursed"},
    {"name": "blue"},
    {"name": "last"},
]


def wash(request: httpx.Request) -> httpx.Response:
    assert request.headers["authorization"] == "Bearer token"
    told = [
        {"status": 422, "why": "cursed"} if each["name"] == "cursed" else {"status": 200}
        for each in jsontext.read(request.content)["pebbles"]
    ]
    return httpx.Response(207, json=told)


def confirm(report: Any, clock: FakeClock) -> None:
    assert (report.succeeded, report.rejected, report.requests) == (5, 2, 3)
    by_client, by_vendor = report.problems
    assert (by_client.index, by_client.by) == (1, "client")
    assert (by_vendor.index, by_vendor.by, by_vendor.reason) == (4, "vendor", "cursed")
    assert clock.slept == 10


def test_it_works_in_threads() -> None:
    http = httpx.Client(transport=httpx.MockTransport(wash))
    with FakeClock() as clock, http, Beach(token="token", http_client=http) as beach:
        confirm(beach.pebbles.send(ITEMS), clock)


def test_its_client_takes_other_options_over_the_same_connections() -> None:
    http = httpx.Client(transport=httpx.MockTransport(wash))
    with FakeClock(), http, Beach(token="token", http_client=http) as beach:
        slow = beach.with_options(pace=Pace(requests=1, per=60))
        assert slow.pebbles.plan(ITEMS).least_seconds == 120
        assert beach.pebbles.plan(ITEMS).least_seconds == 10


def test_an_endpoint_without_an_operation_says_whose_it_is() -> None:
    class Bare(Beach):
        shells: endpoint[Pebble] = endpoint("What was left out.")

    with Bare(token="token") as bare, pytest.raises(LookupError, match=r"Bare .* `shells`"):
        assert bare.shells


def test_it_works_in_tasks() -> None:
    async def main(clock: FakeClock) -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(wash))
        async with http, AsyncBeach(token="token", http_client=http) as beach:
            confirm(await beach.pebbles.send(ITEMS), clock)

    for backend in ("asyncio", "trio"):
        with FakeClock() as clock:
            anyio.run(main, clock, backend=backend)


def test_it_is_small() -> None:
    lines = Path(__file__).read_text(encoding="utf-8").split("# That is all")[0].splitlines()
    assert sum(bool(line.strip()) for line in lines if "import" not in line) < 80
