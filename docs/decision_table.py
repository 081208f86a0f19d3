"""The decision table as Markdown, made from the very rows that the library decides by.

`python docs/decision_table.py` writes the tables into the page anew; a test compares them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

from batchkit._core.meaning import table
from batchkit._core.meaning.bodies import BodyRow
from batchkit.drip import answers as drip
from batchkit.ecwid import answers as ecwid
from batchkit.empathy import answers as empathy

PAGE = Path(__file__).parent / "decision-table.md"
PLACES = re.compile(r"(?<=<!-- table: )(\w+)( -->\s+).*?(?=\s+<!-- end -->)", re.DOTALL)
"""Where a table stands in the page: its name, and what is between it and the table's end."""

BODIES: dict[str, tuple[BodyRow, ...]] = {
    "empathy": empathy.ROWS,
    "drip": drip.ROWS,
    "ecwid": ecwid.ROWS,
}


def tables() -> dict[str, str]:
    """Every table of the page by its name there."""
    return {
        "phases": _table(
            ("How far it came", "Verdict", "Because"),
            (
                (
                    "any phase, beyond repair" if row.final else f"up to {row.up_to.name.lower()}",
                    row.verdict.value,
                    row.why,
                )
                for row in table.PHASES
            ),
        ),
        "statuses": _table(
            ("Status", "Verdict", "Assumed", "Because"),
            (
                (
                    _codes(row.statuses) + (" with a valid `Retry-After`" if row.with_wait else ""),
                    row.verdict.value,
                    "yes" if row.assumed else "",
                    row.why,
                )
                for row in table.STATUSES
            ),
        ),
        "meanings": _table(
            ("Verdict", "Converges", "Duplicates", "Keyed", "Question", "At the end", "Because"),
            (
                (
                    row.verdict.value,
                    *(step.value for step in (row.converges, row.duplicates, row.keyed)),
                    row.asking.value.replace("sent again", "asked again"),
                    f"`{row.ends_as.__name__}`",
                    row.why,
                )
                for row in table.MEANINGS.values()
            ),
        ),
        "gone": f"{_codes(table.GONE.statuses)}: {table.GONE.why}",
        "items": _table(
            ("Code", "Verdict", "Strictly", "Because"),
            (
                (
                    _codes(row.codes) if row.tried else "not tried",
                    row.verdict.value,
                    row.strict.value if row.strict else "the same",
                    row.why,
                )
                for row in table.ITEMS
            ),
        ),
        **{vendor: _bodies(rows) for vendor, rows in BODIES.items()},
    }


def _bodies(rows: Iterable[BodyRow]) -> str:
    return _table(
        ("Body", "Means", "Because"),
        (
            (
                "; ".join(sorted(body.value for body in row.bodies)),
                row.means.value + _bounds(row),
                row.why,
            )
            for row in rows
        ),
    )


def _bounds(row: BodyRow) -> str:
    beside = " (beside any status that is no redirect)" if row.any_status else ""
    if row.resends is None:
        return beside
    return f"{beside}; after {row.resends} repeat{'s' * (row.resends > 1)} the run ends"


def _codes(codes: Collection[int | None]) -> str:
    """`400, 422`, `500–599` or what else the row holds for."""
    if codes is table.ANY_OTHER:
        return "any other"
    if isinstance(codes, range):
        return f"{codes[0]}–{codes[-1]}"
    return ", ".join("none" if code is None else str(code) for code in sorted(codes, key=str))


def _table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    heads = list(head)
    rows = [heads, ["---"] * len(heads), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def page(text: str) -> str:
    """The same page with every table as the rows say it now."""
    made = tables()
    return PLACES.sub(lambda place: f"{place[1]}{place[2]}{made[place[1]]}", text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
