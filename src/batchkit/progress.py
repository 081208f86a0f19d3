"""A progress bar for the terminal, drawn by rich (`pip install batchkit[progress]`)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, TextIO

from .outcomes import Report

__all__ = ["progress_bar"]

_KINDS = ("rejected", "skipped", "unknown", "unsent")


@contextmanager
def progress_bar(
    total: int | None = None, description: str = "Sending"
) -> Generator[Callable[[Report[Any]], None]]:
    """Show how far a run is, in a `with` block; give what it yields as `on_progress`.

    The bar has the items that are settled, those that got through, problems by their kind, retries
    and items a second. It is written to the standard error stream, and only if that is a terminal;
    `NO_COLOR` is respected. What the program prints meanwhile stands above the bar if it goes to a
    terminal, and is left alone if it goes to a file. Synchronous and asynchronous clients take it.

    Args:
        total: How many items there will be; `None` if nobody knows.
        description: A word or two in front of the bar.

    Raises:
        ImportError: rich is not installed.
    """
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError:
        raise ImportError(
            "The progress bar is drawn by rich, which is not installed; "
            "install it with `pip install batchkit[progress]`."
        ) from None

    progress = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not _is_terminal(sys.stderr),
        redirect_stdout=_is_terminal(sys.stdout),  # a file gets what the program prints to it
    )
    with progress:
        task = progress.add_task(description, total=total, told="")

        def on_progress(report: Report[Any]) -> None:
            progress.update(task, completed=report.total, told=_told(report, total))

        yield on_progress
        if total is None:  # how many there were is known now
            progress.update(task, total=progress.tasks[task].completed)


def _is_terminal(stream: TextIO | None) -> bool:
    # Not rich's own word: it also says yes where FORCE_COLOR wants a log file to be colourful.
    try:
        return stream is not None and stream.isatty()  # there is none without a console
    except ValueError:  # it is closed
        return False


def _told(report: Report[Any], total: int | None) -> str:
    """A report in as few words as fit behind a bar."""
    of_all = "" if total is None else f"/{total:,}"
    parts = [f"{report.total:,}{of_all}", f"{report.succeeded + report.accepted:,} ok"]
    parts += [f"{count:,} {kind}" for kind in _KINDS if (count := getattr(report, kind))]
    if report.retries:
        parts.append("1 retry" if report.retries == 1 else f"{report.retries:,} retries")
    if report.elapsed > 0:
        parts.append(f"{report.total / report.elapsed:,.0f}/s")
    return ", ".join(parts)
