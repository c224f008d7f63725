"""Rows of one answer, in memory while few, in an unnamed temporary file when many.

An answer counts only when it was read to its end (`success` comes last), and memory must not grow with the number of
users: so rows wait here, already mapped, until their page can be committed whole.
"""

import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rc2graph.errors import SourceError

IN_MEMORY = 2_000


class Spool:
    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._file: Any = None
        self._chunk: list[Any] = []
        self._spilt = 0
        self.first: Any = None
        self.last: Any = None

    def append(self, row: Any) -> None:
        if self.first is None:
            self.first = row
        self.last = row
        self._chunk.append(row)
        if len(self._chunk) >= IN_MEMORY:
            try:
                if self._file is None:
                    self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - lives as long as the rows
                pickle.dump(self._chunk, self._file, pickle.HIGHEST_PROTOCOL)
                self._file.flush()
            except OSError as error:  # not the server's fault, which an OSError would otherwise be taken for
                raise SourceError(
                    f"An answer could not be kept in {self._folder or tempfile.gettempdir()} while it was read.",
                    f"{error.strerror}: the disk may be full.",
                    "Make room, then run the same command again: what was committed is kept.",
                ) from error
            self._spilt += len(self._chunk)
            self._chunk = []

    def __len__(self) -> int:
        return self._spilt + len(self._chunk)

    def __iter__(self) -> Iterator[Any]:
        if self._file is not None:
            self._file.seek(0)
            left = self._spilt
            while left:
                chunk = pickle.load(self._file)  # noqa: S301 - written above, in a file without a name
                left -= len(chunk)
                yield from chunk
        yield from self._chunk

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file, self._chunk, self._spilt = None, [], 0
