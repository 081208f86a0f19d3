"""Acts out a fault on a connection: says what it says, and ends the connection as it ends it."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Protocol

from ._faults import WORDS, End
from ._http import Response
from ._wire import Head, write

_STEP = 0.02
"""Seconds between two bytes of what trickles, at the most."""
_LINGER_NOT = struct.pack("ii", 1, 0)


class Over(Protocol):
    """Called when it is over; `last` says that nothing more is to happen on the connection."""

    def __call__(self, *, last: bool) -> None: ...


class Acting:
    """One fault, on one connection."""

    def __init__(self, transport: asyncio.Transport, over: Over) -> None:
        self._transport = transport
        self._over = over
        self._loop = asyncio.get_running_loop()
        self._good_end = End.KEPT

    def act(self, head: Head, response: Response) -> None:
        """Send a response as its fault wants it, or late."""
        word = WORDS.get(response.act)
        self._good_end = End.KEPT if head.keep_alive else End.CLOSED
        if word is None:
            answer = write(response, keep_alive=head.keep_alive)
            self._loop.call_later(response.seconds, self._say_late, answer)
            return
        if response.status:
            answer = write(response, keep_alive=head.keep_alive and word.end is End.KEPT)
            answer = answer if word.says is None else word.says(answer)
            if word.end is End.SLOW:
                self._trickle(answer, response.seconds, seen=word.seen)
                return
            self._transport.write(answer)
        self.end(self._good_end if word.end is End.KEPT else word.end)

    def end(self, end: End) -> None:
        """Leave the connection as the fault leaves it."""
        match end:
            case End.KEPT:
                # Not at once: whoever called has not yet noted that the connection is busy.
                self._loop.call_soon(lambda: self._over(last=False))
                return
            case End.RESET:
                reset(self._transport)
            case End.CLOSED:
                self._transport.close()
            case _:
                self._transport.pause_reading()
        self._over(last=True)

    def _say_late(self, answer: bytes) -> None:
        if self._transport.is_closing():
            return
        self._transport.write(answer)
        self.end(self._good_end)

    def _trickle(self, answer: bytes, seconds: float, *, seen: bool) -> None:
        at_once = answer.find(b"\r\n\r\n") + 4 if seen else 0
        self._transport.write(answer[:at_once])
        rest = answer[at_once:]
        # A body may be shorter than the time is long: then it stops and waits at its last byte.
        pause = seconds / max(1, len(rest))
        step = max(1, int(_STEP / pause)) if pause else len(rest) or 1
        self._drip(rest, step, pause * step)

    def _drip(self, rest: bytes, step: int, pause: float) -> None:
        if self._transport.is_closing():
            return
        if not rest:
            self.end(self._good_end)
            return
        self._transport.write(rest[:step])
        self._loop.call_later(pause, self._drip, rest[step:], step, pause)


def reset(transport: asyncio.Transport) -> None:
    """Break the connection off: the peer gets a reset, whatever was sent before."""
    peer: socket.socket = transport.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()
