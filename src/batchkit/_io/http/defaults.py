"""The clients that we make ourselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import httpx

from ...exceptions import ConfigurationError
from . import deadline, deadline_async
from .certificates import trust
from .proxies import Proxies

KEPT = 100
"""Connections that are kept for later requests."""

T = TypeVar("T", bound=httpx.HTTPTransport | httpx.AsyncHTTPTransport)


def sync_client(*, kept: int, proxies: Proxies | None = None) -> httpx.Client:
    """A client for the vendors' hosts, which keeps so many connections for later requests."""
    ways = _Ways(httpx.HTTPTransport, deadline.Backend, proxies or Proxies(), kept)
    return httpx.Client(transport=_Transport(ways), **_OPTIONS)


def async_client(*, kept: int, proxies: Proxies | None = None) -> httpx.AsyncClient:
    """The same for an event loop."""
    ways = _Ways(httpx.AsyncHTTPTransport, deadline_async.AsyncBackend, proxies or Proxies(), kept)
    return httpx.AsyncClient(transport=_AsyncTransport(ways), **_OPTIONS)


_OPTIONS: dict[str, Any] = {
    "trust_env": False,  # ours has been read already
    "follow_redirects": False,
    "headers": {"accept-encoding": "identity"},
}


class _Ways(Generic[T]):
    """The ways from here: straight to a host, or through the proxy of the environment."""

    def __init__(
        self,
        kind: Callable[..., T],
        backend: Callable[[Any], Any],
        proxies: Proxies,
        kept: int,
    ) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept)
        options: dict[str, Any] = {"verify": trust(), "trust_env": False, "limits": limits}
        self._proxies = proxies
        self._straight: T = kind(**options)
        self.all: list[T] = [self._straight]
        if proxies.proxy is not None:
            self.all.append(kind(proxy=proxies.proxy, **options))
        for way in self.all:
            _keep_time(way, backend)

    def of(self, request: httpx.Request) -> T:
        """The way of a request. Raises `ConfigurationError` where the proxy cannot be used."""
        url = request.url
        return self.all[-1] if self._proxies.proxy_for(url.host, url.port) else self._straight


class _Transport(httpx.BaseTransport):
    def __init__(self, ways: _Ways[httpx.HTTPTransport]) -> None:
        self._ways = ways

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._ways.of(request).handle_request(request)

    def close(self) -> None:
        for way in self._ways.all:
            way.close()


class _AsyncTransport(httpx.AsyncBaseTransport):
    def __init__(self, ways: _Ways[httpx.AsyncHTTPTransport]) -> None:
        self._ways = ways

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._ways.of(request).handle_async_request(request)

    async def aclose(self) -> None:
        for way in self._ways.all:
            await way.aclose()


def _keep_time(transport: Any, backend: Callable[[Any], Any]) -> None:
    """Make one of our own transports end its attempts in time. Raises `ConfigurationError`."""
    try:
        pool = transport._pool
        pool._network_backend = backend(pool._network_backend)
    except AttributeError:  # a later httpx may be built otherwise: no time limit would hold
        raise ConfigurationError(
            f"batchkit cannot set its timeouts in httpx {httpx.__version__}; install another "
            "version of it, or hand in an http_client of your own with the timeouts that you want."
        ) from None
