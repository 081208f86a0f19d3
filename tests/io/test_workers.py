"""The workers of a call: that there are some, that there are none, and who opens a connection."""

from __future__ import annotations

import _thread
import math
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from batchkit import Drip, report_of
from batchkit._io.bell import Doorbell
from batchkit._io.connections import Connection
from batchkit._io.launch import CallOptions, drive, source_of
from batchkit._io.streams import finish
from batchkit._io.sync import Driver
from batchkit._io.workers import _Closer
from tests.contract.colours import people


def taking(request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, json={})


@pytest.mark.parametrize("which", ["the first", "its worker"])
def test_without_any_thread_the_call_ends_with_an_account(
    which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any) -> None:
        raise RuntimeError("can't start new thread")

    if which == "the first":
        monkeypatch.setattr(_thread, "start_new_thread", refuse)
    else:
        monkeypatch.setattr(threading.Thread, "start", refuse)
    with httpx.Client(transport=httpx.MockTransport(taking)) as http:
        drip = Drip("1", api_key="key", http_client=http)
        with pytest.raises(RuntimeError, match="new thread") as raised:
            drip.subscribers.send(people(3))
    report = report_of(raised.value)
    assert report is not None
    assert (report.total, report.unsent) == (3, 3)


def test_a_second_ring_is_no_error() -> None:
    doorbell = Doorbell()
    doorbell.ring()
    doorbell.ring()
    doorbell.wait(60)


def test_of_two_threads_that_open_a_connection_one_is_first() -> None:
    connection = Connection(None)
    first = connection.transport()
    assert connection._open() is first
    assert not first.is_closed
    connection.close()


def test_a_plan_names_the_keys_that_a_row_had_when_it_was_read() -> None:
    def rows() -> Iterator[dict[str, str]]:
        for name in ("first", "second"):
            row = {"email": "ada@example.com", name: "x"}
            yield row
            row.clear()

    plan = Drip("1", api_key="key").subscribers.plan(rows())
    assert plan.own_keys == {"first": 1, "second": 1}


def driver_of(http: httpx.Client) -> Driver:
    client = Drip("1", api_key="key", http_client=http)
    ours = client.subscribers
    return drive(ours._connection, ours._call(), source_of(people(3)), CallOptions())


def test_the_first_worker_is_begun_once() -> None:
    """In a call a thread does it that no measuring sees."""
    with httpx.Client(transport=httpx.MockTransport(taking)) as http:
        driver = driver_of(http)
        driver._begin_first()
        driver._begin_first()
        assert len(driver._workers) == 1
        assert finish(driver).accepted == 3


def test_a_first_worker_that_cannot_be_had_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with httpx.Client(transport=httpx.MockTransport(taking)) as http:
        driver = driver_of(http)
        monkeypatch.setattr(threading.Thread, "start", refuse)
        driver._begin_first()
        with pytest.raises(RuntimeError, match="new thread"):
            finish(driver)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_what_strikes_while_a_run_is_left_makes_it_shorter_twice(
    times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience: list[float] = []

    def halt(driver: Driver, reason: str, seconds: float) -> None:
        patience.append(seconds)
        if len(patience) <= times:
            raise KeyboardInterrupt
        whole(driver, reason, seconds)

    whole = Driver._halt
    monkeypatch.setattr(Driver, "_halt", halt)
    with httpx.Client(transport=httpx.MockTransport(taking)) as http:
        driver = driver_of(http)
        with pytest.raises(KeyboardInterrupt):
            driver.leave()
        assert patience == [math.inf, 10.0, 0.0, 0.0][: min(times + 1, 3)]
        driver.leave()
        assert driver.report().total == 0


def test_a_closer_that_was_struck_when_it_was_made_closes_nothing() -> None:
    del_it: Any = _Closer.__del__
    del_it(object.__new__(_Closer))
