"""The sandbox: the three vendors on one loopback port, with a ledger of what they took."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack, cast

from ._faults import Faults
from ._http import Request, Response
from ._passing import Passing, wall
from ._vendors import MOUNTS, FakeDrip, FakeEcwid, FakeEmpathy, Switches, VendorName, Vendors
from ._vendors.base import Clock, Vendor
from ._vendors.switches import DRIP, ECWID, EMPATHY, settle
from .ledger import Ledger

HOST = "127.0.0.1"

Fake = TypeVar("Fake", bound=Vendor)


class Sandbox:
    """Empathy, Drip and Ecwid as far as their batch endpoints go, for tests and trials.

    ::

        with Sandbox() as sandbox:
            with Drip("9999999", api_key="any", base_url=sandbox.url("drip")) as drip:
                drip.subscribers.send([{"email": "ada@example.com"}])
            assert sandbox.ledger.count("drip", "subscribers") == 1

    Args:
        port: the port on 127.0.0.1; 0 lets the system choose.
        clock: gives seconds; the vendors know no other time. By default the clock in force, so a
            `FakeClock` is theirs too.
        ledger: the file to keep the ledger in; in memory if not given.
        keep_items: whether the ledger keeps the items or only counts them.
        faults: what is to go wrong, such as ``["drip:503@5%"]``; see `Faults`.
        seed: of what faults leave to chance; ``None``: each time another.
        quotas: ``False`` lifts the vendors' quotas; the switches of quotas are finer.
        switches: what the vendors' documents leave open.

    Where a `with` block is in the way, as in a notebook, `start` and `close` do the same. A sandbox
    may be entered again after it was left: the vendors and the ledger remember, only the port may
    change.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Clock | None = None,
        ledger: str | PathLike[str] | None = None,
        keep_items: bool = True,
        faults: Iterable[str] = (),
        seed: int | None = None,
        quotas: bool = True,
        **switches: Unpack[Switches],
    ) -> None:
        self._port = port
        self._server: Any = None
        self.faults: Faults = Faults(seed=seed)
        """What is to go wrong, at any of the three; each fake has its own `faults` too."""
        if isinstance(faults, str):
            raise TypeError(f"`faults` is {faults!r}; it must be a list of such texts.")
        for fault in faults:
            self.faults.add(fault)
        given = settle(switches, {**DRIP, **ECWID, **EMPATHY})
        if not quotas:
            given = {"drip_quota": "off", "requests_per_minute": None, **given}
        self.ledger: Ledger = Ledger(ledger, keep_items=keep_items)
        """What the three took."""
        now = clock or Passing()
        self.drip: FakeDrip = _made(FakeDrip, self.ledger, now, self.faults, given, DRIP)
        """Drip: its faults, its switches, its items to refuse."""
        self.ecwid: FakeEcwid = _made(FakeEcwid, self.ledger, now, self.faults, given, ECWID)
        """Ecwid, likewise."""
        self.empathy: FakeEmpathy = _made(
            FakeEmpathy, self.ledger, now, self.faults, given, EMPATHY
        )
        """Empathy, likewise."""
        self.vendors: Vendors = Vendors(self.drip, self.ecwid, self.empathy)

    def url(self, vendor: VendorName) -> str:
        """The `base_url` for a vendor's client. Needs the sandbox to be running.

        Raises `ValueError` for a vendor that is none.
        """
        if vendor not in MOUNTS:
            raise ValueError(f"`vendor` is {vendor!r}; it must be one of {', '.join(MOUNTS)}.")
        return f"{self.page}{MOUNTS[vendor].removeprefix('/')}"

    @property
    def page(self) -> str:
        """The address of a page that shows what happens. Needs the sandbox to be running."""
        return f"http://{HOST}:{self.port}/"

    @property
    def port(self) -> int:
        """The port in use. Needs the sandbox to be running."""
        if self._server is None:
            raise RuntimeError("the sandbox is not running: use it in a with block, or start() it")
        port: int = self._server.port
        return port

    def switch(self, **switches: Unpack[Switches]) -> None:
        """Decide some of what the vendors' documents leave open, while it runs."""
        given = settle(switches, {**DRIP, **ECWID, **EMPATHY})
        self.drip.switch(**cast("Any", _part(given, DRIP)))
        self.ecwid.switch(**cast("Any", _part(given, ECWID)))
        self.empathy.switch(**cast("Any", _part(given, EMPATHY)))

    def handle(self, request: Request) -> Response:
        """Answer a request without a socket; its path begins as in `url`."""
        if request.path == "/" or request.path.startswith("/_/"):
            from .control import answer

            return answer(self, request)
        return self.vendors.handle(request)

    def start(self) -> Self:
        """Begin to answer on the port, until `close`; gives the sandbox itself.

        Raises `RuntimeError` if it is already running, `OSError` if the port is taken.
        """
        from .server import Server  # asyncio takes longer to import than all the rest

        if self._server is not None:
            raise RuntimeError("the sandbox is already running")
        server = Server(self.handle, port=self._port)
        server.start()
        self._server = server
        return self

    def close(self) -> None:
        """Answer no more, and let go of the port; the ledger can still be read.

        One that is not running is left as it is. After it, `start` begins again.
        """
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _made(
    kind: type[Fake], ledger: Ledger, clock: Clock, faults: Faults, given: Any, known: Any
) -> Fake:
    make = cast("Any", kind)
    fake: Fake = make(ledger, clock, faults.of(kind.name), **_part(given, known))
    fake.wall = wall
    return fake


def _part(given: dict[str, Any], known: Any) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name in known}
