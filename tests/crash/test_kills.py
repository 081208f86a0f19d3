"""A process that imports is killed and begun again until it is done; then the account is exact.

`BATCHKIT_KILLS` says how many kills there are in all; `nox -s crash -- 1000` is for the night.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.crash.lives import Importer, importing

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")

KILLS = int(os.environ.get("BATCHKIT_KILLS", "8"))
SEED = os.environ.get("BATCHKIT_SEED") or str(random.randrange(10**6))
KINDS = [
    (operation, on_doubt, colour)
    for operation, on_doubt in (
        ("subscribers", "hold"),
        ("events", "hold"),
        ("events", "resend"),
        ("batches", "hold"),
    )
    for colour in ("sync", "async")
]


@pytest.mark.parametrize(("operation", "on_doubt", "colour"), KINDS)
def test_nothing_is_lost_and_nothing_doubled_unsaid(
    operation: str, on_doubt: str, colour: str, importer: Importer, tmp_path: Path
) -> None:
    draw = random.Random(f"{SEED} {operation} {on_doubt} {colour}")
    wanted = max(1, round(KILLS / len(KINDS)))
    number = kills = 0
    while kills < wanted:
        folder = tmp_path / str(number)
        how = {"operation": operation, "on_doubt": on_doubt, "colour": colour}
        number += 1
        with importing(importer, folder, **how) as story:
            while not story.done:
                if story.kills + kills >= wanted:
                    story.live()
                elif draw.random() < 0.2:  # and again, before it has found its feet
                    story.live(kill_after=draw.uniform(0.0, 0.05))
                else:
                    story.live(kill_after=draw.uniform(0.02, 0.25))
            try:
                story.judge()
            except AssertionError as problem:
                problem.add_note(f"replay (times differ): BATCHKIT_SEED={SEED}")
                raise
            kills += story.kills
