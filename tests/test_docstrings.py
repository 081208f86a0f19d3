"""What a public docstring must say beside the name: units, limits, errors, and where it is from."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import batchkit
from batchkit import drip, ecwid, empathy
from tests.test_surface import EVERYTHING

UNITS = {
    # The names of numbers that mean nothing without a unit, and the word that must stand there.
    r"timeout|deadline|per|elapsed|slept|retry_after|initial|maximum|.*_(delay|timeout|seconds)": (
        r"[Ss]econds"
    ),
    r"max_retry_after": r"[Ss]econds",
    r"bytes|bytes_sent|max_bytes": r"[Bb]ytes",
    r"lifetime_value|.*_cents": r"cents",
}


class Said(NamedTuple):
    """A name with a type, and every word that is said about it."""

    owner: str
    name: str
    type: str
    text: str


def attributes(cls: type) -> Iterator[Said]:
    """The fields and properties of a class, inherited ones of ours too."""
    for base in cls.__mro__:
        if not base.__module__.startswith("batchkit"):
            continue
        source = Path(inspect.getsourcefile(base) or "").read_text(encoding="utf-8")
        [tree] = [
            node
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.ClassDef) and node.name == base.__name__
        ]
        about = ast.get_docstring(tree) or ""
        for one, after in pairwise([*tree.body, ast.Pass()]):
            if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
                said = ""
                if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                    said = str(after.value.value)
                name = one.target.id
                yield Said(cls.__name__, name, ast.unparse(one.annotation), f"{about}\n{said}")
            if isinstance(one, ast.FunctionDef) and one.returns and not one.name.startswith("_"):
                said = ast.get_docstring(one) or ""
                if any(ast.unparse(each) == "property" for each in one.decorator_list):
                    yield Said(cls.__name__, one.name, ast.unparse(one.returns), said)


def parameters(name: str, value: Any) -> Iterator[Said]:
    """The parameters of a function or constructor, and what its docstring says."""
    for each in inspect.signature(value).parameters.values():
        yield Said(name, each.name, str(each.annotation), inspect.getdoc(value) or "")


def members(cls: type) -> dict[str, Any]:
    """What a class has, inherited from ours too."""
    ours = [base for base in reversed(cls.__mro__) if base.__module__.startswith("batchkit")]
    return {name: found for base in ours for name, found in vars(base).items()}


def everything_said() -> list[Said]:
    said: list[Said] = []
    for name, value in EVERYTHING.items():
        if not inspect.isclass(value):
            said += parameters(name, value)
            continue
        said += attributes(value)
        # Where the arguments are the attributes, these say it; only we make exceptions.
        written = "__init__" in members(value) and not hasattr(value, "__attrs_attrs__")
        if written and not issubclass(value, BaseException):
            said += parameters(name, value)
        for method, found in members(value).items():
            if inspect.isfunction(found) and not method.startswith("_"):
                said += parameters(f"{name}.{method}", found)
    return said


SAID = everything_said()


def is_number(said: Said) -> bool:
    return re.search(r"\b(int|float)\b", said.type) is not None


def measured() -> list[tuple[Said, str]]:
    return [
        (said, word)
        for said in SAID
        if is_number(said)
        for name, word in UNITS.items()
        if re.fullmatch(name, said.name)
    ]


def refers_on(text: str) -> bool:
    """Whether a docstring leaves its words to another one, of its twin or its neighbour."""
    return re.search(r"twin of|[Tt]he same |those of `|other options", text) is not None


@pytest.mark.parametrize(
    ("said", "word"),
    [pytest.param(*each, id=f"{each[0].owner}.{each[0].name}") for each in measured()],
)
def test_a_number_has_its_unit(said: Said, word: str) -> None:
    assert re.search(word, said.text) or refers_on(said.text)


def test_numbers_with_a_unit_are_found() -> None:
    assert {"timeout", "deadline", "per", "max_bytes"} <= {said.name for said, _ in measured()}


def raising() -> Iterator[tuple[str, str, set[str]]]:
    """Every public function, its docstring, and what it raises itself."""
    for name, value in EVERYTHING.items():
        members = vars(value).items() if inspect.isclass(value) else [("", value)]
        for member, found in members:
            function = getattr(found, "fget", None) or getattr(found, "__func__", found)
            if member.startswith("_") or not inspect.isfunction(function):
                continue
            tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function)))
            raised = {
                ast.unparse(node.exc.func)
                for node in ast.walk(tree)
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
            }
            yield f"{name}.{member}", inspect.getdoc(found) or "", raised


def test_what_is_raised_is_said() -> None:
    unsaid = {
        name: raised
        for name, text, raised in raising()
        if any(error.endswith("Error") and error not in text for error in raised)
        # What it needs stands there, as "Needs the sandbox to be running."
        and not re.search(r"\bNeeds\b", text)
    }
    assert unsaid == {}


CLIENTS = {"Drip": "1,000", "EmpathyTagging": "1,000", "Ecwid": "500"}


@pytest.mark.parametrize(("name", "most"), CLIENTS.items())
def test_a_client_says_its_limit_its_errors_and_its_vendors_page(name: str, most: str) -> None:
    text = inspect.getdoc(getattr(batchkit, name)) or ""

    assert most in text
    assert "ConfigurationError" in text.split("Raises:")[1]
    assert re.search(r"https://|the vendor's page", text)
    for each in inspect.signature(getattr(batchkit, name)).parameters:
        assert f"    {each}:" in text, each


LEANING = re.compile(r"^(The same\b|As `|Like `)|\btwin\b|those of `")


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_docstring_stands_alone(name: str) -> None:
    found = EVERYTHING[name]
    said = [inspect.getdoc(found) or ""]
    if inspect.isclass(found):
        functions = (each for each in members(found).values() if inspect.isfunction(each))
        said += [inspect.getdoc(each) or "" for each in functions]
    assert [text for text in said if LEANING.search(text)] == []


MODELS = [
    getattr(vendor, name)
    for vendor in (drip, ecwid, empathy)
    for name in vendor.__all__
    if hasattr(getattr(vendor, name), "shape")
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_says_where_its_facts_are_from(model: type) -> None:
    module = inspect.getmodule(model)
    text = f"{inspect.getdoc(model)}\n{inspect.getdoc(module)}"

    assert re.search(r"https://|the vendor's page", text)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_an_amount_says_its_unit(model: type) -> None:
    module = inspect.getdoc(inspect.getmodule(model)) or ""
    for said in attributes(model):
        if "Decimal" in said.type and said.name != "extra":
            assert re.search("whole units|cents", f"{module}\n{said.text}"), said.name


def test_every_method_of_an_endpoint_says_when_it_raises() -> None:
    for name in ("Endpoint", "AsyncEndpoint"):
        text = inspect.getdoc(getattr(batchkit, name).send) or ""
        assert "BatchkitError: " in text
