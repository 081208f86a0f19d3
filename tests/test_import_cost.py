"""`import batchkit` is cheap: what costs is loaded when a client is made."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

COSTLY = {
    *("anyio", "asyncio", "cattrs", "httpcore", "httpx", "httpx2", "respx", "ssl", "tenacity"),
    *("logging", "opentelemetry", "rich"),
}


def loaded_by(code: str) -> set[str]:
    """The modules that a fresh interpreter loads for `code` and did not have before."""
    program = f"import sys\nbefore = set(sys.modules)\n{code}\nnew = set(sys.modules) - before\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{program}import json\nprint(json.dumps(sorted(new)))"],
        stdout=subprocess.PIPE,  # errors go where pytest shows them
        check=True,
        text=True,
        timeout=60,
    )
    return set(json.loads(done.stdout))


def test_the_door_loads_nothing_costly() -> None:
    assert loaded_by("import batchkit") & COSTLY == set()


def test_outcomes_and_options_load_nothing_costly() -> None:
    names = "Accepted, Limits, Outcome, Pace, Rejected, Report, RetryPolicy, UNSET"

    assert loaded_by(f"from batchkit import {names}") & COSTLY == set()


@pytest.mark.parametrize("vendor", ["drip", "ecwid", "empathy"])
def test_naming_a_vendor_loads_no_http(vendor: str) -> None:
    assert loaded_by(f"import batchkit.{vendor}") & {"httpcore", "httpx", "httpx2", "ssl"} == set()


def test_making_a_client_does_load_them() -> None:
    # Without this the tests above could pass because they look for the wrong names.
    loaded = loaded_by("from batchkit import Drip\nDrip('1234567', api_key='key').close()")

    assert {"httpx", "tenacity"} <= loaded
