"""Going on with a chunk that an earlier run has left behind."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from . import tickets
from .deduplication import Key
from .effects import Effect, Reply, Turn
from .journal import Entry, Resumption

if TYPE_CHECKING:
    from .exchange import Exchange

SUBMITTED = "It was submitted; its ticket can be waited for."


def preload(exchange: Exchange, entry: Entry, resumption: Resumption) -> None:
    """Enter what is known already."""
    account = exchange.account
    for ruling in resumption.rulings:
        account.rule(ruling)
    account.doubted.update(resumption.doubted)
    account.requests, account.polls = entry.requests, entry.polls
    account.bytes_sent = entry.bytes_sent
    if entry.highest_code is not None:
        account.note_code(entry.highest_code)
    if resumption.again is not None:
        exchange.undecided = set(resumption.again.positions) - account.doubted
        account.doubted |= exchange.undecided


def go_on(exchange: Exchange, resumption: Resumption) -> Generator[Effect, Reply, None]:
    """Do what is left: ask about tickets, send again what has a key, send the rest."""
    if resumption.is_idle:
        if exchange.operation.stops_on_failure:
            yield Turn()  # a failure ends what follows, but only when its turn has come
        return
    part_of = {position: part for part, position in enumerate(exchange.chunk.positions)}
    left = [part_of[position] for position in resumption.send]
    for ticket, positions in resumption.ask.items():
        parts = [part_of[position] for position in positions]
        if exchange.rules.submit_only:
            tickets.leave(exchange, ticket, parts, SUBMITTED)
        else:
            left += yield from tickets.follow(exchange, ticket, parts)
    if resumption.again is not None:
        again = resumption.again
        key = Key(again.key, again.stale_at, in_doubt=True)
        yield from exchange.settle([part_of[position] for position in again.positions], key=key)
    if left:
        yield from exchange.settle(sorted(left))
