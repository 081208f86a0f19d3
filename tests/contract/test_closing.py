"""A client that is closed while a run goes on, and what is told of a transport of the caller's."""

from __future__ import annotations

from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit import Limits
from batchkit.exceptions import TransportError
from tests.contract.colours import events

ONE_BY_ONE: dict[str, Any] = {"api_key": "key", "max_in_flight": 1, "limits": Limits(max_items=1)}


def test_what_was_not_sent_when_the_client_was_closed_is_unsent() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        http.close()
        return httpx.Response(201)

    http = httpx.Client(transport=httpx.MockTransport(answer))
    with pytest.raises(TransportError, match="the client was closed") as caught:
        batchkit.Drip("1", http_client=http, **ONE_BY_ONE).events.send(events(3))
    report = caught.value.report
    assert report.accepted == 1
    assert report.unsent == report.total - 1 >= 1  # what was read until then


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_in_a_task_as_well(backend: str) -> None:
    async def answer(request: httpx.Request) -> httpx.Response:
        await http.aclose()
        return httpx.Response(201)

    http = httpx.AsyncClient(transport=httpx.MockTransport(answer))

    async def main() -> batchkit.Report[Any]:
        with pytest.raises(TransportError, match="the client was closed") as caught:
            await batchkit.AsyncDrip("1", http_client=http, **ONE_BY_ONE).events.send(events(3))
        return caught.value.report

    report = anyio.run(main, backend=backend)
    assert (report.accepted, report.unsent) == (1, 2)


class OwnError(Exception):
    """An exception of the caller's own transport."""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OwnError("ada@shop.example"), "the transport failed (OwnError)"),
        (RuntimeError("ada@shop.example"), "the transport failed (RuntimeError)"),
        (httpx.LocalProtocolError("Illegal header value b'secret'"), "(LocalProtocolError)"),
        (httpx.ReadError("the peer said no"), "(ReadError: the peer said no)"),
    ],
)
def test_of_what_the_callers_own_code_raises_only_the_type_is_told(
    error: Exception, told: str
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    with httpx.Client(transport=httpx.MockTransport(fail)) as http:
        retry = batchkit.RetryPolicy(attempts=1)
        drip = batchkit.Drip("1", http_client=http, retry=retry, **ONE_BY_ONE)
        report = drip.events.send(events(1))
    assert told in report.problems[0].reason
    assert "shop.example" not in report.problems[0].reason
    assert "secret" not in report.problems[0].reason
