"""What a ledger's entries look like, going in and coming out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, cast

from ._json import JsonValue, decode, decode_exactly

Fate: TypeAlias = Literal["taken", "dropped", "refused"]
"""What became of an item that a vendor looked at one by one.

``taken``: applied, once for each record. ``dropped``: the answer said yes and nothing was applied.
``refused``: the answer told the client that this very item was not applied.
"""

_STEP = re.compile(r"\.([a-z_]+)|\[(\d+)\]")
_TOKEN = re.compile(r"((?:^|[?&])token=)[^&]*")
_SECRET = ("authorization", "proxy-authorization", "cookie")


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
class RequestRecord:
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
class ItemRecord:
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
    """A request target without the token that it may hold."""
    return _TOKEN.sub(r"\1hidden", target)


def without_credentials(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers as they may be shown: of a credential only its scheme."""
    return {
        name: _masked(value) if name.lower() in _SECRET else value
        for name, value in headers.items()
    }


def _masked(value: str) -> str:
    scheme, space, _ = value.partition(" ")
    return f"{scheme} hidden" if space else "hidden"
