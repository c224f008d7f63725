"""A worksheet as spreadsheets of any country save it: dates, separators, and a line that names one."""

from datetime import date
from pathlib import Path

import pytest

from rc2graph.errors import UsageError
from rc2graph.reviews.day import readings
from rc2graph.reviews.worksheet_reader import Sheet, read_sheet

AT = "2026-11-30T12:00:00.000Z"
HEAD = ["item", "workspace", "person", "access", "decision", "until", "note"]
ITEMS = [f"role:u{number}:0becd7b03898d190f9ebdacc:4956245feafb" for number in range(9)]
LAST = date(2026, 12, 31)


def sheet(tmp_path: Path, rows: list[list[str]], *, separator: str = ",", before: str = "", bom: bool = True) -> Sheet:
    lines = "".join(f"{separator.join(row)}\r\n" for row in [HEAD, *rows])
    path = tmp_path / "worksheet.csv"
    path.write_bytes((before + lines).encode("utf-8-sig" if bom else "utf-8"))
    return read_sheet(path, at=AT)


def row(number: int, decision: str, until: str = "") -> list[str]:
    return [ITEMS[number], "acme", f"u{number}", "role helpdesk", decision, until, ""]


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-31", "2026/12/31", "2026-12-31 00:00:00", "2026-12-31T00:00", "2026.12.31.", "31.12.2026",
        "12/31/2026", "31/12/2026", "12-31-2026", "31-12-2026", "12/31/2026 0:00", "12/31/2026 12:00:00 AM", "12/31/26",
        "31-Dec-26", "31-dec-2026", "31 December 2026", "31. Dec 2026", "Dec 31, 2026", "December 31 2026",
    ],
)  # fmt: skip
def test_a_date_of_one_reading_is_taken(text: str) -> None:
    assert readings(text) == {LAST}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("02/01/2027", {date(2027, 1, 2), date(2027, 2, 1)}),
        ("2-1-2027", {date(2027, 1, 2), date(2027, 2, 1)}),
        ("31/12/26", {LAST, date(2031, 12, 26)}),
        ("02/02/2027", {date(2027, 2, 2)}),
        ("02.01.2027", {date(2027, 1, 2)}),
        *((text, set()) for text in ("2026-02-30", "31/31/2026", "46387", "12/2026", "31-Dez-26", "tomorrow", "")),
    ],
)
def test_what_has_several_readings_or_none(text: str, meant: set[date]) -> None:
    assert readings(text) == meant


def test_dates_as_an_excel_of_any_country_saves_them(tmp_path: Path) -> None:
    """And the way out for the one that nobody can read survives that it is saved again."""
    told = ["12/31/2026", "31/12/2026", "2026/12/31", "31-12-2026", "31-Dec-26", "02/01/2027", "2026-12-31"]
    found = sheet(tmp_path, [row(number, "exception", text) for number, text in enumerate(told)])
    assert {one.until for one in found.decided} == {"2026-12-31T23:59:59.999Z"}
    assert len(found.decided) == 6
    assert [str(one) for one in found.mistakes] == [
        "row 7 (u5, role helpdesk): '02/01/2027' is no date that can be read in one way only: it may be 2027-01-02 or "
        "2027-02-01. Write it into the cell of the decision, where no spreadsheet changes it, like: exception until "
        "2027-01-02"
    ]
    found = sheet(tmp_path, [row(5, "exception until 2027-01-02")])
    assert [one.until for one in found.decided] == ["2027-01-02T23:59:59.999Z"]


@pytest.mark.parametrize("bom", [True, False])
@pytest.mark.parametrize(
    ("before", "separator"),
    [
        ("", ";"), ("", "\t"), ("sep=;\r\n", ";"), ("sep=,\r\n", ","), ("SEP=\t\n", "\t"), ("sep=|\r\n", "|"),
        ("sep=,,,,,,,\r\n", ","), ('"sep=;",,,,,,\r\n', ","), ("sep=;\r\n", ","), ("\r\nsep=;\r\n", ";"),
    ],
)  # fmt: skip
def test_any_separator_and_a_line_that_names_it(tmp_path: Path, before: str, separator: str, bom: bool) -> None:
    rows = [row(0, "approve"), row(1, "aprove")]
    found = sheet(tmp_path, rows, separator=separator, before=before, bom=bom)
    assert [(one.row, one.item, one.decision) for one in found.decided] == [(2, ITEMS[0], "approve")]
    assert [one.row for one in found.mistakes] == [3], "rows as the spreadsheet counts them: it does not show that line"


def test_a_row_in_one_cell_is_told(tmp_path: Path) -> None:
    """An Excel that expects semicolons shows it so, and saves it so."""
    whole = '"' + ",".join(row(0, "approve")) + '"'
    found = sheet(tmp_path, [[whole]])
    assert [one.row for one in found.mistakes] == [2]
    assert "Data → From Text/CSV" in found.mistakes[0].what
    assert found.decided == []


def test_a_file_of_nothing_but_that_line_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.csv"
    path.write_text("sep=;\n")
    with pytest.raises(UsageError, match="is empty"):
        read_sheet(path, at=AT)
