"""Keywords are said once: signatures and docstrings are made of their `TypedDict` and defaults."""

from __future__ import annotations

import inspect
from typing import Any, TypedDict, Unpack

import attrs
import pytest

import batchkit
from batchkit._io import keywords
from batchkit._io.keywords import BothColours, described, takes, words


class Named(TypedDict, total=False):
    """What has a name."""

    name: str
    """What it is called,
    in full."""


class Pebbles(Named, total=False):
    """Some keywords."""

    weight: float
    """Grams."""


@attrs.frozen(kw_only=True)
class Given:
    name: str = "grey"
    weight: float = 1.0
    other: int = 0


class Base(BothColours):
    @takes(Pebbles, Given)
    def throw(self, item: Any, **options: Unpack[Pebbles]) -> Any:
        """Throw it.

        Args:
            item: What is thrown.

        Raises:
            ValueError: It is lost.
        """

    def rest(self) -> Any:
        """Do nothing."""


class Thread(Base):
    def throw(self, item: Any, **options: Unpack[Pebbles]) -> Any:
        return Given(**options)

    def rest(self) -> Any:
        return None


def test_a_function_names_every_keyword_with_its_default() -> None:
    assert str(inspect.signature(Thread.throw)).startswith(
        "(self, item: 'Any', *, name: 'str' = 'grey', weight: 'float' = 1.0)"
    )


def test_its_docstring_says_what_each_means_between_its_own_words() -> None:
    assert inspect.getdoc(Thread.throw) == (
        "Throw it.\n\nArgs:\n    item: What is thrown.\n"
        "    name: What it is called,\n        in full.\n    weight: Grams.\n\n"
        "Raises:\n    ValueError: It is lost."
    )


def test_what_takes_no_keywords_is_given_the_words_alone() -> None:
    assert inspect.getdoc(Thread.rest) == "Do nothing."
    assert str(inspect.signature(Thread.rest)) == "(self) -> 'Any'"


def test_arguments_that_are_not_told_yet_get_a_heading() -> None:
    assert described("Throw.", {"name": "A name."}) == "Throw.\n\nArgs:\n    name: A name."


def test_where_docstrings_were_left_out_there_is_none() -> None:
    assert described(None, {"name": "A name."}) is None


def test_where_the_source_is_not_kept_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keywords.linecache, "getlines", lambda *_: [])
    assert words.__wrapped__(Pebbles) == {}


@pytest.mark.parametrize("name", ["Drip", "Ecwid", "EmpathyTagging"])
def test_both_colours_of_a_client_say_the_same_after_their_first_line(name: str) -> None:
    sync, other = (inspect.getdoc(getattr(batchkit, each)) or "" for each in (name, f"Async{name}"))
    assert sync.partition("\n\n")[2] == other.partition("\n\n")[2] != ""
    assert sync.partition("\n\n")[0] != other.partition("\n\n")[0]
