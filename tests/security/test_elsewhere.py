"""Nothing goes where the caller did not send it: redirects, proxies, cookies, plain HTTP."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit import RetryPolicy
from batchkit.exceptions import BatchkitError, VendorError
from tests.io.wire import TAKEN, Peer, peer_that, read_request

CANARY = "canary5e77a1b0c9d8"
ROOT = Path(__file__).parents[2]
ONE = [{"email": "a@shop.example"}]

colours = pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])


@contextmanager
def noting(answer: bytes) -> Iterator[tuple[Peer, list[bytes]]]:
    """A peer that keeps answering, and what it was sent."""
    seen: list[bytes] = []

    def behave(peer: socket.socket) -> None:
        while True:
            seen.append(read_request(peer))
            peer.sendall(answer)

    with peer_that(behave) as peer:
        yield peer, seen


def send(colour: str, url: str, times: int = 1, **own: Any) -> None:
    """Drip's subscribers to this address, with a client of the caller's own if it has options."""
    options: dict[str, Any] = {"base_url": url, "retry": RetryPolicy(attempts=1)}
    if colour == "sync":
        with httpx.Client(**own) as http:
            options["http_client"] = http if own else None
            with batchkit.Drip("1", api_key=CANARY, **options) as drip:
                for _ in range(times):
                    drip.subscribers.send(ONE)
        return

    async def main() -> None:
        async with httpx.AsyncClient(**own) as http:
            options["http_client"] = http if own else None
            async with batchkit.AsyncDrip("1", api_key=CANARY, **options) as drip:
                for _ in range(times):
                    await drip.subscribers.send(ONE)

    anyio.run(main, backend=colour)


# Redirects


@pytest.mark.parametrize("status", range(301, 309))
@pytest.mark.parametrize(
    "place", ["http://{other}/", "//{other}/x", "/v2/other", "https://{other}"]
)
@colours
def test_a_redirect_is_followed_by_nobody(colour: str, place: str, status: int) -> None:
    with noting(TAKEN) as (other, seen_there):
        location = place.format(other=f"127.0.0.1:{other.port}")
        answer = f"HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n"
        with noting(answer.encode()) as (first, seen):
            with pytest.raises(VendorError, match="redirect"):
                send(colour, first.url)
            assert len(seen) == 1
            assert (other.connections, seen_there) == (0, [])


@colours
def test_a_callers_client_that_follows_redirects_does_not_follow_ours(colour: str) -> None:
    with noting(TAKEN) as (other, _):
        answer = f"HTTP/1.1 307 X\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n"
        with noting(answer.encode()) as (first, seen), pytest.raises(VendorError, match="redirect"):
            send(colour, first.url, follow_redirects=True)
        assert (len(seen), other.connections) == (1, 0)


# Cookies


@colours
def test_a_cookie_is_not_brought_back(colour: str) -> None:
    cookies = b"Set-Cookie: session=1; Path=/\r\nSet-Cookie2: a=b; Version=1\r\n"
    answer = TAKEN.replace(b"Content-Length", cookies + b"Content-Length")
    with noting(answer) as (peer, seen):
        send(colour, peer.url, times=3)
    assert len(seen) == 3
    assert not [each for each in seen if b"cookie" in each.lower()]


# Proxies and certificates of the environment

PROGRAM = f"""
import sys
import anyio, batchkit
from batchkit import RetryPolicy
colour, url = sys.argv[1:]
options = {{"api_key": "{CANARY}", "retry": RetryPolicy(attempts=1), "base_url": url}}
one = [{{"email": "a@shop.example"}}]
async def main():
    async with batchkit.AsyncDrip("1", **options) as drip:
        return await drip.subscribers.send(one)
try:
    if colour == "sync":
        with batchkit.Drip("1", **options) as drip:
            print(drip.subscribers.send(one))
    else:
        print(anyio.run(main, backend=colour))
except batchkit.BatchkitError as error:
    assert error.report.unsent == 1
    print(type(error).__name__, error)
"""


def elsewhere(colour: str, url: str, **environment: str) -> str:
    """What a call says in a process with this environment."""
    clean = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, colour, url],
        env={**clean, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("colour", ["sync", "asyncio"])
def test_a_proxy_of_the_environment_sees_no_more_than_the_vendors_name(colour: str) -> None:
    """And what it refuses was surely not sent."""
    with noting(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n") as (proxy, seen):
        url = f"http://user:proxy-{CANARY}@127.0.0.1:{proxy.port}"
        said = elsewhere(colour, "https://vendor.example", HTTPS_PROXY=url)
    [asked] = seen
    assert asked.startswith(b"CONNECT vendor.example:443 ")
    assert b"\r\nauthorization:" not in asked.lower()
    assert b"shop.example" not in asked
    assert said.startswith("TransportError Drip could not be reached: the proxy made no connection")
    assert CANARY not in said


@pytest.mark.parametrize("colour", ["sync", "asyncio"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_sandbox_on_this_machine_is_not_asked_through_a_proxy(host: str, colour: str) -> None:
    with noting(TAKEN) as (proxy, seen_by_proxy), noting(TAKEN) as (peer, seen):
        url = f"http://127.0.0.1:{proxy.port}"
        said = elsewhere(colour, f"http://{host}:{peer.port}", HTTP_PROXY=url, ALL_PROXY=url)
    assert "1 accepted" in said
    assert (len(seen), seen_by_proxy) == (1, [])


@colours
@pytest.mark.parametrize("trusts", [True, False])
def test_a_callers_client_decides_whether_the_environment_names_its_proxy(
    colour: str, trusts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if "proxy" in name.lower()]:
        monkeypatch.delenv(name)
    with noting(TAKEN) as (proxy, seen_by_proxy), noting(TAKEN) as (peer, seen):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        send(colour, peer.url, trust_env=trusts)
    assert (len(seen_by_proxy), len(seen)) == ((1, 0) if trusts else (0, 1))


def test_certificates_of_the_environment_are_trusted_and_no_others(tmp_path: Path) -> None:
    """`SSL_CERT_FILE` names who is trusted, as in every other program."""
    trustme = pytest.importorskip("trustme", reason="certificates are made with it")
    ours, other = trustme.CA(), trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("127.0.0.1").configure_cert(context)

    def behave(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as safe:
            read_request(safe)
            safe.sendall(TAKEN)

    for authority, said in ((ours, "1 accepted"), (other, "certificate verify failed")):
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        with peer_that(behave) as peer:
            url = f"https://127.0.0.1:{peer.port}"
            assert said in elsewhere("sync", url, SSL_CERT_FILE=str(tmp_path / "ca.pem"))


# Without TLS, or with less of it


@pytest.mark.parametrize(
    "url",
    [
        *("http://api.getdrip.com", "http://10.0.0.1", "http://0.0.0.0", "http://[::]"),
        *("http://127.0.0.1.evil.example", "http://localhost.evil.example", "HTTP://evil.example"),
        *("http://2130706433", "http://0x7f.1", "http://localhost.", "http://127.1"),
        *("http://[::ffff:10.0.0.1]", "ftp://localhost", "//localhost", "http:localhost"),
        *(
            "http://localhost@evil.example",
            "http://evil.example#@localhost",
            "http://a\\@localhost",
        ),
    ],
)
def test_plain_http_is_for_this_machine_alone(url: str) -> None:
    for make in (batchkit.Drip, batchkit.AsyncDrip):
        with pytest.raises(BatchkitError, match="base_url"):
            make("1", api_key=CANARY, base_url=url)


def test_our_own_clients_check_certificate_and_name() -> None:
    from batchkit._io.http import certificates

    context = certificates.trust()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
