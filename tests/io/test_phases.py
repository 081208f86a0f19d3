"""How far an attempt came, told by real sockets: what breaks where is known in every colour."""

from __future__ import annotations

import socket
import time

import pytest

from batchkit._core.effects import Failure, Phase, Response
from tests.io.wire import (
    BODY,
    LIBRARIES,
    TAKEN,
    Behaviour,
    attempt,
    peer_that,
    read_request,
    reset,
    trio_complains,
)

HEAD = b"HTTP/1.1 201 Created\r\n"


def says(*parts: bytes, after: Behaviour = lambda peer: None) -> Behaviour:
    """Reads the request, answers in these parts, and ends."""

    def behave(peer: socket.socket) -> None:
        read_request(peer)
        for part in parts:
            peer.sendall(part)
        after(peer)

    return behave


def never_reads(peer: socket.socket) -> None:
    reset(peer)


def closes_in_mid_request(peer: socket.socket) -> None:
    peer.recv(1)
    time.sleep(0.02)
    reset(peer)


def drips(*, head: bytes, pause: float = 0.03) -> Behaviour:
    """Answers for ever, a byte at a time."""

    def behave(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(head)
        for _ in range(100):
            time.sleep(pause)
            peer.sendall(b"x")

    return behave


def silent(peer: socket.socket) -> None:
    read_request(peer)
    peer.recv(1)


NO_ANSWER = {
    "reset after the body": says(after=reset),
    "closed after the body": says(),
    "half a status line": says(b"HTTP/1.1 20"),
    "half the headers": says(HEAD + b"Content-Le"),
    "reset in the headers": says(HEAD + b"Content-Le", after=reset),
    "no HTTP": says(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    "a conflict of lengths": says(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}"),
    "a bad header line": says(HEAD + b"no colon\r\n\r\n"),
}

HALF_AN_ANSWER = {
    "a cut body": says(HEAD + b"Content-Length: 99\r\n\r\n{"),
    "a body that is reset": says(HEAD + b"Content-Length: 99\r\n\r\n{", after=reset),
    "a cut chunk": says(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"),
    "a chunk without a size": says(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
}

colours = pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])
libraries = pytest.mark.parametrize("library", LIBRARIES)


@libraries
@colours
def test_a_whole_answer(colour: str, library: str) -> None:
    with peer_that(says(TAKEN)) as peer:
        reply = attempt(peer.url, colour, library)

    assert isinstance(reply, Response)
    assert (reply.status, reply.body, reply.complete) == (201, b"{}", True)
    assert reply.headers["content-length"] == "2"


@libraries
@colours
def test_nobody_listens(colour: str, library: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    reply = attempt(f"http://127.0.0.1:{port}", colour, library)

    assert isinstance(reply, Failure)
    assert (reply.phase, reply.final) == (Phase.CONNECTING, False)
    assert "no connection could be made" in reply.reason


@trio_complains
@libraries
@colours
def test_a_body_that_is_not_taken(colour: str, library: str) -> None:
    large = BODY * 1_000_000  # more than any buffer on the way holds
    with peer_that(closes_in_mid_request) as peer:
        reply = attempt(peer.url, colour, library, body=large)

    assert isinstance(reply, Failure)
    # On asyncio an older anyio calls a body sent that it still holds: more doubt, never less.
    phases = {Phase.SENDING, Phase.SENT} if colour == "asyncio" else {Phase.SENDING}
    assert reply.phase in phases
    assert not reply.final


@trio_complains
@libraries
@colours
def test_a_connection_that_ends_at_once(colour: str, library: str) -> None:
    with peer_that(never_reads) as peer:
        reply = attempt(peer.url, colour, library)

    assert isinstance(reply, Failure)
    assert reply.phase <= Phase.SENT
    assert not reply.final


@pytest.mark.parametrize("behave", NO_ANSWER.values(), ids=NO_ANSWER)
@libraries
@colours
def test_no_answer_to_a_whole_request(colour: str, library: str, behave: Behaviour) -> None:
    with peer_that(behave) as peer:
        reply = attempt(peer.url, colour, library)

    assert isinstance(reply, Failure)
    assert (reply.phase, reply.final) == (Phase.SENT, False)


@pytest.mark.parametrize("behave", HALF_AN_ANSWER.values(), ids=HALF_AN_ANSWER)
@libraries
@colours
def test_half_an_answer_keeps_its_status(colour: str, library: str, behave: Behaviour) -> None:
    with peer_that(behave) as peer:
        reply = attempt(peer.url, colour, library)

    assert isinstance(reply, Response)
    assert (reply.status, reply.body, reply.complete) == (201, b"", False)


def test_an_answer_while_the_body_is_sent_is_read() -> None:
    def behave(peer: socket.socket) -> None:
        peer.recv(1)
        peer.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(1 << 20):
            pass

    with peer_that(behave) as peer:
        reply = attempt(peer.url, "sync", body=BODY * 300_000)

    assert isinstance(reply, Response)
    assert reply.status == 413


# The time of a whole attempt

TOO_SLOW = {
    "silence": (silent, Failure),
    "a head for ever": (drips(head=HEAD + b"X: "), Failure),
    "a body for ever": (drips(head=HEAD + b"Content-Length: 99\r\n\r\n"), Response),
}


@pytest.mark.parametrize(("behave", "kind"), TOO_SLOW.values(), ids=TOO_SLOW)
@colours
def test_an_attempt_ends_in_time(colour: str, behave: Behaviour, kind: type) -> None:
    with peer_that(behave) as peer:
        began = time.monotonic()
        reply = attempt(peer.url, colour, timeout=0.1)
        took = time.monotonic() - began

    assert isinstance(reply, kind)
    assert 0.09 < took < 5
    if isinstance(reply, Failure):
        assert (reply.phase, reply.final) == (Phase.SENT, False)
    else:
        assert (reply.status, reply.complete) == (201, False)


@pytest.mark.parametrize("library", ["httpx", "httpx2"])
@colours
def test_a_callers_client_is_at_least_cut_between_parts(colour: str, library: str) -> None:
    with peer_that(drips(head=HEAD + b"Content-Length: 99\r\n\r\n")) as peer:
        began = time.monotonic()
        reply = attempt(peer.url, colour, library, timeout=0.1)

    assert isinstance(reply, Response)
    assert not reply.complete
    assert time.monotonic() - began < 5


@trio_complains
@colours
def test_a_peer_that_reads_nothing(colour: str) -> None:
    def behave(peer: socket.socket) -> None:
        time.sleep(0.3)

    with peer_that(behave) as peer:
        reply = attempt(peer.url, colour, timeout=0.1, body=BODY * 1_000_000)

    assert isinstance(reply, Failure)
    # An event loop may send on when nobody waits for it any more.
    assert reply.phase is (Phase.SENDING if colour == "sync" else Phase.SENT)
