"""The fakes behind respx and behind transports: what a user's unit test looks like."""

from __future__ import annotations

from typing import Any

import anyio
import httpx
import httpx2
import pytest
import respx

from batchkit import (
    AsyncDrip,
    AsyncEcwid,
    AsyncEmpathyTagging,
    Drip,
    Ecwid,
    EmpathyTagging,
    Limits,
)
from batchkit.drip import Event
from batchkit.exceptions import TransportError
from batchkit.testing import (
    FakeClock,
    drip_routes,
    ecwid_routes,
    empathy_routes,
    fake_drip,
    fake_ecwid,
    mock_transport,
)

PEOPLE = [{"email": f"{number}@example.com"} for number in range(3)]
EVENTS = [{"q": "tea", "lang": "es"}, {"q": "boots", "lang": "es"}]
ENTRIES = [{"method": "POST", "path": "/products", "body": {"name": str(n)}} for n in range(3)]


def test_one_router_serves_all_three_vendors() -> None:
    with respx.mock as router:
        drip, ecwid, empathy = drip_routes(router), ecwid_routes(router), empathy_routes(router)
        with Drip("1", api_key="key") as client:
            assert client.subscribers.send(PEOPLE).accepted == 3
        with Ecwid("7", token="t") as shop, FakeClock():
            assert shop.batches.send(ENTRIES).succeeded == 3
        with EmpathyTagging("shop") as tagging:
            assert tagging.query.send(EVENTS).succeeded == 2

    assert list(drip.ledger.items()) == PEOPLE
    assert ecwid.ledger.count("ecwid", "batches") == 3
    assert list(empathy.ledger.items("empathy", "query")) == EVENTS


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_other_colour_needs_nothing_else(backend: str) -> None:
    async def main() -> None:
        async with AsyncDrip("1", api_key="key") as client:
            assert (await client.subscribers.send(PEOPLE)).accepted == 3
        async with AsyncEcwid("7", token="t") as shop:
            assert (await shop.batches.send(ENTRIES)).succeeded == 3
        async with AsyncEmpathyTagging("shop") as tagging:
            assert (await tagging.query.send(EVENTS)).succeeded == 2

    with respx.mock as router, FakeClock():
        fakes = drip_routes(router), ecwid_routes(router), empathy_routes(router)
        anyio.run(main, backend=backend)

    assert [fake.ledger.count() for fake in fakes] == [3, 3, 2]


@pytest.mark.parametrize(
    "base_url", ["https://drip.example", "https://eu.example/drip", "http://127.0.0.1:9/a/b/"]
)
def test_a_base_url_may_be_another(base_url: str) -> None:
    with respx.mock as router, Drip("1", api_key="key", base_url=base_url) as client:
        fake = drip_routes(router, base_url=base_url)
        assert client.subscribers.send(PEOPLE).accepted == 3
        assert fake.ledger.count() == 3


def test_a_plain_mock_goes_on_working_beside_a_fake() -> None:
    with respx.mock as router:
        drip_routes(router)
        route = router.post(path="/tagging/v1/track/shop/query/batch").respond(200)
        with Drip("1", api_key="key") as client, EmpathyTagging("shop") as tagging:
            assert client.subscribers.send(PEOPLE).accepted == 3
            assert tagging.query.send(EVENTS).succeeded == 2
        assert route.call_count == 1


def test_a_side_effect_of_respx_may_raise() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no", request=request)

    with respx.mock as router, Drip("1", api_key="key") as client, FakeClock():
        router.post().mock(side_effect=refuse)
        with pytest.raises(TransportError, match="ConnectError"):
            client.subscribers.send(PEOPLE)


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_client_of_either_library_takes_the_transport(library: Any) -> None:
    fake = fake_drip()
    with library.Client(transport=mock_transport(fake, library)) as http:
        report = Drip("1", api_key="key", http_client=http).subscribers.send(PEOPLE)

    assert report.accepted == 3
    assert fake.ledger.check(report) == []


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_an_async_client_takes_it_too(library: Any) -> None:
    async def main() -> None:
        transport = mock_transport(fake, library, base_url="https://shop.example/api")
        async with library.AsyncClient(transport=transport) as http:
            shop = AsyncEcwid("7", token="t", http_client=http, base_url="https://shop.example/api")
            assert (await shop.batches.send(ENTRIES)).succeeded == 3

    fake = fake_ecwid()
    with FakeClock():
        anyio.run(main)
    assert fake.ledger.count() == 3


def test_a_transport_is_of_httpx_if_nothing_is_said() -> None:
    assert isinstance(mock_transport(fake_drip()), httpx.MockTransport)


def test_the_two_minutes_of_a_slow_vendor_take_no_time() -> None:
    with respx.mock as router, Drip("1", api_key="key") as client, FakeClock() as clock:
        fake = drip_routes(router)
        fake.faults.once("delay=20").once("delay=90")
        assert client.subscribers.send(PEOPLE[:1]).ok
        assert 20 <= clock.slept < 21
        # Ninety seconds are more than the client waits, so it asks again.
        report = client.subscribers.send(PEOPLE[:1])
        assert report.ok
        assert report.retries == 1


def test_what_takes_ten_minutes_at_three_vendors_takes_no_real_time() -> None:
    with respx.mock as router, FakeClock() as clock:
        drip_routes(router).faults.times(2, "429")
        empathy = empathy_routes(router)
        empathy.refuse({"q": "boots"})
        ecwid_routes(router, seconds_per_batch=600)
        with Drip("1", api_key="key") as client:
            report = client.events.send([Event(email="a@b.example", action="Came")])
        assert (report.accepted, report.retries) == (1, 2)
        with EmpathyTagging("shop") as tagging:
            assert tagging.query.send(EVENTS).rejected == 1
        with Ecwid("7", token="t") as shop:
            assert shop.batches.send(ENTRIES).succeeded == 3
        assert clock.slept > 600


def test_a_twenty_hour_run_takes_no_time() -> None:
    """A thousand requests at fifty an hour, which the fake holds the client to as well."""
    small = Limits(max_items=1)
    with respx.mock as router, FakeClock() as clock, Drip("1", api_key="k", limits=small) as client:
        fake = drip_routes(router, drip_window="sliding")
        report = client.subscribers.send({"email": f"{n}@example.com"} for n in range(1001))

        assert report.accepted == fake.ledger.count() == 1001
        assert report.retries == 0
        assert clock.slept == pytest.approx(20 * 3600)


def test_an_address_that_no_client_has_is_refused() -> None:
    with respx.mock as router, pytest.raises(ValueError, match="it must be the clients' own"):
        drip_routes(router, base_url="api.getdrip.com")
