"""The keywords of Ecwid's batches: their words, their defaults and their checks."""

from __future__ import annotations

from typing import Generic, TypedDict, TypeVar

import attrs

from .._io.launch import CallKeywords, CallOptions, SendKeywords, SendOptions
from .._io.settings import expect
from ..options import PollPolicy

T = TypeVar("T")


class _Polling(TypedDict, total=False):
    poll: PollPolicy
    """How often a ticket is asked about, and when no progress is too long."""


class SubmitKeywords(SendKeywords[T], Generic[T], total=False):
    """The keywords of `submit`."""

    parallel: bool
    """Whether the vendor runs the entries of a batch at once, up to 100 at a time, instead of one
    after another. False by default."""
    group_id: str | None
    """Your name for these batches, for `cancel_group`; `None` for none."""


class BatchKeywords(SubmitKeywords[T], _Polling, Generic[T], total=False):
    """The keywords of `send` and `stream`."""

    stop_on_first_failure: bool
    """Whether nothing is run after the first entry that fails; the entries after it are `Skipped`,
    and `Unsent` after an `Unknown` one. False by default."""


class WaitKeywords(CallKeywords[T], _Polling, Generic[T], total=False):
    """The keywords of `wait` and `results`."""


@attrs.frozen(kw_only=True)
class BatchOptions(SendOptions):
    """What a call that submits was given."""

    parallel: bool = False
    stop_on_first_failure: bool = False
    group_id: str | None = None
    poll: PollPolicy = PollPolicy()

    def __attrs_post_init__(self) -> None:
        expect(self.poll, PollPolicy, "poll")


@attrs.frozen(kw_only=True)
class WaitOptions(CallOptions):
    """What a call that only waits was given."""

    poll: PollPolicy = PollPolicy()

    def __attrs_post_init__(self) -> None:
        expect(self.poll, PollPolicy, "poll")
