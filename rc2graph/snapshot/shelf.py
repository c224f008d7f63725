"""Take snapshots off the shelf: finished ones that nobody is reading, and only ours.

Whoever reads a finished snapshot holds SQLite's shared lock on it, and whoever collects into one its exclusive lock.
So a file is taken away under the exclusive lock, which nobody gets while it is in use.
"""

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from rc2graph.errors import BusyError, DamagedError, SnapshotError
from rc2graph.snapshot.kept import Kept, kept

log = logging.getLogger(__name__)

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
    """All but the `keep` newest of a workspace; without its name, of each of them."""
    files = [one for one in kept(home) if not one.path.is_symlink()]
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
