"""The example of a user's own test file passes, as a user would run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "test_my_import.py"


def test_the_users_tests_pass(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "batchkit.testing.plugin", str(EXAMPLE)],
        cwd=tmp_path,
        # A checkout that was installed before the plugin knows it by its module alone.
        # `CI` has hypothesis put up with a machine that is slow for a moment.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CI": "true"},
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
