"""TLS: a peer that is not trusted ends the run, and is never spoken to without it."""

from __future__ import annotations

import gc
import socket
import ssl
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import httpx2
import pytest
import trustme

import batchkit
from batchkit._core.effects import Failure, Phase, Response
from batchkit._io.http import defaults
from batchkit.exceptions import TransportError
from tests.contract.colours import people
from tests.io.wire import TAKEN, Behaviour, Peer, attempt, peer_that, read_request, trio_complains

colours = pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])
NAME = "127.0.0.1"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def serving(authority: trustme.CA, name: str = NAME, then: Behaviour | None = None) -> Behaviour:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)

    def behave(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as safe:
            if then is not None:
                then(safe)
            while True:
                read_request(safe)
                safe.sendall(TAKEN)

    return behave


@pytest.fixture
def peer(authority: trustme.CA) -> Iterator[Peer]:
    with peer_that(serving(authority)) as made:
        yield made


@pytest.fixture
def trusted(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own clients trust the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    monkeypatch.setattr(defaults, "trust", lambda: context)


@colours
def test_a_trusted_peer(colour: str, peer: Peer, trusted: None) -> None:
    reply = attempt(f"https://{NAME}:{peer.port}", colour)

    assert isinstance(reply, Response)
    assert reply.status == 201


@pytest.mark.parametrize("library", ["own", "httpx", "httpx2"])
@colours
def test_a_peer_that_is_not_trusted(colour: str, library: str, peer: Peer) -> None:
    reply = attempt(f"https://{NAME}:{peer.port}", colour, library)

    assert isinstance(reply, Failure)
    assert (reply.phase, reply.final) == (Phase.CONNECTING, True)
    assert "certificate verify failed" in reply.reason


@colours
def test_a_peer_of_another_name(colour: str, authority: trustme.CA, trusted: None) -> None:
    with peer_that(serving(authority, "127.0.0.2")) as peer:
        reply = attempt(f"https://{NAME}:{peer.port}", colour)

    assert isinstance(reply, Failure)
    assert reply.final


@colours
def test_a_peer_without_tls(colour: str) -> None:
    def behave(peer: socket.socket) -> None:
        peer.recv(5)
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        while peer.recv(4096):
            pass

    with peer_that(behave) as peer:
        reply = attempt(f"https://{NAME}:{peer.port}", colour)

    assert isinstance(reply, Failure)
    assert (reply.phase, reply.final) == (Phase.CONNECTING, True)


@colours
def test_a_handshake_that_ends_may_be_tried_again(colour: str) -> None:
    with peer_that(lambda peer: None) as peer:
        reply = attempt(f"https://{NAME}:{peer.port}", colour)

    assert isinstance(reply, Failure)
    assert (reply.phase, reply.final) == (Phase.CONNECTING, False)


@trio_complains
@colours
def test_a_handshake_for_ever_ends_in_time(colour: str) -> None:
    with peer_that(lambda peer: read_request(peer) and None) as peer:
        reply = attempt(f"https://{NAME}:{peer.port}", colour, timeout=0.1)
    gc.collect()  # a handshake that is cancelled leaves its socket to the collector

    assert isinstance(reply, Failure)
    assert (reply.phase, reply.final) == (Phase.CONNECTING, False)


def test_a_run_ends_at_once_where_the_peer_is_not_trusted(peer: Peer) -> None:
    drip = batchkit.Drip("1", api_key="key", base_url=f"https://{NAME}:{peer.port}")
    with drip, pytest.raises(TransportError, match="certificate") as caught:
        drip.subscribers.send(people(3))

    assert peer.connections == 1
    assert (caught.value.report.unsent, caught.value.report.requests) == (3, 1)
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_a_whole_run_over_tls(peer: Peer, trusted: None) -> None:
    url = f"https://{NAME}:{peer.port}"
    with batchkit.Drip("1", api_key="key", base_url=url) as drip:
        assert drip.subscribers.send(people(2500)).accepted == 2500

    async def main() -> Any:
        async with batchkit.AsyncDrip("1", api_key="key", base_url=url) as client:
            return await client.subscribers.send(people(2500))

    assert anyio.run(main).accepted == 2500


# Headers: nothing that was given can end a line


@pytest.mark.parametrize("bad", ["k\r\nX-Evil: 1", "k\n", "k\x00", "k\x85", "k\u2028", "ключ"])
def test_no_header_is_injected(bad: str) -> None:
    for options in ({"api_key": bad}, {"access_token": bad}):
        with pytest.raises(batchkit.BatchkitError) as caught:
            batchkit.Drip("1", **options)
        assert bad not in str(caught.value)
    with pytest.raises(batchkit.BatchkitError):
        batchkit.Drip("1", api_key="key", user_agent=bad)


@pytest.mark.parametrize("of", [httpx, httpx2])
def test_a_callers_header_that_cannot_be_written_ends_the_run(of: Any) -> None:
    http = of.Client(headers={"X-Own": "a\nb"})
    with http, peer_that(lambda peer: peer.sendall(TAKEN)) as peer:
        drip = batchkit.Drip("1", api_key="key", base_url=peer.url, http_client=http)
        with pytest.raises(TransportError, match="could not be written as HTTP") as caught:
            drip.events.send([{"email": "a@b.example", "action": "x"}])
    assert caught.value.report.unsent == 1
