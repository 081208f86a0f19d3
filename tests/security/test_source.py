"""What the source itself may not hold: ways to run data, ways around TLS, patterns that explode."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import batchkit

SOURCE = Path(batchkit.__file__).parent
TREES = {path: ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py"))}

RUNS_DATA = {
    *("pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"),
    *("yaml", "ruamel", "xml", "plistlib", "ctypes", "code", "codeop", "runpy", "subprocess"),
}
BUILTINS = {"eval", "exec", "compile", "__import__", "input", "breakpoint"}
AROUND_TLS = {"CERT_NONE", "_create_unverified_context", "_create_default_https_context"}


def breaches(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                roots = {each.name.partition(".")[0] for each in names}
                yield from (f"import {root}" for root in roots & RUNS_DATA)
            case ast.ImportFrom(module=str(module), level=0):
                if module.partition(".")[0] in RUNS_DATA:
                    yield f"from {module} import"
            case ast.Call(func=ast.Name(id=name)) if name in BUILTINS:
                yield f"{name}()"
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in AROUND_TLS:
                yield name
            case ast.keyword(arg="verify" | "check_hostname", value=ast.Constant(value=False)):
                yield "TLS is not verified"
            case ast.keyword(arg="follow_redirects", value=ast.Constant(value=True)):
                yield "redirects are followed"
            case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                yield "a shell"
            case ast.Assign(targets=[ast.Attribute(attr="check_hostname" | "verify_mode")]):
                yield "a TLS context is changed"
            case _:
                pass


@pytest.mark.parametrize("path", TREES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_data_is_run_and_no_certificate_passed_over(path: Path) -> None:
    assert list(breaches(TREES[path])) == []


@pytest.mark.parametrize(
    "text",
    [
        *("import pickle", "import os, marshal", "from yaml import load", "import xml.etree"),
        *("eval('1')", "exec(x)", "f(verify=False)", "ssl.CERT_NONE", "f(follow_redirects=True)"),
        *("context.check_hostname = False", "run(x, shell=True)", "def f():\n  import shelve"),
    ],
)
def test_a_breach_is_found(text: str) -> None:
    assert len(list(breaches(ast.parse(text)))) == 1


CLIENTS = [
    getattr(batchkit, a + b) for a in ("", "Async") for b in ("Drip", "EmpathyTagging", "Ecwid")
]


@pytest.mark.parametrize("cls", CLIENTS, ids=lambda cls: cls.__name__)
def test_there_is_no_switch_that_turns_verification_off(cls: Any) -> None:
    for make in (cls, cls.with_options):
        names = set(inspect.signature(make).parameters)
        assert not names & {"verify", "cert", "ssl", "ssl_context", "insecure", "follow_redirects"}
    with pytest.raises(TypeError):
        cls("1", verify=False)


# Patterns


def held(value: object) -> Iterator[re.Pattern[Any]]:
    """The patterns that a module's value is, has or is a method of."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(getattr(value, "__self__", None), re.Pattern):
        yield value.__self__
    elif isinstance(value, tuple | list):
        for each in value:
            yield from held(each)


def compiled() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for module in pkgutil.walk_packages([str(SOURCE)], "batchkit."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            yield from ((module.name, pattern) for pattern in held(value))


PATTERNS = sorted(
    {(name, pattern.pattern): pattern for name, pattern in compiled()}.items(), key=str
)
HARD = (
    *("a", "A", "0", "é", " ", "\n", "\t", "/", "//", "///@", "//a", "//a@", "\\", ".", "..", "-"),
    *("?", "?+", "&", "& ", "&token", "&token+", "&token =", ";+", "+", "%", "%2", "%25", "#", ":"),
    *("a:", "a.", "://", "[", "[:", "]", "http://a", "http://[:]", "a+", "nul", "0.", "Mon, 04 "),
)


def test_every_pattern_of_the_source_is_looked_at() -> None:
    calls = [
        node
        for tree in TREES.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "compile"
    ]
    assert len(PATTERNS) == len(calls)


SEARCHING = (
    *("batchkit.ecwid.paths", "batchkit._io.http.failures", "batchkit._core.items.jsontext"),
    "batchkit._core.items.keys",
    "batchkit.testing._records",
    *("batchkit.testing._vendors.ecwid", "batchkit.testing._wire"),
)
"""Where patterns are searched for; everywhere else they must match the whole text."""


def test_patterns_are_searched_for_only_where_it_is_said() -> None:
    found = {
        "batchkit." + ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("search", "match", "sub", "subn", "findall", "finditer")
    }
    assert found == set(SEARCHING)


def seconds(module: str, pattern: re.Pattern[Any], text: str) -> float:
    given: Any = text if isinstance(pattern.pattern, str) else text.encode()
    began = time.perf_counter()
    pattern.fullmatch(given)
    if module in SEARCHING:
        pattern.sub(given[:0], given)
    return time.perf_counter() - began


@pytest.mark.parametrize(("named", "pattern"), PATTERNS, ids=lambda value: str(value)[:40])
def test_no_text_makes_a_pattern_explode(named: tuple[str, Any], pattern: Any) -> None:
    """A million characters take a moment; what is quadratic would take hours."""
    for unit in HARD:
        for start in ("", "a://", "&", "//"):
            for end in ("!", "\n"):
                text = f"{start}{unit * (20_000 // len(unit))}{end}"
                assert seconds(named[0], pattern, text) < 0.5, (unit, start, end)
        long = f"{unit * (1_000_000 // len(unit))}!"
        assert seconds(named[0], pattern, long) < 2, unit


def test_one_that_does_explode_would_be_noticed() -> None:
    assert seconds(SEARCHING[0], re.compile(r"\s+x"), " " * 10_000) > 0.05
