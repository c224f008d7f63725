"""A worksheet as a workbook: what a reviewer sees in it, what comes back, and what is refused before it is read."""

import stat
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from rc2graph.errors import UsageError
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.reviews import spreadsheet
from rc2graph.reviews.attest import attest
from rc2graph.reviews.items import DECISIONS
from rc2graph.reviews.respelled import respelled
from rc2graph.reviews.workbook import ACCESSES, EXPLAINED, SHOWN
from rc2graph.reviews.worksheet import write_worksheet, write_worksheets
from rc2graph.reviews.worksheet_columns import NAMES
from rc2graph.reviews.worksheet_reader import Sheet, read_sheet
from tests.engines import Engine
from tests.snapshots import Time, World, company, loaded
from tests.spreadsheets import formats_of, rows_of, save, with_part
from tests.test_decisions import rows_of as csv_rows_of

AT = "2026-06-01T12:00:00.000Z"
ITEMS = [f"role:u{number}:0becd7b03898d190f9ebdacc:4956245feafb" for number in range(9)]
NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def graph(engine: Engine) -> Iterator[WorkspaceGraph]:
    with connect(engine.target, write=True) as opened:
        yield opened.workspace("acme")


@pytest.fixture
def filled(graph: WorkspaceGraph, tmp_path: Path) -> World:
    world = company()
    loaded(graph, world, tmp_path)
    return world


def row(number: int, decision: str, until: object = "", note: object = "") -> dict[str, object]:
    return {"person": f"u{number}", "access": "role helpdesk", "decision": decision, "until": until, "note": note,
            "item": ITEMS[number], "workspace": "acme"}  # fmt: skip


def sheet(path: Path) -> Sheet:
    return read_sheet(path, at=AT)


def test_a_workbook_holds_what_the_csv_file_does(graph: WorkspaceGraph, filled: World, tmp_path: Path) -> None:
    book, text = tmp_path / "worksheet.xlsx", tmp_path / "worksheet.csv"
    written = write_worksheet(graph, book, scope="all", at=AT)
    assert written.rows == write_worksheet(graph, text, scope="all", at=AT).rows > 5
    rows = rows_of(book)
    assert [list(one) for one in rows[:1]] == [SHOWN]
    assert (sorted(SHOWN), SHOWN[-2:]) == (sorted(NAMES), ["item", "workspace"])
    assert [{key: str(one[key]) for key in NAMES} for one in rows] == [
        {key: value.removeprefix("'") for key, value in one.items()} for one in csv_rows_of(text)
    ]
    assert stat.S_IMODE(book.stat().st_mode) == 0o600


def test_its_first_sheet_explains_and_says_what_was_not_visible(
    graph: WorkspaceGraph, filled: World, tmp_path: Path
) -> None:
    book = tmp_path / "worksheet.xlsx"
    written = write_worksheet(graph, book, at=AT)
    (title,) = rows_of(book, EXPLAINED)[0]
    lines = [next(iter(one.values())) for one in rows_of(book, EXPLAINED)]
    assert title == "Access review of acme"
    assert [line[:2] for line in lines if line][:5] == ["1.", "2.", "3.", "4.", "5."]
    assert [line for line in lines if line][5:] == [f"Not visible: {text}" for text in written.not_visible]
    assert f"{written.rows} accesses, as of {written.as_of}" in lines[1]


def test_what_a_reviewer_is_helped_with(graph: WorkspaceGraph, filled: World, tmp_path: Path) -> None:
    """The first row and column stay in view, a filter, a choice of decisions that lets other words pass, and a date."""
    book = tmp_path / "worksheet.xlsx"
    rows = write_worksheet(graph, book, scope="all", at=AT).rows
    sheet = formats_of(book)
    (pane,) = sheet.iter(f"{NAMESPACE}pane")
    assert (pane.get("xSplit"), pane.get("ySplit"), pane.get("state")) == ("1", "1", "frozen")
    assert [one.get("ref") for one in sheet.iter(f"{NAMESPACE}autoFilter")] == [f"A1:N{rows + 1}"]
    choice, day = sheet.iter(f"{NAMESPACE}dataValidation")
    assert [one.text for one in choice] == [f'"{",".join(DECISIONS)}"']
    assert (choice.get("errorStyle"), day.get("errorStyle")) == ("information", "information")
    assert (choice.get("sqref"), day.get("type")) == (f"J2:J{rows + 1}", "date")
    assert list(sheet.iter(f"{NAMESPACE}sheetProtection")) == [], "it would stop a reviewer from sorting"
    assert list(sheet.iter(f"{NAMESPACE}f")) == []


def test_hostile_names_are_texts(graph: WorkspaceGraph, tmp_path: Path) -> None:
    world = company()
    world.user("u02", "user", name='=HYPERLINK("https://x")\x07', username="@SUM(A1)")
    loaded(graph, world, tmp_path)
    book = tmp_path / "worksheet.xlsx"
    write_worksheet(graph, book, scope="all", at=AT)
    assert {(one["person"], one["name"]) for one in rows_of(book) if one["item"].split(":")[1] == "u02"} == {
        ("@SUM(A1)", r'=HYPERLINK("https://x")\x07')
    }
    assert list(formats_of(book).iter(f"{NAMESPACE}f")) == []


def test_decisions_come_back_and_saved_by_another_program_they_change_nothing(
    graph: WorkspaceGraph, filled: World, tmp_path: Path
) -> None:
    book, again, text = (tmp_path / name for name in ("worksheet.xlsx", "again.xlsx", "again.csv"))
    now = Time()
    write_worksheet(graph, book, scope="all", at=AT)
    rows = rows_of(book)
    rows[0] |= {"decision": "exception", "until": date(2026, 12, 31), "note": 4711}
    rows[1] |= {"decision": "Approve"}
    save(book, rows)
    assert attest(graph, sheet(book), "rob", clock=now.clock, sleep=now.sleep).decisions == {
        "approve": 1,
        "exception": 1,
    }
    save(again, [{"mine": n, **one} for n, one in enumerate(reversed(rows))], sheets=("Tabelle1",))
    done = attest(graph, sheet(again), "rob", clock=now.clock, sleep=now.sleep)
    assert (done.stored, done.before is not None) == (0, True)
    lines = [";".join(map(str, ({**one, "until": ""} | ({"until": "31.12.2026"} if n == 0 else {})).values()))
             for n, one in enumerate(rows)]  # fmt: skip
    text.write_text("\n".join([";".join(rows[0]), *lines]), encoding="utf-8")
    assert attest(graph, sheet(text), "rob", clock=now.clock, sleep=now.sleep).stored == 0


def test_values_as_a_spreadsheet_types_them(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.xlsx"
    save(path, [
        row(0, "exception", date(2026, 12, 31)), row(1, "exception", datetime(2026, 12, 31, 0, 0)),
        row(2, "exception until 2026-12-31"), row(3, "exception", "31.12.2026"), row(4, "approve", note=True),
        row(5, "approve", note=1.5), row(6, ""), row(7, "exception", 46387), row(8, "exception", "02/01/2027"),
    ])  # fmt: skip
    found = sheet(path)
    assert [one.until for one in found.decided[:4]] == ["2026-12-31T23:59:59.999Z"] * 4
    assert [(one.row, one.note) for one in found.decided[4:]] == [(6, "TRUE"), (7, "1.5")]
    assert (found.undecided, [one.row for one in found.mistakes]) == (1, [9, 10])


def test_rows_are_counted_as_the_spreadsheet_does(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Notes").write(0, 0, "mine")
        accesses = book.add_worksheet("Mine")
        for place, one in ((4, dict.fromkeys(row(0, ""))), (6, row(0, "approve")), (9, row(1, "maybe"))):
            accesses.write_row(place, 3, list(one.values()) if place > 4 else list(one))
    found = sheet(path)
    assert [one.row for one in found.decided] == [7]
    assert [one.row for one in found.mistakes] == [10]


def test_a_formula_is_what_it_showed(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        accesses = book.add_worksheet()
        accesses.write_row(0, 0, list(row(0, "")))
        accesses.write_row(1, 0, list(row(0, "").values()))
        accesses.write_formula(1, 2, '=IF(1=2,"revoke","approve")', None, "unsure")
    assert [one.decision for one in sheet(path).decided] == ["unsure"]


# ---- a file for each role or team


def test_a_file_for_each_team_or_role(graph: WorkspaceGraph, filled: World, tmp_path: Path) -> None:
    whole = tmp_path / "all.csv"
    write_worksheet(graph, whole, scope="all", at=AT)
    for kind in ("team", "role"):
        wanted = {(one["item"], one["access"].partition(" (")[0]) for one in csv_rows_of(whole)
                  if one["access"].startswith(kind)}  # fmt: skip
        folder = tmp_path / kind
        written = write_worksheets(graph, folder, kind, scope="all", at=AT)
        parts = {one.path.name: {(row["item"], row["access"].partition(" (")[0]) for row in rows_of(one.path)}
                 for one in written}  # fmt: skip
        assert {path.name for path in folder.iterdir()} == parts.keys()
        assert set.union(*parts.values()) == wanted
        assert sum(len(part) for part in parts.values()) == len(wanted)
        assert all(len({access for _, access in part}) == 1 for part in parts.values())
        with pytest.raises(UsageError, match="is there already"):
            write_worksheets(graph, folder, kind)
        write_worksheets(graph, folder, kind, overwrite=True)


def test_hostile_names_of_teams_make_files_in_the_folder_alone(graph: WorkspaceGraph, tmp_path: Path) -> None:
    world = company()
    for number, name in enumerate(("../../etc/Passwd", "etc-passwd", "ETC/passwd", "...", "")):
        world.team(f"t{number}", "ana", name=name)
    loaded(graph, world, tmp_path)
    written = write_worksheets(graph, tmp_path / "by", "team", scope="all", at=AT)
    assert {one.path.parent for one in written} == {tmp_path / "by"}
    assert len({one.path.name.casefold() for one in written}) == len(written)


def test_by_what_there_is_not(graph: WorkspaceGraph, filled: World, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no worksheets by 'room'"):
        write_worksheets(graph, tmp_path / "by", "room")
    assert not (tmp_path / "by").exists()


@pytest.mark.parametrize("ending", [".ods", ".xls", ".XLSM"])
def test_what_is_not_written(graph: WorkspaceGraph, filled: World, tmp_path: Path, ending: str) -> None:
    with pytest.raises(UsageError, match=r"written as \.xlsx or \.csv"):
        write_worksheet(graph, tmp_path / f"worksheet{ending}")


# ---- what comes from somebody else


def far_out(content: bytes) -> bytes:
    return content.replace(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')


def without_end(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [(far_out, "has a sheet of 1,048,576 rows and 16,384 columns"), (without_end, "is broken, or no spreadsheet")],
)
def test_a_sheet_that_would_not_fit_is_refused_before_it_is_read(
    tmp_path: Path, spoilt: Callable[[bytes], bytes], told: str
) -> None:
    path = tmp_path / "worksheet.xlsx"
    save(path, [row(0, "approve")])
    with_part(path, "xl/worksheets/sheet1.xml", spoilt)
    with pytest.raises(UsageError, match=told):
        sheet(path)


def test_a_small_file_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "worksheet.xlsx"
    save(path, [row(0, "approve")])
    with_part(path, "xl/styles.xml", lambda content: content + b" " * (40 << 20))
    assert path.stat().st_size < 100_000
    monkeypatch.setattr(spreadsheet, "LARGEST_CONTENT", 32 << 20)
    with pytest.raises(UsageError, match="unpacks into more than"):
        sheet(path)


def test_an_ods_of_repeated_cells_is_measured_as_what_it_stands_for(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.ods"
    cell = '<table:table-cell table:number-columns-repeated="16384" office:value-type="float" office:value="1"/>'
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", f"""<office:document-content
            xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
            xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:spreadsheet>
            <table:table table:name="A"><table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>
            </table:table></office:spreadsheet></office:body></office:document-content>""")  # fmt: skip
    with pytest.raises(UsageError, match="1,048,576 rows and 16,384 columns"):
        sheet(path)


def test_it_is_known_by_what_it_holds_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.csv"
    save(tmp_path / "saved.xlsx", [row(0, "approve")])
    path.write_bytes((tmp_path / "saved.xlsx").read_bytes())
    assert [one.decision for one in sheet(path).decided] == ["approve"]


def test_a_character_set_that_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.xlsx"
    save(path, [row(0, "approve")])
    with_part(path, "xl/styles.xml", lambda content: content.replace(b"UTF-8", b"UTF-Y", 1))
    with pytest.raises(UsageError, match="is broken, or no spreadsheet"):
        sheet(path)


def test_a_workbook_without_our_sheet_or_with_two_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.xlsx"
    save(path, [{"a": 1, "decision": "approve"}])
    with pytest.raises(UsageError, match="has no sheet with accesses"):
        sheet(path)
    save(path, [row(0, "approve")], sheets=(ACCESSES, "Copy"))
    with pytest.raises(UsageError, match="has 2 sheets with accesses"):
        sheet(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "is an .xls file, or has a password"),
        (b"PK\x03\x04" + bytes(64), "is broken, or no spreadsheet"),
        (b"\xff\xfei\x00t\x00", "in UTF-16"),
    ],
)
def test_other_files_are_refused_by_what_they_are(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "worksheet.xlsx"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=told):
        sheet(path)


def test_a_csv_file_of_any_name_is_one(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.xlsx"
    path.write_text(f"item,decision\n{ITEMS[0]},approve\n")
    assert [one.decision for one in sheet(path).decided] == ["approve"]


# ---- names that a spreadsheet took for something else


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("0012345", "12345"), ("1234567890123456789", "1.23457E+18"), ("1234567890123456789", "1,23457E+18"),
        ("1234567890123456789", "1234567890123450000"), ("73928e03", "73928000"), ("73928e03", "7.3928E+07"),
        ("12-03", "12-Mar"), ("12-03", "03-Dec"), ("12-03", "12. Mrz"), ("12-03", "2026-12-03"),
        ("12-03", "12/03/2026"),
        ("mar1", "1-Mar"), ("mar1", "Mar-01"), ("mar1", "2026-03-01"), ("3/4", "04. Mrz"),
    ],
)  # fmt: skip
def test_a_name_that_became_a_number_or_a_day_is_known(name: str, shown: str) -> None:
    assert respelled(shown, name)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("0012345", "12346"), ("1234567890123456789", "1.23458E+18"), ("12-03", "11-Mar"), ("12-03", "2026-11-03"),
        ("mar1", "2-Mar"), ("mar1", "1-Apr"), ("mar1", "2026-04-01"), ("rob", "bob"), ("1e400000000", "2e400000000"),
        ("12345", "1E+04"), ("anna1", "1"), ("nan", "NaN1"),
    ],
)  # fmt: skip
def test_another_name_is_not_taken_for_it(name: str, shown: str) -> None:
    assert not respelled(shown, name)
