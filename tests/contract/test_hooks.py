"""Hooks and the log of requests: what is told of a run while it goes on, in all three colours."""

from __future__ import annotations

import logging
import pickle
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import anyio
import attrs
import httpx
import pytest

import batchkit
from batchkit import Hooks, Limits, Outcome, Report, RequestRecord, RetryPolicy
from batchkit._io import clock, witness
from batchkit.exceptions import AuthenticationError, ConfigurationError, DeadlineExceededError
from batchkit.testing import FakeClock
from tests.contract.colours import COLOURS, Colour, Played, Scene, answer, people
from tests.contract.test_ecwid import SCENES as SCENES_OF_ECWID
from tests.contract.test_ecwid import new, scene
from tests.contract.wire import Wire
from tests.test_parity import SCENES

all_colours = pytest.mark.parametrize("colour", COLOURS)
ONE = {"max_in_flight": 1}
PAIRS = {**ONE, "limits": Limits(max_items=2)}
TAKEN = answer(201)
BUSY = answer(503, x_request_id="r-1")
EVERYTHING = {**SCENES, **{f"ecwid: {name}": each for name, each in SCENES_OF_ECWID.items()}}


class Heard:
    """Everything that the hooks were told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any]] = []
        self.threads: set[threading.Thread] = set()

    def by(self, name: str) -> Callable[[Any], None]:
        def hear(what: Any) -> None:
            self.told.append((name, what))
            self.threads.add(threading.current_thread())

        return hear

    @property
    def hooks(self) -> Hooks:
        return Hooks(request=self.by("request"), retry=self.by("retry"), outcome=self.by("outcome"))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.told]

    def of(self, name: str) -> list[Any]:
        return [what for each, what in self.told if each == name]


def drip(number: int, *answers: Any, hooks: Hooks | None = None, **more: Any) -> Scene:
    options = {**ONE, "hooks": hooks or Hooks(), **more.pop("options", {})}
    return Scene(items=lambda: people(number), answers=answers, options=options, **more)


def kept(told: Scene, colour: Colour, **more: Any) -> Played:
    """A scene, played by a client that keeps its requests."""
    options = {**told.options, "keep_requests": True}
    return replace(told, options=options, **more).play(colour)


# The log of requests


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_request_that_the_report_counts_has_one_record(name: str) -> None:
    for colour in COLOURS:
        played = kept(EVERYTHING[name], colour, streamed=True)
        log, report = played.report.requests_log, played.report
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
    played = kept(drip(3, BUSY, taken, options=PAIRS, read_first=3), colour)
    first, again, last = sorted(
        played.report.requests_log, key=lambda each: (each.first_index, each.attempt)
    )
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
    played = kept(scene(new(3)), colour)
    submissions = [each for each in played.report.requests_log if each.items]
    questions = [each for each in played.report.requests_log if not each.items]

    assert [(each.first_index, each.items) for each in submissions] == [(0, 2), (2, 1)]
    assert {each.first_index for each in questions} == {0, 2}
    assert all((each.method, each.bytes_sent, each.attempt) == ("GET", 0, 1) for each in questions)
    assert all(each.retry_in is None for each in questions)  # the next question is another one
    assert "?" not in "".join(each.url for each in played.report.requests_log)


@all_colours
def test_a_ticket_that_left_items_undone_is_not_asked_about_again(colour: Colour) -> None:
    left = {"id": "a", "status": "FAILED", "httpStatusCode": 429}
    done = {"id": "a", "status": "COMPLETED", "httpStatusCode": 200}

    def say(entry: dict[str, object]) -> list[Any]:
        finished = {"status": "COMPLETED", "responses": [entry]}
        return [answer(200, {"ticket": "t1"}), answer(200, finished)]

    items: list[Any] = [{"method": "PUT", "path": "/products/1", "id": "a"}]
    played = kept(scene(items, [*say(left), *say(done)]), colour)
    assert (played.report.succeeded, played.report.requests) == (1, 2)
    assert [each.retry_in for each in played.report.requests_log] == [None] * 4


@all_colours
def test_without_an_answer_the_record_says_why(colour: Colour) -> None:
    played = kept(drip(1, httpx.ConnectError("away"), TAKEN), colour)
    lost, _ = played.report.requests_log

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
    with http, batchkit.Drip("1", api_key="key", http_client=http, keep_requests=True) as client:
        [record] = client.subscribers.send(people(1)).requests_log
    assert (record.status, record.reason, record.body) == (201, why, b"")


@all_colours
def test_the_last_attempt_is_not_sent_again(colour: Colour) -> None:
    options = {**ONE, "retry": RetryPolicy(attempts=2)}
    played = kept(drip(1, BUSY, options=options), colour)

    retries = [each.retry_in is not None for each in played.report.requests_log]
    assert retries == [True, False]


@all_colours
def test_a_run_that_ends_sends_nothing_again(colour: Colour) -> None:
    played = kept(drip(1, BUSY, call={"deadline": 0.0}), colour)
    assert [each.retry_in for each in played.report.requests_log if each.retry_in] == []


@all_colours
def test_a_journal_makes_no_difference_to_what_is_told(colour: Colour, tmp_path: Any) -> None:
    journal = {"journal": tmp_path / "run.db"}
    with_one = kept(drip(3, answer(429, retry_after=7), TAKEN, call=journal), colour)
    without = kept(drip(3, answer(429, retry_after=7), TAKEN), colour)
    assert with_one.report.requests_log == without.report.requests_log
    assert with_one.report.requests_log[0].retry_in is not None


def test_nothing_is_kept_unasked() -> None:
    played = drip(3, TAKEN).play("sync")
    assert played.report.requests_log == ()


def test_the_log_is_no_part_of_what_a_report_says_and_is() -> None:
    played = kept(drip(3, TAKEN), "sync")
    report = played.report
    bare = attrs.evolve(report, requests_log=())

    assert report == bare
    assert report.to_dict() == bare.to_dict()
    assert report.without_items().requests_log == ()
    assert "requests_log" not in repr(report)


def test_a_pickled_exception_has_no_log() -> None:
    played = kept(drip(3, answer(401, b"secret words")), "sync")
    error = played.error

    assert isinstance(error, AuthenticationError)
    assert error.report.requests_log[0].body == b"secret words"
    assert pickle.loads(pickle.dumps(error)).report.requests_log == ()


def test_a_credential_that_is_said_back_is_in_no_record() -> None:
    canary = "canary5e77a1b0c9d8"
    http = httpx.Client(
        transport=httpx.MockTransport(
            lambda request: httpx.Response(
                201, headers={"x-request-id": canary}, content=canary.encode()
            )
        )
    )
    with (
        http,
        batchkit.Drip(canary, access_token=canary, http_client=http, keep_requests=True) as client,
    ):
        [record] = client.subscribers.send(people(1)).requests_log
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
    options: dict[str, Any] = {"http_client": http, "keep_requests": True}
    with http, FakeClock() as time, batchkit.Drip("1", api_key="key", **options) as client:
        with pytest.raises(DeadlineExceededError) as caught:
            client.subscribers.send(people(1), deadline=10)
        over.set()
    [record] = caught.value.report.requests_log
    assert (record.status, record.reason) == (None, "no answer came in time")
    assert "ended: attempt 1, 60.000 s: no answer came in time" in caplog.text


# Hooks


@all_colours
def test_hooks_are_told_in_the_order_of_events(colour: Colour) -> None:
    heard = Heard()
    progress = heard.by("progress")
    played = drip(1, BUSY, TAKEN, hooks=heard.hooks, on_progress=progress).play(colour)

    assert heard.names == ["request", "retry", "request", "outcome", "progress"]
    assert heard.told[1][1] is heard.told[0][1]
    assert [each.status for each in heard.of("request")] == [503, 201]
    assert heard.of("outcome") == [batchkit.Accepted(index=0, item=people(1)[0], code=201)]
    assert played.report.requests_log == ()
    assert heard.threads == {threading.main_thread()}


@all_colours
def test_a_request_is_told_of_before_its_chunk_is_settled(colour: Colour) -> None:
    slept: list[float] = []
    hooks = Hooks(request=lambda record: slept.append(clock.current().monotonic()))
    drip(1, answer(429, retry_after=3600), TAKEN, hooks=hooks).play(colour)

    first, second = slept
    assert first == 0  # and not an hour later
    assert second >= 3600


@all_colours
@pytest.mark.parametrize("streamed", [False, True])
def test_each_outcome_is_told_once(colour: Colour, streamed: bool) -> None:
    heard = Heard()
    items = [*people(3), {"email": 7}]
    hooks = Hooks(outcome=heard.by("outcome"))
    told = drip(0, TAKEN, hooks=hooks, options=PAIRS, streamed=streamed)
    told.items = lambda: items
    played = told.play(colour)

    outcomes: list[Outcome[Any]] = sorted(heard.of("outcome"), key=lambda each: each.index)
    assert [each.index for each in outcomes] == [0, 1, 2, 3]
    assert [each.ok for each in outcomes] == [True, True, True, False]
    if streamed:
        assert sorted(played.outcomes, key=lambda each: each.index) == outcomes


def broken(what: Any) -> None:
    raise LookupError("the hook is tired")


@all_colours
@pytest.mark.parametrize("name", ["request", "retry", "outcome"])
@pytest.mark.parametrize("streamed", [False, True])
def test_what_a_hook_raises_comes_out_with_an_exact_account(
    name: str, colour: Colour, streamed: bool
) -> None:
    hooks = Hooks(**{name: broken})
    played = drip(6, BUSY, TAKEN, hooks=hooks, options=PAIRS, streamed=streamed).play(colour)

    assert isinstance(played.error, LookupError)
    [note] = played.error.__notes__
    if streamed:
        report = played.report
        assert note.startswith(str(report).rpartition(",")[0])
        assert report.accepted == sum(len(sent.items) for sent in played.sent[1:])
        assert report.total == report.accepted + report.unknown + report.unsent
        first, *later = [sent.items for sent in played.sent]
        assert report.unknown == (0 if first in later else 2)  # what the 503 was for


@all_colours
def test_after_a_hook_raised_none_is_called(colour: Colour) -> None:
    heard = Heard()

    def tell(record: RequestRecord) -> None:
        heard.by("request")(record)
        raise LookupError

    hooks = attrs.evolve(heard.hooks, request=tell)
    progress = heard.by("progress")
    played = drip(6, TAKEN, hooks=hooks, options=PAIRS, on_progress=progress).play(colour)

    assert isinstance(played.error, LookupError)
    assert heard.names == ["request"]


def test_an_interrupt_in_a_hook_comes_out_with_an_exact_account() -> None:
    def strike(record: RequestRecord) -> None:
        raise KeyboardInterrupt

    http = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(201)))
    options: dict[str, Any] = {"hooks": Hooks(request=strike), "http_client": http, **PAIRS}
    client = batchkit.Drip("1", api_key="key", **options)
    with http, pytest.raises(KeyboardInterrupt) as caught:
        client.subscribers.send(people(6))
    [note] = caught.value.__notes__
    assert "2 accepted" in note or "4 accepted" in note or "6 accepted" in note
    assert "0 unknown" in note


@all_colours
def test_once_a_stream_is_left_no_hook_is_called(colour: Colour) -> None:
    heard = Heard()
    scene = drip(9, TAKEN, hooks=heard.hooks, options=PAIRS, streamed=True, take=1)
    played = kept(scene, colour)

    assert len(heard.of("outcome")) == 2  # those of the one chunk
    assert len(played.report.requests_log) == played.report.requests >= len(heard.of("request"))


@pytest.mark.parametrize("colour", COLOURS[1:])
def test_an_asynchronous_client_awaits_what_its_hooks_return(colour: Colour) -> None:
    heard = Heard()

    def late(name: str) -> Callable[[Any], Any]:
        async def hear(what: Any) -> None:
            await anyio.lowlevel.checkpoint()
            heard.by(name)(what)

        return hear

    hooks = Hooks(request=late("request"), retry=late("retry"), outcome=late("outcome"))
    drip(1, BUSY, TAKEN, hooks=hooks).play(colour)

    assert heard.names == ["request", "retry", "request", "outcome"]


@all_colours
def test_a_question_of_its_own_is_told_of_as_well(colour: Colour) -> None:
    heard = Heard()

    def say(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"updateCount": 1})

    transport = httpx.MockTransport(say)
    options: dict[str, Any] = {"token": "secret", "hooks": heard.hooks}
    if colour == "sync":
        with httpx.Client(transport=transport) as http:
            batchkit.Ecwid("1", http_client=http, **options).batches.cancel_group("night")
    else:

        async def main() -> None:
            async with httpx.AsyncClient(transport=transport) as http:
                ecwid = batchkit.AsyncEcwid("1", http_client=http, **options)
                await ecwid.batches.cancel_group("night")

        anyio.run(main, backend=colour)
    [record] = heard.of("request")
    assert heard.names == ["request"]
    assert (record.items, record.status, record.url[-19:]) == (0, 200, "/batch/cancel-group")


@pytest.fixture
def records(monkeypatch: pytest.MonkeyPatch) -> list[RequestRecord]:
    """Every record that is made."""
    made: list[RequestRecord] = []

    def make(**told: Any) -> RequestRecord:
        made.append(RequestRecord(**told))
        return made[-1]

    monkeypatch.setattr(witness, "RequestRecord", make)
    return made


@all_colours
@pytest.mark.parametrize("keeps", [False, True])
def test_a_record_is_made_only_where_somebody_listens(
    colour: Colour, keeps: bool, records: list[RequestRecord]
) -> None:
    hooks = Hooks(outcome=lambda outcome: None)
    scene = drip(6, TAKEN, hooks=hooks, options=PAIRS)
    played = kept(scene, colour) if keeps else scene.play(colour)

    assert played.report.accepted == 6
    assert len(records) == (3 if keeps else 0)


# As options


@pytest.mark.parametrize(
    ("name", "bad"), [("hooks", None), ("hooks", print), ("keep_requests", 1)], ids=repr
)
def test_options_that_are_refused(make: Any, name: str, bad: object) -> None:
    with pytest.raises(ConfigurationError, match=name):
        make("Drip", "1", api_key="key", **{name: bad})


@pytest.mark.parametrize("name", ["request", "retry", "outcome"])
def test_a_hook_is_a_function(name: str) -> None:
    made: Any = Hooks
    with pytest.raises(ConfigurationError, match=rf"Hooks\({name}=…\) is 7; it must be a function"):
        made(**{name: 7})


def test_with_options_changes_them(wire: Wire) -> None:
    heard = Heard()
    client = batchkit.Drip("1", api_key="key", http_client=wire.client)
    other = client.with_options(hooks=heard.hooks, keep_requests=True)
    reports: list[Report[Any]] = [each.subscribers.send(people(1)) for each in (client, other)]

    assert [len(each.requests_log) for each in reports] == [0, 1]
    assert heard.names == ["request", "outcome"]
