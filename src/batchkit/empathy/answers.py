"""How Empathy answers a batch.

The documents promise one object per event, in an array, if an event fails, and say nothing of
the body if none does. No object names its event: only a whole array can be matched to the events,
by position. The body is read before the status, as the status of a mixed batch is only the
highest of its events' codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .._core import json
from .._core.effects import Response
from .._core.operations import AllDone, Complaint, ItemAnswer, PerItem, Reading, Unreadable
from ..values import JsonValue

_LONGEST = 500
"""Characters of the vendor's words that are passed on."""


def read(response: Response, count: int) -> Reading | None:
    """What an answer to a batch of `count` events says; `None` if only its status says anything.

    A 2xx whose body is neither empty nor an array says nothing clear, whatever it holds: it may
    come from somebody in between, and this vendor's error bodies are known to disagree with their
    status. An array that cannot be matched to the events, or that broke off, is as unclear under
    any other status: it shows that events were looked at, and may have been counted.
    """
    if 300 <= response.status < 400:
        return None  # somebody else was to be asked, so nobody here counted anything
    if not response.complete:
        return Unreadable("The answer broke off, or could not be decoded.")
    good = 200 <= response.status < 300
    body = response.body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        return AllDone() if good else None
    try:
        told = json.read(body)
    except ValueError:
        return Unreadable("The answer is not JSON.") if good or body[:1] == b"[" else None
    if isinstance(told, list):
        return AllDone() if good and not told else _per_item(told, count)
    return Unreadable("The answer is not an array of results.") if good else None


def _per_item(results: Sequence[JsonValue], count: int) -> PerItem | Unreadable:
    if len(results) != count:
        return Unreadable(f"The answer speaks of {len(results)} events, {count} were sent.")
    answers: list[ItemAnswer] = []
    for result in results:
        answer = _answer(result) if isinstance(result, Mapping) else None
        if answer is None:
            return Unreadable("The answer has no HTTP status code for some of the events.")
        answers.append(answer)
    return PerItem(answers)


def _answer(result: Mapping[str, JsonValue]) -> ItemAnswer | None:
    code = result.get("code")
    if type(code) is not int or not 100 <= code <= 599:
        return None
    return ItemAnswer(code, _reason(result))


def complain(response: Response) -> Complaint:
    """The vendor's words in an error body: an object with `error` or `message`, or plain text.

    The body's `code` may differ from the answer's status.
    """
    words = _line(response.body[: 4 * _LONGEST].decode("utf-8", "replace"))
    try:
        told = json.read(response.body)
    except ValueError:
        return Complaint(words)
    if not isinstance(told, Mapping):
        return Complaint(words)
    return Complaint(_reason(told) or words, _code(told.get("code")))


def _code(code: JsonValue) -> str | None:
    if isinstance(code, str):
        return _line(code) or None
    return str(code) if type(code) is int else None


def _reason(told: Mapping[str, JsonValue]) -> str:
    for name in ("error", "message"):
        words = told.get(name)
        if isinstance(words, str) and words:
            return _line(words)
    return ""


def _line(text: str) -> str:
    """One line for people, of at most 500 characters, without control characters."""
    line = text.strip()[: _LONGEST + 1]
    if not line.isprintable():
        line = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
