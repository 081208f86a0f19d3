"""What became of each item, and of the run as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

import attrs

from .values import JsonValue

T = TypeVar("T", covariant=True)  # noqa: PLC0105 - the name that users read in signatures

PROBLEMS_KEPT: Final = 10_000
"""How many problems a report keeps; it counts the rest."""


@attrs.frozen(kw_only=True)
class Succeeded(Generic[T]):
    """The vendor says that the item is done."""

    index: int
    """The item's position in the caller's input, from 0."""
    item: T = attrs.field(repr=False)
    """The very object that was handed in; you may have changed it since it was sent."""
    code: int
    """The HTTP status code that the vendor gave for this item."""
    value: JsonValue = attrs.field(default=None, repr=False)
    """Ecwid: the decoded body of the inner answer; `None` where there is none."""
    request_id: str | None = attrs.field(default=None, repr=False, eq=False)
    """The vendor's id of the answer that decided this, for its support; `None` where it gave none,
    where no answer decided, and for what the journal of an earlier call says."""
    ok: Literal[True] = attrs.field(default=True, init=False, repr=False)

    def __str__(self) -> str:
        return f"succeeded ({self.code})"


@attrs.frozen(kw_only=True)
class Accepted(Generic[T]):
    """The vendor says only that it took the item, and will never say more (Drip)."""

    index: int
    item: T = attrs.field(repr=False)
    code: int
    """The HTTP status code of the request."""
    request_id: str | None = attrs.field(default=None, repr=False, eq=False)
    ok: Literal[True] = attrs.field(default=True, init=False, repr=False)

    def __str__(self) -> str:
        return f"accepted ({self.code})"


@attrs.frozen(kw_only=True)
class Rejected(Generic[T]):
    """Refused for good: sending the item again unchanged is useless."""

    index: int
    item: T = attrs.field(repr=False)
    by: Literal["vendor", "client"]
    """Who refused it; `client` is batchkit itself, before anything was sent."""
    code: int | None = None
    """The HTTP status code that the vendor gave; `None` when refused by the client."""
    reason: str
    """One line for people."""
    request_id: str | None = attrs.field(default=None, repr=False, eq=False)
    ok: Literal[False] = attrs.field(default=False, init=False, repr=False)

    def __str__(self) -> str:
        return f"rejected by the {self.by}: {self.reason}"


@attrs.frozen(kw_only=True)
class Skipped(Generic[T]):
    """The vendor did not try the item, because an earlier one failed."""

    index: int
    item: T = attrs.field(repr=False)
    reason: str
    request_id: str | None = attrs.field(default=None, repr=False, eq=False)
    ok: Literal[False] = attrs.field(default=False, init=False, repr=False)

    def __str__(self) -> str:
        return f"skipped: {self.reason}"


@attrs.frozen(kw_only=True)
class Unknown(Generic[T]):
    """The item may have been applied: there was no answer, or none that can be read."""

    index: int
    item: T = attrs.field(repr=False)
    reason: str
    ticket: str | None = None
    """Ecwid: the ticket to ask about; `None` where there is none."""
    request_id: str | None = attrs.field(default=None, repr=False, eq=False)
    ok: Literal[False] = attrs.field(default=False, init=False, repr=False)

    def __str__(self) -> str:
        ticket = f" (ticket {self.ticket})" if self.ticket else ""
        return f"unknown: {self.reason}{ticket}"


@attrs.frozen(kw_only=True)
class Unsent(Generic[T]):
    """The item was surely not applied: it is safe to send it again."""

    index: int
    item: T = attrs.field(repr=False)
    reason: str
    request_id: str | None = attrs.field(default=None, repr=False, eq=False)
    ok: Literal[False] = attrs.field(default=False, init=False, repr=False)

    def __str__(self) -> str:
        return f"unsent: {self.reason}"


Outcome: TypeAlias = Succeeded[T] | Accepted[T] | Rejected[T] | Skipped[T] | Unknown[T] | Unsent[T]
"""What became of one item: exactly one of these for every item that was read."""

Problem: TypeAlias = Rejected[T] | Skipped[T] | Unknown[T] | Unsent[T]
"""What became of an item that did not get through."""


@attrs.frozen(kw_only=True)
class RequestRecord:
    """One request that is over: what was sent when, and what came back.

    It shows no credential and no item; what the vendor echoes of the items may be in `body`.
    """

    vendor: str
    """The vendor's name, as `Drip`."""
    operation: str
    """The operation's name, as `subscribers`."""
    method: str
    url: str
    """Without its query."""
    first_index: int
    """The position in the caller's input, from 0, of the first item that it carried; for a
    question about a ticket, of the first that the ticket stands for."""
    items: int
    """How many items it carried; 0 for a question."""
    attempt: int
    """1 for the first sending, at most `RetryPolicy.attempts`. The halves of a request that was
    refused for some of its items begin at 1 again."""
    bytes_sent: int
    """Bytes of its body."""
    began: float
    """When it was begun, in seconds of the Unix clock."""
    seconds: float
    """Seconds from then until it was over."""
    status: int | None = None
    """The HTTP status code; `None` where no answer came."""
    request_id: str | None = None
    """The vendor's id of the request, for its support; `None` where it gave none."""
    reason: str | None = None
    """One line for people: why no answer came, or not all of it; `None` where a whole one did."""
    retry_in: float | None = None
    """Seconds until it is sent again, at the earliest; `None` if it is not. A run that ends before
    sends it no more."""
    body: bytes = attrs.field(default=b"", repr=False)
    """The answer's body as it came, decompressed, with `***` for the credential. Empty where there
    is none, where it broke off, and above 16 MiB."""


@attrs.frozen(kw_only=True)
class Report(Generic[T]):
    """The exact account of a run: every item that was read is in one of the six counts."""

    succeeded: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    unknown: int = 0
    unsent: int = 0
    problems: Sequence[Problem[T]] = attrs.field(default=(), repr=False)
    """The outcomes that are not ok, in index order: the first 10,000."""
    problems_left_out: int = 0
    """How many problems there are beyond those in `problems`."""
    highest_code: int | None = None
    """The highest HTTP or item code seen, answers later retried included; `None` without any."""
    requests: int = 0
    """Requests that carried items, every attempt counted."""
    retries: int = 0
    """Those of `requests` that came after a chunk's first: the halves of a divided one included."""
    polls: int = 0
    """Questions about tickets."""
    bytes_sent: int = 0
    """Bytes of request bodies, every attempt counted."""
    elapsed: float = 0.0
    """Seconds since the run began."""

    @property
    def total(self) -> int:
        """Items read from the source."""
        return self.succeeded + self.accepted + self.count_of_problems

    @property
    def count_of_problems(self) -> int:
        """Items that did not get through."""
        return self.rejected + self.skipped + self.unknown + self.unsent

    @property
    def ok(self) -> bool:
        """Whether every item got through."""
        return self.count_of_problems == 0

    def raise_for_problems(self) -> Report[T]:
        """This report, if every item got through; else raises `IncompleteError` with it."""
        from .exceptions import IncompleteError

        if not self.ok:
            text = f"Not every item got through: {self}."
            if self.problems:
                first = self.problems[0]
                kind = type(first).__name__.lower()
                text += f" The first is item {first.index}, {kind}; `problems` has the reasons."
            raise IncompleteError(text, report=self)
        return self

    def without_items(self) -> Report[None]:
        """This account with `None` in the place of the caller's items."""
        problems = tuple(attrs.evolve(problem, item=None) for problem in self._any().problems)
        return attrs.evolve(self._any(), problems=problems)

    def _any(self) -> Report[Any]:
        return self

    def to_dict(self) -> dict[str, JsonValue]:
        """The account as JSON-ready values, without the items."""
        counts = {
            each.name: getattr(self, each.name)
            for each in attrs.fields(Report)
            if each.name != "problems"
        }
        return {
            "total": self.total,
            "ok": self.ok,
            **counts,
            "problems": [_problem_to_dict(problem) for problem in self.problems],
        }

    def __str__(self) -> str:
        counts = [f"{self.accepted:,} accepted"] if self.accepted else []
        if self.succeeded or not counts:
            counts.insert(0, f"{self.succeeded:,} succeeded")
        counts += [f"{self.rejected:,} rejected"]
        counts += [f"{self.skipped:,} skipped"] if self.skipped else []
        counts += [f"{self.unknown:,} unknown", f"{self.unsent:,} unsent"]
        items = "item" if self.total == 1 else "items"
        requests = "request" if self.requests == 1 else "requests"
        return (
            f"{self.total:,} {items}: {', '.join(counts)}; "
            f"{self.requests:,} {requests}, {self.elapsed:.1f} s"
        )


def _problem_to_dict(problem: Problem[object]) -> dict[str, JsonValue]:
    told: dict[str, JsonValue] = {"outcome": type(problem).__name__.lower()}
    for name in ("index", "by", "code", "reason", "ticket"):
        if hasattr(problem, name):
            told[name] = getattr(problem, name)
    return told


@attrs.frozen(kw_only=True)
class Plan:
    """What sending the items would take; nothing was sent to find out."""

    items: int
    requests: int
    """The fewest requests that carry the valid items."""
    bytes: int
    """Bytes of the bodies of those requests."""
    invalid: int
    """Items that would be `Rejected` by the client."""
    least_seconds: float
    """Seconds that the pace alone makes the run take at least."""
    problems: Sequence[Rejected[Any]] = attrs.field(default=(), repr=False, eq=False)
    """The first 10,000 of the invalid items, each with its index and the reason."""
    own_keys: Mapping[str, int] = attrs.field(factory=dict[str, int], hash=False)
    """Keys of valid mappings that the vendor's documents do not name, and how many mappings have
    each: keys of your own, or misspelt ones. The first 100; always empty for Ecwid and for a sink
    without documents. Keys inside other objects are not looked at."""
