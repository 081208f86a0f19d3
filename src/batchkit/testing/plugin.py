"""Fixtures for pytest; installed with batchkit, and nothing is loaded before one is used.

``batchkit_sandbox`` is a running `Sandbox`; ``batchkit_drip``, ``batchkit_ecwid`` and
``batchkit_empathy`` are fakes behind respx, for every client of the process; ``batchkit_clock`` is
a `FakeClock` in force.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from . import FakeClock, FakeDrip, FakeEcwid, FakeEmpathy, Sandbox


@pytest.fixture
def batchkit_clock() -> Iterator[FakeClock]:
    """A clock on which no client waits; ``batchkit_clock.slept`` tells how long it would have."""
    from .clock import FakeClock

    with FakeClock() as clock:
        yield clock


@pytest.fixture
def batchkit_sandbox() -> Iterator[Sandbox]:
    """The three vendors on a port of this machine; ``.url("drip")`` is a client's `base_url`."""
    from .sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def _batchkit_router() -> Iterator[Any]:
    try:
        import respx
    except ImportError:
        pytest.fail("the fixtures for unit tests need respx: python -m pip install respx")
    with respx.mock(assert_all_called=False) as router:
        # A sandbox in the same test is on a socket of this machine.
        router.route(host__in=("127.0.0.1", "localhost", "::1")).pass_through()
        yield router


@pytest.fixture
def batchkit_drip(_batchkit_router: Any) -> FakeDrip:
    """A fake Drip in place of the real one, with `ledger`, `faults`, `refuse` and `switch`."""
    from .fakes import drip_routes

    return drip_routes(_batchkit_router)


@pytest.fixture
def batchkit_ecwid(_batchkit_router: Any) -> FakeEcwid:
    """A fake Ecwid in place of the real one, with `ledger`, `faults`, `refuse` and `switch`."""
    from .fakes import ecwid_routes

    return ecwid_routes(_batchkit_router)


@pytest.fixture
def batchkit_empathy(_batchkit_router: Any) -> FakeEmpathy:
    """A fake Empathy in place of the real one, with `ledger`, `faults`, `refuse` and `switch`."""
    from .fakes import empathy_routes

    return empathy_routes(_batchkit_router)
