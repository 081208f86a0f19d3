"""The sandbox: the three vendors on one loopback port, with a ledger of what they took."""

from __future__ import annotations

import time
from collections.abc import Collection
from types import TracebackType

from ._vendors import MOUNTS, Drip, Ecwid, Empathy, Request, Response, VendorName, Vendors
from ._vendors.base import Clock
from ._vendors.drip import BadItem
from ._vendors.ecwid_tickets import CancelledEntries
from ._vendors.empathy import SuccessBody
from .ledger import Ledger
from .server import HOST, Server


class Sandbox:
    """Empathy, Drip and Ecwid as far as their batch endpoints go, for tests and trials.

    ::

        with Sandbox() as sandbox:
            client = Drip("9999999", api_key="any", base_url=sandbox.url("drip"))
            ...
            assert sandbox.ledger.count("drip", "subscribers") == 1000

    Args:
        port: the port on 127.0.0.1; 0 lets the system choose.
        clock: gives seconds; the vendors know no other time.
        keep_items: whether the ledger keeps the items or only counts them.
        accounts: the account ids Drip knows; ``None`` for any.
        stores: the store ids Ecwid knows; ``None`` for any.
        instances: the instance ids Empathy knows; ``None`` for any.
        refused_credentials: keys and tokens that Drip and Ecwid refuse; any other is good.
        seconds_per_entry: how long an Ecwid entry takes; in parallel mode, a hundred of them.
        products: how many products an Ecwid store has from the start, of ids 1 and up.
        bad_v2_item: what Drip v2 does about one bad item.
        cancelled_entries: how Ecwid shows entries that a cancel kept from running.
        success_body: what Empathy answers a batch without a failure with.

    A sandbox may be entered again after it was left: the vendors and the ledger remember, only the
    port may change.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Clock = time.monotonic,
        keep_items: bool = True,
        accounts: Collection[str] | None = None,
        stores: Collection[str] | None = None,
        instances: Collection[str] | None = None,
        refused_credentials: Collection[str] = (),
        seconds_per_entry: float = 0.0005,
        products: int = 0,
        bad_v2_item: BadItem = "drop",
        cancelled_entries: CancelledEntries = "completed",
        success_body: SuccessBody = "empty",
    ) -> None:
        self._port = port
        self._server: Server | None = None
        self.ledger = ledger = Ledger(keep_items=keep_items)
        self.vendors = Vendors(
            Drip(
                ledger,
                clock,
                accounts=accounts,
                refused_credentials=refused_credentials,
                bad_v2_item=bad_v2_item,
            ),
            Ecwid(
                ledger,
                clock,
                stores=stores,
                refused_credentials=refused_credentials,
                seconds_per_entry=seconds_per_entry,
                products=products,
                cancelled_entries=cancelled_entries,
            ),
            Empathy(ledger, clock, instances=instances, success_body=success_body),
        )

    def url(self, vendor: VendorName) -> str:
        """The `base_url` for a vendor's client. Needs the sandbox to be running."""
        return f"http://{HOST}:{self.port}{MOUNTS[vendor]}"

    @property
    def port(self) -> int:
        """The port in use. Needs the sandbox to be running."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running: use it in a with block")
        return self._server.port

    def handle(self, request: Request) -> Response:
        """Answer a request without a socket; its path begins as in `url`."""
        return self.vendors.handle(request)

    def __enter__(self) -> Sandbox:
        if self._server is not None:
            raise RuntimeError("the sandbox is already running")
        self._server = Server(self.handle, port=self._port)
        self._server.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop()
