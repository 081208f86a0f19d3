"""Which part of the library may know which other; the rules stand in docs/design.md."""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "batchkit"

BASE = {"outcomes", "options", "exceptions", "values", "jobs"}
VENDOR_RANK = 5
RANKS = dict.fromkeys(BASE, 1) | {"_core": 2, "progress": 2, "journal": 3, "_io": 4, "testing": 6}
DOOR = "__init__"
ROOMS = ("", "items", "meaning", "resume", "exchange", "run")
"""Of the core, from the ground up: each may know those before it."""
CIRCLE = {"batchkit.exceptions", "batchkit.jobs", "batchkit.outcomes"}
"""A report raises an error that carries it, and with it what is left to wait for."""

NOT_PURE = {
    *("anyio", "asyncio", "cattrs", "httpx", "os", "random"),
    *("secrets", "socket", "threading", "time", "uuid"),
}
LONGEST_FILE = 400


class Import(NamedTuple):
    line: int
    module: str  # absolute, as far down as the tree goes
    for_types: bool
    optional: bool


def imports(tree: ast.Module, package: str, known: frozenset[str]) -> Iterator[Import]:
    """Every import of a module, wherever it stands, `import_module("…")` included."""
    for_types = _below(
        block.body
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test).endswith("TYPE_CHECKING")
    )
    optional = _below(
        block.body
        for block in ast.walk(tree)
        if isinstance(block, ast.Try)
        and any("ImportError" in ast.unparse(one.type) for one in block.handlers if one.type)
    )
    for node in ast.walk(tree):
        for module in _named(node, package, known):
            line = getattr(node, "lineno", 0)
            yield Import(line, module, id(node) in for_types, id(node) in optional)


def _below(bodies: Iterable[list[ast.stmt]]) -> set[int]:
    return {id(node) for body in bodies for statement in body for node in ast.walk(statement)}


def _named(node: ast.AST, package: str, known: frozenset[str]) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            start = package.split(".")[: len(package.split(".")) - level + 1] if level else []
            base = ".".join([*start, *([module] if module else [])])
            deeper = [f"{base}.{alias.name}" for alias in names]
            return [name if name in known else base for name in deeper]
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
            if ast.unparse(function).endswith(("import_module", "__import__")):
                return [f"{package}{name}" if name.startswith(".") else name]
    return []


def unit(module: str) -> str:
    """The part of the library that a `batchkit` module belongs to."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else DOOR


def top(module: str) -> str:
    return module.partition(".")[0]


def breaches(root: Path) -> list[str]:
    """One line for each rule that a file below `root` breaks."""
    files = {PurePosixPath(path.relative_to(root)): path for path in sorted(root.rglob("*.py"))}
    known = frozenset(_module(path) for path in files)
    seen: dict[PurePosixPath, list[Import]] = {}
    found: list[str] = []
    for path, file in files.items():
        text = file.read_text(encoding="utf-8")
        module = _module(path)
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        seen[path] = list(imports(ast.parse(text), package, known))
        # The door only hands on names, so it may know everybody.
        if unit(module) != DOOR:
            found += _arrows(path, unit(module), seen[path], _vendors(files))
        found += _strangers(path, seen[path])
        if (length := text.count("\n")) > LONGEST_FILE:
            found.append(f"{path}: {length} lines")
    found += _confined(seen, _vendors(files)) + _dependent_fakes(seen)
    return found + _upstairs(seen) + _circles(seen)


def _module(path: PurePosixPath) -> str:
    parts = [part for part in path.with_suffix("").parts if part != "__init__"]
    return ".".join(["batchkit", *parts])


def _vendors(files: dict[PurePosixPath, Path]) -> set[str]:
    """Public packages without a rank of their own: a new vendor needs no line here."""
    packages = {path.parts[0] for path in files if len(path.parts) > 1}
    return {name for name in packages if name not in RANKS and not name.startswith("_")}


def _arrows(path: PurePosixPath, source: str, seen: list[Import], vendors: set[str]) -> list[str]:
    ranks = RANKS | dict.fromkeys(vendors, VENDOR_RANK)
    if source not in ranks:
        return [f"{path}: belongs to no layer"]
    found: list[str] = []
    for one in seen:
        target = unit(one.module)
        if top(one.module) != "batchkit" or target == source or {source, target} <= BASE:
            continue
        if target == DOOR and source == "testing":
            continue
        if source == "testing" and target in ranks:
            continue
        if ranks.get(target, 99) >= ranks[source]:
            found.append(f"{path}:{one.line}: {source} must not know {one.module}")
    return found


def _room(module: str) -> str:
    """The room of the core that a module is in; its ground floor has no name."""
    parts = module.split(".")
    return parts[2] if len(parts) > 2 and parts[2] in ROOMS else ""


def _upstairs(seen: dict[PurePosixPath, list[Import]]) -> list[str]:
    """Imports of the core that lead from a room to one above it."""
    return [
        f"{path}:{one.line}: {_room(_module(path)) or 'the ground'} must not know {one.module}"
        for path, found in seen.items()
        for one in found
        if path.parts[0] == "_core" and one.module.startswith("batchkit._core.")
        if ROOMS.index(_room(one.module)) > ROOMS.index(_room(_module(path)))
    ]


def _circles(seen: dict[PurePosixPath, list[Import]]) -> list[str]:
    """Modules that import one another, in however many steps, and if only for types."""
    known = {_module(path) for path in seen}
    beyond = {
        _module(path): {one.module for one in found if one.module in known} - {"batchkit"}
        for path, found in seen.items()
        if _module(path) != "batchkit"  # the door hands on names, and nobody leans on it
    }
    for _ in beyond:  # as many steps as a way can have
        beyond = {one: far.union(*map(beyond.__getitem__, far)) for one, far in beyond.items()}
    rings = {
        frozenset(other for other in beyond[one] if one in beyond[other])
        for one in beyond
        if one in beyond[one]
    }
    return [f"a circle: {', '.join(sorted(ring))}" for ring in rings if not ring <= CIRCLE]


def _strangers(path: PurePosixPath, seen: list[Import]) -> list[str]:
    may_name_httpx = path.parts[:2] == ("_io", "http") or path.parts[0] == "testing"
    found: list[str] = []
    for one in seen:
        library = top(one.module)
        if library in {"httpx", "httpx2"} and not may_name_httpx:
            found.append(f"{path}:{one.line}: {library} is named in _io/http only")
        if path.parts[0] == "_core" and library in NOT_PURE:
            found.append(f"{path}:{one.line}: _core decides without {library}")
    return found


def _confined(seen: dict[PurePosixPath, list[Import]], vendors: set[str]) -> list[str]:
    """Libraries that one file each may use; a type in a signature is no use."""

    def users(library: str) -> list[PurePosixPath]:
        return [
            path
            for path, found in seen.items()
            if any(top(one.module) == library and not one.for_types for one in found)
        ]

    homes = {  # httpx's own waiting is bounded where httpx is known
        "anyio": [path for path in users("anyio") if path.parts[:2] != ("_io", "http")],
        "opentelemetry": users("opentelemetry"),
        "rich": users("rich"),
        "tenacity": users("tenacity"),
    }
    found = [
        f"{library} in more than one file: {', '.join(map(str, paths))}"
        for library, paths in homes.items()
        if len(paths) > 1
    ]
    for folder, count in Counter(path.parts[0] for path in users("cattrs")).items():
        if folder not in vendors:
            found.append(f"cattrs outside the vendors: {folder}")
        elif count > 1:
            found.append(f"cattrs more than once in {folder}")
    return found


def _dependent_fakes(seen: dict[PurePosixPath, list[Import]]) -> list[str]:
    """Fakes must not share the library's mistakes: what they lean on is the standard library."""
    modules = {_module(path): path for path in seen}
    waiting = [name for name in modules if name.startswith("batchkit.testing._vendors")]
    checked: set[str] = set()
    found: list[str] = []
    while waiting:
        module = waiting.pop()
        if module in checked:
            continue
        checked.add(module)
        path = modules[module]
        for one in seen[path]:
            if one.module.startswith("batchkit.testing."):
                waiting += [one.module] if one.module in modules else []
            elif top(one.module) in sys.stdlib_module_names:
                continue
            elif not one.optional or "_vendors" in path.parts:
                found.append(f"{path}:{one.line}: the fake vendors lean on {one.module}")
    return found


# The library itself


def test_the_library_keeps_its_layers() -> None:
    assert breaches(SOURCE) == []


def test_there_is_something_to_check() -> None:
    parts = {path.relative_to(SOURCE).parts[0].removesuffix(".py") for path in SOURCE.rglob("*.py")}

    assert parts >= {"__init__", "_core", "_io", "testing", "drip", "ecwid", "empathy"}


# The checker, on small trees

GOOD = {
    "__init__.py": "from .drip import Drip\nfrom .outcomes import Accepted",
    "outcomes.py": "import attrs\nfrom .values import UNSET",
    "values.py": "import enum",
    "options.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import tenacity",
    "_core/__init__.py": "",
    "_core/run.py": "import tenacity\nfrom ..outcomes import Accepted\nfrom . import lane",
    "_core/lane.py": "import datetime",
    "journal/__init__.py": "import sqlite3\nfrom .._core.run import Run",
    "_io/aio.py": "import anyio\nfrom ..journal import Journal",
    "_io/spans.py": "def f():\n    from opentelemetry import trace",
    "progress.py": "from .outcomes import Report\ndef f():\n    import rich",
    "_io/http/clients.py": "import httpx\nimport importlib\nimportlib.import_module('httpx2')",
    "drip/__init__.py": "from .client import Drip",
    "drip/client.py": "import cattrs\nfrom .._io import aio\nfrom .._core import run",
    "ecwid/client.py": "import cattrs\nfrom ..values import UNSET",
    "testing/__init__.py": "import httpx\nimport respx\nimport batchkit\nfrom ..drip import Drip",
    "testing/_vendors/drip.py": "import json\nfrom . import base\nfrom ..ledger import Call",
    "testing/_vendors/base.py": "from ..ledger import Ledger",
    "testing/ledger.py": "try:\n    import orjson\nexcept ImportError:\n    orjson = None",
}

BAD = {
    "upwards": ("_core/run.py", "from .._io import aio", "_core must not know batchkit._io"),
    "upwards by full name": ("journal/x.py", "import batchkit._io.aio", "journal must not know"),
    "upwards for types": (
        "_core/run.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..drip import client",
        "_core must not know batchkit.drip.client",
    ),
    "upwards inside a function": (
        "_io/aio.py",
        "def f():\n    from ..ecwid.client import Ecwid",
        "_io must not know batchkit.ecwid.client",
    ),
    "the door from within": ("_io/aio.py", "from batchkit import Drip", "must not know batchkit"),
    "the door by dots": ("drip/client.py", "from .. import Report", "drip must not know batchkit"),
    "base to core": ("outcomes.py", "from ._core import run", "outcomes must not know"),
    "a vendor and its neighbour": ("drip/client.py", "from ..ecwid import x", "drip must not know"),
    "a new vendor and its neighbour": ("acme/x.py", "from ..drip import x", "acme must not know"),
    "by import_module": (
        "_core/run.py",
        "from importlib import import_module\nimport_module('batchkit.drip')",
        "_core must not know batchkit.drip",
    ),
    "a file of no layer": ("helpers.py", "", "helpers.py: belongs to no layer"),
    "a folder of no layer": ("_misc/x.py", "", "_misc/x.py: belongs to no layer"),
    "httpx elsewhere": ("_io/sync.py", "import httpx", "httpx is named in _io/http only"),
    "httpx for types": (
        "drip/client.py",
        "import typing\nif typing.TYPE_CHECKING:\n    from httpx import Client",
        "httpx is named in _io/http only",
    ),
    "httpx2 in the door": ("__init__.py", "import httpx2", "httpx2 is named in _io/http only"),
    "anyio twice": ("_io/clock.py", "from anyio import sleep", "anyio in more than one file"),
    "OpenTelemetry twice": (
        "_core/lane.py",
        "from opentelemetry import trace",
        "opentelemetry in more than one file",
    ),
    "rich twice": ("drip/x.py", "import rich", "rich in more than one file"),
    "tenacity twice": ("_core/lane.py", "import tenacity.wait", "tenacity in more than one file"),
    "cattrs twice": ("drip/models.py", "from cattrs.gen import x", "cattrs more than once in drip"),
    "cattrs in a core": ("journal/x.py", "import cattrs", "cattrs outside the vendors: journal"),
    "fakes on the library": (
        "testing/_vendors/x.py",
        "from ...drip import x",
        "fake vendors lean on",
    ),
    "fakes on respx": ("testing/_vendors/x.py", "import respx", "fake vendors lean on respx"),
    "fakes on the door": ("testing/_vendors/x.py", "import batchkit", "lean on batchkit"),
    "fakes at second hand": ("testing/ledger.py", "import attrs", "fake vendors lean on attrs"),
    "too long": ("_io/sync.py", "\n" * 401, "_io/sync.py: 401 lines"),
}


def plant(root: Path, tree: dict[str, str]) -> Path:
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def test_a_tree_in_order_has_no_breach(tmp_path: Path) -> None:
    assert breaches(plant(tmp_path, GOOD)) == []


@pytest.mark.parametrize(("name", "text", "complaint"), BAD.values(), ids=BAD)
def test_one_breach_is_found(tmp_path: Path, name: str, text: str, complaint: str) -> None:
    found = breaches(plant(tmp_path, GOOD | {name: text}))

    assert any(complaint in line for line in found), found


CIRCLES = {
    "of two": {
        "_io/aio.py": "from . import throttles",
        "_io/throttles.py": "from .aio import Lane",
    },
    "of three": {
        "_io/aio.py": "from . import throttles",
        "_io/throttles.py": "from .calls import Call",
        "_io/calls.py": "def later():\n    from .aio import Lane",
    },
    "for types": {
        "_io/aio.py": "from . import throttles",
        "_io/throttles.py": "if TYPE_CHECKING:\n    from .aio import Lane",
    },
}


@pytest.mark.parametrize("files", CIRCLES.values(), ids=CIRCLES)
def test_a_circle_is_found(tmp_path: Path, files: dict[str, str]) -> None:
    [found] = [each for each in breaches(plant(tmp_path, GOOD | files)) if "circle" in each]

    assert "batchkit._io.aio" in found


def test_a_room_below_does_not_know_one_above(tmp_path: Path) -> None:
    files = {"_core/items/chunks.py": "from ..run import turns", "_core/run/turns.py": ""}

    assert breaches(plant(tmp_path, GOOD | files)) == [
        "_core/items/chunks.py:1: items must not know batchkit._core.run.turns"
    ]


@pytest.mark.parametrize("library", sorted(NOT_PURE))
@pytest.mark.parametrize("form", ["import {}", "from {} import x", "import {}.sub as y"])
def test_the_core_is_pure(tmp_path: Path, library: str, form: str) -> None:
    found = breaches(plant(tmp_path, GOOD | {"_core/lane.py": form.format(library)}))

    assert f"_core/lane.py:1: _core decides without {library}" in found
