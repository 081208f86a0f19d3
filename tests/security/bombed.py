"""Reads answers in a process of its own; prints for each by how many MiB its memory rose.

python -m tests.security.bombed sync|asyncio|trio HARMLESS-URL URL...
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from batchkit._core.effects import Response
from tests.io.wire import attempt


def most_memory() -> float:
    """The most memory held since the last reset, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def read(url: str, colour: str) -> dict[str, object]:
    Path("/proc/self/clear_refs").write_text("5")
    before, began = most_memory(), time.monotonic()
    reply = attempt(url, colour, timeout=20)
    assert isinstance(reply, Response), reply
    return {
        "rise": most_memory() - before,
        "seconds": time.monotonic() - began,
        "status": reply.status,
        "body": len(reply.body),
        "complete": reply.complete,
    }


if __name__ == "__main__":
    _, colour, harmless, *urls = sys.argv
    read(harmless, colour)  # what is loaded once is no rise
    json.dump([read(url, colour) for url in urls], sys.stdout)
