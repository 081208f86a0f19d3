from __future__ import annotations

import gzip
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

import _delivery
import _retail as retail
import online_retail
import pytest

from batchkit.testing import Sandbox

PROJECT = Path(__file__).parents[2]
PROGRAM = PROJECT / "examples" / "online_retail.py"
REAL_DATA = PROJECT.parent / "shared" / "data" / "online-retail.csv.gz"

# What the made order book holds.
SALES, LINES_OF_A_SALE = 60, 5
"""Sixty invoices of five lines, of twenty customers and fifteen products."""
RETURNS = 4
"""Cancellations of two lines each."""
GIFTS = 7
"""Lines of a zero price, of a known customer."""
STRANGERS = 11
"""Lines without a customer, of good prices; they show three more products."""
CORRECTIONS = 3
"""Lines without a customer and with a negative price."""
BROKEN = 4
WRONG_SIGNS = 2


def book() -> Iterator[str]:
    yield retail.COLUMNS
    for sale in range(SALES):
        for n in range(LINES_OF_A_SALE):
            code = f"2{(sale + n) % 15:04}" + ("a" if sale % 2 else "A")
            tin = f'{500 + sale},{code},"TIN, SMALL",3,2011-07-01 08:26:00,2.55'
            yield f"{tin},{100 + sale % 20}.0,France"
    for number in range(RETURNS):
        for n in range(2):
            yield f"C{600 + number},2{n:04}A,TIN,-2,2011-12-01 08:26:00,1.10,{100 + number},France"
    for n in range(GIFTS):
        yield f"700,9{n:04},GIFT,1,2011-12-01 08:26:00,0.0,100.0,France"
    for n in range(STRANGERS):
        yield f"701,3{n % 3:04},,1,2011-12-01 08:26:00,4.95,,France"
    for n in range(CORRECTIONS):
        yield f"A{702 + n},B,Adjust bad debt,1,2011-12-01 08:26:00,-11062.06,,France"
    yield "703,20000A,TIN,many,2011-12-01 08:26:00,2.55,100.0,France"
    yield "703,20000A,TIN,1,2011-12-01 08:26:00,NaN,100.0,France"
    yield "703,20000A,TIN,1,on Monday,2.55,100.0,France"
    yield "703,20000A,TIN"
    yield "704,20000A,TIN,-1,2011-12-01 08:26:00,2.55,100.0,France"
    yield "C705,20000A,TIN,1,2011-12-01 08:26:00,2.55,100.0,France"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    path = tmp_path / "book.csv"
    path.write_text("\n".join(book()) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def sandboxes(monkeypatch: pytest.MonkeyPatch) -> list[Sandbox]:
    """The sandboxes that are used; they keep the items, so that a test can look at them."""
    used: list[Sandbox] = []

    def kept(**options: bool) -> Sandbox:
        used.append(Sandbox(quotas=False))
        return used[-1]

    monkeypatch.setattr(_delivery, "Sandbox", kept)
    return used


def row(output: str, title: str) -> list[int]:
    """The numbers of a row in the printed account."""
    account = output.partition("What became of every line")[2]
    [line] = [line for line in account.splitlines() if line.startswith(f"  {title}  ")]
    return [int(number.replace(",", "")) for number in line.removeprefix(f"  {title}").split()]


def test_every_line_of_a_made_book_is_accounted_for(
    made: Path, sandboxes: list[Sandbox], capsys: pytest.CaptureFixture[str]
) -> None:
    assert online_retail.main([str(made)]) == 0

    sold, back = SALES * LINES_OF_A_SALE, RETURNS * 2
    output = capsys.readouterr().out
    known = sold + back + GIFTS + WRONG_SIGNS
    through = [known, sold + back, sold, sold + back + STRANGERS + WRONG_SIGNS]
    assert row(output, "part of an item that got through") == through
    assert row(output, "part of one that did not") == [0, 0, 0, 0]
    assert row(output, "no customer") == [STRANGERS + CORRECTIONS] * 3 + [0]
    assert row(output, "price zero or negative") == [0, GIFTS, GIFTS, GIFTS + CORRECTIONS]
    assert row(output, "quantity has the wrong sign") == [0, WRONG_SIGNS, WRONG_SIGNS, 0]
    assert row(output, "cancelled, no purchase") == [0, 0, back, 0]
    assert row(output, "malformed") == [BROKEN] * 4
    lines = sold + back + GIFTS + STRANGERS + CORRECTIONS + BROKEN + WRONG_SIGNS
    assert row(output, "together") == [lines] * 4

    ledger = sandboxes[0].ledger
    assert ledger.count("drip", "subscribers") == 20
    assert ledger.count("drip", "orders") == SALES + RETURNS
    assert ledger.count("empathy", "checkout") == sold
    assert ledger.count("ecwid", "batches") == 15 + 3


def test_the_items_say_what_the_lines_say(made: Path, sandboxes: list[Sandbox]) -> None:
    online_retail.main([str(made)])

    [ledger] = [sandbox.ledger for sandbox in sandboxes]
    orders = {item["order_id"]: item for item in ledger.items("drip", "orders")}
    sale, back = orders["500"], orders["C603"]
    assert sale["action"] == "placed"
    assert sale["occurred_at"] == "2011-07-01T08:26:00+01:00"  # summer in London
    assert (sale["grand_total"], sale["refund_amount"]) == (38.25, 0)
    assert len(sale["items"]) == LINES_OF_A_SALE
    assert sale["items"][0]["name"] == "TIN, SMALL"
    assert back["action"] == "refunded"
    assert back["occurred_at"] == "2011-12-01T08:26:00+00:00"
    assert (back["grand_total"], back["refund_amount"]) == (0, 4.4)
    assert [item["quantity"] for item in back["items"]] == [2, 2]
    events = list(ledger.items("empathy", "checkout"))
    assert {event["revenue"] for event in events} == {"2.55"}
    products = {entry["id"]: entry["body"] for entry in ledger.items("ecwid")}
    assert products["20003A"] == {"sku": "20003A", "name": "TIN, SMALL", "price": 2.55}
    assert products["30000"]["name"] == "30000"  # no description


def test_the_rejects_are_named_by_their_line(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rejects = tmp_path / "rejects.csv"
    online_retail.main([str(made), "--rejects", str(rejects)])

    first_gift = 2 + SALES * LINES_OF_A_SALE + RETURNS * 2
    heading, *rows = rejects.read_text(encoding="utf-8").splitlines()
    assert heading == "Line,Reason"
    assert len(rows) == GIFTS + STRANGERS + CORRECTIONS + BROKEN + WRONG_SIGNS
    assert rows[0] == f"{first_gift},price zero or negative"
    first_correction = first_gift + GIFTS + STRANGERS
    assert f"{first_correction},no customer and price zero or negative" in rows
    assert f"{first_correction + CORRECTIONS},malformed" in rows
    text = made.read_text(encoding="utf-8").splitlines()
    assert text[first_correction - 1].startswith("A702,")
    assert (
        f"malformed: {BROKEN} lines: {first_correction + CORRECTIONS}, " in capsys.readouterr().out
    )


def test_what_a_vendor_refuses_is_named_by_line_and_fails(
    made: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextmanager
    def with_a_product(*, live: bool) -> Iterator[_delivery.Vendors]:
        with open_vendors(live=live) as vendors:
            given = retail.ApiRequest("POST", "/products", {"name": "Tin", "sku": "20003A"})
            vendors.ecwid.batches.send([given], poll=_delivery.PollPolicy(initial=0.05))
            yield vendors

    open_vendors = _delivery.open_vendors
    monkeypatch.setattr(online_retail, "open_vendors", with_a_product)

    assert online_retail.main([str(made)]) == 1
    output = capsys.readouterr().out
    assert "    line 5 (20 in all) was rejected by the vendor:" in output
    assert row(output, "part of one that did not") == [0, 0, 0, 20]
    assert "WRONG: Ecwid products: 20 lines failed" in output


def test_an_invoice_of_two_tills_is_one_order() -> None:
    def line(number: int, invoice: str) -> retail.Line:
        moment = str(datetime(2011, 2, 1) + timedelta(minutes=number))  # noqa: DTZ001 - as in the data
        return retail.Line(number, invoice, "1", "TIN", 1, moment, Decimal(1), "100", "France")

    found = retail.invoices([line(1, "A"), line(2, "B"), line(3, "A")])
    assert [[each.number for each in invoice] for invoice in found] == [[1, 3], [2]]
    apart = [line(n, f"{n}") for n in range(retail.OPEN_INVOICES)]
    far = retail.invoices([line(1, "A"), *apart, line(99, "A")])
    assert [each.number for each in next(far)] == [1]


def test_a_line_of_several_lines_is_named_by_its_first(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    path.write_text(
        f'{retail.COLUMNS}\n1,2,"TIN\nOF TEA",1,2011-12-01,1.00,3,France\n4,5\n', encoding="utf-8"
    )

    assert [(line.number, line.name) for line in retail.read(path)] == [(2, "TIN\nOF TEA"), (4, "")]


# What cannot begin


def ended(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("DRIP_")}
    return subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**plain, **environment},
        timeout=60,
    )


def test_without_a_file_one_sentence_says_what_to_give() -> None:
    program = ended()

    assert program.returncode == 2
    assert program.stderr.count("\n") == 1
    assert "https://archive.ics.uci.edu/dataset/352/online+retail" in program.stderr


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("missing.csv", None, "No such file"),
        ("empty.csv", b"", "does not begin with"),
        ("other.csv", b"a,b,c\n", "does not begin with"),
        ("no.csv.gz", b"plain text", "cannot be read to its end"),
        ("cut.csv.gz", gzip.compress(b"x" * 9_000, mtime=0)[:-12], "cannot be read to its end"),
    ],
)
def test_what_is_no_order_book_is_refused_in_a_sentence(
    name: str, text: bytes | None, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if text is not None:
        (tmp_path / name).write_bytes(text)

    with pytest.raises(SystemExit) as caught:
        online_retail.main([str(tmp_path / name)])

    assert caught.value.code == 2
    assert words in capsys.readouterr().err


def test_live_without_credentials_does_not_begin(made: Path) -> None:
    program = ended(str(made), "--live")

    assert program.returncode == 2
    assert "DRIP_ACCOUNT_ID" in program.stderr
    assert "Traceback" not in program.stderr


# The real thing


@pytest.mark.skipif(not REAL_DATA.exists(), reason=f"needs the Online Retail data at {REAL_DATA}")
def test_the_first_lines_of_the_real_data(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "start.csv.gz"
    with (
        gzip.open(REAL_DATA, "rt", encoding="utf-8", newline="") as whole,
        gzip.open(path, "wt", encoding="utf-8", newline="") as start,
    ):
        start.writelines(islice(whole, 20_001))

    assert online_retail.main([str(path)]) == 0
    output = capsys.readouterr().out
    assert row(output, "together") == [20_000] * 4
    assert row(output, "part of an item that got through") == [13_347, 13_346, 13_116, 19_863]
    assert row(output, "no customer") == [6_653, 6_653, 6_653, 0]
    assert row(output, "price zero or negative") == [0, 1, 1, 137]
    assert row(output, "cancelled, no purchase") == [0, 0, 230, 0]
    for sentence in (
        "Drip subscribers: 559 of 559 got",
        "Drip orders: 800 of 800 got",
        "Empathy checkouts: 13,116 of 13,116 got",
        "Ecwid products: 2,349 of 2,349 got",
    ):
        assert sentence in output
