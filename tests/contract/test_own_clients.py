"""A caller's own HTTP client: what of it is used, and what never is."""

from __future__ import annotations

from typing import Any

import anyio
import httpx
import httpx2
import pytest

import batchkit
from batchkit import Report
from batchkit.exceptions import VendorError
from tests.contract.colours import events, people

both = pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
colours = pytest.mark.parametrize("colour", ["sync", "asyncio", "trio"])
REDIRECTS = (300, 301, 302, 303, 304, 305, 307, 308, 399)


class Caller:
    """A client of the caller's with everything that could get in our way."""

    def __init__(self, library: Any, colour: str, answers: Any, **options: Any) -> None:
        self.seen: list[Any] = []
        self.colour = colour
        self.is_async = colour != "sync"

        def handle(request: Any) -> Any:
            self.seen.append(request)
            return answers(library, request)

        make = library.AsyncClient if self.is_async else library.Client
        self.http = make(transport=library.MockTransport(handle), **options)

    def send(self, items: Any, endpoint: str = "subscribers", **options: Any) -> Report[Any]:
        ids: dict[str, Any] = {"api_key": "key", "http_client": self.http, **options}
        if not self.is_async:
            return getattr(batchkit.Drip("1", **ids), endpoint).send(items)

        async def main() -> Report[Any]:
            async with batchkit.AsyncDrip("1", **ids) as drip:
                return await getattr(drip, endpoint).send(items)

        return anyio.run(main, backend=self.colour)

    def own_get(self, url: str) -> None:
        """A request of the caller's own."""
        if not self.is_async:
            self.http.get(url)
        else:
            anyio.run(self.http.get, url, backend=self.colour)


def taken(library: Any, request: Any) -> Any:
    return library.Response(201, headers={"Set-Cookie": "session=ours; Path=/"})


@both
@colours
def test_no_cookie_is_stored_or_sent(library: Any, colour: str) -> None:
    caller = Caller(library, colour, taken, cookies={"own": "1"}, headers={"Cookie": "header=1"})
    assert caller.send(people(1)).ok
    assert caller.send(people(1)).ok

    assert all("cookie" not in each.headers for each in caller.seen)
    assert dict(caller.http.cookies) == {"own": "1"}


@both
@colours
def test_the_callers_own_requests_keep_their_cookies(library: Any, colour: str) -> None:
    caller = Caller(library, colour, taken)
    caller.send(people(1))
    assert dict(caller.http.cookies) == {}
    caller.own_get("https://own.example/")
    caller.own_get("https://own.example/again")

    assert dict(caller.http.cookies) == {"session": "ours"}
    assert caller.seen[-1].headers["cookie"] == "session=ours"


@both
@colours
def test_a_jar_that_the_caller_puts_in_later(library: Any, colour: str) -> None:
    caller = Caller(library, colour, taken)
    if colour == "sync":
        drip = batchkit.Drip("1", api_key="key", http_client=caller.http)
        caller.http.cookies = {"own": "2"}
        drip.subscribers.send(people(1))
    else:

        async def main() -> None:
            client = batchkit.AsyncDrip("1", api_key="key", http_client=caller.http)
            caller.http.cookies = {"own": "2"}
            await client.subscribers.send(people(1))

        anyio.run(main, backend=colour)
    assert dict(caller.http.cookies) == {"own": "2"}
    assert "cookie" not in caller.seen[0].headers


@pytest.mark.parametrize("status", REDIRECTS)
@both
@colours
def test_no_redirect_is_followed(library: Any, colour: str, status: int) -> None:
    def moved(library: Any, request: Any) -> Any:
        return library.Response(status, headers={"Location": "https://evil.example/"})

    caller = Caller(library, colour, moved, follow_redirects=True)
    with pytest.raises(VendorError, match="redirect") as caught:
        caller.send(people(2))

    assert [each.url.host for each in caller.seen] == ["api.getdrip.com"]
    assert caught.value.status == status
    assert (caught.value.report.unsent, caught.value.report.requests) == (2, 1)


@both
@colours
def test_auth_params_and_base_url_of_the_caller_are_not_used(library: Any, colour: str) -> None:
    caller = Caller(
        library,
        colour,
        taken,
        auth=("caller", "secret"),
        params={"token": "x"},
        base_url="https://other.example/base",
    )
    assert caller.send(people(1)).ok

    [request] = caller.seen
    assert str(request.url) == "https://api.getdrip.com/v2/1/subscribers/batches"
    assert request.headers["authorization"] == "Basic a2V5Og=="


@both
@colours
def test_headers_of_the_caller_are_sent_where_ours_do_not_differ(library: Any, colour: str) -> None:
    own = {"X-Trace": "1", "User-Agent": "other", "Content-Type": "text/plain", "Accept": "*/*"}
    caller = Caller(library, colour, taken, headers={**own, "Authorization": "Bearer other"})
    caller.send(people(1))

    headers = caller.seen[0].headers
    assert headers["x-trace"] == "1"
    assert headers["user-agent"].startswith("batchkit/")
    assert headers["content-type"] == "application/json"
    assert headers.get_list("authorization") == ["Basic a2V5Og=="]
    assert dict(caller.http.headers)["user-agent"] == "other"  # the caller's stay as they are


@both
@colours
def test_event_hooks_of_the_caller_are_called(library: Any, colour: str) -> None:
    seen: list[str] = []

    def sync_hook(message: Any) -> None:
        seen.append(type(message).__name__)
        if seen[-1] == "Response":
            message.read()  # the body is then the library's, as it decodes it

    async def async_hook(message: Any) -> None:
        seen.append(type(message).__name__)
        if seen[-1] == "Response":
            await message.aread()

    hook = sync_hook if colour == "sync" else async_hook
    caller = Caller(library, colour, taken, event_hooks={"request": [hook], "response": [hook]})

    assert caller.send(people(1)).accepted == 1
    assert seen == ["Request", "Response"]


@both
@colours
def test_a_hook_that_raises_leaves_doubt_and_no_strange_exception(
    library: Any, colour: str
) -> None:
    def refuse(library: Any, request: Any) -> Any:
        return library.Response(500)

    def sync_hook(message: Any) -> None:
        message.raise_for_status()

    async def async_hook(message: Any) -> None:
        message.raise_for_status()

    hook = sync_hook if colour == "sync" else async_hook
    caller = Caller(library, colour, refuse, event_hooks={"response": [hook]})
    report = caller.send(events(1), "events")

    assert report.unknown == 1
    assert "HTTPStatusError" in report.problems[0].reason


@colours
def test_what_a_mock_asserts_comes_out(colour: str) -> None:
    def fail(library: Any, request: Any) -> Any:
        raise AssertionError("no such route")

    with pytest.raises(AssertionError, match="no such route") as caught:
        Caller(httpx, colour, fail).send(people(3))
    assert caught.value.__notes__[0].startswith("3 items: ")


@colours
def test_a_subclass_is_as_good(colour: str) -> None:
    class Own(httpx.Client):
        pass

    class OwnAsync(httpx.AsyncClient):
        pass

    transport = httpx.MockTransport(lambda request: httpx.Response(201))
    caller = Caller(httpx, colour, taken)
    caller.http = OwnAsync(transport=transport) if caller.is_async else Own(transport=transport)
    assert caller.send(people(1)).ok
