"""Ecwid's clients: what they take, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

import batchkit
from batchkit import Limits
from batchkit.ecwid import ApiRequest
from batchkit.exceptions import ConfigurationError


@pytest.mark.parametrize(
    "bad", ["", "../x", "7?x", "7\n", "١٢٣", "１２３", "7" * 21, "a", -7, True, 7.0], ids=repr
)
@pytest.mark.parametrize("cls", [batchkit.Ecwid, batchkit.AsyncEcwid])
def test_stores_that_would_change_the_url(cls: Any, bad: Any) -> None:
    with pytest.raises(ConfigurationError, match="store_id"):
        cls(bad, token="t")


@pytest.mark.parametrize("cls", [batchkit.Ecwid, batchkit.AsyncEcwid])
def test_a_client_from_the_environment(cls: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="ECWID_STORE_ID"):
        cls(token="t")
    with pytest.raises(ConfigurationError, match="ECWID_TOKEN"):
        cls(7)
    monkeypatch.setenv("ECWID_STORE_ID", "1003")
    monkeypatch.setenv("ECWID_TOKEN", "secret")
    monkeypatch.setenv("ECWID_BASE_URL", "http://ecwid.example")
    with pytest.raises(ConfigurationError, match="base_url"):
        cls()
    assert repr(cls(base_url="https://ecwid.example")) == f"{cls.__name__}('1003')"
    with pytest.raises(ConfigurationError, match="500"):
        cls(base_url="https://ecwid.example", limits=Limits(max_items=501))


NO_ITEMS: list[Any] = [{"method": "GET", "path": "/x"}, ApiRequest("GET", "/x"), "GET", b"", 7]


@pytest.mark.parametrize("items", NO_ITEMS, ids=lambda items: type(items).__name__)
def test_what_is_no_iterable_of_requests(items: Any) -> None:
    client = batchkit.Ecwid("7", token="t")
    for call in (client.batches.send, client.batches.stream, client.batches.submit):
        with pytest.raises(TypeError, match="items is"):
            call(items)
