"""Each switch, each of its values: what the vendors' documents leave open."""

from __future__ import annotations

import re
from ast import literal_eval
from pathlib import Path
from typing import Any

import pytest

from batchkit.testing import Sandbox
from batchkit.testing._vendors.switches import DRIP, ECWID, EMPATHY, choices
from tests.testing.drip_calls import (
    CARTS,
    GOOD,
    SUBSCRIBERS,
    answer,
    send,
)

DOCS = Path(__file__).parent.parent.parent / "docs" / "switches.md"
ROW = re.compile(r"^\| `(\w+)` \| `(.+?)` \| (.+?) \|", re.MULTILINE)

# -- switches as such


def test_the_docs_list_every_switch_with_its_default_and_its_values() -> None:
    listed = ROW.findall(DOCS.read_text(encoding="utf-8"))
    assert {name: literal_eval(default) for name, default, _ in listed} == {
        **DRIP,
        **ECWID,
        **EMPATHY,
    }
    for name, default, others in listed:
        if values := choices(name):
            told = [literal_eval(value) for value in re.findall(r"`(.+?)`", others)]
            assert sorted(map(str, [literal_eval(default), *told])) == sorted(map(str, values))


def test_a_switch_that_is_none_is_refused_with_the_list() -> None:
    with pytest.raises(TypeError, match="no switch `bad_item`; there are accounts, "):
        Sandbox(bad_item="drop")
    with pytest.raises(TypeError, match="no switch `stores`"):
        Sandbox().drip.switch(stores=["7"])


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        ({"bad_v2_item": "ignore"}, "must be one of 'drop', 'refuse'"),
        ({"attempts": 7}, "must be one of 5, 6"),
        ({"seconds_per_entry": -1}, "not negative"),
        ({"seconds_per_entry": "1"}, "is a string"),
        ({"seconds_per_entry": None}, "is None"),
        ({"products": 1.5}, "must be a number"),
        ({"requests_per_minute": True}, "must be a number"),
        ({"stores": "7"}, "is a string"),
        ({"accounts": 5}, "`accounts` is int; it must be a list of strings"),
        ({"accounts": [5]}, "`accounts` is list; it must be a list of strings"),
        ({"instances": {"a": "b"}}, "`instances` is dict; it must be a list of strings"),
        ({"refused_credentials": None}, "`refused_credentials` is NoneType"),
    ],
)
def test_a_value_that_a_switch_cannot_have_is_refused(switch: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        Sandbox(**switch)


def test_a_collection_may_be_of_any_kind_and_none_where_it_means_any() -> None:
    sandbox = Sandbox(accounts={"9"}, stores=None, instances=())

    assert sandbox.drip.switches["accounts"] == {"9"}


def test_a_switch_may_be_turned_while_the_sandbox_runs() -> None:
    sandbox = Sandbox()
    sandbox.switch(bad_v2_item="refuse", cancelled_entries="absent", success_body="[]")

    assert sandbox.drip.switches["bad_v2_item"] == "refuse"
    assert sandbox.ecwid.switches["cancelled_entries"] == "absent"
    assert sandbox.empathy.switches["success_body"] == "[]"


def test_two_sandboxes_have_their_own_switches() -> None:
    Sandbox(bad_v2_item="refuse")

    assert Sandbox().drip.switches["bad_v2_item"] == "drop"


# -- Drip


def test_an_item_to_be_refused_is_a_bad_one() -> None:
    sandbox = Sandbox()
    sandbox.drip.refuse({"email": "john@example.com"})
    assert send(sandbox, SUBSCRIBERS, GOOD[SUBSCRIBERS]).status == 201
    assert sandbox.ledger.count(fate="dropped") == 1
    sandbox.drip.refuse(lambda cart: cart["cart_id"] == "4", times=1)
    refused = send(sandbox, CARTS, GOOD[CARTS])
    [error] = answer(refused)["validation_errors"]
    assert (refused.status, error["dataPath"]) == (422, ".carts[0]")
    assert send(sandbox, CARTS, GOOD[CARTS]).status == 202
