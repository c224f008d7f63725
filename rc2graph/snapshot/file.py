"""What every snapshot file has: what it says of itself, and SQLite's errors about it in our words.

It is one SQLite file. `writer` fills it page by page, `reader` opens what is finished.
"""

import json
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rc2graph.errors import BusyError, DamagedError, SnapshotError
from rc2graph.snapshot.schema import (
    FORMAT,
    HASHED,
    OLDEST,
    OPTIONAL,
    STATES,
    OddFileError,
    add_columns,
    require_tables,
    tables,
    without_new_tables,
)
from rc2graph.text import harmless, short

NEXT = " Next: "

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
CACHE = 16_384
"""KiB of a file in memory."""
MAGIC = b"SQLite format 3\0"
NAME_ANOTHER = (
    "Name another file. A load keeps its snapshots in the folder snapshots of --home (default: rc2graph-data); their "
    "names end in .sqlite."
)
NOT_TEXT = "it holds bytes that are not text"
OTHER_TABLES = "its tables are not those of a snapshot"


@dataclass(frozen=True, slots=True)
class Dataset:
    """How much of one kind was seen: `state` is one of `schema.STATES`; `why` says in words why that is not all, and
    behind `NEXT` what to do about it."""

    name: str
    state: str
    fetched: int | None = None
    total: int | None = None
    why: str | None = None

    @property
    def reason(self) -> str:
        """`why` without the next step."""
        return (self.why or "").partition(NEXT)[0].rstrip(".")

    @property
    def step(self) -> str:
        """What to do, in sentences; empty where nothing is to be done."""
        return (self.why or "").partition(NEXT)[2]

    @property
    def enough(self) -> bool:
        """Complete, or refused, or of a file from before it was read, where a run may do without it."""
        refused = ("forbidden", "unsupported", "skipped")
        return self.state == "complete" or (self.name in OPTIONAL and self.state in refused)


def say_tables(db: sqlite3.Connection, has: Mapping[str, tuple[str, ...]] = HASHED) -> None:
    """Write down of which format a file is, and what its hash covers."""
    about = {"format": str(FORMAT), "tables": json.dumps(has)}
    db.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(about.items()))


def renew(db: sqlite3.Connection) -> None:
    """Make a file of an earlier format one of today's. Its hash does not fit any more."""
    has, finished = tables(meta_of(db)), meta_of(db).get("finished")
    add_columns(db, has)
    say_tables(db, without_new_tables(has) if finished else HASHED)


def read_only(path: Path) -> str:
    return f"{path.resolve().as_uri()}?mode=ro"


def meta_of(db: sqlite3.Connection) -> dict[str, str]:
    return dict(db.execute("SELECT key, value FROM meta"))


def require_ours(path: Path, db: sqlite3.Connection) -> dict[str, str]:
    """What the file says of itself. Errors: `SnapshotError` for a database of something else, or of another version."""
    foreign = SnapshotError(
        f"{path} is not a snapshot of rc2graph.", "It is a database of something else.", NAME_ANOTHER
    )
    if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        raise foreign
    try:
        meta = meta_of(db)
    except sqlite3.OperationalError as error:
        raise foreign from error
    if "format" not in meta:
        raise foreign
    if not all(isinstance(part, str) for entry in meta.items() for part in entry):
        raise _damaged(path, "what it says of itself is not text")
    if not re.fullmatch("[0-9]{1,99}", meta["format"]):
        raise _damaged(path, f"its format is {short(meta['format'], 40)!r}, which is no number")
    number = int(meta["format"])
    if number > FORMAT:
        raise SnapshotError(
            f"{path} was written by a newer rc2graph: its format is {number}, this one reads up to {FORMAT}.",
            "",
            "Update rc2graph, or name another file.",
        )
    if number < OLDEST:
        raise SnapshotError(
            f"{path} was written by a very old rc2graph (format {number}).", "", "Name another file, or collect again."
        )
    require_tables(db, tables(meta))
    return meta


def require_known(path: Path, db: sqlite3.Connection, meta: Mapping[str, str]) -> None:
    """Errors: `DamagedError` for a finished file that leaves out what everything rests on."""
    workspace = meta.get("workspace", "")
    if not _INSTANT.fullmatch(meta.get("started", "")) or not workspace or not workspace.isprintable():
        raise _damaged(path, "it does not say when it was begun, or of what")
    if odd := {state for (state,) in db.execute("SELECT state FROM dataset")} - {*STATES}:
        raise _damaged(path, f"it says that a list is {odd.pop()}")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """SQLite's errors in our words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BusyError(
                f"Another process is collecting into {path}.", "", "Wait until it is done, or name another file."
            ) from error
        if code == sqlite3.SQLITE_ERROR:  # a text that is not UTF-8, or a table that should be there
            raise _damaged(path, NOT_TEXT if "UTF-8" in str(error) else OTHER_TABLES) from error
        raise SnapshotError(
            f"The snapshot {path} could not be written or read: {error}.",
            "The disk may be full, or the file may have been changed while it was open.",
            "Make room, then run the same command again: what was committed is kept.",
        ) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, "parts of it are missing or overwritten") from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """The same for a file that anything may have happened to: what it holds need not be what was written."""
    try:
        with explained(path):
            yield
    except UnicodeDecodeError as error:  # SQLite's own message quotes the bytes that it stumbled over
        raise _damaged(path, NOT_TEXT) from error
    except OddFileError as error:
        raise _damaged(path, error) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise _damaged(path, "a value in it is of another kind than a collection writes") from error


def _damaged(path: Path, why: object) -> DamagedError:
    if not _is_database(path):
        return DamagedError(f"{path} is not a snapshot of rc2graph.", "Every snapshot is an SQLite file.", NAME_ANOTHER)
    return DamagedError(f"{path} is no intact snapshot: {harmless(why)}.", "", "Name another file, or collect again.")


def _is_database(path: Path) -> bool:
    """Whether it begins as an SQLite file does, or as nothing does yet."""
    with suppress(OSError), path.open("rb") as file:
        return file.read(len(MAGIC)) in (MAGIC, b"")
    return True
