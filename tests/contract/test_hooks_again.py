"""What `Hooks.outcome` is told again: with a journal, and of what Ecwid had not run yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from batchkit import Accepted, Drip, Ecwid, Hooks, Succeeded, Unknown
from batchkit.testing import FakeClock, Sandbox
from tests.contract.colours import people


def test_a_call_that_goes_on_tells_the_outcomes_of_earlier_calls_once_more(tmp_path: Path) -> None:
    told: list[Any] = []
    with Sandbox() as sandbox:
        url, hooks = sandbox.url("drip"), Hooks(outcome=told.append)
        with Drip("1", api_key="any", base_url=url, hooks=hooks) as drip:
            drip.subscribers.send(people(2), journal=tmp_path / "run.db")
            drip.subscribers.send(people(3), journal=tmp_path / "run.db")

        assert sandbox.ledger.count("drip", "subscribers") == 3
    assert [outcome.index for outcome in told] == [0, 1, 0, 1, 2]
    assert {type(outcome) for outcome in told} == {Accepted}


def test_what_submit_tells_as_unknown_wait_tells_again() -> None:
    told: list[Any] = []
    with FakeClock() as clock, Sandbox(clock=clock.monotonic) as sandbox:
        url, hooks = sandbox.url("ecwid"), Hooks(outcome=told.append)
        with Ecwid("1003", token="any", base_url=url, hooks=hooks) as ecwid:
            job = ecwid.batches.submit([{"method": "GET", "path": "/profile"}] * 2)
            assert [type(outcome) for outcome in told] == [Unknown, Unknown]
            ecwid.batches.wait(job)

    assert [type(outcome) for outcome in told[2:]] == [Succeeded, Succeeded]
