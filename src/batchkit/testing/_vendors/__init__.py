"""The three vendors as pure logic, shared by the socket server and by routers without a socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from .._http import Request, Response
from .base import Vendor, Where
from .drip import FakeDrip
from .ecwid import FakeEcwid
from .empathy import FakeEmpathy
from .switches import DripSwitches, EcwidSwitches, EmpathySwitches, Switches

VendorName: TypeAlias = Literal["drip", "ecwid", "empathy"]

MOUNTS: Mapping[VendorName, str] = {
    "drip": "/drip",
    "ecwid": "/ecwid/api/v3",
    "empathy": "/empathy/tagging/v1",
}
"""Where each vendor's base URL is on a host that serves all three."""


@dataclass(frozen=True, slots=True)
class Vendors:
    """The three vendors side by side, with one ledger between them."""

    drip: FakeDrip
    ecwid: FakeEcwid
    empathy: FakeEmpathy

    def handle(self, request: Request) -> Response:
        """Give a request to the vendor it is for, by the start of its path.

        A path below none of the `MOUNTS` is answered 404 and is in no ledger.
        """
        for name, mount in MOUNTS.items():
            if request.path.startswith(f"{mount}/"):
                vendor: Vendor = getattr(self, name)
                return vendor.handle(replace(request, path=request.path[len(mount) :]))
        return Response.json(404, {"message": "no vendor here"})


__all__ = [
    "MOUNTS",
    "DripSwitches",
    "EcwidSwitches",
    "EmpathySwitches",
    "FakeDrip",
    "FakeEcwid",
    "FakeEmpathy",
    "Request",
    "Response",
    "Switches",
    "Vendor",
    "VendorName",
    "Vendors",
    "Where",
]
