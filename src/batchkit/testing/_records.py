"""What a ledger's entries look like, going in and coming out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast
from urllib.parse import unquote

from ._json import JsonValue, decode, decode_exactly

Fate: TypeAlias = Literal["taken", "dropped", "refused"]
"""What became of an item that a vendor looked at one by one.

``taken``: applied, once for each record. ``dropped``: the answer said yes and nothing was applied.
``refused``: the answer told the client that this very item was not applied.
"""

_STEP = re.compile(r"\.([a-z_]+)|\[(\d+)\]")
_IN_TARGET = re.compile(r"((?:^|[?&])([^=&?]+)=)[^&]*")
_IN_TEXT = re.compile(
    r'((?:[?&]|\\u0026|\\u003[fF])([^=&?"\s]{1,64})=)(?:\\(?!u0026).|[^&"\s\\])*', re.DOTALL
)
_ESCAPE = re.compile(r"\\u00([0-7][0-9a-fA-F])")
_SECRET = re.compile(r"(access|api|auth|client)?(token|key|secret|password)")
_SECRET_HEADER = re.compile(r"authorization|cookie|token|key|secret|password")


@dataclass(frozen=True, slots=True)
class Carrier:
    """Where the items of a request are: its bytes, and the keys that lead to the list."""

    body: bytes
    path: tuple[str | int, ...] = ()

    @classmethod
    def at(cls, body: bytes, json_path: str) -> Carrier:
        """The same from a path as SQLite writes it."""
        steps = _STEP.findall(json_path)
        return cls(body, tuple(key or int(index) for key, index in steps))

    @property
    def json_path(self) -> str:
        """The path as SQLite writes it: ``$.batches[0].events``."""
        return "$" + "".join(f".{at}" if isinstance(at, str) else f"[{at}]" for at in self.path)

    def items(self) -> list[JsonValue]:
        """Decode the list."""
        value: Any
        try:
            value = decode_exactly(self.body)
        except (ValueError, RecursionError):
            # A quicker parser took it, and its limits are a little wider.
            value = decode(self.body)
        for step in self.path:
            value = value[step]
        return cast("list[JsonValue]", value)


@dataclass(slots=True)
class Call:
    """One request as a vendor places it: who it is for and when it came (clock seconds)."""

    number: int
    vendor: str
    operation: str
    account: str
    time: float
    carrier: Carrier = field(default_factory=lambda: Carrier(b""))
    """Where its items are, once somebody has found them."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer as they were; `hidden` where a credential stood."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    answer_headers: Mapping[str, str]
    answer: bytes


@dataclass(frozen=True, slots=True)
class LedgerRequest:
    """One request that came.

    `number` counts up from 1 over all vendors and goes on after `Ledger.clear`. `operation` is the
    name batchkit gives the endpoint (``subscribers``, ``browse_category``, ``batches``), another
    Empathy sink's own name, or ``""`` for a path no vendor knows. `account` is the account,
    instance or store id of the path. `time` is the vendors' clock at arrival, in seconds. `status`
    is 0 where the client got none. `fault` is what was made to go wrong, ``""`` for nothing.
    """

    number: int
    vendor: str
    operation: str
    account: str
    time: float
    status: int
    fault: str = ""


@dataclass(frozen=True, slots=True)
class LedgerItem:
    """One item and what became of it.

    `request` is the number of the request that carried it, `position` its place there, from 0.
    `time` is when it was applied, which for an Ecwid entry is later than the submission.
    """

    vendor: str
    operation: str
    account: str
    request: int
    position: int
    time: float
    fate: Fate
    item: JsonValue


def hidden(target: str) -> str:
    """A request target, or its query, without the credentials that it may hold."""
    return _IN_TARGET.sub(_without_value, target)


def hidden_within(text: str) -> str:
    """A text, such as JSON, without the credentials that stand in the queries of its paths."""
    return _IN_TEXT.sub(_without_value, text)


def without_credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as they may be shown: of a credential only its scheme."""
    return {name: _shown(name.lower(), value) for name, value in headers.items()}


def _without_value(found: re.Match[str]) -> str:
    name = unquote(_ESCAPE.sub(lambda code: chr(int(code[1], 16)), found[2]))
    secret = _SECRET.fullmatch(re.sub("[-_]", "", name.lower()))
    return f"{found[1]}hidden" if secret else found[0]


def _shown(name: str, value: str) -> str:
    if not _SECRET_HEADER.search(name):
        return hidden_within(value)
    scheme, space, _ = value.partition(" ")
    return f"{scheme} hidden" if space and name.endswith("authorization") else "hidden"
