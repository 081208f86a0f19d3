"""What a user of batchkit needs to test code of their own: the vendors, faked.

`Sandbox` runs them on a port of this machine; `drip_routes`, `ecwid_routes` and `empathy_routes`
put them behind respx, `mock_transport` behind a client of your own, with no socket. All of them are
the same fakes: with a `Ledger` of what was taken, `Faults` to come, and switches for what the
vendors' documents leave open. On a `FakeClock` nobody waits.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._faults import Faults, UnknownFaultError
    from ._http import Request, Response
    from ._vendors import (
        DripSwitches,
        EcwidSwitches,
        EmpathySwitches,
        FakeDrip,
        FakeEcwid,
        FakeEmpathy,
        Switches,
        Vendors,
    )
    from .assertions import assert_taken
    from .clock import FakeClock
    from .fakes import (
        drip_routes,
        ecwid_routes,
        empathy_routes,
        fake_drip,
        fake_ecwid,
        fake_empathy,
        mock_transport,
    )
    from .ledger import Ledger, LedgerItem, LedgerRequest
    from .sandbox import Sandbox

__all__ = [
    "DripSwitches",
    "EcwidSwitches",
    "EmpathySwitches",
    "FakeClock",
    "FakeDrip",
    "FakeEcwid",
    "FakeEmpathy",
    "Faults",
    "Ledger",
    "LedgerItem",
    "LedgerRequest",
    "Request",
    "Response",
    "Sandbox",
    "Switches",
    "UnknownFaultError",
    "Vendors",
    "assert_taken",
    "drip_routes",
    "ecwid_routes",
    "empathy_routes",
    "fake_drip",
    "fake_ecwid",
    "fake_empathy",
    "mock_transport",
]

_HOMES = {
    **dict.fromkeys(("Faults", "UnknownFaultError"), "_faults"),
    **dict.fromkeys(("Request", "Response"), "_http"),
    **dict.fromkeys(("DripSwitches", "EcwidSwitches", "EmpathySwitches", "Switches"), "_vendors"),
    **dict.fromkeys(("FakeDrip", "FakeEcwid", "FakeEmpathy", "Vendors"), "_vendors"),
    "assert_taken": "assertions",
    "FakeClock": "clock",
    **dict.fromkeys(("drip_routes", "ecwid_routes", "empathy_routes", "mock_transport"), "fakes"),
    **dict.fromkeys(("fake_drip", "fake_ecwid", "fake_empathy"), "fakes"),
    **dict.fromkeys(("LedgerItem", "Ledger", "LedgerRequest"), "ledger"),
    "Sandbox": "sandbox",
}


def __getattr__(name: str) -> Any:
    # A pytest plugin is loaded by everybody who has batchkit: what costs comes when it is used.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
