"""The snapshot when it is finished: checked, open for reading, and with the columns of today's model."""

import shlex
import sqlite3
import tempfile
from contextlib import AbstractContextManager, ExitStack, closing
from functools import cached_property
from pathlib import Path
from typing import Self

from rc2graph.errors import DamagedError, SnapshotError, UsageError
from rc2graph.scratch import scratch
from rc2graph.snapshot import finish
from rc2graph.snapshot.file import (
    NAME_ANOTHER,
    Dataset,
    meta_of,
    read_only,
    reading,
    renew,
    require_known,
    require_ours,
)
from rc2graph.snapshot.schema import HASHED, tables


class Snapshot:
    """A finished snapshot, open for reading. `uri` lets a plan attach the file to a database of its own."""

    def __init__(self, path: Path, file: sqlite3.Connection) -> None:
        self.path, self._file = path, file
        self.meta = meta_of(file)
        self._held = ExitStack()

    @classmethod
    def open(cls, path: Path, *, check: bool = True) -> Self:
        """Open and check a finished snapshot.

        Errors: `UsageError` where there is no file; `SnapshotError` where it is no snapshot or is unfinished;
        `DamagedError` where it cannot be read, or its rows do not fit its hash (`check`).
        """
        _refuse_folder(path)
        if not path.is_file():
            raise UsageError(
                f"There is no snapshot {path}.",
                "",
                f"Make one: rc2graph collect --snapshot {shlex.quote(str(path))}\nOr name another file.",
            )
        with reading(path):
            db = _opened(path)
        try:
            with reading(path):
                meta = require_ours(path, db)
                if not meta.get("finished"):
                    raise SnapshotError(
                        f"The snapshot {path} is unfinished.",
                        "A collection into it was stopped; nothing was loaded from it.",
                        f"Go on with it: rc2graph collect --snapshot {shlex.quote(str(path))}",
                    )
                require_known(path, db, meta)
                if check and finish.digest(db, tables(meta)) != meta.get("sha256"):
                    raise DamagedError(
                        f"The snapshot {path} is corrupt.", "Its rows do not fit its hash.", "Collect again."
                    )
                db.execute("BEGIN")  # held with the next read until it is closed: who is in use is not taken away
                db.execute("SELECT 1 FROM meta").fetchone()
                return cls(path, db)
        except BaseException:
            db.close()
            raise

    @cached_property
    def db(self) -> sqlite3.Connection:
        """The file; of an earlier format a copy, with the columns that it lacks (what is not known is not visible) and
        fingerprints of today's model: what an earlier release has loaded of it is not taken for all of it."""
        if self._shown == self.path:
            return self._file
        return self._held.enter_context(closing(_opened(self._shown)))

    @cached_property
    def uri(self) -> str:
        """For a database that attaches it."""
        return read_only(self._shown)

    @cached_property
    def _shown(self) -> Path:
        has = tables(self.meta)
        if has == HASHED:
            return self.path
        with reading(self.path):
            try:
                return self._with_columns(has)
            except (sqlite3.OperationalError, OSError) as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_ERROR:
                    raise  # a table that should be there
                raise SnapshotError(
                    f"The snapshot {self.path} could not be read: {error}.",
                    f"It is of an earlier release, and is copied into the temporary directory {tempfile.gettempdir()}.",
                    "Make room there, or set TMPDIR to a folder that has it; then repeat this.",
                ) from error

    def _with_columns(self, has: dict[str, tuple[str, ...]]) -> Path:
        copy = self._held.enter_context(scratch("snapshot")) / self.path.name
        with closing(sqlite3.connect(copy, isolation_level=None)) as made:
            copy.chmod(0o600)
            self._file.backup(made)
            renew(made)
            with made:
                made.execute("BEGIN")
                if "status" not in has["user"]:  # else it stands, also where `forget` took what it follows from
                    made.execute(finish.STATUS)
                finish.set_fingerprints(made)
        return copy

    @property
    def content(self) -> str:
        """Equal for two snapshots that make the same graph of the same one."""
        states = ",".join(f"{name}:{dataset.state}" for name, dataset in sorted(self.datasets().items()))
        rows = meta_of(self.db).get("content") or self.meta["sha256"]  # of a file that an older release made
        return f"{rows} {states} {self.meta.get('users_source', '')}"

    def datasets(self) -> dict[str, Dataset]:
        return {
            row[0]: Dataset(*row) for row in self.db.execute("SELECT name, state, fetched, total, why FROM dataset")
        }

    def explained(self) -> AbstractContextManager[None]:
        """Whatever SQLite says inside, in our words. Errors: `SnapshotError`; `DamagedError` for rows that make no
        sense, in a file that was opened without a check."""
        return reading(self.path)

    def close(self) -> None:
        self._held.close()
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _refuse_folder(path: Path) -> None:
    if not path.is_dir():
        return
    there = [one for place in (path, path / "snapshots") for one in place.glob("*.sqlite")]
    such = max(there, key=lambda one: one.name, default=None)
    raise UsageError(
        f"{path} is a folder, not a snapshot.",
        "",
        f"Name a file in it, such as {shlex.quote(str(such))}" if such else NAME_ANOTHER,
    )


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(read_only(path), uri=True, isolation_level=None, timeout=0, check_same_thread=False)
