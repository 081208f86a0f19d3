"""What Empathy's documents leave open, as switches whose defaults are the likelier answer.

The types are the documentation for editors and type checkers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, TypedDict


class EmpathySwitches(TypedDict, total=False):
    """Switches of the fake Empathy."""

    instances: Collection[str] | None
    """The instance ids it knows; ``None`` for any."""
    disabled_instances: Collection[str]
    """Instances whose tagging is not switched on: 404."""
    sinks: Collection[str] | None
    """The sinks it knows, in the vendor's spelling, 404 for others; ``None`` for any."""
    empathy_batches: bool
    """Whether there are batches on its host, or single calls only: 404."""
    success_body: Literal["empty", "[]", "array"]
    """What a batch without a failure is answered with."""
    failure_body: Literal["error", "message", "text", "empty"]
    """The form of a refusal of the whole request."""
    no_events: Literal["accept", "refuse"]
    """A batch without an event: taken, or 400."""
    enforced: Literal["evidenced", "lang", "documented", "nothing"]
    """Which fields must be there: ``lang`` and ``q``, the first alone, all documented as required,
    or none."""
    event_values: Literal["any", "text"]
    """Whether numbers and booleans are values of an event, or text alone: 400 for the event."""
    most_events: int | None
    """Events in one request, 413 beyond; ``None`` for no limit."""
    most_bytes: int | None
    """Bytes of one request, 413 beyond; ``None`` for no limit."""
    empathy_per_minute: int | None
    """Requests a minute for an instance, 429 beyond; ``None``: the vendor names no limit."""
    banned: bool
    """Whether the caller's address is banned: nothing is stored."""
    banned_status: Literal["200", "403"]
    """What a banned caller is answered."""
    filters: Mapping[str, Collection[str]]
    """The values that are configured for fields such as ``lang`` and ``store``; an event with
    another one is answered 200 and not counted. A field that is not named takes any."""
    follow_unasked: bool
    """Whether a single call without ``follow`` is redirected to its ``url``."""
    follow_status: Literal["302", "303", "307"]
    """The status of that redirect."""


EMPATHY = EmpathySwitches(
    instances=None,
    disabled_instances=(),
    sinks=None,
    empathy_batches=True,
    success_body="empty",
    failure_body="error",
    no_events="accept",
    enforced="evidenced",
    event_values="any",
    most_events=None,
    most_bytes=None,
    empathy_per_minute=None,
    banned=False,
    banned_status="200",
    filters={},
    follow_unasked=False,
    follow_status="302",
)
