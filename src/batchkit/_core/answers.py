"""What the vendor said of each item becomes rulings, and a list of those to send again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import attrs

from ..outcomes import Rejected, Skipped, Succeeded, Unknown, Unsent
from ..values import JsonValue
from . import stops
from .accounts import OutcomeClass, Ruling
from .operations import ItemAnswer, Operation, Ticketing
from .verdicts import ItemVerdict, judge_item

if TYPE_CHECKING:
    from .exchange import Exchange


def enter_answers(
    exchange: Exchange, parts: Sequence[int], answers: Sequence[ItemAnswer]
) -> Sequence[int]:
    """Rule on every part by its own answer; the parts that are returned go again."""
    account, rules = exchange.account, exchange.rules
    sheet = _Sheet()
    again: list[int] = []
    for part, answer in zip(parts, answers, strict=True):
        match judge_item(answer.code, strict=rules.strict_items):
            case ItemVerdict.DONE:
                sheet.enter(Succeeded, part, answer)
            case ItemVerdict.REJECT:
                sheet.enter(Rejected, part, answer, reason=_reason(exchange.operation, answer))
            case ItemVerdict.AGAIN:
                again.append(part)
            case ItemVerdict.STOP:
                _stop(exchange, answer)
                sheet.enter(Unsent, part, answer, reason=_said(exchange.operation, answer))
            case ItemVerdict.DOUBT if exchange.may_resend:
                account.doubted.update(exchange.positions([part]))
                again.append(part)
            case _:
                sheet.enter(Unknown, part, answer, reason=_said(exchange.operation, answer))
        if answer.code is not None:
            account.note_code(answer.code)
    sheet.hand_in(exchange)
    return again


def enter_results(
    exchange: Exchange,
    ticketing: Ticketing,
    ticket: str,
    parts: Sequence[int],
    answers: Mapping[str, ItemAnswer],
) -> Sequence[int]:
    """Rule on every part by what a finished ticket says of its id; what is returned goes again."""
    sheet = _Sheet(ticket=ticket)
    again: list[int] = []
    for part in parts:
        answer = answers.get(exchange.identify(part))
        if answer is None:
            answer = ItemAnswer(None, "the vendor's answer has no result for this item")
        if answer.code is not None:
            exchange.account.note_code(answer.code)
        if _enter_result(exchange, ticketing, sheet, part, answer):
            again.append(part)
    sheet.hand_in(exchange)
    return _without_overtaken(exchange, ticketing, parts, again, answers)


def _enter_result(
    exchange: Exchange, ticketing: Ticketing, sheet: _Sheet, part: int, answer: ItemAnswer
) -> bool:
    """Rule on one entry; true if it goes again instead."""
    said = _said(exchange.operation, answer)
    position = exchange.chunk.positions[part]
    may_go = not ticketing.stops_on_failure and exchange.chunk.ticket is None
    match judge_item(answer.code, strict=True, tried=answer.tried):
        case ItemVerdict.DONE:
            sheet.enter(Succeeded, part, answer)
        case ItemVerdict.REJECT:
            sheet.enter(Rejected, part, answer, reason=_reason(exchange.operation, answer))
        case ItemVerdict.SKIP:
            outcome = Skipped if ticketing.stops_on_failure and not sheet.in_doubt else Unsent
            sheet.enter(outcome, part, answer, reason=answer.reason or "The vendor did not try it.")
        case ItemVerdict.STOP:
            _stop(exchange, answer)
            sheet.enter(Unsent, part, answer, reason=said)
        case ItemVerdict.AGAIN if may_go:
            return True
        case ItemVerdict.AGAIN:
            sheet.enter(Unsent, part, answer, reason=said)
        case ItemVerdict.DOUBT if may_go and ticketing.repeats(exchange.chunk.items[position]):
            exchange.account.doubted.add(position)
            return True
        case _:
            sheet.enter(Unknown, part, answer, reason=said)
    return False


def _without_overtaken(
    exchange: Exchange,
    ticketing: Ticketing,
    parts: Sequence[int],
    again: list[int],
    answers: Mapping[str, ItemAnswer],
) -> Sequence[int]:
    """Leave out what a later item of the same chunk has overtaken: the later one must win."""
    if not again:
        return again
    last = {
        ticketing.touches(exchange.chunk.items[exchange.chunk.positions[part]]): part
        for part in parts
    }
    kept: list[int] = []
    for part in again:
        if last[ticketing.touches(exchange.chunk.items[exchange.chunk.positions[part]])] == part:
            kept.append(part)
        else:
            said = _said(exchange.operation, answers[exchange.identify(part)])
            reason = f"{said} A later item changed the same thing, so it was not sent again."
            exchange.rule(Unsent, [part], reason=reason, answered=True)
    return kept


def _stop(exchange: Exchange, answer: ItemAnswer) -> None:
    exchange.account.stop = stops.item_refused(exchange.operation, answer)


def _reason(operation: Operation, answer: ItemAnswer) -> str:
    return answer.reason or _said(operation, answer)


def _said(operation: Operation, answer: ItemAnswer) -> str:
    if answer.code is None:
        return answer.reason
    words = f" ({answer.reason})" if answer.reason else ""
    return f"{operation.vendor} answered {answer.code} for this item{words}."


_Line: TypeAlias = tuple[OutcomeClass, int | None, str]


@attrs.define
class _Sheet:
    """Equal rulings gathered, so that a thousand items cost a few of them."""

    ticket: str | None = None
    _parts: dict[_Line, list[int]] = attrs.field(factory=dict[_Line, list[int]])
    _values: dict[int, JsonValue] = attrs.field(factory=dict[int, JsonValue])

    @property
    def in_doubt(self) -> bool:
        """Whether an item before has no certain outcome."""
        return any(outcome is Unknown for outcome, _, _ in self._parts)

    def enter(
        self, outcome: OutcomeClass, part: int, answer: ItemAnswer, *, reason: str = ""
    ) -> None:
        self._parts.setdefault((outcome, answer.code, reason), []).append(part)
        if answer.value is not None:
            self._values[part] = answer.value

    def hand_in(self, exchange: Exchange) -> None:
        for (outcome, code, reason), parts in self._parts.items():
            positions = exchange.positions(parts)
            values = {
                exchange.chunk.positions[part]: self._values[part]
                for part in parts
                if part in self._values
            }
            exchange.account.rule(
                Ruling(
                    outcome=outcome,
                    positions=positions,
                    code=code,
                    reason=reason,
                    ticket=self.ticket,
                    request_id=exchange.request_id,
                    values=values if outcome is Succeeded and values else None,
                )
            )
