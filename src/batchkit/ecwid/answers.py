"""How Ecwid answers: with a ticket, with the state of a ticket, or with an error.

The results of a batch are matched by the entries' ids alone, since their order is not promised,
and are read only once the batch is `COMPLETED`: until then an entry may be missing or say
anything. Fields may be missing and words new; what cannot be read says nothing, it never fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, TypeGuard, cast

import attrs

from .._core import json
from .._core.effects import Response
from .._core.operations import Complaint, ItemAnswer, Reading, Ticketed, TicketState, Unreadable
from .._core.text import LONGEST, one_line
from ..values import JsonValue

_Entry: TypeAlias = Mapping[str, JsonValue]

FINISHED: Final = "COMPLETED"
_TICKET: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_CONTRADICTION: Final = ItemAnswer(None, "The answer holds contradicting results for this item.")


def is_ticket(value: object) -> TypeGuard[str]:
    """Whether this can be a ticket, and can stand in a URL."""
    return isinstance(value, str) and _TICKET.fullmatch(value) is not None


def read_submission(response: Response, count: int) -> Reading | None:
    """The ticket in the answer to a submission; `None` for the decision table."""
    if not 200 <= response.status < 300:
        return None
    ticket = read_object(response).get("ticket")
    if response.status != 200 or not is_ticket(ticket):
        return Unreadable(f"Ecwid answered {response.status} without a ticket")
    return Ticketed(ticket)


def read_state(response: Response) -> TicketState | str:
    """How far a ticket is, and once it is finished its results by entry id."""
    told = _state(response)
    if isinstance(told, str):
        return told
    state, entries = told
    answers: dict[str, ItemAnswer] = {}
    for entry in entries:
        name = entry.get("id")
        if isinstance(name, str):
            answer = _answer(entry)
            if answers.setdefault(name, answer) != answer:
                answers[name] = _CONTRADICTION
    return attrs.evolve(state, answers=answers)


def read_by_position(response: Response) -> TicketState | str:
    """The same with the results by their positions in the answer, as text."""
    told = _state(response)
    if isinstance(told, str):
        return told
    state, entries = told
    answers = {str(position): _answer(entry) for position, entry in enumerate(entries)}
    return attrs.evolve(state, answers=answers)


def read_ids(response: Response) -> TicketState | str:
    """The same with one result, under the empty id: the list of the entries' ids in the order of
    the answer, with a null for an entry without one."""
    told = _state(response)
    if isinstance(told, str):
        return told
    state, entries = told
    ids = [name if isinstance(name := entry.get("id"), str) else None for entry in entries]
    return attrs.evolve(state, answers={"": ItemAnswer(response.status, value=ids)})


def complain(response: Response) -> Complaint:
    """The vendor's words in an error body, which may be empty or no JSON."""
    told = read_object(response)
    message, code = _message(told), _text(told, "errorCode")
    if not (message or code):
        message = response.body[: 4 * LONGEST].decode("utf-8", "replace")
    return Complaint(one_line(message), one_line(code) or None)


def read_object(response: Response) -> Mapping[str, JsonValue]:
    """The JSON object in an answer; an empty one if there is anything else."""
    told = read_json(response)
    return told if isinstance(told, Mapping) else {}


def read_json(response: Response) -> JsonValue:
    """What the body says; null if it is no JSON."""
    return _decoded(response.body)


def counter(told: Mapping[str, JsonValue], name: str) -> int | None:
    """A number of things in an answer; `None` where it is missing or no such number."""
    number = told.get(name)
    return number if type(number) is int and number >= 0 else None


def _state(response: Response) -> tuple[TicketState, Sequence[_Entry]] | str:
    """A ticket's state, and the entries of a finished one; or in words why there is none."""
    told = read_object(response)
    status = told.get("status")
    if not isinstance(status, str):
        return "the answer about the ticket has no status"
    state = TicketState(
        finished=status == FINISHED,
        started=status != "QUEUED",
        completed=counter(told, "completedRequests") or 0,
        total=counter(told, "totalRequests") or 0,
    )
    return state, _entries(told.get("responses")) if state.finished else []


def _entries(responses: JsonValue) -> Sequence[_Entry]:
    """The results in an answer. The vendor's page says in one place that they are an object."""
    if isinstance(responses, Mapping):
        return [responses]
    if not isinstance(responses, list):
        return []
    entries = cast("list[JsonValue]", responses)
    return [entry if isinstance(entry, Mapping) else {} for entry in entries]


def _answer(entry: _Entry) -> ItemAnswer:
    status, code = entry.get("status"), _code(entry)
    said = f" with code {code}" if code is not None else " without a code"
    match status:
        case "NOT_EXECUTED":
            return ItemAnswer(None, _reason(entry) or "The vendor did not try it.", tried=False)
        case "COMPLETED" if code is not None and 200 <= code < 300:
            return ItemAnswer(code, value=_body(entry))
        case "FAILED" if code is not None and not 200 <= code < 300:
            return ItemAnswer(code, _reason(entry))
        case "COMPLETED" | "FAILED":
            words = _reason(entry)
            words = f" ({words})" if words else ""
            return ItemAnswer(None, one_line(f"The vendor says {status}{said}{words}."))
        case _:
            return ItemAnswer(None, f"The vendor gave the item a status that is not known{said}.")


def _code(entry: _Entry) -> int | None:
    code = entry.get("httpStatusCode")
    return code if type(code) is int and 100 <= code <= 599 else None


def _body(entry: _Entry) -> JsonValue:
    """The inner answer's body; `None` if there is none, or none that can be read."""
    escaped = entry.get("escapedHttpBody")
    if isinstance(escaped, str):
        return _decoded(escaped.encode("utf-8", "replace"))
    body = entry.get("httpBody")
    return None if body == "" else body


def _reason(entry: _Entry) -> str:
    """Everything that the vendor says of a failure, each thing once."""
    body = _body(entry)
    told = body if isinstance(body, Mapping) else {}
    line = _text(entry, "httpStatusLine")
    words = [line, _text(told, "errorCode"), _message(told)]
    return one_line(": ".join(filter(None, dict.fromkeys(words))))


def _message(told: Mapping[str, JsonValue]) -> str:
    return _text(told, "errorMessage") or _text(told, "error_message")


def _text(told: Mapping[str, JsonValue], name: str) -> str:
    text = told.get(name)
    return text.strip() if isinstance(text, str) else ""


def _decoded(body: bytes) -> JsonValue:
    try:
        return json.read(body)
    except ValueError:
        return None
