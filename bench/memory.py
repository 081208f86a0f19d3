"""Growth of resident memory while millions of items pass through."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator

import httpx
import orjson
from harness import against, chunks, sink, table
from workloads import Item

MIB = 1024 * 1024
WARM_UP = 100_000
LOOK_EVERY = 50_000

Sender = Callable[[str, Iterable[Item]], int]


def resident() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - read often
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        # Elsewhere only the peak is to be had, which is what is asked for in the end.
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class PollSchedule:
    """A source of tiny items that notes the memory while it is read."""

    def __init__(self) -> None:
        self.peak = resident()

    def items(self, number: int) -> Iterator[Item]:
        for index in range(number):
            if index % LOOK_EVERY == 0:
                self.peak = max(self.peak, resident())
            yield {"email": "a@b.co"}
        self.peak = max(self.peak, resident())


def by_hand(url: str, items: Iterable[Item]) -> int:
    taken = 0
    with httpx.Client() as client:
        for chunk in chunks(items, 1_000):
            body = orjson.dumps({"batches": [{"subscribers": chunk}]})
            response = client.post(f"{url}/v2/1234567/unsubscribes/batches", content=body)
            taken += len(chunk) * response.is_success
    return taken


def with_send(url: str, items: Iterable[Item]) -> int:
    from batchkit import Drip

    with Drip("1234567", api_key="bench", base_url=url, pace=None) as drip:
        return drip.unsubscribes.send(items).accepted


def with_stream(url: str, items: Iterable[Item]) -> int:
    from batchkit import Drip

    with (
        Drip("1234567", api_key="bench", base_url=url, pace=None) as drip,
        drip.unsubscribes.stream(items) as outcomes,
    ):
        return sum(outcome.ok for outcome in outcomes)


SENDERS: dict[str, Sender] = {
    "loop by hand": by_hand,
    "batchkit send()": with_send,
    "batchkit stream()": with_stream,
}


def grow(name: str, url: str, number: int) -> int:
    """How many bytes a process that is warm grows by."""
    send = SENDERS[name]
    send(url, PollSchedule().items(WARM_UP))
    watch = PollSchedule()
    before = watch.peak
    taken = send(url, watch.items(number))
    if taken != number:
        raise RuntimeError(f"{name}: {taken} of {number} items got through")
    return watch.peak - before


def measure(*, quick: bool, rivals_only: bool) -> None:
    number = 500_000 if quick else 5_000_000
    names = ["loop by hand"] if rivals_only else list(SENDERS)
    rows: list[list[str]] = []
    with sink() as url:
        for name in names:
            # A process for each: what one has freed must not serve the next.
            command = [sys.executable, __file__, name, url, str(number)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            grown = int(done.stdout) / MIB
            goal = against(grown, 16, 3) if "batchkit" in name else ""
            rows.append([name, f"{grown:.1f}", goal])
    table(f"memory: {number:,} tiny items", ["contender", "growth MiB", "goal"], rows)


if __name__ == "__main__":
    print(grow(sys.argv[1], sys.argv[2], int(sys.argv[3])))
