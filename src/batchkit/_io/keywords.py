"""Keywords said once: a `TypedDict` has their types and words, an attrs class defaults and checks.

A function takes them as `**options: Unpack[…]`, which type checkers and editors read. Here it is
given what `inspect.signature`, `help()`, IPython and Sphinx read: a signature that names every
keyword, and a docstring with an entry for each.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
from collections.abc import Callable, Mapping
from functools import cache
from itertools import pairwise
from types import FunctionType
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., object])
MISSING: Any = inspect.Parameter.empty


@cache
def words(keywords: type) -> Mapping[str, str]:
    """What the attribute docstrings of a `TypedDict` say; nothing where its source is not kept."""
    module = sys.modules[keywords.__module__]
    lines = linecache.getlines(getattr(module, "__file__", None) or "", vars(module))
    head = f"class {keywords.__name__}("
    start = next((at for at, line in enumerate(lines) if line.startswith(head)), None)
    if start is None:
        return {}
    tree: Any = ast.parse("".join(inspect.getblock(lines[start:]))).body[0]
    said: dict[str, str] = {}
    for base in tree.bases:
        known = getattr(module, ast.unparse(base).partition("[")[0])
        if hasattr(known, "__total__"):
            said |= words(known)
    for named, text in pairwise(tree.body):
        if isinstance(named, ast.AnnAssign):
            said[ast.unparse(named.target)] = inspect.cleandoc(text.value.value)
    return said


def described(text: str | None, said: Mapping[str, str]) -> str | None:
    """A docstring whose `Args:` have these entries too; `None` where docstrings were left out."""
    if text is None:
        return None
    head, mark, rest = inspect.cleandoc(text).partition("\n\nRaises:")
    if "\nArgs:" not in head:
        head += "\n\nArgs:"
    for name, about in said.items():
        head += f"\n    {name}: " + about.replace("\n", "\n        ")
    return head + mark + rest


def signature(
    function: Callable[..., object], keywords: type, options: type, default: Any = MISSING
) -> inspect.Signature:
    """The signature of a function whose `**options` are these; with `default`, that for each."""
    own = inspect.signature(function)
    named = {each.name: each for each in own.parameters.values() if each.kind != each.VAR_KEYWORD}
    for each in inspect.signature(options).parameters.values():
        if each.name in keywords.__annotations__:
            told = keywords.__annotations__[each.name]
            made = each.replace(annotation=getattr(told, "__forward_arg__", told))
            named[each.name] = made if default is MISSING else made.replace(default=default)
    return own.replace(parameters=sorted(named.values(), key=lambda each: each.kind))


def takes(keywords: type, options: type, default: Any = MISSING) -> Callable[[F], F]:
    """A function whose `**options` are these."""

    def told(function: F) -> F:
        function.__doc__ = described(function.__doc__, words(keywords))
        made = signature(function, keywords, options, default)
        vars(function).update(__signature__=made, takes=(keywords, options))
        return function

    return told


class BothColours:
    """A base of two classes, one that blocks and one to be awaited.

    Its methods say what both do; theirs only wait, and are given the words from here.
    """

    def __init_subclass__(cls) -> None:
        for name, method in vars(cls).items():
            said = getattr(super(cls, cls), name, None)
            if isinstance(method, FunctionType) and isinstance(said, FunctionType):
                method.__doc__ = said.__doc__
                if (told := vars(said).get("takes")) is not None:
                    vars(method)["__signature__"] = signature(method, *told)
