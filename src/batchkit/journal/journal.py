"""The journal as users meet it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from operator import attrgetter
from pathlib import Path
from typing import Literal

import attrs

from .._core.exchange.account import Account
from .._core.items.chunks import Chunk, EncodedItems
from .._core.items.jsontext import read_exactly
from .._core.resume.entries import rulings_of
from .._core.rulings import Entry
from .._core.run.tally import Tally
from ..exceptions import ConfigurationError, JournalError
from ..outcomes import Problem, Report
from ..values import JsonValue
from . import files
from .bodies import unpacked
from .store import Store


@attrs.frozen(kw_only=True)
class JournaledItem:
    """What the journal knows of an item: it stands where a report has the item itself."""

    first_sent: datetime | None
    """When its request was first sent, in UTC; `None` if it never was.

    Of items in one request of which a part was sent before the others, it is when that part was."""
    body: JsonValue | Mapping[str, object] = attrs.field(default=None, repr=False)
    """The item as it was sent; `None` unless the journal stores bodies.

    A number that no float is equal to is a `Decimal`, so that it can be sent again as it was.
    One that batchkit refused is kept as it was given, if it is plain JSON of at most 100,000 bytes;
    else it is `None`."""


class Journal:
    """What became of each item of one run, in a file that survives a crash.

    Give it to `send` or `stream`; the same call again goes on where the last one ended. One
    journal is one run. The file holds positions, hashes, outcomes and the vendor's words, but no
    credential, and no item unless `store_bodies` is set; only its owner may read it.

    Args:
        path: Where the file is, in a folder of your own. A run makes it.
        durability: `"full"` survives a power cut. `"normal"` survives a crash of the program and is
            a little quicker, but a power cut may lose the last second: an item may then be sent
            twice without being reported.
        store_bodies: Whether the items that did not get through are kept, compressed and readable
            by whoever may read the file.

    Raises:
        ConfigurationError: An argument is malformed.
        JournalError: There is something at `path` that is no journal of ours.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        durability: Literal["full", "normal"] = "full",
        store_bodies: bool = False,
    ) -> None:
        if durability not in ("full", "normal"):
            raise ConfigurationError(
                f"durability is {durability!r}; it must be 'full' or 'normal'."
            )
        self._path = _checked(path)
        self._durability: Literal["full", "normal"] = durability
        self._store_bodies = store_bodies
        if files.identity(self._path) is not None:
            Store(self._path, only_read=True).close()

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    @property
    def durability(self) -> Literal["full", "normal"]:
        """What a run survives that writes it now."""
        return self._durability

    @property
    def store_bodies(self) -> bool:
        """Whether a run that writes it now keeps the items that did not get through."""
        return self._store_bodies

    def report(self) -> Report[JournaledItem]:
        """The totals of everything that the journal knows.

        Items that a crash left in doubt are `Unknown`, and those of an unfinished chunk that were
        not sent yet `Unsent`; items that no run has come to are not counted. `elapsed` is the time
        from the beginning to what was written last. Raises `JournalError` without a journal.
        """
        tally = Tally()
        with closing(self._open()) as store:
            for entry in store.entries():
                tally.add(_account(entry, unpacked(store.bodies(entry.start))))
            begun = store.facts().begun
            ended = store.last_written()
        return tally.report(max(0.0, (begun if ended is None else ended) - begun))

    def problems(self) -> Iterator[Problem[JournaledItem]]:
        """Every item that did not get through, in the order of the source, in constant memory.

        Each has its index, reason and ticket as in a report; its `item` is a `JournaledItem`.
        """
        with closing(self._open()) as store:
            for problem, _ in _problems(store):
                yield problem

    def export(self, path: str | os.PathLike[str]) -> int:
        """Write every item that did not get through as a line of JSON; how many there are.

        A line has `index`, `outcome`, `reason`, `code`, `by`, `ticket`, `first_sent` (ISO 8601 or
        null) and `item`, which is null where `JournaledItem.body` is `None` and else has the digits
        that were sent; `json.loads(line, parse_float=Decimal)` keeps them. Only you may read the
        file, and one that exists is not written over. Raises `JournalError` if it cannot be made.
        """
        out = _checked(path)
        count = 0
        with closing(self._open()) as store:
            try:
                descriptor = os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                with os.fdopen(descriptor, "w", encoding="utf-8") as lines:
                    for problem, text in _problems(store):
                        lines.write(_line(problem, text))
                        count += 1
            except OSError as problem:
                why = problem.strerror or type(problem).__name__
                raise JournalError(f"{out} cannot be written: {why}. Name another file.") from None
        return count

    def _open(self) -> Store:
        return Store(self._path, only_read=True)

    def __repr__(self) -> str:
        return f"Journal({str(self._path)!r})"


def _checked(path: str | os.PathLike[str]) -> Path:
    try:
        text = os.fspath(path)
    except TypeError:
        text = None
    if not isinstance(text, str) or not text or "\0" in text:
        raise ConfigurationError(
            f"The journal is {path!r}; it must be a Journal, or the path of a file."
        )
    return Path(text).absolute()  # a program may change its folder meanwhile


def _problems(store: Store) -> Iterator[tuple[Problem[JournaledItem], str]]:
    """Each with the JSON of its item."""
    for entry in store.entries():
        texts = unpacked(store.bodies(entry.start))
        for problem in sorted(_account(entry, texts).problems(), key=attrgetter("index")):
            known = problem.item.body is not None
            text = texts[problem.index - entry.start].decode() if known else "null"
            yield problem, text


def _account(entry: Entry, texts: Mapping[int, bytes]) -> Account:
    """The account of a chunk whose items are what the journal knows of them."""
    sent = entry.first_sent
    first_sent = None if sent is None else datetime.fromtimestamp(sent, UTC)
    rulings = rulings_of(entry)
    refused = {position for each in rulings if each.by == "client" for position in each.positions}
    items: Sequence[JournaledItem] = [JournaledItem(first_sent=first_sent)] * entry.count
    if texts or refused:
        items = [
            JournaledItem(
                first_sent=None if position in refused else first_sent,
                body=_body(texts.get(position, b"null")),
            )
            for position in range(entry.count)
        ]
    chunk = Chunk(start=entry.start, items=items, encoded=EncodedItems(), positions=(), refused={})
    return Account(
        chunk,
        rulings,
        requests=entry.requests,
        polls=entry.polls,
        bytes_sent=entry.bytes_sent,
        highest_code=entry.highest_code,
    )


def _body(text: bytes) -> JsonValue | Mapping[str, object]:
    try:
        return read_exactly(text)
    except ValueError:
        return None


def _line(problem: Problem[JournaledItem], item: str) -> str:
    """The line of an export; the item is in it as it is."""
    told: dict[str, JsonValue] = {"index": problem.index, "outcome": type(problem).__name__.lower()}
    for name in ("reason", "code", "by", "ticket"):
        told[name] = getattr(problem, name, None)
    first_sent = problem.item.first_sent
    told["first_sent"] = None if first_sent is None else first_sent.isoformat()
    return f'{json.dumps(told, ensure_ascii=False)[:-1]}, "item": {item}}}\n'
