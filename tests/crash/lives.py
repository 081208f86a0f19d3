"""Lives of an importing process, against a sandbox that remembers what it took."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs

from batchkit import Journal, Unknown
from batchkit.testing import Sandbox

HERE = Path(__file__).parent
TAKES = 0.002
"""Seconds that each request takes, lest a run be over before it is killed."""


class SlowSandbox(Sandbox):
    """The sandbox with a latency."""

    def handle(self, request: Any) -> Any:
        time.sleep(TAKES)
        return super().handle(request)


class Importer:
    """The process that has a child for each life."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "importer.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def live(self, told: dict[str, Any], kill_after: float | None = None) -> int:
        """The exit status of one life, which is ended after so many seconds."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(told)}\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            with suppress(ProcessLookupError):  # it had ended by itself
                os.kill(child, signal.SIGKILL)
        return int(self._process.stdout.readline())


@attrs.define(kw_only=True)
class Import:
    """One import of several lives."""

    importer: Importer
    sandbox: Sandbox
    folder: Path
    operation: str
    colour: str
    items: int = 200
    size: int = 10
    in_flight: int = 3
    on_doubt: str = "hold"
    doubted: set[int] = attrs.field(factory=set[int])
    """The items that the journal had in doubt after any life."""
    kills: int = 0
    done: bool = False

    @property
    def journal(self) -> Path:
        return self.folder / "run.db"

    def live(self, kill_after: float | None = None, point: str = "", nth: int = 1) -> int:
        """One life; its exit status."""
        told = {
            "url": self.sandbox.url("ecwid" if self.operation == "batches" else "drip"),
            "operation": self.operation,
            "colour": self.colour,
            "items": self.items,
            "size": self.size,
            "in_flight": self.in_flight,
            "on_doubt": self.on_doubt,
            "journal": str(self.journal),
            "result": str(self.folder / "result.json"),
            "point": point,
            "nth": nth,
        }
        status = self.importer.live(told, kill_after)
        self.kills += status == -signal.SIGKILL
        self.done = status == 0
        assert status in (0, -signal.SIGKILL)
        self.check_file()
        if self.journal.exists():
            problems = Journal(self.journal).problems()
            self.doubted |= {each.index for each in problems if isinstance(each, Unknown)}
        return status

    def check_file(self) -> None:
        if self.journal.exists():
            with closing(sqlite3.connect(self.journal)) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]

    def judge(self) -> Counter[str]:
        """Hold the account against what the sandbox took; how many items ended in what."""
        told = json.loads((self.folder / "result.json").read_text())
        outcomes: dict[int, str] = dict(told)
        assert sorted(outcomes) == [index for index, _ in sorted(told)] == list(range(self.items))
        got = {index for index, kind in outcomes.items() if kind in ("Accepted", "Succeeded")}
        unknown = {index for index, kind in outcomes.items() if kind == "Unknown"}
        taken = Counter(self._taken())

        assert got <= set(taken), "lost"
        assert set(taken) <= got | unknown, "not reported"
        twice = {index for index, times in taken.items() if times > 1}
        if self.operation != "subscribers":
            assert twice <= (self.doubted if self.on_doubt == "resend" else set()), "sent twice"
        under_way = self.kills * self.in_flight * self.size
        assert len(twice) <= under_way
        held = self.operation == "events" and self.on_doubt == "hold"
        assert len(unknown) <= (under_way if held else 0)
        report = Journal(self.journal).report()
        assert (report.total, report.unknown) == (self.items, len(unknown))
        return Counter(outcomes.values())

    def _taken(self) -> list[int]:
        if self.operation == "batches":
            items: Any = self.sandbox.ledger.items("ecwid")
            return [int(item["body"]["name"]) for item in items]
        items = self.sandbox.ledger.items("drip", self.operation)
        return [int(item["email"].partition("@")[0]) for item in items]


@contextmanager
def importing(importer: Importer, folder: Path, *faults: str, **how: Any) -> Iterator[Import]:
    """An import that has not begun, in a new folder and against a sandbox of its own."""
    folder.mkdir()
    with SlowSandbox(seconds_per_entry=0.0001) as sandbox:
        for fault in faults:
            sandbox.faults.once(fault)
        yield Import(importer=importer, sandbox=sandbox, folder=folder, **how)
