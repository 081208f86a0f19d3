"""Measure batchkit beside other ways to do the same job: `python bench/run.py cpu latency`."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

PARTS = {
    "cpu": "cpu",
    "latency": "latency",
    "journal": "journal",
    "memory": "memory",
    "import": "import_cost",
    "sandbox": "sandbox",
    "trip": "trip",
}


def versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for name in ("batchkit", "httpx", "orjson", "cattrs", "elasticsearch"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="+", choices=[*PARTS, "all"], help="what to measure")
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, rough numbers")
    parser.add_argument("--rivals-only", action="store_true", help="leave batchkit itself out")
    options = parser.parse_args()
    if find_spec("batchkit") is None and not options.rivals_only:
        parser.error("batchkit is not installed; --rivals-only measures the others")

    print(f"{versions()}; {os.cpu_count()} cores")
    for part in PARTS if "all" in options.parts else options.parts:
        measure: Callable[..., None] = import_module(PARTS[part]).measure
        measure(quick=options.quick, rivals_only=options.rivals_only)


if __name__ == "__main__":
    main()
