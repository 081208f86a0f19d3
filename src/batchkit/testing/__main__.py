"""``python -m batchkit.testing``: run the sandbox until it is interrupted."""

from __future__ import annotations

import argparse
import json
import signal
import sqlite3
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

from ._faults import WORDS
from ._faults.words import FORMS
from ._vendors import MOUNTS
from ._vendors.switches import choices
from .sandbox import Sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one base address a line, ``vendor address``, and serve until SIGINT or SIGTERM."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.faults:
        _say("\n".join([*FORMS, *(f"{word.name:32}{word.about}" for word in WORDS.values())]))
        return 0
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    try:
        sandbox = _sandbox(options)
    except (ValueError, TypeError) as problem:
        parser.error(str(problem))
    except (OSError, sqlite3.Error) as problem:
        parser.exit(1, f"cannot keep a ledger in {options.ledger}: {problem}\n")
    try:
        with sandbox:
            for vendor in MOUNTS:
                _say(f"{vendor:8}{sandbox.url(vendor)}")
            _say(f"{'page':8}{sandbox.page}")
            ended.wait()
    except (OSError, OverflowError) as error:
        parser.exit(1, f"cannot listen on port {options.port}: {error}\n")
    finally:
        sandbox.ledger.close()
    return 0


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command prints


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m batchkit.testing",
        description="The three vendors' batch APIs on a port of this machine, and a page to watch.",
    )
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="[VENDOR[.OPERATION]:]WORD[=ARGUMENT][@N%|*N]",
        help="what goes wrong, such as drip:503@5%%; may be given more than once",
    )
    parser.add_argument("--faults", action="store_true", help="list the words for faults and end")
    parser.add_argument("--seed", type=int, help="makes chance the same each time")
    parser.add_argument("--ledger", metavar="FILE", help="keep the ledger in an SQLite file")
    parser.add_argument("--counts-only", action="store_true", help="count items, keep none")
    parser.add_argument("--no-quotas", action="store_true", help="lift the vendors' quotas")
    parser.add_argument(
        "--switch",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="decide what the vendors' documents leave open; values as in JSON, or words",
    )
    return parser


def _sandbox(options: argparse.Namespace) -> Sandbox:
    return Sandbox(
        port=options.port,
        ledger=options.ledger,
        keep_items=not options.counts_only,
        faults=options.fault,
        seed=options.seed,
        quotas=not options.no_quotas,
        **_switches(options.switch),
    )


def _switches(texts: Sequence[str]) -> Any:
    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"{text!r} is no switch; write NAME=VALUE.")
        try:
            # Some of the words look like numbers.
            found[name] = value if value in choices(name) else json.loads(value)
        except ValueError:
            found[name] = value
    return found


if __name__ == "__main__":
    raise SystemExit(main())
