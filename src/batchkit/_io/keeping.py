"""A run's journal: which run it is of, and how its writing fails."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, TypeAlias, cast
from urllib.parse import urlsplit

import attrs

from .._core.items import jsontext
from .._core.run.steps import Keep
from ..exceptions import JournalError
from . import clock
from .calls import Call
from .settings import is_loopback

if TYPE_CHECKING:
    from ..journal import Journal
    from ..journal.session import Session

GivenJournal: TypeAlias = "Journal | str | os.PathLike[str] | None"


def kept_in(journal: GivenJournal, call: Call) -> Call:
    """The same call with a journal, if one is given. Raises `JournalError`, `ConfigurationError`.

    Nothing is written before the call begins.
    """
    if journal is None:
        return call
    from ..journal import Journal
    from ..journal.session import Session
    from ..journal.store import Facts

    if not isinstance(journal, Journal):
        journal = Journal(journal)
    operation, settings = call.operation, call.settings
    ticketing = operation.ticketing
    facts = Facts(
        vendor=operation.vendor,
        operation=operation.name,
        endpoint=operation.path if ticketing is None else ticketing.keyed_path(""),
        address=_address(settings.base_url),
        writer="json" if jsontext.orjson is None else "orjson",
        run_key=secrets.token_hex(8),
        begun=clock.current().time(),
    )
    session = Session(
        journal.path,
        synchronous=journal.durability.upper(),
        stores_bodies=journal.store_bodies,
        facts=facts,
    )
    return attrs.evolve(call, journal=session)


def opened(call: Call) -> None:
    """Open the call's journal, if it has one; waits for the disk."""
    if call.journal is not None:
        call.journal.open()
        ticketing = call.operation.ticketing
        if ticketing is not None and ticketing.use_run_key is not None:
            ticketing.use_run_key(call.journal.facts.run_key)


def closed(call: Call) -> None:
    """Close it."""
    if call.journal is not None:
        call.journal.close()


def wants_more(call: Call) -> bool:
    """Whether what an earlier run has written is to be read on."""
    return call.journal is not None and call.journal.wants_more


def read_on(call: Call) -> None:
    """Read on; waits for the disk."""
    cast("Session", call.journal).fill()


def write(call: Call, keep: Keep) -> str | None:
    """Write what is to be kept; in words why it cannot be written, if so. Waits for the disk."""
    try:
        cast("Session", call.journal).write(keep, clock.current().time())
    except JournalError as problem:
        return str(problem)
    except Exception as problem:  # no request may leave without its record, whatever went wrong
        return f"The journal could not be written ({type(problem).__name__}). Run again with it."
    return None


def miss(call: Call, keep: Keep) -> None:
    """Have this written at the end: who was to write it was stopped."""
    cast("Session", call.journal).miss(keep, clock.current().time())


def _address(base_url: str) -> str:
    """The base URL; a loopback host without its port, for a sandbox gets another each time."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    return parts._replace(netloc=host).geturl() if is_loopback(host) else base_url
