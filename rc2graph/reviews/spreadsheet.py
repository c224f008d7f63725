"""The rows of a spreadsheet file, `.xlsx` or `.ods`, as texts. Formulas are not evaluated: a cell says what it showed
when it was saved.

Such a file is a zip of XML parts, and comes from somebody else: a small one can unpack into any size, and one cell far
out makes a table of billions. So each part is unpacked and measured here first, and only what has passed is read.
"""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

from rc2graph.errors import UsageError
from rc2graph.scratch import scratch

ZIP = b"PK\x03\x04"
"""How such a file begins."""
LARGEST_FILE, LARGEST_CONTENT = 256 << 20, 2 << 30
"""Bytes, packed and unpacked. A worksheet of a million accesses has some 60 MiB and 700 MiB."""
MOST_CELLS = 24_000_000
"""Of a sheet, empty ones within its corners among them: a million rows of 24 columns."""
PIECE = 1 << 20
BROKEN = (zipfile.BadZipFile, zlib.error, expat.ExpatError, LookupError, NotImplementedError, RuntimeError, EOFError)
"""What unpacking and parsing raise: `LookupError` for an unknown character set, `RuntimeError` for a password."""
SAVE = "Save it as .xlsx, .ods, or CSV with the character set UTF-8."

Row = tuple[int, list[str]]
"""The number of a row, as a spreadsheet counts, and its cells."""


def rows(path: Path, wanted: Callable[[Sequence[str]], bool]) -> Iterator[Row]:
    """The rows of the one sheet that has a first row as it is `wanted`.

    Errors: `UsageError` where there is none or more than one, where it is too large, or cannot be read.
    """
    import python_calamine as calamine

    if path.stat().st_size > LARGEST_FILE:
        raise _refused(path, f"is larger than {LARGEST_FILE >> 20} MiB", "Write a file for each team or role.")
    with scratch("worksheet") as folder:
        measured = _measured(path, folder)
        try:
            with calamine.CalamineWorkbook.from_path(str(measured)) as book:
                chosen = [name for name in book.sheet_names if wanted(_first(book.get_sheet_by_name(name)))]
                if len(chosen) != 1:
                    what = f"has {len(chosen)} sheets with accesses" if chosen else "has no sheet with accesses"
                    raise _refused(
                        path, what,
                        "Keep one of them, and its first row as it was written." if chosen else
                        "One sheet has to begin with the row in which 'item' and 'decision' stand.",
                    )  # fmt: skip
                yield from _rows(book.get_sheet_by_name(chosen[0]))
        except (calamine.CalamineError, OSError, ValueError) as error:
            raise _refused(path, f"cannot be read ({error})", SAVE) from error


def _first(sheet: Any) -> list[str]:
    return next((cells for _, cells in _rows(sheet) if any(cells)), [])


def _rows(sheet: Any) -> Iterator[Row]:
    for number, cells in enumerate(sheet.iter_rows(), 1):
        yield number, [_text(cell).strip() for cell in cells]


def _text(cell: Any) -> str:
    match cell:
        case bool():
            return str(cell).upper()
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case date() | time():
            return cell.isoformat()
    return str(cell)


# ---- what a file unpacks into


def _measured(path: Path, folder: Path) -> Path:
    """A copy of the parts that are XML, unpacked: what is measured is what is read. Its name says what it is, whatever
    that of the file says."""
    left = LARGEST_CONTENT
    try:
        with zipfile.ZipFile(path) as packed:
            copied = folder / ("measured.ods" if "content.xml" in packed.namelist() else "measured.xlsx")
        with zipfile.ZipFile(path) as packed, zipfile.ZipFile(copied, "w") as copy:
            for part in packed.infolist():
                if part.filename != "mimetype" and not part.filename.endswith((".xml", ".rels")):
                    continue
                parser = _Measure(part.filename)
                with packed.open(part) as content, copy.open(part.filename, "w") as whole:
                    while piece := content.read(PIECE):
                        left -= len(piece)
                        if left < 0:
                            raise _TooLarge(f"unpacks into more than {LARGEST_CONTENT >> 30} GiB")
                        parser.feed(piece)
                        whole.write(piece)
                parser.feed(b"", end=True)
    except _TooLarge as error:
        raise _refused(path, str(error), "Is it the worksheet? Write a new one, for each team or role.") from error
    except (*BROKEN, OSError) as error:
        raise _refused(path, f"is broken, or no spreadsheet ({error})", SAVE) from error
    return copied


class _TooLarge(Exception):
    pass


class _Measure:
    """How far the cells of a sheet reach: of `.xlsx` (`row`, `c`) and of `.ods` (`table-row`, `table-cell`)."""

    def __init__(self, part: str) -> None:
        self.row = self.column = self.repeated = 0
        self.bottom = self.right = 0
        self.parser = None if part == "mimetype" else expat.ParserCreate()
        if self.parser:
            self.parser.StartElementHandler = self._start

    def feed(self, piece: bytes, end: bool = False) -> None:
        if self.parser:
            self.parser.Parse(piece, end)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            at = _REFERENCE.fullmatch(attributes.get("r", ""))
            self.column = _column(at[1]) if at else self.column + 1
            self._reach(int(at[2]) if at else self.row, self.column)
        elif name == "row":
            self.row, self.column = _number(attributes.get("r"), self.row + 1), 0
        elif name in ("table-cell", "covered-table-cell"):
            self.column += _number(attributes.get("table:number-columns-repeated"), 1)
            if "office:value-type" in attributes or "table:formula" in attributes:
                self._reach(self.row, self.column)
        elif name == "table-row":
            self.row, self.column = self.row + _number(attributes.get("table:number-rows-repeated"), 1), 0
        elif name in ("table", "sheetData"):
            self.row = self.column = self.bottom = self.right = 0

    def _reach(self, row: int, column: int) -> None:
        if row <= self.bottom and column <= self.right:
            return
        self.bottom, self.right = max(self.bottom, row), max(self.right, column)
        if self.bottom * self.right > MOST_CELLS:
            raise _TooLarge(f"has a sheet of {self.bottom:,} rows and {self.right:,} columns")


_REFERENCE = re.compile(r"([A-Z]{1,7})(\d{1,9})", re.ASCII)


@lru_cache(1024)
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else default


def _refused(path: Path, what: str, step: str) -> UsageError:
    return UsageError(f"The worksheet {path} {what}.", "", step)
