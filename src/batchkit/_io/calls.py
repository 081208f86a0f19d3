"""What a call's end means for the caller."""

from __future__ import annotations

from typing import Any

from .._core.run import Done, Run
from ..outcomes import Report


def why_it_ended(
    run: Run, done: Done | None, failure: BaseException | None, report: Report[Any]
) -> BaseException | None:
    """What to raise now that the account is whole; `None` after a run that simply finished.

    What the caller's own code raised comes out unchanged, with the account as a note.
    """
    own = failure or run.failure
    if own is not None:
        own.add_note(str(report))
        return own
    if done is not None and done.stop is not None:
        return done.stop.raises(report)
    return None
