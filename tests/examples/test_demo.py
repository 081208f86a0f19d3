from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import _goods as goods
import demo
import pytest
from _check import Run, complaints
from _show import Progress

from batchkit import Rejected, Report, Unknown
from batchkit.testing import Ledger, LedgerItem

PROGRAM = Path(__file__).parents[2] / "examples" / "demo.py"


def run_demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        timeout=120,
    )


def test_the_demo_ends_well() -> None:
    ended = run_demo("--items", "3000")

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stderr == ""
    assert "\r" not in ended.stdout  # not a terminal
    assert "All 3,014 items are accounted for" in ended.stdout
    assert "index 1, rejected by the client: Nobody is named" in ended.stdout
    assert "index 2, rejected by the client: `id` is used a second time" in ended.stdout


def test_the_demo_wants_a_few_items() -> None:
    assert run_demo("--items", "1").returncode == 2


def test_the_shares_are_fifteenths() -> None:
    assert sum(demo.SHARES.values()) == 15


def lose(records: list[LedgerItem]) -> list[LedgerItem]:
    return records[1:]


def double(records: list[LedgerItem]) -> list[LedgerItem]:
    return [*records, records[0]]


def invent(records: list[LedgerItem]) -> list[LedgerItem]:
    return [*records, replace(records[0], item={"email": "nobody@example.com"})]


def misplace(records: list[LedgerItem]) -> list[LedgerItem]:
    return [replace(records[0], operation="unsubscribes"), *records[1:]]


def change(records: list[LedgerItem]) -> list[LedgerItem]:
    return [replace(records[0], item={**goods.subscriber_json(0), "city": "Erewhon"}), *records[1:]]


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        (lose, "never took it"),
        (double, "more than once"),
        (invent, "no report says so"),
        (misplace, "no report says so"),
        (change, "took something else"),
    ],
)
def test_the_demo_fails_when_its_ledger_differs(
    tamper: Any, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    records = Ledger.records

    def tampered(self: Ledger) -> Iterator[LedgerItem]:
        return iter(tamper(list(records(self))))

    monkeypatch.setattr(Ledger, "records", tampered)

    assert demo.main(["--items", "30"]) == 1
    output = capsys.readouterr().out
    assert words in output
    assert "FAILED" in output


# The comparison by itself: three people, of whom the second is a bad one


def three(meant: Any = None, **counts: Any) -> Run:
    given = [goods.subscriber_json(0), None, goods.subscriber_json(2)] if meant is None else meant
    report = Report[object](**counts)
    return Run("People", "drip", "subscribers", 3, given.__getitem__, report)


def bad(index: int) -> Rejected[object]:
    return Rejected(index=index, item=None, by="client", reason="bad")


def taken(*numbers: int) -> list[LedgerItem]:
    return [
        LedgerItem(
            vendor="drip",
            operation="subscribers",
            account="1",
            request=1,
            position=place,
            time=0.0,
            fate="taken",
            item=goods.subscriber_json(n),
        )
        for place, n in enumerate(numbers)
    ]


def test_agreement_is_silent() -> None:
    run = three(accepted=2, rejected=1, problems=(bad(1),))

    assert list(complaints([run], taken(2, 0))) == []


@pytest.mark.parametrize(
    ("run", "numbers", "words"),
    [
        (three(accepted=3), (0, 2), "a bad item is reported as got through"),
        (three(accepted=2), (0, 2), "3 items went in, 2 are reported"),
        (
            three(accepted=1, rejected=2, problems=(bad(1), bad(2))),
            (0, 2),
            "customer-2@example.com: the vendor took it, but no report says so",
        ),
        (
            three(accepted=1, rejected=2, problems=(bad(1), bad(2))),
            (0,),
            "index 2: a good item did not get through (rejected by the client: bad)",
        ),
        (
            three(
                accepted=1,
                rejected=1,
                unknown=1,
                problems=(bad(1), Unknown(index=2, item=None, reason="no answer")),
            ),
            (0,),
            "index 2: a good item did not get through (unknown: no answer)",
        ),
        (
            three(accepted=1, rejected=2, problems=(bad(1),), problems_left_out=1),
            (0, 2),
            "1 problems are not named",
        ),
    ],
)
def test_disagreement_is_told(run: Run, numbers: tuple[int, ...], words: str) -> None:
    assert any(words in sentence for sentence in complaints([run], taken(*numbers)))


def test_an_item_without_a_name_is_not_overlooked() -> None:
    [record] = taken(0)
    strange = [replace(record, item=item) for item in (None, "text", {"email": 1})]

    assert len(list(complaints([], strange))) == 3


# The line of progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_elsewhere_a_line_is_printed_now_and_then() -> None:
    now = [0.0]
    out = io.StringIO()

    with Progress({"A": 2_000, "B": 5}, out=out, clock=lambda: now[0]) as progress:
        for done in range(30):
            now[0] += 0.1
            progress.of("A")(Report(accepted=done * 100))

    lines = out.getvalue().splitlines()
    assert 2 <= len(lines) <= 3
    assert lines[0].startswith("  ... A ")
    assert lines[0].endswith(" of 2,000, B 0 of 5")


def test_on_a_terminal_one_line_is_written_over_and_over() -> None:
    now = [0.0]
    out = Terminal()

    with Progress({"A": 2_000}, out=out, clock=lambda: now[0]) as progress:
        for done in (1_000, 2_000):
            now[0] += 1
            progress.of("A")(Report(accepted=done))

    first, second, gone, nothing = out.getvalue().split("\r")[1:]
    assert "A 1,000 of 2,000" in first
    assert "A 2,000 of 2,000" in second
    assert not gone.strip()
    assert not nothing
    assert "\n" not in out.getvalue()
