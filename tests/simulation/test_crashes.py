"""A run that crashes at any moment, and is resumed, keeps the law and loses nothing.

`BATCHKIT_SEEDS` says how many stories there are: a hundredth of them for each kind and test.
"""

from __future__ import annotations

import math
import os
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Any

import attrs
import pytest

from batchkit._core.exchange.conversation import Conversation
from batchkit._core.exchange.retry import longest_wait
from batchkit._core.items.chunks import Chunk
from batchkit._core.resume.entries import rulings_of
from batchkit._core.resume.rechunking import ReplayChunker
from batchkit._core.rulings import Entry, State
from batchkit._core.run.beginning import ExchangeFactory
from batchkit._core.run.run import Run
from batchkit._core.run.steps import Commit, PendingEntry
from batchkit._core.run.throttle import Throttle
from batchkit.exceptions import JournalError
from batchkit.journal.rows import to_entry, to_row
from batchkit.options import RetryPolicy
from batchkit.outcomes import Outcome, Unknown
from tests.core.toy import BAD, bounds, chunks_of, rules
from tests.faults import law
from tests.simulation.shop import Habits, Shop
from tests.simulation.story import operation
from tests.simulator import Crash, Simulator

SEEDS = max(20, int(os.environ.get("BATCHKIT_SEEDS", "2000")) // 100)
KINDS = ("converges", "duplicates", "keyed", "stopping")


@attrs.define
class Book:
    """A journal in memory, which keeps rows as the file does."""

    chance: random.Random
    wall: float
    """What the Unix clock is ahead of the run's."""
    breaks: float = 0.0
    entries: dict[int, Entry] = attrs.field(factory=dict[int, Entry])

    def write(self, keep: Commit, now: float) -> float:
        if self.chance.random() < self.breaks:
            raise JournalError("The disk is full.")
        for note in keep.notes:
            entry = to_entry(to_row(note.entry(now + self.wall)))
            self.entries[entry.start] = entry
        return self.chance.choice((0.0, 0.001, 0.5))

    @property
    def generations(self) -> dict[int, int]:
        last: dict[int, int] = {}
        for entry in self.entries.values():
            if entry.generation:
                last[entry.generation] = max(entry.start, last.get(entry.generation, 0))
        return last


@attrs.define(kw_only=True)
class Import:
    """A run of several lives."""

    kind: str
    items: list[Any]
    shop: Shop
    book: Book
    size: int
    in_flight: int
    resends: bool
    retry: RetryPolicy
    chance: random.Random
    crashes: int = 0
    now: float = 0.0

    def live(self, crash_after: float = math.inf) -> Simulator | None:
        """One life; `None` if it crashed."""
        spoken = operation(self.kind, self.shop.habits.things)
        generations = self.book.generations
        chosen = rules(
            retry=self.retry,
            random=self.chance.random,
            resend_in_doubt=self.resends,
            new_key=lambda: f"k{self.chance.random()}",
            generation=max(generations, default=0) + 1,
        )
        chunker = ReplayChunker(
            spoken,
            deque(self.book.entries[start] for start in sorted(self.book.entries)),
            max_items=self.size,
            max_bytes=1_000_000,
            max_refused=1 if self.kind == "stopping" else None,
            now=lambda: "now",
        )
        factory = ExchangeFactory(spoken, chosen, generations)

        def begin(chunk: Chunk) -> Conversation:
            return factory.begin(chunk, at=simulator.now + self.book.wall, now=simulator.now)

        limits = bounds(
            spoken,
            in_flight=self.in_flight,
            first_trial=longest_wait(self.retry),
            stops_on_failure=self.kind == "stopping",
            has_journal=True,
        )
        simulator = Simulator(
            Run(begin, Throttle(), limits, self.now),
            self._chunks(chunker),
            self.shop,
            performers=self.in_flight,
            seed=self.chance.randrange(10**9),
            start=self.now,
            journal=self.book.write,
        )
        try:
            return simulator.play(crash_after=crash_after)
        except Crash:
            self.crashes += 1
            return None
        finally:
            # What was on its way has arrived by then, or would overtake what is sent now.
            least = 30.0 if self.kind == "converges" else 0.0
            self.now = simulator.now + least + self.chance.choice((0.0, 5.0, 300.0))

    def _chunks(self, chunker: ReplayChunker) -> Iterator[Chunk]:
        yield from chunks_of(chunker, self.items)
        chunker.confirm_end()


def tell(
    kind: str, seed: int, *, clean: bool = False, breaks: float = 0.0
) -> tuple[Import, Simulator]:
    """A story with some crashes, and its last life."""
    chance = random.Random(f"{kind} {seed} crashes")
    count = chance.choice((1, 7, 60, 200))
    habits = Habits(
        kind=kind,
        faults=0.0 if clean else chance.choice((0.0, 0.05, 0.3)),
        poison=frozenset()
        if clean
        else frozenset(chance.sample(range(200), chance.choice((0, 3)))),
        most=100_000 if clean else chance.choice((20, 100_000)),
        things=chance.choice((3, 30, 100_000)),
    )
    told = Import(
        kind=kind,
        items=[BAD if chance.random() < 0.02 else index for index in range(count)],
        shop=Shop(seed, habits),
        book=Book(chance, wall=chance.choice((0.0, 1_700_000_000.0)), breaks=breaks),
        size=chance.choice((1, 3, 10, 50)),
        in_flight=chance.choice((1, 2, 4)),
        resends=chance.random() < 0.2,
        retry=RetryPolicy(attempts=chance.choice((1, 2, 6))),
        chance=chance,
    )
    last = None
    for _ in range(chance.randint(1, 4)):
        last = told.live(chance.randint(1, 150))
        told.size = chance.choice((1, 3, 10, 50))
    return told, last or told.live() or pytest.fail("it crashed by itself")


def broken(told: Import, last: Simulator) -> list[str]:
    """The invariants that the account of the last life, which covers what it read, breaks."""
    outcomes = last.outcomes
    read = len(outcomes)
    times = Counter({item: n for item, n in told.shop.ledger.items() if item < read})
    repeats = {"converges": "freely", "duplicates": "never"}.get(told.kind, "by key")
    if told.kind == "duplicates" and told.resends:
        repeats = "freely"  # what a crash left in doubt is known to no vendor
    if repeats == "by key":  # an entry with an even number may be repeated by itself
        times = Counter({item: n if item % 2 else 1 for item, n in times.items()})
    story = law.Story(
        repeats=repeats,
        names=[str(index) for index in range(read)],
        outcomes=outcomes,
        told=[
            str(each.index) if each.item is told.items[each.index] else "another item"
            for each in outcomes
        ],
        times=Counter({str(item): n for item, n in times.items()}),
        doubted={str(index) for index in range(read)},  # a crash is a doubt that no vendor knows of
        ran_out=True,
        took=0.0,
        bound=0.0,
    )
    return [*law.broken(story), *_last_ones(told, outcomes), *_book(told, outcomes)]


def _last_ones(told: Import, outcomes: list[Outcome[Any]]) -> Iterator[str]:
    """I8: no item has overwritten a later one that is told to be done."""
    if told.kind != "converges":
        return
    things, last = told.shop.habits.things, told.shop.winners
    done = {each.index % things: each.index for each in outcomes if each.ok}
    for thing, item in done.items():
        if last[thing] < item:
            yield f"I8: item {last[thing]} was applied after item {item}, which changes the same"


def _book(told: Import, outcomes: list[Outcome[Any]]) -> Iterator[str]:
    """The journal says the same as the report."""
    if told.book.breaks:
        return
    kept = {
        entry.start + position: ruling.outcome
        for entry in told.book.entries.values()
        for ruling in rulings_of(entry)
        for position in ruling.positions
        if entry.start + position < len(outcomes)
    }
    if kept != {each.index: type(each) for each in outcomes}:
        yield "the journal says something else than the report"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("breaks", [0.0, 0.05], ids=["", "the disk is full now and then"])
def test_the_law_holds_whatever_crashes_in_between(kind: str, breaks: float) -> None:
    crashes = stopped = 0
    for seed in range(SEEDS):
        told, last = tell(kind, seed, breaks=breaks)
        assert broken(told, last) == [], f"{kind} {seed}"
        crashes += told.crashes
        stopped += last.stop is not None and last.stop.error is JournalError
    assert crashes > SEEDS / 4
    assert bool(stopped) == bool(breaks)


@pytest.mark.parametrize("kind", KINDS)
def test_without_other_faults_a_crash_leaves_no_more_in_doubt_than_was_under_way(kind: str) -> None:
    for seed in range(SEEDS):
        told, last = tell(kind, seed, clean=True)
        unknown = sum(isinstance(each, Unknown) for each in last.outcomes)
        most = 50 * told.in_flight * told.crashes
        assert unknown <= (most if kind == "duplicates" and not told.resends else 0), seed
        taken = {index for index, times in told.shop.ledger.items() if times}
        assert {each.index for each in last.outcomes if each.ok} <= taken
        if kind == "duplicates" and not told.resends:
            assert max(told.shop.ledger.values(), default=0) <= 1


# Mistakes that the runs above must notice


def no_intent(patch: pytest.MonkeyPatch) -> None:
    original = Book.write

    def write(self: Book, keep: Commit, now: float) -> float:
        rest = [note for note in keep.notes if note.record.state is not State.INTENT]
        return original(self, Commit(rest), now)

    patch.setattr(Book, "write", write)


def intent_without_doubt(patch: pytest.MonkeyPatch) -> None:
    def entry(self: PendingEntry, at: float) -> Entry:
        made = original(self, at)
        if self.record.state is State.INTENT and not made.key:
            made = attrs.evolve(made, state=State.WAITING, sending=())
        return made

    original = PendingEntry.entry
    patch.setattr(PendingEntry, "entry", entry)


def key_forgotten(patch: pytest.MonkeyPatch) -> None:
    original = PendingEntry.entry

    def entry(self: PendingEntry, at: float) -> Entry:
        return attrs.evolve(original(self, at), key=None, state=State.WAITING, ticket=None)

    patch.setattr(PendingEntry, "entry", entry)


def not_mended(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(ExchangeFactory, "_mended", lambda self, chunk, resumption: resumption)


@pytest.mark.parametrize(
    ("kind", "mistake"),
    [
        ("duplicates", no_intent),
        ("duplicates", intent_without_doubt),
        ("keyed", key_forgotten),
        ("converges", not_mended),
    ],
)
def test_a_mistake_is_noticed(
    kind: str, mistake: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    mistake(monkeypatch)
    clean = kind != "converges"  # there a fault has to leave something behind
    assert any(broken(*tell(kind, seed, clean=clean)) for seed in range(150))
