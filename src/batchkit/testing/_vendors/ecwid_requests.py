"""How requests to Ecwid's batch endpoint are read, and refused."""

# pyright: reportTypedDictNotRequiredAccess=false
# A vendor's `switches` begin as a copy of all defaults, so every key is there.

from __future__ import annotations

from .._http import RefusalError, Response
from .._json import JsonValue, MalformedJsonError, decode
from .ecwid_store import Entry
from .ecwid_switches import EcwidSwitches

MOST_ENTRIES = 500

_FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_METHODS = ("GET", "POST", "PUT", "DELETE")


def json_or_none(body: bytes) -> JsonValue:
    """The value of a body that need not be there."""
    try:
        return decode(body) if body else None
    except MalformedJsonError:
        raise wrong("$") from None


def entries_of(
    body: bytes, switches: EcwidSwitches
) -> tuple[list[JsonValue], list[JsonValue], list[Entry]]:
    """The elements of a batch, the ids given, and the entries."""
    most = switches["batch_bytes"]
    if most is not None and len(body) > most:
        raise RefusalError(failure(413, "", "the batch is too large"))
    try:
        value = decode(body)
    except MalformedJsonError:
        raise wrong("$") from None
    if not isinstance(value, list):
        raise wrong("$ (an array of requests)")
    _confirm_number(len(value), switches)
    ids: list[JsonValue] = []
    entries: list[Entry] = []
    for place, element in enumerate(value):
        name, entry = _entry(element, f"$[{place}]", switches)
        ids.append(name)
        entries.append(entry)
    return value, ids, entries


def _confirm_number(number: int, switches: EcwidSwitches) -> None:
    many = number > MOST_ENTRIES and switches["too_many_entries"] != "accept"
    if many and switches["too_many_entries"] == "413":
        raise RefusalError(failure(413, "", f"more than {MOST_ENTRIES} requests"))
    if many or (not number and switches["no_entries"] == "refuse"):
        raise wrong(f"$ (an array of 1 to {MOST_ENTRIES} requests)")


def _entry(element: JsonValue, place: str, switches: EcwidSwitches) -> tuple[JsonValue, Entry]:
    if not isinstance(element, dict):
        raise wrong(place)
    name, path, method = element.get("id"), element.get("path"), element.get("method")
    numeric = type(name) is int and switches["numeric_ids"] == "accept"
    if not (isinstance(name, str | None) or numeric):
        raise wrong(f"{place}.id")
    if not isinstance(path, str):
        raise wrong(f"{place}.path")
    if not isinstance(method, str) or method not in _METHODS:
        raise wrong(f"{place}.method")
    body = element.get("body")
    if isinstance(body, str) and switches["text_bodies"] == "read":
        body = json_or_none(body.encode(errors="replace"))
    return name, Entry(method, path, body)


def flag(query: dict[str, str], name: str, switches: EcwidSwitches, *, default: bool) -> bool:
    """A boolean parameter, in any of the vendor's spellings."""
    text = query.get(name)
    if text is None:
        return default
    word = text.lower() if switches["boolean_words"] == "any_case" else text
    if word not in _FLAGS:
        raise wrong(f"{name} (one of {', '.join(_FLAGS)})")
    return _FLAGS[word]


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
