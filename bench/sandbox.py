"""How fast the sandbox answers, so that it is never what a user's test-suite waits for."""

from __future__ import annotations

import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from harness import table
from import_cost import spent_on
from user_test import play
from workloads import Item, load

HEADERS = {"Authorization": "Bearer any", "Content-Type": "application/json"}
ORDERS = "/v3/1/shopper_activity/order/batch"


_FIRST_ANSWER = """
import os, socket
from batchkit.testing import Sandbox
with Sandbox() as sandbox, socket.create_connection(("127.0.0.1", sandbox.port)) as peer:
    peer.sendall(b"GET /_/state HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
    assert peer.recv(12) == b"HTTP/1.1 200"
    os._exit(0)
"""


class Running:
    """A sandbox in a process of its own."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self._pid = process.pid
        parts = urlsplit(address)
        self._path = parts.path
        self._connection = http.client.HTTPConnection(parts.netloc)

    def post(self, path: str, body: bytes) -> None:
        self._connection.request("POST", self._path + path, body, HEADERS)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{response.status}: {answer[:200]!r}")

    def spent(self) -> float:
        """Seconds of CPU so far, or of the wall where the system does not say."""
        stat = Path(f"/proc/{self._pid}/stat")
        if not stat.exists():
            return time.perf_counter()
        user, system = stat.read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running() -> Iterator[Running]:
    command = [sys.executable, "-m", "batchkit.testing", "--no-quotas", "--counts-only"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Running(process, process.stdout.readline().split()[1])
        finally:
            process.send_signal(signal.SIGTERM)


def rates(path: str, body: bytes, times: int) -> tuple[float, float]:
    """Requests for each second of the sandbox's CPU, and of the wall."""
    with running() as sandbox:
        for _ in range(max(1, times // 10)):
            sandbox.post(path, body)
        spent, begun = sandbox.spent(), time.perf_counter()
        for _ in range(times):
            sandbox.post(path, body)
        return times / (sandbox.spent() - spent), times / (time.perf_counter() - begun)


def started() -> float:
    """Seconds from nothing to a sandbox that answers and is gone again, in a warm process."""
    from batchkit.testing import Sandbox

    begun = time.perf_counter()
    with Sandbox() as sandbox:
        address = urlsplit(sandbox.url("drip"))
        connection = http.client.HTTPConnection(address.netloc)
        connection.request("GET", "/_/state")
        connection.getresponse().read()
        took = time.perf_counter() - begun
        connection.close()
    return took


def started_anew() -> float:
    """Seconds of CPU from an interpreter's start to a sandbox's first answer, in a new process."""
    return spent_on(_FIRST_ANSWER)


def parsed(body: bytes) -> float:
    """How often a second the JSON alone is read, as the sandbox reads it."""
    from batchkit.testing._json import decode

    seconds: list[float] = []
    for _ in range(15):
        begun = time.process_time()
        decode(body)
        seconds.append(time.process_time() - begun)
    return 1 / statistics.median(seconds)


def small(order: Item) -> Item:
    """The order with its first two lines, as the vendor's own sample has them."""
    lines = order["items"]
    assert isinstance(lines, list)
    return {**order, "items": lines[:2]}


def measure(*, quick: bool, rivals_only: bool) -> None:
    if rivals_only:
        return
    many = 10 if quick else 1
    orders = load(orders=1000, events=1).orders
    person = {"email": "ann@example.com", "custom_fields": {"text": "x" * 900}}
    single = json.dumps({"batches": [{"subscribers": [person]}]}).encode()
    bodies: list[tuple[str, str, bytes, int, int | None]] = [
        ("1 KB, one subscriber", "/v2/1/subscribers/batches", single, 5000, 1000),
        ("1,000 orders of two lines", ORDERS, _batch([small(one) for one in orders]), 300, 100),
        # No goal: the vendor's own sample has two lines, and these are a wholesaler's.
        ("1,000 orders of 28 lines", ORDERS, _batch(orders), 100, None),
    ]
    rows: list[list[str]] = []
    for name, path, body, times, goal in bodies:
        cpu, wall = rates(path, body, times // many)
        size = f"{len(body) / 1000:,.0f} kB"
        alone = f"{parsed(body):,.0f}"
        rows.append([name, size, f"{cpu:,.0f}", f"{wall:,.0f}", alone, _against(goal, cpu)])
    header = ["request", "size", "a second of its CPU", "of the wall", "JSON alone", "goal"]
    table("sandbox: requests", header, rows)
    starts = [("in a process that has one already", started), ("in a new process", started_anew)]
    header = ["to its first answer", "ms", "goal"]
    table("sandbox: start", header, [_timed(name, start, 21 // many) for name, start in starts])
    _measure_test(21 // many)


def _against(goal: int | None, reached: float) -> str:
    if goal is None:
        return "none"
    return f"{'met' if reached >= goal else 'MISSED'} ({goal:,})"


def _timed(name: str, start: Callable[[], float], rounds: int) -> list[str]:
    start()  # writes the bytecode
    median = statistics.median(start() for _ in range(rounds))
    return [name, f"{1e3 * median:.1f}", f"{'met' if median < 0.15 else 'MISSED'} (150)"]


def _measure_test(rounds: int) -> None:
    if not (find_spec("respx") and find_spec("hypothesis")):
        print("\nsandbox: a user's test needs pytest, respx and hypothesis\n")
        return
    rows: list[list[str]] = []
    for name, seconds in play(rounds).items():
        (first, _), later = seconds[0], seconds[1:]
        cpu, wall = (statistics.median(times) for times in zip(*later, strict=True))
        verdict = "met" if cpu < 0.1 else "MISSED"
        rows.append(
            [name, *(f"{1e3 * took:.1f}" for took in (first, cpu, wall)), f"{verdict} (100)"]
        )
    header = ["test", "the first time, ms of CPU", "then, ms of CPU", "ms of the wall", "goal"]
    table("sandbox: a user's test", header, rows)


def _batch(orders: list[Item]) -> bytes:
    return json.dumps({"orders": orders}, separators=(",", ":")).encode()
