"""The fake vendors for unit tests: behind respx, or behind a transport of httpx or httpx2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from ._faults import Faults
from ._passing import Passing, wall
from ._vendors import DripSwitches, EcwidSwitches, EmpathySwitches, FakeDrip, FakeEcwid, FakeEmpathy
from ._vendors.base import Vendor
from ._without_socket import BehindLibrary
from .ledger import Ledger

if TYPE_CHECKING:
    import httpx
    import respx

Fake = TypeVar("Fake", bound=Vendor)

DRIP_URL = "https://api.getdrip.com"
ECWID_URL = "https://app.ecwid.com/api/v3"
EMPATHY_URL = "https://api.empathybroker.com/tagging/v1"


def fake_drip(*, seed: int | None = None, **switches: Unpack[DripSwitches]) -> FakeDrip:
    """A Drip of its own, with a ledger of its own; `seed` is that of its faults."""
    return _timed(FakeDrip(Ledger(), Passing(), Faults(seed=seed).of("drip"), **switches))


def fake_ecwid(*, seed: int | None = None, **switches: Unpack[EcwidSwitches]) -> FakeEcwid:
    """An Ecwid of its own, with a ledger of its own; `seed` is that of its faults."""
    return _timed(FakeEcwid(Ledger(), Passing(), Faults(seed=seed).of("ecwid"), **switches))


def fake_empathy(*, seed: int | None = None, **switches: Unpack[EmpathySwitches]) -> FakeEmpathy:
    """An Empathy of its own, with a ledger of its own; `seed` is that of its faults."""
    return _timed(FakeEmpathy(Ledger(), Passing(), Faults(seed=seed).of("empathy"), **switches))


def drip_routes(
    router: respx.Router,
    *,
    base_url: str = DRIP_URL,
    seed: int | None = None,
    **switches: Unpack[DripSwitches],
) -> FakeDrip:
    """Put a fake Drip behind a respx router, for every client of the process in both colours.

    Args:
        router: such as ``respx.mock`` gives, or its pytest fixture ``respx_mock``.
        base_url: that of the clients.
        seed: of what `FakeDrip.faults` leave to chance; ``None``: each time another.
        switches: what the vendor's documents leave open.
    """
    return _route(router, base_url, fake_drip(seed=seed, **switches))


def ecwid_routes(
    router: respx.Router,
    *,
    base_url: str = ECWID_URL,
    seed: int | None = None,
    **switches: Unpack[EcwidSwitches],
) -> FakeEcwid:
    """Put a fake Ecwid behind a respx router, for every client of the process in both colours.

    Args:
        router: such as ``respx.mock`` gives, or its pytest fixture ``respx_mock``.
        base_url: that of the clients.
        seed: of what the fake's `faults` leave to chance; ``None``: each time another.
        switches: what the vendor's documents leave open.
    """
    return _route(router, base_url, fake_ecwid(seed=seed, **switches))


def empathy_routes(
    router: respx.Router,
    *,
    base_url: str = EMPATHY_URL,
    seed: int | None = None,
    **switches: Unpack[EmpathySwitches],
) -> FakeEmpathy:
    """Put a fake Empathy behind a respx router, for every client of the process in both colours.

    Args:
        router: such as ``respx.mock`` gives, or its pytest fixture ``respx_mock``.
        base_url: that of the clients.
        seed: of what the fake's `faults` leave to chance; ``None``: each time another.
        switches: what the vendor's documents leave open.
    """
    return _route(router, base_url, fake_empathy(seed=seed, **switches))


def mock_transport(
    fake: FakeDrip | FakeEcwid | FakeEmpathy, library: Any = None, *, base_url: str | None = None
) -> httpx.MockTransport:
    """A transport that answers as `fake` does, for an `http_client` of your own.

    ::

        fake = fake_drip()
        http = httpx2.Client(transport=mock_transport(fake, httpx2))
        drip = Drip("1", api_key="any", http_client=http)

    Args:
        fake: from `fake_drip`, `fake_ecwid` or `fake_empathy`.
        library: ``httpx2``, or ``httpx`` if not given. Clients of both colours take it.
        base_url: that of the client, if it is not the vendor's own.
    """
    if library is None:
        import httpx as library
    urls = {"drip": DRIP_URL, "ecwid": ECWID_URL, "empathy": EMPATHY_URL}
    made: httpx.MockTransport = library.MockTransport(
        BehindLibrary(fake, base_url or urls[fake.name], library)
    )
    return made


def _timed(fake: Fake) -> Fake:
    fake.wall = wall
    return fake


def _route(router: respx.Router, base_url: str, fake: Fake) -> Fake:
    import httpx

    url = httpx.URL(base_url)
    if not url.is_absolute_url:
        raise ValueError(f"`base_url` is {base_url!r}; it must be the clients' own, with https://.")
    route = router.route(scheme=url.scheme, host=url.host, path__startswith=url.path)
    route.mock(side_effect=BehindLibrary(fake, base_url, httpx))
    return fake
