"""Every Python block of the README and the docs is executed, each file's in one namespace.

What a block ``output`` shows is what the blocks since the last such block have printed.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import sys
from code import InteractiveConsole
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

PROJECT = Path(__file__).parent.parent
PAGES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").glob("**/*.md"))]

FENCE = re.compile(r"^(?P<indent> *)(?P<ticks>`{3,}|~{3,}) *(?P<info>[^`\n]*)$")
# Ways to show Python that would slip past the tests.
ASTRAY = re.compile(r"^(py|python3|pycon|\{code(-block)?\} *py.*|\{doctest\}.*)\b", re.IGNORECASE)
OPT_OUT = re.compile(r"^no-run: \w+( \S+){2,}$")


class Block(NamedTuple):
    line: int  # of the first line of code
    code: str
    runs: bool
    shows: bool = False  # it is not code, but what code has printed


class UntestableBlockError(Exception):
    pass


def blocks(text: str) -> Iterator[Block]:
    """The Python blocks of a Markdown page."""
    lines = enumerate(text.splitlines(), start=1)
    directives: list[re.Match[str]] = []
    for number, line in lines:
        if not (fence := FENCE.match(line)):
            continue
        info = fence["info"].strip()
        if directives and _ends(directives[-1], line):
            directives.pop()
            continue
        if info.startswith("{") and not ASTRAY.match(info):
            directives.append(fence)  # what it holds is Markdown again
            continue
        code: list[str] = []
        for _, inner in lines:
            if _ends(fence, inner):
                break
            code.append(inner.removeprefix(fence["indent"]))
        else:
            raise UntestableBlockError(f"line {number}: the block has no end")
        yield from _python(number + 1, info, "\n".join(code))


def _ends(fence: re.Match[str], line: str) -> bool:
    ticks = line.strip()
    return ticks.startswith(fence["ticks"]) and set(ticks) == {fence["ticks"][0]}


def _python(line: int, info: str, code: str) -> Iterator[Block]:
    if ASTRAY.match(info):
        raise UntestableBlockError(f"line {line - 1}: write ```python instead of {info!r}")
    language, _, rest = info.partition(" ")
    if info == "output":
        yield Block(line, code, runs=False, shows=True)
    if language.lower() != "python":
        return
    if rest and not OPT_OUT.match(rest):
        raise UntestableBlockError(f"line {line - 1}: {rest!r} is not `no-run: a reason in words`")
    yield Block(line, code, runs=not rest)


def run(text: str, name: str, module: ModuleType) -> int:
    """Execute the blocks of a page one after the other; how many there were."""
    count = 0
    printed = io.StringIO()
    for block in blocks(text):
        if block.runs:
            # Blank lines in front make tracebacks point into the page.
            padded = "\n" * (block.line - 1) + block.code
            with contextlib.redirect_stdout(printed):
                exec(compile(padded, name, "exec"), module.__dict__)
            count += 1
        elif block.shows:
            compare(block, printed.getvalue(), name)
            printed = io.StringIO()
    return count


def compare(block: Block, printed: str, name: str) -> None:
    """Hold what is shown against what was printed; `...` stands for anything."""
    shown = block.code + "\n"
    if not doctest.OutputChecker().check_output(shown, printed, doctest.ELLIPSIS):
        pytest.fail(f"{name}, line {block.line}: shows\n{shown}but it is\n{printed}")


@pytest.fixture
def page_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """A module that classes defined on a page can call their own, in a folder of its own."""
    module = ModuleType("a_page_of_the_docs")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.chdir(tmp_path)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(PROJECT).as_posix())
def test_the_examples_run(page: Path, page_module: ModuleType) -> None:
    run(page.read_text(encoding="utf-8"), str(page), page_module)


def test_the_tutorial_works_line_by_line(
    page_module: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    tutorial = PROJECT / "docs" / "tutorial.md"
    console = InteractiveConsole(page_module.__dict__)
    printed = ""
    for block in blocks(tutorial.read_text(encoding="utf-8")):
        if block.shows:
            compare(block, printed, tutorial.name)
            printed = ""
            continue
        for line in [*block.code.splitlines(), ""]:
            waits = console.push(line)
        assert not waits, f"line {block.line}: an empty line does not end it"
        out, complaints = capsys.readouterr()
        assert complaints == ""
        printed += out


def test_the_readme_has_an_example() -> None:
    assert any(block.runs for block in blocks((PROJECT / "README.md").read_text(encoding="utf-8")))


# The extractor


def test_blocks_of_a_page_share_their_names(page_module: ModuleType) -> None:
    page = "```python\na = 1\n```\ntext\n~~~python\nb = a + 1\n~~~\n"

    assert run(page, "page.md", page_module) == 2
    assert page_module.__dict__["b"] == 2


def test_a_failing_block_fails_and_says_where(page_module: ModuleType) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run("one\n\n```python\nx = 1\nx / 0\n```\n", "page.md", page_module)

    assert (caught.traceback[-1].path, caught.traceback[-1].lineno) == ("page.md", 4)


def test_a_class_on_a_page_finds_its_module(page_module: ModuleType) -> None:
    page = "```python\nimport sys\nclass A: ...\nassert sys.modules[A.__module__].A is A\n```\n"

    assert run(page, "page.md", page_module) == 1


def test_a_block_inside_a_directive_or_a_list_is_found() -> None:
    page = "````{tab-set}\n```python\na\n```\n````\n- text\n\n  ```python\n  b\n    c\n  ```\n"

    assert [(block.line, block.code) for block in blocks(page)] == [(3, "a"), (9, "b\n  c")]


def test_a_block_with_a_reason_does_not_run() -> None:
    [block] = blocks("```python no-run: needs a vendor account\nraise SystemExit\n```\n")

    assert not block.runs


def test_what_is_shown_was_printed(page_module: ModuleType) -> None:
    page = "```python\nprint(1)\n```\n```python\nprint(23)\n```\n```output\n1\n2...\n```\n"

    assert run(page, "page.md", page_module) == 2


@pytest.mark.parametrize("shown", ["2", "", "1\n1"])
def test_what_was_not_printed_is_not_shown(shown: str, page_module: ModuleType) -> None:
    page = f"```python\nprint(1)\n```\n```output\n{shown}\n```\n"

    with pytest.raises(pytest.fail.Exception, match=r"page\.md, line 5"):
        run(page, "page.md", page_module)


def test_each_output_begins_where_the_last_ended(page_module: ModuleType) -> None:
    page = "```python\nprint(1)\n```\n```output\n1\n```\n"

    assert run(page + page, "page.md", page_module) == 2


@pytest.mark.parametrize("info", ["console", "text", "json", ""])
def test_other_languages_are_left_alone(info: str) -> None:
    assert list(blocks(f"```{info}\npip install\n```\n")) == []


def test_a_fence_shown_in_a_longer_fence_is_text() -> None:
    assert list(blocks("````text\n```python\nx\n```\n````\n")) == []


@pytest.mark.parametrize(
    "page",
    [
        "```python no-run\nx\n```\n",
        "```python no-run:\nx\n```\n",
        "```python no-run: because\nx\n```\n",
        "```python skip\nx\n```\n",
        "```py\nx\n```\n",
        "```pycon\n>>> x\n```\n",
        "```{code-block} python\nx\n```\n",
        "```python\nx\n",
    ],
)
def test_no_block_gets_away_untested(page: str) -> None:
    with pytest.raises(UntestableBlockError):
        list(blocks(page))
