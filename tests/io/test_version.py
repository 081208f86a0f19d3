"""The version is a word in a header: a program that was packed without it runs all the same."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from typing import Any

import httpx
import pytest

import batchkit
from batchkit._io import settings
from tests.contract.colours import people


def not_there(name: str) -> str:
    raise PackageNotFoundError(name)


def half_written(name: str) -> str:
    raise KeyError("Version")


def without_a_value(name: str) -> Any:
    return None


@pytest.mark.parametrize("version", [not_there, half_written, without_a_value])
def test_a_run_goes_on_without_the_packages_metadata(
    version: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "version", version)
    settings.package_version.cache_clear()
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers["user-agent"])
        return httpx.Response(201)

    try:
        with httpx.Client(transport=httpx.MockTransport(answer)) as http:
            drip = batchkit.Drip("1", api_key="key", user_agent="shop/2", http_client=http)
            assert drip.subscribers.send(people(1)).accepted == 1
    finally:
        settings.package_version.cache_clear()
    assert seen == ["shop/2 batchkit/unknown"]
