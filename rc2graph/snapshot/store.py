"""The finished snapshots that lie in the home folder: which there are, which one somebody means, and their removal.

A person names a file, a day (`2026-06-01`: the newest that was begun by the end of that day, in UTC), or nothing.
Whoever reads a finished snapshot holds SQLite's shared lock on it, and whoever collects into one its exclusive lock.
So a file is removed under the exclusive lock, which nobody gets while it is in use.
"""

import logging
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from rc2graph import checked
from rc2graph.errors import BusyError, DamagedError, Rc2graphError, SnapshotError, UsageError
from rc2graph.files import new_files
from rc2graph.snapshot.reader import Snapshot

LOADED = "loaded-snapshots"
"""The file beside `FOLDER` with the names of those that were loaded."""

log = logging.getLogger(__name__)

FOLDER = "snapshots"
UNFINISHED = ".unfinished.sqlite"
DAMAGED = ".damaged.sqlite"
"""Ending of what was an unfinished collection, and cannot be gone on with."""
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite lays beside a file."""
AHEAD = timedelta(minutes=5)
"""Clocks of two machines may differ by less."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A finished file. `started` is an ISO instant in UTC; `asked`: the day it was taken for, where one was named;
    `whole`: its rows were held against its hash."""

    path: Path
    workspace: str
    started: str
    asked: str = ""
    whole: bool = False


def stored(home: Path) -> list[Stored]:
    """All finished snapshots below `home`, oldest first; what is unfinished is left out. A file that cannot be read, or
    that is dated ahead of this clock and would count as the newest for as long, is named in a warning, left out and
    kept: nobody asked for it. Rows are not held against their hash here."""
    found = []
    latest = (datetime.now(UTC) + AHEAD).isoformat()
    for path in (home / FOLDER).glob("*.sqlite"):
        if not path.name.endswith(UNFINISHED):
            try:
                one = _of(path)
            except Rc2graphError as error:
                log.warning("%s is left out, and kept: %s", path, error.what)
                continue
            if one.started < latest:
                found.append(one)
            else:
                log.warning("%s is left out, and kept: it is dated %s, ahead of this clock.", path, one.started)
    return sorted(found, key=lambda one: (one.started, one.path.name))


def two(names: Sequence[str], home: Path, workspace: str = "") -> tuple[Stored, Stored]:
    """The two that are meant by none, one or two names: the last two that were loaded, that one and the newest of
    those, or just these.

    `workspace` is needed only where nothing else says which one is meant. What nobody named and is damaged is skipped.
    Errors: `UsageError` for what is not there or could mean several; `SnapshotError` for a file that is none,
    unfinished, or of another workspace than the other.
    """
    named = [None if _is_day(name) else _of(Path(name)) for name in names]
    workspace = workspace or next((file.workspace for file in named if file), "")
    for file in named:
        if file and file.workspace != workspace:
            _refuse(file, workspace)
    files: list[Stored] = []
    if len(names) < 2 or None in named:
        files = stored(home)
        workspace = workspace or _only(files, home)
        files = [one for one in files if one.workspace == workspace]
    if not names:
        last = newest(_loaded(files, home), 2)
        if len(last) < 2:
            there = f"There is only {last[0].path}." if last else ""
            if len(files) > len(last):
                there += " What a load refused, or a dry run read, is compared where it is named."
            raise UsageError(
                f"There are no two finished snapshots in {home / FOLDER}.", there.strip(),
                "rc2graph load keeps one each time; or name two files.",
            )  # fmt: skip
        return last[0], last[1]
    meant = [file or _by_day(name, files, home) for name, file in zip(names, named, strict=True)]
    if len(meant) == 1:
        last = newest(_loaded(files, home))
        if not last:
            raise UsageError(
                f"There is no finished snapshot of {workspace} in {home / FOLDER} to compare it with.", "",
                "Name a second file, or the folder with --home.",
            )  # fmt: skip
        meant.append(last[0])
    return meant[0], meant[1]


def mark_loaded(home: Path, path: Path) -> None:
    """Note in `home` that a graph holds a snapshot of it. (Not in the file itself: that is evidence.)"""
    if path.parent.resolve() == (home / FOLDER).resolve():
        _note(home, (*_noted(home), path.name))


def forget_removed(home: Path) -> None:
    """Note no more those that are not there any more."""
    if noted := _noted(home):
        _note(home, noted)


def _note(home: Path, names: Iterable[str]) -> None:
    there = [name for name in dict.fromkeys(names) if (home / FOLDER / name).is_file()]
    try:
        with new_files([home / LOADED], overwrite=True) as files:
            files.open(home / LOADED).writelines(f"{name}\n" for name in there)
        if not there:
            (home / LOADED).unlink()
    except (UsageError, OSError) as error:
        log.info("Which snapshots were loaded is not noted: %s", error)


def _noted(home: Path) -> list[str]:
    try:
        return (home / LOADED).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def are_comparable(home: Path, workspace: str) -> bool:
    """Whether `two` finds two of a workspace that nobody has to name."""
    return len(_loaded([one for one in stored(home) if one.workspace == workspace], home)) > 1


def _loaded(files: Sequence[Stored], home: Path) -> list[Stored]:
    """Those that a graph holds or has held. Older releases noted nothing, so what is from before the first note counts
    as well, and everything where there is none."""
    names = set(_noted(home))
    first = min((one.started for one in files if one.path.name in names), default="~")
    return [one for one in files if one.path.name in names or one.started < first]


def newest(files: Sequence[Stored], most: int = 1) -> list[Stored]:
    """The last ones, oldest first, each held against its hash: a damaged one is named in a warning, skipped
    and kept."""
    found: list[Stored] = []
    for one in reversed(files):
        try:
            Snapshot.open(one.path).close()
        except Rc2graphError as error:
            log.warning("%s is left out, and kept: %s %s", one.path, error.what, error.why)
            continue
        found.insert(0, replace(one, whole=True))
        if len(found) == most:
            break
    return found


def begun_by(day: str, files: Sequence[Stored]) -> list[Stored]:
    """Those that were begun by the end of that day, in UTC; oldest first."""
    return [one for one in files if one.started[:10] <= day]


def none_by(day: str, files: Sequence[Stored], home: Path, *others: str, more: str = "") -> UsageError:
    """That there is none of that day or before, and of when the oldest is. `others`: what to name besides."""
    oldest = f"The oldest there is {files[0].path}, of {files[0].started}." if files else "There is none at all."
    *names, last = (*(["a later day"] if files else []), *others, "the folder with --home.")
    step = f"{', '.join(names)}{',' * (len(names) > 1)} or {last}" if names else last
    return UsageError(
        f"There is no finished snapshot of {day} or before in {home / FOLDER}.", oldest, f"Name {step}{more}"
    )


def has_come(day: date) -> str:
    """The day, in ISO. Errors: `UsageError` where it has come neither here nor in UTC: nothing is known of it."""
    now = datetime.now(UTC)
    today = max(now.date(), now.astimezone().date())
    if day > today:
        raise UsageError(f"{day} has not come yet.", f"Today is {today}.", "Name today or a day that has passed.")
    return day.isoformat()


def _of(path: Path) -> Stored:
    with Snapshot.open(path, check=False) as found:
        return Stored(path, found.meta["workspace"], found.meta["started"])


def _is_day(name: str) -> bool:
    """Whether it is a day, and no file of that name. Errors: `UsageError` for a day that no calendar has."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", name) or Path(name).exists():
        return False
    try:
        date.fromisoformat(name)
    except ValueError as error:
        raise UsageError(f"{name} is no day: {error}.", "", "Write it like 2026-06-01, or name a file.") from error
    return True


def _by_day(day: str, files: list[Stored], home: Path) -> Stored:
    before = newest(begun_by(day, files))
    if not before:
        raise none_by(day, files, home, "a file")
    return replace(before[0], asked=day)


def _only(files: Sequence[Stored], home: Path) -> str:
    workspaces = {one.workspace for one in files}
    if len(workspaces) > 1:  # a damaged file may only look like one of another workspace
        workspaces = {name for name in workspaces if newest([one for one in files if one.workspace == name])}
    if len(workspaces) > 1:
        raise UsageError(
            f"{home / FOLDER} holds snapshots of several workspaces.",
            f"They are {', '.join(sorted(workspaces))}.",
            "Name one with --workspace, or name files.",
        )
    return next(iter(workspaces), "")


def _refuse(file: Stored, workspace: str) -> None:
    raise SnapshotError(
        f"The snapshot {file.path} is of another workspace.",
        f"It was read from {file.workspace}; the other is {workspace}.",
        "Name two files of the same workspace.",
    )


# ---- removal


@dataclass(frozen=True)
class Removed:
    """Files that are gone, and those that stay because they are in use."""

    paths: tuple[Path, ...] = ()
    in_use: tuple[Path, ...] = ()


def of_workspace(home: Path, workspace: str) -> list[Stored]:
    """The finished snapshots of one workspace below `home`, oldest first. A link is no file of ours."""
    return [one for one in stored(home) if one.workspace == workspace and not one.path.is_symlink()]


def surplus(home: Path, workspace: str, keep: int) -> list[Stored]:
    """All but the `keep` newest of a workspace; without its name, of each of them."""
    checked.whole("keep", keep, 1)
    files = [one for one in stored(home) if not one.path.is_symlink()]
    names = {workspace} if workspace else {one.workspace for one in files}
    return [one for name in sorted(names) for one in [file for file in files if file.workspace == name][:-keep]]


def remove(paths: Iterable[Path]) -> Removed:
    """Delete those that nobody uses. Errors: `SnapshotError` where the system does not let us."""
    gone, used = [], []
    for path in paths:
        try:
            with alone(path):
                for one in (path, part_of(path), *(Path(f"{path}{end}") for end in BESIDE)):
                    one.unlink(missing_ok=True)
            gone.append(path)
        except BusyError:
            used.append(path)
        except DamagedError as error:
            log.warning("%s is left out, and kept: %s", path, error.what)
        except OSError as error:
            raise SnapshotError(
                f"The snapshot {path} cannot be removed.", f"{error.strerror}.", "Delete it yourself."
            ) from error
    return Removed(tuple(gone), tuple(used))


def part_of(path: Path) -> Path:
    """Where a snapshot lies while it is being rewritten."""
    return path.with_name(f".{path.name}.part")


@contextmanager
def alone(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, locked against everybody. Errors: `BusyError` where somebody uses it; `DamagedError` where it cannot be
    opened."""
    address = f"{path.resolve().as_uri()}?mode=rw"
    with ExitStack() as opened:
        try:
            db = opened.enter_context(closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=0)))
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise BusyError(
                    f"The snapshot {path} is in use.", "Another rc2graph reads or writes it.",
                    "Repeat this when the other run has ended.",
                ) from error  # fmt: skip
            raise DamagedError(f"The snapshot {path} cannot be opened: {error}.", "", "Look at the file.") from error
        yield db
