"""Answers of any size and encoding: what is read stays bounded, and is never half of it."""

from __future__ import annotations

import gzip
import resource
import socket
import zlib
from typing import Any

import pytest

from batchkit._core.effects import Response
from batchkit._io.http.bodies import MOST_BYTES, BodyReader, BrokenBody
from tests.io.wire import LIBRARIES, Behaviour, attempt, peer_that, read_request, trio_complains

colours = pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])
libraries = pytest.mark.parametrize("library", LIBRARIES)


def says(body: bytes, encoding: str = "") -> Behaviour:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nContent-Encoding: {encoding}\r\n\r\n"

    def behave(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(head.encode() + body)

    return behave


def endless(peer: socket.socket) -> None:
    read_request(peer)
    peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    block = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    while True:
        peer.sendall(block)


def zeros(size: int) -> bytes:
    """So many zeros, zipped."""
    zipper = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    block = bytes(1 << 20)
    parts = [zipper.compress(block) for _ in range(size >> 20)]
    return b"".join([*parts, zipper.flush()])


BOMB = zeros(1 << 28)  # 256 MiB in 260 kB
BOMBS: dict[str, Behaviour] = {
    "gzip": says(BOMB, "gzip"),
    "gzip twice": says(gzip.compress(BOMB), "gzip, gzip"),
    "deflate": says(zlib.compress(bytes(1 << 20)), "deflate"),
    "br": says(b"\x1b\x00", "br"),
    "an unknown encoding": says(b"{}", "rot13"),
    "no gzip at all": says(b"{}", "gzip"),
    "a cut gzip": says(gzip.compress(b"[]" * 99)[:-9], "gzip"),
    "too much": says(bytes(MOST_BYTES + 1)),
    "chunks for ever": endless,
}


def most_memory() -> int:
    """The most that this process ever held, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


@trio_complains
@pytest.mark.parametrize("behave", BOMBS.values(), ids=BOMBS)
@libraries
@colours
def test_a_bomb_does_not_go_off(colour: str, library: str, behave: Behaviour) -> None:
    before = most_memory()
    with peer_that(behave) as peer:
        reply = attempt(peer.url, colour, library)

    assert isinstance(reply, Response)
    assert (reply.status, reply.body, reply.complete) == (200, b"", False)
    assert most_memory() - before < 96


@libraries
@colours
def test_identity_is_asked_for_and_gzip_put_up_with(colour: str, library: str) -> None:
    seen: list[bytes] = []

    def behave(peer: socket.socket) -> None:
        seen.append(read_request(peer))
        body = gzip.compress(b"[]")
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: GZIP\r\nContent-Length: {len(body)}\r\n\r\n"
        peer.sendall(head.encode() + body)

    options: dict[str, Any] = {"headers": {"accept-encoding": "br"}} if library != "own" else {}
    with peer_that(behave) as peer:
        reply = attempt(peer.url, colour, library, **options)

    assert isinstance(reply, Response)
    assert (reply.body, reply.complete) == (b"[]", True)
    assert seen[0].lower().count(b"accept-encoding: identity\r\n") == 1
    assert seen[0].lower().count(b"accept-encoding") == 1


def collected(encoding: str, *parts: bytes) -> bytes:
    body = BodyReader(encoding)
    for part in parts:
        body.add(part)
    return body.decoded()


@pytest.mark.parametrize("encoding", ["", "identity", " Identity "])
def test_a_plain_body(encoding: str) -> None:
    assert collected(encoding, b"a", b"", b"b") == b"ab"


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZip"])
def test_one_layer_of_gzip(encoding: str) -> None:
    assert collected(encoding, gzip.compress(b"ab")) == b"ab"


def test_exactly_the_most_is_taken() -> None:
    assert len(collected("", bytes(MOST_BYTES))) == MOST_BYTES
    with pytest.raises(BrokenBody):
        collected("", bytes(MOST_BYTES), b"x")
    assert len(collected("gzip", zeros(MOST_BYTES))) == MOST_BYTES
    with pytest.raises(BrokenBody):
        collected("gzip", zeros(MOST_BYTES + (1 << 20)))
