"""What must hold of every run, by the names of the design page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

from batchkit.outcomes import Unknown
from tests.core.toy import carried
from tests.faults import law
from tests.simulation.story import Story
from tests.simulator import Sent

GRACE = 0.5 + 1e-6
"""Seconds that a run may last past its end; the rest is for the rounding of large clocks."""
_REPEATS = {"converges": "freely", "asking": "freely"}


def broken(story: Story) -> list[str]:
    """The invariants that do not hold, with what was seen."""
    if story.simulator.run.failure is not None:
        raise story.simulator.run.failure
    return [
        *law.broken(_lawful(story)),
        *_last_ones(story),
        *_requests(story),
        *_ends(story),
        *_counts(story),
        *_cascade(story),
    ]


def _lawful(story: Story) -> law.Story:
    """The run in the words of the law: I1 to I6."""
    played, shop = story.simulator, story.shop
    read = sum(len(chunk.items) for chunk in played.fed)
    repeats = _REPEATS.get(story.kind, "by key")
    if story.kind == "duplicates":
        repeats = "if told" if story.rules.resend_in_doubt else "never"
    times = Counter({str(item): times for item, times in shop.ledger.items()})
    if repeats == "by key":  # an entry with an even number may be repeated by itself
        times = Counter({name: n if int(name) % 2 else 1 for name, n in times.items()})
    return law.Story(
        repeats=repeats,
        names=[str(index) for index in range(read)],
        outcomes=played.outcomes,
        told=[
            str(each.index) if each.item is story.items[each.index] else "another item"
            for each in played.outcomes
        ],
        times=times,
        doubted={str(item) for item in shop.doubted},
        ran_out=True,
        took=0.0,
        bound=0.0,
    )


def _last_ones(story: Story) -> Iterator[str]:
    """I8: no item has overwritten a later one that is told to be done."""
    if story.kind not in ("converges", "keyed"):
        return
    things, last = story.shop.habits.things, story.shop.winners
    done = {each.index % things: each.index for each in story.simulator.outcomes if each.ok}
    for thing, item in done.items():
        if last.get(thing, item) < item:
            yield f"I8: item {last[thing]} was applied after item {item}, which changes the same"


def _requests(story: Story) -> Iterator[str]:
    """I9: how much is in flight, how fast it goes, and when everybody has to wait."""
    played, pace = story.simulator, story.pace
    if played.most_in_flight > story.bounds.in_flight:
        yield f"I9: {played.most_in_flight} in flight, {story.bounds.in_flight} are allowed"
    if played.most_live > story.bounds.in_flight + 2:
        yield f"I9: {played.most_live} chunks were held"
    if pace is not None:
        arrivals = story.shop.arrivals
        ahead = zip(arrivals, arrivals[pace.requests :], strict=False)
        if not all(late - early >= pace.per - 1e-6 for early, late in ahead):
            yield f"I9: more than {pace.requests} requests in {pace.per} s"
    for asked in played.requests:
        wait = _asked_to_wait(asked)
        if wait is None or wait > story.bounds.max_retry_after:
            continue
        if any(asked.ended < sent.began < asked.ended + wait - 1e-3 for sent in played.requests):
            yield f"I9: a request was sent although all had to wait {wait} s from {asked.ended}"


def _asked_to_wait(sent: Sent) -> float | None:
    """The seconds that an answer really asked for."""
    headers = getattr(sent.reply, "headers", {})
    meant = headers.get("x-meant", "None")
    refuses = getattr(sent.reply, "status", 0) >= 400
    return float(meant) if refuses and meant != "None" else None


def _ends(story: Story) -> Iterator[str]:
    """I11: a run ends when it has to, however long it would still wait."""
    ends = math.inf if story.bounds.deadline is None else story.start + story.bounds.deadline
    for moment, patience in story.left_at:
        # Without a bound of the caller's an attempt still has its own.
        ends = min(ends, moment + min(patience, story.bounds.timeout))
    if story.simulator.now > ends + GRACE and not _was_over(story):
        yield f"I11: it ended at {story.simulator.now}, and had to by {ends}"


def _was_over(story: Story) -> bool:
    """Whether the caller left a run that had come to its end."""
    return all(moment >= story.simulator.now for moment, _ in story.left_at) and (
        story.bounds.deadline is None
        or story.simulator.now <= story.start + story.bounds.deadline + GRACE
    )


def _counts(story: Story) -> Iterator[str]:
    """The report adds up to the outcomes and the requests."""
    played, report = story.simulator, story.simulator.report
    counts = Counter(type(each).__name__.lower() for each in played.outcomes)
    told = {
        name: getattr(report, name)
        for name in ("succeeded", "accepted", "rejected", "skipped", "unknown", "unsent")
    }
    if {name: number for name, number in told.items() if number} != counts:
        yield f"I1: the report says {told}, the outcomes are {counts}"
    if list(report.problems) != [each for each in played.outcomes if not each.ok][:10_000]:
        yield "I1: the report's problems are not those of the outcomes"
    sent = sum(len(each.request.body) for each in played.posts)
    if (report.requests, report.polls, report.bytes_sent) != (
        len(played.posts),
        len(played.polls),
        sent,
    ):
        yield "I1: the report does not count the requests as they were"
    if story.question is not None and played.stop is None and not story.left_at:
        answer = story.question.response
        if answer is None or not (200 <= answer.status < 300 and answer.complete):
            yield "I1: a question ended without an answer and without an error"


def _cascade(story: Story) -> Iterator[str]:
    """After a failure nothing later was run; after a doubt nothing that was not sent with it."""
    if story.kind != "stopping":
        return
    first = next((each for each in story.simulator.outcomes if not each.ok), None)
    if first is None:
        return
    later = {item for item in story.shop.ledger if item > first.index}
    if isinstance(first, Unknown):
        bodies = [carried(sent.request.body) for sent in story.simulator.posts]
        later -= {item for body in bodies if first.index in body for item in body}
    if later:
        yield f"I6: items {sorted(later)} were run after item {first.index} had failed"
