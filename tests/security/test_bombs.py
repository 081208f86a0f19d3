"""Answers that are small on the wire and huge in memory, or that never end."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit._io.http.bodies import MOST_BYTES, BodyReader, BrokenBody
from tests.io.wire import TAKEN, Behaviour, peer_that, read_request

ROOT = Path(__file__).parents[2]
QUERY = [{"q": "shoes", "lang": "en"}]
MOST_RISE = 32.0
"""MiB: twice what an answer may have."""

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="the system does not tell a peak of memory"
)


def zeros(size: int, wbits: int = 16 + zlib.MAX_WBITS) -> bytes:
    """So many zeros, zipped in no time: every block but the first is the same."""
    zipper = zlib.compressobj(9, zlib.DEFLATED, wbits)
    blocks = [zipper.compress(bytes(1 << 20)) + zipper.flush(zlib.Z_FULL_FLUSH) for _ in "ab"]
    return blocks[0] + blocks[1] * ((size >> 20) - 1) + zipper.flush()


def says(encoding: str, body: bytes) -> Behaviour:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"

    def behave(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(head.encode() + body)

    return behave


def endless(block: bytes) -> Behaviour:
    def behave(peer: socket.socket) -> None:
        read_request(peer)
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            peer.sendall(block)

    return behave


def harmless(peer: socket.socket) -> None:
    read_request(peer)
    peer.sendall(TAKEN)


ONCE = zeros(1 << 30)
TWICE = gzip.compress(gzip.compress(ONCE, 9), 9)
BOMBS: dict[str, Behaviour] = {
    "gzip": says("gzip", ONCE),
    "gzip, gzip": says("gzip, gzip", TWICE),
    "five encodings": says("gzip, deflate, gzip, deflate, gzip", TWICE),
    "br": says("br", b"\xcf\xff\xff\x7f\xf8\xff\xff\x03" * 1000),
    "zstd": says("zstd", b"\x28\xb5\x2f\xfd" + b"\xff" * 1000),
    "deflate": says("deflate", zeros(1 << 30, zlib.MAX_WBITS)),
    "much as it is": says("identity", bytes(64 << 20)),
    "chunks for ever": endless(b"10000\r\n" + bytes(0x10000) + b"\r\n"),
}


def test_the_bombs_are_small_on_the_wire() -> None:
    assert len(ONCE) < 1.1 * (1 << 20)
    assert len(TWICE) < 10_000


@needs_proc
@pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])
def test_no_bomb_takes_more_memory_than_twice_the_largest_answer(colour: str) -> None:
    with ExitStack() as peers:
        made = [peers.enter_context(peer_that(each)) for each in (harmless, *BOMBS.values())]
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.security.bombed", colour]
            + [peer.url for peer in made],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    for name, told in zip(BOMBS, json.loads(done.stdout), strict=True):
        assert told["rise"] <= MOST_RISE, name
        assert told["seconds"] <= 10, name
        assert (told["status"], told["body"], told["complete"]) == (200, 0, False), name


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_what_a_hook_has_read_already_is_bounded_too(colour: str) -> None:
    """The memory is spent by then, but nothing is decoded or kept of it."""
    huge = httpx.MockTransport(lambda _: httpx.Response(200, content=bytes(MOST_BYTES + 1)))

    async def read(answer: httpx.Response) -> None:
        await answer.aread()

    async def send() -> batchkit.Report[Any]:
        async with httpx.AsyncClient(transport=huge, event_hooks={"response": [read]}) as http:
            return await batchkit.AsyncEmpathyTagging("shop", http_client=http).query.send(QUERY)

    if colour == "async":
        report = anyio.run(send)
    else:
        hooks = {"response": [httpx.Response.read]}
        with httpx.Client(transport=huge, event_hooks=hooks) as http:
            report = batchkit.EmpathyTagging("shop", http_client=http).query.send(QUERY)
    assert report.unknown == 1


def test_an_encoding_that_was_not_asked_for_is_not_even_collected() -> None:
    for encoding in ("br", "zstd", "deflate", "gzip, gzip", "identity, gzip", "compress", "x"):
        with pytest.raises(BrokenBody):
            BodyReader(encoding)


def test_tiny_parts_take_no_more_than_their_size() -> None:
    body = BodyReader("")
    for _ in range(100_000):
        body.add(b"ab")
    assert sys.getsizeof(body._body) < 2 * 200_000
    assert len(body.decoded()) == 200_000


def fed(body: BodyReader, data: bytes, size: int) -> BodyReader:
    """The body with data that came in parts of this size."""
    for start in range(0, len(data), size):
        body.add(data[start : start + size])
    return body


def test_a_bomb_is_noticed_before_all_of_it_has_come() -> None:
    body = BodyReader("gzip")
    with pytest.raises(BrokenBody):
        fed(body, ONCE, 1024)
    assert len(body._body) <= MOST_BYTES + (1 << 18)


parts = pytest.mark.parametrize("size", [1, 7, 1 << 20])


@parts
def test_two_bodies_in_one_are_not_read_as_the_first_alone(size: int) -> None:
    with pytest.raises(BrokenBody):
        fed(BodyReader("gzip"), gzip.compress(b"[]") + gzip.compress(b"[1]"), size)


@parts
def test_a_zipped_body_is_the_same_in_parts_of_any_size(size: int) -> None:
    whole = b"0123456789" * 100_000
    assert fed(BodyReader("gzip"), gzip.compress(whole), size).decoded() == whole
