"""The lock that keeps a second run away from a journal."""

from __future__ import annotations

from pathlib import Path

from ..exceptions import JournalError
from . import files
from .store import connect, translated


class Lock:
    """Says that one process writes a journal. It ends with the process, however that ends.

    It is SQLite's own lock on an empty file beside the journal, so that others may still read that.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside = path.with_name(f"{path.name}-lock")
        if files.identity(self._beside) is None:
            files.make(self._beside, lambda new: None)
        self._which = files.identity(self._beside)
        files.confirm_empty(self._beside)
        with translated(path):
            self._connection = connect(self._beside, 0)
            try:
                self._connection.execute("PRAGMA journal_mode = MEMORY")
                self._connection.execute("BEGIN EXCLUSIVE")
                # SQLite opens for reading what it may not write, and locks nothing then. This is
                # never committed, and fails where there is no lock.
                self._connection.execute("PRAGMA user_version = 1")
                self.confirm()
            except BaseException:
                self._connection.close()
                raise
        for each in (path, self._beside):
            files.remove_left_overs(each)

    def confirm(self) -> None:
        """Raise `JournalError` if the file of that name is not the one that is locked any more."""
        if files.identity(self._beside) != self._which:
            raise JournalError(
                f"The lock {self._beside} was removed or exchanged while the journal {self._path} "
                "was in use, so another run may write there. Let no other run go on, then run "
                "again; the file is never to be removed during a run."
            )

    def release(self) -> None:
        """Let others write."""
        self._connection.close()
