"""The server on a real socket: HTTP/1.1, well and badly spoken."""

from __future__ import annotations

import logging
import socket
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from batchkit.testing import Request, Response
from batchkit.testing import server as server_module
from batchkit.testing._wire import write
from batchkit.testing.server import Server


@contextmanager
def echoing() -> Generator[Server]:
    """A server that answers with the request line and the body it saw."""

    def echo(request: Request) -> Response:
        if request.path == "/fail":
            raise ZeroDivisionError
        seen = f"{request.method} {request.path} {request.query} ".encode() + request.body
        return Response(200, (("X-Seen", request.headers.get("x-seen", "")),), seen)

    server = Server(echo)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def talk(server: Server, *pieces: bytes) -> bytes:
    """Send pieces over one connection and read until the server closes it."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer:
        for piece in pieces:
            peer.sendall(piece)
        peer.shutdown(socket.SHUT_WR)
        answer = b""
        while data := peer.recv(65536):
            answer += data
        return answer


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


def test_a_value_that_no_header_can_hold_is_replaced_and_ends_no_line() -> None:
    answer = write(Response(200, (("X-Said", "€\r\nX-Evil: 1\0"),)), keep_alive=True)

    assert answer == b"HTTP/1.1 200 OK\r\nX-Said: ?  X-Evil: 1 \r\nContent-Length: 0\r\n\r\n"


# -- HTTP spoken well


def test_a_request_may_come_in_any_pieces() -> None:
    message = b"POST /a?b=c HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"
    with echoing() as server:
        for cut in range(1, len(message)):
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer:
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                peer.sendall(message[:cut])
                peer.sendall(message[cut:])
                answer = peer.recv(65536)
            assert answer.endswith(b"POST /a b=c hello")


def test_pipelined_requests_are_answered_in_order() -> None:
    with echoing() as server:
        answer = talk(
            server,
            b"GET /1 HTTP/1.1\r\n\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"
            b"GET /3 HTTP/1.1\r\nConnection: close\r\n\r\nGET /4 HTTP/1.1\r\n\r\n",
        )
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.index(b"GET /1") < answer.index(b"GET /2") < answer.index(b"GET /3")


def test_repeated_headers_are_joined() -> None:
    with echoing() as server:
        answer = talk(
            server, b"GET / HTTP/1.1\r\nX-Seen: a\r\nx-seen:b \r\nConnection: close\r\n\r\n"
        )
    assert b"X-Seen: a, b\r\n" in answer


def test_a_proxys_form_of_the_target_is_understood() -> None:
    with echoing() as server:
        answer = talk(server, b"GET http://x.example/a?b=c HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"GET /a b=c ")


@pytest.mark.parametrize(
    ("line", "closes"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", False),
    ],
)
def test_a_connection_is_kept_as_the_peer_wishes(line: bytes, closes: bool) -> None:
    with (
        echoing() as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer,
    ):
        peer.sendall(line)
        answer = peer.recv(65536)
        assert (b"Connection: close" in answer) is closes
        if closes:
            assert peer.recv(1) == b""
            return
        peer.sendall(line)
        assert peer.recv(65536) == answer


def test_a_peer_that_asks_is_told_to_go_on() -> None:
    with (
        echoing() as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer,
    ):
        peer.sendall(b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert peer.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.sendall(b"ok")
        assert peer.recv(65536).endswith(b"POST /  ok")


def test_a_peer_that_did_not_wait_is_not_told_to_go_on() -> None:
    head = (
        b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    )
    with echoing() as server:
        assert b"100 Continue" not in talk(server, head + b"ok")


def test_head_gets_no_body() -> None:
    with echoing() as server:
        answer = talk(server, b"HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length: 8" in answer


# -- HTTP spoken badly


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1 x\r\n\r\n", 400),
        (b"G(T / HTTP/1.1\r\n\r\n", 400),
        (b"GET / SPDY/3\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"GET * HTTP/1.1\r\n\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\n\r\n", 400),
        (b"GET ftp://x/y HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nbad name: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 65536 + b"\r\n\r\n", 431),
        (b"x" * 70_000, 431),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
    ],
)
def test_a_malformed_request_gets_a_plain_answer_and_the_connection_ends(
    message: bytes, status: int
) -> None:
    with echoing() as server:
        answer = talk(server, message)
        assert status_of(answer) == status
        assert b"Connection: close" in answer
        assert b"Traceback" not in answer
        assert status_of(talk(server, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")) == 200


def test_a_refused_peer_that_goes_on_sending_still_gets_its_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_module, "LINGER", 0.2)
    head = b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"
    with (
        echoing() as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=10) as peer,
    ):
        peer.sendall(head + b"x" * 300_000)
        peer.sendall(b"x" * 300_000)
        assert status_of(peer.recv(65536)) == 413
        assert peer.recv(1) == b""


def test_an_own_failure_is_a_bare_500_and_goes_to_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with echoing() as server, caplog.at_level(logging.ERROR, "batchkit.testing"):
        answer = talk(server, b"GET /fail HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert status_of(answer) == 500
    assert answer.endswith(b"\r\n\r\n")
    assert "ZeroDivisionError" in caplog.text


def test_a_peer_that_goes_away_halfway_does_no_harm() -> None:
    with echoing() as server:
        assert talk(server, b"POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf") == b""
        assert status_of(talk(server, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")) == 200
