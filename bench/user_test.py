"""What a user's test costs, beside an empty one: both are played in one pytest, in turns.

The test is the one in `examples/` in which Drip answers 429 twice, Empathy refuses an event and a
ticket of Ecwid's takes ten minutes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any, TypeAlias

import pytest

EMPTY = f"{__file__}::test_nothing"
BAD_DAY = f"{Path(__file__).parent.parent / 'examples' / 'test_my_import.py'}::test_a_bad_day"
OPTIONS = ["-q", "-o", "addopts=", "-p", "no:cacheprovider", "-p", "no:xdist"]

Seconds: TypeAlias = dict[str, list[tuple[float, float]]]
"""By the name of the test what each round of it took, fixtures included: CPU and wall."""


def test_nothing() -> None:
    pass


class Rounds:
    """A plugin that plays every test many times and looks at the clocks."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.seconds: Seconds = {}

    def pytest_generate_tests(self, metafunc: Any) -> None:
        metafunc.fixturenames.append("_round")
        metafunc.parametrize("_round", range(self._number), scope="session")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        cpu, wall = time.process_time(), time.perf_counter()
        result = yield
        took = (time.process_time() - cpu, time.perf_counter() - wall)
        self.seconds.setdefault(item.name.partition("[")[0], []).append(took)
        return result


def play(rounds: int) -> Seconds:
    """Play both in a new process, in which nothing is loaded yet."""
    command = [sys.executable, __file__, str(rounds)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    seconds: Seconds = json.loads(done.stdout)
    return seconds


def main() -> int:
    plugin = Rounds(int(sys.argv[1]))
    with redirect_stdout(StringIO()) as said:
        ended = pytest.main([*OPTIONS, EMPTY, BAD_DAY], plugins=[plugin])
    print(json.dumps(plugin.seconds) if not ended else said.getvalue())
    return int(ended)


if __name__ == "__main__":
    raise SystemExit(main())
