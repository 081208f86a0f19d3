"""What one item passes through: the calls, the files and the changes of file of one `send`.

Counted is what a profile function is told (`sys.setprofile` and `threading.setprofile`, so that the
workers count too) of code whose file is in the package, without `batchkit/testing`:

- calls: "call" events. A generator that goes on after a `yield` is a call each time.
- files: different files among them.
- file changes: how often the file of an event is another than that of the event before it in the
  same thread, where events are calls and returns. Going to another file and coming back is two
  changes. Each thread is counted by itself, and the sum is what is shown.

Comprehensions and generator expressions are part of the function that they stand in: their own
frames are not counted, for later versions of Python make none for most of them. Methods that attrs
writes have no file and are not counted. Neither are other libraries; what they call back is.

Each trip is one item, with default options but for an early question after the ticket, over a
connection to a sandbox in the same process. The client has sent before: what is done only once is
not counted. Nothing here is measured in seconds. A thread that wakes up a moment earlier or later
makes a turn more or less, so each trip is made several times; shown are the median of each column,
and the fewest and the most calls.
"""

from __future__ import annotations

import os
import statistics
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, NamedTuple

from harness import table

PART_OF_A_FUNCTION = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
FIRST_QUESTION = 0.01
"""Seconds from a ticket to the first question, at which it is finished."""

Trip = Callable[[], Any]
"""Sends the item; gives back the report."""
Event = tuple[str, str]
"""What it was, and the file of the code."""


class Counts(NamedTuple):
    calls: int
    files: int
    changes: int


def counted(trip: Trip) -> Counts:
    """The counts of one trip; threads count that begin during it."""
    import batchkit

    package = str(Path(batchkit.__file__).parent) + os.sep
    testing = f"{package}testing{os.sep}"
    threads: dict[int, list[Event]] = defaultdict(list)

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if (
            event in {"call", "return"}
            and code.co_filename.startswith(package)
            and not code.co_filename.startswith(testing)
            and code.co_name not in PART_OF_A_FUNCTION
        ):
            threads[threading.get_ident()].append((event, code.co_filename))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        report = trip()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    if report.accepted + report.succeeded != 1:
        raise RuntimeError(f"the item did not get through: {report}")
    events = [event for seen in threads.values() for event in seen]
    return Counts(
        calls=sum(event == "call" for event, _ in events),
        files=len({file for _, file in events}),
        changes=sum(
            before != after
            for seen in threads.values()
            for (_, before), (_, after) in pairwise(seen)
        ),
    )


@contextmanager
def trips() -> Iterator[dict[str, Callable[[], Trip]]]:
    """Makers of each trip; what a maker does itself is not counted."""
    from batchkit import Drip, Ecwid, PollPolicy
    from batchkit.ecwid import ApiRequest
    from batchkit.testing import Sandbox

    people = [{"email": "anna@example.com"}]
    entries = [ApiRequest("POST", "/products", {"name": "Tea"})]
    poll = PollPolicy(initial=FIRST_QUESTION)
    numbers, key = count(), "bench"
    with (
        Sandbox() as sandbox,
        TemporaryDirectory() as folder,
        Drip("1234567", api_key=key, base_url=sandbox.url("drip")) as drip,
        Ecwid(1003, token=key, base_url=sandbox.url("ecwid")) as ecwid,
    ):

        def subscriber() -> Trip:
            return lambda: drip.subscribers.send(people)

        def entry() -> Trip:
            return lambda: ecwid.batches.send(entries, poll=poll)

        def settled() -> Trip:
            journal = Path(folder) / f"{next(numbers)}.db"
            drip.subscribers.send(people, journal=journal)
            return lambda: drip.subscribers.send(people, journal=journal)

        subscriber()()
        entry()()
        yield {
            "Drip subscriber": subscriber,
            "Ecwid entry, its ticket finished at the first question": entry,
            "Drip subscriber, settled in the journal by an earlier call": settled,
        }


def measure(*, quick: bool, rivals_only: bool) -> None:
    if rivals_only:
        return
    times = 3 if quick else 15
    with trips() as makers:
        runs = {name: [counted(make()) for _ in range(times)] for name, make in makers.items()}

    def row(name: str) -> list[str]:
        calls = [run.calls for run in runs[name]]
        medians = (statistics.median_low(column) for column in zip(*runs[name], strict=True))
        return [name, *map(str, medians), f"{min(calls)} to {max(calls)}"]

    header = ["one item", "calls", "files", "file changes", "fewest and most calls"]
    table(f"trip: what one item passes through, medians of {times} trips", header, map(row, runs))
