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


def jobs(name: str) -> dict[str, str]:
    """The text of each job of a workflow."""
    _, _, text = (FOLDER / f"{name}.yml").read_text(encoding="utf-8").partition("\njobs:\n")
    _, *parts = re.split(r"^  (\w+):\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def rights(job: str) -> set[str]:
    [found] = re.findall(r"^    permissions:\n((?:      .+\n)+)", job, re.MULTILINE)
    return {line.partition("#")[0].strip() for line in found.splitlines()}


def test_a_release_is_tested_built_attested_and_published_in_this_order() -> None:
    found = jobs("release")

    needs = {
        name: re.findall(r"^    needs: (\w+)$", job, re.MULTILINE) for name, job in found.items()
    }
    assert needs == {"test": [], "build": ["test"], "attest": ["build"], "publish": ["attest"]}


def test_a_job_of_a_release_may_do_no_more_than_its_part() -> None:
    assert {name: rights(job) for name, job in jobs("release").items()} == {
        "test": {"contents: read"},
        "build": {"contents: read"},
        "attest": {"contents: read", "id-token: write", "attestations: write"},
        "publish": {"contents: read", "id-token: write"},
    }


def test_whoever_may_ask_for_an_identity_installs_nothing_without_a_hash() -> None:
    trusted = [job for job in jobs("release").values() if "id-token: write" in rights(job)]

    assert len(trusted) == 2
    for job in trusted:
        assert "nox" not in job
        installs = re.findall(r"pip install(.+(?:\n +-.+)*)", job)
        assert [each for each in installs if not each.startswith(" --require-hashes ")] == []
        assert [each for each in installs if "release-tools.txt" not in each] == []
    assert "pip install" in trusted[-1]


def test_every_tool_of_a_release_has_one_version_and_one_hash() -> None:
    text = (FOLDER.parent / "release-tools.txt").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", "").splitlines()

    assert {line.split("==")[0] for line in lines} >= {"twine", "pypi-attestations"}
    pinned = re.compile(r"[a-z0-9.-]+==[0-9.]+ +--hash=sha256:[0-9a-f]{64}")
    assert [line for line in lines if not pinned.fullmatch(line)] == []


def test_what_was_built_and_checked_is_what_is_published() -> None:
    found = jobs("release")

    assert "nox -s package" in found["build"]
    assert "upload-artifact" in found["build"]
    assert 'subject-path: "dist/*"' in found["attest"]
    assert (
        "sparse-checkout: .github/release-tools.txt\n" in found["publish"]
    )  # so no source is there
    assert "--attestations" in found["publish"]
