"""Whoever silences a tool or skips a test says why, in the same place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
FILES = [
    path
    for folder in ("src", "tests", "docs", "examples", "bench")
    for path in sorted((PROJECT / folder).rglob("*.py"))
    if path != Path(__file__)
]
SILENCED = re.compile(r"#\s*(noqa|(type|ty|pyright|pyrefly): *ignore|pragma)\b")
WITH_REASON = re.compile(
    r"# noqa: [A-Z0-9, ]+ - \S.*"
    r"|# (type|ty|pyright|pyrefly): ignore\[[A-Za-z, -]+\]  # \S.*"
    r"|# pragma: no cover - \S.*"
)
SKIPPED = re.compile(r"\b(skip|skipif|xfail|importorskip)\((?![^#]{0,150}?reason=)")


def unexplained(text: str) -> list[int]:
    """The lines on which something is silenced or skipped without a reason."""
    found: list[int] = []
    for match in SILENCED.finditer(text):
        line = text[match.start() :].partition("\n")[0]
        if not WITH_REASON.fullmatch(line):
            found.append(text.count("\n", 0, match.start()) + 1)
    found += [text.count("\n", 0, match.start()) + 1 for match in SKIPPED.finditer(text)]
    return found


def test_every_one_has_its_reason() -> None:
    found = {
        str(path.relative_to(PROJECT)): lines
        for path in FILES
        if (lines := unexplained(path.read_text(encoding="utf-8")))
    }
    assert not found


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("x = 1\ny = 2  # noqa: E501\n", [2]),
        ("x = 1  # noqa: E501 - a table\n", []),
        ("x = 1  # noqa\n", [1]),
        ("x = 1  # type: ignore[misc]\n", [1]),
        ("x = 1  # type: ignore[misc]  # the point\n", []),
        ("x = 1  # type: ignore[misc]  # ty: ignore[call-arg]\n", [1]),
        ("x = 1  # type: ignore[misc]  # ty: ignore[call-arg]  # the point\n", []),
        ("x = 1  # pragma: no cover\n", [1]),
        ("pytest.skip()\n", [1]),
        ('pytest.skip(reason="no fork here")\n', []),
        ('pytest.mark.skipif(\n    not there, reason="no fork here"\n)\n', []),
    ],
)
def test_one_without_is_found(text: str, lines: list[int]) -> None:
    assert unexplained(text) == lines
