"""The snapshots of one workspace that a forgotten account may be in."""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from rc2graph.errors import BusyError, DamagedError, Rc2graphError, UsageError
from rc2graph.pseudonym import Pseudonym
from rc2graph.snapshot import Snapshot
from rc2graph.snapshot.forget import holds
from rc2graph.snapshot.home import unfinished_snapshot
from rc2graph.snapshot.store import FOLDER, UNFINISHED, alone

log = logging.getLogger(__name__)

Found = TypeVar("Found")


@dataclass
class Files:
    """Those that are finished. A file that cannot be read is named in `damaged`, skipped and kept."""

    home: Path
    workspace: str
    damaged: list[Path] = field(default_factory=list)

    def each(self, ask: Callable[[Snapshot], Found]) -> list[Found]:
        """What is found in each of them. Errors: those of `ask`; `BusyError`."""
        found = []
        for path in sorted((self.home / FOLDER).glob("*.sqlite")):
            if path.name.endswith(UNFINISHED) or path in self.damaged:
                continue
            try:
                with Snapshot.open(path, check=False) as file, file.explained():
                    if file.meta.get("workspace") == self.workspace:
                        found.append(ask(file))
            except (UsageError, BusyError):
                raise
            except Rc2graphError as error:
                self.name(path, error)
        return found

    def holding(self, who: Pseudonym) -> list[Path]:
        return [path for path in self.each(lambda file: file.path if holds(file.db, who) else None) if path]

    def name(self, path: Path, error: Rc2graphError) -> None:
        log.warning("%s is left out, and kept: %s", path, error.what)
        self.damaged.append(path)

    def finish_first(self, who: Pseudonym) -> None:
        """Errors: `BusyError` while a collection runs; `UsageError` where one that was stopped has the account."""
        path = unfinished_snapshot(self.home, self.workspace)
        if not path.is_file():
            return
        try:
            with alone(path) as db:
                try:
                    is_held = holds(db, who)
                except sqlite3.OperationalError:  # stopped before it had a table
                    is_held = False
                except (sqlite3.DatabaseError, ValueError) as error:
                    raise DamagedError(
                        f"{path} is no intact snapshot: parts of it are missing or overwritten."
                    ) from error
        except DamagedError as error:
            self.name(path, error)
            return
        if is_held:
            raise UsageError(
                f"A collection that was stopped has the user: {path}.", "Going on with it would bring them back.",
                "rc2graph load goes on with it and finishes it; or remove the file. Then repeat this.",
            )  # fmt: skip
