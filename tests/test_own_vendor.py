"""A vendor is data: one of one's own takes no loop, no retry and no sleep, and no line of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import attrs
import httpx

from batchkit import Hooks, Limits, Pace, RetryPolicy, Unset
from batchkit._core import json, rules
from batchkit._core.effects import Response
from batchkit._core.encoding import encoder
from batchkit._core.items import Model, convert_model, field, model
from batchkit._core.operations import Complaint, ItemAnswer, Operation, PerItem, Reading, Repeat
from batchkit._io.clients import AsyncClient, SyncClient
from batchkit._io.connections import AsyncConnection, Connection
from batchkit._io.endpoints import AsyncEndpoint, Endpoint
from batchkit._io.settings import Options, Secret, Settings, bearer, check, check_credential
from batchkit.testing import FakeClock


@model(name="a pebble")
class Pebble(Model):
    name: str | Unset = field(rules.text(required=True))
    weight: int | Unset = field(rules.whole(), wire="weightInGrams")


def read(response: Response, count: int) -> Reading | None:
    if response.status != 207:
        return None
    told: Any = json.read(response.body)
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
    token: str = attrs.field(repr=False)

    def settings(self) -> Settings:
        secret: Secret = bearer(check_credential("token", self.token))
        url = "https://beach.example"
        return check(self, base_url=None, default_url=url, authorization=secret, most_items=2)


DEFAULTS: dict[str, Any] = {
    "user_agent": None,
    "timeout": 5.0,
    "retry": RetryPolicy(),
    "pace": Unset.UNSET,
    "limits": Limits(),
    "max_in_flight": 1,
    "on_doubt": "hold",
    "strict_items": False,
    "refused_statuses": None,
    "hooks": Hooks(),
    "keep_requests": False,
}


class Beach(SyncClient[BeachOptions]):
    def __init__(self, token: str, http_client: Any = None) -> None:
        options = BeachOptions(token=token, **DEFAULTS)
        self._begin(options, Connection(http_client), owns=True)

    def _add_endpoints(self) -> None:
        settings = self._options.settings()
        self.pebbles = Endpoint[Pebble](self._connection, settings, PEBBLES)


class AsyncBeach(AsyncClient[BeachOptions]):
    def __init__(self, token: str, http_client: Any = None) -> None:
        options = BeachOptions(token=token, **DEFAULTS)
        self._begin(options, AsyncConnection(http_client), owns=True)

    def _add_endpoints(self) -> None:
        settings = self._options.settings()
        self.pebbles = AsyncEndpoint[Pebble](self._connection, settings, PEBBLES)


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
        for each in json.read(request.content)["pebbles"]
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
    with FakeClock() as clock, http, Beach("token", http) as beach:
        confirm(beach.pebbles.send(ITEMS), clock)


def test_it_works_in_tasks() -> None:
    async def main(clock: FakeClock) -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(wash))
        async with http, AsyncBeach("token", http) as beach:
            confirm(await beach.pebbles.send(ITEMS), clock)

    for backend in ("asyncio", "trio"):
        with FakeClock() as clock:
            anyio.run(main, clock, backend=backend)


def test_it_is_small() -> None:
    lines = Path(__file__).read_text(encoding="utf-8").split("# That is all")[0].splitlines()
    assert sum(bool(line.strip()) for line in lines if "import" not in line) < 80
