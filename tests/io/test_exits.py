"""A stream that nobody has left is left when the interpreter ends, and the process ends with it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import httpx
import pytest

from batchkit import Drip, Limits
from batchkit._io import exits
from batchkit.exceptions import DeadlineExceededError
from batchkit.testing import Sandbox

ABANDONED = """
import sys
from batchkit import Drip, Limits

drip = Drip("1", api_key="key", base_url=sys.argv[1], limits=Limits(max_items=1), pace=None)

def outcomes():
    with drip.subscribers.stream({"email": f"{n}@b.example"} for n in range(50)) as stream:
        yield from stream

left_open = outcomes()
print(next(left_open).ok)
"""


def test_an_abandoned_generator_does_not_keep_the_interpreter() -> None:
    with Sandbox() as sandbox:
        command = [sys.executable, "-c", ABANDONED, sandbox.url("drip")]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "True\n", "")


class Leftover:
    """Something that is under way."""

    def __init__(self) -> None:
        self.patience: list[float] = []

    def leave(self, patience: float) -> None:
        self.patience.append(patience)


def test_what_is_under_way_is_left_with_a_bounded_wait() -> None:
    left = Leftover()
    exits.watch(left)
    exits.leave_all(10.0)
    assert left.patience == [10.0]


def test_workers_that_do_not_come_back_are_waited_for_together() -> None:
    """A caller's own client may hold as many threads as there are requests at once."""

    def hang(request: httpx.Request) -> httpx.Response:
        held.wait(30)
        return httpx.Response(202)

    held = threading.Event()
    people = [{"email": "a@b.example", "action": "x"}] * 40
    with httpx.Client(transport=httpx.MockTransport(hang)) as theirs:
        drip = Drip("1", api_key="key", http_client=theirs, pace=None, max_in_flight=20)
        began = time.monotonic()
        with pytest.raises(DeadlineExceededError) as ended:
            drip.with_options(limits=Limits(max_items=1)).events.send(people, deadline=0.2)
        took = time.monotonic() - began
        held.set()
    assert ended.value.report.unknown == 20
    # The deadline, its grace and the wait for all make 1.2 s; one by one they would take 11 s.
    assert took < 6
