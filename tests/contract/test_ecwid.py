"""Ecwid's batches in all three colours, against the sandbox's store on a clock that never waits."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import anyio
import attrs
import httpx
import pytest

import batchkit
from batchkit import Limits, Rejected, Succeeded, Unknown, Unsent
from batchkit._io import clock
from batchkit.ecwid import ApiRequest, BatchStatus, Job
from batchkit.exceptions import AuthenticationError, ConfigurationError, NotFoundError
from batchkit.testing import FakeClock, Request, Sandbox
from tests.contract.colours import COLOURS, Colour, Scene, answer, counts

all_colours = pytest.mark.parametrize("colour", COLOURS)
SMALL = {"limits": Limits(max_items=2), "max_in_flight": 1}


def store(**options: Any) -> Callable[[], list[Any]]:
    """Answers of a fresh store, in which an entry takes a second."""

    def answers() -> list[Any]:
        options.setdefault("seconds_per_entry", 1.0)
        shop = Sandbox(clock=lambda: clock.current().monotonic(), **options)

        def say(sent: Any) -> httpx.Response:
            parts = urlsplit(sent.url)
            target = f"/ecwid{parts.path}?{parts.query}"
            told = shop.handle(Request.of(sent.method, target, sent.headers, sent.content))
            return httpx.Response(told.status, headers=list(told.headers), content=told.body)

        return [say]

    return answers


def new(number: int) -> list[Any]:
    return [ApiRequest("POST", "/products", {"name": f"Tea {index}"}) for index in range(number)]


def scene(items: Any, answers: Any = None, **more: Any) -> Scene:
    return Scene(
        vendor="Ecwid",
        endpoint="batches",
        items=lambda: items,
        answers=store() if answers is None else answers,
        **{"options": SMALL, **more},
    )


SCENES: dict[str, Scene] = {
    "five in three batches": scene(new(5)),
    "parallel, in a group": scene(new(3), call={"parallel": True, "group_id": "night"}),
    "an entry fails": scene([*new(2), ApiRequest("DELETE", "/products/999"), *new(1)]),
    "the first failure stops": scene(
        [*new(1), ApiRequest("DELETE", "/products/999"), *new(3)],
        call={"stop_on_first_failure": True},
    ),
    "a bad entry stops": scene(
        [*new(1), ApiRequest("GET", "//evil"), *new(3)], call={"stop_on_first_failure": True}
    ),
    "bad paths": scene([ApiRequest("GET", "/a/../b"), *new(1), ApiRequest("GET", "https://x")]),
    "an id twice": scene([{"method": "GET", "path": "/profile", "id": "a"}] * 2),
    "a token that is refused": scene(
        new(3), store(refused_credentials=["secret_key"]), read_first=3
    ),
    "a submission in doubt": scene(new(1), [answer(500), answer(500), answer(401)]),
    "a ticket that is gone": scene(new(1), [answer(200, {"ticket": "t1"}), answer(404)]),
    "a ticket that is refused": scene(
        new(4), [answer(200, {"ticket": "t1"}), answer(403)], read_first=4
    ),
    "no ticket in time": scene(new(3), call={"deadline": 1.5}, read_first=3),
    "no items": scene([]),
}


@pytest.mark.parametrize("streamed", [False, True], ids=["send", "stream"])
@pytest.mark.parametrize("name", SCENES)
def test_every_colour_does_the_same(name: str, streamed: bool) -> None:
    played = SCENES[name]
    played.streamed = streamed
    threads, *tasks = [
        {
            "sent": [(each.method, each.url, each.content) for each in one.sent],
            "slept": one.slept,
            "outcomes": one.outcomes,
            "report": attrs.evolve(one.report, elapsed=0),
            "error": (type(one.error), str(one.error), vars(one.error or Exception())),
        }
        for one in (played.play(colour) for colour in COLOURS)
    ]
    for each in (threads, *tasks):
        each["error"][2].pop("report", None)
    assert tasks == [threads, threads]


EXPECTED: dict[str, dict[str, int]] = {
    "five in three batches": {"succeeded": 5},
    "parallel, in a group": {"succeeded": 3},
    "an entry fails": {"succeeded": 3, "rejected": 1},
    "the first failure stops": {"succeeded": 1, "rejected": 1, "skipped": 3},
    "a bad entry stops": {"succeeded": 1, "rejected": 1, "skipped": 3},
    "bad paths": {"succeeded": 1, "rejected": 2},
    "an id twice": {"succeeded": 1, "rejected": 1},
    "a token that is refused": {"unsent": 3},
    "a submission in doubt": {"unknown": 1},
    "a ticket that is gone": {"unknown": 1},
    "a ticket that is refused": {"unknown": 2, "unsent": 2},
    "no items": {},
}


@all_colours
@pytest.mark.parametrize("name", EXPECTED)
def test_what_becomes_of_the_entries(name: str, colour: Colour) -> None:
    assert counts(SCENES[name].play(colour)) == EXPECTED[name]


@all_colours
def test_flags_and_keys_are_always_sent(colour: Colour) -> None:
    sent = SCENES["five in three batches"].play(colour).sent
    submitted = [parse_qs(urlsplit(each.url).query) for each in sent if each.method == "POST"]

    assert [(each["stopOnFirstFailure"], each["allowParallelMode"]) for each in submitted] == [
        (["false"], ["false"])
    ] * 3
    assert len({each["deduplicationKey"][0] for each in submitted}) == 3
    assert {urlsplit(each.url).path for each in sent} == {"/api/v3/1003/batch"}
    assert all(each.headers["authorization"] == "Bearer secret_key" for each in sent)
    assert not any("secret_key" in each.url for each in sent)


@all_colours
def test_a_submission_in_doubt_is_repeated_with_its_key(colour: Colour) -> None:
    first, second, _ = SCENES["a submission in doubt"].play(colour).sent
    assert (first.url, first.content) == (second.url, second.content)


@all_colours
def test_outcomes_keep_value_and_ticket(colour: Colour) -> None:
    made = SCENES["five in three batches"]
    made.streamed = True
    for outcome in made.play(colour).outcomes:
        match outcome:
            case Succeeded(value={"id": int(number)}):
                assert number > 0
            case _:
                pytest.fail(f"{outcome} has no id")
    gone = SCENES["a ticket that is gone"].play(colour)
    [problem] = gone.report.problems
    assert isinstance(problem, Unknown)
    assert (problem.ticket, gone.error) == ("t1", None)


@all_colours
def test_the_exceptions_of_a_run(colour: Colour) -> None:
    for name in ("a token that is refused", "a ticket that is refused", "a submission in doubt"):
        assert type(SCENES[name].play(colour).error) is AuthenticationError
    late = SCENES["no ticket in time"].play(colour)
    assert isinstance(late.error, batchkit.exceptions.DeadlineExceededError)
    assert isinstance(late.error.job, Job)
    assert {type(each) for each in late.report.problems} == {Unknown, Unsent}


PATHS = [
    *("", "//evil.example", "https://evil.example/x", "/a/../b", "/a\\b", "/a\nb"),
    *("/%2e%2e/b", "/x?token=1", "/batch", "/batch?ticket=1", "/a%0d%0ab", "/%2Fevil"),
]


@pytest.mark.parametrize("path", PATHS, ids=ascii)
def test_paths_that_are_never_sent(path: str) -> None:
    played = scene([ApiRequest("GET", path), *new(1)]).play("sync")
    [problem] = played.report.problems
    assert isinstance(problem, Rejected)
    assert (problem.index, problem.by, problem.code) == (0, "client", None)
    assert counts(played) == {"succeeded": 1, "rejected": 1}


# Jobs


async def _all_calls(batches: Any, other: Any) -> dict[str, Any]:
    """Every call but `send` and `stream`; the results are awaited where they can be."""
    told: dict[str, Any] = {}

    async def done(value: Any) -> Any:
        return await value if isinstance(value, Awaitable) else value

    items = [*new(2), ApiRequest("GET", "//evil"), *new(1)]
    told["plan"] = await done(batches.plan(items))
    job = await done(batches.submit(items, group_id="night"))
    told["job"] = job.to_json()
    copied = Job.from_json(job.to_json())
    ticket = job.tickets[0].ticket if hasattr(job.tickets[0], "ticket") else job.tickets[0]
    told["status"] = await done(batches.status(ticket))
    with pytest.raises(ConfigurationError):
        await done(other.wait(job))
    told["wait"] = attrs.evolve(await done(batches.wait(copied)), elapsed=0)
    stream = batches.results(ticket)
    if hasattr(stream, "__aenter__"):
        async with stream as outcomes:
            told["results"] = [each async for each in outcomes]
        told["tickets"] = [each async for each in batches.tickets("COMPLETED")]
    else:
        with stream as outcomes:
            told["results"] = list(outcomes)
        told["tickets"] = list(batches.tickets("COMPLETED"))
    told["cancelled"] = await done(batches.cancel_group("night"))
    told["deleted"] = await done(batches.delete(ticket))
    with pytest.raises(NotFoundError):
        await done(batches.status("nobody"))
    told["gone"] = [str(each) for each in (await done(batches.wait("nobody"))).problems]
    return told


def call_everything(colour: Colour) -> dict[str, Any]:
    shop = Sandbox(clock=lambda: clock.current().monotonic(), seconds_per_entry=1.0)

    def say(request: httpx.Request) -> httpx.Response:
        target = f"/ecwid{request.url.raw_path.decode()}"
        told = shop.handle(
            Request.of(request.method, target, dict(request.headers), request.content)
        )
        return httpx.Response(told.status, headers=list(told.headers), content=told.body)

    transport = httpx.MockTransport(say)
    with FakeClock(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("random.random", lambda: 0.5)
        if colour == "sync":
            client = batchkit.Ecwid("7", token="t", http_client=httpx.Client(transport=transport))
            other = client.with_options("8")
            return anyio.run(_all_calls, client.batches, other.batches)

        async def main() -> dict[str, Any]:
            async with httpx.AsyncClient(transport=transport) as http:
                client = batchkit.AsyncEcwid("7", token="t", http_client=http)
                return await _all_calls(client.batches, client.with_options("8").batches)

        return anyio.run(main, backend=colour)


@all_colours
def test_a_job_is_waited_for_by_another_process(colour: Colour) -> None:
    told = call_everything(colour)

    assert (told["plan"].items, told["plan"].requests, told["plan"].invalid) == (4, 1, 1)
    assert isinstance(told["status"], BatchStatus)
    report = told["wait"]
    assert (report.succeeded, report.rejected, report.total) == (3, 1, 4)
    [problem] = report.problems
    assert (problem.index, problem.by) == (2, "client")
    assert all(isinstance(each, Succeeded) for each in told["results"])
    assert [each.index for each in told["results"]] == [0, 1, 2]
    assert len({each.item for each in told["results"]}) == 3
    assert len(told["tickets"]) == 1
    assert (told["cancelled"], told["deleted"]) == (0, 1)
    assert len(told["gone"]) == 1
