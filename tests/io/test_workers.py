"""The workers of a call: that there are some, that there are none, and who opens a connection."""

from __future__ import annotations

import _thread
import threading
from typing import Any

import httpx
import pytest

from batchkit import Drip, report_of
from batchkit._io.bell import Doorbell
from batchkit._io.connections import Connection
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
