"""Options are checked when they are made, and say in a sentence what is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import attrs
import pytest
import tenacity

from batchkit.exceptions import ConfigurationError
from batchkit.options import Limits, Pace, PollPolicy, RetryPolicy
from batchkit.values import UNSET, Unset

NOT_NUMBERS: list[Any] = ["1", None, True, math.nan, math.inf, -math.inf, Decimal(1), 1j, [], UNSET]
COUNTS: list[Any] = [0, -1, 1.0, 1.5, *NOT_NUMBERS]


def bad(kind: Any, name: str, values: list[Any], **more: Any) -> list[Any]:
    return [pytest.param(kind, {**more, name: value}, name) for value in values]


@pytest.mark.parametrize(
    ("kind", "given", "name"),
    [
        *bad(RetryPolicy, "attempts", COUNTS),
        *bad(RetryPolicy, "base_delay", [-0.1, *NOT_NUMBERS]),
        *bad(RetryPolicy, "max_delay", [-1, *NOT_NUMBERS]),
        *bad(RetryPolicy, "max_retry_after", [-1, 10**400, *NOT_NUMBERS]),
        *bad(RetryPolicy, "wait", [3, "fixed"]),
        *bad(RetryPolicy, "stop", [3, True]),
        *bad(PollPolicy, "initial", [0, 0.0, -1, *NOT_NUMBERS]),
        *bad(PollPolicy, "factor", [0.99, -2, *NOT_NUMBERS]),
        *bad(PollPolicy, "maximum", [0, -1, *NOT_NUMBERS]),
        *bad(PollPolicy, "stall_timeout", [0, -1, *NOT_NUMBERS]),
        *bad(Pace, "requests", COUNTS, per=1),
        *bad(Pace, "per", [0, -1, *NOT_NUMBERS], requests=1),
        *bad(Limits, "max_items", [each for each in COUNTS if each is not None]),
        *bad(Limits, "max_bytes", [each for each in COUNTS if each is not None]),
    ],
)
def test_a_bad_value_is_refused_in_a_full_sentence(
    kind: Callable[..., object], given: dict[str, Any], name: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(**given)
    sentence = rf"{kind.__name__}\({name}=…\) is .+; it must be .+\."
    assert re.fullmatch(sentence, str(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: RetryPolicy(attempts=0),
            "RetryPolicy(attempts=…) is 0; it must be a whole number of at least 1.",
        ),
        (lambda: Pace(requests=1, per=0), "Pace(per=…) is 0; it must be a number above 0."),
        (
            lambda: RetryPolicy(wait=3),
            "RetryPolicy(wait=…) is 3; it must be a tenacity wait strategy.",
        ),
    ],
)
def test_the_sentence_says_what_would_do(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "make",
    [
        lambda: RetryPolicy(attempts=1, base_delay=0, max_delay=0, max_retry_after=0),
        lambda: RetryPolicy(wait=tenacity.wait_fixed(1), stop=tenacity.stop_never),
        lambda: RetryPolicy(wait=lambda state: 1.0, stop=lambda state: True),
        lambda: PollPolicy(initial=0.001, factor=1, maximum=0.001, stall_timeout=0.001),
        lambda: Pace(requests=1, per=0.5),
        lambda: Limits(max_items=1, max_bytes=1),
    ],
)
def test_the_edges_of_what_is_good_are_good(make: Callable[[], object]) -> None:
    make()


def test_the_defaults_are_the_documented_ones() -> None:
    assert attrs.astuple(RetryPolicy()) == (6, 0.5, 30.0, 3700.0, None, None)
    assert attrs.astuple(PollPolicy()) == (1.0, 1.25, 10.0, 900.0)
    assert attrs.astuple(Limits()) == (None, None)


@pytest.mark.parametrize(
    "options", [RetryPolicy(), PollPolicy(), Pace(requests=1, per=1), Limits()]
)
def test_options_are_frozen_values(options: Any) -> None:
    name = attrs.fields(type(options))[0].name
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(options, name, 2)
    assert options == attrs.evolve(options)
    assert hash(options) == hash(attrs.evolve(options))


@pytest.mark.parametrize("kind", [RetryPolicy, PollPolicy, Pace, Limits])
def test_options_are_given_by_name(kind: Any) -> None:
    with pytest.raises(TypeError):
        kind(1, 1)


def test_unset_is_false_and_one_of_its_kind() -> None:
    assert not UNSET
    assert ("" or UNSET) is UNSET
    assert repr(UNSET) == "UNSET"
    assert list(Unset) == [UNSET]
    assert UNSET is not None
