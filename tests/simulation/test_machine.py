"""The law, whatever happens in whatever order: hypothesis plays network, vendor and caller.

Under the profile `thorough` it plays fifty times as much.
"""

from __future__ import annotations

import math
from typing import Any

import attrs
from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from batchkit._core.effects import Phase
from batchkit._core.exchange.exchange import Exchange
from batchkit._core.exchange.retry import longest_wait
from batchkit._core.run.run import Run
from batchkit._core.run.throttle import Throttle
from batchkit.options import Pace, RetryPolicy
from tests.core.toy import BAD, bounds, rules
from tests.simulation.desk import Desk
from tests.simulation.faults import BODIES, DOUBTFUL, ENDING, GOOD, REFUSING, WAITS, Fault
from tests.simulation.invariants import broken
from tests.simulation.shop import Habits, Shop
from tests.simulation.story import Story, operation

WHICH = st.integers(0, 8)
STATUSES = sorted({*GOOD, *REFUSING, *DOUBTFUL, *(status for each in ENDING for status in each)})
TOLD_AT_THE_END = ("I1", "I11")
"""What does not hold before."""


def is_in_flight(machine: Network) -> bool:
    return machine.desk.in_flight > 0


def goes_on(machine: Network) -> bool:
    return not machine.desk.is_done


def is_done(machine: Network) -> bool:
    return machine.desk.is_done


class Network(RuleBasedStateMachine):
    """A run, its caller and its vendor."""

    desk: Desk
    story: Story

    @initialize(
        kind=st.sampled_from(["converges", "duplicates", "keyed", "stopping"]),
        seed=st.integers(0, 999),
        at_once=st.sampled_from([1, 2, 4]),
        size=st.sampled_from([2, 5, 10]),
        attempts=st.sampled_from([1, 2, 6]),
        deadline=st.sampled_from([None, None, 20.0, 500.0]),
        pace=st.sampled_from([None, None, Pace(requests=3, per=10.0)]),
        habits=st.fixed_dictionaries(
            {
                "faults": st.sampled_from([0.0, 0.5]),
                "poison": st.sampled_from([frozenset[int](), frozenset({2, 11})]),
                "most": st.sampled_from([2, 1000]),
                "things": st.sampled_from([2, 5, 100_000]),
                "ends": st.booleans(),
                "refused": st.sampled_from([None, None, frozenset({408, 429, 503})]),
                "strict": st.booleans(),
            }
        ),
        resend=st.booleans(),
    )
    def begin(self, **how: Any) -> None:
        self.how = how
        self._open(**how)
        event(how["kind"])

    @precondition(is_done)
    @rule()
    def call_again(self) -> None:
        assert broken(self.story) == []
        self._open(**self.how)

    def _open(
        self,
        kind: str,
        seed: int,
        at_once: int,
        size: int,
        attempts: int,
        deadline: float | None,
        pace: Pace | None,
        habits: dict[str, Any],
        resend: bool,
    ) -> None:
        shop = Shop(seed, Habits(kind=kind, **habits))
        retry = RetryPolicy(attempts=attempts, max_retry_after=1000.0)
        chosen = rules(
            retry=retry,
            resend_in_doubt=resend,
            strict_items=shop.habits.strict,
            refused_statuses=shop.habits.refused,
        )
        spoken = operation(kind, shop.habits.things)
        limits = bounds(
            spoken,
            in_flight=at_once,
            max_retry_after=retry.max_retry_after,
            first_trial=longest_wait(retry),
            deadline=deadline,
        )
        run = Run(lambda chunk: Exchange(chunk, spoken, chosen), Throttle(pace), limits, 0.0)
        self.desk = Desk(run, spoken, shop, size=size, at_once=at_once)
        self.story = Story(
            kind=kind,
            simulator=self.desk,
            shop=shop,
            items=self.desk.items,
            bounds=limits,
            rules=chosen,
            pace=pace,
            start=0.0,
        )

    @precondition(goes_on)
    @rule(count=st.integers(1, 9), bad=st.sampled_from([None, None, 0, 3]))
    def submit(self, count: int, bad: int | None) -> None:
        first = len(self.desk.items)
        self.desk.submit([BAD if n == bad else first + n for n in range(count)])
        self.desk.work()

    @precondition(is_in_flight)
    @rule(which=WHICH)
    def answer_well(self, which: int) -> None:
        self._answer(which, None)

    @precondition(is_in_flight)
    @rule(
        which=WHICH,
        phase=st.sampled_from(Phase),
        final=st.sampled_from([False] * 9 + [True]),
        taken=st.booleans(),
    )
    def break_off(self, which: int, phase: Phase, final: bool, taken: bool) -> None:
        final = final and phase <= Phase.CONNECTING
        self._answer(which, Fault(phase=phase, final=final, taken=taken))

    @precondition(is_in_flight)
    @rule(
        which=WHICH,
        status=st.sampled_from(STATUSES),
        body=st.sampled_from(BODIES),
        taken=st.booleans(),
    )
    def answer_oddly(self, which: int, status: int, body: str, taken: bool) -> None:
        self._answer(which, Fault(status=status, body=body, taken=taken))

    @precondition(is_in_flight)
    @rule(
        which=WHICH,
        status=st.sampled_from([429, 503]),
        waits=st.sampled_from(WAITS),
        as_date=st.booleans(),
    )
    def limit_the_rate(
        self, which: int, status: int, waits: tuple[str, float | None], as_date: bool
    ) -> None:
        self._answer(which, Fault(status=status, waits=waits, as_date=as_date))

    @precondition(goes_on)
    @rule(seconds=st.sampled_from([0.1, 1.0, 8.0, 61.0, 1000.0]))
    def let_time_go_by(self, seconds: float) -> None:
        self.desk.advance(seconds)

    @precondition(goes_on)
    @rule(patience=st.sampled_from([0.0, 10.0, math.inf]))
    def leave(self, patience: float) -> None:
        left_at = [*self.story.left_at, (self.desk.now, patience)]
        self.story = attrs.evolve(self.story, left_at=left_at)
        self.desk.leave(patience)
        self.desk.work()

    @precondition(goes_on)
    @rule()
    def end_the_source(self) -> None:
        self.desk.end()
        self.desk.work()

    @invariant()
    def the_law_holds(self) -> None:
        told = [outcome.index for outcome in self.desk.outcomes]
        assert len(told) == len(set(told))
        problems = broken(self.story)
        assert [each for each in problems if each.partition(":")[0] not in TOLD_AT_THE_END] == []

    def teardown(self) -> None:
        """With no more faults everything comes to an end, and adds up."""
        if not hasattr(self, "desk"):
            return
        self.story.shop.habits = attrs.evolve(self.story.shop.habits, faults=0.0)
        self.desk.end()
        self.desk.work()
        for _ in range(500 + 150 * len(self.desk.items)):
            if self.desk.is_done:
                break
            if self.desk.in_flight:
                self.desk.answer(0)
                self.desk.work()
            else:
                self.desk.advance(60.0)
        assert self.desk.is_done
        assert broken(self.story) == []

    def _answer(self, which: int, fault: Fault | None) -> None:
        self.desk.answer(which, fault)
        self.desk.work()


TestNetwork = Network.TestCase
TestNetwork.settings = settings(
    max_examples=5 * settings.default.max_examples, stateful_step_count=50
)
