"""How the examples show what goes on: a line of progress, and tables."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Self, TextIO

from batchkit import Report


class Progress:
    """How far some runs are, in one line.

    On a terminal the line is written over and over, elsewhere a new one is printed now and then.

    Args:
        goals: how many items each run has, by its title.
        out: where to write.
        clock: gives seconds.
    """

    def __init__(
        self,
        goals: Mapping[str, int],
        *,
        out: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._goals = goals
        self._done = dict.fromkeys(goals, 0)
        self._out = out or sys.stdout
        self._clock = clock
        self._on_terminal = self._out.isatty()
        self._pause = 0.1 if self._on_terminal else 1.0
        self._shown_at = clock()

    def of(self, title: str) -> Callable[[Report[object]], None]:
        """What to hand in as `on_progress` of the run with that title."""

        def on_progress(report: Report[object]) -> None:
            self._done[title] = report.total
            if self._clock() - self._shown_at >= self._pause:
                self._show()

        return on_progress

    def _show(self) -> None:
        self._shown_at = self._clock()
        parts = [
            f"{title} {self._done[title]:,} of {goal:,}" for title, goal in self._goals.items()
        ]
        line = "  ... " + ", ".join(parts)
        if self._on_terminal:
            width = shutil.get_terminal_size().columns - 1
            self._out.write("\r" + line[:width].ljust(width))
        else:
            self._out.write(line + "\n")
        self._out.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._on_terminal:  # leave no trace
            width = shutil.get_terminal_size().columns - 1
            self._out.write("\r" + " " * width + "\r")
            self._out.flush()


def heading(text: str) -> None:
    """Begin a part of the output."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
    """Print rows with the first column to the left and the others, mostly numbers, to the right."""
    texts = [list(head)]
    texts += [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for first, *others in texts:
        cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
        print("  " + "  ".join([first.ljust(widths[0]), *cells]).rstrip())
