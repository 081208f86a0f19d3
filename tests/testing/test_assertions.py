"""The assertion that knows which items a vendor should have taken, and its words."""

from __future__ import annotations

import re

import pytest

from batchkit.drip import Event, Subscriber
from batchkit.testing import Sandbox, assert_taken
from tests.testing.drip_calls import EVENTS, SUBSCRIBERS, send

ANN = {"email": "ann@example.com", "city": "Rome", "tags": ["x"]}
BOB = {"email": "bob@example.com"}


def taken(*items: object) -> Sandbox:
    sandbox = Sandbox()
    send(sandbox, SUBSCRIBERS, *items)
    return sandbox


def test_models_and_mappings_are_found_in_any_order() -> None:
    sandbox = taken(ANN, BOB, BOB)

    assert_taken(sandbox.ledger, [BOB, Subscriber(**ANN), dict(BOB)])
    assert_taken(sandbox.drip, [BOB, ANN, BOB], "drip", "subscribers")
    assert_taken(sandbox.drip, [], "drip", "events")


def test_a_stamp_that_the_client_set_does_not_matter() -> None:
    sandbox = Sandbox()
    stamped = {"email": "a@b.c", "action": "Came", "occurred_at": "2026-01-01T00:00:00.000Z"}
    send(sandbox, EVENTS, stamped)

    assert_taken(sandbox.ledger, [Event(email="a@b.c", action="Came")])


def differs(sandbox: Sandbox, *items: object) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        assert_taken(sandbox.ledger, items)
    return str(caught.value).splitlines()


def test_what_is_missing_and_what_is_too_much_is_named() -> None:
    assert differs(taken(BOB, BOB), BOB, {"email": "eve@example.com", "zip": "1"}) == [
        "2 items were expected, 2 were taken:",
        '- never taken: {"email": "eve@example.com", "zip": "1"}',
        '+ not expected (drip subscribers, request 1, position 1): {"email": "bob@example.com"}',
    ]


def test_an_item_that_is_nearly_right_is_compared_field_by_field() -> None:
    near = {"email": "ann@example.com", "city": "Oslo", "tags": ["x"], "zip": "1"}
    assert differs(taken(near), ANN) == [
        "1 items were expected, 1 were taken:",
        "~ taken with differences (drip subscribers, request 1, position 0):",
        '    city: expected "Rome", taken "Oslo"',
        '    zip: expected nothing, taken "1"',
    ]


def test_long_lists_and_long_items_are_cut() -> None:
    lines = differs(taken(*[{**BOB, "city": "x" * 300}] * 50))

    assert len(lines) == 32
    assert lines[-1] == "… 20 lines more"
    assert re.search(r"x…$", lines[1])


def test_what_is_no_item_is_never_taken() -> None:
    assert differs(taken(), 7)[1] == "- never taken: 7"


def test_a_ledger_that_kept_no_items_proves_nothing() -> None:
    sandbox = Sandbox(keep_items=False)
    send(sandbox, SUBSCRIBERS, ANN, BOB)

    with pytest.raises(ValueError, match="Use a ledger with keep_items=True"):
        assert_taken(sandbox.ledger, [])
