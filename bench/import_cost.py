"""CPU time of `import batchkit` beside that of what it is built on."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys

from harness import against, table

BARE = "pass"
OURS = "import batchkit"
BASE = "import httpx"
PROGRAMS = [BARE, BASE, OURS, "from batchkit import Drip, Report; import batchkit.drip"]


def spent_on(program: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(*, quick: bool, rivals_only: bool) -> None:
    programs = [BARE, BASE] if rivals_only else PROGRAMS
    seconds: dict[str, list[float]] = {program: [] for program in programs}
    for number in range(4 if quick else 31):
        for program in programs:
            took = spent_on(program)
            if number:  # the first round only writes the bytecode
                seconds[program].append(took)
    medians = {program: statistics.median(times) for program, times in seconds.items()}

    def row(program: str) -> list[str]:
        whole = medians[program] / medians[BASE]
        net = (medians[program] - medians[BARE]) / (medians[BASE] - medians[BARE])
        goal = against(whole, 0.75, 0.5) if program == OURS else ""
        return [program, f"{1e3 * medians[program]:.1f}", f"{whole:.2f}", f"{net:.2f}", goal]

    header = ["program", "CPU ms", "over httpx", "interpreter's start taken off", "goal"]
    table("import", header, map(row, medians))
