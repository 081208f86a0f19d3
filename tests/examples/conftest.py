from __future__ import annotations

import sys
from pathlib import Path

# The examples are programs: they import the modules beside them by their bare names.
sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
