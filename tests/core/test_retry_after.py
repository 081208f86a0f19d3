"""A `Retry-After` that is nonsense, or not surely meant, is as good as none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.headers import retry_after

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
SERVER = "Mon, 04 May 2026 12:00:00 GMT"


def read(value: str, *, date: str = SERVER, received: float = 0.0) -> float | None:
    headers = {"retry-after": value, "date": date} if date else {"retry-after": value}
    return retry_after(headers, received)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        ("1.5", 1.5),
        ("1.125", 1.125),
        (" \t7 ", 7),
        ("007", 7),
        ("3700", 3700),
        ("99999999999", 99999999999),
        ("Mon, 04 May 2026 12:01:30 GMT", 90),
        ("Monday, 04-May-26 12:01:30 GMT", 90),
        ("Mon May  4 12:01:30 2026", 90),
        ("Mon, 04 May 2026 14:01:30 +0200", 90),
        ("Mon, 04 May 2026 12:01:30 -0000", 90),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 251620344000 - 1),
    ],
)
def test_a_value_that_can_be_trusted_is_read(value: str, seconds: float) -> None:
    got = read(value)
    assert got is not None
    assert abs(got - seconds) < 1e-6 or (seconds > 1e10 and got > 1e10)


@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "abc", "-5", "+5", "nan", "inf", "-inf", "Infinity", "1e3", "0x10"),
        *("1.", ".5", "1.5.5", "5, 10", "5 10", "5;q=1", "1_000", "1,000", "½"),
        *("١٢", "１２", "²", "9" * 5000, "9" * 101, "5\n", "5\x00", "\xa05", "X5"),
        "Mon, 04 May 2026 12:00:00 GMT",
        "Mon, 04 May 2026 11:59:59 GMT",
        "Mon, 04 May 1994 12:00:00 GMT",
        *("Mon", "Mon, 99 May 2026 12:00:00 GMT", "Mon, 04 Foo 2026 12:00:00 GMT"),
        *("Mon, 04 May 2026 25:00:00 GMT", "Mon, 04 May 0000 12:00:00 GMT"),
        *("Mon, 04 May 99999 12:00:00 GMT", "2026-05-04T12:01:30Z", "Mon, " + "4" * 60),
        "Fri, 31 Dec 9999 23:59:59 -2359 and a tail that is much too long",
    ],
)
def test_anything_else_is_as_good_as_absent(value: str) -> None:
    assert read(value) is None


def test_no_header_is_no_wait() -> None:
    assert retry_after({}, 0.0) is None


def test_a_date_is_measured_by_the_servers_own_clock() -> None:
    ours = (NOW - timedelta(days=1)).timestamp()
    assert read("Mon, 04 May 2026 12:00:10 GMT", received=ours) == 10


@pytest.mark.parametrize("date", ["", "yesterday", "12:00"])
def test_without_a_date_of_the_servers_ours_is_used(date: str) -> None:
    received = NOW.timestamp() - 20
    assert read("Mon, 04 May 2026 12:00:10 GMT", date=date, received=received) == 30


@given(st.text() | st.from_regex(r"(Mon|Sun)[ -~]{5,40}", fullmatch=True))
def test_no_value_makes_the_reader_fail(value: str) -> None:
    got = read(value)
    assert got is None or 0 <= got < 1e101


@given(st.integers(1, 10**9))
def test_every_later_moment_is_read_to_the_second(seconds: int) -> None:
    assert read(format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)) == seconds
