"""Deliberate mistakes: each is one that a library of this kind has made, or easily makes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from batchkit._core.effects import Failure, Phase, Response
from batchkit._core.exchange import answers, exchange, parcel
from batchkit._core.exchange.account import Account
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.exchange.policy import Policy
from batchkit._core.meaning.table import ItemVerdict
from batchkit._core.operations import AllDone, AllTaken, ItemAnswer, PerItem
from batchkit._core.run.breaker import Breaker
from batchkit._core.run.run import Run
from batchkit.drip import answers as drip
from batchkit.empathy import answers as empathy

Patch = pytest.MonkeyPatch


@attrs.frozen
class Mistake:
    """One mistake, and what must notice it."""

    name: str
    """What it does, in a sentence."""
    make: Callable[[Patch], None]
    kind: str
    """The kind of operation that suffers from it."""
    breaks: str
    """The invariant that must turn red."""

    def __str__(self) -> str:
        return self.name


def _resend_in_doubt(patch: Patch) -> None:
    patch.setattr(Policy, "may_resend", lambda *_: True)


def _new_key(patch: Patch) -> None:
    def is_stale(key: Any, now: float) -> bool:
        key.in_doubt = False
        return True

    patch.setattr(parcel.Key, "is_stale", is_stale)


def _pause_nobody(patch: Patch) -> None:
    patch.setattr(Breaker, "pause", lambda *_: None)


def _pair_by_position(patch: Patch) -> None:
    read = empathy.read

    def read_what_is_there(response: Response, count: int) -> Any:
        try:
            told = json.loads(response.body)
            return PerItem([ItemAnswer(int(each["code"])) for each in told]) if told else AllDone()
        except (ValueError, TypeError):
            return read(response, count)

    by_position = answers.by_position

    def as_many(operation: Any, positions: Any, told: Any, **more: Any) -> Any:
        both = min(len(positions), len(told))
        return by_position(operation, positions[:both], told[:both], **more)

    patch.setattr(empathy, "read", read_what_is_there)
    patch.setattr(answers, "by_position", as_many)


def _coerce_codes(patch: Patch) -> None:
    patch.setattr(empathy, "_answer", lambda result: ItemAnswer(int(result["code"])))


def _follow(patch: Patch) -> None:
    def read(response: Response, count: int) -> Any:
        return AllTaken() if response.status < 400 else None

    patch.setattr(drip, "read", read)


def _forget_what_was_sent(patch: Patch) -> None:
    answer = Run.answer

    def after_all(run: Any, job: Any, reply: Any, now: float) -> None:
        left = run._halt is not None
        never = Failure(phase=Phase.NOTHING, reason="cancelled")
        answer(run, job, never if left else reply, now)

    patch.setattr(Run, "answer", after_all)


def _sleep_on(patch: Patch) -> None:
    halt = Run.halt

    def later(run: Any, reason: str, now: float, *stop: Any, **more: Any) -> None:
        asleep = [task for task in run._turns.tasks if task.ready_at > now and not task.busy]
        run._turns.tasks = [task for task in run._turns.tasks if task not in asleep]
        halt(run, reason, now, *stop, **more)
        run._turns.tasks += asleep

    patch.setattr(Run, "halt", later)


def _lose_one_of_the_halves(patch: Patch) -> None:
    def halves(parts: Any) -> tuple[Any, Any]:
        middle = len(parts) // 2
        return parts[:middle], parts[middle + 1 :] or parts[-1:]

    patch.setattr(exchange, "halves", halves)


def _mind_no_order(patch: Patch) -> None:
    patch.setattr(Exchange, "changes", lambda _: frozenset())


def _believe_server_errors(patch: Patch) -> None:
    judge = answers.judge_item

    def judge_item(code: int | None, **how: Any) -> ItemVerdict:
        return ItemVerdict.REJECT if code is not None and code >= 500 else judge(code, **how)

    patch.setattr(answers, "judge_item", judge_item)


def _forget_who_waits(patch: Patch) -> None:
    halt = Run.halt

    def forget(run: Any, reason: str, now: float, *stop: Any, **more: Any) -> None:
        run._turns.tasks = [task for task in run._turns.tasks if task.busy]
        halt(run, reason, now, *stop, **more)

    patch.setattr(Run, "halt", forget)


def _forget_doubts(patch: Patch) -> None:
    patch.setattr(Account, "rule", Account._enter)


MISTAKES = (
    Mistake(
        "What duplicates goes again after a request that was sent and not answered.",
        _resend_in_doubt,
        "duplicates",
        "I4",
    ),
    Mistake("Every attempt has a deduplication key of its own.", _new_key, "keyed", "I5"),
    Mistake(
        "Only the chunk that was told to wait does, not its neighbours.",
        _pause_nobody,
        "duplicates",
        "I9",
    ),
    Mistake(
        "An array of another length is paired with the items as far as it goes.",
        _pair_by_position,
        "duplicates",
        "I1",
    ),
    Mistake(
        "A code that is not a number is made one.",
        _coerce_codes,
        "duplicates",
        "I2",
    ),
    Mistake(
        "A redirect is followed, and what the other place says counts.", _follow, "converges", "I2"
    ),
    Mistake(
        "What is in flight when the caller leaves is told as never sent.",
        _forget_what_was_sent,
        "converges",
        "I3",
    ),
    Mistake("A wait is slept to its end although the run was halted.", _sleep_on, "keyed", "I11"),
    Mistake(
        "Of a request that was too large an item is lost between the halves.",
        _lose_one_of_the_halves,
        "converges",
        "I1",
    ),
    Mistake(
        "Chunks that change the same thing are sent side by side.",
        _mind_no_order,
        "converges",
        "I8",
    ),
    Mistake(
        "An item's own server error means that it was not taken, though the caller is strict.",
        _believe_server_errors,
        "duplicates",
        "I3",
    ),
    Mistake(
        "The deadline ends the run, and chunks that still waited are forgotten.",
        _forget_who_waits,
        "converges",
        "I1",
    ),
    Mistake(
        "A refusal is believed although an earlier attempt may have been applied.",
        _forget_doubts,
        "converges",
        "I3",
    ),
)
