"""A process that imports with a journal, to be killed.

It reads one life a line and forks a child for each, so that a life does not begin with seconds of
imports. A life may have a point at which it kills itself.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import anyio

import batchkit
from batchkit import Limits, PollPolicy, RetryPolicy
from batchkit._io.http.defaults import async_client, sync_client
from batchkit._io.http.failures import Trace
from batchkit.ecwid import ApiRequest
from batchkit.journal.session import Session
from batchkit.journal.store import Store

CLIENTS = {
    "subscribers": ("Drip", "1", {"api_key": "key", "pace": None}),
    "events": ("Drip", "1", {"api_key": "key", "pace": None}),
    "batches": ("Ecwid", "1003", {"token": "secret_key", "pace": None}),
}
EVENTS = {
    "send_request_headers.started": "first byte",
    "send_request_body.complete": "last byte",
    "receive_response_headers.complete": "head",
    "receive_response_body.complete": "body",
}
SOON = PollPolicy(initial=0.003, factor=1.1, maximum=0.02)


def items(operation: str, number: int) -> Iterator[Any]:
    for index in range(number):
        match operation:
            case "subscribers":
                yield {"email": f"{index}@shop.example"}
            case "events":
                yield {"email": f"{index}@shop.example", "action": "Bought"}
            case _:
                yield ApiRequest("POST", "/products", {"name": f"{index}"})


def arm(point: str, number: int) -> None:
    """Let this process die when it comes to the point for the `number`th time."""
    times = itertools.count(1)

    def reach(name: str) -> None:
        if name == point and next(times) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(owner: Any, method: str, names: Callable[..., Iterable[str]]) -> None:
        original = getattr(owner, method)

        def wrapped(self: Any, *args: Any, **more: Any) -> Any:
            told = names(*args)
            for name in told:
                reach(f"before {name}")
            given = original(self, *args, **more)
            for name in told:
                reach(f"after {name}")
            return given

        setattr(owner, method, wrapped)

    def follow(self: Trace, event: str, info: Any) -> None:
        original(self, event, info)
        for ending, name in EVENTS.items():
            if event.endswith(ending):
                reach(name)

    original = Trace.__call__
    setattr(Trace, "__call__", follow)  # noqa: B010 - a type checker would refuse it
    around(Store, "write", lambda lines: [line.entry.state.value for line in lines])
    around(Session, "open", lambda: ["open"])
    around(Session, "close", lambda: ["close"])


def live(told: dict[str, Any]) -> None:
    if told.get("point"):
        arm(told["point"], told["nth"])
    name, account, options = CLIENTS[told["operation"]]
    colour = "Async" if told["colour"] == "async" else ""
    client = getattr(batchkit, colour + name)(
        account,
        base_url=told["url"],
        max_in_flight=told["in_flight"],
        limits=Limits(max_items=told["size"]),
        retry=RetryPolicy(base_delay=0.001),
        on_doubt=told["on_doubt"],
        **options,
    )
    endpoint = getattr(client, "batches" if name == "Ecwid" else told["operation"])
    call: dict[str, Any] = {"journal": told["journal"]}
    call |= {"poll": SOON} if name == "Ecwid" else {}
    source = items(told["operation"], told["items"])
    if colour:
        outcomes = anyio.run(gather, client, endpoint, source, call)
    else:
        with client, endpoint.stream(source, **call) as stream:
            outcomes = [(each.index, type(each).__name__) for each in stream]
    with open(told["result"], "w", encoding="utf-8") as result:  # noqa: PTH123 - all in one go
        json.dump(outcomes, result)


async def gather(client: Any, endpoint: Any, source: Any, call: Any) -> list[Any]:
    async with client, endpoint.stream(source, **call) as stream:
        return [(each.index, type(each).__name__) async for each in stream]


def main() -> None:
    for client in (sync_client(kept=0), async_client(kept=0)):
        client.build_request("POST", "http://127.0.0.1", content=b"")  # what is slow once, is done
    for name, account, options in CLIENTS.values():
        for colour in ("", "Async"):
            getattr(batchkit, colour + name)(account, **options)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                live(json.loads(line))
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
