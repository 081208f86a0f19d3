"""Every word for a fault, on a socket and without one: what the client says of it is true."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import anyio
import httpx
import httpx2
import pytest
import respx

from batchkit import AsyncDrip, BatchkitError, Drip, RetryPolicy
from batchkit.testing import (
    Sandbox,
    drip_routes,
    fake_drip,
    mock_transport,
)
from batchkit.testing._faults import WORDS, End, Stage, Word

PEOPLE = [{"email": f"{number}@example.com", "action": "Came"} for number in range(3)]
ONCE = RetryPolicy(attempts=1)

# Only the client's own timeout ends these.
SLOW = {name for name, word in WORDS.items() if word.end is End.SILENT}
ARGUMENTS = {"delay": "=0.01"}


def spell(name: str) -> str:
    return name + ARGUMENTS.get(name, "")


def ended(word: Word) -> set[str]:
    """The outcomes that an event may have after one attempt that the word struck."""
    match word.stage:
        case Stage.BEFORE | Stage.STATUS | Stage.TAKEN_STATUS:
            return {"Unsent", "Unknown"}
        case Stage.NEVER | Stage.DELAY | Stage.RESULTS | Stage.ITEMS:
            return {"Accepted"}
        case _:
            return {"Unknown", "Accepted"} if word.stage is Stage.ANSWER else {"Unknown"}


def check(fake: Any, outcomes: list[Any], word: Word) -> None:
    assert fake.ledger.check_outcomes(outcomes) == []
    assert {type(one).__name__ for one in outcomes} <= ended(word)
    taken = {"Accepted", "Unknown"} if word.stage is Stage.ANSWER else set()
    if taken or word.stage is Stage.AFTER:
        assert fake.ledger.count() == len(outcomes)
    if word.stage in (Stage.BEFORE, Stage.STATUS):
        assert fake.ledger.count() == 0


@pytest.mark.parametrize("name", WORDS)
def test_on_a_socket(name: str) -> None:
    timeout = 0.4 if name in SLOW else 20.0
    with (
        Sandbox() as sandbox,
        Drip("1", api_key="key", base_url=sandbox.url("drip"), retry=ONCE, timeout=timeout) as drip,
    ):
        sandbox.drip.faults.once(spell(name))
        outcomes = played(drip, PEOPLE)
        check(sandbox.drip, outcomes, WORDS[name])
        # The sandbox is as well as before.
        assert played(drip, PEOPLE[:1])[0].ok


def played(drip: Drip, items: list[Any]) -> list[Any]:
    outcomes: list[Any] = []
    with suppress(BatchkitError), drip.events.stream(items) as stream:
        outcomes.extend(stream)
    return outcomes


@pytest.mark.parametrize("name", WORDS)
def test_behind_respx(name: str) -> None:
    with respx.mock as router, Drip("1", api_key="key", retry=ONCE) as drip:
        fake = drip_routes(router)
        fake.faults.once(spell(name))
        check(fake, played(drip, PEOPLE), WORDS[name])
        assert played(drip, PEOPLE[:1])[0].ok


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("name", WORDS)
def test_behind_respx_in_the_other_colour(name: str, backend: str) -> None:
    async def main() -> None:
        async with AsyncDrip("1", api_key="key", retry=ONCE) as drip:
            with suppress(BatchkitError):
                async with drip.events.stream(PEOPLE) as stream:
                    async for outcome in stream:
                        outcomes.append(outcome)  # noqa: PERF401 - it may break off

    outcomes: list[Any] = []
    with respx.mock as router:
        fake = drip_routes(router)
        fake.faults.once(spell(name))
        anyio.run(main, backend=backend)
        check(fake, outcomes, WORDS[name])


@pytest.mark.parametrize("library", [httpx, httpx2])
@pytest.mark.parametrize("name", WORDS)
def test_behind_a_transport_of_either_library(name: str, library: Any) -> None:
    fake = fake_drip()
    with library.Client(transport=mock_transport(fake, library)) as http:
        drip = Drip("1", api_key="key", retry=ONCE, http_client=http)
        fake.faults.once(spell(name))
        check(fake, played(drip, PEOPLE), WORDS[name])
