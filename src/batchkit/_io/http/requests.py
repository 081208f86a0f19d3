"""What both transports share: the library behind a client, and an attempt's request."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import attrs

from ..._core.effects import Request, Response
from ...exceptions import ConfigurationError
from . import cookies
from .bodies import TooLarge

LIBRARIES = ("httpx", "httpx2")


def library_of(client: object, class_name: str) -> ModuleType:
    """The library that the client is from; it must be its `class_name`, or derived from that."""
    for cls in type(client).__mro__:
        name = cls.__module__.partition(".")[0]
        if name in LIBRARIES and cls.__name__ == class_name:
            return sys.modules[name]
    raise ConfigurationError(
        f"http_client is of type {type(client).__name__}; "
        f"it must be an httpx.{class_name} (or an httpx2.{class_name})."
    )


@attrs.frozen(kw_only=True)
class Address:
    """Where requests go, and what every one of them carries."""

    base_url: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    """The credential is in here, and nowhere else."""
    secrets: tuple[str, ...] = attrs.field(default=(), repr=False)
    """Every spelling of the credential, to be hidden where somebody says it back."""

    def hide(self, text: str) -> str:
        """The text without the credential."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def build(client: Any, library: Any, address: Address, request: Request, extensions: Any) -> Any:
    """The library's request. The client's own headers are sent too, where ours do not differ."""
    cookies.keep_out(client)  # each time: the caller may have given the client another jar
    headers = client.headers.copy()
    headers.update(address.headers)
    headers.pop("cookie", None)
    if request.body:
        headers["content-type"] = "application/json"
    if request.alone:
        headers["connection"] = "close"
    return library.Request(
        request.method,
        address.base_url + request.path,
        headers=headers,
        content=request.body,
        extensions={**extensions, cookies.MARK: True},
    )


def limits(timeout: float) -> dict[str, float]:
    """The library's own timeouts, each as long as the whole attempt may take."""
    return {"connect": timeout, "read": timeout, "write": timeout, "pool": timeout}


def response(
    raw: Any, body: bytes | Exception | None, received: float, address: Address
) -> Response:
    """Our form of an answer: its body, or what was raised instead; `None` if it broke off.

    A vendor may echo the credential.
    """
    told = body if isinstance(body, bytes) else b""
    for secret in address.secrets:
        told = told.replace(secret.encode(), b"***")
    return Response(
        status=raw.status_code,
        headers={name.lower(): address.hide(value) for name, value in raw.headers.items()},
        body=told,
        received=received,
        complete=isinstance(body, bytes),
        too_large=isinstance(body, TooLarge),
    )
