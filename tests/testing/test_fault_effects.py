"""What faults do to answers, vendor by vendor; and on a connection, byte by byte."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import pytest

import batchkit.testing
from batchkit.testing import Request, Response, Sandbox
from batchkit.testing._vendors.shapes import TEXT, Shape
from tests.testing.drip_calls import CARTS, EVENTS, GOOD, SUBSCRIBERS, answer, send, wrapped
from tests.testing.empathy_calls import EVENT, track
from tests.testing.shop import NEW, Shop


def of_drip(fault: str, path: str = EVENTS) -> Response:
    sandbox = Sandbox()
    sandbox.drip.faults.once(fault)
    return send(sandbox, path, *[GOOD[path]] * 3)


# -- a whole request is refused, in the vendor's words


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ("429", 429, '{"message":"API rate limit exceeded. Please try again in an hour.",'),
        ("same-subscriber", 429, '{"message":"Too many concurrent requests for the same'),
        ("504", 504, '{"message":"Endpoint request timed out"}'),
        ("500", 500, '{"message":"Server error"}'),
        ("422", 422, '{"errors":[{"code":"validation_error",'),
    ],
)
def test_drips_refusals(fault: str, status: int, body: str) -> None:
    response = of_drip(fault)

    assert response.status == status
    assert response.body.decode().startswith(body)


def test_ecwids_refusals() -> None:
    shop = Shop()
    shop.sandbox.ecwid.faults.once("429").once("503").once("400")
    busy, down, wrong = (shop.call("POST", value=[NEW]) for _ in range(3))

    assert answer(busy)["errorCode"] == "RATE_LIMITED"
    assert dict(busy.headers)["Retry-After"] == "10"
    assert (down.status, answer(down)["errorCode"]) == (503, "INTERNAL_ERROR")
    assert (wrong.status, answer(wrong)) == (400, {"errorMessage": "refused"})


def test_empathys_refusals() -> None:
    sandbox = Sandbox()
    sandbox.empathy.faults.once("429").once("503=30")
    busy, down = (track(sandbox, EVENT) for _ in range(2))

    assert answer(busy) == {"code": 429, "error": "too many requests"}
    assert (down.status, dict(down.headers)["Retry-After"]) == (503, "30")


def test_a_refusal_may_come_after_the_items_were_taken() -> None:
    sandbox = Sandbox(faults=["taken-503=7"])
    response = send(sandbox, EVENTS, GOOD[EVENTS])

    assert (response.status, dict(response.headers)["Retry-After"]) == (503, "7")
    assert sandbox.ledger.count() == 1


def test_what_the_vendor_itself_refuses_is_not_taken_for_a_fault() -> None:
    assert send(Sandbox(faults=["taken-503"]), CARTS, {}).status == 422


# -- results


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        ("results-shuffled", [200, 500, 200, 200]),
        ("results-missing", [200, 200, 500]),
        ("results-doubled", [200, 200, 200, 500, 200]),
    ],
)
def test_empathys_results(fault: str, codes: list[int]) -> None:
    sandbox = Sandbox(faults=[fault])
    sandbox.empathy.refuse({"q": "bad"}, 500)
    response = track(sandbox, EVENT, EVENT, {**EVENT, "q": "bad"}, EVENT)

    assert [one["code"] for one in answer(response)] == codes


def test_an_empty_success_of_empathys_becomes_a_list() -> None:
    assert answer(track(Sandbox(faults=["results-missing"]), EVENT, EVENT)) == [{"code": 200}]


def test_drips_and_ecwids_results() -> None:
    assert len(answer(of_drip("results-doubled", CARTS))["request_ids"]) == 4
    shop = Shop()
    ticket = shop.submit({**NEW, "id": "a"}, {**NEW, "id": "b"})
    shop.now = 2.0
    shop.sandbox.faults.once("results-shuffled")
    assert [one["id"] for one in shop.look(ticket)["responses"]] == ["b", "a"]


def test_an_answer_without_results_stays_as_it_is() -> None:
    sandbox = Sandbox(faults=["results-missing"])

    assert answer(send(sandbox, CARTS, {})).keys() == {"validation_errors"}
    assert track(Sandbox(faults=["results-missing"], failure_body="empty"), 7).body == b""


# -- items


def test_some_items_of_a_request_may_fail() -> None:
    sandbox = Sandbox(faults=["item-503=2"], seed=1)
    codes = [one["code"] for one in answer(track(sandbox, *[EVENT] * 5))]
    assert sorted(codes) == [200, 200, 200, 503, 503]
    assert send(sandbox, SUBSCRIBERS, *[GOOD[SUBSCRIBERS]] * 3).status == 201
    assert sandbox.ledger.count("drip", fate="dropped") == 2
    assert len(answer(send(sandbox, CARTS, *[GOOD[CARTS]] * 3))["validation_errors"]) == 2


def test_only_objects_hold_fields() -> None:
    sandbox = Sandbox()
    sandbox.drip.refuse({"email": "x"})

    assert send(sandbox, SUBSCRIBERS, 7, GOOD[SUBSCRIBERS]).status == 201
    assert sandbox.ledger.count() == 1


def test_a_whole_number_may_be_written_with_a_point() -> None:
    lines = [{**GOOD[CARTS]["items"][0], "quantity": number} for number in (2, 2.0)]
    for line, status in ((lines, 202), ([{**lines[0], "quantity": 2.5}], 422)):
        assert send(Sandbox(), CARTS, {**GOOD[CARTS], "items": line}).status == status


@pytest.mark.parametrize("lines", [[7], [GOOD[CARTS]["items"][0], 7], [[]], [{}]])
def test_lines_that_are_none_are_refused(lines: Any) -> None:
    assert send(Sandbox(), CARTS, {**GOOD[CARTS], "items": lines}).status == 422


def test_very_different_items_are_told_apart_all_the_same() -> None:
    shape = Shape("thing", {"name": TEXT})

    assert shape.are_good([{"name": "x", str(number): 1} for number in range(5000)])
    assert not shape.are_good([{"name": 1, "4999": 1}])


# -- on a connection


class Wire:
    """One connection that asks for subscribers."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.socket = socket.create_connection(("127.0.0.1", sandbox.port), timeout=10)

    def ask(self, *, close: bool = False) -> None:
        body = json.dumps(wrapped(SUBSCRIBERS, GOOD[SUBSCRIBERS])).encode()
        lines = [
            f"POST /drip{SUBSCRIBERS} HTTP/1.1",
            "Authorization: Bearer x",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *(["Connection: close"] if close else []),
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def hear(self, until: bytes = b"\r\n\r\n{}") -> bytes:
        heard = b""
        while until not in heard and (data := self.socket.recv(65536)):
            heard += data
        return heard


@pytest.mark.parametrize("fault", ["empty", "delay=0.01"])
@pytest.mark.parametrize("close", [False, True])
def test_a_connection_that_was_not_broken_goes_on(fault: str, close: bool) -> None:
    with Sandbox() as sandbox:
        sandbox.faults.once(fault)
        wire = Wire(sandbox)
        wire.ask(close=close)
        if close:
            assert wire.hear(until=b"never").startswith(b"HTTP/1.1 201")
        else:
            wire.ask()  # even while the first answer is still coming
            heard = wire.hear()
            heard += b"" if heard.count(b"HTTP/1.1 201") == 2 else wire.hear()
            assert heard.count(b"HTTP/1.1 201") == 2
        wire.socket.close()


def test_a_peer_may_leave_before_the_answer_is_there() -> None:
    with Sandbox() as sandbox:
        sandbox.faults.once("delay=0.1")
        wire = Wire(sandbox)
        wire.ask()
        while not sandbox.ledger.requests:
            time.sleep(0.001)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        wire.socket.close()
        # Another connection outlasts what was begun on the first.
        sandbox.faults.once("delay=0.3")
        other = Wire(sandbox)
        other.ask()
        assert other.hear().startswith(b"HTTP/1.1 201")
        other.socket.close()


def test_a_request_that_breaks_off_has_no_answer() -> None:
    sandbox = Sandbox(faults=["reset-after-taking"])
    path = f"/drip{EVENTS}"
    response: Any = sandbox.handle(Request.of("POST", path, {}, b""))

    assert (response.status, response.act) == (0, "reset-after-taking")


def test_the_kit_lists_its_names() -> None:
    assert set(batchkit.testing.__all__) <= set(dir(batchkit.testing))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        batchkit.testing.Nothing  # noqa: B018 - looking is what is tested
