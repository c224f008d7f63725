"""The home folder: where the snapshots of a workspace lie, unfinished and finished."""

import hashlib
import os
import re
from pathlib import Path

from rc2graph.errors import UsageError
from rc2graph.snapshot.store import BESIDE, DAMAGED, FOLDER, UNFINISHED


def require_writable(home: Path) -> None:
    """Make the folder where it is not there. Errors: `UsageError` where nothing can be written below `home`."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / ".write-test"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        in_the_way = isinstance(error, FileExistsError | NotADirectoryError)
        raise UsageError(
            f"The folder {home} cannot be written.",
            "There is a file in its place." if in_the_way else f"{error.strerror}.",
            "Name another with --home or RC2GRAPH_HOME.",
        ) from error


def unfinished_snapshot(home: Path, workspace: str) -> Path:
    """Where a load collects: one file a workspace, so that a killed run is found again."""
    return home / FOLDER / f"{_slug(workspace)}{UNFINISHED}"


def finished_snapshot(home: Path, workspace: str, started: str) -> Path:
    """Where it lies when it is finished, named after the moment it began."""
    moment = re.sub(r"[-:.]", "", started)
    return home / FOLDER / f"{_slug(workspace)}-{moment}.sqlite"


def set_aside(unfinished: Path) -> Path:
    """Move an unfinished collection that cannot be resumed out of the way of the next. It is kept: only a person
    removes it."""
    aside = unfinished.with_name(f"{unfinished.name.removesuffix(UNFINISHED)}{DAMAGED}")
    for end in BESIDE:  # a log of the old file would be taken for one of the new
        Path(f"{unfinished}{end}").unlink(missing_ok=True)
    os.replace(unfinished, aside)
    return aside


def _slug(workspace: str) -> str:
    readable = re.sub(r"[^a-z0-9.]+", "-", workspace.lower().partition("://")[2] or workspace.lower()).strip("-.")
    return f"{readable[:60]}-{hashlib.sha256(workspace.encode()).hexdigest()[:8]}"
