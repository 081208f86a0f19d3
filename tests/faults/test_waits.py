"""`Retry-After` as it comes over the wire: what it makes the next request wait for.

Every value is told twice: by a server whose clock agrees with ours, and by one that is a day
behind. A date counts by the server's own clock; a number does not ask for one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from batchkit import Limits, RetryPolicy
from batchkit._io import clock
from batchkit.exceptions import RateLimitedError
from tests.contract.colours import Played, Scene, Sent, counts, events, queries

LONGEST = 3700.0
TOLD: Mapping[str, float] = {
    "0": 0,
    "1": 1,
    "007": 7,
    "\t 120 ": 120,
    "1.5": 1.5,
    "0.001": 0.001,
    "59.999": 59.999,
    "3600": 3600,
    "3700": 3700,
    "in 1 s": 1,
    "in 90 s": 90,
    "in 3600 s": 3600,
    "in 90 s, RFC 850": 90,
    "in 90 s, asctime": 90,
}
GARBAGE = (
    *("", " ", "-5", "-0", "+5", "1e3", "0x10", "1_000", "1,000", "5, 10", "5;q=1", "1.", ".5"),
    *("nan", "inf", "-inf", "Infinity", "soon", "٥", "５", "²", "true", "null", "[5]", '"5"'),
    *("9" * 5000, "5 s", "PT5S", "in -1 s", "in -86400 s", "Mon", "Mon, 99 Foo 2023 25:61:61 GMT"),
    *("2026-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT"),
)
TOO_LONG = ("3700.001", "3701", "99999999999", "9" * 100, "in 3701 s", "year 9999")

skews = pytest.mark.parametrize("skew", [0, -86_400], ids=["right", "a day behind"])


def test_there_are_as_many_values_as_the_plan_asks_for() -> None:
    assert len({*TOLD, *GARBAGE, *TOO_LONG}) >= 40


def spelled(value: str, now: datetime) -> str:
    """The header; what begins with `in` is a date by the server's clock."""
    if value == "year 9999":
        return "Fri, 31 Dec 9999 23:59:59 GMT"
    if not value.startswith("in "):
        return value
    then = now + timedelta(seconds=int(value.split()[1]))
    if value.endswith("RFC 850"):
        return then.strftime("%A, %d-%b-%y %H:%M:%S GMT")
    if value.endswith("asctime"):
        return then.strftime("%a %b %d %H:%M:%S %Y")
    return format_datetime(then, usegmt=True)


class Limiter:
    """Refuses the first request with this wait; notes when requests come."""

    def __init__(self, value: str, skew: float, status: int = 429) -> None:
        self.arrivals: list[float] = []
        self._value, self._skew, self._status = value, skew, status

    def __call__(self, sent: Sent) -> httpx.Response:
        self.arrivals.append(clock.current().monotonic())
        if len(self.arrivals) > 1:
            return httpx.Response(200)
        now = datetime.fromtimestamp(clock.current().time() + self._skew, UTC)
        headers = {
            b"Retry-After": spelled(self._value, now).encode(),
            b"Date": format_datetime(now, usegmt=True).encode(),
        }
        return httpx.Response(self._status, headers=headers)


def send(limiter: Limiter) -> Played:
    """Three requests of one item, one after the other."""
    return Scene(
        endpoint="events",
        items=lambda: events(3),
        answers=(limiter,),
        options={"pace": None, "max_in_flight": 1, "limits": Limits(max_items=1)},
    ).play("sync")


@skews
@pytest.mark.parametrize(("value", "told"), TOLD.items(), ids=ascii)
def test_nothing_is_sent_before_it_was_told_to_be(value: str, told: float, skew: float) -> None:
    for status in (429, 503):
        limiter = Limiter(value, skew, status)
        played = send(limiter)
        assert counts(played) == {"accepted": 3}
        first, second, *_ = limiter.arrivals
        assert len(limiter.arrivals) == 4
        assert told <= second - first <= max(RetryPolicy().base_delay, told * 1.1) + 1e-6


@skews
@pytest.mark.parametrize("value", GARBAGE, ids=lambda value: ascii(value)[:20])
def test_garbage_is_as_good_as_no_wait_at_all(value: str, skew: float) -> None:
    limiter = Limiter(value, skew)
    assert counts(send(limiter)) == {"accepted": 3}
    first, second, *_ = limiter.arrivals
    assert 0 < second - first <= RetryPolicy().base_delay
    # Without a wait that can be read, a 503 may come from a proxy that passed the request on.
    assert counts(send(Limiter(value, skew, 503))) == {"accepted": 2, "unknown": 1}


@skews
@pytest.mark.parametrize("value", TOO_LONG, ids=lambda value: ascii(value)[:20])
def test_a_wait_that_is_too_long_ends_the_run(value: str, skew: float) -> None:
    for status in (429, 503):
        limiter = Limiter(value, skew, status)
        played = send(limiter)
        assert type(played.error) is RateLimitedError
        assert played.error.retry_after > LONGEST
        assert (played.slept, len(limiter.arrivals)) == (0, 1)
        assert set(counts(played)) == {"unsent"}


@skews
def test_nobody_overtakes_one_who_was_told_to_wait(skew: float) -> None:
    """The wait is for the whole quota: the other chunks hold too."""
    limiter = Limiter("600", skew)
    played = Scene(
        vendor="EmpathyTagging",
        endpoint="query",
        items=lambda: queries(20),
        answers=(limiter,),
        options={"max_in_flight": 4, "limits": Limits(max_items=1)},
    ).play("asyncio")
    assert counts(played) == {"succeeded": 20}
    early = [at for at in limiter.arrivals if at < 600]
    assert len(early) <= 4  # those that were under way when the answer came
    assert len(limiter.arrivals) == 21
