"""The account of a run: settled chunks added up."""

from __future__ import annotations

from copy import copy
from operator import attrgetter
from typing import Any

from ...outcomes import (
    PROBLEMS_KEPT,
    Accepted,
    Problem,
    Rejected,
    Report,
    Skipped,
    Succeeded,
    Unknown,
    Unsent,
)
from ..exchange.account import Account
from ..rulings import OutcomeClass

_COUNTED: tuple[tuple[str, OutcomeClass], ...] = (
    ("succeeded", Succeeded),
    ("accepted", Accepted),
    ("rejected", Rejected),
    ("skipped", Skipped),
    ("unknown", Unknown),
    ("unsent", Unsent),
)


class Tally:
    """The account of a run so far: settled chunks added up."""

    def __init__(self) -> None:
        self._counts = {name: 0 for name, _ in _COUNTED}
        self._problems: list[Problem[Any]] = []
        self._highest_code: int | None = None
        self._requests = self._retries = self._polls = self._bytes_sent = 0

    def add(self, account: Account) -> None:
        """Count a settled chunk."""
        for ruling in account.rulings:
            self._counts[ruling.outcome.__name__.lower()] += len(ruling.positions)
        self._problems += account.problems()
        if len(self._problems) > 2 * PROBLEMS_KEPT:
            self._problems = self._first_problems()
        if account.highest_code is not None:
            self._highest_code = max(self._highest_code or 0, account.highest_code)
        self._requests += account.requests
        self._retries += max(0, account.requests - 1)
        self._polls += account.polls
        self._bytes_sent += account.bytes_sent

    def plus(self, account: Account) -> Tally:
        """A tally with one chunk more; who looks at this one meanwhile sees no half of it."""
        more = copy(self)
        more._counts, more._problems = self._counts.copy(), self._problems.copy()
        more.add(account)
        return more

    def report(self, elapsed: float) -> Report[Any]:
        """A snapshot."""
        kept = self._first_problems()
        not_ok = sum(self._counts[name] for name, _ in _COUNTED[2:])
        return Report(
            **self._counts,
            problems=tuple(kept),
            problems_left_out=not_ok - len(kept),
            highest_code=self._highest_code,
            requests=self._requests,
            retries=self._retries,
            polls=self._polls,
            bytes_sent=self._bytes_sent,
            elapsed=elapsed,
        )

    def _first_problems(self) -> list[Problem[Any]]:
        return sorted(self._problems, key=attrgetter("index"))[:PROBLEMS_KEPT]
