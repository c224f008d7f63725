"""Folders in the temporary directory, for as long as a block or a process lasts; and those that a killed run left.

A folder is ours when its name, its owner and a file in it say so. While that file is locked its process is alive: the
lock goes with the process, whatever ends it.
"""

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

KINDS = ("engine", "log", "demo", "as-of", "empty", "snapshot", "worksheet")
MARK = ".made-by-rc2graph"
OLD = 3600.0
"""Seconds: what is younger may be a folder that is being made."""

_NAME = re.compile(rf"rc2graph-({'|'.join(KINDS)})-[a-z0-9_]{{8}}")


@contextmanager
def scratch(kind: str) -> Iterator[Path]:
    """A new folder for its owner alone, gone at the end of the block. The first one removes what others left."""
    import portalocker

    _swept()
    folder = Path(tempfile.mkdtemp(prefix=f"rc2graph-{kind}-"))
    try:
        descriptor = os.open(folder / MARK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "r+", encoding="utf-8") as mark:
            with suppress(portalocker.LockException):  # a file system without locks: it is never taken for left over
                portalocker.lock(mark, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _swept() -> None:
    with suppress(OSError):
        sweep(Path(tempfile.gettempdir()), time.time() - OLD)


def sweep(place: Path, before: float) -> list[Path]:
    """Remove our folders of processes that are gone, where nothing changed since `before`. Links are not followed."""
    gone = []
    for entry in list(os.scandir(place)):
        if not _NAME.fullmatch(entry.name):
            continue
        with suppress(OSError):
            about = entry.stat(follow_symlinks=False)
            mine = not hasattr(os, "getuid") or about.st_uid == os.getuid()
            if stat.S_ISDIR(about.st_mode) and mine and about.st_mtime < before and _is_left(Path(entry.path) / MARK):
                shutil.rmtree(entry.path, ignore_errors=True)
                gone.append(Path(entry.path))
    return gone


def _is_left(mark: Path) -> bool:
    """Whether the file is there and nobody holds it. Errors: `OSError` where it is a link or not there."""
    import portalocker

    descriptor = os.open(mark, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    with open(descriptor, "r+", encoding="utf-8") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return False
        try:
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.LockException:
            return False
        portalocker.unlock(file)
    return True
