"""What makes thousands of mutants affordable: likely killers first, and no mutant runs for ever.

mutmut names the mutant under test in the environment, and gives pytest the tests that reach its
function, in no order. `nox -s mutation` loads this beside them.
"""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from collections.abc import Generator
from pathlib import Path, PurePath
from typing import Any

import pytest

SLOW = (
    "test_ten_million_events_take_what_the_quota_takes",
    "test_the_end_is_never_seen_more_than_11_s_late",
    "test_a_disk_that_is_really_full_is_told",
    "test_a_torn_file_says_what_it_said_or_nothing",
    "test_a_torn_log_says_what_the_journal_said_once",
    # Trampolines stand between the levels, so the stack is too short for the depth that it needs.
    "test_nesting_beyond_what_the_fast_writer_takes_is_still_written",
)
PLAYED_FOR = {"test_polling": "tickets"}
"""Slow files, and the one module for whose mutants they are worth it."""
MODELS = ("field_rules", "models", "encoding")
"""Modules that run while models are made, that is on import, before there is a mutant."""
TESTS_OF_MODELS = (
    *("tests/core/test_rules.py", "tests/core/test_items.py", "tests/core/test_json.py"),
    *("tests/empathy", "tests/drip", "tests/ecwid"),
)
CPU, WALL = 10.0, 30.0
"""Seconds that one test may take; the slowest takes half a second where nothing else runs."""
TIMED_OUT = 36
"""How mutmut is told."""
KILLERS = Path("killers.txt")
"""Which file killed a mutant of which module, a line each; beside what mutmut remembers."""
LIKELY = 3
"""Files that are played before all the others are even collected."""

_reaching: set[str] = set()
"""The tests that reach the function that is changed; none, if all are to be played."""
_likely_are_played = False


def _mutant() -> list[str]:
    """The parts of the name of the module that is changed."""
    return os.environ.get("MUTANT_UNDER_TEST", "").rpartition(".")[0].split(".")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Play the likely killers; to collect all tests takes longer than most mutants live."""
    global _likely_are_played  # noqa: PLW0603 - each mutant has a process of its own
    if _likely_are_played or not _is_mutant():
        return None
    _likely_are_played = True
    if _mutant()[-1] in MODELS:
        config.args[:] = _files_of_models()
    else:  # thousands of tests by name take longer to find than to play
        _reaching.update(arg for arg in config.args if "::" in arg)
        config.args[:] = sorted({arg.partition("::")[0] for arg in config.args})
    likely = [name for name in _killers() if name in config.args][:LIKELY]
    if not likely:
        return None
    options = [arg for arg in config.invocation_params.args if "::" not in str(arg)]
    told = pytest.main([*options, *likely])
    return int(told) if told == pytest.ExitCode.TESTS_FAILED else None


def pytest_configure() -> None:
    if _mutant()[-1] not in MODELS:
        return
    for name in [*sys.modules]:
        if name.startswith(("batchkit.", "tests.")) and not name.startswith("tests.mutation"):
            del sys.modules[name]
    sys.modules.pop("batchkit", None)


def _is_mutant() -> bool:
    return "__mutmut_" in os.environ.get("MUTANT_UNDER_TEST", "")


def _files_of_models() -> list[str]:
    paths = map(Path, TESTS_OF_MODELS)
    files = [file for path in paths for file in (path, *sorted(path.rglob("test_*.py")))]
    return [str(file) for file in files if file.is_file()]


def _killers() -> list[str]:
    """The files that killed mutants of this module, the deadliest first."""
    if not KILLERS.exists():
        return []
    told = [line.split() for line in KILLERS.read_text().splitlines()]
    return [name for name, _ in Counter(n for m, n in told if m == _mutant()[-1]).most_common()]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed and _is_mutant():
        with KILLERS.open("a") as killers:
            killers.write(f"{_mutant()[-1]} {report.nodeid.partition('::')[0]}\n")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    mutant = _mutant()
    out = {item for item in items if _is_slow(item, mutant)}
    if _reaching:
        out.update(item for item in items if item.nodeid not in _reaching)
    config.hook.pytest_deselected(items=list(out))
    items[:] = sorted(set(items) - out, key=lambda item: _distance(item, mutant))


def _path(item: pytest.Item) -> PurePath:
    return PurePath(item.nodeid.partition("::")[0])


def _is_slow(item: pytest.Item, mutant: list[str]) -> bool:
    wanted = PLAYED_FOR.get(_path(item).stem, mutant[-1])
    return item.name.partition("[")[0] in SLOW or mutant[-1] not in ("", wanted)


def _distance(item: pytest.Item, mutant: list[str]) -> tuple[bool, bool, str, int]:
    """The module's own tests come first, then those of its folder."""
    path = _path(item)
    own = path.stem == f"test_{mutant[-1]}"
    near = path.parent.name in (each.lstrip("_") for each in mutant)
    return not own, not near, str(path), item.location[1] or 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, Any, Any]:
    if not _is_mutant():
        return (yield)
    timers = {
        signal.ITIMER_PROF: (signal.SIGPROF, CPU),
        signal.ITIMER_REAL: (signal.SIGALRM, WALL),
    }
    for timer, (number, seconds) in timers.items():
        signal.signal(number, lambda *_: os._exit(TIMED_OUT))
        signal.setitimer(timer, seconds)
    try:
        return (yield)
    finally:
        for timer in timers:
            signal.setitimer(timer, 0)
