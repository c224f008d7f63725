"""A worksheet goes through a real LibreOffice of three countries, where a person types decisions and saves it."""

import os
import shutil
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from rc2graph.graph.connect import connect
from rc2graph.reviews.attest import attest
from rc2graph.reviews.worksheet import write_worksheet
from rc2graph.reviews.worksheet_reader import read_sheet
from tests.engines import Engine
from tests.snapshots import Time, company, loaded
from tests.spreadsheets import rows_of

SOFFICE = shutil.which("soffice")
if SOFFICE is None and os.environ.get("RC2GRAPH_REQUIRE_OFFICE"):
    pytest.fail("RC2GRAPH_REQUIRE_OFFICE is set, and there is no soffice.", pytrace=False)
pytestmark = pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice (soffice) on this machine")

AT = "2026-06-01T12:00:00.000Z"
TYPE = """
Sub Decide
  Dim hidden(1) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden" : hidden(0).Value = True
  hidden(1).Name = "FilterOptions" : hidden(1).Value = Environ("OPENED")
  document = StarDesktop.loadComponentFromURL(Environ("SOURCE"), "_blank", 0, hidden())
  sheets = document.Sheets
  If sheets.hasByName("Accesses") Then
    sheet = sheets.getByName("Accesses")
  Else
    sheet = sheets.getByIndex(0)
  End If
  For column = 0 To 30
    Select Case sheet.getCellByPosition(column, 0).String
      Case "item" : itemColumn = column
      Case "decision" : decisionColumn = column
      Case "until" : untilColumn = column
    End Select
  Next
  wanted = Split(Environ("ITEMS")) : answers = Split(Environ("DECISIONS")) : untils = Split(Environ("DAYS"))
  For row = 1 To 200
    For n = 0 To UBound(wanted)
      If sheet.getCellByPosition(itemColumn, row).String = wanted(n) Then
        sheet.getCellByPosition(decisionColumn, row).FormulaLocal = answers(n)
        If untils(n) <> "-" Then sheet.getCellByPosition(untilColumn, row).FormulaLocal = untils(n)
      End If
    Next
  Next
  Dim how(1) As New com.sun.star.beans.PropertyValue
  how(0).Name = "FilterName" : how(0).Value = Environ("FILTER")
  how(1).Name = "FilterOptions"
  how(1).Value = Environ("OPTIONS")
  document.storeToURL(Environ("TARGET"), how())
  document.close(True)
End Sub
"""
SEMICOLONS = "59,34,76,1,,0,false,true,false,false,false,{sheet}"
"""Separator, quotation mark, UTF-8, cells as they are shown; 0: the first sheet, else its number."""
COMMAS = "44,34,76,1,,0,false,true"
"""As the dialog offers it, with what looks like a number or a date taken for one."""
FILTERS = {".xlsx": "Calc MS Excel 2007 XML", ".ods": "calc8", ".csv": "Text - txt - csv (StarCalc)"}
TYPED = {"en-US": "12/31/2026", "de-DE": "31.12.2026", "fr-FR": "31/12/2026"}
"""The last day of the year, as it is typed in a country."""


def profile(folder: Path, locale: str) -> Path:
    """A LibreOffice that nobody has used, of a country, with a macro that types."""
    (folder / "user").mkdir(parents=True)
    (folder / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">'
        f"<value>{locale}</value></prop></item></oor:items>"
    )
    soffice(folder, "--terminate_after_init")  # makes the rest of it, with an empty Module1
    (folder / "user" / "basic" / "Standard" / "Module1.xba").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><script:module xmlns:script="http://openoffice.org/2000/script" '
        f'script:name="Module1" script:language="StarBasic">{escape(TYPE)}</script:module>'
    )
    return folder


def soffice(office: Path, *words: str, **settings: str) -> None:
    subprocess.run(
        [str(SOFFICE), f"-env:UserInstallation={office.as_uri()}", "--headless", "--norestore", *words],
        check=True, timeout=120, capture_output=True, env={**os.environ, **settings},
    )  # fmt: skip


def decided(office: Path, source: Path, target: Path, answers: dict[str, tuple[str, str]]) -> None:
    """Open `source`, type a decision and a day behind each item, and save it as `target`."""
    decisions, days = zip(*answers.values(), strict=True)
    told = {
        "SOURCE": source.as_uri(), "TARGET": target.as_uri(), "FILTER": FILTERS[target.suffix],
        "OPTIONS": SEMICOLONS.format(sheet=2 if source.suffix == ".xlsx" else 0) if target.suffix == ".csv" else "",
        "OPENED": COMMAS if source.suffix == ".csv" else "",
        "ITEMS": " ".join(answers), "DECISIONS": " ".join(decisions), "DAYS": " ".join(days),
    }  # fmt: skip
    soffice(office, "macro:///Standard.Module1.Decide", **told)
    if told["OPTIONS"].endswith(",2"):  # the name of the sheet is put behind that of the file
        target.with_stem(f"{target.stem}-Accesses").rename(target)
    assert target.exists()


@pytest.mark.parametrize(
    "locale", [pytest.param(one, marks=() if one == "de-DE" else pytest.mark.soak) for one in TYPED]
)
def test_decisions_typed_in_a_spreadsheet_of_a_country_are_stored_once(
    locale: str, tmp_path: Path, embedded_engine: Engine
) -> None:
    with connect(embedded_engine.target, write=True) as opened:
        graph = opened.workspace("acme")
        world = company()
        world.user("u03", "user", username="0012345")
        world.user("u04", "user", username="12-03")
        world.user("u05", "user", username="1234567890123456789")
        loaded(graph, world, tmp_path)
        book, text = tmp_path / "worksheet.xlsx", tmp_path / "worksheet.csv"
        write_worksheet(graph, book, scope="all", at=AT)
        write_worksheet(graph, text, scope="all", at=AT)
        items = [one["item"] for one in rows_of(book) if one["person"] in ("0012345", "12-03", "1234567890123456789")]
        answers = dict.fromkeys(items, ("exception", TYPED[locale]))
        answers |= {one["item"]: ("approve", "-") for one in rows_of(book) if one["person"] == "bob.name"}
        office, now = profile(tmp_path / "office", locale), Time()
        stored = []
        for number, (source, ending) in enumerate(((book, ".xlsx"), (book, ".ods"), (book, ".csv"), (text, ".csv"))):
            target = tmp_path / f"saved-{number}{ending}"
            decided(office, source, target, answers)
            sheet = read_sheet(target, at=AT)
            assert sheet.mistakes == []
            assert {one.item: (one.decision, (one.until or "-")[:10]) for one in sheet.decided} == {
                item: (decision, "2026-12-31" if day != "-" else "-") for item, (decision, day) in answers.items()
            }
            stored.append(attest(graph, sheet, "rob", clock=now.clock, sleep=now.sleep).stored)
        assert stored == [len(answers), 0, 0, 0]
