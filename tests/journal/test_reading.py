"""What a journal tells the morning after."""

from __future__ import annotations

import json
import os
import pickle
import sqlite3
import stat
import tracemalloc
import zlib
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import httpx
import pytest

from batchkit import Journal, Limits, Rejected, Unknown, Unsent
from batchkit._core.items import jsontext as writers
from batchkit.exceptions import JournalError
from batchkit.journal import bodies, store
from batchkit.journal.store import Line, Store
from batchkit.testing import FakeClock
from tests.journal.lives import Caller, Handler, events, people, taken

THREES = {"limits": Limits(max_items=3)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.db"


def in_turn(*answers: int | Exception) -> Handler:
    rest = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        given = rest.pop(0)
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given)

    return answer


ITEMS: list[Any] = [*events(4), {"email": 7, "action": "x"}, *events(5)]
LOST = httpx.ReadTimeout("late")


def night(path: Path, **how: Any) -> Any:
    """Three accepted, one refused here, three in doubt, and the rest not sent: 401."""
    caller = Caller(endpoint="events", options=THREES)
    with FakeClock(start=1_700_000_000.0):
        return caller.live(ITEMS, in_turn(201, LOST, 401), journal=Journal(path, **how))


def test_the_totals(path: Path) -> None:
    told = night(path)
    report = Journal(path).report()

    assert (report.accepted, report.rejected, report.unknown, report.unsent) == (3, 1, 3, 3)
    assert report.requests == 3
    assert report.highest_code == 401
    assert str(report) == str(told.report)
    assert [each.index for each in report.problems] == [each.index for each in told.report.problems]


def test_the_time_from_the_beginning_to_what_was_written_last(path: Path) -> None:
    with FakeClock():
        told = Caller().live(people(3), in_turn(500, 201), journal=path)
    assert told.report.elapsed > 0
    assert Journal(path).report().elapsed == pytest.approx(told.report.elapsed, abs=1e-5)


def test_a_time_that_no_run_has_written_is_none(path: Path) -> None:
    with FakeClock():
        Caller().live(people(3), in_turn(500, 201), journal=path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE chunk SET written = 'late'")
        connection.commit()
    assert Journal(path).report().elapsed == 0.0


def test_a_journal_of_many_chunks_is_read_bit_by_bit(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_PAGE", 2)
    night(path)
    assert [each.index for each in Journal(path).problems()] == list(range(3, 10))
    assert Journal(path).report().total == 10


def test_problems_take_the_same_memory_however_many_they_are(path: Path) -> None:
    Caller().live([{"email": None}] * 100, taken, journal=path)

    def peak(chunks: int) -> int:
        with closing(Store(path)) as store:
            [chunk, *_] = store.entries()
            some = [attrs.evolve(chunk, start=100 * place) for place in range(chunks)]
            store.write([Line(each, 0.0) for each in some])
        tracemalloc.start()
        assert sum(1 for _ in Journal(path).problems()) == 100 * chunks
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    few = peak(40)
    assert peak(160) < 1.5 * few


def test_every_item_that_did_not_get_through(path: Path) -> None:
    told = night(path)
    problems = list(Journal(path).problems())

    assert [type(each) for each in problems] == [Unknown, Rejected, Unknown, Unknown, *[Unsent] * 3]
    assert [each.index for each in problems] == list(range(3, 10))
    assert [each.reason for each in problems] == [each.reason for each in told.report.problems]
    sent = datetime.fromtimestamp(1_700_000_000, UTC)
    assert [each.item.first_sent for each in problems] == [sent, None, *[sent] * 5]
    assert all(each.item.body is None for each in problems)


def test_no_item_and_no_credential_is_in_the_file(path: Path) -> None:
    caller = Caller(options={"api_key": "canary-of-a-key"})
    items = [{"email": "canary@shop.example", "first_name": "Canary"}, {"email": "canary"}]
    caller.live(items, in_turn(500, 401), journal=path)
    told = b"".join(each.read_bytes() for each in path.parent.iterdir()).lower()

    assert b"canary" not in told
    assert b"9999999" in told  # the account is there, so that the file can say whose it is


def test_bodies_are_kept_of_what_did_not_get_through(path: Path) -> None:
    night(path, store_bodies=True)
    problems = list(Journal(path).problems())

    assert [each.item.body for each in problems] == [ITEMS[each.index] for each in problems]
    assert list(Journal(path).report().problems) == problems


@pytest.mark.parametrize(
    "item", [object(), {"email": float("nan")}, {"email": "\ud800"}, {"email": "x" * 100_000}]
)
def test_an_item_that_was_refused_and_is_no_json_or_too_much_is_not_kept(
    item: Any, path: Path
) -> None:
    journal = Journal(path, store_bodies=True)
    caller = Caller(options={"limits": Limits(max_bytes=50_000)})
    told = caller.live([item, {"email": 7}], taken, journal=journal)

    assert told.kinds == ["Rejected", "Rejected"]
    assert [each.item.body for each in journal.problems()] == [None, {"email": 7}]


def test_the_largest_item_that_is_kept_has_100_000_bytes(path: Path) -> None:
    item = {"email": "x" * (100_000 - len(b'{"email": ""}'))}
    journal = Journal(path, store_bodies=True)
    caller = Caller(options={"limits": Limits(max_bytes=50_000)})
    caller.live([item, {"email": f"{item['email']}x"}], taken, journal=journal)

    assert [each.item.body for each in journal.problems()] == [item, None]


def test_an_export_can_be_read_by_people(path: Path) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        return httpx.Response(422, json={"errors": [{"message": "Zu viele Umlaute für uns"}]})

    journal = Journal(path, store_bodies=True)
    Caller().live([{"email": "zoe@shop.example", "first_name": "Zoë"}], refuse, journal=journal)
    out = path.with_name("problems.jsonl")
    journal.export(out)

    assert "Zoë" in out.read_text(encoding="utf-8")
    assert "Umlaute für uns" in out.read_text(encoding="utf-8")


def test_bodies_are_gone_once_an_item_got_through(path: Path) -> None:
    caller = Caller()
    journal = Journal(path, store_bodies=True)
    caller.live([{"email": "canary@shop.example"}], taken, journal=journal)

    assert b"canary" not in path.read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT bodies FROM chunk").fetchall() == [(None,)]


def test_a_crash_leaves_the_bodies_of_what_was_under_way(path: Path) -> None:
    def look(request: httpx.Request) -> httpx.Response:
        seen.extend(Journal(path).problems())
        return taken(request)

    seen: list[Any] = []
    Caller().live(people(2), look, journal=Journal(path, store_bodies=True))
    assert [each.item.body for each in seen] == people(2)
    assert [type(each) for each in seen] == [Unknown, Unknown]


def test_bodies_that_cannot_be_read_are_none(path: Path) -> None:
    night(path, store_bodies=True)
    for broken in (b"nonsense", zlib.compress(b"nonsense"), zlib.compress(b"[7]"), "text", 7):
        connection = sqlite3.connect(path)
        connection.execute("UPDATE chunk SET bodies = ?", (broken,))
        connection.commit()
        connection.close()
        assert all(each.item.body is None for each in Journal(path).problems())


def test_bodies_are_unpacked_no_further_than_any_chunk_can_be(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Caller().live([{"email": 7}], taken, journal=Journal(path, store_bodies=True))
    with closing(sqlite3.connect(path)) as connection:
        bomb = zlib.compress(b"0:1" + b" " * 2000)
        connection.execute("UPDATE chunk SET bodies = ?", (bomb,))
        connection.commit()
    assert [each.item.body for each in Journal(path).problems()] == [1]
    monkeypatch.setattr(bodies, "_MOST", 1000)
    assert [each.item.body for each in Journal(path).problems()] == [None]


SUMS = [Decimal("12345678901234567.89"), Decimal("1e400"), Decimal("-1e-400"), Decimal("1.1"), 7]
ORDER = {"provider": "shop", "action": "placed", "email": "a@shop.example"}
ORDERS = [{**ORDER, "order_id": str(each), "grand_total": SUMS[each]} for each in range(5)]


def kept_orders(path: Path) -> tuple[Journal, str]:
    """A journal that keeps orders that are in doubt, and the text of their request."""
    journal = Journal(path, store_bodies=True)
    generation = Caller(endpoint="orders").live(ORDERS, in_turn(500), journal=journal)
    [request] = generation.sent
    return journal, request.content.decode()


def test_a_kept_body_has_the_numbers_that_were_sent_and_can_be_sent_again(path: Path) -> None:
    journal, sent = kept_orders(path)
    bodies = [each.item.body for each in journal.problems()]
    assert [each["grand_total"] for each in bodies] == [*SUMS[:3], 1.1, 7]

    again = Caller(endpoint="orders").live(bodies, taken)
    assert again.sent[0].content.decode() == sent


@pytest.mark.parametrize("orjson", [True, False])
def test_an_export_has_the_digits_that_were_sent(
    orjson: bool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not orjson:
        monkeypatch.setattr(writers, "orjson", None)
    journal, sent = kept_orders(path)
    out = path.with_name("problems.jsonl")
    assert journal.export(out) == len(SUMS)
    lines = out.read_text(encoding="utf-8").splitlines()
    items = [line.partition(' "item": ')[2].removesuffix("}") for line in lines]

    assert f"[{','.join(items)}]" in sent
    read = [json.loads(line, parse_float=Decimal)["item"]["grand_total"] for line in lines]
    assert read == SUMS


def test_an_item_that_cannot_be_read_again_leaves_its_neighbours_alone(path: Path) -> None:
    journal = Journal(path, store_bodies=True)
    twice: Any = {"email": 7, "1": "a key", 1: "and the same again"}
    Caller().live([*people(1), twice, *people(1)], in_turn(401), journal=journal)
    assert [each.item.body for each in journal.problems()] == [*people(1), None, *people(1)]

    out = path.with_name("problems.jsonl")
    assert journal.export(out) == 3
    items = [json.loads(line)["item"] for line in out.read_text().splitlines()]
    assert items == [*people(1), None, *people(1)]


def test_an_export_is_a_source_for_a_corrected_run(path: Path, tmp_path: Path) -> None:
    night(path, store_bodies=True)
    out = tmp_path / "problems.jsonl"
    assert Journal(path).export(out) == 7
    lines = [json.loads(line) for line in out.read_text().splitlines()]

    assert [line["index"] for line in lines] == list(range(3, 10))
    assert [line["outcome"] for line in lines] == [
        *("unknown", "rejected", "unknown", "unknown", "unsent", "unsent", "unsent")
    ]
    assert lines[0].keys() == {
        *("index", "outcome", "reason", "code", "by", "ticket", "first_sent", "item")
    }
    assert lines[0]["first_sent"] == "2023-11-14T22:13:20+00:00"
    assert (lines[1]["by"], lines[1]["item"]) == ("client", ITEMS[4])
    if os.name == "posix":
        assert stat.S_IMODE(out.stat().st_mode) == 0o600

    corrected = [line["item"] for line in lines if line["outcome"] == "unsent"]
    again = Caller(endpoint="events").live(corrected, taken, journal=tmp_path / "corrected.db")
    assert again.report.accepted == 3


def test_an_export_writes_over_nothing(path: Path, tmp_path: Path) -> None:
    night(path)
    out = tmp_path / "problems.jsonl"
    out.write_text("mine")
    with pytest.raises(JournalError, match=r"jsonl cannot be written: File exists\. Name another"):
        Journal(path).export(out)
    assert out.read_text() == "mine"


def test_without_a_run_there_is_nothing_to_read(path: Path, tmp_path: Path) -> None:
    journal, out = Journal(path), tmp_path / "problems.jsonl"
    for read in (journal.report, lambda: list(journal.problems()), lambda: journal.export(out)):
        with pytest.raises(JournalError, match="There is no journal"):
            read()
    assert list(tmp_path.iterdir()) == []


def test_an_export_writes_letters_as_they_are(path: Path, tmp_path: Path) -> None:
    person = {"email": "zoe@shop.example", "first_name": "Zoë"}
    Caller().live([person], in_turn(401), journal=Journal(path, store_bodies=True))
    out = tmp_path / "problems.jsonl"
    assert Journal(path).export(out) == 1
    assert "Zoë" in out.read_text(encoding="utf-8")


def test_a_run_without_items_leaves_an_empty_account(path: Path) -> None:
    assert Caller().live([], taken, journal=path).error is None
    assert Journal(path).report().total == 0


def test_a_reader_that_is_left_lets_go_of_the_file(path: Path) -> None:
    night(path)
    problems = Journal(path).problems()
    next(problems)
    problems.close()  # type: ignore[attr-defined]  # an iterator for users, a generator in fact


def test_a_journal_is_plain_data(path: Path) -> None:
    journal = Journal(path, durability="normal")

    assert repr(journal) == f"Journal({str(path)!r})"
    assert journal.path == path
    assert pickle.loads(pickle.dumps(journal)).path == path


def test_a_quicker_journal_resumes_as_well(path: Path) -> None:
    journal = Journal(path, durability="normal")
    caller = Caller(options=THREES)
    caller.live(people(10), taken, journal=journal)

    assert caller.live(people(10), taken, journal=journal).sent == []
