"""Items through the public door: what of them reaches the wire, and what is refused alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from batchkit import UNSET, RetryPolicy
from batchkit.drip import Event, LegacyOrder, Order
from batchkit.empathy import QueryEvent
from tests.contract.colours import COLOURS, Colour, Played, Scene, answer, counts

pytestmark = pytest.mark.parametrize("colour", COLOURS)
TAKEN = answer(201)
TWO = {"retry": RetryPolicy(attempts=2), "max_in_flight": 1}
STAMP = {"occurred_at": "2023-11-14T22:13:20.000Z"}


def sent_items(colour: Colour, items: Sequence[Any], **scene: Any) -> tuple[Played, list[Any]]:
    played = Scene(items=lambda: items, answers=[TAKEN], options=TWO, **scene).play(colour)
    return played, played.sent[0].items if played.sent else []


def test_unset_is_left_out_and_null_is_sent(colour: Colour) -> None:
    person = {"email": "a@b.example", "amount": 1}
    items: list[Any] = [
        LegacyOrder(**person, provider=UNSET, cancelled_at=None),
        {**person, "anything": None},
        LegacyOrder(**person, provider=None),
    ]
    played, sent = sent_items(colour, items, endpoint="legacy_orders")
    assert sent == [{**person, "cancelled_at": None, **STAMP}, {**person, "anything": None}]
    [problem] = played.report.problems
    assert (problem.index, problem.by) == (2, "client")


def test_bad_items_are_refused_alone(colour: Colour) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the missing zone is the point
    items: list[Any] = [
        {"email": "a@b.example", "action": "ok"},
        Event(email="a@b.example", action="x", occurred_at=naive),
        {"email": "a@b.example", "action": 7},
        "text",
        Event(email="a@b.example", action="ok", occurred_at=datetime(2026, 1, 1, tzinfo=UTC)),
    ]
    played, sent = sent_items(colour, items, endpoint="events")
    assert counts(played) == {"accepted": 2, "rejected": 3}
    assert [problem.index for problem in played.report.problems] == [1, 2, 3]
    for problem in played.report.problems:
        assert problem.item is items[problem.index]
        assert (problem.by, problem.code) == ("client", None)
    assert sent[1]["occurred_at"].startswith("2026-01-01T00:00:00")


def test_a_model_is_stamped_once_and_a_mapping_never(colour: Colour) -> None:
    items = [Event(email="a@b.example", action="x"), {"email": "a@b.example", "action": "x"}]
    busy = answer(503, retry_after=100)
    scene = Scene(endpoint="events", items=lambda: items, answers=[busy, TAKEN], options=TWO)
    first, again = scene.play(colour).sent
    assert first.content == again.content
    stamped, left = first.items
    assert stamped["occurred_at"] == "2023-11-14T22:13:20.000Z"
    assert "occurred_at" not in left


def test_money_is_exact(colour: Colour) -> None:
    order = Order(
        provider="shop",
        email="a@b.example",
        action="placed",
        order_id="1",
        grand_total=Decimal("1234567890.19"),
    )
    played, _ = sent_items(colour, [order], endpoint="orders")
    assert b'"grand_total":1234567890.19,' in played.sent[0].content


def test_empathy_values_are_text(colour: Colour) -> None:
    items: list[Any] = [
        QueryEvent(q="shoes", lang="en", page=2, total_hits=7, spellcheck=True),
        {"q": "shoes", "lang": "en", "page": 2},
    ]
    scene = Scene(vendor="EmpathyTagging", endpoint="query", items=lambda: items, answers=[TAKEN])
    model, mapping = scene.play(colour).sent[0].items
    assert (model["page"], model["totalHits"], model["spellcheck"]) == ("2", "7", "true")
    assert mapping["page"] == 2
