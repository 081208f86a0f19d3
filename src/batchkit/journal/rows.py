"""An entry as a row of the file, and back. What comes back is believed only as far as it goes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, TypeAlias, cast

from .._core.rulings import STATES, Entry, OutcomeClass, Ruling
from ..outcomes import Accepted, Rejected, Skipped, Succeeded, Unknown, Unsent

Row: TypeAlias = tuple[Any, ...]

COLUMNS: Final = (
    *("start", "count", "state", "stamp", "digest", "largest"),
    *("rulings", "doubted", "sending"),
    *("deduplication_key", "key_sent", "ticket", "first_sent", "life"),
    *("requests", "polls", "bytes_sent", "highest_code"),
)

_OUTCOMES: Final[Mapping[str, OutcomeClass]] = {
    each.__name__.lower(): each
    for each in (Succeeded, Accepted, Rejected, Skipped, Unknown, Unsent)
}
_MOST: Final = 100_000
"""Items of one chunk: far more than cutting allows."""


class Damaged(Exception):
    """A row that no run has written."""


def to_row(entry: Entry) -> Row:
    """The row of an entry."""
    return (
        entry.start,
        entry.count,
        STATES.index(entry.state),
        entry.stamp,
        entry.digest,
        entry.largest,
        json.dumps([_written(ruling) for ruling in entry.rulings], separators=(",", ":")),
        _ranges(entry.doubted),
        _ranges(entry.sending),
        entry.key,
        entry.key_sent,
        entry.ticket,
        entry.first_sent,
        entry.life,
        entry.requests,
        entry.polls,
        entry.bytes_sent,
        entry.highest_code,
    )


def to_entry(row: Row) -> Entry:
    """The entry of a row. Raises `Damaged`."""
    (start, count, state, stamp, digest, largest, rulings, doubted, sending, *rest) = row
    key, key_sent, ticket, first_sent, life, requests, polls, bytes_sent, highest_code = rest
    _confirm(type(start) is int and type(count) is int and start >= 0 and 0 < count <= _MOST)
    _confirm(type(state) is int and 0 <= state < len(STATES))
    _confirm(isinstance(stamp, str) and isinstance(digest, bytes) and len(digest) == 32)
    _confirm(type(largest) is int)
    _confirm(all(type(each) is int and each >= 0 for each in (life, requests, polls, bytes_sent)))
    _confirm(all(each is None or _is_time(each) for each in (key_sent, first_sent)))
    _confirm(all(each is None or isinstance(each, str) for each in (key, ticket)))
    _confirm(highest_code is None or type(highest_code) is int)
    return Entry(
        start=start,
        count=count,
        state=STATES[state],
        stamp=stamp,
        digest=digest,
        largest=largest,
        rulings=_rulings(rulings, count),
        doubted=_positions(doubted, count),
        sending=_positions(sending, count),
        key=key,
        key_sent=key_sent,
        ticket=ticket,
        first_sent=first_sent,
        life=life,
        requests=requests,
        polls=polls,
        bytes_sent=bytes_sent,
        highest_code=highest_code,
    )


def _written(ruling: Ruling) -> list[object]:
    told: list[object] = [ruling.outcome.__name__.lower(), _ranges(ruling.positions), ruling.code]
    more = [ruling.reason, ruling.by == "client", ruling.ticket]
    return told + more if any(more) else told


def _rulings(text: object, count: int) -> list[Ruling]:
    try:
        told: object = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        raise Damaged from None
    _confirm(isinstance(told, list))
    rulings = [_ruling(each, count) for each in cast("list[object]", told)]
    positions = [position for ruling in rulings for position in ruling.positions]
    _confirm(len(set(positions)) == len(positions))
    return rulings


def _ruling(told: object, count: int) -> Ruling:
    parts = cast("list[object]", told) if isinstance(told, list) else []
    match parts if len(parts) == 6 else [*parts, "", False, None]:
        case [str(outcome), str(ranges), code, str(reason), bool(by_client), ticket]:
            _confirm(outcome in _OUTCOMES and isinstance(code, int | None))
            _confirm(isinstance(ticket, str | None))
        case _:
            raise Damaged
    return Ruling(
        outcome=_OUTCOMES[outcome],
        positions=_positions(ranges, count),
        code=cast("int | None", code),
        reason=reason,
        by="client" if by_client else "vendor",
        ticket=cast("str | None", ticket),
    )


def _ranges(positions: Sequence[int]) -> str:
    """Ascending numbers as `0-999` or `0-4,7`."""
    if len(positions) > 1 and positions[-1] - positions[0] + 1 == len(positions):
        return f"{positions[0]}-{positions[-1]}"  # as nearly always
    breaks = [place for place, (one, two) in enumerate(pairwise(positions), 1) if two != one + 1]
    edges = [0, *breaks, len(positions)] if positions else [0]
    runs = ((positions[first], positions[last - 1]) for first, last in pairwise(edges))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _positions(text: object, count: int) -> Sequence[int]:
    """The numbers again, each of them below `count`."""
    _confirm(isinstance(text, str))
    found: list[int] = []
    for part in str(text).split(",") if text else ():
        first, dash, last = part.partition("-")
        _confirm(first.isdecimal() and last.isdecimal() == bool(dash))
        numbers = range(int(first[:9]), int((last or first)[:9]) + 1)
        _confirm(len(numbers) > 0 and numbers[0] > (found[-1] if found else -1))
        _confirm(numbers[-1] < count)
        found.extend(numbers)
    return found


def _is_time(value: object) -> bool:
    return type(value) is float and 0 <= value < 1e11


def _confirm(good: bool) -> None:
    if not good:
        raise Damaged
