"""A vendor's words, made fit for a log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.text import LONGEST, one_line


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("", ""),
        ("  no such sku\n", "no such sku"),
        ("Größe – 尺寸 😀", "Größe – 尺寸 😀"),
        ("a\r\nb", "a\\r\\nb"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("left\u202eright", "left\\u202eright"),
        ("half \ud800", "half \\ud800"),
        ("x" * 500, "x" * 500),
        ("x" * 501, "x" * 499 + "…"),
        ("\x00" * 10_000, "\\x00" * 124 + "\\x0…"),
    ],
)
def test_words_become_one_line(words: str, line: str) -> None:
    assert one_line(words) == line


@given(st.text())
def test_a_line_is_short_printable_and_on_one_line(words: str) -> None:
    line = one_line(words)
    assert len(line) <= LONGEST
    assert line.isprintable()
