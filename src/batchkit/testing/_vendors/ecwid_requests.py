"""How requests to Ecwid's batch endpoint are read, and refused."""

from __future__ import annotations

from .._http import RefusalError, Response
from .._json import JsonValue, MalformedJsonError, decode
from .ecwid_store import Entry

MOST_ENTRIES = 500

_FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_METHODS = ("GET", "POST", "PUT", "DELETE")


def entries_of(body: bytes) -> tuple[list[JsonValue], list[JsonValue], list[Entry]]:
    """The elements of a batch, the ids given, and the entries."""
    try:
        value = decode(body)
    except MalformedJsonError:
        raise wrong("$") from None
    if not isinstance(value, list):
        raise wrong("$ (an array of requests)")
    if not 1 <= len(value) <= MOST_ENTRIES:
        raise wrong(f"$ (an array of 1 to {MOST_ENTRIES} requests)")
    ids: list[JsonValue] = []
    entries: list[Entry] = []
    for place, element in enumerate(value):
        name, entry = _entry(element, f"$[{place}]")
        ids.append(name)
        entries.append(entry)
    return value, ids, entries


def _entry(element: JsonValue, place: str) -> tuple[JsonValue, Entry]:
    if not isinstance(element, dict):
        raise wrong(place)
    name, path, method = element.get("id"), element.get("path"), element.get("method")
    if not isinstance(name, str | None):
        raise wrong(f"{place}.id")
    if not isinstance(path, str):
        raise wrong(f"{place}.path")
    if not isinstance(method, str) or method not in _METHODS:
        raise wrong(f"{place}.method")
    return name, Entry(method, path, element.get("body"))


def flag(query: dict[str, str], name: str, *, default: bool) -> bool:
    """A boolean parameter, in any of the vendor's spellings."""
    text = query.get(name)
    if text is None:
        return default
    if text not in _FLAGS:
        raise wrong(f"{name} (one of {', '.join(_FLAGS)})")
    return _FLAGS[text]


def number(query: dict[str, str], name: str, default: int) -> int:
    """A parameter that counts."""
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise wrong(name)
    return int(text)


def wrong(what: str) -> RefusalError:
    """The refusal of a parameter."""
    return RefusalError(failure(400, "WRONG_PARAMETER", f"wrong value: {what}"))


def failure(status: int, code: str, message: str) -> Response:
    """A refusal in the vendor's own form."""
    error: dict[str, JsonValue] = {"errorMessage": message}
    if code:
        error["errorCode"] = code
    return Response.json(status, error)
