"""Every example in a docstring is executed."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit import Drip, testing
from batchkit.testing import FakeClock, Sandbox, fake_drip, mock_transport, strategies

SOURCE = Path(inspect.getsourcefile(testing) or "").parent.parent


def examples(docstring: str) -> Iterator[str]:
    """What is indented below a line that ends with two colons."""
    lines = docstring.splitlines()
    for number, line in enumerate(lines):
        if line.endswith("::"):
            below = takewhile(lambda each: not each or each[:4].isspace(), lines[number + 1 :])
            yield inspect.cleandoc("\n".join(below))


def everywhere() -> Iterator[Any]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
                owner = getattr(node, "name", path.stem)
                for number, code in enumerate(examples(ast.get_docstring(node) or "")):
                    yield pytest.param(code, id=f"{path.stem}-{owner}-{number}")


@pytest.mark.parametrize("code", [*everywhere()])
def test_an_example_runs(code: str) -> None:
    fake = fake_drip()
    events = [{"email": "ada@example.com", "action": "Logged in"}]
    with httpx2.Client(transport=mock_transport(fake, httpx2)) as http:
        drip = Drip("1", api_key="any", http_client=http)
        names = {"Drip": Drip, "drip": drip, "events": events, "fake": fake, "httpx2": httpx2}
        kit = {"FakeClock": FakeClock, "Sandbox": Sandbox, "fake_drip": fake_drip}
        drawn = {"given": given, "st": st, "strategies": strategies}
        exec(code, {**names, **kit, **drawn, "mock_transport": mock_transport})


def test_examples_are_found() -> None:
    assert len(list(everywhere())) >= 6


def test_an_example_ends_where_the_text_goes_on() -> None:
    text = "Text::\n\n    a = 1\n\n    b = 2\n\nMore::\n\n    c\n"

    assert list(examples(text)) == ["a = 1\n\nb = 2", "c"]
