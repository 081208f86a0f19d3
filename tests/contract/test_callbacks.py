"""Which functions a client takes, and what it makes of what they return or raise."""

from __future__ import annotations

from asyncio import Future, new_event_loop
from functools import partial
from typing import Any

import pytest

import batchkit
from batchkit import Hooks
from batchkit.exceptions import ConfigurationError
from tests.contract.colours import COLOURS, Colour, people
from tests.contract.test_records import PAIRS, TAKEN, drip
from tests.contract.wire import Wire

all_colours = pytest.mark.parametrize("colour", COLOURS)


@all_colours
@pytest.mark.parametrize("ending", [StopIteration, StopAsyncIteration])
@pytest.mark.parametrize("name", ["request", "outcome", "on_progress"])
def test_no_callback_ends_a_stream_in_silence(
    name: str, ending: type[Exception], colour: Colour
) -> None:
    def end(what: Any) -> None:
        raise ending

    is_hook = name != "on_progress"
    told: dict[str, Any] = {"hooks": Hooks(**{name: end})} if is_hook else {name: end}
    played = drip(6, TAKEN, options=PAIRS, streamed=True, **told).play(colour)

    assert isinstance(played.error, RuntimeError)
    assert str(played.error) == f"The caller's own code raised {ending.__name__}."
    assert isinstance(played.error.__cause__, ending)


async def later(what: Any) -> None: ...


async def later_with(more: int, what: Any) -> None: ...


class Later:
    async def __call__(self, what: Any) -> None: ...


AWAITED = [later, partial(later_with, 1), Later()]


@pytest.mark.parametrize("function", AWAITED, ids=["function", "partial", "object"])
@pytest.mark.parametrize("name", ["request", "retry", "outcome"])
def test_a_synchronous_client_takes_no_hook_that_wants_to_be_awaited(
    name: str, function: Any
) -> None:
    hooks = Hooks(**{name: function})
    client = batchkit.Drip("1", api_key="key")
    for make in (client.with_options, partial(batchkit.Drip, "1", api_key="key")):
        with pytest.raises(ConfigurationError, match=rf"Hooks\({name}=…\) is an async function"):
            make(hooks=hooks)


@pytest.mark.parametrize("function", AWAITED, ids=["function", "partial", "object"])
def test_on_progress_of_a_synchronous_client_is_not_awaited_either(
    function: Any, wire: Wire
) -> None:
    client = batchkit.Drip("1", api_key="key", http_client=wire.client)
    with pytest.raises(ConfigurationError, match="on_progress is an async function"):
        client.subscribers.send(people(1), on_progress=function)
    assert wire.seen == []


@all_colours
def test_on_progress_is_a_function(colour: Colour) -> None:
    played = drip(3, TAKEN, call={"on_progress": 7}).play(colour)
    assert isinstance(played.error, ConfigurationError)
    assert str(played.error) == "on_progress is of type int; it must be a function."
    assert played.sent == []


def awaitable_of(kind: str) -> Any:
    if kind == "coroutine":
        return later(None)
    future: Future[None] = Future(loop=new_event_loop())
    future.get_loop().close()
    return future


@pytest.mark.parametrize("kind", ["coroutine", "future"])
def test_what_a_plain_callback_wants_awaited_is_refused_with_an_exact_account(kind: str) -> None:
    """A coroutine is closed: under our settings an unawaited one is an error."""
    hooks = Hooks(outcome=lambda outcome: awaitable_of(kind))
    played = drip(3, TAKEN, hooks=hooks).play("sync")
    assert isinstance(played.error, ConfigurationError)
    assert "returned an awaitable" in str(played.error)
    [note] = played.error.__notes__
    assert note.startswith("3 items: 3 accepted")
