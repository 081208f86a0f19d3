"""What Ecwid's documents leave open, as switches whose defaults are the likelier answer.

The types are the documentation for editors and type checkers.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, TypedDict


class EcwidSwitches(TypedDict, total=False):
    """Switches of the fake Ecwid."""

    stores: Collection[str] | None
    """The store ids it knows; ``None`` for any."""
    refused_credentials: Collection[str]
    """Keys and tokens that it refuses; any other is good."""
    seconds_per_entry: float
    """How long an entry takes; in parallel mode, a hundred of them."""
    seconds_per_batch: float
    """How long a batch takes before its first entry."""
    products: int
    """How many products a store has from the start, of ids 1 and up."""
    # -- what is submitted
    too_many_entries: Literal["400", "413", "accept"]
    """A batch of more than 500 entries."""
    no_entries: Literal["refuse", "accept"]
    """A batch without an entry: 400, or a ticket that has nothing to do."""
    batch_bytes: int | None
    """Bytes of one batch, 413 beyond; ``None``: the vendor names no limit."""
    boolean_words: Literal["lower", "any_case"]
    """Whether ``True`` is a boolean as well as ``true``."""
    numeric_ids: Literal["refuse", "accept"]
    """An entry's id that is a number: 400, or echoed as it came."""
    text_bodies: Literal["as_text", "read"]
    """An entry's body that is a string: no object, or one if it holds the JSON of one."""
    key_memory: float | None
    """Seconds for which a deduplication key is remembered; ``None`` for ever."""
    keys_remembered: Literal["all", "last"]
    """Whether a store remembers every key, or only that of the last submission, so that another
    one in between breaks it."""
    key_scope: Literal["store", "token"]
    """Whether two tokens may use one key for two submissions."""
    key_with_another_body: Literal["first_ticket", "refuse", "new_ticket"]
    """A key that comes again with another body: the first ticket, 400, or a batch of its own."""
    key_form: Literal["any", "uuid"]
    """Whether a key must be a UUID, 400 otherwise."""
    # -- how it is run
    queue_order: Literal["fifo", "parallel"]
    """Whether the batches of a store run one after the other, or all at once."""
    attempts: Literal[5, 6]
    """How often an entry with 5xx is tried in all, 3 s apart, unless a failure stops the batch."""
    tried_again: Literal["5xx", "408_429_5xx"]
    """Which inner statuses are tried again."""
    tried_before_stopping: bool
    """Whether entries are tried again in a batch that a failure stops, too."""
    beside_a_failure: Literal["finished", "not_executed"]
    """Entries that run beside a failed one that stops their batch, in parallel mode."""
    # -- what is told of it
    result_order: Literal["kept", "shuffled"]
    """The order of ``responses``."""
    unfinished_results: Literal["present", "absent", "all"]
    """Whether a batch in progress shows what is done, nothing, or every entry, those that are to
    come as ``NOT_EXECUTED``; in the last case a queued one does, too."""
    unrun_entries: Literal["bare", "full"]
    """How an entry that was not executed is shown: by id and status, or with every field."""
    completed_counts: Literal["run", "succeeded", "all"]
    """Whether ``completedRequests`` counts entries that failed, and those that were skipped once a
    batch is over."""
    bodies_unasked: Literal["shown", "hidden"]
    """Whether there are responses without ``escapedJson=true``."""
    error_bodies: Literal["full", "empty"]
    """Whether failures say why: of entries, and of requests to the vendor's API itself."""
    forbidden_bodies: Literal["empty", "full"]
    """Whether a 403 for a token says why, as long as failures do at all."""
    cancelled_entries: Literal["completed", "not_executed", "absent"]
    """How entries that a cancel kept from running are shown."""
    cancel_counts: Literal["batches", "one"]
    """What a cancel counts: the batches that it ended, or 1 for any number of them."""
    deletable: Literal["any", "queued"]
    """Which batches can be deleted."""
    unknown_ticket: Literal["404", "400"]
    """The answer to a ticket that nobody knows."""
    ticket_expiry: float | None
    """Seconds after its end for which a ticket is known; ``None`` for ever."""
    # -- quota
    requests_per_minute: int | None
    """Requests a minute for one token, 429 with ``Retry-After`` beyond; ``None`` for no limit."""
    entries_count: bool
    """Whether each entry of a batch counts as a request too."""


ECWID = EcwidSwitches(
    stores=None,
    refused_credentials=(),
    seconds_per_entry=0.0005,
    seconds_per_batch=0.0,
    products=0,
    too_many_entries="400",
    no_entries="refuse",
    batch_bytes=None,
    boolean_words="lower",
    numeric_ids="refuse",
    text_bodies="as_text",
    key_memory=3600.0,
    keys_remembered="all",
    key_scope="store",
    key_with_another_body="first_ticket",
    key_form="any",
    queue_order="fifo",
    attempts=6,
    tried_again="5xx",
    tried_before_stopping=False,
    beside_a_failure="finished",
    result_order="kept",
    unfinished_results="present",
    unrun_entries="bare",
    completed_counts="run",
    bodies_unasked="shown",
    error_bodies="full",
    forbidden_bodies="empty",
    cancelled_entries="completed",
    cancel_counts="batches",
    deletable="any",
    unknown_ticket="404",
    ticket_expiry=None,
    requests_per_minute=600,
    entries_count=False,
)
