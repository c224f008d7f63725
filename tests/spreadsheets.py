"""Spreadsheet files, read and written by other programs than rc2graph's own reader and writer of them."""

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import xlsxwriter
from python_calamine import CalamineWorkbook

from rc2graph.reviews.workbook import ACCESSES

Row = dict[str, Any]


def rows_of(path: Path, sheet: str = ACCESSES) -> list[Row]:
    """The rows of a sheet, each as a dict by the names in the first one."""
    with CalamineWorkbook.from_path(str(path)) as book:
        head, *rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def save(path: Path, rows: Sequence[Row], *, sheets: Sequence[str] = (ACCESSES,)) -> None:
    """A workbook with these rows in each of the sheets."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd.mm.yy"}) as book:
        for name in sheets:
            sheet = book.add_worksheet(name)
            for number, row in enumerate([dict.fromkeys(rows[0]), *rows]):
                for column, (key, value) in enumerate(row.items()):
                    sheet.write(number, column, value if number else key)


def with_part(path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change one part of a workbook, by hand."""
    with zipfile.ZipFile(path) as book:
        parts = {part.filename: book.read(part) for part in book.infolist()}
    parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for part, content in parts.items():
            book.writestr(part, content)


def formats_of(path: Path) -> ElementTree.Element:
    """The sheet of the accesses, as XML."""
    with zipfile.ZipFile(path) as book:
        return ElementTree.fromstring(book.read("xl/worksheets/sheet2.xml"))
