"""A peer of raw sockets that misbehaves on purpose, and one attempt against it in every colour."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from batchkit._core.effects import Failure, Request, Response
from batchkit._io.http.aio import AsyncTransport
from batchkit._io.http.requests import Address
from batchkit._io.http.sync import Transport

Behaviour = Callable[[socket.socket], None]

# httpx leaves generators that are not read to their end for trio to complain about.
trio_complains = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

LIBRARIES = {"own": None, "httpx": httpx, "httpx2": httpx2}
BODY = b'{"subscribers":[]}'
TAKEN = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"


def read_request(peer: socket.socket) -> bytes:
    """The whole request, by its Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += receive(peer)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += receive(peer)
    return head + b"\r\n\r\n" + body


def receive(peer: socket.socket) -> bytes:
    data = peer.recv(65536)
    if not data:
        raise ConnectionError
    return data


def reset(peer: socket.socket) -> None:
    """Close with a reset instead of an orderly end."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


class Peer:
    """Does the same with every connection; knows how many there were and what they asked."""

    def __init__(self, behave: Behaviour) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.leaving = threading.Event()
        self._behave = behave
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept)]
        self._peers: list[socket.socket] = []
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._peers.append(peer)
            self._threads.append(threading.Thread(target=self._serve, args=(peer,)))
            self._threads[-1].start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            peer.settimeout(5)
            try:
                self._behave(peer)
            except OSError:
                return

    def close(self) -> None:
        self.leaving.set()
        # Closing a listening socket does not wake the thread that accepts; shutting it down does.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._threads[0].join()
        for peer in self._peers:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join()


class Deaf:
    """A peer that takes a request and says nothing until it is told to."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.speak = threading.Event()

    def __call__(self, peer: socket.socket) -> None:
        read_request(peer)
        self.asked.set()
        if self.speak.wait(5):
            peer.sendall(TAKEN)


@contextmanager
def peer_that(behave: Behaviour) -> Iterator[Peer]:
    peer = Peer(behave)
    try:
        yield peer
    finally:
        peer.close()


def attempt(
    url: str,
    colour: str,
    library: str = "own",
    *,
    timeout: float = 5.0,
    body: bytes = BODY,
    **options: Any,
) -> Response | Failure:
    """One attempt on a fresh client."""
    address = Address(base_url=url, headers={"accept-encoding": "identity"})
    request = Request(method="POST", path="/v2/1/subscribers/batches", body=body)
    of: Any = LIBRARIES[library]
    if colour == "sync":
        client = of and of.Client(**options)
        transport = Transport(client)
        try:
            return transport.send(transport.attempt(timeout), address, request)
        finally:
            (client or transport).close()

    async def main() -> Response | Failure:
        client = of and of.AsyncClient(**options)
        transport = AsyncTransport(client)
        try:
            return await transport.send(transport.attempt(timeout), address, request)
        finally:
            await (client or transport).aclose()

    return anyio.run(main, backend=colour)
