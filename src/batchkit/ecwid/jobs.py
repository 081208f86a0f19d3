"""What is left to wait for: a job with its tickets.

A job is plain data, so that it can wait in a file or a queue for another process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

import attrs

from .._core.exchange.account import Account
from .._core.items.chunks import Chunk, EncodedItems
from .._core.rulings import Ruling
from ..jobs import OUTCOMES, Job, JobTicket, Refused
from .requests import given_id


def chunks_of(job: Job) -> list[tuple[Chunk, Sequence[Ruling]]]:
    """What there is to wait for in index order, each chunk with what is known of it already."""
    chunks: list[tuple[Chunk, Sequence[Ruling]]] = [
        (chunk_of(ticket), ()) for ticket in job.tickets
    ]
    for _, run in groupby(enumerate(job.refused), lambda pair: pair[1].index - pair[0]):
        chunks.append(_settled([problem for _, problem in run]))
    return sorted(chunks, key=lambda pair: pair[0].start)


def chunk_of(ticket: JobTicket) -> Chunk:
    """A ticket's entries as a chunk to be waited for, whose items are the ids.

    Indexes between the entries belong to other tickets or are refused; in this chunk they have
    no position, and so no outcome.
    """
    start = ticket.entries[0][0]
    items: list[str | None] = [None] * (ticket.entries[-1][0] - start + 1)
    for index, name in ticket.entries:
        items[index - start] = name
    return Chunk(
        start=start,
        items=items,
        encoded=EncodedItems(),
        positions=[index - start for index, _ in ticket.entries],
        refused={},
        ticket=ticket.ticket,
    )


def job_of(
    store_id: str,
    accounts: Iterable[Account],
    identify: Callable[[object, int], str],
    *,
    stops_on_failure: bool = False,
) -> Job:
    """The job that these chunks leave behind, once submitted; `identify` tells entries' ids."""
    tickets: list[JobTicket] = []
    refused: list[Refused] = []
    for account in accounts:
        chunk = account.chunk
        held: set[int] = set()
        for left in account.tickets:
            held.update(left.positions)
            entries = [
                (chunk.start + position, identify(chunk.items[position], chunk.start + position))
                for position in left.positions
            ]
            tickets.append(JobTicket(ticket=left.ticket, entries=tuple(sorted(entries))))
        refused += [
            attrs.evolve(problem, item=given_id(problem.item))
            for problem in account.problems()
            if problem.index - chunk.start not in held
        ]
    refused.sort(key=lambda problem: problem.index)
    return Job(
        store_id=store_id,
        tickets=tuple(tickets),
        refused=tuple(refused),
        stops_on_failure=stops_on_failure,
    )


def _settled(problems: Sequence[Refused]) -> tuple[Chunk, list[Ruling]]:
    """A chunk of neighbours that there is nothing to wait for, and what became of each."""
    chunk = Chunk(
        start=problems[0].index,
        items=[problem.item for problem in problems],
        encoded=EncodedItems(),
        positions=(),
        refused={},
    )
    return chunk, [_ruling(problem, position) for position, problem in enumerate(problems)]


def _ruling(problem: Refused, position: int) -> Ruling:
    told: dict[str, Any] = {
        name: getattr(problem, name)
        for name in OUTCOMES[type(problem)]
        if name not in ("index", "item")
    }
    return Ruling(outcome=type(problem), positions=[position], **told)


def bare(ticket: str) -> Chunk:
    """A ticket of which nothing is known, as a chunk for `waiting(by_position=True)`."""
    return Chunk(
        start=0,
        items=[ticket],
        encoded=EncodedItems(),
        positions=[0],
        refused={},
        ticket=ticket,
        is_open=True,
    )
