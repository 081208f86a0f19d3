"""A vendor's words, made fit for a log or a report."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 500
"""Characters of a vendor's words that are passed on."""


def one_line(text: str) -> str:
    """`text` as one line of at most 500 characters; what does not print is escaped."""
    line = text.strip()[: LONGEST + 1]
    if not line.isprintable():
        line = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
