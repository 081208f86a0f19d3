"""What the vendor said of each item, and what that comes to: rulings, and items to send again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import attrs

from ...outcomes import Rejected, Skipped, Succeeded, Unknown, Unsent
from ...values import JsonValue
from ..items.chunks import Chunk
from ..meaning import stops
from ..meaning.table import ItemVerdict, judge_item
from ..operations import ItemAnswer, Operation, Ticketing
from ..rulings import Abort, OutcomeClass, Ruling
from .account import Answered

_Line: TypeAlias = tuple[OutcomeClass, int | None, str]


def by_position(
    operation: Operation,
    positions: Sequence[int],
    answers: Sequence[ItemAnswer],
    *,
    strict: bool,
    may_resend: bool,
    request_id: str | None,
) -> Answered:
    """Each position by its own answer; what may have been applied goes again if it may."""
    sheet = _Sheet(operation, None, request_id)
    for position, answer in zip(positions, answers, strict=True):
        match judge_item(answer.code, strict=strict):
            case ItemVerdict.DONE:
                sheet.enter(Succeeded, position, answer)
            case ItemVerdict.REJECT:
                sheet.enter(Rejected, position, answer, sheet.reason(answer))
            case ItemVerdict.AGAIN:
                sheet.send_again(position, answer)
            case ItemVerdict.STOP:
                sheet.stop_at(position, answer)
            case ItemVerdict.DOUBT if may_resend:
                sheet.send_again(position, answer, doubted=True)
            case _:
                sheet.enter(Unknown, position, answer, sheet.said(answer))
    return sheet.answered()


def by_id(
    operation: Operation,
    ticketing: Ticketing,
    chunk: Chunk,
    ticket: str,
    positions: Sequence[int],
    answers: Mapping[str, ItemAnswer],
    *,
    request_id: str | None,
) -> Answered:
    """Each position by what a finished ticket says of its id."""
    sheet = _Sheet(operation, ticket, request_id)
    may_go = not ticketing.stops_on_failure and chunk.ticket is None
    for position in positions:
        answer = answers.get(ticketing.identify(chunk.items[position], chunk.start + position))
        if answer is None:
            answer = ItemAnswer(None, "the vendor's answer has no result for this item")
        match judge_item(answer.code, strict=True, tried=answer.tried):
            case ItemVerdict.DONE:
                sheet.enter(Succeeded, position, answer)
            case ItemVerdict.REJECT:
                sheet.enter(Rejected, position, answer, sheet.reason(answer))
            case ItemVerdict.SKIP:
                outcome = Skipped if ticketing.stops_on_failure and not sheet.in_doubt else Unsent
                reason = answer.reason or "The vendor did not try it."
                sheet.enter(outcome, position, answer, reason)
            case ItemVerdict.STOP:
                sheet.stop_at(position, answer)
            case ItemVerdict.AGAIN if may_go:
                sheet.send_again(position, answer)
            case ItemVerdict.AGAIN:
                sheet.enter(Unsent, position, answer, sheet.said(answer))
            case ItemVerdict.DOUBT if may_go and ticketing.repeats(chunk.items[position]):
                sheet.send_again(position, answer, doubted=True)
            case _:
                sheet.enter(Unknown, position, answer, sheet.said(answer))
    if sheet.again:
        touched = [ticketing.touches(chunk.items[position]) for position in positions]
        last = dict(zip(touched, positions, strict=True))
        sheet.leave_overtaken(lambda position: last[ticketing.touches(chunk.items[position])])
    return sheet.answered()


@attrs.define
class _Sheet:
    """Equal rulings gathered, so that a thousand items cost a few of them."""

    operation: Operation
    ticket: str | None
    request_id: str | None
    again: dict[int, ItemAnswer] = attrs.field(factory=dict[int, ItemAnswer])
    _lines: dict[_Line, list[int]] = attrs.field(factory=dict[_Line, list[int]])
    _values: dict[int, JsonValue] = attrs.field(factory=dict[int, JsonValue])
    _doubted: list[int] = attrs.field(factory=list[int])
    _codes: set[int] = attrs.field(factory=set[int])
    _overtaken: list[Ruling] = attrs.field(factory=list[Ruling])
    _stop: Abort | None = None

    @property
    def in_doubt(self) -> bool:
        """Whether an item before has no certain outcome."""
        return any(outcome is Unknown for outcome, _, _ in self._lines)

    def enter(
        self, outcome: OutcomeClass, position: int, answer: ItemAnswer, reason: str = ""
    ) -> None:
        self._note(answer)
        self._lines.setdefault((outcome, answer.code, reason), []).append(position)
        if answer.value is not None:
            self._values[position] = answer.value

    def stop_at(self, position: int, answer: ItemAnswer) -> None:
        """Nothing more is sent after this answer."""
        self._stop = stops.item_refused(self.operation, answer)
        self.enter(Unsent, position, answer, self.said(answer))

    def send_again(self, position: int, answer: ItemAnswer, *, doubted: bool = False) -> None:
        self._note(answer)
        self.again[position] = answer
        if doubted:
            self._doubted.append(position)

    def leave_overtaken(self, last: Callable[[int], int]) -> None:
        """Leave out what a later item of the same chunk has overtaken: the later one must win."""
        for position in [each for each in self.again if last(each) != each]:
            said = self.said(self.again.pop(position))
            reason = f"{said} A later item changed the same thing, so it was not sent again."
            self._overtaken.append(
                Ruling(
                    outcome=Unsent,
                    positions=[position],
                    reason=reason,
                    request_id=self.request_id,
                )
            )

    def answered(self) -> Answered:
        """All of it."""
        rulings = [
            Ruling(
                outcome=outcome,
                positions=positions,
                code=code,
                reason=reason,
                ticket=self.ticket,
                request_id=self.request_id,
                values=self._values_of(positions) if outcome is Succeeded else None,
            )
            for (outcome, code, reason), positions in self._lines.items()
        ]
        return Answered(
            rulings=[*rulings, *self._overtaken],
            again=list(self.again),
            doubted=self._doubted,
            codes=self._codes,
            stop=self._stop,
        )

    def _values_of(self, positions: Sequence[int]) -> Mapping[int, JsonValue] | None:
        return {each: self._values[each] for each in positions if each in self._values} or None

    def reason(self, answer: ItemAnswer) -> str:
        return answer.reason or self.said(answer)

    def said(self, answer: ItemAnswer) -> str:
        if answer.code is None:
            return answer.reason
        words = f" ({answer.reason})" if answer.reason else ""
        return f"{self.operation.vendor} answered {answer.code} for this item{words}."

    def _note(self, answer: ItemAnswer) -> None:
        if answer.code is not None:
            self._codes.add(answer.code)
