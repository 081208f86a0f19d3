"""What both colours of `batches` share: calls for sending and for waiting, and what they leave."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import cast

import attrs

from .._core.exchange.account import Account
from .._core.items.chunks import Chunk
from .._core.operations import Operation, Ticketing
from .._core.rulings import Ruling
from .._io.calls import Call
from .._io.settings import Settings
from ..exceptions import ConfigurationError
from ..jobs import Job, is_ticket
from . import operations
from .jobs import bare, chunks_of, job_of
from .keywords import BatchOptions, WaitOptions


def sending(
    settings: Settings, store_id: str, options: BatchOptions, *, submit_only: bool = False
) -> Call:
    """A call that submits items and, unless `submit_only`, waits for their tickets."""
    operation = operations.batches(
        store_id,
        parallel=options.parallel,
        stop_on_first_failure=options.stop_on_first_failure,
        group_id=options.group_id,
        run_key=secrets.token_hex(8),
    )
    return Call(
        settings=settings,
        operation=operation,
        deadline=options.deadline,
        poll=options.poll,
        submit_only=submit_only,
        job_of=_jobs(store_id, operation),
    )


def waiting(
    settings: Settings, store_id: str, job_or_ticket: Job | str, options: WaitOptions
) -> tuple[Call, list[Chunk]]:
    """A call that only waits, and the chunks that it waits for."""
    known: dict[int, Sequence[Ruling]] = {}
    if isinstance(job_or_ticket, Job):
        if job_or_ticket.store_id != store_id:
            raise ConfigurationError(
                f"The job is of store {job_or_ticket.store_id}, and this client of {store_id}."
            )
        operation = operations.waiting(store_id, stops_on_failure=job_or_ticket.stops_on_failure)
        pairs = chunks_of(job_or_ticket)
        chunks = [chunk for chunk, _ in pairs]
        known = {chunk.start: rulings for chunk, rulings in pairs}
    elif is_ticket(job_or_ticket):
        operation = operations.waiting(store_id, by_position=True)
        chunks = [bare(job_or_ticket)]
    else:
        raise ConfigurationError(
            "This is no ticket; it must be a Job, or 1 to 128 letters, digits, `_` or `-`."
        )
    call = Call(
        settings=settings,
        operation=operation,
        deadline=options.deadline,
        poll=options.poll,
        known=known,
        job_of=_jobs(store_id, operation),
    )
    return call, chunks


class Submission:
    """Collects the chunks of a call that only submits."""

    def __init__(self, call: Call, store_id: str) -> None:
        self._call = call
        self._store_id = store_id
        self._accounts: list[Account] = []

    def take(self, account: Account) -> None:
        """One more chunk has its tickets, or none."""
        self._accounts.append(account)

    def job(self) -> Job:
        """Everything that there is to wait for."""
        return _job(self._store_id, self._call.operation, self._accounts)


def _jobs(store_id: str, operation: Operation) -> Callable[[Sequence[Account]], Job]:
    def make(accounts: Sequence[Account]) -> Job:
        return attrs.evolve(_job(store_id, operation, accounts), refused=())

    return make


def _job(store_id: str, operation: Operation, accounts: Sequence[Account]) -> Job:
    ticketing = cast(Ticketing, operation.ticketing)
    return job_of(
        store_id,
        accounts,
        ticketing.identify,
        stops_on_failure=ticketing.stops_on_failure,
    )
