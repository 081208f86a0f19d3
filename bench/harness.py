"""What every measurement needs: the sink, interleaved rounds, tables."""

from __future__ import annotations

import gc
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

Contender = Callable[[], int]
"""One whole job; gives back how many items got through."""

HERE = Path(__file__).parent


@contextmanager
def sink(latency: float = 0.0) -> Iterator[str]:
    """The URL of a sink process that lives as long as the block."""
    command = [sys.executable, str(HERE / "sink.py"), "--latency", str(latency)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.stdin.close()


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    source = iter(items)
    while chunk := list(islice(source, size)):
        yield chunk


def interleaved(
    contenders: dict[str, Contender],
    *,
    items: int,
    rounds: int,
    clock: Callable[[], float] = time.process_time,
) -> dict[str, float]:
    """Median seconds of each contender, every round running all of them in a new order.

    Taking turns spreads what else the machine does over all contenders alike.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    order = list(contenders)
    for number in range(rounds + 1):
        random.shuffle(order)
        for name in order:
            gc.collect()
            start = clock()
            taken = contenders[name]()
            spent = clock() - start
            if taken != items:
                raise RuntimeError(f"{name}: {taken} of {items} items got through")
            if number:  # the first round only warms up
                seconds[name].append(spent)
    return {name: statistics.median(times) for name, times in seconds.items()}


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    print(f"\n{title}\n")
    lines = [list(header), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    for number, line in enumerate(lines):
        first, *others = zip(line, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]
        print("  " + "  ".join(cells).rstrip())
        if not number:
            print("  " + "  ".join("-" * width for width in widths))
    sys.stdout.flush()


def against(value: float, must: float, aim: float) -> str:
    """How a value stands to its two goals."""
    verdict = "aim met" if value <= aim else "must met" if value <= must else "MISSED"
    return f"{verdict} (must {must:g}, aim {aim:g})"
