"""The journal's file: made so that nobody else can read it, opened only if it is ours.

SQLite follows symbolic links and makes files that everybody may read. So the file is made before
SQLite sees it, and looked at before and after SQLite has opened it. It is only ever looked
at by its path: closing a descriptor of our own would let go of the locks that SQLite holds in this
process.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from ..exceptions import JournalError

_POSIX = os.name == "posix"
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
_NEW = re.compile(r"\.[0-9a-f]{8}\.new")
"""The end of the name of a journal that is being made."""
_DATABASE = b"SQLite format 3\0"


def identity(path: Path) -> tuple[int, int] | None:
    """Which file this is; `None` if there is none.

    Raises `JournalError` unless it is ours alone.
    """
    try:
        status = path.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
            _remove_left_over(path, status)
            status = path.lstat()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise unusable(path, problem) from None
    if stat.S_ISLNK(status.st_mode):
        raise _refused(path, "a symbolic link", "Name the file itself.")
    if not stat.S_ISREG(status.st_mode):
        raise _refused(path, "no regular file", "Name a file of its own.")
    if status.st_nlink > 1:
        raise _refused(path, "a hard link with another name", "Remove the other name.")
    if _is_foreign(status):
        raise _refused(path, "of another user", "Name a file of your own.")
    if _POSIX and status.st_mode & 0o077:
        raise _refused(path, "open to other users", f"Close it with `chmod 600 {path.name}`.")
    if not status.st_mode & stat.S_IWUSR:
        raise JournalError(
            f"{path} is read-only, and SQLite would leave files beside it that stay so. "
            f"Make it writable with `chmod 600 {path.name}`."
        )
    return status.st_dev, status.st_ino


def confirm_folder(path: Path) -> None:
    """Raise `JournalError` unless the folder of this file is ours, and not everybody's.

    Whoever is in the folder's group is trusted.
    """
    folder = path.parent
    try:
        status = folder.stat()
    except OSError as problem:
        raise unusable(path, problem) from None
    if _is_foreign(status):
        raise _refused(folder, "a folder of another user", "Choose a folder of your own.")
    if _POSIX and status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        raise _refused(
            folder,
            "a folder in which all users may exchange files",
            "Take that right away with `chmod o-w`, or choose another folder.",
        )


def confirm_beside(path: Path) -> None:
    """Raise `JournalError` unless what SQLite would read beside this file is ours alone too."""
    for end in ("-wal", "-shm"):
        identity(path.with_name(path.name + end))


def confirm_no_log(path: Path) -> None:
    """Raise `JournalError` if the log of another journal would become part of a new one."""
    log = path.with_name(f"{path.name}-wal")
    if identity(log) is not None:
        raise JournalError(
            f"There is no journal {path}, but {log.name} beside it is a part of one. Bring that "
            f"journal back; or remove {log.name} as well, to begin a new one."
        )


def make(path: Path, fill: Callable[[Path], None]) -> None:
    """Make a file that only we may read, whole or not at all; another's of that name stays."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR | _NO_FOLLOW, 0o600))
        try:
            fill(new)
            # Another process may be quicker. That one counts, and may take this for a left-over.
            with suppress(FileExistsError, FileNotFoundError):
                os.link(new, path)
        finally:
            new.unlink(missing_ok=True)  # a reader may take it for what a crash left
        _sync_folder(path.parent)
    except OSError as problem:
        raise unusable(path, problem) from None


def remove_left_overs(path: Path) -> None:
    """Remove what crashes left of the making of this file.

    Whoever calls it has the file's lock, so nobody who needs them is making it now.
    """
    with suppress(OSError):
        for other in _first_names(path):
            status = other.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and _is_made(other):
                other.unlink()


def confirm_empty(path: Path) -> None:
    """Raise `JournalError` if there is something in this file, which is to be a lock."""
    with suppress(OSError):  # if it is gone, locking it tells that
        if path.stat().st_size:
            raise JournalError(
                f"{path} is not empty, so it is no lock of a journal but another file. Move it "
                "away, or name another journal."
            )


def unusable(path: Path, problem: OSError) -> JournalError:
    """What to say when the system refuses the file."""
    why = problem.strerror or type(problem).__name__
    return JournalError(
        f"The journal {path} cannot be used: {why}. Give a path in a folder of your own, on a disk "
        "with room; nothing was sent without the journal."
    )


def _refused(path: Path, what: str, way_out: str) -> JournalError:
    return JournalError(f"{path} is {what}, and a journal is kept from others. {way_out}")


def _is_foreign(status: os.stat_result) -> bool:
    return hasattr(os, "geteuid") and status.st_uid != os.geteuid()


def _remove_left_over(path: Path, status: os.stat_result) -> None:
    """A crash between naming a new journal and removing its first name leaves both."""
    for other in _first_names(path):
        with suppress(OSError):
            if os.path.samestat(other.lstat(), status):
                other.unlink()


def _first_names(path: Path) -> Iterator[Path]:
    """The files whose names are such as a new file has before it gets this one."""
    for other in path.parent.iterdir():
        if other.name.startswith(path.name) and _NEW.fullmatch(other.name, len(path.name)):
            yield other


def _is_made(path: Path) -> bool:
    """Whether it is what `make` leaves: empty, or a database."""
    with path.open("rb") as file:
        return file.read(len(_DATABASE)) in (b"", _DATABASE)


def _sync_folder(folder: Path) -> None:
    """A name survives a power cut only once its folder is on the disk."""
    if _POSIX:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
