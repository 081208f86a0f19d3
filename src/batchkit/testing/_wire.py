"""HTTP/1.1 as bytes: reading the head of a request, writing a response. No socket here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from ._http import Request, Response

LONGEST_HEAD = 64 * 1024
"""Bytes of request line and headers; more is answered 431."""
LONGEST_BODY = 64 * 1024 * 1024
"""Bytes of a body; more is answered 413 before it is read."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_LINE_ENDS = re.compile(r"[\r\n\0]")
_DIGITS = re.compile(r"[0-9]{1,18}")
_PHRASES = {int(status): status.phrase for status in HTTPStatus}


class BadMessageError(Exception):
    """What came is no request that can be served; the connection cannot go on."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a request, understood."""

    method: str
    target: str
    headers: Mapping[str, str]
    length: int
    keep_alive: bool
    expects_continue: bool

    def request(self, body: bytes) -> Request:
        """The request, once its body is there."""
        path, _, query = self.target.partition("?")
        return Request(self.method, path, query, self.headers, body)


def read_head(head: bytes) -> Head:
    """Understand the bytes before the empty line; raises `BadMessageError`."""
    line, *fields = head.decode("latin-1").split("\r\n")
    words = line.split(" ")
    if len(words) != 3 or not _TOKEN.fullmatch(words[0]) or not words[1].startswith("/"):
        raise BadMessageError(400)
    method, target, version = words
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadMessageError(505 if version.startswith("HTTP/") else 400)
    headers = _read_fields(fields)
    if "transfer-encoding" in headers:
        raise BadMessageError(411)
    options = headers.get("connection", "").lower()
    modern = version == "HTTP/1.1"
    return Head(
        method,
        target,
        headers,
        _length(headers.get("content-length", "0")),
        "close" not in options if modern else "keep-alive" in options,
        modern and headers.get("expect", "").lower() == "100-continue",
    )


def _read_fields(fields: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for field in fields:
        name, colon, value = field.partition(":")
        if not colon or not _TOKEN.fullmatch(name):
            raise BadMessageError(400)
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _length(text: str) -> int:
    if not _DIGITS.fullmatch(text):
        raise BadMessageError(400)
    length = int(text)
    if length > LONGEST_BODY:
        raise BadMessageError(413)
    return length


def write(response: Response, *, keep_alive: bool, to_head: bool = False) -> bytes:
    """The bytes of a response; `to_head` leaves the body out, as ``HEAD`` wants it.

    What a header cannot hold is replaced, so that no value ends its line.
    """
    status = response.status
    lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, '')}"]
    lines += [f"{name}: {_LINE_ENDS.sub(' ', value)}" for name, value in response.headers]
    if status != 204:
        lines.append(f"Content-Length: {len(response.body)}")
    if not keep_alive:
        lines.append("Connection: close")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
    return head if to_head else head + response.body
