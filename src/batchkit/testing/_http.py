"""What a vendor sees of HTTP: a request value in, a response value out, no socket anywhere."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from ._json import JsonValue, encode


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request. Header names are in lower case; the path is as it came, without query."""

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""

    @classmethod
    def of(
        cls,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Request:
        """Make one from a request target (path and query) and headers in any case."""
        path, _, query = target.partition("?")
        lowered = {name.lower(): value for name, value in (headers or {}).items()}
        return cls(method, path, query, lowered, body)

    @property
    def media_type(self) -> str:
        """The content type in lower case, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def parameters(self) -> dict[str, str]:
        """The query, decoded; of a repeated name the last counts."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response; `Content-Length` is left to whoever sends it."""

    status: int
    """0 where there is none: the connection ends without an answer."""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    act: str = ""
    """The fault that whoever would send this has to act out on the connection."""
    seconds: float = 0.0
    """How late the response comes."""

    @classmethod
    def json(
        cls, status: int, value: JsonValue, headers: tuple[tuple[str, str], ...] = ()
    ) -> Response:
        """A response with a JSON body."""
        typed = ("Content-Type", "application/json;charset=utf-8")
        return cls(status, (typed, *headers), encode(value))


class RefusalError(Exception):
    """Raised inside a vendor's logic to answer at once."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def bearer_token(request: Request) -> str:
    """The token of a ``Bearer`` header, or ``""``."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and " " not in token else ""


def basic_user(request: Request, *, strict: bool = False) -> str:
    """The user name of a ``Basic`` header, or ``""``; unless `strict` the colon may be missing."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    user, colon, _ = pair.partition(":")
    return user.strip() if colon or not strict else ""
