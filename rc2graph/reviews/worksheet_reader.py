"""Read a worksheet back, as spreadsheets and people leave it: another kind of file, moved and new columns.

Only `item`, `decision`, `until` and `note` are read, and the names of person and access for what is said about a row.
Rows are counted as a spreadsheet counts them, the head being row 1.
"""

import csv
import difflib
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rc2graph.errors import UsageError
from rc2graph.reviews import spreadsheet
from rc2graph.reviews.day import readings
from rc2graph.reviews.items import APPROVE, DECISIONS, EXCEPTION, REVOKE, named_by
from rc2graph.reviews.worksheet_columns import ACCESS, DECISION, ITEM, LAST, NOTE, PERSON, UNTIL, WORKSPACE
from rc2graph.text import harmless, listed, short

SEPARATORS = (",", ";", "\t")
LONGEST_NOTE = 2_000
LONGEST_CELL = 131_072
"""Characters: what the csv module takes for a cell."""
DATE = "Write it like 2026-12-31 or 31.12.2026."
AS_WORDS = "Write it into the cell of the decision, where no spreadsheet changes it, like:"
_SEP = re.compile(r'\s*(?:sep=(.)\1*|"sep=.?"[,;\t]*|sep=)\s*', re.IGNORECASE)
"""A first line that names the separator; in quotation marks where a spreadsheet took it for a cell."""
SAVE = "Save it as .xlsx, .ods, or as CSV with the character set UTF-8."
OLE = b"\xd0\xcf\x11\xe0"
"""How a workbook of Excel before 2007 begins, and one behind a password."""
MEANT = {
    "yes": APPROVE, "ok": APPROVE, "okay": APPROVE, "keep": APPROVE, "accept": APPROVE, "allow": APPROVE,
    "no": REVOKE, "remove": REVOKE, "delete": REVOKE, "deny": REVOKE, "reject": REVOKE,
    "until": EXCEPTION, "temporary": EXCEPTION, "?": "unsure", "unknown": "unsure",
}  # fmt: skip


@dataclass(frozen=True)
class Decided:
    """A row with a decision. `until`: the last instant of that day, in UTC."""

    row: int
    item: str
    kind: str
    user: str
    access: str
    decision: str
    until: str | None
    note: str | None
    names: str
    """Person and access as the file calls them."""
    told: tuple[str, str] = ("", "")
    """The same two cells, each as it stands; "" where there is none."""
    last: str | None = None
    """What was decided before, as the file says it; None where it has no such column."""

    @property
    def cells(self) -> tuple[str, str | None, str | None]:
        return self.decision, self.until, self.note


@dataclass(frozen=True)
class Mistake:
    row: int
    names: str
    what: str

    def __str__(self) -> str:
        return f"row {self.row}{f' ({self.names})' if self.names else ''}: {self.what}"


@dataclass
class Sheet:
    """What a worksheet says."""

    path: Path
    sha256: str
    workspace: str = ""
    """As the file calls it; "" where it does not."""
    decided: list[Decided] = field(default_factory=list)
    undecided: int = 0
    only_notes: int = 0
    """Rows with a note and no decision: of these nothing is kept."""
    mistakes: list[Mistake] = field(default_factory=list)


def read_sheet(path: Path, *, at: str) -> Sheet:
    """The decisions of a file, and every mistake in it. `at`: the instant after which an exception has to end.

    Errors: `UsageError` where it is no worksheet at all.
    """
    try:
        with path.open("rb") as file:
            start = file.read(1024)
            file.seek(0)
            reader = _Reader(Sheet(path, hashlib.file_digest(file, "sha256").hexdigest()), at)
            if start.startswith(spreadsheet.ZIP):
                return reader.read(spreadsheet.rows(path, _is_head))
            _require_text(path, start)
            file.seek(0)
            with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
                return reader.read(_csv_rows(path, text))
    except OSError as error:
        raise UsageError(f"The worksheet {path} cannot be read.", f"{error.strerror}.", "Name another file.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"The worksheet {path} is not in UTF-8.", "Names would come out wrong.", SAVE) from error


def _require_text(path: Path, start: bytes) -> None:
    """What is no text is refused before it is read as such."""
    if start.startswith(OLE):
        raise UsageError(f"The worksheet {path} is an .xls file, or has a password.", "", SAVE)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in start:
        raise UsageError(f"The worksheet {path} is in UTF-16, or no text.", "Names would come out wrong.", SAVE)


# ---- CSV


def _csv_rows(path: Path, text: io.TextIOWrapper) -> Iterator[spreadsheet.Row]:
    head, before, named = _csv_head(text)
    separator = named if named and named in head else max(SEPARATORS, key=head.count)
    text.seek(0)
    for _ in range(before):
        text.readline()
    reader, number = csv.reader(text, delimiter=separator, strict=True), 0
    while True:
        number += 1
        line = before + reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise UsageError(
                f"The worksheet {path} breaks off in row {number}, line {line}.",
                f"A cell there is longer than {LONGEST_CELL:,} characters."
                if "field larger" in str(error)
                else f"A quotation mark there is not closed, or stands inside a cell ({error}).",
                "Correct it in the spreadsheet and save it as CSV again.",
            ) from error
        yield number, [cell.strip() for cell in cells]


def _csv_head(text: io.TextIOWrapper) -> tuple[str, int, str]:
    """The head as a line, how many lines there are before the first row, and the separator that a line `sep=;`
    names: Excel heeds that line, and shows it to nobody."""
    before, named = 0, ""
    for number, line in enumerate(text, 1):
        if not named and (found := _SEP.fullmatch(line)):
            before, named = number, found[1] or " "
        elif line.strip():
            return line, before, named.strip(" ")
    return "", before, ""


# ---- rows


def _is_head(cells: Sequence[str]) -> bool:
    return {ITEM, DECISION} <= {cell.casefold() for cell in cells}


class _Reader:
    def __init__(self, sheet: Sheet, at: str) -> None:
        self.sheet, self.at = sheet, at
        self.seen: dict[str, Decided] = {}
        self.workspaces: dict[str, int] = {}
        self.columns: dict[str, int] = {}
        self.width = 0

    def read(self, rows: Iterable[spreadsheet.Row]) -> Sheet:
        for number, cells in rows:
            if not any(cells):
                continue
            if not self.columns:
                self._head(cells)
            else:
                self._row(number, cells)
        if not self.columns:
            raise UsageError(f"The worksheet {self.sheet.path} is empty.", "", "rc2graph review --worksheet FILE.xlsx")
        if len(self.workspaces) > 1:
            told = listed([harmless(short(name, 100)) for name in self.workspaces])
            raise UsageError(
                f"The worksheet {self.sheet.path} is of several workspaces.", f"It names {told}.", "Attest one by one."
            )
        self.sheet.workspace = next(iter(self.workspaces), "")
        return self.sheet

    def _head(self, cells: list[str]) -> None:
        names = [cell.casefold() for cell in cells]
        for name in (ITEM, DECISION):
            if name not in names:
                raise UsageError(
                    f"The worksheet {self.sheet.path} has no column '{name}'.",
                    f"Its first row is: {harmless(short(', '.join(cells), 200))}.",
                    "Write a new one, and leave its first row as it is: rc2graph review --worksheet FILE.xlsx",
                )
        for name in (ITEM, DECISION, UNTIL, NOTE):
            if names.count(name) > 1:
                raise UsageError(
                    f"The worksheet {self.sheet.path} has two columns '{name}'.", "", "Remove one, or rename it."
                )
        self.columns = {name: number for number, name in reversed(list(enumerate(names)))}
        self.width = len(cells)

    def _row(self, number: int, cells: list[str]) -> None:
        def cell(name: str) -> str:
            at = self.columns.get(name)
            return cells[at] if at is not None and at < len(cells) else ""

        names = harmless(", ".join(short(text, 60) for text in (cell(PERSON), cell(ACCESS)) if text))
        item, word, note = cell(ITEM), " ".join(cell(DECISION).casefold().split()), cell(NOTE)

        def wrong(what: str) -> None:
            self.sheet.mistakes.append(Mistake(number, names, what))

        if cell(WORKSPACE):
            self.workspaces.setdefault(cell(WORKSPACE), number)
        if any(cells[self.width :]):
            wrong("it has more cells than the first row")
            return
        if self.width > 1 and not any(cells[1:]) and any(mark in cells[0] for mark in SEPARATORS):
            wrong(
                "all of it stands in its first cell: the spreadsheet did not take the file apart. Open it through "
                "Data → From Text/CSV"
            )
            return
        if not word:
            self.sheet.undecided += bool(item)
            self.sheet.only_notes += bool(note)
            if cell(UNTIL):
                wrong("there is a date and no decision; an exception needs both")
            return
        mistakes = len(self.sheet.mistakes)
        decision, until_text = _split(word)
        if decision not in DECISIONS:
            wrong(f"{harmless(short(cell(DECISION), 40))!r} is no decision. {_offer(word)}")
        until = self._until(decision, until_text, cell(UNTIL), wrong) if decision in DECISIONS else None
        if len(note) > LONGEST_NOTE:
            wrong(f"the note has {len(note):,} characters, and may have {LONGEST_NOTE:,}")
        named = named_by(item)
        if named is None:
            wrong("its item is none of a worksheet" if item else "it has no item, which says what access it is about")
        if named is None or len(self.sheet.mistakes) > mistakes:
            return
        told = cell(PERSON), cell(ACCESS)
        decided = Decided(
            number,
            item,
            *named,
            decision,
            until,
            note or None,
            names,
            told,
            cell(LAST) if LAST in self.columns else None,
        )
        before = self.seen.setdefault(item, decided)
        if before is decided:
            self.sheet.decided.append(decided)
        elif before.cells != decided.cells:
            wrong(f"row {before.row} decides about the same access, and otherwise")

    def _until(self, decision: str, in_word: str, in_cell: str, wrong: Callable[[str], None]) -> str | None:
        if decision != EXCEPTION:
            if in_cell:
                wrong(f"a date belongs to an exception, and the decision is {decision}")
            return None
        days = {text: readings(text) for text in (in_word, in_cell) if text}
        if not days:
            wrong(f"an exception needs a date until when it holds. {DATE}")
            return None
        for text, meant in days.items():
            if not meant:
                wrong(f"{harmless(short(text, 40))!r} is no date. {DATE}")
                return None
            if len(meant) > 1:
                told = " or ".join(str(day) for day in sorted(meant))
                wrong(
                    f"{harmless(short(text, 40))!r} is no date that can be read in one way only: it may be {told}. "
                    f"{AS_WORDS} {EXCEPTION} until {min(meant)}"
                )
                return None
        if len({day for meant in days.values() for day in meant}) > 1:
            wrong("the decision and the column 'until' name different days")
            return None
        until = f"{next(iter(days.values())).pop()}T23:59:59.999Z"
        if until <= self.at:
            wrong(f"the exception has ended already, on {until[:10]}")
            return None
        return until


def _split(word: str) -> tuple[str, str]:
    """`exception until 2026-12-31` in one cell is a decision and its date."""
    if match := re.fullmatch(rf"{EXCEPTION}[\s:,]+(?:until\s+)?(\S.*)", word):
        return EXCEPTION, match[1]
    return word, ""


def _offer(word: str) -> str:
    near = [MEANT[word]] if word in MEANT else difflib.get_close_matches(word, DECISIONS, n=2, cutoff=0.5)
    return f"Is it {' or '.join(near)}?" if near else f"Decisions are {', '.join(DECISIONS)}."
