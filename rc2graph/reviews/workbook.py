"""Write a worksheet as an Excel workbook: one sheet that explains, one with the accesses to decide on.

Its rows go to disk as they come (`constant_memory`), so memory does not grow with them.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, BinaryIO

from rc2graph.errors import UsageError
from rc2graph.reviews.items import DECISIONS
from rc2graph.reviews.worksheet_columns import COLUMNS, DECISION, RISK, UNTIL, Column
from rc2graph.scratch import scratch
from rc2graph.text import short
from rc2graph.version import __version__

EXPLAINED, ACCESSES = "How to decide", "Accesses"
LAST_ROW, LONGEST_CELL = 1_048_576, 32_767
"""Excel's limits: rows of a sheet, characters of a cell ("Excel specifications and limits")."""
BANDS, HEAD, GREY = ("#FFFFFF", "#EEF3F8"), "#D9E2EC", "#808080"
INK = {"high": "#A11D12", "medium": "#8F5600"}
A4 = 9
LINE, TALLEST = 15, 409
"""Heights of a row, in points."""
ORDER = sorted(range(len(COLUMNS)), key=lambda n: (COLUMNS[n].ours, n))
"""The columns of a workbook, as numbers of `COLUMNS`."""
SHOWN = [COLUMNS[n].name for n in ORDER]


class Workbook:
    """`row` takes the cells of `COLUMNS`, `finish` what the first sheet says."""

    def __init__(self, book: Any) -> None:
        self._book, self._first, self._sheet = book, book.add_worksheet(EXPLAINED), book.add_worksheet(ACCESSES)
        self._number, self._band, self._person = 0, 0, ""
        self._formats = dict[tuple[Column, int, str], Any]()
        for place, n in enumerate(ORDER):
            self._sheet.set_column(place, place, COLUMNS[n].width)
        self._sheet.write_row(0, 0, SHOWN, book.add_format({"bold": True, "bottom": 1, "bg_color": HEAD}))
        self._sheet.freeze_panes(1, 1)

    def row(self, cells: Sequence[str], person: str) -> None:
        """One access. Rows that follow each other and are of one `person` (an id) have one ground.

        Errors: `UsageError` where a sheet holds no more.
        """
        self._number += 1
        if self._number >= LAST_ROW:
            raise UsageError(
                f"A spreadsheet has {LAST_ROW:,} rows, and there are more accesses.",
                "",
                "Write a file for each team and for each role (--by team, --by role), or name a .csv file.",
            )
        if person != self._person:
            self._band, self._person = 1 - self._band, person
        lines = max(
            -(-len(cell) // column.width) for cell, column in zip(cells, COLUMNS, strict=True) if column.wrapped
        )
        if lines > 1:  # not every spreadsheet finds the height by itself
            self._sheet.set_row(self._number, min(lines * LINE, TALLEST))
        risk = cells[ORDER[SHOWN.index(RISK)]]
        for place, n in enumerate(ORDER):
            look = self._format(COLUMNS[n], risk if COLUMNS[n].name == RISK else "")
            if cells[n]:
                self._sheet.write_string(self._number, place, short(cells[n], LONGEST_CELL), look)
            else:
                self._sheet.write_blank(self._number, place, None, look)

    def _format(self, column: Column, risk: str) -> Any:
        key = (column, self._band, risk)
        if key not in self._formats:
            look: dict[str, Any] = {"bg_color": BANDS[self._band], "valign": "top", "text_wrap": column.wrapped}
            if column.name == UNTIL:
                look["num_format"] = "yyyy-mm-dd"
            if column.ours:
                look["font_color"] = GREY
            if risk in INK:
                look |= {"font_color": INK[risk], "bold": True}
            self._formats[key] = self._book.add_format(look)
        return self._formats[key]

    def finish(self, title: str, lines: Sequence[str], today: date) -> None:
        sheet, last = self._sheet, max(self._number, 1)
        sheet.autofilter(0, 0, last, len(SHOWN) - 1)
        for name, rule in (
            (DECISION, {"validate": "list", "source": list(DECISIONS)}),
            (UNTIL, {"validate": "date", "criteria": ">=", "value": today}),
        ):
            # It informs and lets pass: "exception until 2027-02-01" is a decision too, and `attest` checks them all.
            told = {"error_type": "information", "error_message": "Is this meant? See the sheet that explains."}
            sheet.data_validation(1, SHOWN.index(name), last, SHOWN.index(name), rule | told)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        self._first.set_column(0, 0, 100)
        self._first.set_landscape()
        self._first.set_paper(A4)
        self._first.hide_gridlines(2)
        self._first.write_string(
            0, 0, short(title, LONGEST_CELL), self._book.add_format({"bold": True, "font_size": 14})
        )
        look = self._book.add_format({"text_wrap": True, "valign": "top"})
        for number, line in enumerate(lines, 2):
            self._first.write_string(number, 0, short(line, LONGEST_CELL), look)


@contextmanager
def workbook(file: BinaryIO) -> Iterator[Workbook]:
    """A workbook that is written into `file` at the end of the block."""
    from xlsxwriter import Workbook as Book

    with scratch("worksheet") as folder:
        options = {
            "constant_memory": True, "tmpdir": str(folder), "strings_to_formulas": False, "strings_to_urls": False,
            "strings_to_numbers": False,
        }  # fmt: skip
        book = Book(file, options)
        book.set_properties({"comments": f"Made by rc2graph {__version__}"})
        yield Workbook(book)
        book.close()
