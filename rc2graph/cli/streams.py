"""stdout and stderr as everything is printed there: what a terminal cannot say is replaced, no secret is repeated."""

import codecs
import io
import os
import sys
import unicodedata
from collections.abc import Callable
from typing import TextIO

from rc2graph.secret import Mask

mask = Mask()

REPLACED = "rc2graph-replace"
AS_DATA = ("query", "simulate")
"""Verbs whose stdout is what was asked for: a person's own text, and a token that was made for them."""

_ASCII = {
    "→": "->", "←": "<-", "↔": "<->", "⏎": "\\n", "…": "...", "–": "-", "—": "-", "•": "*", "·": "*", "×": "x",
    "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "✓": "+", "✗": "x", "≥": ">=", "≤": "<=", "\u00a0": " ",
}  # fmt: skip


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """For a codec: text in ASCII for what it does not have."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_spelt, error.object[error.start : error.end])), error.end


def _spelt(char: str) -> str:
    if char in _ASCII:
        return _ASCII[char]
    if "\u2500" <= char <= "\u257f":  # box drawing
        name = unicodedata.name(char, "")
        return "-" if name.endswith("HORIZONTAL") else "|" if name.endswith("VERTICAL") else "+"
    if "\u2580" <= char <= "\u28ff":  # blocks and the dots of a spinner
        return "#" if char <= "\u259f" else "*"
    return char.encode("ascii", "backslashreplace").decode()


def sayable(text: str, stream: TextIO) -> str:
    """The text as it will stand there, so that columns can be measured."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    return text if encoding.lower().startswith("utf") else text.encode(encoding, REPLACED).decode(encoding)


def is_terminal(stream: TextIO) -> bool:
    """One on which a line can be written over: no pipe, no file, and no `TERM=dumb`."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


class Stream(io.TextIOWrapper):
    """A standard stream that repeats no secret (`mask`). `before`: what makes room for what is written."""

    masked = True
    before: Callable[[], None] | None = None

    def write(self, text: str) -> int:
        if self.before:
            self.before()
        return super().write(mask(text) if self.masked else text)


def set_up() -> None:
    """Put both streams in place of Python's own. Closed ones (`>&-`) go nowhere."""
    codecs.register_error(REPLACED, _replaced)
    sys.stdout, sys.stderr = _stream(sys.stdout), _stream(sys.stderr)


def as_data(verb: str) -> None:
    """Leave stdout as it is, for a verb that prints what it was asked for."""
    if isinstance(sys.stdout, Stream):
        sys.stdout.masked = verb not in AS_DATA


def _stream(old: TextIO | None) -> TextIO:
    if old is None:
        return open(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8", closefd=False)
    if type(old) is not io.TextIOWrapper:
        return old
    return Stream(
        old.buffer, old.encoding, REPLACED, line_buffering=old.line_buffering, write_through=old.write_through
    )
