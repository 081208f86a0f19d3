"""What a newcomer finds: a README of two screens, and the ten most common things in the index."""

from __future__ import annotations

import importlib
import inspect
import re
import tomllib
from pathlib import Path

import pytest

from tests.test_surface import NAMES

PROJECT = Path(__file__).parent.parent
DOCS = PROJECT / "docs"
SOURCE = PROJECT / "src" / "batchkit"
README = (PROJECT / "README.md").read_text(encoding="utf-8")
INDEX = (DOCS / "index.md").read_text(encoding="utf-8")
PAGES = sorted(page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.glob("**/*.md"))


def test_the_readme_fits_two_screens() -> None:
    lines = README.splitlines()
    assert len(lines) <= 70
    assert sum(len(line) for line in lines) < 4_000


def test_the_readme_begins_with_a_title_one_promise_and_an_example() -> None:
    title, promise, example = README.split("\n\n")[:3]
    assert title == "# batchkit"
    assert promise.count(".") == 1
    assert example.startswith("```python\n")


def test_the_readme_shows_the_two_commands() -> None:
    commands = re.findall(r"^```console\n(.+?)\n```$", README, re.MULTILINE)
    assert commands == [
        "python -m pip install nox && python -m nox -s demo",
        "python -m pip install nox && python -m nox",
    ]


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", README))
def test_a_link_of_the_readme_leads_somewhere(target: str) -> None:
    assert (PROJECT / target).is_file()


def test_the_index_has_the_ten_most_common_things_one_click_away() -> None:
    section = INDEX.split("## The ten most common things")[1].split("\n## ")[0]
    links = re.findall(r"^\| .+ \| \[.+\]\((.+)\) \|$", section, re.MULTILINE)
    assert len(links) == 10
    for link in links:
        page, _, heading = link.partition("#")
        text = (DOCS / page).read_text(encoding="utf-8")
        headings = re.findall(r"^##+ (.+)$", text, re.MULTILINE)
        assert not heading or heading in {re.sub(r"\W+", "-", each.lower()) for each in headings}


@pytest.mark.parametrize("page", PAGES)
def test_a_link_has_words_where_nobody_has_built_the_pages(page: str) -> None:
    assert "[](" not in (DOCS / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", [page for page in PAGES if page != "index"])
def test_a_page_is_in_the_table_of_contents(page: str) -> None:
    assert page in INDEX.splitlines()


@pytest.mark.parametrize("path", [*NAMES, "batchkit.exceptions", "batchkit.testing"])
def test_every_public_name_is_in_the_reference(path: str) -> None:
    reference = (DOCS / "api.md").read_text(encoding="utf-8")
    module = importlib.import_module(path)

    assert f".. automodule:: {path}\n" in reference
    for name in getattr(module, "__all__", ()):
        value = getattr(module, name)
        if not (inspect.isclass(value) or inspect.isroutine(value)):  # autodoc sees only these
            assert re.search(rf"\.\. autodata:: \S+\.{name}\n", reference), name


def test_every_variable_of_the_environment_is_in_the_table() -> None:
    guide = (DOCS / "guides" / "first-run.md").read_text(encoding="utf-8")
    source = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    read = re.findall(r'environment\(\s*"(\w+)"', source)

    assert len(read) == 9
    told = re.findall(r"^\| `((?:DRIP|ECWID|EMPATHY)_\w+)` \|", guide, re.MULTILINE)
    assert sorted(told) == sorted(read)
    # There is no other way to read one; the second tells how a proxy's variable is spelt.
    assert source.count("os.environ") == 2


def test_the_same_list_of_what_is_public_stands_in_both_places() -> None:
    promise = (PROJECT / "SECURITY.md").read_text(encoding="utf-8").split("\n- Public are")[1]
    page = (DOCS / "api.md").read_text(encoding="utf-8").split("\nPublic are")[1]

    both = [
        re.findall(r"`(batchkit[\w.]*)`", text.split("Everything else")[0])
        for text in (promise, page)
    ]
    assert both[0] == both[1]
    assert {*NAMES, "batchkit.journal", "batchkit.testing"} < set(both[0])


def test_what_is_said_to_be_tested_is_what_the_metadata_says() -> None:
    metadata = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = [each[-4:] for each in metadata["classifiers"] if re.search(r":: 3\.\d+$", each)]

    assert "OS Independent" not in str(metadata["classifiers"])
    assert f"Linux with CPython {versions[0]} to {versions[-1]}" in README


def test_each_decision_stands_once_and_in_a_group() -> None:
    design = (DOCS / "design.md").read_text(encoding="utf-8")
    _, _, decisions = design.partition("\n## Decisions\n")
    before, *groups = decisions.split("\n\n### ")

    assert "**" not in before
    leads = re.findall(r"^\*\*(.+?)\*\*", decisions, re.MULTILINE)
    assert len(leads) > 20
    assert len(set(leads)) == len(leads)
    assert len(leads) == sum(group.count("\n\n**") for group in groups)  # a blank line before each
