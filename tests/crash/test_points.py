"""A process that imports dies at a named point; the run goes on, and the account is exact."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from batchkit import Journal
from tests.crash.lives import Importer, importing

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")

WIRE = ("first byte", "last byte", "head", "body")
POINTS = (
    *("before open", "after open", "before intent", "after intent"),
    *WIRE,
    *("before ticketed", "after ticketed", "before settled", "after settled"),
    *("before close", "after close"),
)
ONCE = ("before open", "after open", "before close", "after close")
ONE_BY_ONE: dict[str, Any] = {"items": 30, "in_flight": 1}
# The outcome of one chunk and the intent of the next are one write: of three chunks, this one is in
# doubt when the process dies at the second time that it comes to a point.
IN_DOUBT = {
    "before intent": 0,
    **dict.fromkeys(("after intent", *WIRE, "before settled"), 1),
    "after settled": 2,
}


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("operation", ["subscribers", "events", "batches"])
def test_the_account_is_exact_wherever_the_process_dies(
    operation: str, colour: str, importer: Importer, tmp_path: Path
) -> None:
    points = [each for each in POINTS if operation == "batches" or "ticketed" not in each]
    for point in points:
        how = {"operation": operation, "colour": colour, **ONE_BY_ONE}
        with importing(importer, tmp_path / point, **how) as story:
            nth = 1 if point in ONCE else 2  # of Ecwid's requests the second is a question
            assert story.live(point=point, nth=nth) == -signal.SIGKILL, point
            assert story.live() == 0, point
            found = story.judge()
        doubtful = 10 if operation == "events" and point in IN_DOUBT else 0
        assert found["Unknown"] == doubtful, point


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_a_submission_is_made_once_wherever_the_process_dies(
    colour: str, importer: Importer, tmp_path: Path
) -> None:
    for point in WIRE:
        how = {"operation": "batches", "colour": colour, **ONE_BY_ONE}
        with importing(importer, tmp_path / point, **how) as story:
            assert story.live(point=point) == -signal.SIGKILL, point
            [problem, *_] = Journal(story.journal).problems()
            assert problem.item.first_sent is not None, point
            assert getattr(problem, "ticket", None) is None, "it died at a question"
            assert story.live() == 0, point
            assert story.judge() == {"Succeeded": 30}, point


@pytest.mark.parametrize("colour", ["sync", "async"])
@pytest.mark.parametrize("operation", ["subscribers", "events", "batches"])
def test_a_wait_after_a_refusal_leaves_nothing_in_doubt(
    operation: str, colour: str, importer: Importer, tmp_path: Path
) -> None:
    for point in ("before waiting", "after waiting"):
        fault = "ecwid:429" if operation == "batches" else "drip:429"
        how = {"operation": operation, "colour": colour, **ONE_BY_ONE}
        with importing(importer, tmp_path / point, fault, **how) as story:
            assert story.live(point=point) == -signal.SIGKILL, point
            assert story.live() == 0, point
            found = story.judge()
        # Until the wait is written, the journal has the refused request as under way.
        doubtful = 10 if operation == "events" and point == "before waiting" else 0
        assert found["Unknown"] == doubtful, point


@pytest.mark.parametrize("colour", ["sync", "async"])
def test_what_is_sent_again_by_choice_was_in_doubt_before(
    colour: str, importer: Importer, tmp_path: Path
) -> None:
    for point, chunk in IN_DOUBT.items():
        how = {"operation": "events", "colour": colour, **ONE_BY_ONE, "on_doubt": "resend"}
        with importing(importer, tmp_path / point, **how) as story:
            assert story.live(point=point, nth=2) == -signal.SIGKILL, point
            assert story.doubted == set(range(10 * chunk, 10 * chunk + 10)), point
            assert story.live() == 0, point
            assert story.judge() == {"Accepted": 30}, point
