"""A credential is in no public object, however it is shown, and nowhere on an exception.

`tests/test_secrets.py` looks at clients and at Drip's faults; here are all objects that a user can
hold, and Ecwid, whose tickets make more of them.
"""

from __future__ import annotations

import copy
import gc
import io
import json
import logging
import pickle
import types
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import attrs
import httpx
import pytest

import batchkit
from batchkit import RetryPolicy
from batchkit.ecwid import ApiRequest
from batchkit.exceptions import BatchkitError, ConfigurationError
from batchkit.testing import FakeClock, Sandbox
from tests.io.wire import Behaviour, peer_that
from tests.test_secrets import CANARY, FAULTS, PEOPLE, WithExtras, confirm_clean, says

WAYS: dict[str, Callable[[Any], object]] = {
    "repr": repr,
    "str": str,
    "format": lambda value: f"{value}",
    "percent": lambda value: "%s %r" % (value, value),  # noqa: UP031 - one of the ways to show it
    "vars": vars,
    "dir": dir,
    "asdict": attrs.asdict,
    "pickle": lambda value: pickle.dumps(value, protocol=0),
    "copy": lambda value: vars(copy.copy(value)),
    "deepcopy": lambda value: vars(copy.deepcopy(value)),
    "json": lambda value: json.dumps(value, default=vars),
    "logging": lambda value: logging.LogRecord("x", 10, "", 1, "%s", (value,), None).getMessage(),
}
REQUESTS = [ApiRequest("GET", "/profile"), ApiRequest("DELETE", "/products/999")]


REFUSALS = (TypeError, AttributeError, ValueError, RecursionError)


def shown(value: object) -> Iterator[str]:
    """The object in every way in which it lets itself be shown."""
    for way in WAYS.values():
        try:
            yield repr(way(value))
        except (*REFUSALS, pickle.PicklingError) as error:
            yield f"{error} {error!r}"


def ecwid_objects() -> Iterator[object]:
    with Sandbox() as shop, FakeClock():
        ecwid = batchkit.Ecwid("1", token=CANARY, base_url=shop.url("ecwid"))
        with ecwid:
            yield from (ecwid, ecwid.batches, ecwid.with_options("2"))
            yield from (ecwid.batches.plan(REQUESTS), ecwid.batches.stream(REQUESTS))
            yield ecwid.batches.send(REQUESTS)
            job = ecwid.batches.submit(REQUESTS)
            yield from (job, job.to_json(), *job.tickets)
            yield ecwid.batches.status(job.tickets[0].ticket)
            yield ecwid.batches.wait(job)
            with ecwid.batches.results(job) as outcomes:
                yield outcomes
                yield from outcomes
            yield from ecwid.batches.tickets("COMPLETED")


def drip_objects() -> Iterator[object]:
    http = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(500)))
    with http, FakeClock():
        for credential in ({"api_key": CANARY}, {"access_token": CANARY}):
            drip = batchkit.Drip("1", http_client=http, **credential)
            yield from (drip, drip.events, drip.with_options(api_key=CANARY), drip.with_options())
            report = drip.events.send([{"email": "a@b.example", "action": "x"}])
            yield from (report, report.to_dict(), *report.problems)


def test_no_object_that_a_user_holds_shows_it() -> None:
    seen = [type(value).__name__ for make in (ecwid_objects, drip_objects) for value in clean(make)]
    assert {"Ecwid", "Job", "BatchStatus", "Succeeded", "Rejected", "Report", "Plan"} <= {*seen}


def clean(make: Callable[[], Iterator[object]]) -> Iterator[object]:
    for value in make():
        confirm_clean(*shown(value))
        yield value


def test_not_even_a_clients_own_options_do() -> None:
    drip = batchkit.Drip("1", api_key=CANARY)
    confirm_clean(*shown(drip._options))


# Exceptions


def within(error: BaseException, depth: int = 6) -> Iterator[object]:
    """All that hangs on an exception, except for what the caller's own frames hold."""
    found: list[Any] = [vars(error), error.args, error.__cause__, error.__context__]
    found += [getattr(error, "__notes__", [])]
    seen: set[int] = set()
    skipped = (type, types.ModuleType, types.FunctionType, types.FrameType, types.TracebackType)
    for _ in range(depth):
        found = [each for each in found if id(each) not in seen and not isinstance(each, skipped)]
        seen.update(map(id, found))
        yield from found
        found = gc.get_referents(*found)


def confirm_bare(error: BaseException) -> None:
    """No credential on the exception, and no object of an HTTP library."""
    for each in within(error):
        confirm_clean(repr(each))
        assert type(each).__module__.partition(".")[0] not in ("httpx", "httpcore", "h11", "ssl")
    confirm_clean(pickle.dumps(error), *shown(error))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged by anybody, at the finest level."""
    stream, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(WithExtras())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


FAULTS_OF_TICKETS = {
    **FAULTS,
    "a ticket, and then the same again": says(200, b'{"ticket": "t1"}'),
    "no such ticket": says(404, b'{"errorMessage": "no"}'),
}


def ask(url: str, colour: str, what: str) -> BaseException | None:
    """The exception of one call to Ecwid."""
    options: dict[str, Any] = {"base_url": url, "timeout": 0.1, "retry": RetryPolicy(attempts=2)}
    calls: dict[str, Callable[[Any], Any]] = {
        "send": lambda batches: batches.send(REQUESTS, deadline=60),
        "submit": lambda batches: batches.submit(REQUESTS),
        "status": lambda batches: batches.status("t1"),
        "delete": lambda batches: batches.delete("t1"),
        "cancel": lambda batches: batches.cancel_group("night"),
    }
    try:
        if colour == "sync":
            with batchkit.Ecwid("1", token=CANARY, **options) as ecwid:
                calls[what](ecwid.batches)
            return None

        async def main() -> None:
            async with batchkit.AsyncEcwid("1", token=CANARY, **options) as ecwid:
                await calls[what](ecwid.batches)

        anyio.run(main, backend=colour)
    except BatchkitError as error:
        return error
    return None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # httpx under trio
@pytest.mark.matrix
@pytest.mark.parametrize("behave", FAULTS_OF_TICKETS.values(), ids=FAULTS_OF_TICKETS)
@pytest.mark.parametrize(
    ("colour", "what"),
    [
        *(("sync", "send"), ("sync", "status"), ("sync", "submit")),
        *(("asyncio", "send"), ("trio", "cancel"), ("asyncio", "delete")),
    ],
)
def test_no_fault_of_ecwids_shows_it(
    colour: str, what: str, behave: Behaviour, log: io.StringIO
) -> None:
    with FakeClock(), peer_that(behave) as peer:
        error = ask(peer.url, colour, what)
    gc.collect()
    assert "connect_tcp" in log.getvalue()  # the finest level it is
    assert "batchkit.requests Ecwid batches: " in log.getvalue()
    confirm_clean(log.getvalue())
    if error is not None:
        confirm_bare(error)


WRONG_CALLS: dict[str, Callable[[], object]] = {
    "both": lambda: batchkit.Drip("1", api_key=CANARY, access_token=CANARY),
    "id": lambda: batchkit.Drip("a/b", api_key=CANARY),
    "option": lambda: batchkit.Ecwid("1", token=CANARY, timeout=-1),
    "blank": lambda: batchkit.Ecwid("1", token=f"{CANARY} "),
    "in the URL": lambda: batchkit.Drip("1", api_key="k", base_url=f"https://{CANARY}@a.example"),
    "closed": lambda: closed().subscribers.send(PEOPLE),
    "ticket": lambda: batchkit.Ecwid("1", token=CANARY).batches.status("../x"),
    "group": lambda: batchkit.Ecwid("1", token=CANARY).batches.cancel_group("a b"),
}


def closed() -> batchkit.Drip:
    with batchkit.Drip("1", api_key=CANARY) as drip:
        return drip


@pytest.mark.parametrize("call", WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_no_mistake_of_the_callers_shows_it(call: Callable[[], object]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        call()
    confirm_bare(caught.value)
