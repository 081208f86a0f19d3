"""How Empathy answers a batch.

The documents promise one object per event, in an array, if an event fails, and say nothing of
the body if none does. No object names its event: only a whole array can be matched to the events,
by position. The body is read before the status, as the status of a mixed batch is only the
highest of its events' codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, cast

from .._core.effects import Response
from .._core.items import jsontext
from .._core.meaning.bodies import BodyKind, BodyRow, Means, look, row_for
from .._core.operations import AllDone, Complaint, ItemAnswer, PerItem, Reading, Unreadable
from ..values import JsonValue

_LONGEST = 500
"""Characters of the vendor's words that are passed on."""


ROWS: Final = (
    BodyRow(
        {BodyKind.DOCUMENTED},
        Means.TOLD,
        "one result for each event, by position; the status is only the highest of their codes",
        any_status=True,
    ),
    BodyRow({BodyKind.EMPTY}, Means.DONE, "a body is promised only if an event fails; so is `[]`"),
    BodyRow(
        {BodyKind.BROKEN, BodyKind.TOO_LARGE},
        Means.UNCLEAR,
        "what is missing may have named a failure; an array was begun, so events were looked at",
        any_status=True,
    ),
    BodyRow(
        {BodyKind.MISFIT},
        Means.UNCLEAR,
        "results are matched by position, so one too few or too many, or one without a code, "
        "makes all of them worthless",
        any_status=True,
    ),
    BodyRow(
        {BodyKind.NOT_JSON, BodyKind.OTHER, BodyKind.COMPLAINT},
        Means.UNCLEAR,
        "somebody in between may have said yes, and this vendor's errors are known to disagree "
        "with their status",
    ),
    BodyRow(
        {BodyKind.PAGE},
        Means.UNCLEAR,
        "somebody in between answers; two in a row end the run, as all others would be in doubt",
    ),
)
"""What the body of a success means."""


def read(response: Response, count: int) -> Reading | None:
    """What an answer to a batch of `count` events says; `None` if only its status says anything.

    An array that cannot be matched to the events, or that broke off, is unclear under any status:
    it shows that events were looked at, and may have been counted.
    """
    if 300 <= response.status < 400:
        return None  # somebody else was to be asked, so nobody here counted anything
    body, said = _look(response, count)
    row = row_for(ROWS, body)
    if not (row.any_status or 200 <= response.status < 300):
        return None
    match row.means:
        case Means.DONE:
            return AllDone()
        case Means.TOLD:
            return PerItem(cast("Sequence[ItemAnswer]", said))
        case _:
            return Unreadable(cast(str, said), page=body is BodyKind.PAGE)


def _look(response: Response, count: int) -> tuple[BodyKind, Sequence[ItemAnswer] | str]:
    """What the body is, with the results that it holds or, in words, why it holds none."""
    body, told = look(response)
    if body is BodyKind.NOT_JSON and response.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        return BodyKind.BROKEN, _WHY[BodyKind.NOT_JSON]  # an array was begun
    if body is not None:
        return body, _WHY.get(body, "")
    if not isinstance(told, list):
        return BodyKind.OTHER, "The answer is not an array of results."
    if not told and 200 <= response.status < 300:
        return BodyKind.EMPTY, ""
    if len(told) != count:
        return BodyKind.MISFIT, f"The answer speaks of {len(told)} events, {count} were sent."
    answers = [_answer(result) if isinstance(result, Mapping) else None for result in told]
    known = [answer for answer in answers if answer is not None]
    if len(known) < count:
        return BodyKind.MISFIT, "The answer has no HTTP status code for some of the events."
    return BodyKind.DOCUMENTED, known


_WHY: Final[Mapping[BodyKind, str]] = {
    BodyKind.BROKEN: "The answer broke off, or could not be decoded.",
    BodyKind.TOO_LARGE: "The answer is too large to be read.",
    BodyKind.NOT_JSON: "The answer is not JSON.",
    BodyKind.PAGE: "The answer is a web page, which Empathy itself does not send.",
}


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
        told = jsontext.read(response.body)
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
