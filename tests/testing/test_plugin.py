"""The pytest plugin as a user's own test-suite meets it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.test_import_cost import COSTLY, loaded_by

PROJECT = Path(__file__).parents[2]
USERS = """
import batchkit

PEOPLE = [{"email": "a@b.example"}]

def test_unit(batchkit_drip, batchkit_ecwid, batchkit_empathy, batchkit_clock):
    batchkit_drip.faults.times(2, "429=600")
    with batchkit.Drip("1", api_key="key") as drip:
        report = drip.subscribers.send(PEOPLE)
    with batchkit.Ecwid("7", token="t") as ecwid:
        assert ecwid.batches.send([{"method": "GET", "path": "/profile"}]).ok
    with batchkit.EmpathyTagging("shop") as tagging:
        assert tagging.query.send([{"q": "x", "lang": "es"}]).ok
    assert report.retries == 2
    assert batchkit_clock.slept >= 1200
    assert batchkit_drip.ledger.check(report) == []
    assert batchkit_empathy.ledger.count() == batchkit_ecwid.ledger.count() == 1

def test_integration(batchkit_sandbox):
    with batchkit.Drip("1", api_key="key", base_url=batchkit_sandbox.url("drip")) as drip:
        assert drip.subscribers.send(PEOPLE).ok
    assert list(batchkit_sandbox.ledger.items("drip")) == PEOPLE

def test_both_together(batchkit_drip, batchkit_sandbox):
    with batchkit.Drip("1", api_key="key", base_url=batchkit_sandbox.url("drip")) as drip:
        assert drip.subscribers.send(PEOPLE).ok
    with batchkit.Drip("1", api_key="key") as drip:
        assert drip.subscribers.send(PEOPLE).ok
    assert batchkit_sandbox.ledger.count() == batchkit_drip.ledger.count() == 1
"""


def pytest_of(folder: Path, *arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    (folder / "test_users.py").write_text(USERS)
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    program = f"{before}\nimport sys, pytest\nsys.exit(pytest.main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", program, "-p", "batchkit.testing.plugin", "-q", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_fixtures_serve_a_users_tests(tmp_path: Path) -> None:
    done = pytest_of(tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_without_respx_the_unit_fixtures_say_what_to_install(tmp_path: Path) -> None:
    done = pytest_of(tmp_path, before="import sys\nsys.modules['respx'] = None")

    assert "python -m pip install respx" in done.stdout
    assert "1 passed, 2 errors" in done.stdout


def test_it_loads_nothing_before_a_fixture_is_used() -> None:
    loaded = loaded_by("import pytest\nbefore = set(sys.modules)\nimport batchkit.testing.plugin")

    heavy = (COSTLY - {"asyncio", "ssl"}) | {"attrs", "hypothesis", "sqlite3"}
    assert loaded & heavy == set()
    assert {name for name in loaded if name.startswith("batchkit.")} == {
        "batchkit.testing",
        "batchkit.testing.plugin",
    }
