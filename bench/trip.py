"""What one item passes through: calls, files, and how often the next call is in another file.

Counted by `sys.setprofile` in every thread, of each call into the library but not into its
`testing`: a second run, in one thread at a time, of one item. `calls` are function calls and
resumed generators, `files` the files that they are in, and `changes` how often a call is in
another file than the one before it in the same thread. `and back` counts the changes on the way
back from a call as well.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
from harness import table

import batchkit
from batchkit.testing import FakeClock

LIBRARY = str(Path(batchkit.__file__).parent)
TESTING = str(Path(LIBRARY, "testing"))
TICKET = {"ticket": "t-1"}
FINISHED = {
    "status": "COMPLETED",
    "totalRequests": 1,
    "completedRequests": 1,
    "responses": [{"id": "a", "status": "COMPLETED", "httpStatusCode": 200, "httpBody": {}}],
}


class Trip:
    """Counts while it is entered."""

    def __init__(self) -> None:
        self.calls: defaultdict[int, list[str]] = defaultdict(list)
        self.stays: defaultdict[int, list[str]] = defaultdict(list)

    def __enter__(self) -> Trip:
        threading.setprofile(self._see)
        sys.setprofile(self._see)
        return self

    def __exit__(self, *failure: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]  # takes it, as sys.setprofile does

    def row(self, name: str) -> list[str]:
        files = {file for calls in self.calls.values() for file in calls}
        calls = sum(map(len, self.calls.values()))
        counts = (calls, len(files), changes(self.calls), changes(self.stays))
        return [name, *map(str, counts)]

    def _see(self, frame: FrameType, event: str, argument: Any) -> None:
        file, thread = inside(frame), threading.get_ident()
        if file is None:
            return
        if event == "call":
            self.calls[thread].append(file)
            self.stays[thread].append(file)
        elif event == "return":
            back = frame.f_back
            while back is not None and (file := inside(back)) is None:
                back = back.f_back
            if back is not None and file is not None:
                self.stays[thread].append(file)


def inside(frame: FrameType) -> str | None:
    file = frame.f_code.co_filename
    return file if file.startswith(LIBRARY) and not file.startswith(TESTING) else None


def changes(trips: dict[int, list[str]]) -> int:
    return sum(one != other for trip in trips.values() for one, other in pairwise(trip))


def vendor(request: httpx.Request) -> httpx.Response:
    """What Drip and Ecwid answer if nothing is wrong."""
    if "/batch" not in request.url.path or request.url.host.startswith("api.getdrip"):
        return httpx.Response(201)
    return httpx.Response(200, json=TICKET if request.method == "POST" else FINISHED)


def once(send: Callable[[], batchkit.Report[Any]]) -> Trip:
    """The trip of a run like one that has just been made."""
    with Trip() as trip:
        report = send()
    assert (report.total, report.ok) == (1, True), report
    return trip


def measure(*, quick: bool, rivals_only: bool) -> None:
    people = [{"email": "ada@example.com"}]
    entries = [{"method": "PUT", "path": "/products/1", "body": {"price": 1}, "id": "a"}]
    http = httpx.Client(transport=httpx.MockTransport(vendor))
    any_key = "any"
    drip = batchkit.Drip("1", api_key=any_key, http_client=http, max_in_flight=1)
    ecwid = batchkit.Ecwid(1, token=any_key, http_client=http)
    rows: list[list[str]] = []
    with FakeClock(), http, tempfile.TemporaryDirectory() as folder:
        journal = Path(folder, "run.db")
        trips: dict[str, Callable[[], batchkit.Report[Any]]] = {
            "an item to Drip": lambda: drip.subscribers.send(people),
            "an item to Ecwid, with its ticket": lambda: ecwid.batches.send(entries),
            "a settled item, resumed": lambda: drip.subscribers.send(people, journal=journal),
        }
        for name, send in trips.items():
            send()
            rows.append(once(send).row(name))
    table("trip", ["one item", "calls", "files", "changes", "and back"], rows)
