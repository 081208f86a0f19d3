"""Push millions of records through batch APIs, with an exact account of every item."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    __version__: str

    from ._io.endpoints import AsyncEndpoint, Endpoint
    from ._io.streams import AsyncStream, Stream
    from .drip.client import AsyncDrip, Drip
    from .ecwid.client import AsyncEcwid, Ecwid
    from .empathy.client import AsyncEmpathyTagging, EmpathyTagging
    from .exceptions import BatchkitError, report_of
    from .journal import Journal
    from .options import Hooks, Limits, Pace, PollPolicy, RetryPolicy
    from .outcomes import (
        Accepted,
        Outcome,
        Plan,
        Problem,
        Rejected,
        Report,
        RequestRecord,
        Skipped,
        Succeeded,
        Unknown,
        Unsent,
    )
    from .values import UNSET, JsonValue, Unset

_HOMES = {
    "._io.endpoints": ("AsyncEndpoint", "Endpoint"),
    "._io.streams": ("AsyncStream", "Stream"),
    ".drip.client": ("AsyncDrip", "Drip"),
    ".ecwid.client": ("AsyncEcwid", "Ecwid"),
    ".empathy.client": ("AsyncEmpathyTagging", "EmpathyTagging"),
    ".exceptions": ("BatchkitError", "report_of"),
    ".journal": ("Journal",),
    ".options": ("Hooks", "Limits", "Pace", "PollPolicy", "RetryPolicy"),
    ".outcomes": (
        "Accepted",
        "Outcome",
        "Plan",
        "Problem",
        "Rejected",
        "Report",
        "RequestRecord",
        "Skipped",
        "Succeeded",
        "Unknown",
        "Unsent",
    ),
    ".values": ("UNSET", "JsonValue", "Unset"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "UNSET",
    "Accepted",
    "AsyncDrip",
    "AsyncEcwid",
    "AsyncEmpathyTagging",
    "AsyncEndpoint",
    "AsyncStream",
    "BatchkitError",
    "Drip",
    "Ecwid",
    "EmpathyTagging",
    "Endpoint",
    "Hooks",
    "Journal",
    "JsonValue",
    "Limits",
    "Outcome",
    "Pace",
    "Plan",
    "PollPolicy",
    "Problem",
    "Rejected",
    "Report",
    "RequestRecord",
    "RetryPolicy",
    "Skipped",
    "Stream",
    "Succeeded",
    "Unknown",
    "Unsent",
    "Unset",
    "report_of",
]


def __getattr__(name: str) -> object:
    # An import costs nothing until a name is used: httpx, cattrs and tenacity come with a client.
    if name == "__version__":
        from importlib.metadata import version

        return version("batchkit")
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(home, __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
