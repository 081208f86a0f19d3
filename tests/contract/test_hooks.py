"""Hooks: what is told of a run while it goes on, in all three colours."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import anyio
import attrs
import httpx
import pytest

import batchkit
from batchkit import Hooks, Outcome, RequestRecord
from batchkit._io import clock
from batchkit.exceptions import ConfigurationError
from tests.contract.colours import COLOURS, Colour, answer, people
from tests.contract.test_records import BUSY, PAIRS, TAKEN, drip
from tests.contract.wire import Wire

all_colours = pytest.mark.parametrize("colour", COLOURS)


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


@all_colours
def test_hooks_are_told_in_the_order_of_events(colour: Colour) -> None:
    heard = Heard()
    progress = heard.by("progress")
    drip(1, BUSY, TAKEN, hooks=heard.hooks, on_progress=progress).play(colour)

    assert heard.names == ["request", "retry", "request", "outcome", "progress"]
    assert heard.told[1][1] is heard.told[0][1]
    assert [each.status for each in heard.of("request")] == [503, 201]
    assert heard.of("outcome") == [batchkit.Accepted(index=0, item=people(1)[0], code=201)]
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
    played = scene.play(colour)

    assert len(heard.of("outcome")) == 2  # those of the one chunk
    assert len(played.sent) == played.report.requests >= len(heard.of("request"))


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


# As options


@pytest.mark.parametrize("bad", [None, print], ids=repr)
def test_options_that_are_refused(make: Any, bad: object) -> None:
    with pytest.raises(ConfigurationError, match="hooks"):
        make("Drip", "1", api_key="key", hooks=bad)


@pytest.mark.parametrize("name", ["request", "retry", "outcome"])
def test_a_hook_is_a_function(name: str) -> None:
    made: Any = Hooks
    with pytest.raises(ConfigurationError, match=rf"Hooks\({name}=…\) is 7; it must be a function"):
        made(**{name: 7})


def test_with_options_changes_them(wire: Wire) -> None:
    heard = Heard()
    client = batchkit.Drip("1", api_key="key", http_client=wire.client)
    other = client.with_options(hooks=heard.hooks)
    for each in (client, other):
        each.subscribers.send(people(1))

    assert heard.names == ["request", "outcome"]
