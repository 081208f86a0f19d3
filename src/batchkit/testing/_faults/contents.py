"""Answers in good HTTP that say something strange: a response in, a response out."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from .._http import Response
from .._json import JsonValue, decode_exactly, encode

_Change: TypeAlias = Callable[[list[JsonValue]], list[JsonValue]]

_LISTS = ("responses", "request_ids")


def html(response: Response) -> Response:
    """What stands between client and vendor speaks for itself."""
    page = b"<!doctype html><title>Please wait</title><p>The site is being looked after."
    return Response(response.status, (("Content-Type", "text/html"),), page)


def empty(response: Response) -> Response:
    """No body."""
    return replace(response, body=b"")


def half(response: Response) -> Response:
    """Half of the body, and its length says so."""
    body = response.body or b"[]"
    return replace(response, body=body[: len(body) // 2])


def cut_gzip(response: Response) -> Response:
    """Whole by its length, and cut short all the same."""
    return _coded(response, "gzip", gzip.compress(response.body)[:-9])


def no_gzip(response: Response) -> Response:
    """Not compressed, whatever the header says."""
    return _coded(response, "gzip", response.body or b"{}")


def rot13(response: Response) -> Response:
    """A coding that was not asked for."""
    return _coded(response, "rot13", response.body)


def too_large(response: Response) -> Response:
    """More than a client should read."""
    return replace(response, body=bytes(17 << 20))


def no_content(response: Response) -> Response:
    """204, which has no body, with one; what was refused stays refused."""
    if response.status >= 400:
        return response
    return Response(204, (("Content-Length", "2"),), b"{}")


def long_header(response: Response) -> Response:
    """90 KiB of header."""
    return _headed(response, ("X-Long", "x" * 90 * 1024))


def many_headers(response: Response) -> Response:
    """8,000 headers."""
    return _headed(response, *((f"X-{number}", "1") for number in range(8000)))


def shuffled(response: Response) -> Response:
    """Another order: reversed, so that no two keep their places by chance."""
    return _remade(response, lambda results: results[::-1])


def missing(response: Response) -> Response:
    """One too few."""
    return _remade(response, lambda results: results[:-1])


def doubled(response: Response) -> Response:
    """One too many."""
    return _remade(response, lambda results: [*results[:1], *results])


def _coded(response: Response, coding: str, body: bytes) -> Response:
    return replace(_headed(response, ("Content-Encoding", coding)), body=body)


def _headed(response: Response, *headers: tuple[str, str]) -> Response:
    return replace(response, headers=(*response.headers, *headers))


def _remade(response: Response, change: _Change) -> Response:
    value = decode_exactly(response.body) if response.body else None
    if isinstance(value, list):
        return replace(response, body=encode(change(value)))
    if isinstance(value, dict):
        for name in _LISTS:
            if isinstance(results := value.get(name), list):
                return replace(response, body=encode({**value, name: change(results)}))
    return response
