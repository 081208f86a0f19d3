"""Forty things that can go wrong between a client and a vendor, as data."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from tests.faults.peer import Act, Door, Talk, healthy


class Knows(Enum):
    """What the client can know of the request that the fault struck."""

    NOT_SENT = "the vendor cannot have the whole of it"
    REFUSED = "the vendor refused it for its size"
    SENT = "the vendor may have it"
    STATUS = "the vendor said yes, and the rest cannot be read"
    YES = "the vendor said yes, and nothing else"
    ALL = "the whole answer, odd as it is"


@dataclass(frozen=True)
class Fault:
    """One row of the table."""

    name: str
    knows: Knows
    acts: tuple[Act, ...] = ()
    """What is done with the first requests, one after the other; the last is the fault."""
    door: Door = Door.OPEN
    taken: bool | None = False
    """Whether the vendor took the items before the fault; `None` where it is left to chance."""
    large: bool = False
    """Whether the request must be larger than what the way to the vendor holds."""
    slow: bool = False
    """Whether nothing but the client's own timeout ends it."""

    @property
    def struck(self) -> int:
        """The number of the request that is struck."""
        return max(0, len(self.acts) - 1)


# Before the whole request is read


def _reset_after_head(talk: Talk) -> None:
    talk.reset()


def _reset_in_body(talk: Talk) -> None:
    talk.read_some()
    talk.reset()


def _close_in_body(talk: Talk) -> None:
    talk.read_some()
    talk.close()


def _stop_reading(talk: Talk) -> None:
    if talk.asked.length:
        talk.read_some()
    talk.fall_silent()


def _refuse_early(talk: Talk) -> None:
    talk.say(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
    talk.drain()


# After it


def _then(end: Callable[[Talk], None], *, take: bool) -> Act:
    def act(talk: Talk) -> None:
        talk.read_body()
        if take:
            talk.take()
        end(talk)

    return act


def _says(say: Callable[[Talk], bytes], end: Callable[[Talk], None] = Talk.close) -> Act:
    """Take the items, say this instead of an answer, and end."""

    def then(talk: Talk) -> None:
        talk.say(say(talk))
        end(talk)

    return _then(then, take=True)


def _goes_on(talk: Talk) -> None:
    """The connection is as good as before."""


def _chunks_for_ever(talk: Talk) -> None:
    talk.say(_chunked(talk, b""))
    while True:
        talk.say(b"100000\r\n" + bytes(1 << 20) + b"\r\n")


def _say_continue(talk: Talk) -> None:
    talk.trickle([b"HTTP/1.1 100 Continue\r\n\r\n"] * 60)
    talk.close()


def _trickle(what: Callable[[Talk], tuple[bytes, bytes]]) -> Act:
    def then(talk: Talk) -> None:
        at_once, slowly = what(talk)
        talk.say(at_once)
        talk.trickle([bytes([byte]) for byte in slowly])
        talk.close()

    return _then(then, take=True)


def _chunked(talk: Talk, rest: bytes) -> bytes:
    return talk.status_line + b"Transfer-Encoding: chunked\r\n\r\n" + rest


def _one_chunk(talk: Talk) -> bytes:
    return b"%x\r\n%b\r\n" % (len(talk.body()), talk.body())


def _zipped(talk: Talk) -> bytes:
    """Whole by its length, and cut short all the same."""
    return talk.answer("Content-Encoding: gzip", body=gzip.compress(talk.body())[:-9])


def _many_headers(talk: Talk) -> bytes:
    return talk.answer(*(f"X-{number}: 1" for number in range(8000)))


_NO_CONTENT = b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
_before = _then(Talk.reset, take=False)

FAULTS = (
    # No connection, or none that lasts
    Fault("nobody listens", Knows.NOT_SENT, door=Door.SHUT),
    Fault("the queue is full", Knows.NOT_SENT, door=Door.FULL, slow=True),
    Fault("nobody accepts", Knows.SENT, door=Door.UNWATCHED, taken=None, slow=True),
    Fault("closed on accept", Knows.NOT_SENT, door=Door.CLOSES, large=True),
    Fault("reset on accept", Knows.NOT_SENT, door=Door.RESETS, large=True),
    # Before the whole request is read
    Fault("reset after the head", Knows.NOT_SENT, (_reset_after_head,), large=True),
    Fault("reset in the body", Knows.NOT_SENT, (_reset_in_body,), large=True),
    Fault("closed in the body", Knows.NOT_SENT, (_close_in_body,), large=True),
    Fault("nothing more is read", Knows.NOT_SENT, (_stop_reading,), large=True, slow=True),
    Fault("refused before the body is read", Knows.REFUSED, (_refuse_early,), large=True),
    # After it, and before an answer
    Fault("reset before taking", Knows.SENT, (_then(Talk.reset, take=False),)),
    Fault("reset after taking", Knows.SENT, (_then(Talk.reset, take=True),), taken=True),
    Fault("closed before taking", Knows.SENT, (_then(Talk.close, take=False),)),
    Fault("closed after taking", Knows.SENT, (_then(Talk.close, take=True),), taken=True),
    Fault("silent before taking", Knows.SENT, (_then(Talk.fall_silent, take=False),), slow=True),
    Fault(
        "silent after taking",
        Knows.SENT,
        (_then(Talk.fall_silent, take=True),),
        taken=True,
        slow=True,
    ),
    Fault("a kept connection breaks", Knows.SENT, (healthy, _before)),
    # In the head of the answer
    *(
        Fault(name, Knows.SENT, (act,), taken=True, slow=slow)
        for name, act, slow in (
            ("half a status line", _says(lambda talk: talk.status_line[:11]), False),
            ("a status line only", _says(lambda talk: talk.status_line), False),
            ("half the headers", _says(lambda talk: talk.answer()[:30]), False),
            ("no head at all", _says(lambda talk: b"<html>taken</html>\n"), False),
            ("TLS", _says(lambda talk: b"\x15\x03\x01\x00\x02\x02\x46"), False),
            ("two lengths", _says(lambda talk: talk.answer("Content-Length: 1")), False),
            ("a header of 1 MiB", _says(lambda talk: talk.answer("X: " + "x" * 2**20)), False),
            ("continue for ever", _then(_say_continue, take=True), True),
            ("a trickled head", _trickle(lambda talk: (b"", talk.status_line)), True),
        )
    ),
    # In its body
    *(
        Fault(name, Knows.STATUS, (act,), taken=True, slow=slow)
        for name, act, slow in (
            ("a cut body", _says(lambda talk: talk.answer(length=999)), False),
            ("reset in the answer", _says(lambda talk: talk.answer(length=999), Talk.reset), False),
            ("a chunk without a size", _says(lambda talk: _chunked(talk, b"zz\r\n{}\r\n")), False),
            ("no last chunk", _says(lambda talk: _chunked(talk, _one_chunk(talk))), False),
            ("a cut gzip", _says(_zipped, _goes_on), False),
            ("no gzip", _says(lambda talk: talk.answer("Content-Encoding: gzip"), _goes_on), False),
            ("rot13", _says(lambda talk: talk.answer("Content-Encoding: rot13"), _goes_on), False),
            ("too large a body", _says(lambda talk: talk.answer(body=bytes(17 << 20))), False),
            ("chunks for ever", _then(_chunks_for_ever, take=True), False),
            (
                "a trickled body",
                _trickle(lambda talk: (talk.answer(length=999), b" " * 20)),
                True,
            ),
        )
    ),
    # Odd, but an answer
    Fault(
        "204 with a body",
        Knows.YES,
        (_says(lambda talk: _NO_CONTENT),),
        taken=True,
    ),
    Fault(
        "an answer twice", Knows.SENT, (_says(lambda talk: talk.answer() * 2, _goes_on), _before)
    ),
    Fault(
        "a header of 90 KiB",
        Knows.ALL,
        (_says(lambda talk: talk.answer("X: " + "x" * 90 * 1024), _goes_on),),
        taken=True,
    ),
    Fault("8,000 headers", Knows.ALL, (_says(_many_headers, _goes_on),), taken=True),
)
