"""Answers in good HTTP that say something strange: a response in, a response out."""

from __future__ import annotations

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


def shuffled(response: Response) -> Response:
    """Another order: reversed, so that no two keep their places by chance."""
    return _remade(response, lambda results: results[::-1])


def missing(response: Response) -> Response:
    """One too few."""
    return _remade(response, lambda results: results[:-1])


def doubled(response: Response) -> Response:
    """One too many."""
    return _remade(response, lambda results: [*results[:1], *results])


def _remade(response: Response, change: _Change) -> Response:
    value = decode_exactly(response.body) if response.body else None
    if isinstance(value, list):
        return replace(response, body=encode(change(value)))
    if isinstance(value, dict):
        for name in _LISTS:
            if isinstance(results := value.get(name), list):
                return replace(response, body=encode({**value, name: change(results)}))
    return response
