"""Text from elsewhere goes into URLs and headers only where it can do nothing there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import batchkit
from batchkit import RetryPolicy
from batchkit._core.items import keys
from batchkit.ecwid import ApiRequest, Job
from batchkit.exceptions import BatchkitError, ConfigurationError, ContractError
from batchkit.jobs import JobTicket
from batchkit.testing import FakeClock
from tests.contract.colours import people, queries

SLY = (
    *("../../x", "a?x=1", "a#f", "a/b", "..", ".", "%2e%2e", "%2f", "a;b", "a\\b", "a@b", "a:b"),
    *("１２３", "١٢٣", "1\n", "1\r\nX: y", "1\x00", "1 ", " 1", "", "1\x85", "1\u2028", "ſ", "K"),
)
TEXT = st.text(max_size=80) | st.sampled_from(SLY) | st.from_regex(r"[A-Za-z0-9_\-./%?#@]{0,70}")


class Wire:
    """Vendors that say yes to everything and keep what they were asked."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.http = httpx.Client(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        return httpx.Response(200 if "empathy" in request.url.host else 404)


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    made = Wire()
    with made.http:
        yield made


def sent(wire: Wire, make: Any, call: Any) -> httpx.Request | None:
    """The one request of a call, or none if the client could not be made or the name is refused."""
    wire.seen.clear()
    try:
        client = make()
    except ConfigurationError:
        assert wire.seen == []
        return None
    with suppress(BatchkitError):
        call(client)
    return wire.seen[0] if wire.seen else None


# Ids in the URL


@given(TEXT)
@example("../../x")
def test_an_account_stays_one_segment_of_the_path(wire: Wire, text: str) -> None:
    request = sent(
        wire,
        lambda: batchkit.Drip(text, api_key="key", http_client=wire.http),
        lambda client: client.subscribers.send(people(1)),
    )
    if request is None:
        assert not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", text) or text == ""
        return
    url = f"https://api.getdrip.com/v2/{text}/subscribers/batches"
    assert (str(request.url), request.url.raw_path.decode()) == (url, url[23:])
    assert request.headers["host"] == "api.getdrip.com"


@given(TEXT, TEXT)
def test_an_instance_and_a_sink_stay_segments_of_the_path(wire: Wire, text: str, sink: str) -> None:
    request = sent(
        wire,
        lambda: batchkit.EmpathyTagging(text, http_client=wire.http),
        lambda client: client.sink(sink).send(queries(1)),
    )
    good = all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", each) for each in (text, sink))
    assert good is (request is not None)
    if request is not None:
        url = f"https://api.empathybroker.com/tagging/v1/track/{text}/{sink}/batch"
        assert str(request.url) == url


@given(st.text(max_size=30) | st.sampled_from(SLY) | st.integers().map(str), TEXT)
def test_a_store_and_a_group_stay_in_their_places(wire: Wire, store: str, group: str) -> None:
    request = sent(
        wire,
        lambda: batchkit.Ecwid(store, token="token", http_client=wire.http),
        lambda client: client.batches.send([ApiRequest("GET", "/profile")], group_id=group),
    )
    good = re.fullmatch(r"[0-9]{1,20}", store) and re.fullmatch(r"[\x21-\x7e]{1,128}", group)
    assert bool(good) is (request is not None)
    if request is not None:
        assert request.url.raw_path.decode().startswith(f"/api/v3/{store}/batch?")
        asked = parse_qs(request.url.query.decode(), strict_parsing=True)
        assert asked["groupId"] == [group]
        assert {"stopOnFirstFailure", "allowParallelMode", "deduplicationKey", "groupId"} == {
            *asked
        }


def test_a_refusal_of_something_huge_is_short() -> None:
    for call in (
        lambda: batchkit.Drip("x" * 10**6, api_key="key"),
        lambda: batchkit.Drip("1", api_key="key", user_agent="x" * 10**6),
        lambda: batchkit.Drip("1", api_key="key", base_url="https://" + "x/" * 10**6 + " "),
        lambda: batchkit.Drip("1", api_key="\n" * 10**6),
        lambda: batchkit.Ecwid("1", token="t").batches.status("x" * 10**6),
    ):
        with pytest.raises(ConfigurationError) as caught:
            call()
        assert len(str(caught.value)) < 400
        assert str(caught.value).isprintable()


# Headers


@given(st.text(max_size=210) | st.sampled_from(["a\r\nX-Evil: 1", "a\n b", "a" * 65_536, "\u0085"]))
def test_a_user_agent_stays_in_its_header(wire: Wire, text: str) -> None:
    request = sent(
        wire,
        lambda: batchkit.Drip("1", api_key="key", http_client=wire.http, user_agent=text),
        lambda client: client.subscribers.send(people(1)),
    )
    if request is None:
        return
    assert re.fullmatch(r"[\x20-\x7e]{1,200}", text)
    [value] = [value for name, value in request.headers.raw if name.lower() == b"user-agent"]
    assert value.startswith(f"{text} batchkit/".encode())


@given(st.text(max_size=40) | st.sampled_from(["a\r\nX-Evil: 1", "a" * 65_536, "a\u2028", "é"]))
def test_a_credential_stays_in_its_header(wire: Wire, text: str) -> None:
    request = sent(
        wire,
        lambda: batchkit.Drip("1", access_token=text, http_client=wire.http),
        lambda client: client.subscribers.send(people(1)),
    )
    if request is None:
        return
    assert re.fullmatch(r"[\x21-\x7e]+", text)
    assert request.headers.get_list("authorization") == [f"Bearer {text}"]


# Tickets come from the vendor, and go into the next URL

TICKETS = (
    *("../", "../../1/orders", "a&token=x", "a?b", "a#b", "https://evil.example/x", "//evil"),
    *("a b", "a\r\nX: y", "a\x00", "", "１２", "a" * 129, "a" * (1 << 20), "a%26token", "a\n"),
    *(7, None, True, ["a"], {"a": 1}, "\ud800"),
)


@pytest.mark.parametrize("ticket", TICKETS, ids=lambda ticket: ascii(ticket)[:24])
def test_what_is_no_ticket_is_never_asked_about(ticket: object) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=json.dumps({"ticket": ticket}))

    def sly(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        listed = [{"ticket": ticket, "status": "QUEUED"}]
        return httpx.Response(200, content=json.dumps({"total": 1, "items": listed}))

    options: dict[str, Any] = {"token": "token", "retry": RetryPolicy(attempts=2)}
    with FakeClock():
        with httpx.Client(transport=httpx.MockTransport(answer)) as http:
            ecwid = batchkit.Ecwid("1", http_client=http, **options)
            report = ecwid.batches.send([ApiRequest("GET", "/profile")])
        assert report.unknown == 1
        assert [each.method for each in seen] == ["POST", "POST"]
        with httpx.Client(transport=httpx.MockTransport(sly)) as http:
            ecwid = batchkit.Ecwid("1", http_client=http, **options)
            with pytest.raises(ContractError) as caught:
                list(ecwid.batches.tickets("QUEUED"))
            assert len(str(caught.value)) < 400
            for ask in (ecwid.batches.status, ecwid.batches.wait, ecwid.batches.delete):
                with pytest.raises(ConfigurationError):
                    ask(ticket)


def test_a_job_from_a_file_brings_no_other_ticket() -> None:
    ticket = JobTicket(ticket="t-1", entries=((0, "a"),))
    text = Job(store_id="1", tickets=(ticket,)).to_json()
    assert Job.from_json(text).tickets == (ticket,)
    for each in TICKETS:
        with pytest.raises(ConfigurationError):
            Job.from_json(text.replace('"t-1"', json.dumps(each)))


# Keys of the caller's own

CONTROLS = ("a\nb", "a\x00b", "\x1b[31m", "a\x85", "a\u202eb", "x" * 10_000)
HARMFUL = ("__proto__", "a\x00b", "a\nb", "\x1b[31m", "a\x7f", "a\x85", "a\u2028", "x" * 257)
HARMLESS = ("", "first name", "größe", "a\u200db", "a\u00a0b", "constructor", "x" * 256)
PERSON = {"email": "a@shop.example", "action": "x"}
CART = {
    "provider": "p",
    "email": "a@shop.example",
    "action": "created",
    "cart_id": "1",
    "cart_url": "https://shop.example/1",
}
PLACES: dict[str, tuple[str, str, Callable[[str], dict[str, Any]]]] = {
    "custom fields": ("Drip", "subscribers", lambda key: {**PERSON, "custom_fields": {key: "1"}}),
    "properties": ("Drip", "events", lambda key: {**PERSON, "properties": {key: 1, "a": 2.5}}),
    "further in": ("Drip", "events", lambda key: {**PERSON, "properties": {"a": [{key: 1}]}}),
    "a field": ("Drip", "subscribers", lambda key: {**PERSON, key: "1"}),
    "a line": ("Drip", "carts", lambda key: {**CART, "items": [{"name": "a", key: "1"}]}),
    "an event": ("EmpathyTagging", "query", lambda key: {"q": "a", "lang": "en", key: "1"}),
    "a number": ("EmpathyTagging", "query", lambda key: {"q": "a", "lang": "en", key: 1}),
    "a body": (
        "Ecwid",
        "batches",
        lambda key: {"method": "POST", "path": "/products", "body": {"a": {key: 1}}},
    ),
}


def problems_with(place: str, key: str) -> list[Any]:
    """What a client says of one item with this key of the caller's own."""
    vendor, endpoint, item = PLACES[place]
    options = {"Drip": {"api_key": "key"}, "Ecwid": {"token": "token"}}.get(vendor, {})
    transport = httpx.MockTransport(lambda request: httpx.Response(401))
    with httpx.Client(transport=transport) as http:
        client = getattr(batchkit, vendor)("1", http_client=http, **options)
        with getattr(client, endpoint).stream([item(key)]) as outcomes, suppress(BatchkitError):
            return list(outcomes)
    return list(outcomes.report.problems)


@pytest.mark.parametrize("key", HARMFUL, ids=lambda key: ascii(key)[:12])
@pytest.mark.parametrize("place", PLACES)
def test_a_key_that_can_do_harm_where_it_is_read_is_refused(place: str, key: str) -> None:
    [problem] = problems_with(place, key)
    assert isinstance(problem, batchkit.Rejected)
    assert problem.by == "client"
    assert problem.reason.isprintable()


@pytest.mark.parametrize("key", HARMLESS, ids=lambda key: ascii(key)[:12])
@pytest.mark.parametrize("place", PLACES)
def test_any_other_key_is_sent(place: str, key: str) -> None:
    [problem] = problems_with(place, key)
    assert isinstance(problem, batchkit.Unsent)  # the vendor was asked, and refused the credential


@given(st.text(max_size=300))
def test_a_key_is_refused_for_what_the_rule_names_alone(key: str) -> None:
    bad = key == "__proto__" or len(key) > 256 or re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", key)
    assert keys.are_good([key]) is not bool(bad)
    assert keys.are_good(["a", key, "b" * 256]) is not bool(bad)


def test_a_refused_key_is_told_with_its_place_and_its_fault() -> None:
    said = [
        problems_with("custom fields", key)[0].reason for key in ("__proto__", "x" * 300, "a\t")
    ]
    assert said == [
        "A key of `custom_fields` is `__proto__`, which harms JavaScript that reads it; rename it.",
        "A key of `custom_fields` is 300 characters long; at most 256 are sent.",
        "A key of `custom_fields` holds the control character U+0009; take it out.",
    ]


@pytest.mark.parametrize("key", CONTROLS, ids=lambda key: ascii(key)[:12])
def test_a_refusal_that_names_a_key_is_one_short_line(wire: Wire, key: str) -> None:
    drip = batchkit.Drip("1", api_key="key", http_client=wire.http)
    for own in ({key: object()}, {"custom_fields": {key: float("nan")}}):
        [problem] = drip.subscribers.send([{"email": "a@shop.example", **own}]).problems
        assert problem.reason.isprintable()
        assert len(problem.reason) <= 500
