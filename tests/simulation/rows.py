"""Which rows of the decision tables a run has reached: a row is data that has a reason, `why`.

The rows are watched where they lie, whatever they look like: a row is reached when it is asked for
what follows, not only if it fits.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum, IntEnum
from typing import Any

import attrs
import pytest

from batchkit._core.exchange import tickets
from batchkit._core.exchange.question import Question

Reached = Counter[tuple[str, str]]
"""By row and by class of operation, how often it was reached."""
EVERY_CLASS = ("PHASES", "STATUSES")
"""Tables of which every row means something in every class."""
CLASSES = ("converges", "duplicates", "keyed", "asking")
MODULE = "batchkit._core.meaning.table"


@attrs.define
class Watch:
    """Counts, under the class of operation that is being played."""

    kind: str = ""
    reached: Reached = attrs.field(factory=Reached)

    def note(self, row: str) -> None:
        self.reached[row, self.kind] += 1


class _Watched:
    """A row that tells when it is asked for what follows."""

    def __init__(self, row: object, name: str, watch: Watch) -> None:
        self._row, self._name, self._watch = row, name, watch

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._row, name)
        condition = isinstance(value, IntEnum) or not (isinstance(value, Enum) or callable(value))
        if not condition:
            self._watch.note(self._name)
        return value


def tables() -> dict[str, object]:
    """The tables by name: tuples and mappings of rows."""
    return {name: value for name, value in vars(sys.modules[MODULE]).items() if rows_in(value)}


def rows_in(table: object) -> list[object]:
    rows: list[object] = []
    if isinstance(table, (tuple, Mapping)):
        rows = list(table.values() if isinstance(table, Mapping) else table)
    are_rows = all(attrs.has(type(row)) and hasattr(row, "why") for row in rows)
    return rows if are_rows else []


def row_names(table: str) -> list[str]:
    rows: list[Any] = rows_in(tables()[table])
    return [f"{table}[{place}] {row.why}" for place, row in enumerate(rows)]


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch every row while this lasts."""
    watch = Watch()
    with pytest.MonkeyPatch.context() as patch:
        for name, table in tables().items():
            _replace(patch, table, _wrapped(table, name, watch))
        patch.setattr(Question, "judge", _asking(Question.judge, watch))
        patch.setattr(
            tickets.TicketFollower, "_ask_again", _asking(tickets.TicketFollower._ask_again, watch)
        )
        _forget_rows()
        yield watch
    _forget_rows()


def _forget_rows() -> None:
    """Rows that were looked up before are kept; those are others."""
    for value in vars(sys.modules[MODULE]).values():
        if hasattr(value, "cache_clear"):
            value.cache_clear()


def _wrapped(table: object, name: str, watch: Watch) -> object:
    rows = zip(rows_in(table), row_names(name), strict=True)
    watchers = [_Watched(row, row_name, watch) for row, row_name in rows]
    if isinstance(table, Mapping):
        return dict(zip(table, watchers, strict=True))
    return tuple(watchers)


def _replace(patch: pytest.MonkeyPatch, old: object, new: object) -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith("batchkit"):
            for each in [key for key, value in vars(module).items() if value is old]:
                patch.setattr(module, each, new)


def _asking(judge: Callable[..., Any], watch: Watch) -> Callable[..., Any]:
    """What is decided about a question counts for that class, whoever asked."""

    def decide(*what: Any, **how: Any) -> Any:
        kind, watch.kind = watch.kind, "asking"
        try:
            return judge(*what, **how)
        finally:
            watch.kind = kind

    return decide


def missed(reached: Reached) -> list[str]:
    """Rows that were never reached, with the class where they should have been."""
    anywhere = {(row, "anywhere") for row, _ in reached}
    return [
        f"{row} ({kind})"
        for table in tables()
        for row, data in zip(row_names(table), rows_in(tables()[table]), strict=True)
        for kind in _where(table, data)
        if (row, kind) not in anywhere.union(reached)
    ]


def _where(table: str, row: object) -> tuple[str, ...]:
    """A success is read by the operation itself, and its row is for what does not."""
    reads_itself = 200 in getattr(row, "statuses", ())
    return CLASSES if table in EVERY_CLASS and not reads_itself else ("anywhere",)
