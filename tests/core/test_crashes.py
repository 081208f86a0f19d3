"""A run that crashes at any moment, and is resumed, keeps the law and loses nothing."""

from __future__ import annotations

import os
import random
from collections import deque
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from batchkit._core.chunks import Chunk
from batchkit._core.exchange import Exchange
from batchkit._core.journal import Entry, resume, rulings_of
from batchkit._core.lane import Lane
from batchkit._core.operations import Operation
from batchkit._core.policy import Rules
from batchkit._core.recutting import Recutter
from batchkit._core.run import Run
from batchkit._core.steps import Keep
from batchkit.exceptions import JournalError
from batchkit.journal.rows import to_entry, to_row
from batchkit.options import RetryPolicy
from batchkit.outcomes import Accepted, Outcome, Rejected, Skipped, Succeeded, Unknown, Unsent
from tests.core.shop import Shop
from tests.core.toy import BAD, CONVERGES, DUPLICATES, KEYED, STOPPING, bounds, rules
from tests.simulator import Crash, Simulator

SEEDS = int(os.environ.get("BATCHKIT_SEEDS", "250")) // 10
ONLY = os.environ.get("BATCHKIT_SEED")
KINDS = {"converges": CONVERGES, "duplicates": DUPLICATES, "keyed": KEYED, "stopping": STOPPING}


class Ahead:
    """The entries of a journal, in order."""

    def __init__(self, entries: dict[int, Entry]) -> None:
        self._left = deque(entries[start] for start in sorted(entries))

    def peek(self) -> Entry | None:
        return self._left[0] if self._left else None

    def pop(self) -> Entry:
        return self._left.popleft()


@attrs.define
class Book:
    """A journal in memory, which keeps rows as the file does."""

    draw: random.Random
    wall: float
    """What the Unix clock is ahead of the run's."""
    breaks: float = 0.0
    entries: dict[int, Entry] = attrs.field(factory=dict[int, Entry])
    _left: list[Callable[[], None]] = attrs.field(factory=list[Callable[[], None]])

    def write(self, keep: Keep, now: float) -> float:
        if self.draw.random() < self.breaks:
            raise JournalError("The disk is full.")
        entry = to_entry(to_row(keep.entry(now + self.wall)))
        self.entries[entry.start] = entry
        return self.draw.choice((0.0, 0.001, 0.5))


def begin(
    operation: Operation, chosen: Rules, book: Book, clock: Callable[[], float]
) -> Callable[[Chunk], Exchange]:
    def make(chunk: Chunk) -> Exchange:
        resumption = None
        if chunk.entry is not None and not chunk.is_changed:
            resumption = resume(
                chunk.entry,
                chunk.positions,
                operation,
                may_resend=chosen.may_resend(operation),
                at=clock() + book.wall,
                now=clock(),
            )
        return Exchange(chunk, operation, chosen, resumption)

    return make


@attrs.define(kw_only=True)
class Story:
    """A run of several lives, and how it ended."""

    kind: str
    items: list[Any]
    shop: Shop
    book: Book
    size: int
    in_flight: int
    resends: bool
    retry: RetryPolicy
    draw: random.Random
    crashes: int = 0
    now: float = 0.0
    stops: list[type[Exception] | None] = attrs.field(factory=list)

    def live(self, crash_after: float) -> Simulator | None:
        """One life; `None` if it crashed."""
        operation = KINDS[self.kind]
        chosen = rules(
            retry=self.retry,
            random=self.draw.random,
            resend_in_doubt=self.resends,
            new_key=lambda: f"k{self.draw.random()}",
        )
        cutter = Recutter(
            operation,
            Ahead(self.book.entries),
            max_items=self.size,
            max_bytes=1_000_000,
            largest=1_000_000,
            max_refused=1 if self.kind == "stopping" else None,
            now=lambda: "now",
        )
        simulator: Simulator
        run = Run(
            begin(operation, chosen, self.book, lambda: simulator.now if ready else self.now),
            Lane(),
            bounds(operation, in_flight=self.in_flight, has_journal=True),
            self.now,
        )
        ready: list[bool] = []
        simulator = Simulator(
            run,
            self._chunks(cutter),
            self.shop,
            performers=self.in_flight,
            seed=self.draw.randrange(10**9),
            start=self.now,
            journal=self.book.write,
        )
        ready.append(True)
        try:
            simulator.play(crash_after=crash_after)
        except Crash:
            self.crashes += 1
            return None
        finally:
            self.now = simulator.now + self.draw.choice((0.0, 5.0, 300.0))
        return simulator

    def _chunks(self, cutter: Recutter) -> Any:
        place = 0
        while place < len(self.items):
            room = cutter.room
            cutter.add(self.items[place : place + room])
            place += room
            while (chunk := cutter.take()) is not None:
                yield chunk
        cutter.finish()
        while (chunk := cutter.take()) is not None:
            yield chunk
        cutter.confirm_end()


def tell(kind: str, seed: int, *, clean: bool = False, **more: Any) -> tuple[Story, Any]:
    """A story with some crashes, and its last life."""
    draw = random.Random(f"{kind} {seed}")
    items: list[Any] = list(range(draw.choice((1, 7, 60, 300))))
    for index in items[:]:
        if draw.random() < 0.02:
            items[index] = BAD
    shop = Shop(
        seed,
        kind="keyed" if kind == "stopping" else kind,
        faults=0.0 if clean else draw.choice((0.0, 0.05, 0.3)),
        poison=frozenset() if clean else frozenset(draw.sample(range(300), draw.choice((0, 1, 5)))),
        most=1000 if clean else draw.choice((20, 1000)),
        stops=kind == "stopping",
    )
    story = Story(
        kind=kind,
        items=items,
        shop=shop,
        book=Book(draw, wall=draw.choice((0.0, 1_700_000_000.0)), **more),
        size=draw.choice((1, 3, 10, 50)),
        in_flight=draw.choice((1, 2, 4)),
        resends=draw.random() < 0.2,
        retry=RetryPolicy(attempts=draw.choice((1, 2, 6))),
        draw=draw,
    )
    last = None
    for _ in range(draw.randint(1, 4)):
        last = story.live(draw.randint(1, 150))
        story.size = draw.choice((1, 3, 10, 50))
    return story, last or story.live(float("inf"))


def judge(story: Story, outcomes: list[Outcome[Any]]) -> None:
    """Hold the account of the last life, which covers everything that it read, against the law."""
    ledger = story.shop.ledger
    taken = {item for item in ledger if item < len(outcomes)}
    assert [each.index for each in outcomes] == list(range(len(outcomes)))  # I1
    assert all(each.item is story.items[each.index] for each in outcomes)
    by = {
        outcome: {each.index for each in outcomes if isinstance(each, outcome)}
        for outcome in (Succeeded, Accepted, Rejected, Skipped, Unknown, Unsent)
    }
    assert by[Succeeded] | by[Accepted] <= taken  # I2: nothing is lost
    assert taken <= by[Succeeded] | by[Accepted] | by[Unknown]  # I3
    assert not taken & (by[Rejected] | by[Skipped] | by[Unsent])  # I6
    if story.kind == "duplicates" and not story.resends:  # I4
        assert max(ledger.values(), default=0) <= 1
    if story.kind in ("keyed", "stopping"):  # I5: even numbers may be repeated without harm
        assert all(times <= 1 for item, times in ledger.items() if item % 2)


def reasons(outcomes: list[Outcome[Any]]) -> list[str]:
    return [each.reason for each in outcomes if isinstance(each, Unknown)]


def seeds() -> list[int]:
    return [int(ONLY)] if ONLY else list(range(SEEDS))


@pytest.mark.parametrize("kind", KINDS)
def test_the_law_holds_whatever_crashes_in_between(kind: str) -> None:
    crashes = 0
    for seed in seeds():
        try:
            story, last = tell(kind, seed)
            judge(story, last.outcomes)
            told = {
                entry.start + position: ruling.outcome
                for entry in story.book.entries.values()
                for ruling in rulings_of(entry)
                for position in ruling.positions
                if entry.start + position < len(last.outcomes)
            }
            assert told == {each.index: type(each) for each in last.outcomes}
        except BaseException as problem:
            problem.add_note(f"replay: BATCHKIT_SEED={seed} pytest {__file__} -k {kind}")
            raise
        crashes += story.crashes
    assert ONLY or crashes > SEEDS / 2


@pytest.mark.parametrize("kind", KINDS)
def test_without_other_faults_a_crash_leaves_no_more_in_doubt_than_was_under_way(kind: str) -> None:
    for seed in seeds():
        story, last = tell(kind, seed, clean=True)
        unknown = sum(isinstance(each, Unknown) for each in last.outcomes)
        odd = sum(each == "Toy answered 302 for this item." for each in reasons(last.outcomes))
        most = 50 * story.in_flight * story.crashes
        assert unknown - odd <= (most if kind == "duplicates" and not story.resends else 0), seed


@pytest.mark.parametrize("kind", KINDS)
def test_a_journal_that_cannot_be_written_stops_the_run_with_an_exact_account(kind: str) -> None:
    stopped = 0
    for seed in seeds():
        story, last = tell(kind, seed, breaks=0.05)
        judge(story, last.outcomes)
        stopped += last.stop is not None and last.stop.error is JournalError
    assert ONLY or stopped
