"""Take snapshots off the shelf: finished ones that nobody is reading, and only ours.

Whoever reads a finished snapshot holds SQLite's shared lock on it, and whoever collects into one its exclusive lock.
So a file is taken away under the exclusive lock, which nobody gets while it is in use.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rc2graph.errors import BusyError, SnapshotError
from rc2graph.snapshot.kept import Kept, kept

BESIDE = ("-wal", "-shm", "-journal")


@dataclass(frozen=True)
class Removed:
    """Files that are gone, and those that stay because they are in use."""

    paths: tuple[Path, ...] = ()
    in_use: tuple[Path, ...] = ()


def of_workspace(home: Path, workspace: str) -> list[Kept]:
    """The finished snapshots of one workspace below `home`, oldest first. A link is no file of ours."""
    return [one for one in kept(home) if one.workspace == workspace and not one.path.is_symlink()]


def surplus(home: Path, workspace: str, keep: int) -> list[Kept]:
    """All but the `keep` newest of them."""
    return of_workspace(home, workspace)[:-keep]


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
        except OSError as error:
            raise SnapshotError(
                f"The snapshot {path} cannot be removed.", f"{error.strerror}.", "Remove it by hand."
            ) from error
    return Removed(tuple(gone), tuple(used))


def part_of(path: Path) -> Path:
    """Where a snapshot lies while it is being rewritten."""
    return path.with_name(f".{path.name}.part")


@contextmanager
def alone(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, locked against everybody. Errors: `BusyError` where somebody uses it; `SnapshotError`."""
    with closing(
        sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=0)
    ) as db:
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("BEGIN EXCLUSIVE")
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise BusyError(
                    f"The snapshot {path} is in use.", "Another rc2graph reads or writes it.",
                    "Repeat this when the other run has ended.",
                ) from error  # fmt: skip
            raise SnapshotError(f"The snapshot {path} cannot be opened: {error}.", "", "Remove it by hand.") from error
        yield db
