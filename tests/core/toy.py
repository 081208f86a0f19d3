"""A vendor of our own with an endpoint of each kind, and the shortest way to a run on it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any

import attrs

from batchkit._core.effects import Failure, Phase, Response
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.exchange.policy import Policy
from batchkit._core.exchange.retry import longest_wait
from batchkit._core.items.chunks import Chunk, Chunker
from batchkit._core.items.models import InvalidItem
from batchkit._core.operations import (
    AllDone,
    AllTaken,
    Complaint,
    ItemAnswer,
    Operation,
    PerItem,
    Reading,
    Repeat,
    Ticketed,
    Ticketing,
    TicketState,
    Unreadable,
)
from batchkit._core.run.run import Run, RunLimits
from batchkit._core.run.throttle import Throttle
from batchkit.options import Limits, Pace, PollPolicy, RetryPolicy
from tests.simulator import Simulator, Vendor

BAD = "an item that cannot be sent"


def encode(item: object, index: int, now: str) -> bytes:
    if not isinstance(item, int):
        raise InvalidItem("It is not a number.")
    return str(item).encode()


def read(response: Response, items: int) -> Reading | None:
    told = _decoded(response.body)
    if isinstance(told, list) and len(told) == items:  # whatever the status of the whole is
        return PerItem([_item_answer(code) for code in told])
    if not 200 <= response.status < 300:
        return None
    match told:
        case "taken":
            return AllTaken()
        case "done":
            return AllDone()
        case {"ticket": str(ticket)}:
            return Ticketed(ticket)
        case _:
            return Unreadable("the answer cannot be read")


def read_state(response: Response) -> TicketState | str:
    told = _decoded(response.body)
    if not isinstance(told, dict):
        return "the answer about the ticket cannot be read"
    answers = {name: _item_answer(code) for name, code in told.pop("answers", {}).items()}
    return TicketState(**told, answers=answers)


def _item_answer(code: Any) -> ItemAnswer:
    if code == "NOT_EXECUTED":
        return ItemAnswer(None, tried=False)
    if code == "CONTRADICTION":
        return ItemAnswer(None, "The results contradict each other.")
    if isinstance(code, list):
        return ItemAnswer(code[0], reason=code[1], value=code[2] if len(code) > 2 else None)
    return ItemAnswer(code)


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def complain(response: Response) -> Complaint:
    return Complaint(response.body.decode(), response.headers.get("x-error-code"))


CONVERGES = Operation(
    vendor="Toy",
    name="things",
    path="/things",
    encode=encode,
    before=b"[",
    after=b"]",
    limits=Limits(max_items=1000, max_bytes=1_000_000),
    repeat=Repeat.CONVERGES,
    read=read,
    complain=complain,
    quota="things",
)
DUPLICATES = attrs.evolve(CONVERGES, repeat=Repeat.DUPLICATES)
TICKETING = Ticketing(
    identify=lambda item, index: f"id-{index}",
    keyed_path=lambda key: f"/jobs?key={key}",
    status_path=lambda ticket: f"/status/{ticket}",
    read_state=read_state,
    repeats=lambda item: int(str(item)) % 2 == 0,
    touches=str,
)
KEYED = attrs.evolve(CONVERGES, repeat=Repeat.KEYED, ordered=True, ticketing=TICKETING)
STOPPING = attrs.evolve(KEYED, ticketing=attrs.evolve(TICKETING, stops_on_failure=True))


def rules(**more: Any) -> Policy:
    keys = count(1)
    chosen: dict[str, Any] = {
        "retry": RetryPolicy(),
        "poll": PollPolicy(),
        "resend_in_doubt": False,
        "strict_items": False,
        "refused_statuses": None,
        "random": lambda: 0.5,
        "new_key": lambda: f"k{next(keys)}",
    }
    return Policy(**{**chosen, **more})


_default_rules = rules


def cut(
    items: Iterable[object], operation: Operation = CONVERGES, *, size: int = 1000, **more: Any
) -> list[Chunk]:
    """The items as chunks of at most `size`."""
    chunker = Chunker(
        operation,
        max_items=size,
        max_bytes=more.pop("max_bytes", 1_000_000),
        now=lambda: "now",
        **more,
    )
    return list(chunks_of(chunker, items))


def chunks_of(chunker: Chunker, items: Iterable[object]) -> Iterator[Chunk]:
    """All that it makes of the items."""
    source = iter(items)
    while chunker.read(source) or chunker.finish():
        assert chunker.ready is not None
        yield chunker.ready


def bounds(operation: Operation, **more: Any) -> RunLimits:
    ticketing = operation.ticketing
    chosen: dict[str, Any] = {
        "vendor": operation.vendor,
        "name": operation.name,
        "remaining_header": operation.remaining_header,
        "in_flight": 4,
        "timeout": 60.0,
        "max_retry_after": 3700.0,
        "ordered": operation.ordered,
        "stops_on_failure": ticketing is not None and ticketing.stops_on_failure,
    }
    return RunLimits(**{**chosen, **more})


def simulate(
    chunks: Iterable[Chunk],
    vendor: Vendor,
    operation: Operation = CONVERGES,
    *,
    rules: Policy | None = None,
    pace: Pace | None = None,
    throttle: Throttle | None = None,
    start: float = 0.0,
    seed: int = 0,
    **more: Any,
) -> Simulator:
    """A simulator that is ready to play these chunks; `more` is what bounds the run."""
    chosen = rules or _default_rules()
    of_policy = {
        "max_retry_after": chosen.retry.max_retry_after,
        "first_trial": longest_wait(chosen.retry),
    }
    limits = bounds(operation, **{**of_policy, **more})
    run = Run(
        lambda chunk: Exchange(chunk, operation, chosen), throttle or Throttle(pace), limits, start
    )
    return Simulator(run, chunks, vendor, performers=limits.in_flight, seed=seed, start=start)


def play(chunks: Iterable[Chunk], vendor: Vendor, *where: Operation, **more: Any) -> Simulator:
    return simulate(chunks, vendor, *where, **more).play()


def reply(status: int, told: object = None, **headers: str) -> Response:
    """An answer; `told` is its JSON, headers are given with underscores."""
    body = b"" if told is None else json.dumps(told).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status=status, headers=named, body=body)


def failure(phase: Phase = Phase.ANSWERED, reason: str = "no answer came") -> Failure:
    return Failure(phase=phase, reason=reason)


TAKEN = reply(202, "taken")


def script(*replies: Response | Failure, latency: float = 0.1) -> Vendor:
    """A vendor that gives these answers in turn, and the last one for ever."""
    left = list(replies)
    return lambda request, now: (latency, left.pop(0) if len(left) > 1 else left[0])


def carried(body: bytes) -> list[int]:
    """The items in a request's body."""
    return json.loads(body)


def kinds(outcomes: Sequence[object]) -> list[str]:
    """The classes of some outcomes, by name."""
    return [type(outcome).__name__ for outcome in outcomes]
