"""Every check of the project; plain ``nox`` runs the ones a change has to pass.

Only Python and pip are needed. An interpreter that the machine does not have is skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "venv"
nox.options.error_on_external_run = True
# nox would turn a missing interpreter into an error wherever CI=true is set.
nox.options.error_on_missing_interpreters = False
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = [
    "lint",
    "types",
    "tests",
    "tests_plain",
    "coverage",
    "crash",
    "minimums",
    "docs",
]

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
OLDEST = PYTHONS[0]
# What `nightly` plays; the tests themselves know the smaller numbers of every day.
NIGHTLY = {
    "BATCHKIT_SEEDS": "100000",  # random runs of the simulator, all kinds together
    "HYPOTHESIS_PROFILE": "thorough",  # fifty times the usual examples
    "BATCHKIT_CANCELS": "30000",  # calls that are cancelled or left, in each colour
    "BATCHKIT_ROUNDS": "3",  # plays of the wire matrix
    "BATCHKIT_KILLS": "1000",  # kills of a process that imports
    "BATCHKIT_STRIKES": "1",  # an exception strikes at every line, not at every third
}
# What the sessions after the first one play: proofs do not depend on an interpreter.
FEWER = {
    "BATCHKIT_SEEDS": "200",
    "BATCHKIT_CANCELS": "300",
    "HYPOTHESIS_PROFILE": "fewer",
    "BATCHKIT_TORN": "11",  # a journal's file is torn at every eleventh byte
    "BATCHKIT_CELLS": "8",  # every eighth cell of a matrix of faults
    "BATCHKIT_STRIKES": "11",  # an exception strikes at every eleventh line
}
MUTANTS_KILLED = 0.9  # at the least
# Proofs that neither a writer of JSON nor a version of a dependency makes a difference to.
SAME_ANYWHERE = [f"--ignore=tests/{name}" for name in ("simulation", "security", "crash")]
# Measuring makes these two to four times slower, and covers nothing that the others do not.
SLOW_TO_MEASURE = ("tests/simulation", "tests/faults")
AT_ONCE = ("-n", "auto", "--dist", "worksteal")
COVERAGE_DATA = Path(".coverage-data").resolve()
DIST = Path("dist").resolve()


def group(name: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PROJECT, name)


def floors() -> list[str]:
    """What users may have at the least: every direct requirement pinned to its own floor."""
    project = PROJECT["project"]
    wanted = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    found = [re.match(r"([A-Za-z0-9_.-]+)>=([0-9.]+)", requirement) for requirement in wanted]
    missing = [text for text, match in zip(wanted, found, strict=True) if match is None]
    if missing:
        raise ValueError(f"no floor in {missing}")
    return [f"{match[1]}=={match[2]}" for match in found if match is not None]


def numbers(session: nox.Session) -> dict[str, str]:
    """How much of the random tests a session plays, where the caller does not say."""
    first = session.name in ("tests", f"tests-{OLDEST}")
    return {} if first else {name: os.environ.get(name, FEWER[name]) for name in FEWER}


def run_tests(session: nox.Session, *chosen: str) -> None:
    session.run("python", "-m", "pytest", *AT_ONCE, *chosen, *session.posargs, env=numbers(session))


def measured_tests(session: nox.Session, *chosen: str) -> None:
    """Run the tests and leave their coverage data for the ``coverage`` session."""
    # One folder per session, emptied first: data of an earlier run must not cover today's gaps.
    data = COVERAGE_DATA / session.name
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    session.run(
        "coverage",
        "run",
        "-m",
        "pytest",
        *AT_ONCE,
        *chosen,
        *session.posargs,
        env={"COVERAGE_FILE": str(data / ".coverage"), **numbers(session)},
    )


@nox.session
def lint(session: nox.Session) -> None:
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    session.install("-e", ".[orjson,httpx2]", *group("types"), "nox")
    session.run("mypy")
    session.run("pyright")
    session.run("pyright", "--verifytypes", "batchkit", "--ignoreexternal")
    session.run("pyrefly", "check", "tests/typing")
    session.run("ty", "check", "tests/typing")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    session.install("-e", ".[orjson,httpx2]", *group("tests"))
    if session.python != OLDEST:  # the source is the same on every Python
        run_tests(session)
    elif session.posargs:
        measured_tests(session)
    else:
        measured_tests(session, *(f"--ignore={folder}" for folder in SLOW_TO_MEASURE))
        run_tests(session, *SLOW_TO_MEASURE)


@nox.session(python=OLDEST)
def tests_plain(session: nox.Session) -> None:
    """The tests without orjson: JSON goes through the standard library."""
    session.install("-e", ".[httpx2]", *group("tests"))
    measured_tests(session, *SAME_ANYWHERE, "--ignore=tests/faults", "--ignore=tests/io")


@nox.session
def coverage(session: nox.Session) -> None:
    """Combine what the test sessions measured and insist on every branch of ``src``."""
    data = sorted(COVERAGE_DATA.glob("tests*")) if COVERAGE_DATA.is_dir() else []
    if not data:
        session.error("no coverage data: run the tests session first")
    session.install(*group("tests"))
    session.run("coverage", "combine", *map(str, data))
    session.run("coverage", "report")


@nox.session(python=OLDEST)
def minimums(session: nox.Session) -> None:
    """The tests on the oldest Python with every direct dependency at its floor."""
    session.install("-e", ".[orjson,httpx2]", *floors(), *group("tests"))
    run_tests(session, *SAME_ANYWHERE, "--ignore=tests/testing")


@nox.session(python=OLDEST)
def crash(session: nox.Session) -> None:
    """An import is killed again and again; ``nox -s crash -- 1000`` for a thousand kills."""
    session.install("-e", ".[orjson,httpx2]", *group("tests"))
    kills, *others = session.posargs or ["40"]
    command = ("python", "-m", "pytest", "tests/crash", *others)
    session.run(*command, env={"BATCHKIT_KILLS": kills})


@nox.session
def package(session: nox.Session) -> None:
    """Build wheel and sdist twice, which must be the same, and list what comes with them."""
    session.install(*group("package"))
    shutil.rmtree(DIST, ignore_errors=True)
    again = Path(session.create_tmp()) / "again"
    for folder in (DIST, again):
        session.run("python", "-m", "build", "--no-isolation", "--outdir", str(folder))
    for one in DIST.iterdir():
        if one.read_bytes() != (again / one.name).read_bytes():
            session.error(f"{one.name} is not the same when it is built again")
    session.run("twine", "check", "--strict", *map(str, sorted(DIST.iterdir())))
    clean = Path(session.create_tmp()) / "clean"
    session.run("python", "-m", "venv", "--clear", "--without-pip", str(clean))
    python = str(clean / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))
    wheel = f"{next(DIST.glob('*.whl'))}[orjson,httpx2,otel,progress]"
    session.run("python", "-m", "pip", "--python", python, "install", "--quiet", wheel)
    listing = ["--pyproject", "pyproject.toml", "--output-reproducible"]
    where = str(DIST / "batchkit.cdx.json")
    session.run("cyclonedx-py", "environment", *listing, "--output-file", where, python)


@nox.session(python=OLDEST, requires=["package"])
def wheel(session: nox.Session) -> None:
    """The tests of the unpacked sdist against the installed wheel, with no `src` beside them."""
    [built] = DIST.glob("*.whl")
    [sdist] = DIST.glob("*.tar.gz")
    session.install(f"{built}[orjson,httpx2]", *group("tests"), "--force-reinstall")
    unpacked = Path(session.create_tmp()) / "sdist"
    shutil.rmtree(unpacked, ignore_errors=True)
    shutil.unpack_archive(sdist, unpacked, filter="data")
    [tree] = unpacked.iterdir()
    shutil.rmtree(tree / "src")
    session.chdir(tree)
    # What these look into as text is not there.
    absent = ("distribution", "docs_pages", "layers", "workflows")
    aside = [f"--ignore=tests/test_{name}.py" for name in absent]
    run_tests(session, *aside)


@nox.session
def api(session: nox.Session) -> None:
    """What has changed in the public names since the last tag; fails where something broke."""
    session.install(*group("api"))
    tags = session.run(
        "git", "tag", "--sort=-creatordate", "--no-contains", "HEAD", external=True, silent=True
    )
    last = next(iter(str(tags or "").split()), None)
    if last is None:
        session.skip("there is no tag yet, so there is nothing to compare with")
    session.run("griffe", "check", "batchkit", "--search", "src", "--against", last)


@nox.session
def docs(session: nox.Session) -> None:
    session.install("-e", ".[orjson,httpx2]", *group("docs"))
    shutil.rmtree("docs/_build", ignore_errors=True)
    session.run("python", "-m", "sphinx", "-n", "-W", "--keep-going", "docs", "docs/_build/html")


@nox.session(python=OLDEST)
def nightly(session: nox.Session) -> None:
    """The proofs with more runs than a change can wait for; about an hour on one core.

    Each number can be given smaller: ``BATCHKIT_SEEDS=2000 nox -s nightly`` tries it out.
    """
    session.install("-e", ".[orjson,httpx2]", *group("tests"))
    numbers = {name: os.environ.get(name, number) for name, number in NIGHTLY.items()}
    rounds = int(numbers.pop("BATCHKIT_ROUNDS"))
    session.run("python", "-m", "pytest", "tests/simulation", *session.posargs, env=numbers)
    for folder in ("tests/io", "tests/journal", "tests/crash"):
        session.run("python", "-m", "pytest", folder, *session.posargs, env=numbers)
    for _ in range(rounds):
        session.run("python", "-m", "pytest", "tests/faults", *session.posargs, env=numbers)


@nox.session(python=OLDEST)
def mutation(session: nox.Session) -> None:
    """Mutants of the core and the journal that no test kills.

    An hour and a half on two cores plays them all, those with the quickest tests first.
    ``nox -s mutation -- _core/run.py lane.py`` plays those files anew; without names it goes on
    where it was left. Why the known survivors are let live is in tests/mutation/survivors.md.
    """
    session.install("-e", ".[orjson,httpx2]", *group("tests"), *group("mutation"))
    names = [f"*.{name.removesuffix('.py').replace('/', '.')}.x*" for name in session.posargs]
    profile = {"HYPOTHESIS_PROFILE": "mutation"}
    session.run("mutmut", "run", *names, env=profile)
    if names:
        return
    session.run("mutmut", "results")
    session.run("mutmut", "export-cicd-stats")
    told = json.loads(Path("mutants/mutmut-cicd-stats.json").read_text())
    killed = (told["killed"] + told["timeout"]) / told["total"]
    if killed < MUTANTS_KILLED:
        session.error(f"{killed:.1%} of the mutants were killed; {MUTANTS_KILLED:.0%} must be")


@nox.session
def browser(session: nox.Session) -> None:
    """The sandbox's page in a headless Chromium of the system's; skipped where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if not any(map(shutil.which, names)):
        if not shutil.which("apt-get") or os.geteuid():
            session.skip("no Chromium here, and only root can have apt-get install one")
        install = "apt-get install -y --no-install-recommends chromium"
        session.run("sh", "-c", f"apt-get update && {install}", external=True)
    session.install("-e", ".[orjson]", *group("browser"))
    session.run("python", "-m", "pytest", "tests/browser", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Side-by-side measurements; ``nox -s bench -- cpu`` runs one part."""
    session.install("-e", ".[orjson]", *group("bench"))
    session.run("python", "bench/run.py", *(session.posargs or ["all"]))


@nox.session
def demo(session: nox.Session) -> None:
    """A run against the sandbox: no account and no network needed."""
    session.install("-e", ".[orjson]")
    session.run("python", "examples/demo.py")
