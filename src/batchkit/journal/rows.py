"""An entry as a row of the file, and back. What comes back is believed only as far as it goes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, TypeAlias, cast, get_args, get_type_hints

from .._core.rulings import Entry, OutcomeClass, Ruling, State
from ..outcomes import Accepted, Rejected, Skipped, Succeeded, Unknown, Unsent

Row: TypeAlias = tuple[Any, ...]

_TEXTS: Final = ("state", "rulings", "doubted", "sending")
"""What is written in words."""
_TYPES: Final = {
    name: get_args(hint) or (hint,)
    for name, hint in (get_type_hints(Entry) | dict.fromkeys(_TEXTS, str)).items()
}
COLUMNS: Final = tuple("deduplication_key" if name == "key" else name for name in _TYPES)
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
    values = {name: getattr(entry, name) for name in _TYPES}
    values["state"] = entry.state.value
    values["rulings"] = json.dumps([*map(_written, entry.rulings)], separators=(",", ":"))
    values["doubted"], values["sending"] = _ranges(entry.doubted), _ranges(entry.sending)
    return tuple(values.values())


def to_entry(row: Row) -> Entry:
    """The entry of a row. Raises `Damaged`."""
    values = dict(zip(_TYPES, row, strict=True))
    _confirm(all(type(values[name]) in types for name, types in _TYPES.items()))
    count, times = values["count"], (values["key_sent"], values["first_sent"])
    counts = (values[name] for name in ("start", "generation", "requests", "polls", "bytes_sent"))
    _confirm(values["state"] in _STATES and len(values["digest"]) == 32)
    _confirm(0 < count <= _MOST and min(counts) >= 0)
    _confirm(all(0 <= each < 1e11 for each in times if each is not None))
    values["state"] = _STATES[values["state"]]
    values["rulings"] = _rulings(values["rulings"], count)
    values["doubted"] = _positions(values["doubted"], count)
    values["sending"] = _positions(values["sending"], count)
    return Entry(**values)


def _written(ruling: Ruling) -> list[object]:
    told: list[object] = [ruling.outcome.__name__.lower(), _ranges(ruling.positions), ruling.code]
    more = [ruling.reason, ruling.by == "client", ruling.ticket]
    return told + more if any(more) else told


def _rulings(text: str, count: int) -> list[Ruling]:
    try:
        told: object = json.loads(text)
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
