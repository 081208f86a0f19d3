"""What Drip answers: a yes that tells nothing of single items, or one of seven error bodies.

A yes is a status; its body is `{}`, empty or a list of request ids that cannot be asked about, so
it is never needed. The bodies of errors are as different as the layers they come from:

1. `{"errors": [{"code", "attribute", "message"}]}`: v2, for validation and permission;
2. `{"message", "documentation"}`: the quota;
3. `{"message"}`: the gateway;
4. `{"status", "error"}`: a body that is no JSON;
5. `{"error": {"message"}}`: v3's schema, seen in 2019;
6. `{"validation_errors": [{"keyword", "dataPath", "message", …}]}`: v3's schema, seen since 2021;
7. nothing, or no JSON: anything on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .._core.effects import Response
from .._core.headers import requests_left
from .._core.items import jsontext
from .._core.meaning.bodies import BodyKind, BodyRow, Means, is_called_html, look, row_for
from .._core.operations import AllTaken, Complaint, Reading, Trouble, Unreadable
from ..values import JsonValue

_LONGEST = 500


REMAINING: Final = "x-ratelimit-remaining"
"""The header with what is left of the hourly quota."""

ROWS: Final = (
    BodyRow(
        {BodyKind.PAGE},
        Means.UNCLEAR,
        "somebody in between answers; two in a row end the run, as all others would be in doubt",
    ),
    BodyRow({BodyKind.COMPLAINT}, Means.UNCLEAR, "a yes and a no at once"),
    BodyRow(
        {
            *(
                BodyKind.DOCUMENTED,
                BodyKind.EMPTY,
                BodyKind.BROKEN,
                BodyKind.TOO_LARGE,
                BodyKind.NOT_JSON,
            ),
            *(BodyKind.MISFIT, BodyKind.OTHER),
        },
        Means.TAKEN,
        "the status alone says that the items are queued; nothing in the body is needed",
    ),
)
"""What the body of a success means."""


def read(response: Response, count: int) -> Reading | None:
    """Read a yes. Any other status is left to the decision table."""
    if not 200 <= response.status < 300:
        return None
    body = _look(response)
    if row_for(ROWS, body).means is Means.TAKEN:
        return AllTaken()
    if body is BodyKind.PAGE:
        return Unreadable("The answer is a web page, which Drip itself does not send.", page=True)
    return Unreadable(_cut(f"Drip says yes and complains: {complain(response).message}"))


def _look(response: Response) -> BodyKind:
    """What the body is; one that is called a web page is one, even if it is empty."""
    if is_called_html(response):
        return BodyKind.PAGE
    match _document(response):
        case {"errors": [_, *_]}:
            return BodyKind.COMPLAINT
        case document:
            seen, _ = look(response)
            return seen or (BodyKind.DOCUMENTED if isinstance(document, dict) else BodyKind.OTHER)


def complain(response: Response) -> Complaint:
    """The vendor's words in an error body, on one line and with every error in it."""
    document = _document(response)
    errors = _errors(document)
    said = "; ".join(filter(None, map(_sentence, errors)))
    if not said and document != {}:
        said = response.body.decode("utf-8", "replace").strip()
    return Complaint(message=_one_line(said), code=_one_line(_code(errors)) or None)


def limited(response: Response) -> Trouble:
    """What a 429 is for.

    Drip answers it for a quota that is used up and for too many requests for one subscriber; only
    its words, and what is left of the quota, tell them apart.
    """
    words = complain(response).message.lower()
    if "concurrent" in words:
        return Trouble.CONTENDED
    spent = "hour" in words or "exceeded" in words
    spent = spent or requests_left(response.headers, REMAINING) == 0
    return Trouble.QUOTA_SPENT if spent else Trouble.THROTTLED


def _document(response: Response) -> JsonValue:
    """The body, if it is JSON; stray bytes in it do not make the rest unreadable."""
    try:
        return jsontext.read(response.body.decode("utf-8", "replace").encode())
    except ValueError:
        return None


def _errors(document: JsonValue) -> Sequence[JsonValue]:
    match document:
        case {"errors": [_, *_] as errors} | {"validation_errors": [_, *_] as errors}:
            return errors
        case {"error": {} | str() as error}:
            return [error]
        case {"message": _}:
            return [document]
        case _:
            return []


def _sentence(error: JsonValue) -> str:
    words = error if isinstance(error, str) else _first(error, "message", "code", "keyword")
    place = _first(error, "attribute", "dataPath")
    return f"{place}: {words}" if place and words else words


def _code(errors: Sequence[JsonValue]) -> str:
    return next(filter(None, (_first(error, "code") for error in errors)), "")


def _first(error: JsonValue, *keys: str) -> str:
    """The first of these keys under which an object holds text."""
    if isinstance(error, dict):
        for key in keys:
            if isinstance(text := error.get(key), str) and text:
                return text
    return ""


def _one_line(text: str) -> str:
    """Text that can stand in a log: what does not print is escaped, what is too long is cut."""
    shown = (each if each.isprintable() else repr(each)[1:-1] for each in text[: _LONGEST + 1])
    return _cut("".join(shown))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
