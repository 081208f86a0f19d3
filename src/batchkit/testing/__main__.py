"""``python -m batchkit.testing``: run the sandbox until it is interrupted."""

from __future__ import annotations

import argparse
import signal
import threading
from collections.abc import Sequence
from types import FrameType

from ._vendors import MOUNTS
from .sandbox import Sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one base address a line, ``vendor address``, and serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(
        prog="python -m batchkit.testing",
        description="The three vendors' batch APIs on a port of this machine.",
    )
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    options = parser.parse_args(arguments)
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    try:
        # Nobody can ask this process for the items, so only their number is kept.
        with Sandbox(port=options.port, keep_items=False) as sandbox:
            for vendor in MOUNTS:
                print(f"{vendor:8}{sandbox.url(vendor)}", flush=True)  # noqa: T201 - a command prints
            ended.wait()
    except (OSError, OverflowError) as error:
        parser.exit(1, f"cannot listen on port {options.port}: {error}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
