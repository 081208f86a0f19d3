"""Wheel and sdist hold what they should and no more, and are the same whenever they are built."""

from __future__ import annotations

import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

PROJECT = Path(__file__).parent.parent
PACKAGE = PROJECT / "src" / "batchkit"
DATA = {".css", ".html", ".js", ".typed"}
"""What the package may hold beside Python: the sandbox's page, and the mark of typed code."""


class Built(NamedTuple):
    wheel: Path
    sdist: Path

    def metadata(self) -> Message:
        with zipfile.ZipFile(self.wheel) as archive:
            [name] = [each for each in archive.namelist() if each.endswith("dist-info/METADATA")]
            return Parser().parsestr(archive.read(name).decode())

    def in_wheel(self) -> set[PurePosixPath]:
        with zipfile.ZipFile(self.wheel) as archive:
            return {PurePosixPath(name) for name in archive.namelist()}

    def in_sdist(self) -> set[PurePosixPath]:
        with tarfile.open(self.sdist) as archive:
            return {PurePosixPath(*PurePosixPath(name).parts[1:]) for name in archive.getnames()}


def build(folder: Path) -> Built:
    [wheel] = WheelBuilder(str(PROJECT)).build(directory=str(folder), versions=["standard"])
    [sdist] = SdistBuilder(str(PROJECT)).build(directory=str(folder), versions=["standard"])
    return Built(Path(wheel), Path(sdist))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(tmp_path_factory.mktemp("dist"))


def test_it_is_built_the_same_each_time(built: Built, tmp_path: Path) -> None:
    for one, other in zip(built, build(tmp_path), strict=True):
        assert one.name == other.name
        assert sha256(one.read_bytes()).digest() == sha256(other.read_bytes()).digest()


def test_the_wheel_holds_the_package_and_its_metadata_only(built: Built) -> None:
    package = {
        path.relative_to(PACKAGE.parent)
        for path in PACKAGE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    found = built.in_wheel()
    metadata = {path for path in found if path.parts[0].endswith(".dist-info")}

    assert found - metadata == {PurePosixPath(path.as_posix()) for path in package}
    assert {PurePosixPath(*path.parts[1:]).as_posix() for path in metadata} <= {
        *("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE"),
    }


def test_the_package_holds_python_and_little_else(built: Built) -> None:
    package = [path for path in built.in_wheel() if path.parts[0] == "batchkit"]

    assert PurePosixPath("batchkit/py.typed") in package
    assert {path.suffix for path in package} <= {".py", *DATA}


def test_the_sdist_holds_what_the_tests_need_and_no_left_overs(built: Built) -> None:
    found = built.in_sdist()

    assert {path.parts[0] for path in found if path.parts} == {
        *("src", "tests", "docs", "examples", "bench"),
        *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE"),
        *("noxfile.py", "pyproject.toml", "PKG-INFO", ".gitignore"),
    }
    assert not {path for path in found if {"__pycache__", "_build"} & set(path.parts)}


def test_the_metadata_says_what_it_is(built: Built) -> None:
    metadata = built.metadata()
    classifiers = metadata.get_all("Classifier") or []

    assert metadata["Name"] == "batchkit"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    assert metadata.get_all("License-File") == ["LICENSE"]
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "Typing :: Typed" in classifiers
    # PEP 639: an expression takes the place of the classifier.
    assert not [each for each in classifiers if each.startswith("License ::")]


def test_every_dependency_has_a_floor_and_only_what_is_looked_into_a_cap(built: Built) -> None:
    required = built.metadata().get_all("Requires-Dist") or []
    assert required
    assert [each for each in required if ">=" not in each] == []
    assert {each.split("<")[0] for each in required if "<" in each} == {"httpcore", "httpx"}
