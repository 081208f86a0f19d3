"""Records of requests: a hook is told one of each, in all three colours."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from dataclasses import replace
from typing import Any

import attrs
import httpx
import pytest

import batchkit
from batchkit import Hooks, Limits, RequestRecord, RetryPolicy
from batchkit._io import observer
from batchkit.exceptions import DeadlineExceededError
from batchkit.testing import FakeClock
from tests.contract.colours import COLOURS, Colour, Played, Scene, answer, people
from tests.contract.test_ecwid import SCENES as SCENES_OF_ECWID
from tests.contract.test_ecwid import new, scene
from tests.test_parity import SCENES

all_colours = pytest.mark.parametrize("colour", COLOURS)
ONE = {"max_in_flight": 1}
PAIRS = {**ONE, "limits": Limits(max_items=2)}
TAKEN = answer(201)
BUSY = answer(503, x_request_id="r-1")
EVERYTHING = {**SCENES, **{f"ecwid: {name}": each for name, each in SCENES_OF_ECWID.items()}}


def drip(number: int, *answers: Any, hooks: Hooks | None = None, **more: Any) -> Scene:
    options = {**ONE, "hooks": hooks or Hooks(), **more.pop("options", {})}
    return Scene(items=lambda: people(number), answers=answers, options=options, **more)


def recorded(told: Scene, colour: Colour, **more: Any) -> tuple[Played, list[RequestRecord]]:
    """A scene, played by a client that keeps the records of its requests."""
    log: list[RequestRecord] = []
    options = {**told.options, "hooks": Hooks(request=log.append)}
    return replace(told, options=options, **more).play(colour), log


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_request_that_the_report_counts_has_one_record(name: str) -> None:
    for colour in COLOURS:
        played, log = recorded(EVERYTHING[name], colour, streamed=True)
        report = played.report
        carrying = [each for each in log if each.items]
        assert (len(carrying), len(log)) == (report.requests, report.requests + report.polls)
        assert sum(each.bytes_sent for each in log) == report.bytes_sent
        assert Counter((each.method, each.url, each.bytes_sent) for each in log) == Counter(
            (sent.method, sent.url.partition("?")[0], len(sent.content)) for sent in played.sent
        )
        assert all((each.status is None) <= (each.reason is not None) for each in log)


@all_colours
def test_a_record_says_what_was_sent_and_what_came(colour: Colour) -> None:
    taken = answer(201, {"a": 1}, x_request_id="r-2")
    played, log = recorded(drip(3, BUSY, taken, options=PAIRS, read_first=3), colour)
    first, again, last = sorted(log, key=lambda each: (each.first_index, each.attempt))
    assert first == RequestRecord(
        vendor="Drip",
        operation="subscribers",
        method="POST",
        url="https://api.getdrip.com/v2/9999999/subscribers/batches",
        first_index=0,
        items=2,
        attempt=1,
        bytes_sent=len(played.sent[0].content),
        began=1_700_000_000.0,
        seconds=0.0,
        status=503,
        request_id="r-1",
        retry_in=first.retry_in,
    )
    assert 0 < (first.retry_in or 0) <= 0.5
    assert (again.attempt, again.items, again.retry_in) == (2, 2, None)
    assert again.began == pytest.approx(1_700_000_000.0 + (first.retry_in or 0))
    assert (again.request_id, again.body, again.reason) == ("r-2", b'{"a": 1}', None)
    assert (last.first_index, last.items, last.attempt) == (2, 1, 1)


@all_colours
def test_a_question_about_a_ticket_carries_nothing(colour: Colour) -> None:
    _, log = recorded(scene(new(3)), colour)
    submissions = [each for each in log if each.items]
    questions = [each for each in log if not each.items]

    assert [(each.first_index, each.items) for each in submissions] == [(0, 2), (2, 1)]
    assert {each.first_index for each in questions} == {0, 2}
    assert all((each.method, each.bytes_sent, each.attempt) == ("GET", 0, 1) for each in questions)
    assert all(each.retry_in is None for each in questions)  # the next question is another one
    assert "?" not in "".join(each.url for each in log)


@all_colours
def test_a_ticket_that_left_items_undone_is_not_asked_about_again(colour: Colour) -> None:
    left = {"id": "a", "status": "FAILED", "httpStatusCode": 429}
    done = {"id": "a", "status": "COMPLETED", "httpStatusCode": 200}

    def say(entry: dict[str, object]) -> list[Any]:
        finished = {"status": "COMPLETED", "responses": [entry]}
        return [answer(200, {"ticket": "t1"}), answer(200, finished)]

    items: list[Any] = [{"method": "PUT", "path": "/products/1", "id": "a"}]
    played, log = recorded(scene(items, [*say(left), *say(done)]), colour)
    assert (played.report.succeeded, played.report.requests) == (1, 2)
    assert [each.retry_in for each in log] == [None] * 4


@all_colours
def test_without_an_answer_the_record_says_why(colour: Colour) -> None:
    _, log = recorded(drip(1, httpx.ConnectError("away"), TAKEN), colour)
    lost, _ = log

    assert (lost.status, lost.request_id, lost.body) == (None, None, b"")
    assert lost.reason == "no connection could be made (ConnectError: away)"


@pytest.mark.parametrize(
    ("encoding", "body", "why"),
    [
        ("br", b"x", "the answer broke off"),
        ("identity", b"x" * (16 * 1024 * 1024 + 1), "the answer was too large"),
    ],
)
def test_an_answer_that_cannot_be_read_says_why(encoding: str, body: bytes, why: str) -> None:
    def parts() -> Any:
        yield body

    def say(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, headers={"content-encoding": encoding}, content=parts())

    http = httpx.Client(transport=httpx.MockTransport(say))
    log: list[RequestRecord] = []
    told: dict[str, Any] = {"http_client": http, "hooks": Hooks(request=log.append)}
    with http, batchkit.Drip("1", api_key="key", **told) as client:
        client.subscribers.send(people(1))
    [record] = log
    assert (record.status, record.reason, record.body) == (201, why, b"")


@all_colours
def test_the_last_attempt_is_not_sent_again(colour: Colour) -> None:
    options = {**ONE, "retry": RetryPolicy(attempts=2)}
    _, log = recorded(drip(1, BUSY, options=options), colour)

    retries = [each.retry_in is not None for each in log]
    assert retries == [True, False]


@all_colours
def test_a_run_that_ends_sends_nothing_again(colour: Colour) -> None:
    _, log = recorded(drip(1, BUSY, call={"deadline": 0.0}), colour)
    assert [each.retry_in for each in log if each.retry_in] == []


@all_colours
def test_a_journal_makes_no_difference_to_what_is_told(colour: Colour, tmp_path: Any) -> None:
    journal = {"journal": tmp_path / "run.db"}
    _, with_one = recorded(drip(3, answer(429, retry_after=7), TAKEN, call=journal), colour)
    _, without = recorded(drip(3, answer(429, retry_after=7), TAKEN), colour)
    assert with_one == without
    assert with_one[0].retry_in is not None


def test_a_credential_that_is_said_back_is_in_no_record() -> None:
    canary = "canary5e77a1b0c9d8"
    http = httpx.Client(
        transport=httpx.MockTransport(
            lambda request: httpx.Response(
                201, headers={"x-request-id": canary}, content=canary.encode()
            )
        )
    )
    log: list[RequestRecord] = []
    told: dict[str, Any] = {"http_client": http, "hooks": Hooks(request=log.append)}
    with http, batchkit.Drip(f"{canary}-1", access_token=canary, **told) as client:
        client.subscribers.send(people(1))
    [record] = log
    assert canary not in repr(attrs.asdict(record))
    assert (record.body, record.request_id) == (b"***", "***")


def test_a_request_that_nobody_waited_for_has_a_record(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "batchkit")
    over = threading.Event()

    def never(request: httpx.Request) -> httpx.Response:
        time.advance(60)
        over.wait(5)
        return httpx.Response(201)

    http = httpx.Client(transport=httpx.MockTransport(never))
    log: list[RequestRecord] = []
    options: dict[str, Any] = {"http_client": http, "hooks": Hooks(request=log.append)}
    with http, FakeClock() as time, batchkit.Drip("1", api_key="key", **options) as client:
        with pytest.raises(DeadlineExceededError):
            client.subscribers.send(people(1), deadline=10)
        over.set()
    [record] = log
    assert (record.status, record.reason) == (None, "no answer came in time")
    assert "ended: attempt 1, 60.000 s: no answer came in time" in caplog.text


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> list[RequestRecord]:
    """Every record that is made."""
    made: list[RequestRecord] = []

    def make(**told: Any) -> RequestRecord:
        made.append(RequestRecord(**told))
        return made[-1]

    monkeypatch.setattr(observer, "RequestRecord", make)
    return made


@all_colours
@pytest.mark.parametrize("keeps", [False, True])
def test_a_record_is_made_only_where_somebody_listens(
    colour: Colour, keeps: bool, records: list[RequestRecord]
) -> None:
    hooks = Hooks(outcome=lambda outcome: None)
    scene = drip(6, TAKEN, hooks=hooks, options=PAIRS)
    played = recorded(scene, colour)[0] if keeps else scene.play(colour)

    assert played.report.accepted == 6
    assert len(records) == (3 if keeps else 0)
