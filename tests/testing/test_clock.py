"""The clock for tests, and the time of the fakes, which passes as that clock does."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import pytest

from batchkit import AsyncDrip, Drip, Ecwid, Limits, Pace
from batchkit._io import clock
from batchkit.testing import FakeClock, Sandbox
from batchkit.testing._passing import Passing, let_pass, wall

PEOPLE = [{"email": f"{number}@example.com"} for number in range(20)]
HOURLY: dict[str, Any] = {"pace": Pace(requests=1, per=3600), "limits": Limits(max_items=1)}


def test_retries_paces_and_polls_wait_on_it_over_a_real_socket() -> None:
    with Sandbox(seconds_per_batch=600) as sandbox, FakeClock() as clock:
        sandbox.drip.faults.times(2, "429=1800")
        with Drip("1", api_key="k", base_url=sandbox.url("drip"), **HOURLY) as drip:
            assert drip.subscribers.send(PEOPLE).accepted == 20
        hours = clock.slept / 3600
        with Ecwid("7", token="t", base_url=sandbox.url("ecwid")) as ecwid:
            report = ecwid.batches.send([{"method": "GET", "path": "/profile"}])

    assert hours >= 20
    assert report.succeeded == 1
    assert clock.slept - 3600 * hours >= 600
    assert sandbox.ledger.count() == 21


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_so_do_those_of_the_other_colour(backend: str) -> None:
    async def main() -> None:
        async with AsyncDrip("1", api_key="k", base_url=sandbox.url("drip"), **HOURLY) as drip:
            assert (await drip.subscribers.send(PEOPLE)).accepted == 20

    with Sandbox() as sandbox, FakeClock() as clock:
        anyio.run(main, backend=backend)
    assert clock.slept == pytest.approx(19 * 3600)


def test_so_do_several_clients_in_threads_of_their_own() -> None:
    reports: list[Any] = []
    with Sandbox(quotas=False) as sandbox, FakeClock() as clock:

        def send(account: str) -> None:
            with Drip(account, api_key="k", base_url=sandbox.url("drip"), **HOURLY) as drip:
                reports.append(drip.subscribers.send(PEOPLE))

        threads = [threading.Thread(target=send, args=(str(n),)) for n in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert [report.accepted for report in reports] == [20] * 3
    assert clock.slept >= 19 * 3600


def test_the_fakes_time_passes_as_the_clock_in_force_does() -> None:
    passing = Passing()
    real = passing()
    with FakeClock() as clock:
        begun = passing()
        clock.advance(3600)
        assert passing() == begun + 3600
        with FakeClock(start=0.0) as other:
            other.advance(60)
            assert passing() == pytest.approx(begun + 3600)
            other.advance(60)
            assert passing() == pytest.approx(begun + 3660)
    assert 0 <= real <= begun
    assert begun + 3660 <= passing() < begun + 3720


def test_a_fakes_dates_are_those_of_the_clock() -> None:
    with FakeClock(start=5.0) as fake:
        fake.advance(2)
        assert wall() == 7


def test_a_fake_without_a_socket_makes_nobody_wait() -> None:
    before = clock.current().monotonic()
    let_pass(3600)
    assert clock.current().monotonic() - before < 60
    with FakeClock() as fake:
        let_pass(3600)
    assert fake.slept == 3600


def test_the_clock_that_was_is_in_force_again_however_deep_one_was_entered() -> None:
    before = clock.current()
    mine = FakeClock()
    with mine:
        with mine, FakeClock():
            pass
        assert clock.current() is mine
    assert clock.current() is before


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf")])
def test_it_never_goes_back_nor_to_the_end_of_time(seconds: float) -> None:
    fake = FakeClock()
    with pytest.raises(ValueError, match="it must be 0 or more, and finite"):
        fake.advance(seconds)
    assert fake.slept == 0
