"""Ctrl-C: wherever it strikes, the account is whole and nothing is left."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest

import batchkit
from batchkit import Limits, RetryPolicy, Unknown
from batchkit._io import sync
from batchkit.exceptions import DeadlineExceededError
from batchkit.testing import Sandbox
from tests.contract.colours import people
from tests.io.wire import Deaf, Peer, peer_that

LIBRARY = str(Path(batchkit.__file__).parent)
SMALL = Limits(max_items=5)
POINTS = range(30)


@pytest.fixture(autouse=True)
def pythons_own_handler() -> Iterator[None]:
    """A shell starts its background jobs with SIGINT ignored, and Python leaves it so."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


class Strikes:
    """Presses Ctrl-C when the main thread has run so many lines of the library."""

    def __init__(self, *moments: int) -> None:
        self._moments = set(moments)
        self.lines = 0

    def __enter__(self) -> Strikes:
        self._before = sys.gettrace()
        sys.settrace(self._trace)
        return self

    def __exit__(self, *rest: object) -> None:
        sys.settrace(self._before)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(LIBRARY):
            return None
        if event == "line":
            self.lines += 1
            if self.lines in self._moments:
                signal.raise_signal(signal.SIGINT)
        return self._trace


def drip(url: str, **options: Any) -> batchkit.Drip:
    return batchkit.Drip("1", api_key="a-long-key", base_url=url, limits=SMALL, **options)


class Source:
    """Counts what was read of it."""

    def __init__(self, count: int) -> None:
        self.read = 0
        self._people = people(count)

    def __iter__(self) -> Iterator[Any]:
        for person in self._people:
            self.read += 1
            yield person


def lines_of_a_run(sandbox: Sandbox) -> int:
    with drip(sandbox.url("drip")) as client, Strikes() as strikes:
        client.subscribers.send(people(50))
    return strikes.lines


def held_against(sandbox: Sandbox, report: batchkit.Report[Any], source: Source) -> None:
    taken = sandbox.ledger.count("drip", "subscribers")
    assert report.total == source.read
    assert report.accepted <= taken <= report.accepted + report.unknown


@pytest.mark.parametrize("point", POINTS)
def test_an_interrupt_at_any_line_leaves_an_exact_account(sandbox: Sandbox, point: int) -> None:
    every = lines_of_a_run(sandbox)
    sandbox.ledger.clear()
    source, threads = Source(50), set(threading.enumerate())
    with drip(sandbox.url("drip")) as client:
        stream = client.subscribers.stream(source)
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012 - it may strike anywhere in the block
            with Strikes(1 + every * point // len(POINTS)), stream as outcomes:
                for _ in outcomes:
                    pass
            signal.raise_signal(signal.SIGINT)  # the threads were faster than the strike
        held_against(sandbox, stream.report, source)
        assert set(threading.enumerate()) <= threads
        assert client.subscribers.send(people(5)).ok


def test_no_call_touches_a_handler(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "signal")
    with drip(sandbox.url("drip")) as client:
        assert client.subscribers.send(people(5)).ok


def test_a_handler_of_the_callers_stays_in_place(sandbox: Sandbox) -> None:
    struck: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: struck.append(number))
    try:
        with drip(sandbox.url("drip")) as client, Strikes(100):
            assert client.subscribers.send(people(5)).ok
    finally:
        signal.signal(signal.SIGINT, before)
    assert struck == [signal.SIGINT]


def test_in_the_callers_own_code_an_interrupt_comes_at_once(sandbox: Sandbox) -> None:
    def source() -> Iterator[dict[str, str]]:
        yield from people(7)
        signal.raise_signal(signal.SIGINT)
        raise AssertionError("the source went on after an interrupt")

    with drip(sandbox.url("drip")) as client, pytest.raises(KeyboardInterrupt) as struck:
        client.subscribers.send(source())
    assert any("7 items" in note for note in struck.value.__notes__)


def test_a_run_inside_the_callers_source_is_guarded_as_well(sandbox: Sandbox) -> None:
    inner: list[batchkit.Report[Any]] = []

    with drip(sandbox.url("drip")) as client:

        def source() -> Iterator[dict[str, str]]:
            stream = client.subscribers.stream(people(20))
            try:
                with Strikes(150), stream as outcomes:
                    for _ in outcomes:
                        pass
            finally:
                inner.append(stream.report)
            yield from people(5)

        with pytest.raises(KeyboardInterrupt):
            client.subscribers.send(source())
    assert inner[0].total == inner[0].accepted + inner[0].unsent + inner[0].unknown
    assert inner[0].accepted == sandbox.ledger.count("drip", "subscribers")


def press_when(event: threading.Event, *then: Any) -> threading.Thread:
    """Somebody who presses Ctrl-C once a request has arrived, and then does more."""

    def press() -> None:
        assert event.wait(5)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        for each in then:
            each()

    thread = threading.Thread(target=press)
    thread.start()
    return thread


def interrupted(peer: Peer, thread: threading.Thread, **options: Any) -> batchkit.Report[Any]:
    with drip(peer.url, retry=RetryPolicy(attempts=1), **options) as client:
        stream = client.events.stream({"email": "a@b.example", "action": "x"} for _ in range(5))
        with pytest.raises(KeyboardInterrupt), stream as outcomes:
            next(outcomes)
    thread.join()
    return stream.report


def test_an_answer_on_its_way_is_waited_for() -> None:
    deaf = Deaf()
    with peer_that(deaf) as peer:
        report = interrupted(peer, press_when(deaf.asked, deaf.speak.set))
    assert (report.accepted, report.unknown) == (5, 0)


def test_the_wait_for_answers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "DRAIN", 0.1)
    monkeypatch.setattr("batchkit._io.streams.DRAIN", 0.1)
    deaf = Deaf()
    with peer_that(deaf) as peer:
        report = interrupted(peer, press_when(deaf.asked))
        deaf.speak.set()
    assert (report.accepted, report.unknown) == (0, 5)


@pytest.mark.parametrize("own", [True, False])
def test_a_second_interrupt_stops_the_wait(own: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    deaf, leaving = Deaf(), threading.Event()
    halt = sync.Driver._halt

    def noticed(driver: sync.Driver, *args: Any) -> None:
        halt(driver, *args)
        leaving.set()

    def press_again() -> None:
        assert leaving.wait(5)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    monkeypatch.setattr(sync.Driver, "_halt", noticed)
    threads = set(threading.enumerate())
    with peer_that(deaf) as peer, httpx.Client() as theirs:
        options = {} if own else {"http_client": theirs}
        report = interrupted(peer, press_when(deaf.asked, press_again), **options)
        deaf.speak.set()
    assert (report.accepted, report.unknown) == (0, 5)
    if own:
        assert set(threading.enumerate()) <= threads


def test_a_deadline_ends_the_wait_for_an_answer() -> None:
    deaf = Deaf()
    with peer_that(deaf) as peer, drip(peer.url) as client:
        with pytest.raises(DeadlineExceededError) as ended:
            client.events.send([{"email": "a@b.example", "action": "x"}], deadline=0.1)
        deaf.speak.set()
    assert [type(problem) for problem in ended.value.report.problems] == [Unknown]


def test_a_deadline_ends_a_callers_own_client_too() -> None:
    deaf = Deaf()
    with peer_that(deaf) as peer, httpx.Client() as theirs:
        client = drip(peer.url, http_client=theirs)
        with pytest.raises(DeadlineExceededError) as ended:
            client.events.send([{"email": "a@b.example", "action": "x"}], deadline=0.1)
        deaf.speak.set()
    assert ended.value.report.unknown == 1
