"""How Ecwid answers: with a ticket, with the state of a ticket, or with an error.

The results of a batch are matched by the entries' ids alone, since their order is not promised,
and are read only once the batch is `COMPLETED`: until then an entry may be missing or say
anything. Fields may be missing and words new; what cannot be read says nothing, it never fails.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, cast

import attrs

from .._core.effects import Response
from .._core.items import jsontext
from .._core.meaning.bodies import BodyKind, BodyRow, Means, look, row_for
from .._core.operations import Complaint, ItemAnswer, Reading, Ticketed, TicketState, Unreadable
from .._core.text import LONGEST, one_line
from ..exceptions import ContractError
from ..jobs import is_ticket
from ..values import JsonValue

_Object: TypeAlias = Mapping[str, JsonValue]

FINISHED: Final = "COMPLETED"
_NOTHING: Final[_Object] = {}
_CONTRADICTION: Final = ItemAnswer(None, "The answer holds contradicting results for this item.")


@attrs.frozen
class BatchStatus:
    """What the vendor says of a batch as a whole."""

    ticket: str
    status: str
    """`QUEUED` (no entry is done yet), `IN_PROGRESS` or `COMPLETED`, which says nothing of the
    entries' success: a cancelled batch is `COMPLETED` too. Another word is possible."""
    total_requests: int | None = None
    """How many entries there are; `None` where the vendor does not say, as in lists."""
    completed_requests: int | None = None
    """How many of them are done; `None` where the vendor does not say."""

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing left to wait for."""
        return self.status == FINISHED


ROWS: Final = (
    BodyRow({BodyKind.DOCUMENTED}, Means.TICKET, "the results are asked for under the ticket"),
    BodyRow(
        {BodyKind.BROKEN},
        Means.KEYED,
        "the network's doing, as a failure without an answer is, and the key keeps a repeat from "
        "running twice",
    ),
    BodyRow(
        {BodyKind.TOO_LARGE},
        Means.KEYED,
        "the key keeps a repeat from running twice, but so much is nothing of the vendor's",
        resends=1,
    ),
    BodyRow(
        {
            BodyKind.EMPTY,
            BodyKind.PAGE,
            BodyKind.NOT_JSON,
            BodyKind.MISFIT,
            BodyKind.OTHER,
            BodyKind.COMPLAINT,
        },
        Means.KEYED,
        "the key keeps a repeat from running twice, and the next answer may have the ticket; "
        "if not, none of the following chunks would get one either",
        resends=2,
    ),
)
"""What the body of a success means in the answer to a submission."""


def read_submission(response: Response, count: int) -> Reading | None:
    """The ticket in the answer to a submission; `None` for the decision table."""
    if not 200 <= response.status < 300:
        return None
    body, told = look(response)
    ticket = told.get("ticket") if isinstance(told, Mapping) else None
    is_good = response.status == 200 and is_ticket(ticket)
    row = row_for(ROWS, BodyKind.DOCUMENTED if is_good else body or BodyKind.OTHER)
    if row.means is Means.TICKET:
        return Ticketed(cast(str, ticket))
    return Unreadable(
        f"Ecwid answered {response.status} without a ticket",
        page=body is BodyKind.PAGE,
        resends=row.resends,
    )


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
    """The same with the results by their positions in the answer, as text, and the entries' ids."""
    told = _state(response)
    if isinstance(told, str):
        return told
    state, entries = told
    answers = {str(position): _answer(entry) for position, entry in enumerate(entries)}
    ids = [name if isinstance(name := entry.get("id"), str) else None for entry in entries]
    return attrs.evolve(state, answers=answers, entries=ids)


def read_status(response: Response, ticket: str) -> BatchStatus:
    """What an answer says of this ticket. Raises `ContractError`."""
    batch = _batch(ticket, _object(response))
    if batch is None:
        raise ContractError("Ecwid's answer about a ticket has no status.")
    return batch


def read_list(response: Response) -> list[BatchStatus]:
    """What an answer lists: objects with a ticket and a status. Raises `ContractError`."""
    listed = _decoded(response.body)
    items = listed.get("items") if isinstance(listed, Mapping) else listed
    if not isinstance(items, list):
        raise ContractError("Ecwid's answer is no list of tickets.")
    batches: list[BatchStatus] = []
    for item in items:
        batch = _batch(item.get("ticket"), item) if isinstance(item, Mapping) else None
        if batch is None:
            raise ContractError("Ecwid's list of tickets holds something that is none.")
        batches.append(batch)
    return batches


def _batch(ticket: JsonValue, told: _Object) -> BatchStatus | None:
    status = told.get("status")
    if not (is_ticket(ticket) and isinstance(status, str)):
        return None
    return BatchStatus(
        ticket, status, _counter(told, "totalRequests"), _counter(told, "completedRequests")
    )


def read_count(response: Response, name: str) -> int:
    """How many batches an answer says were changed, in the field `name`. Raises `ContractError`."""
    count = _counter(_object(response), name)
    if count is None:
        raise ContractError(f"Ecwid's answer has no count named {name}.")
    return count


def complain(response: Response) -> Complaint:
    """The vendor's words in an error body, which may be empty or no JSON."""
    told = _object(response)
    message, code = _message(told), _text(told, "errorCode")
    if not (message or code):
        message = response.body[: 4 * LONGEST].decode("utf-8", "replace")
    return Complaint(one_line(message), one_line(code) or None)


def _object(response: Response) -> _Object:
    """The JSON object in an answer; an empty one if there is anything else."""
    told = _decoded(response.body)
    return told if isinstance(told, Mapping) else {}


def _counter(told: _Object, name: str) -> int | None:
    """A number of things in an answer; `None` where it is missing or no such number."""
    number = told.get(name)
    return number if type(number) is int and number >= 0 else None


def _state(response: Response) -> tuple[TicketState, Sequence[_Object]] | str:
    """A ticket's state, and the entries of a finished one; or in words why there is none."""
    told = _object(response)
    status = told.get("status")
    if not isinstance(status, str):
        return "the answer about the ticket has no status"
    state = TicketState(
        finished=status == FINISHED,
        started=status != "QUEUED",
        completed=_counter(told, "completedRequests") or 0,
        total=_counter(told, "totalRequests") or 0,
    )
    return state, _entries(told.get("responses")) if state.finished else []


def _entries(responses: JsonValue) -> Sequence[_Object]:
    """The results in an answer. The vendor's page says in one place that they are an object."""
    if isinstance(responses, Mapping):
        return [responses]
    if not isinstance(responses, list):
        return []
    return [entry if isinstance(entry, Mapping) else _NOTHING for entry in responses]


def _answer(entry: _Object) -> ItemAnswer:
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


def _code(entry: _Object) -> int | None:
    code = entry.get("httpStatusCode")
    return code if type(code) is int and 100 <= code <= 599 else None


def _body(entry: _Object) -> JsonValue:
    """The inner answer's body; `None` if there is none, or none that can be read."""
    escaped = entry.get("escapedHttpBody")
    if isinstance(escaped, str):
        return _decoded(escaped.encode("utf-8", "replace"))
    body = entry.get("httpBody")
    return None if body == "" else body


def _reason(entry: _Object) -> str:
    """Everything that the vendor says of a failure, each thing once."""
    body = _body(entry)
    told = body if isinstance(body, Mapping) else _NOTHING
    line = _text(entry, "httpStatusLine")
    words = [line, _text(told, "errorCode"), _message(told)]
    return one_line(": ".join(filter(None, dict.fromkeys(words))))


def _message(told: _Object) -> str:
    return _text(told, "errorMessage") or _text(told, "error_message")


def _text(told: _Object, name: str) -> str:
    text = told.get(name)
    return text.strip() if isinstance(text, str) else ""


def _decoded(body: bytes) -> JsonValue:
    try:
        return jsontext.read(body)
    except ValueError:
        return None
