"""A vendor behind a raw socket: honest where no fault is asked for, and it keeps a ledger.

It reads HTTP by hand, so that it can answer with anything at all.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from enum import Enum
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

from tests.faults.vendor import Asked, Face, Ledger
from tests.io.wire import reset

PATIENCE = 5.0
"""Seconds after which a connection that nobody uses is given up, lest a failed test hang."""

UNREAD = 32 * 1024
"""Bytes that the system may take for a peer that does not read. Left to itself it takes the more
the more was read at once, and a large request might fit."""


class Gone(ConnectionError):
    """The client is no longer there."""


class Talk:
    """One connection, in the words that faults are told in."""

    def __init__(self, peer: Peer, sock: socket.socket) -> None:
        self.asked = Asked("", {}, 0)
        self._peer = peer
        self._socket = sock
        self._data = b""

    def read_head(self) -> None:
        """Read up to the body of the next request."""
        while b"\r\n\r\n" not in self._data:
            self._data += self._more(1000)
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        fields = {
            name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)
        }
        length = int(fields.get("content-length", "0"))
        self.asked = Asked(method, parse_qs(urlsplit(target).query), length)

    def read_body(self) -> None:
        """Read the request to its end."""
        length = self.asked.length
        parts, missing = [self._data], length - len(self._data)
        while missing > 0:
            parts.append(self._more())
            missing -= len(parts[-1])
        data = b"".join(parts)
        self._data = data[length:]
        self.asked = Asked(self.asked.method, self.asked.query, length, data[:length])
        self._peer.ledger.note(self.asked)

    def read_some(self) -> None:
        """Read no more than the beginning of the body, if there is one."""
        if self.asked.length and not self._data:
            self._data = self._more(1000)

    def take(self) -> None:
        """Apply what was read."""
        self._peer.ledger.take(self.asked)

    @property
    def status_line(self) -> bytes:
        return f"HTTP/1.1 {self._peer.face.status}\r\n".encode()

    def body(self) -> bytes:
        """The body of a healthy answer."""
        return json.dumps(self._peer.face.body(self.asked, self._peer.ledger)).encode()

    def answer(self, *headers: str, body: bytes | None = None, length: int | None = None) -> bytes:
        """An answer; healthy, unless something is said otherwise."""
        body = self.body() if body is None else body
        length = len(body) if length is None else length
        fields = [*headers, f"Content-Length: {length}", "Content-Type: application/json"]
        return self.status_line + "\r\n".join([*fields, "", ""]).encode() + body

    def say(self, data: bytes) -> None:
        self._socket.sendall(data)

    def trickle(self, pieces: Sequence[bytes]) -> None:
        """Say them one at a time, slowly."""
        for piece in pieces:
            self.say(piece)
            self.pause(self._peer.trickles / len(pieces))

    def pause(self, seconds: float) -> None:
        """Wait, unless everything is over."""
        if self._peer.leaving.wait(seconds):
            raise Gone

    def fall_silent(self) -> None:
        """Neither read nor say anything more."""
        self.pause(PATIENCE)

    def drain(self) -> None:
        """Read what still comes, and forget it, until the client goes away."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        while True:
            self._more()

    def close(self) -> None:
        """End the connection in good order."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        raise Gone

    def reset(self) -> None:
        """Break the connection."""
        reset(self._socket)
        raise Gone

    def _more(self, most: int = 1 << 20) -> bytes:
        data = self._socket.recv(most)
        if not data:
            raise Gone
        return data


Act: TypeAlias = Callable[[Talk], None]
"""What the peer does with a request whose head it has read."""


def healthy(talk: Talk) -> None:
    """Take the items and say so."""
    talk.read_body()
    talk.take()
    talk.say(talk.answer())


class Door(Enum):
    """What becomes of those who want to connect, until the peer is healed."""

    OPEN = "they are let in"
    SHUT = "nobody listens"
    FULL = "the queue of those who wait is full"
    UNWATCHED = "they wait, and nobody looks"
    CLOSES = "they are let in and sent away"
    RESETS = "they are let in and thrown out"


class Peer:
    """A vendor with a face, whose first requests of the face's kind meet the acts given."""

    def __init__(
        self, face: Face, acts: Iterable[Act], door: Door = Door.OPEN, *, trickles: float = 1.0
    ) -> None:
        self.face = face
        self.trickles = trickles
        """Seconds that anything takes that comes in trickles."""
        self.ledger = Ledger()
        self.leaving = threading.Event()
        self._acts = iter(acts)
        self._door = door
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, UNREAD)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        match door:
            case Door.FULL:
                self._socket.listen(0)
                self._sockets.append(socket.create_connection(self._socket.getsockname()))
            case Door.UNWATCHED:
                self._socket.listen()
            case Door.SHUT:
                pass
            case _:
                self._open()

    def heal(self, *_: object) -> float:
        """Let everybody in from now on. It is called where the client would wait: for 0 s."""
        with self._lock:
            if not self._threads and not self.leaving.is_set():
                self._open()
            self._door = Door.OPEN
        return 0.0

    def _open(self) -> None:
        self._socket.listen()
        self._start(self._accept)

    def _start(self, target: Callable[..., None], *args: object) -> None:
        self._threads.append(threading.Thread(target=target, args=args))
        self._threads[-1].start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            sock.settimeout(PATIENCE)
            self._sockets.append(sock)
            self._start(self._serve, Talk(self, sock), sock)

    def _serve(self, talk: Talk, sock: socket.socket) -> None:
        with sock, suppress(OSError):
            if self._door is Door.CLOSES:
                talk.close()
            if self._door is Door.RESETS:
                talk.reset()
            while True:
                talk.read_head()
                struck = talk.asked.method == self.face.strikes
                act = next(self._acts, healthy) if struck else healthy
                act(talk)

    def close(self) -> None:
        """Send everybody away; afterwards the ledger is final."""
        with self._lock:
            self.leaving.set()
        with suppress(OSError):  # wakes the thread that accepts, where there is one
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        if self._threads:
            self._threads[0].join()
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for sock in self._sockets:
            sock.close()


@contextmanager
def peer_with(
    face: Face, acts: Iterable[Act], door: Door = Door.OPEN, *, trickles: float = 1.0
) -> Generator[Peer]:
    peer = Peer(face, acts, door, trickles=trickles)
    try:
        yield peer
    finally:
        peer.close()
