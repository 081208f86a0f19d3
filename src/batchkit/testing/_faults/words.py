"""The words for faults, each with what it does on a socket and what it is called without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import TypeAlias

from .._http import Response
from . import bytes_said as said
from . import contents


class Stage(Enum):
    """How far a request comes before a fault strikes it."""

    NEVER = "nothing goes wrong"
    HEAD = "its head is read, its body is not"
    BEFORE = "all of it is read, nothing is taken"
    AFTER = "its items are taken, no answer is begun"
    ANSWER = "its items are taken, the answer is not as it should be"
    STATUS = "nothing is taken, and a status says so"
    TAKEN_STATUS = "its items are taken, and a status denies it"
    RESULTS = "its items are taken, the list of results is not as it should be"
    ITEMS = "some of its items fail"
    DELAY = "the answer comes late"


class End(Enum):
    """What becomes of the connection."""

    KEPT = "it is as good as before"
    CLOSED = "it is closed in good order"
    RESET = "it is broken off"
    SILENT = "nothing is said on it any more"
    SLOW = "what is left to say is said a byte at a time"


Turn: TypeAlias = Callable[[Response], Response]
Say: TypeAlias = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Word:
    """One kind of fault."""

    name: str
    about: str
    stage: Stage
    end: End = End.KEPT
    raises: str = ""
    """The exception of httpx that a client gets where there is no socket."""
    seen: bool = False
    """Whether the client has seen the status by then."""
    turns: Turn | None = None
    """What is made of the answer."""
    says: Say | None = None
    """What is made of its bytes."""
    argument: str = ""
    """What may stand after ``=``."""


_SECONDS = "seconds"
_DROPS = {
    "reset": (End.RESET, "ReadError"),
    "closed": (End.CLOSED, "RemoteProtocolError"),
    "silent": (End.SILENT, "ReadTimeout"),
}


def _drops(stage: Stage) -> list[Word]:
    when = stage.name.lower()
    return [
        Word(f"{how}-{when}-taking", f"{end.value}; {stage.value}", stage, end, raises)
        for how, (end, raises) in _DROPS.items()
    ]


_PROTOCOL = "RemoteProtocolError"


def _broken(
    name: str,
    about: str,
    says: Say,
    end: End = End.CLOSED,
    raises: str = _PROTOCOL,
    *,
    seen: bool = False,
    argument: str = "",
) -> Word:
    """An answer of which the head, or if that is `seen` the body, cannot be read."""
    return Word(name, about, Stage.ANSWER, end, raises, seen, says=says, argument=argument)


_cut = partial(_broken, seen=True)


def _odd(name: str, about: str, turns: Turn, end: End = End.KEPT, raises: str = "") -> Word:
    """An answer in good form that says something strange."""
    return Word(name, about, Stage.ANSWER, end, raises, turns=turns)


def _mixed(name: str, about: str, turns: Turn) -> Word:
    return Word(name, about, Stage.RESULTS, turns=turns)


_LIST = (
    Word("fine", "nothing goes wrong; for the gaps of a script", Stage.NEVER),
    # -- before the whole request is read
    Word(
        "no-connection",
        "no connection is made (on a socket: it is reset as soon as the head is read)",
        Stage.HEAD,
        End.RESET,
        "ConnectError",
    ),
    Word(
        "reset-after-the-head", "reset before the body is read", Stage.HEAD, End.RESET, "WriteError"
    ),
    Word("reset-in-the-body", "reset within the body", Stage.HEAD, End.RESET, "WriteError"),
    Word("closed-in-the-body", "closed within the body", Stage.HEAD, End.CLOSED, "WriteError"),
    Word(
        "nothing-more-is-read",
        "the body is not read, and nothing is said",
        Stage.HEAD,
        End.SILENT,
        "WriteTimeout",
    ),
    Word("refused-before-the-body-is-read", "413 before the body is read", Stage.HEAD, End.CLOSED),
    # -- after it, and before an answer
    *_drops(Stage.BEFORE),
    *_drops(Stage.AFTER),
    Word(
        "stored-then-dropped",
        "another name of closed-after-taking",
        Stage.AFTER,
        End.CLOSED,
        "RemoteProtocolError",
    ),
    # -- in the head of the answer
    _broken("half-a-status-line", "11 bytes of an answer", said.half_a_status_line),
    _broken("a-status-line-only", "no headers", said.status_line),
    _broken("half-the-headers", "cut within the headers", said.half_the_headers),
    _broken("no-head-at-all", "text instead of HTTP", said.no_head),
    _broken("tls", "a TLS alert instead of HTTP", said.tls_alert),
    _broken("two-lengths", "two lengths that differ", said.two_lengths),
    _broken("a-header-of-1-mib", "a header longer than clients read", said.endless_header),
    _broken(
        "a-trickled-head",
        "the answer a byte at a time, so many seconds in all",
        said.whole,
        End.SLOW,
        raises="ReadTimeout",
        argument=_SECONDS,
    ),
    # -- in its body
    _cut("a-cut-body", "closed before the length is reached", said.cut_body),
    _cut(
        "a-wrong-length",
        "shorter than its length, on a kept connection",
        said.cut_body,
        End.SILENT,
        raises="ReadTimeout",
    ),
    _cut(
        "reset-in-the-answer",
        "reset within the body of the answer",
        said.cut_body,
        End.RESET,
        raises="ReadError",
    ),
    _cut("a-chunk-without-a-size", "chunked, and wrong", said.chunk_without_size),
    _cut("no-last-chunk", "chunked, and cut short", said.no_last_chunk),
    _cut(
        "a-trickled-body",
        "the head at once, the body a byte at a time, so many seconds in all",
        said.whole,
        End.SLOW,
        raises="ReadTimeout",
        argument=_SECONDS,
    ),
    # -- odd, but an answer
    _odd("a-cut-gzip", "a compressed body cut short", contents.cut_gzip),
    _odd("no-gzip", "a body that only says that it is compressed", contents.no_gzip),
    _odd("rot13", "a body in a coding that nobody knows", contents.rot13),
    _odd("too-large-a-body", "17 MiB of zeros", contents.too_large),
    _odd("204-with-a-body", "no content, and some", contents.no_content, End.CLOSED),
    _odd("a-header-of-90-kib", "a very long header", contents.long_header),
    _odd("8000-headers", "very many headers", contents.many_headers),
    _odd("html", "the status as it should be, a page of HTML for a body", contents.html),
    _odd("empty", "the status as it should be, no body", contents.empty),
    _odd("half-a-body", "JSON cut in half, with the length to match", contents.half),
    Word("an-answer-twice", "the same bytes twice", Stage.ANSWER, says=said.twice),
    # -- refusals
    Word(
        "same-subscriber",
        "Drip's other 429: too many requests for one person at once",
        Stage.STATUS,
        argument="Retry-After",
    ),
    # -- results of single items
    _mixed("results-shuffled", "the results in reverse order", contents.shuffled),
    _mixed("results-missing", "the last result is left out", contents.missing),
    _mixed("results-doubled", "the first result comes twice", contents.doubled),
    # -- time
    Word("delay", "the answer comes so many seconds late", Stage.DELAY, argument=_SECONDS),
)

WORDS: Mapping[str, Word] = {word.name: word for word in _LIST}
"""Every word but those with a status in them (`numbered`)."""

FORMS = (
    "NNN[=Retry-After]",
    "taken-NNN[=Retry-After]",
    "item-NNN[=how many]",
)


def numbered(name: str) -> Word | None:
    """The word for ``503``, ``taken-503`` or ``item-503``."""
    kind, _, digits = name.rpartition("-")
    if not (len(digits) == 3 and digits.isascii() and digits.isdecimal()):
        return None
    if not 300 <= int(digits) <= 599:
        return None
    match kind:
        case "":
            return Word(name, Stage.STATUS.value, Stage.STATUS, argument="Retry-After")
        case "taken":
            return Word(name, Stage.TAKEN_STATUS.value, Stage.TAKEN_STATUS, argument="Retry-After")
        case "item":
            return Word(name, Stage.ITEMS.value, Stage.ITEMS, argument="how many")
        case _:
            return None
