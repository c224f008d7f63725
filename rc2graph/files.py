"""Write files for a person: only their owner may read them, all of them appear together, and none is written over.

with new_files(paths, overwrite=False) as files:
    files.open(paths[0]).write("…")
"""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO, TextIO

from rc2graph.errors import UsageError

TOO_MANY = "This process may not open as many files as it needs."
MORE_FILES = "Raise the limit, for example with: ulimit -n 1024"
NO_ROOM = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO)


class Files:
    """The files that are being written, below other names until all of them are whole."""

    def __init__(self) -> None:
        self._open: dict[Path, IO[Any]] = {}

    def open(self, path: Path) -> TextIO:
        """A new text file (UTF-8, line ends as they are written) that becomes `path` at the end of the block."""
        file = os.fdopen(self._begun(path), "w", encoding="utf-8", errors="backslashreplace", newline="")
        self._open[path] = file
        return file

    def open_bytes(self, path: Path) -> BinaryIO:
        """A new file that becomes `path` at the end of the block."""
        file = os.fdopen(self._begun(path), "wb")
        self._open[path] = file
        return file

    def _begun(self, path: Path) -> int:
        part = _part(path)
        try:
            part.unlink(missing_ok=True)
            return os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise _unwritable(path, error) from error

    def close(self, *, keep: bool) -> None:
        for path, file in self._open.items():
            try:
                file.close()
                if keep:
                    os.replace(_part(path), path)
            except OSError as error:
                if keep:
                    raise _unwritable(path, error) from error
            finally:
                _part(path).unlink(missing_ok=True)


@contextmanager
def new_files(paths: Iterable[Path], *, overwrite: bool, another: str = "another") -> Iterator[Files]:
    """Files that are there only when the block has ended well. Errors: `UsageError`, before anything is written;
    `another` is what it then asks for."""
    for path in paths:
        if path.is_dir():
            raise UsageError(f"{path} is a folder.", "", "Name a file.")
        if path.exists() and not overwrite:
            raise UsageError(f"{path} is there already.", "", f"Name {another}, or add --overwrite.")
    files = Files()
    try:
        yield files
    except BaseException as error:
        files.close(keep=False)
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise UsageError("The files cannot be written.", f"{error.strerror}.", "Name another place.") from error
        raise
    files.close(keep=True)


def new_folder(path: Path) -> None:
    """Make the folder where there is none, for its owner only."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} cannot be written.", f"{error.strerror}.", "Name another place.")
