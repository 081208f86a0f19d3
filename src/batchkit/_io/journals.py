"""The journal of a call: a session with a file, or an idle one where no journal is given."""

from __future__ import annotations

import os
import secrets
from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias
from urllib.parse import urlsplit

from .._core.items import jsontext
from .._core.operations import Operation
from .._core.rulings import Entry
from .._core.run.steps import Commit
from . import clock
from .settings import is_loopback

if TYPE_CHECKING:
    from ..journal import Journal
    from ..journal.session import Session

GivenJournal: TypeAlias = "Journal | str | os.PathLike[str] | None"
RunJournal: TypeAlias = "Session | IdleJournal"


class IdleJournal:
    """Knows of no earlier run, and writes nothing; see `Session`."""

    is_idle: Final = True
    wants_more: Final = False
    gap: Final = None

    def __init__(self) -> None:
        self.generations: Mapping[int, int] = {}
        self.ahead: deque[Entry] = deque()

    def open(self) -> None: ...
    def fill(self) -> None: ...
    def write(self, keep: Commit) -> str | None: ...
    def miss(self, keep: Commit) -> None: ...
    def close(self) -> None: ...


def session(journal: GivenJournal, operation: Operation, base_url: str) -> RunJournal:
    """What keeps a run in this journal. Raises `JournalError`, `ConfigurationError`.

    Nothing is written before it is opened.
    """
    if journal is None:
        return IdleJournal()
    from ..journal import Journal  # SQLite is for those who keep a journal
    from ..journal.session import Session
    from ..journal.store import Facts

    if not isinstance(journal, Journal):
        journal = Journal(journal)
    ticketing = operation.ticketing
    facts = Facts(
        vendor=operation.vendor,
        operation=operation.name,
        endpoint=operation.path if ticketing is None else ticketing.keyed_path(""),
        address=_address(base_url),
        writer="json" if jsontext.orjson is None else "orjson",
        run_key=secrets.token_hex(8),
        begun=clock.current().time(),
    )
    return Session(
        journal,
        facts,
        now=lambda: clock.current().time(),
        use_run_key=None if ticketing is None else ticketing.use_run_key,
    )


def _address(base_url: str) -> str:
    """The base URL; a loopback host without its port, for a sandbox gets another each time."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    return parts._replace(netloc=host).geturl() if is_loopback(host) else base_url
