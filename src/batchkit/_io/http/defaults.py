"""The clients that we make ourselves."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx

from ...exceptions import ConfigurationError
from . import deadline, deadline_async

KEPT = 100
"""Connections that are kept for later requests."""


@cache
def _trust() -> ssl.SSLContext:
    """One context for all clients: making it costs more than a hundred requests."""
    return httpx.create_ssl_context()


def _options(kept: int) -> dict[str, Any]:
    return {
        "verify": _trust(),
        "follow_redirects": False,
        "limits": httpx.Limits(max_connections=None, max_keepalive_connections=kept),
        # A proxy of the environment is for the vendors, not for a sandbox on this machine.
        "mounts": {f"all://{host}": None for host in ("localhost", "127.0.0.1", "[::1]")},
        "headers": {"accept-encoding": "identity"},
    }


def sync_client(*, kept: int) -> httpx.Client:
    """A client for the vendors' hosts, which keeps so many connections for later requests."""
    client = httpx.Client(**_options(kept))
    _keep_time(client, deadline.Backend)
    return client


def async_client(*, kept: int) -> httpx.AsyncClient:
    """The same for an event loop."""
    client = httpx.AsyncClient(**_options(kept))
    _keep_time(client, deadline_async.AsyncBackend)
    return client


def _keep_time(client: Any, backend: Callable[[Any], Any]) -> None:
    """Make one of our own clients end its attempts in time. Raises `ConfigurationError`."""
    transports = [client._transport, *filter(None, client._mounts.values())]
    try:
        for pool in [transport._pool for transport in transports]:
            pool._network_backend = backend(pool._network_backend)
    except AttributeError:  # a later httpx may be built otherwise: no time limit would hold
        raise ConfigurationError(
            f"batchkit cannot set its timeouts in httpx {httpx.__version__}; install another "
            "version of it, or hand in an http_client of your own with the timeouts that you want."
        ) from None
