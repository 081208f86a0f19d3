"""What shares a quota waits for it together, and never more than it allows arrive in a window."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchkit._core.run.throttle import Throttle, least_seconds
from batchkit.options import Pace


def test_without_a_pace_a_lane_is_always_open() -> None:
    throttle = Throttle()
    for _ in range(100):
        throttle.begin()
    assert throttle.free_at(5.0) <= 5.0
    throttle.end(6.0)
    assert throttle.free_at(6.0) <= 6.0


def test_a_burst_is_allowed_up_to_the_pace() -> None:
    throttle = Throttle(Pace(requests=2, per=10))
    throttle.begin()
    assert throttle.free_at(0.0) == 0.0
    throttle.begin()
    assert throttle.free_at(0.0) == math.inf


def test_a_slot_comes_back_its_seconds_after_the_answer() -> None:
    throttle = Throttle(Pace(requests=1, per=10))
    throttle.begin()
    throttle.end(3.0)
    assert throttle.free_at(4.0) == 13.0
    assert throttle.free_at(13.0) == 13.0


def test_a_pause_closes_the_lane_for_everybody() -> None:
    throttle = Throttle()
    throttle.breaker.pause(8.0)
    assert throttle.free_at(1.0) == 8.0


def test_a_shorter_pause_does_not_open_the_lane_early() -> None:
    throttle = Throttle()
    throttle.breaker.pause(8.0)
    throttle.breaker.pause(2.0)
    assert throttle.free_at(1.0) == 8.0


def test_the_later_of_pause_and_pace_counts() -> None:
    throttle = Throttle(Pace(requests=1, per=10))
    throttle.begin()
    throttle.end(0.0)
    throttle.breaker.pause(4.0)
    assert throttle.free_at(0.0) == 10.0
    throttle.breaker.pause(14.0)
    assert throttle.free_at(0.0) == 14.0


def test_a_lane_is_idle_while_nothing_is_sent() -> None:
    throttle = Throttle()
    assert throttle.breaker.is_idle
    throttle.begin()
    assert not throttle.breaker.is_idle
    throttle.end(1.0)
    assert throttle.breaker.is_idle


@given(
    requests=st.integers(1, 5),
    per=st.floats(0.5, 20),
    visits=st.lists(st.tuples(st.floats(0, 5), st.floats(0, 15), st.floats(0, 1)), max_size=60),
)
def test_no_window_sees_more_requests_than_the_pace(
    requests: int, per: float, visits: list[tuple[float, float, float]]
) -> None:
    throttle, now = Throttle(Pace(requests=requests, per=per)), 0.0
    flying: list[float] = []
    arrivals: list[float] = []
    for idle, latency, on_the_way in visits:
        now += idle
        while (free_at := throttle.free_at(now)) > now or (flying and flying[0] <= now):
            until = min([free_at, *flying[:1]])
            now = max(now, until)
            while flying and flying[0] <= now:
                throttle.end(flying.pop(0))
        throttle.begin()
        arrivals.append(now + latency * on_the_way)
        flying = sorted([*flying, now + latency])
    arrivals.sort()
    for early, late in zip(arrivals, arrivals[requests:], strict=False):
        assert late - early >= per * (1 - 1e-9)


@pytest.mark.parametrize(
    ("requests", "seconds"), [(0, 0), (1, 0), (50, 0), (51, 3600), (100, 3600), (101, 7200)]
)
def test_the_least_time_of_a_run_follows_from_the_pace(requests: int, seconds: float) -> None:
    assert least_seconds(requests, Pace(requests=50, per=3600)) == seconds


def test_without_a_pace_a_run_may_take_no_time() -> None:
    assert least_seconds(1_000_000, None) == 0.0
