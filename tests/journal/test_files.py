"""The journal's file is ours alone, or it is refused."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import attrs
import pytest

from batchkit import Journal
from batchkit.exceptions import ConfigurationError, JournalError
from batchkit.journal import files, store
from batchkit.journal.session import Session
from batchkit.journal.store import Line, Store
from tests.journal.lives import Caller, Life, people, taken

posix = pytest.mark.skipif(os.name != "posix", reason="rights are POSIX's")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.db"


@pytest.fixture
def open_mask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def run(path: Path) -> Life:
    return Caller().live(people(3), taken, journal=path)


def refusal(path: Path) -> str:
    """What a run says that cannot use the journal; nothing may have been sent."""
    generation = run(path)
    assert isinstance(generation.error, JournalError)
    assert generation.sent == []
    with pytest.raises(JournalError) as caught:
        list(Journal(path).problems())
    assert str(caught.value)
    return str(generation.error)


@posix
@pytest.mark.usefixtures("open_mask")
def test_nobody_else_may_read_any_of_its_files(path: Path) -> None:
    seen: dict[str, int] = {}

    def look(request: Any) -> Any:
        seen.update(
            {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
        )
        return taken(request)

    Caller().live(people(3), look, journal=path)
    assert set(seen) == {"run.db", "run.db-wal", "run.db-shm", "run.db-lock"}
    assert set(seen.values()) == {0o600}
    assert {each.name for each in path.parent.iterdir()} == {"run.db", "run.db-lock"}


def symlink(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere.db"))


def symlink_to_a_journal(path: Path) -> None:
    run(path.with_name("elsewhere.db"))
    path.symlink_to(path.with_name("elsewhere.db"))


def hard_link(path: Path) -> None:
    run(path)
    os.link(path, path.with_name("other.db"))


def fifo(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def readable(path: Path) -> None:
    run(path)
    path.chmod(0o644)


def text(path: Path) -> None:
    path.write_text("email,name\n" * 1000)
    path.chmod(0o600)


def another_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE run (vendor TEXT)")
    connection.close()
    path.chmod(0o600)


def empty(path: Path) -> None:
    path.touch(0o600)


def newer(path: Path) -> None:
    run(path)
    change(path, "PRAGMA user_version = 4")


def older(path: Path) -> None:
    run(path)
    change(path, "PRAGMA user_version = 0")


def with_a_trigger(path: Path) -> None:
    run(path)
    change(path, "CREATE TRIGGER t AFTER INSERT ON chunk BEGIN DELETE FROM chunk; END")


def with_two_runs(path: Path) -> None:
    run(path)
    change(path, "INSERT INTO run SELECT * FROM run")


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


KEPT = "and a journal is kept from others."
REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "a symlink": (symlink, f"a symbolic link, {KEPT} Name the file itself."),
    "a symlink to a journal": (
        symlink_to_a_journal,
        f"a symbolic link, {KEPT} Name the file itself.",
    ),
    "a hard link": (hard_link, f"a hard link with another name, {KEPT} Remove the other name."),
    "a FIFO": (fifo, f"no regular file, {KEPT} Name a file of its own."),
    "a folder": (folder, f"no regular file, {KEPT} Name a file of its own."),
    "a file that others may read": (
        readable,
        f"open to other users, {KEPT} Close it with `chmod 600 run.db`.",
    ),
    "a text": (text, "no journal of batchkit"),
    "another database": (another_database, "no journal of batchkit"),
    "an empty file": (empty, "is empty"),
    "a journal of a newer batchkit": (newer, "a newer batchkit"),
    "a journal of an older batchkit": (older, "an older batchkit"),
    "a journal with a trigger": (with_a_trigger, "damaged"),
}


@posix
@pytest.mark.parametrize(("make", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_journal_of_ours_is_refused(
    make: Callable[[Path], None], reason: str, path: Path
) -> None:
    make(path)
    told = refusal(path)
    assert reason in told
    assert str(path) in told


def test_another_schema_is_another_version() -> None:
    """Who changes the tables changes both numbers here, and the version in the store."""
    known = hashlib.sha256("".join(store._SCHEMA.values()).encode()).hexdigest()
    assert (store._VERSION, known[:16]) == (3, "45b94075d180da1f")


def test_two_runs_in_a_file_are_none(path: Path) -> None:
    with_two_runs(path)
    generation = run(path)
    assert isinstance(generation.error, JournalError)
    assert str(generation.error).startswith(f"The journal {path} is damaged.")


@posix
@pytest.mark.parametrize("mode", [0o777, 0o707])
def test_a_folder_in_which_all_may_exchange_files_is_refused(mode: int, path: Path) -> None:
    path.parent.chmod(mode)
    assert refusal(path) == (
        f"{path.parent} is a folder in which all users may exchange files, {KEPT} "
        "Take that right away with `chmod o-w`, or choose another folder."
    )


@posix
def test_a_folder_in_which_all_may_exchange_files_by_now_is_refused(path: Path) -> None:
    assert run(path).error is None
    path.parent.chmod(0o777)
    generation = run(path)
    assert isinstance(generation.error, JournalError)
    assert "all users may exchange files" in str(generation.error)


@posix
@pytest.mark.parametrize("mode", [0o770, 0o1777], ids=["a group's", "as /tmp is"])
def test_a_folder_in_which_others_may_exchange_nothing_of_ours_will_do(
    mode: int, path: Path
) -> None:
    path.parent.chmod(mode)
    assert run(path).error is None


@posix
@pytest.mark.parametrize("end", ["-wal", "-shm"])
def test_what_somebody_has_laid_ready_beside_a_journal_is_not_believed(
    end: str, path: Path
) -> None:
    run(path)
    beside = path.with_name(f"run.db{end}")
    beside.touch(0o644)
    assert refusal(path).startswith(f"{beside} is open to other users, {KEPT}")


@posix
def test_a_file_or_a_folder_of_somebody_else_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    assert f"a folder of another user, {KEPT} Choose a folder of your own." in refusal(path)
    monkeypatch.setattr(os, "geteuid", lambda: own)
    assert run(path).error is None
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    assert refusal(path) == f"{path} is of another user, {KEPT} Name a file of your own."


@pytest.mark.parametrize("name", ["no/such/folder/run.db", "x" * 300])
def test_a_path_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    assert "cannot be used" in refusal(tmp_path / name)


def test_a_disk_that_takes_no_new_file_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def link(new: Path, name: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    generation = run(path)
    assert isinstance(generation.error, JournalError)
    assert "Operation not permitted" in str(generation.error)
    assert (generation.sent, list(path.parent.iterdir())) == ([], [])


def test_what_the_system_does_not_explain_is_told_by_its_class(path: Path) -> None:
    assert "cannot be used: TimeoutError." in str(files.unusable(path, TimeoutError()))


@posix
def test_a_file_that_is_there_already_is_never_filled(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even one whose name was guessed."""
    monkeypatch.setattr(files.secrets, "token_hex", lambda size: "0" * 2 * size)
    guessed = path.with_name("run.db.00000000.new")
    guessed.write_text("mine")
    generation = run(path)
    assert isinstance(generation.error, JournalError)
    assert "File exists" in str(generation.error)
    assert generation.sent == []
    assert guessed.read_text() == "mine"


@pytest.mark.parametrize("path", ["", "a\0b", 7, None, b"run.db"])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(ConfigurationError, match="the path of a file"):
        Journal(path)


def test_a_wrong_durability_is_refused(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'full' or 'normal'"):
        Journal(path, durability="none")  # type: ignore[arg-type]  # a typo of the caller's


def test_what_a_crash_left_of_the_making_does_no_harm(path: Path) -> None:
    run(path)
    os.link(path, path.with_name("run.db.0badf00d.new"))
    path.with_name("run.db.00000000.new").touch()

    assert run(path).error is None
    assert path.stat().st_nlink == 1
    assert not path.with_name("run.db.0badf00d.new").exists()


@pytest.mark.parametrize("makes", [True, False])
def test_what_crashes_left_of_the_making_goes_with_the_next_run(makes: bool, path: Path) -> None:
    if not makes:
        run(path)
    run(path.with_name("other.db"))
    shutil.move(path.with_name("other.db"), path.with_name("run.db.00000001.new"))
    path.with_name("other.db-lock").unlink()
    for name in ("run.db.0000000a.new", "run.db-lock.00000000.new"):
        path.with_name(name).touch()

    assert run(path).error is None
    assert {each.name for each in path.parent.iterdir()} == {"run.db", "run.db-lock"}


@pytest.mark.parametrize(
    "name", ["run.db.00000000.new", "run.db.copy.new", "run.db.00000000.new.db", "other.db"]
)
def test_what_is_not_left_of_its_making_stays(name: str, path: Path) -> None:
    path.with_name(name).write_text("mine")
    assert run(path).error is None
    assert path.with_name(name).read_text() == "mine"


@posix
def test_a_left_over_name_that_cannot_be_removed_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    run(path)
    os.link(path, path.with_name("run.db.0badf00d.new"))
    monkeypatch.setattr(Path, "unlink", refuse)
    assert "a hard link with another name" in refusal(path)


@posix
def test_left_overs_that_cannot_be_looked_for_do_no_harm(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert run(path).error is None


def test_whoever_makes_the_lock_while_a_quicker_run_clears_up_takes_that_ones(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(new: Path, name: Path) -> None:
        monkeypatch.setattr(os, "link", link)
        assert run(path).error is None
        assert not new.exists()
        link(new, name)

    monkeypatch.setattr(os, "link", late)
    generation = run(path)
    assert (generation.error, generation.sent) == (None, [])  # the other one has sent it all


@posix
def test_another_file_in_the_place_of_the_lock_is_named(path: Path) -> None:
    beside = path.with_name("run.db-lock")
    beside.write_text("mine")
    beside.chmod(0o600)
    generation = run(path)

    assert isinstance(generation.error, JournalError)
    assert str(generation.error).startswith(f"{beside} is not empty")
    assert (generation.sent, path.exists(), beside.read_text()) == ([], False, "mine")


@posix
@pytest.mark.parametrize("name", ["run.db.copy", "copy.new"])
def test_another_name_that_we_have_not_given_is_left_alone(name: str, path: Path) -> None:
    run(path)
    os.link(path, path.with_name(name))

    assert "a hard link with another name" in refusal(path)
    assert path.with_name(name).exists()


def test_a_second_run_that_makes_it_at_the_same_time_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def late(new: Path, name: Path) -> None:
        if name == path and not path.exists():
            monkeypatch.setattr(os, "link", link)
            other = run(path)
            assert "being written by another run" in str(other.error)
            assert other.sent == []
        link(new, name)

    monkeypatch.setattr(os, "link", late)
    generation = run(path)
    assert generation.error is None
    assert len(generation.sent) == 1


def test_a_file_that_is_exchanged_while_it_is_opened_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(path)
    identity, numbers = files.identity, count()

    def moving(which: Path) -> Any:
        found = identity(which)
        return (0, next(numbers)) if which == path and found is not None else found

    monkeypatch.setattr(files, "identity", moving)
    generation = run(path)
    assert isinstance(generation.error, JournalError)
    assert "exchanged" in str(generation.error)


@posix
def test_a_second_run_on_the_same_journal_is_refused_and_a_reader_is_not(path: Path) -> None:
    seen: list[Any] = []

    def look(request: Any) -> Any:
        seen.append(run(path))
        seen.append(Journal(path).report())
        return taken(request)

    first = Caller().live(people(3), look, journal=path)
    second, report = seen
    assert isinstance(second.error, JournalError)
    assert "another run" in str(second.error)
    assert second.sent == []
    assert report.unknown == 3  # under way, for all that the file says
    assert first.report.accepted == 3


def test_where_there_are_no_rights_the_folder_is_taken_as_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_POSIX", False)
    path.parent.chmod(0o777)

    assert run(path).error is None
    path.chmod(0o644)
    assert run(path).sent == []


def test_a_session_that_is_over_writes_nothing(path: Path) -> None:
    held: list[Any] = []
    original = Session.write

    def write(self: Session, keep: Any) -> str | None:
        held.append((self, keep))
        return original(self, keep)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "write", write)
        run(path)
    session, keep = held[-1]
    assert session.write(keep) == f"The journal {path} is closed."


def test_a_page_that_went_bad_is_told(path: Path) -> None:
    run(path)
    whole = bytearray(path.read_bytes())
    whole[-4096 + 8 : -4096 + 40] = bytes([255] * 32)  # where the rows of the last page begin
    path.write_bytes(whole)
    generation = run(path)

    assert isinstance(generation.error, JournalError)
    assert str(generation.error).startswith(f"The journal {path} is damaged.")


def test_any_number_of_chunks_can_be_written_at_once(path: Path) -> None:
    run(path)
    store = Store(path)
    [known] = store.entries()
    written = [attrs.evolve(known, start=3 * place) for place in range(1, 1001)]
    store.write([Line(each, 0.0) for each in written])

    assert [*store.entries()] == [known, *written]
    store.close()
