"""Whatever goes wrong by chance, what the clients report is what the fakes took."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from batchkit import Drip, Ecwid, EmpathyTagging, Limits
from batchkit.exceptions import BatchkitError
from batchkit.testing import FakeClock, fake_drip, fake_ecwid, fake_empathy, mock_transport
from batchkit.testing._faults import WORDS
from batchkit.testing._vendors.switches import DRIP, ECWID, EMPATHY, choices

# Not among them: a 429 that comes after the items were taken. That it means "nothing taken" is what
# the clients assume, and say.
WORDS_LEFT_TO_CHANCE = [
    *(name for name in WORDS if name not in ("delay", "fine")),
    *("429", "429=7", "429=nan", "500", "503", "503=3", "taken-500", "taken-503"),
    *("item-400", "item-429", "item-503=2", "delay=5", "delay=90"),
]
FEW = Limits(max_items=5)
SEEDS = range(20)


def by_chance(fake: Any) -> Any:
    for word in WORDS_LEFT_TO_CHANCE:
        fake.faults.add(f"{word}@0.7%")
    return fake


def confirm(endpoint: Any, fake: Any, items: list[Any]) -> None:
    outcomes: list[Any] = []
    with FakeClock():
        try:
            with endpoint.stream(items) as stream:
                outcomes.extend(stream)
        except BatchkitError as error:
            report = error.report
        else:
            report = stream.report
    assert fake.ledger.check_outcomes(outcomes) == []
    assert fake.ledger.check(report) == []
    assert report.total == len(outcomes)


def others(known: Any) -> Any:
    """Every value but the default of every switch whose values can be listed."""
    return pytest.mark.parametrize(
        ("switch", "value"),
        [(name, value) for name in known for value in choices(name) if value != known[name]],
    )


@pytest.mark.parametrize("name", ["subscribers", "events", "orders"])
@pytest.mark.parametrize("seed", SEEDS)
def test_drip(seed: int, name: str) -> None:
    play_drip(by_chance(fake_drip(seed=seed)), name, 150)


@others(DRIP)
@pytest.mark.parametrize("name", ["subscribers", "events", "orders"])
def test_drip_under_other_switches(name: str, switch: str, value: Any) -> None:
    given: Any = {switch: value}
    play_drip(by_chance(fake_drip(seed=1, **given)), name, 50)


def play_drip(fake: Any, name: str, number: int) -> None:
    kinds: dict[str, dict[str, object]] = {
        "subscribers": {},
        "events": {"action": "Came"},
        "orders": {"provider": "shop", "action": "placed", "order_url": "https://shop.example"},
    }
    items = [{"email": f"{n}@e.example", "order_id": str(n), **kinds[name]} for n in range(number)]
    with httpx.Client(transport=mock_transport(fake)) as http:
        drip = Drip("1", api_key="key", http_client=http, limits=FEW)
        confirm(getattr(drip, name), fake, items)


@pytest.mark.parametrize("seed", SEEDS)
def test_empathy(seed: int) -> None:
    play_empathy(by_chance(fake_empathy(seed=seed)), 150)


@others(EMPATHY)
def test_empathy_under_other_switches(switch: str, value: Any) -> None:
    given: Any = {switch: value}
    play_empathy(by_chance(fake_empathy(seed=1, **given)), 50)


def play_empathy(fake: Any, number: int) -> None:
    items = [{"q": f"{n}", "lang": "es"} for n in range(number)]
    with httpx.Client(transport=mock_transport(fake)) as http:
        confirm(EmpathyTagging("shop", http_client=http, limits=FEW).query, fake, items)


@pytest.mark.parametrize("seed", SEEDS)
def test_ecwid(seed: int) -> None:
    play_ecwid(by_chance(fake_ecwid(seed=seed)), 60)


@others(ECWID)
def test_ecwid_under_other_switches(switch: str, value: Any) -> None:
    given: Any = {switch: value}
    play_ecwid(by_chance(fake_ecwid(seed=1, **given)), 30)


def play_ecwid(fake: Any, number: int) -> None:
    paths = {"method": "POST", "path": "/products"}
    items = [{**paths, "body": {"name": str(n)}} for n in range(number)]
    with httpx.Client(transport=mock_transport(fake)) as http:
        confirm(Ecwid("7", token="t", http_client=http, limits=FEW).batches, fake, items)
