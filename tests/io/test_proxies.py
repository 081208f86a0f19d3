"""Proxies of the environment: one that works is used, one that cannot is refused by its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit._io.http import proxies
from batchkit._io.http.proxies import Proxies
from batchkit.exceptions import ConfigurationError
from tests.contract.colours import people
from tests.io.wire import TAKEN, Peer, peer_that, read_request

CANARY = "canary5e77a1b0"
VENDOR = "https://vendor.example"
PROXY = "http://proxy.example:3128"

clients = pytest.mark.parametrize("make", [batchkit.Drip, batchkit.AsyncDrip])


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if "proxy" in name.lower()]:
        monkeypatch.delenv(name)


@pytest.fixture
def vendor() -> Iterator[Peer]:
    def behave(peer: Any) -> None:
        while True:
            read_request(peer)
            peer.sendall(TAKEN)

    with peer_that(behave) as peer:
        yield peer


def asked_through(url: str = VENDOR) -> str | None:
    """The proxy for the URL's host."""
    told = httpx.URL(url)
    found = Proxies().proxy_for(told.host, told.port)
    return None if found is None else str(found.url)


# Which proxy


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"https_proxy": PROXY}, PROXY),
        ({"ALL_PROXY": PROXY}, PROXY),
        ({"all_proxy": PROXY}, PROXY),
        ({"HTTPS_PROXY": "http://loud.example", "https_proxy": PROXY}, PROXY),
        ({"HTTPS_PROXY": "http://loud.example", "https_proxy": ""}, None),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "socks5://127.0.0.1:1080"}, PROXY),
        ({"HTTPS_PROXY": " ", "ALL_PROXY": PROXY}, PROXY),
        ({"HTTPS_PROXY": f" {PROXY}\n"}, PROXY),
        ({"HTTPS_PROXY": "proxy.example:3128"}, PROXY),
        ({"HTTPS_PROXY": "HTTP://proxy.example:3128/"}, PROXY),
        ({"HTTPS_PROXY": f"http://user:a%2Fb%23@{PROXY[7:]}"}, PROXY),
        ({"HTTPS_PROXY": f"http://user:a@b@{PROXY[7:]}"}, PROXY),
        ({"HTTPS_PROXY": "https://proxy.example:3128"}, "https://proxy.example:3128"),
        ({"HTTP_PROXY": "ftp://nobody", "http_proxy": "socks5://nobody"}, None),
    ],
)
def test_the_proxy_of_the_environment(
    environment: dict[str, str], proxy: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = asked_through()
    assert found == proxy or (proxy is not None and found == f"{proxy}/")


def test_a_socks_proxy_is_used_where_its_package_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.setattr(proxies, "find_spec", lambda name: name)
    assert asked_through() == "socks5://127.0.0.1:1080"


@pytest.mark.parametrize(
    ("without", "url", "straight"),
    [
        ("*", VENDOR, True),
        ("other.example, *", VENDOR, True),
        ("", VENDOR, False),
        (" , ,", VENDOR, False),
        (".", VENDOR, False),
        ("vendor.example", VENDOR, True),
        ("VENDOR.Example.", VENDOR, True),
        ("vendor.example", "https://api.vendor.example", True),
        ("vendor.example", "https://notvendor.example", False),
        (".vendor.example", "https://api.vendor.example", True),
        (".vendor.example", VENDOR, False),
        ("*.vendor.example", "https://api.vendor.example", True),
        ("*vendor.example", VENDOR, True),
        ("vendor.example:443", VENDOR, True),
        ("vendor.example:8443", VENDOR, False),
        ("vendor.example:8443", "https://vendor.example:8443", True),
        ("https://vendor.example", VENDOR, True),
        ("all://vendor.example", VENDOR, True),
        ("http://vendor.example", VENDOR, False),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.1/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("10.0.0.0/8", VENDOR, False),
        ("10.1.2.3", "https://10.1.2.3", True),
        ("10.1.2.3:443", "https://10.1.2.3", True),
        ("3", "https://10.1.2.3", False),
        ("fd00::/8", "https://[fd00::1]", True),
        ("[fd00::]/8", "https://[fd00::1]", True),
        ("fd00::/8", "https://[fe80::1]", False),
        ("fd00::/8", "https://10.1.2.3", False),
        ("[fd00::1]", "https://[fd00::1]", True),
        ("fd00::1", "https://[fd00::1]", True),
        ("[fd00::1]:443", "https://[fd00::1]", True),
        ("[fd00::1]:80", "https://[fd00::1]", False),
        ("fd00::/999,[::1,10.0.0.0/x,%%", "https://[fd00::1]", False),
        ("", "https://127.0.0.2", True),
        ("", "https://[::1]", True),
        ("", "https://localhost", True),
    ],
)
@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_hosts_that_are_asked_without_a_proxy(
    name: str, without: str, url: str, straight: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv(name, without)
    assert (asked_through(url) is None) is straight


# One that cannot be used

WRONG = {
    "a kind that nobody knows": ("ftp://127.0.0.1:21", "of a kind that is not known"),
    "GNOME's word for SOCKS": ("socks://127.0.0.1:1080/", "of a kind that is not known"),
    "SOCKS without its package": ("socks5://127.0.0.1:1080", "socks"),
    "no port": (f"http://{CANARY}:port", "cannot be read"),
    "a port that is none": (f"http://{CANARY}:99999", "cannot be read"),
    "nothing behind the scheme": ("http://", "cannot be read"),
    "a host that is none": (f"http://[{CANARY}", "cannot be read"),
    "a slash": (f"http://user:{CANARY}/x@127.0.0.1:3128", "%2F"),
    "a slash behind a number": (f"http://{CANARY}:1/x@127.0.0.1:3128", "%2F"),
    "a question mark": (f"http://user:{CANARY}?x@127.0.0.1:3128", "%3F"),
    "a question mark behind a number": (f"http://{CANARY}:1?x@127.0.0.1:3128", "%3F"),
    "a hash": (f"http://user:{CANARY}#x@127.0.0.1:3128", "%23"),
    "a hash behind a number": (f"http://{CANARY}:1#x@127.0.0.1:3128", "%23"),
    "a line break": (f"http://user:{CANARY}\n@127.0.0.1:3128", "cannot be read"),
}


@pytest.mark.parametrize(("value", "said"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@clients
def test_a_proxy_that_cannot_be_used_is_refused_when_the_client_is_made(
    make: Any, name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proxies, "find_spec", lambda name: None)
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=said) as caught:
        make("1", api_key="key", base_url=VENDOR)
    error = caught.value
    assert str(error).startswith(f"{name} ")
    assert CANARY not in str(error)
    assert "127.0.0.1" not in str(error)
    assert (error.__cause__, error.__context__) == (None, None)
    assert error.report.total == 0


@pytest.mark.parametrize(("value", "said"), WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])
def test_it_does_not_matter_where_it_is_not_needed(
    colour: str, value: str, said: str, vendor: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, value)
    options: dict[str, Any] = {"api_key": "key", "base_url": vendor.url}
    if colour == "sync":
        with batchkit.Drip("1", **options) as drip:
            assert drip.subscribers.send(people(1)).accepted == 1
        return

    async def main() -> Any:
        async with batchkit.AsyncDrip("1", **options) as drip:
            return await drip.subscribers.send(people(1))

    assert anyio.run(main, backend=colour).accepted == 1


@pytest.mark.parametrize("without", ["*", "vendor.example"])
@clients
def test_nor_where_the_vendor_is_asked_without_it(
    make: Any, without: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://127.0.0.1:21")
    monkeypatch.setenv("NO_PROXY", without)
    make("1", api_key="key", base_url=VENDOR)


@clients
def test_options_that_lead_to_another_vendor_are_refused_as_well(
    make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "ftp://127.0.0.1:21")
    client = make("1", api_key="key", base_url="http://127.0.0.1:9")
    with pytest.raises(ConfigurationError, match="HTTPS_PROXY"):
        client.with_options(base_url=VENDOR)


@pytest.mark.parametrize(
    ("make", "own"),
    [(batchkit.Drip, httpx.Client), (batchkit.AsyncDrip, httpx.AsyncClient)],
)
def test_a_callers_client_has_nothing_to_do_with_it(
    make: Any, own: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = own(trust_env=False)
    monkeypatch.setenv("HTTPS_PROXY", "ftp://127.0.0.1:21")
    make("1", api_key="key", base_url=VENDOR, http_client=http)


def test_the_systems_own_settings_have_a_name_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a system tells its proxy by other means, the variable that beats it is named."""
    monkeypatch.setattr(proxies, "getproxies", lambda: {"https": "ftp://127.0.0.1"})
    with pytest.raises(ConfigurationError, match=r"^HTTPS_PROXY names"):
        Proxies().confirm(VENDOR)


# One that is used


@pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize("name", ["https_proxy", "ALL_PROXY"])
def test_a_vendor_is_asked_through_the_proxy(
    name: str, colour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bytes] = []

    def refuse(peer: Any) -> None:
        seen.append(read_request(peer))
        peer.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    once: dict[str, Any] = {"base_url": VENDOR, "retry": batchkit.RetryPolicy(attempts=1)}

    def send() -> None:
        with batchkit.Drip("1", api_key="key", **once) as drip:
            drip.subscribers.send(people(1))

    async def main() -> None:
        async with batchkit.AsyncDrip("1", api_key="key", **once) as drip:
            await drip.subscribers.send(people(1))

    with peer_that(refuse) as proxy:
        monkeypatch.setenv(name, f"http://user:{CANARY}@127.0.0.1:{proxy.port}")
        work = send if colour == "sync" else lambda: anyio.run(main, backend=colour)
        with pytest.raises(batchkit.BatchkitError, match="the proxy made no connection") as caught:
            work()
    [asked] = seen
    assert asked.startswith(b"CONNECT vendor.example:443 ")
    assert b"proxy-authorization: basic " in asked.lower()
    assert CANARY not in str(caught.value)
