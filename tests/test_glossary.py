"""The glossary is the list of the words of the code: each class has one, and each its class."""

from __future__ import annotations

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).parent.parent
PAGE = (PROJECT / "docs" / "glossary.md").read_text(encoding="utf-8")
CODE = PAGE.partition("## Words of the code")[2]
ROOMS = ("_core", "_io", "journal")


def classes() -> list[str]:
    """Every class of the rooms that is no part of another one's inside."""
    files = (path for room in ROOMS for path in (PROJECT / "src/batchkit" / room).rglob("*.py"))
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in files)
    found = [node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    return [name for name in found if not name.startswith("_")]


def named() -> set[str]:
    """The names in the part of the glossary that is about the code."""
    return set(re.findall(r"`([A-Z][A-Za-z]*|endpoint)`", CODE))


def test_every_class_has_its_word() -> None:
    assert set(classes()) - named() == set()


def test_every_name_is_that_of_a_class() -> None:
    assert named() - set(classes()) == set()


def test_one_word_is_one_thing() -> None:
    names = classes()
    assert sorted(name for name in set(names) if names.count(name) > 1) == []


def test_no_entry_stands_twice_among_the_words_that_users_meet() -> None:
    met = PAGE.partition("## Words of the code")[0]
    entries = re.findall(r"^([a-z][a-z', ]*)$", met, flags=re.MULTILINE)
    assert sorted(entries) == sorted(set(entries))
