"""An entry as a row of the file, and back. What comes back is believed only as far as it goes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, TypeAlias, cast

import attrs

from .._core.rulings import Entry, OutcomeClass, Ruling, State
from ..outcomes import Accepted, Rejected, Skipped, Succeeded, Unknown, Unsent

Row: TypeAlias = tuple[Any, ...]

_FIELDS: Final = tuple(each.name for each in attrs.fields(Entry))
COLUMNS: Final = tuple("deduplication_key" if name == "key" else name for name in _FIELDS)
"""`KEY` is a word of SQL's own."""

_OUTCOMES: Final[Mapping[str, OutcomeClass]] = {
    each.__name__.lower(): each
    for each in (Succeeded, Accepted, Rejected, Skipped, Unknown, Unsent)
}
_STATES: Final = {state.value: state for state in State}
_MOST: Final = 100_000
"""Items of one chunk: far more than cutting allows."""


class Damaged(Exception):
    """A row that no run has written."""


def to_row(entry: Entry) -> Row:
    """The row of an entry."""
    rulings = json.dumps([_written(ruling) for ruling in entry.rulings], separators=(",", ":"))
    texts = {
        "state": entry.state.value,
        "rulings": rulings,
        "doubted": _ranges(entry.doubted),
        "sending": _ranges(entry.sending),
    }
    return tuple(texts[name] if name in texts else getattr(entry, name) for name in _FIELDS)


def to_entry(row: Row) -> Entry:
    """The entry of a row. Raises `Damaged`."""
    told = dict(zip(_FIELDS, row, strict=True))
    for name, may_be in _MAY_BE.items():
        _confirm(may_be(told[name]))
    told["state"] = _STATES[told["state"]]
    told["rulings"] = _rulings(told["rulings"], told["count"])
    for name in ("doubted", "sending"):
        told[name] = _positions(told[name], told["count"])
    return Entry(**told)


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_time(value: object) -> bool:
    return value is None or (type(value) is float and 0 <= value < 1e11)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: object) -> bool:
    return isinstance(value, str | None)


_MAY_BE: Final[Mapping[str, Callable[[Any], bool]]] = {
    "start": _is_count,
    "count": lambda value: _is_count(value) and 0 < value <= _MOST,
    "state": lambda value: _is_text(value) and value in _STATES,
    "stamp": _is_text,
    "digest": lambda value: isinstance(value, bytes) and len(value) == 32,
    "largest": lambda value: type(value) is int,
    "doubted": _is_text,
    "sending": _is_text,
    "key": _is_text_or_none,
    "key_sent": _is_time,
    "ticket": _is_text_or_none,
    "first_sent": _is_time,
    "life": _is_count,
    "requests": _is_count,
    "polls": _is_count,
    "bytes_sent": _is_count,
    "highest_code": lambda value: value is None or type(value) is int,
}


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


def _positions(text: str, count: int) -> Sequence[int]:
    """The numbers again, each of them below `count`."""
    found: list[int] = []
    for part in text.split(",") if text else ():
        first, dash, last = part.partition("-")
        _confirm(first.isdecimal() and last.isdecimal() == bool(dash))
        numbers = range(int(first[:9]), int((last or first)[:9]) + 1)
        _confirm(len(numbers) > 0 and numbers[0] > (found[-1] if found else -1))
        _confirm(numbers[-1] < count)
        found.extend(numbers)
    return found


def _confirm(good: bool) -> None:
    if not good:
        raise Damaged
