"""The progress bar: what it shows, and where it keeps quiet."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import anyio
import httpx
import pytest

import batchkit
from batchkit import Limits, Report
from batchkit.progress import progress_bar
from batchkit.testing import FakeClock
from tests.contract.colours import people

REPORT: Report[Any] = Report(
    succeeded=1_200, rejected=3, unknown=1, unsent=0, requests=9, retries=2, elapsed=4.0
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What stands in for a terminal, wide enough for everything."""
    for name, value in {"COLUMNS": "160", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def last_line(screen: io.StringIO) -> str:
    """What stands there at the end, without escape codes."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue()).rpartition("\r")[2].strip()


def test_it_shows_what_became_of_the_items(terminal: Terminal) -> None:
    with (
        redirect_stderr(terminal),
        progress_bar(total=5_000, description="Night import") as on_progress,
    ):
        on_progress(REPORT)

    line = last_line(terminal)
    assert line.startswith("Night import")
    assert "1,204/5,000, 1,200 ok, 3 rejected, 1 unknown, 2 retries, 301/s" in line


def test_without_a_total_it_counts(terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress_bar() as on_progress:
        on_progress(Report(accepted=7, requests=2, retries=1))

    assert "Sending" in last_line(terminal)
    assert "7, 7 ok, 1 retry " in last_line(terminal)


def test_a_description_is_text_and_nothing_else(terminal: Terminal) -> None:
    with redirect_stderr(terminal), progress_bar(description="[red]import[/red]"):
        pass
    assert "[red]import[/red]" in last_line(terminal)


def test_without_a_terminal_it_keeps_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # which is about colours, not about a bar in a log
    closed = io.StringIO()
    closed.close()
    for stream in (io.StringIO(), None, closed):
        monkeypatch.setattr(sys, "stderr", stream)
        with progress_bar(total=3) as on_progress:
            on_progress(REPORT)
        assert stream in (None, closed) or stream.getvalue() == ""


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_what_a_program_prints_into_a_file_gets_there(
    out: type[io.StringIO], terminal: Terminal
) -> None:
    with redirect_stdout(out()) as printed, redirect_stderr(terminal), progress_bar():
        sys.stdout.write("ada;1\n")
    is_file = out is io.StringIO
    assert printed.getvalue() == ("ada;1\n" if is_file else "")
    assert ("ada;1" in terminal.getvalue()) is not is_file


@pytest.mark.parametrize("colourless", [False, True])
def test_no_color_is_respected(
    colourless: bool, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    if colourless:
        monkeypatch.setenv("NO_COLOR", "1")
    with redirect_stderr(terminal), progress_bar(total=2_000) as on_progress:
        on_progress(REPORT)
    coloured = any(f"\x1b[{start}" in terminal.getvalue() for start in ("38;", "31", "32"))
    assert coloured is not colourless


def answering(request: httpx.Request) -> httpx.Response:
    return httpx.Response(201)


@pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])
def test_a_client_of_either_colour_takes_it(colour: str, terminal: Terminal) -> None:
    options: dict[str, Any] = {"api_key": "key", "limits": Limits(max_items=2), "pace": None}
    transport = httpx.MockTransport(answering)
    with redirect_stderr(terminal), FakeClock(), progress_bar(total=5) as on_progress:
        if colour == "sync":
            with httpx.Client(transport=transport) as http:
                drip = batchkit.Drip("1", http_client=http, **options)
                drip.subscribers.send(people(5), on_progress=on_progress)
        else:

            async def main() -> None:
                async with httpx.AsyncClient(transport=transport) as http:
                    drip = batchkit.AsyncDrip("1", http_client=http, **options)
                    await drip.subscribers.send(people(5), on_progress=on_progress)

            anyio.run(main, backend=colour)
    assert "5/5, 5 ok" in last_line(terminal)


def test_without_rich_it_says_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rich.progress", None)
    with (
        pytest.raises(ImportError, match=r"`pip install batchkit\[progress\]`"),
        progress_bar(),
    ):
        pass


def test_naming_it_does_not_load_rich() -> None:
    code = "import sys, batchkit.progress; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
