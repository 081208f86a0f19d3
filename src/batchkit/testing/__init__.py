"""What a user of batchkit needs to test code of their own: the vendors in a sandbox."""

from __future__ import annotations

from ._vendors import Request, Response, Vendors
from .clock import FakeClock
from .ledger import ItemRecord, Ledger, RequestRecord
from .sandbox import Sandbox

__all__ = [
    "FakeClock",
    "ItemRecord",
    "Ledger",
    "Request",
    "RequestRecord",
    "Response",
    "Sandbox",
    "Vendors",
]
