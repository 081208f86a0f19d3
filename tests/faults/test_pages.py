"""A web page in the vendor's place, as of a network that wants somebody to sign in first."""

from __future__ import annotations

from typing import Any

import pytest

from batchkit import Limits
from batchkit.exceptions import ContractError
from tests.contract.colours import COLOURS, Answer, Colour, Played, Scene, answer, people, queries

PAGE = answer(200, b"<!doctype html><title>Sign in</title>", content_type="text/html")
EMPTY = answer(200)
OTHER = answer(200, b'{"strange')  # no vendor's answer, and no web page
FAILED = answer(500, b"<html>", content_type="text/html")
ENDPOINTS = {
    "Drip": ("subscribers", "events", "carts"),
    "EmpathyTagging": ("query",),
}
DOORS = [(vendor, endpoint) for vendor, names in ENDPOINTS.items() for endpoint in names]


def items(endpoint: str) -> list[Any]:
    if endpoint == "query":
        return list(queries(5))
    cart = {"provider": "p", "action": "created", "cart_url": "https://shop.example"}
    return [
        {**person, "cart_id": str(number), **cart} if endpoint == "carts" else person
        for number, person in enumerate(people(5))
    ]


def play(door: tuple[str, str], *answers: Answer, colour: Colour = "sync") -> Played:
    vendor, endpoint = door
    return Scene(
        vendor=vendor,
        endpoint=endpoint,
        items=lambda: items(endpoint),
        answers=answers,
        options={"limits": Limits(max_items=1), "max_in_flight": 1, "pace": None},
        streamed=True,
    ).play(colour)


def kinds(played: Played) -> list[str]:
    return [type(each).__name__ for each in played.outcomes]


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("door", DOORS, ids=str)
def test_two_in_a_row_end_the_run(door: tuple[str, str], colour: Colour) -> None:
    """What was answered so is in doubt, and the rest is kept from becoming so."""
    played = play(door, EMPTY, PAGE, colour=colour)
    _, *told = kinds(played)
    assert told[:2] == ["Unknown", "Unknown"]
    assert set(told[2:]) <= {"Unsent"}  # as far as the source was read by then
    assert type(played.error) is ContractError
    assert "web page" in str(played.error)
    assert played.error.report == played.report
    assert len(played.sent) == 3


@pytest.mark.parametrize("door", DOORS, ids=str)
def test_one_alone_does_not(door: tuple[str, str]) -> None:
    played = play(door, PAGE, EMPTY, PAGE, EMPTY, PAGE)
    assert [each.ok for each in played.outcomes] == [False, True, False, True, False]
    assert played.error is None


@pytest.mark.parametrize("other", [EMPTY, OTHER], ids=["empty", "other"])
@pytest.mark.parametrize("door", DOORS, ids=str)
def test_what_is_no_web_page_does_not(door: tuple[str, str], other: Answer) -> None:
    played = play(door, other)
    assert len(played.sent) == 5
    assert played.error is None


def test_a_page_beside_an_error_is_judged_by_the_error() -> None:
    played = play(("Drip", "events"), FAILED)
    assert kinds(played) == ["Unknown"] * 5
    assert played.error is None
