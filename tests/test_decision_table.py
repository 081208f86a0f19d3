"""The page of the decision table shows the rows that decide, all of them, each with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from batchkit._core.meaning import table
from batchkit._core.meaning.table import ItemRow, ItemVerdict, Row, Verdict, judge, judge_item
from batchkit.drip import answers as drip
from batchkit.ecwid import answers as ecwid
from batchkit.empathy import answers as empathy
from tests.core.toy import reply

DOCS = Path(__file__).parent.parent / "docs"
PAGE = (DOCS / "decision-table.md").read_text(encoding="utf-8")

ROWS: dict[str, Sequence[Any]] = {
    "phases": table.PHASES,
    "statuses": table.STATUSES,
    "meanings": tuple(table.MEANINGS.values()),
    "items": table.ITEMS,
    "empathy": empathy.ROWS,
    "drip": drip.ROWS,
    "ecwid": ecwid.ROWS,
}


def script() -> Any:
    spec = spec_from_file_location("decision_table", DOCS / "decision_table.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tables() -> dict[str, str]:
    made: dict[str, str] = script().tables()
    return made


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_shown_in_its_order_with_its_reason(name: str) -> None:
    _, _, *lines = tables()[name].splitlines()
    reasons = [line.strip("| ").rpartition(" | ")[2] for line in lines]
    assert reasons == [row.why for row in ROWS[name]]
    assert all(reasons)


@pytest.mark.parametrize("name", ROWS)
def test_every_line_has_a_cell_for_each_column(name: str) -> None:
    assert len({line.count("|") for line in tables()[name].splitlines()}) == 1


def test_the_page_shows_every_table_as_it_is_now_and_no_other() -> None:
    assert script().page(PAGE) == PAGE, "run `python docs/decision_table.py`"
    assert sorted(re.findall(r"<!-- table: (\w+) -->", PAGE)) == sorted(tables())
    assert {*ROWS, "gone"} == set(tables())


def test_a_table_that_says_something_else_is_made_anew() -> None:
    assert script().page(PAGE.replace("| yes |", "| no |")) == PAGE


def test_the_start_page_leads_to_it() -> None:
    assert ":link: decision-table" in (DOCS / "index.md").read_text(encoding="utf-8")


def test_what_is_shown_is_what_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    teapot = Row({418}, Verdict.GIVE_UP, "a teapot makes no coffee")
    full = ItemRow({507}, ItemVerdict.REJECT, "the shelf is full")
    monkeypatch.setattr(table, "STATUSES", (teapot, *table.STATUSES))
    monkeypatch.setattr(table, "ITEMS", (full, *table.ITEMS))
    monkeypatch.setattr(table, "_item_row", table._item_row.__wrapped__)  # uncached
    shown = tables()
    assert judge(reply(418), None) is Verdict.GIVE_UP
    assert f"| 418 | {Verdict.GIVE_UP.value} |  | {teapot.why} |" in shown["statuses"]
    assert judge_item(507, strict=False) is ItemVerdict.REJECT
    assert f"| 507 | {ItemVerdict.REJECT.value} | the same | {full.why} |" in shown["items"]
