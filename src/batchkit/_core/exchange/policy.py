"""What a run does by the caller's choice, and the chance and the ids that come in from outside."""

from __future__ import annotations

from collections.abc import Callable, Collection

import attrs

from ...options import PollPolicy, RetryPolicy
from ..meaning.table import MEANINGS, Step, Verdict
from ..operations import Operation


@attrs.frozen(kw_only=True)
class Policy:
    """What the caller chose, and what comes in from outside."""

    retry: RetryPolicy
    poll: PollPolicy
    resend_in_doubt: bool
    """Whether an operation that duplicates is sent again when it may have been applied."""
    strict_items: bool
    refused_statuses: Collection[int] | None
    """The statuses that mean "nothing was taken"; `None` for the default."""
    random: Callable[[], float]
    """Draws a number from 0 up to, not including, 1."""
    new_key: Callable[[], str]
    """Makes a deduplication key."""
    submit_only: bool = False
    """Whether a ticket ends the exchange, to be asked about by somebody else."""
    generation: int = 0
    """How many calls there were with the same journal, this one included."""

    def may_resend(self, operation: Operation) -> bool:
        """Whether what may have been applied may be sent again."""
        step = MEANINGS[Verdict.DOUBT].step(operation.repeat)
        return step is not Step.HOLD or self.resend_in_doubt
