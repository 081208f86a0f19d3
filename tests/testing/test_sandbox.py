"""The sandbox as a whole: addresses, beginning and end, and vendors over a real socket."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any, cast

import pytest

from batchkit.testing import Request, Sandbox

TRACK = "/empathy/tagging/v1/track/demo/query/batch"
BODY = b'[{"q":"x","lang":"es"}]'


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def test_a_url_has_the_vendors_base_path(sandbox: Sandbox) -> None:
    base = f"http://127.0.0.1:{sandbox.port}"
    assert sandbox.url("drip") == f"{base}/drip"
    assert sandbox.url("ecwid") == f"{base}/ecwid/api/v3"
    assert sandbox.url("empathy") == f"{base}/empathy/tagging/v1"


def test_requests_over_one_connection_reach_the_vendors(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=10)
    for _ in range(3):
        connection.request("POST", TRACK, BODY)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, b"")
    items = json.dumps({"batches": [{"subscribers": [{"email": "a@b.c"}]}]})
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    connection.request("POST", "/drip/v2/1/unsubscribes/batches", items, headers)
    response = connection.getresponse()
    assert (response.status, response.read()) == (204, b"")
    assert response.getheader("Content-Length") is None
    connection.close()
    assert sandbox.ledger.count() == 4


def test_a_ticket_takes_real_time_over_the_socket() -> None:
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
    with Sandbox(seconds_per_entry=0.0) as sandbox:
        connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=10)
        entry = [{"method": "GET", "path": "/profile"}]
        connection.request("POST", "/ecwid/api/v3/7/batch", json.dumps(entry), headers)
        ticket = json.loads(connection.getresponse().read())["ticket"]
        connection.request("GET", f"/ecwid/api/v3/7/batch?ticket={ticket}", headers=headers)
        assert json.loads(connection.getresponse().read())["status"] == "COMPLETED"
        connection.close()


def test_a_sandbox_that_is_not_running_has_no_address() -> None:
    sandbox = Sandbox()
    with pytest.raises(RuntimeError, match="not running"):
        sandbox.url("drip")
    with sandbox:
        pass
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.port


def test_a_sandbox_cannot_be_entered_twice_at_once(sandbox: Sandbox) -> None:
    with pytest.raises(RuntimeError, match="already running"):
        sandbox.start()


def test_leaving_twice_does_no_harm() -> None:
    with Sandbox() as sandbox:
        sandbox.close()


def test_a_sandbox_that_is_started_answers_until_it_is_closed() -> None:
    sandbox = Sandbox()
    try:
        assert sandbox.start() is sandbox
        port = sandbox.port
        _track(port)
    finally:
        sandbox.close()

    with pytest.raises(OSError):  # noqa: PT011 - refused or reset
        socket.create_connection(("127.0.0.1", port), timeout=10)
    assert sandbox.ledger.count() == 1


def test_a_sandbox_that_was_closed_can_be_started_again() -> None:
    sandbox = Sandbox()
    for _ in range(2):
        sandbox.start()
        try:
            _track(sandbox.port)
        finally:
            sandbox.close()

    assert sandbox.ledger.count() == 2


def test_a_sandbox_whose_port_is_taken_can_be_started_once_it_is_free() -> None:
    with Sandbox() as first:
        second = Sandbox(port=first.port)
        with pytest.raises(OSError):  # noqa: PT011 - each system words it differently
            second.start()
    with second:
        _track(second.port)


def test_a_sandbox_can_be_entered_again_on_the_port_it_was_given() -> None:
    with Sandbox() as first:
        port = first.port
    sandbox = Sandbox(port=port)
    for _ in range(2):
        with sandbox:
            assert sandbox.port == port
            _track(port)
    assert sandbox.ledger.count() == 2


def test_nothing_is_left_behind() -> None:
    before = set(threading.enumerate())
    with Sandbox() as sandbox:
        port = sandbox.port
        idle = socket.create_connection(("127.0.0.1", port), timeout=10)
        idle.sendall(b"POST / HTTP/1.1\r\n")
    assert set(threading.enumerate()) <= before
    with pytest.raises(OSError):  # noqa: PT011 - refused or reset
        socket.create_connection(("127.0.0.1", port), timeout=10)
    with idle:
        assert _is_cut(idle)


def _track(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", TRACK, BODY)
    assert connection.getresponse().status == 200
    connection.close()


def _is_cut(peer: socket.socket) -> bool:
    try:
        return peer.recv(1) == b""
    except ConnectionError:
        return True


def test_nothing_listens_on_another_interface(sandbox: Sandbox) -> None:
    assert sandbox.page == f"http://127.0.0.1:{sandbox.port}/"
    # Another address of the loopback interface is another interface to a socket that is bound.
    with pytest.raises(OSError):  # noqa: PT011 - each system words it differently
        socket.create_connection(("127.0.0.2", sandbox.port), timeout=2)


def test_every_vendor_keeps_answering_whatever_it_is_sent() -> None:
    sandbox = Sandbox()
    for path in ("/drip/v2/1/events/batches", "/ecwid/api/v3/7/batch", TRACK):
        for body in (
            b"",
            b"{",
            b"[]",
            b"null",
            b"7",
            b'"x"',
            b"\xff",
            b"[" * 10_000,
            b'[{"a":[]}]',
        ):
            for method in ("POST", "GET", "PUT", "DELETE", "HEAD", "BREW"):
                headers = {"Authorization": "Bearer x", "Content-Type": "application/json"}
                response = sandbox.handle(Request.of(method, path, headers, body))
                assert 200 <= response.status < 500, (method, path, body)


def test_the_address_of_a_vendor_that_is_none_is_refused_with_the_list(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="'drop'; it must be one of drip, ecwid, empathy"):
        sandbox.url(cast("Any", "drop"))


def test_one_fault_outside_a_list_is_refused() -> None:
    with pytest.raises(TypeError, match="`faults` is 'drip:503'; it must be a list"):
        Sandbox(faults="drip:503")


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        ({"where": "boots"}, "`where` is an object"),
        ({"where": {}, "code": "500"}, "`code` is '500'; it must be a status from 400 to 599"),
        ({"where": {}, "code": 200}, "`code` is 200"),
        ({"where": {}, "times": 0}, "`times` is 0; it must be 1 or more"),
    ],
)
def test_a_refusal_that_cannot_be_is_refused_at_once(refusal: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        Sandbox().empathy.refuse(**refusal)
