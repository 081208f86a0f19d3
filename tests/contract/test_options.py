"""Options: what is refused when a client is made, and what requests carry."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

import batchkit
from batchkit import Limits, Pace, RetryPolicy
from batchkit.exceptions import ConfigurationError
from tests.contract.colours import people
from tests.contract.wire import Wire

DRIP = {"api_key": "key"}


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "drip.example",
        "ftp://drip.example",
        "http://drip.example",
        "http://10.0.0.1",
        "http://localhost.example",
        "https://",
        "https:///v2",
        "https://user:secret@drip.example",
        "https://drip.example?x=1",
        "https://drip.example/#x",
        "https://drip.example:0",
        "https://drip.example:99999",
        "https://drip.example/a b",
        "https://drip.example\n",
        "https://[::1",
        "https:\\\\drip.example",
        7,
        b"https://drip.example",
    ],
)
def test_base_urls_that_are_refused(make: Any, bad: object) -> None:
    for vendor, args, options in (("Drip", ("1",), DRIP), ("EmpathyTagging", ("shop",), {})):
        with pytest.raises(ConfigurationError, match="base_url") as caught:
            make(vendor, *args, base_url=bad, **options)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "good",
    [
        "https://drip.example/some/where/",
        "http://localhost:8080",
        "http://127.0.0.1:1/x",
        "http://127.9.9.9",
        "http://[::1]:8080",
        "HTTPS://drip.example",
    ],
)
def test_base_urls_that_are_taken(make: Any, good: str) -> None:
    make("Drip", "1", base_url=good, **DRIP)


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("user_agent", "a\nb"),
        ("user_agent", ""),
        ("user_agent", " "),
        ("user_agent", " My Shop"),
        ("user_agent", "é"),
        ("user_agent", "x" * 201),
        ("user_agent", 7),
        ("timeout", 0),
        ("timeout", -1),
        ("timeout", float("inf")),
        ("timeout", float("nan")),
        ("timeout", 10**400),
        ("timeout", "60"),
        ("timeout", True),
        ("timeout", None),
        ("retry", 3),
        ("retry", None),
        ("pace", 50),
        ("limits", 1000),
        ("limits", None),
        ("max_in_flight", 0),
        ("max_in_flight", 2.0),
        ("max_in_flight", True),
        ("on_doubt", "maybe"),
        ("on_doubt", None),
        ("on_doubt", ["hold"]),
        ("strict_items", 1),
        ("refused_statuses", 503),
        ("refused_statuses", "503"),
        ("refused_statuses", [200]),
        ("refused_statuses", [True]),
        ("http_client", "https://drip.example"),
        ("http_client", object()),
    ],
)
def test_options_that_are_refused(make: Any, name: str, bad: object) -> None:
    with pytest.raises(ConfigurationError, match=name):
        make("Drip", "1", **DRIP, **{name: bad})
    with pytest.raises(ConfigurationError, match=name):
        make("EmpathyTagging", "shop", **{name: bad})


def test_a_client_of_the_other_colour_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="http_client"):
        batchkit.AsyncDrip("1", http_client=httpx.Client(), **DRIP)
    with pytest.raises(ConfigurationError, match="http_client"):
        batchkit.Drip("1", http_client=httpx.AsyncClient(), **DRIP)


def test_limits_above_the_vendors_are_refused(make: Any) -> None:
    make("Drip", "1", limits=Limits(max_items=1000), **DRIP)
    with pytest.raises(ConfigurationError, match="1,000"):
        make("Drip", "1", limits=Limits(max_items=1001), **DRIP)
    make("EmpathyTagging", "shop", limits=Limits(max_items=5000))  # the vendor names none


def test_an_unknown_argument_is_pythons_own_error(make: Any) -> None:
    with pytest.raises(TypeError):
        make("Drip", "1", retries=3, **DRIP)


def test_the_user_agent_is_put_before_ours(wire: Wire) -> None:
    agent = "My Shop (www.shop.example)"
    client = batchkit.Drip("1", user_agent=agent, http_client=wire.client, **DRIP)
    client.subscribers.send(people(1))
    client.with_options(user_agent=None).subscribers.send(people(1))

    ours = wire.seen[1].headers["user-agent"]
    assert ours.startswith("batchkit/")
    assert wire.seen[0].headers["user-agent"] == f"{agent} {ours}"


def test_what_every_request_carries(wire: Wire) -> None:
    batchkit.Drip("1", http_client=wire.client, **DRIP).subscribers.send(people(1))

    headers = wire.seen[0].headers
    assert headers["content-type"] == "application/json"
    assert headers["accept-encoding"] == "identity"
    assert headers["accept"] == "application/json"
    assert headers["content-length"] == str(len(wire.seen[0].content))


@pytest.mark.parametrize(
    "bad",
    [
        lambda: RetryPolicy(attempts=0),
        lambda: RetryPolicy(attempts=1.5),
        lambda: RetryPolicy(base_delay=-1),
        lambda: RetryPolicy(max_retry_after=float("inf")),
        lambda: RetryPolicy(wait=3),
        lambda: Pace(requests=0, per=1),
        lambda: Pace(requests=1, per=0),
        lambda: Limits(max_items=0),
        lambda: Limits(max_bytes=True),
        lambda: batchkit.PollPolicy(factor=0.5),
    ],
)
def test_options_are_checked_when_made(bad: Any) -> None:
    with pytest.raises(ConfigurationError):
        bad()
