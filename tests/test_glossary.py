"""The glossary is the list that it says it is: each class has its word, and each word its name."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import batchkit

SOURCE = Path(batchkit.__file__).parent
GLOSSARY = Path(__file__).parent.parent / "docs" / "glossary.md"
PARTS = ("_core", "_io", "journal")
"""Whose classes must have a word each. What a leading underscore makes private needs none."""
CODE = "\n## Words of the code\n"

LISTS = re.compile(r"^:::\{glossary\}\n(.*?)^:::$", re.MULTILINE | re.DOTALL)
WORDS = re.compile(r"^(?! )(.+)\n((?:  .+\n)+)", re.MULTILINE)
IN_CODE_TYPE = re.compile(r"`([A-Za-z_]\w*)`")


class Word(NamedTuple):
    term: str
    text: str
    is_code: bool

    @property
    def names(self) -> list[str]:
        """What stands in code type."""
        return IN_CODE_TYPE.findall(self.text)


def lists(page: str) -> Iterator[list[Word]]:
    """The words of each list of the page."""
    before, mark, after = page.partition(CODE)
    assert mark, "the page has no words of the code"
    for part in (before, after):
        for found in LISTS.findall(part):
            yield [Word(term, text, part is after) for term, text in WORDS.findall(found)]


def trees(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(root.rglob("*.py")):
        yield path.relative_to(root), ast.parse(path.read_text(encoding="utf-8"))


def classes(root: Path) -> list[str]:
    """The classes that must have a word, each as often as there is one of that name."""
    return [
        node.name
        for path, tree in trees(root)
        if path.parts[0] in PARTS
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def names(root: Path) -> set[str]:
    """Every class, function, module and alias of a type."""
    found: set[str] = set()
    for path, tree in trees(root):
        found.update(part.removesuffix(".py") for part in path.parts)
        for node in ast.walk(tree):
            match node:
                case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                    found.add(node.name)
                case ast.AnnAssign(target=ast.Name(id=name), annotation=ast.Name(id="TypeAlias")):
                    found.add(name)
                case _:
                    pass
    return found


def gaps(page: str, root: Path) -> list[str]:
    """A line for each class without a word, and for each word of the code without a name."""
    known = names(root) | {"None"}
    flat = {name.replace("_", "").lower() for name in known}
    words = [word for each in lists(page) for word in each]
    in_code_type = {name: word for word in words for name in word.names}
    unknown = {
        word.term for word in words if word.is_code and word.term.replace(" ", "") not in flat
    }
    # Users also meet fields, options and values; a capital letter and a small one: a class.
    unknown |= {
        name
        for name, word in in_code_type.items()
        if name not in known and (word.is_code or re.match("[A-Z]+[a-z]", name))
    }
    wordless = set(classes(root)) - in_code_type.keys()
    return [
        *(f"{name} has no word" for name in sorted(wordless)),
        *(f"nothing is called {name}" for name in sorted(unknown)),
    ]


def test_each_class_has_a_word_and_each_word_a_name() -> None:
    assert gaps(GLOSSARY.read_text(encoding="utf-8"), SOURCE) == []


def test_no_two_classes_share_a_name() -> None:
    assert [name for name, count in Counter(classes(SOURCE)).items() if count > 1] == []


def test_no_word_stands_twice_and_each_list_is_in_order() -> None:
    found = list(lists(GLOSSARY.read_text(encoding="utf-8")))
    terms = [[word.term for word in words] for words in found]
    flat = [term for words in terms for term in words]

    assert len(flat) == len(set(flat)) > 80
    assert terms == [sorted(words) for words in terms]


def test_the_whole_page_was_read() -> None:
    page = GLOSSARY.read_text(encoding="utf-8")

    assert sum(map(len, lists(page))) == len(re.findall(r"^[a-z].*\n  \S", page, re.MULTILINE))


# The checker, on a small tree

PAGE = """# Words

:::{glossary}
parcel
  What goes (`Parcel`); `width` is a field.
:::

## Words of the code

:::{glossary}
string end
  Ties it (`StringEnd`, by `tie`).
:::
"""
TREE = {
    "_core/goods.py": "class Parcel:\n    width = 1\nclass _Wrap: ...",
    "_io/ends.py": "class StringEnd:\n    async def tie(self): ...",
    "drip/models.py": "class Subscriber: ...",
}


@pytest.mark.parametrize(
    ("page", "tree", "complaints"),
    [
        (PAGE, {}, []),
        (PAGE, {"_core/goods.py": "class Parcel:\n    class Lid: ..."}, ["Lid has no word"]),
        (PAGE.replace("`Parcel`", "a box"), {}, ["Parcel has no word"]),
        (PAGE.replace("`Parcel`", "`Parcel`, `Box`"), {}, ["nothing is called Box"]),
        (PAGE.replace("`tie`", "`knot`"), {}, ["nothing is called knot"]),
        (PAGE.replace("string end", "rope"), {}, ["nothing is called rope"]),
    ],
)
def test_a_gap_is_found(
    page: str, tree: dict[str, str], complaints: list[str], tmp_path: Path
) -> None:
    for name, text in {**TREE, **tree}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    assert gaps(page, tmp_path) == complaints
