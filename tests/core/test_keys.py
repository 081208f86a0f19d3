"""Keys of the caller's own that do harm where a vendor reads them are refused, at any depth."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from batchkit._core.items.keys import are_good, are_usual, confirm, confirm_nested

HARM = "A key of `own` is `__proto__`, which harms JavaScript that reads it; rename it."


def refusal(*keys: str, where: str = "") -> str:
    with pytest.raises(ValueError, match="key") as caught:
        confirm(keys, where)
    return str(caught.value)


@pytest.mark.parametrize(
    "key", ["", "a key", "constructor", "_proto_", "k" * 256, "ключ", "नि\u200dय"]
)
def test_a_key_that_does_no_harm_is_sent(key: str) -> None:
    assert are_good([key])
    confirm(["a", key])


def test_many_keys_that_are_short_one_by_one_are_sent() -> None:
    assert are_good(["k" * 200, "l" * 200])


@pytest.mark.parametrize(
    ("keys", "usual"),
    [
        ((), True),
        (("a", "b"), True),
        (("a", 1), False),
        (("a", "__proto__"), False),
        (tuple(map(str, range(100))), True),
        (tuple(map(str, range(101))), False),
    ],
)
def test_a_few_keys_that_may_be_sent_are_remembered(keys: tuple[object, ...], usual: bool) -> None:
    assert are_usual(keys) is usual


def test_a_key_that_harms_is_told() -> None:
    assert refusal("a", "__proto__", where="own") == HARM
    assert refusal("__proto__") == HARM.replace(" of `own`", "")


def test_a_key_that_is_too_long_is_told_with_its_length() -> None:
    assert refusal("a", "k" * 1257) == ("A key is 1,257 characters long; at most 256 are sent.")
    assert not are_good(["k" * 257])


def test_a_key_that_is_just_short_enough_is_told_what_else_it_holds() -> None:
    assert "the control character U+0000" in refusal("k" * 255 + "\x00")


@pytest.mark.parametrize("control", ["\x00", "\n", "\x1f", "\x7f", "\x9f", "\u2028", "\u2029"])
def test_a_control_character_is_told_by_its_number(control: str) -> None:
    assert refusal("a", f"b{control}c", where="own") == (
        f"A key of `own` holds the control character U+{ord(control):04X}; take it out."
    )


@pytest.mark.parametrize(
    "value",
    [
        {"__proto__": 1},
        {"a": {"__proto__": 1}},
        {"a": [1, {"__proto__": 1}]},
        [{"a": 1}, ({"__proto__": 1},)],
        [{"__proto__": 1}, {"a": {"b": 1}}],
        MappingProxyType({"a": MappingProxyType({"__proto__": 1})}),
    ],
)
def test_a_key_is_looked_at_wherever_it_stands(value: Any) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        confirm_nested(value, "own")
    assert str(caught.value) == HARM


@pytest.mark.parametrize("value", [{"a": [{"b": None}, "__proto__"]}, [], "__proto__", 7, None])
def test_a_value_is_no_key(value: Any) -> None:
    confirm_nested(value, "own")
