"""A vendor's endpoint as data. Whoever adds a vendor writes these, and no loop, retry or sleep."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import Enum
from typing import TypeAlias

import attrs

from ..options import Limits, Pace
from ..values import JsonValue
from .effects import Response

Encode: TypeAlias = Callable[[object, int, str], bytes]
"""An item's JSON, from the item, its index and the moment of encoding as text in ISO 8601."""


class Repeat(Enum):
    """What sending the same chunk a second time does at the vendor."""

    CONVERGES = "converges"
    """The same state again: an upsert."""
    DUPLICATES = "duplicates"
    """Everything twice."""
    KEYED = "keyed"
    """Nothing, while the vendor remembers the deduplication key."""


class Trouble(Enum):
    """Why a request has to be made again, or may have been lost."""

    TRANSIENT = "no answer, or a server error"
    THROTTLED = "too many requests: everybody waits a little"
    QUOTA_SPENT = "the quota is used up: everybody waits until it is not"
    CONTENDED = "another request changes the same thing: only this one waits"


@attrs.frozen
class ItemAnswer:
    """What the vendor said of one item."""

    code: int | None
    """An HTTP status code; `None` if the vendor gave none, and so said nothing."""
    reason: str = ""
    """Why it was refused, in the vendor's words."""
    value: JsonValue = None
    """What the vendor gave for it."""
    tried: bool = True
    """False if the vendor says that it did not try the item."""


@attrs.frozen
class PerItem:
    """The answer speaks of every item, in the order sent."""

    answers: Sequence[ItemAnswer]


@attrs.frozen
class AllDone:
    """The vendor says that everything sent is done."""


@attrs.frozen
class AllTaken:
    """The vendor only says that it took everything sent."""


@attrs.frozen
class Ticketed:
    """The vendor took the request and will tell under this ticket what became of the items."""

    ticket: str


@attrs.frozen
class Unreadable:
    """The answer does not say what became of the items; `reason` tells why."""

    reason: str
    page: bool = False
    """Whether it is a web page: somebody in between has answered."""
    resends: int | None = None
    """How often a keyed request goes again after it before the run ends; `None` while the attempts
    last."""


Reading: TypeAlias = PerItem | AllDone | AllTaken | Ticketed | Unreadable
"""What an operation reads in an answer; `None` leaves it to the decision table."""


@attrs.frozen(kw_only=True)
class TicketState:
    """How far the vendor is with a ticket."""

    finished: bool
    started: bool = True
    completed: int = 0
    """Entries done so far; 0 where the vendor does not count."""
    total: int = 0
    entries: Sequence[str | None] = ()
    """The ids of the entries in the order of the answer, for who does not know them."""
    answers: Mapping[str, ItemAnswer] = attrs.field(factory=dict[str, ItemAnswer])
    """By entry id, once finished. An id whose answers contradict each other has no code."""


@attrs.frozen(kw_only=True)
class Ticketing:
    """How a vendor that answers with tickets is asked about them."""

    identify: Callable[[object, int], str]
    """The id under which the vendor knows an item, from the item and its index."""
    keyed_path: Callable[[str], str]
    """The path of a submission, from its deduplication key."""
    status_path: Callable[[str], str]
    """The path that asks about a ticket."""
    read_state: Callable[[Response], TicketState | str]
    """The state of a ticket, or in words why the answer cannot be read."""
    repeats: Callable[[object], bool]
    """Whether running this item twice is the same as running it once."""
    touches: Callable[[object], str]
    """What the item changes; entries that touch the same thing keep their order."""
    use_run_key: Callable[[str], None] | None = None
    """Told the run key of a journal before anything is encoded, for made ids to derive from."""
    stops_on_failure: bool = False
    """Whether the vendor stops a request at its first failed item."""
    key_lives: float = 3000.0
    """Seconds for which the vendor surely still remembers a deduplication key."""


@attrs.frozen
class Complaint:
    """A vendor's error body, in the vendor's words: `code` is `None` where it gives none."""

    message: str = ""
    code: str | None = None


@attrs.frozen(kw_only=True)
class Operation:
    """One endpoint: where, how an item is written, how an answer is read, what a repeat does."""

    vendor: str
    name: str
    path: str
    """Below the client's base URL, with the ids in it: `/v2/9999999/events/batches`."""
    encode: Encode
    """One item's JSON, from the item, its index and the moment of encoding (ISO 8601, UTC).
    Raises `InvalidItem`."""
    before: bytes
    after: bytes
    """The envelope around the items of a request."""
    limits: Limits
    """The most a request may hold, by the vendor's word or ours."""
    repeat: Repeat
    read: Callable[[Response, int], Reading | None]
    """Reads an answer to a request of so many items."""
    complain: Callable[[Response], Complaint]
    """Reads an error body of any shape the vendor sends."""
    quota: str
    """The name of the quota that its requests count against; all of one quota share a throttle."""
    pace: Pace | None = None
    """The vendor's documented quota."""
    limited: Callable[[Response], Trouble] = lambda _: Trouble.THROTTLED
    """What a 429 is for, where the vendor has several kinds of it."""
    changes: Callable[[Iterable[object]], frozenset[str]] | None = None
    """What items change at the vendor. Chunks that change the same thing are sent one after the
    other: of two values for it, the one that was read last must be the one that stays."""
    request_id_headers: Sequence[str] = ("x-request-id",)
    """Names, in lower case, of the headers that may hold the vendor's id of a request."""
    remaining_header: str = "x-ratelimit-remaining"
    """Name, in lower case, of the header that says how much is left of the quota."""
    fields: Collection[str] = ()
    """The documented fields of an item; none where the vendor documents none."""
    ordered: bool = False
    """Whether a chunk may begin only when the one before it is settled."""
    ticketing: Ticketing | None = None
    """How the vendor's tickets are asked about, where it answers with one."""

    @property
    def stops_on_failure(self) -> bool:
        """Whether the vendor stops a request at its first failed item."""
        return self.ticketing is not None and self.ticketing.stops_on_failure
