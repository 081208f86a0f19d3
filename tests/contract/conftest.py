"""What every test of the public surface may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import batchkit
from tests.contract.wire import Wire

VARIABLES = (
    *("DRIP_ACCOUNT_ID", "DRIP_API_KEY", "DRIP_ACCESS_TOKEN", "DRIP_BASE_URL"),
    *("EMPATHY_INSTANCE", "EMPATHY_BASE_URL"),
    *("ECWID_STORE_ID", "ECWID_TOKEN", "ECWID_BASE_URL"),
)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(params=["", "Async"])
def make(request: pytest.FixtureRequest) -> Any:
    """Makes a client of a vendor, in either colour."""
    return lambda name, *args, **options: getattr(batchkit, request.param + name)(*args, **options)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """A client of the caller's own that keeps what is sent."""
    made = Wire()
    with made.client:
        yield made
