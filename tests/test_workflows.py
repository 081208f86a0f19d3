"""The workflows for a public forge run what is pinned, with no more rights than they need."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"[a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def test_there_is_one_for_changes_and_one_for_releases() -> None:
    assert [path.stem for path in WORKFLOWS] == ["checks", "release"]


@each_workflow
def test_every_action_is_pinned_by_its_hash(path: Path) -> None:
    used = re.findall(r"uses: *(.+)", path.read_text(encoding="utf-8"))

    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []


@each_workflow
def test_a_version_has_one_hash(path: Path) -> None:
    everywhere = "".join(each.read_text(encoding="utf-8") for each in WORKFLOWS)
    for action in re.findall(r"uses: *(.+)@", path.read_text(encoding="utf-8")):
        assert len(set(re.findall(rf"{re.escape(action)}@\S+", everywhere))) == 1


@each_workflow
def test_nobody_has_more_rights_than_said(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert re.search(r"^permissions:( \{\}|\n  contents: read)$", text, re.MULTILINE)
    assert "secrets." not in text
    assert "pull_request_target" not in text
    assert not re.search(r"contents: write|write-all", text)


def test_what_was_built_and_checked_is_what_is_published() -> None:
    build, _, publish = (FOLDER / "release.yml").read_text().partition("\n  publish:")

    assert "nox -s package" in build
    assert "attest-build-provenance" in build
    assert "checkout" not in publish
    assert "--attestations" in publish
