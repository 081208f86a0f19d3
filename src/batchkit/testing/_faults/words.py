"""The words for faults, each with what it does on a socket and what it is called without one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from .._http import Response
from . import contents


class Stage(Enum):
    """How far a request comes before a fault strikes it."""

    NEVER = "nothing goes wrong"
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


Turn: TypeAlias = Callable[[Response], Response]


@dataclass(frozen=True, slots=True)
class Word:
    """One kind of fault."""

    name: str
    about: str
    stage: Stage
    end: End = End.KEPT
    raises: str = ""
    """The exception of httpx that a client gets where there is no socket."""
    turns: Turn | None = None
    """What is made of the answer."""
    argument: str = ""
    """What may stand after ``=``."""


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


def _odd(name: str, about: str, turns: Turn) -> Word:
    """An answer in good form that says something strange."""
    return Word(name, about, Stage.ANSWER, turns=turns)


def _mixed(name: str, about: str, turns: Turn) -> Word:
    return Word(name, about, Stage.RESULTS, turns=turns)


_LIST = (
    Word("fine", "nothing goes wrong; for the gaps of a script", Stage.NEVER),
    Word(
        "no-connection",
        "no connection is made (on a socket: it is reset, and nothing is taken)",
        Stage.BEFORE,
        End.RESET,
        "ConnectError",
    ),
    *_drops(Stage.BEFORE),
    *_drops(Stage.AFTER),
    Word(
        "stored-then-dropped",
        "another name of closed-after-taking",
        Stage.AFTER,
        End.CLOSED,
        "RemoteProtocolError",
    ),
    _odd("html", "the status as it should be, a page of HTML for a body", contents.html),
    _odd("empty", "the status as it should be, no body", contents.empty),
    _odd("half-a-body", "JSON cut in half, with the length to match", contents.half),
    Word(
        "same-subscriber",
        "Drip's other 429: too many requests for one person at once",
        Stage.STATUS,
        argument="Retry-After",
    ),
    _mixed("results-shuffled", "the results in reverse order", contents.shuffled),
    _mixed("results-missing", "the last result is left out", contents.missing),
    _mixed("results-doubled", "the first result comes twice", contents.doubled),
    Word("delay", "the answer comes so many seconds late", Stage.DELAY, argument="seconds"),
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
