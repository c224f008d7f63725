"""The worksheet of an access review: a row for each access, to be decided in a spreadsheet.

`item` names the access in the state that it has. A reviewer fills in `decision`, `until` and `note`. The ending of the
file says what it is: an Excel workbook (`.xlsx`), or CSV.
"""

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from rc2graph.access.visibility import Visibility
from rc2graph.errors import UsageError
from rc2graph.files import Files, new_files, new_folder
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.reading import reading
from rc2graph.graph.state import Lost
from rc2graph.reviews.decision_status import LOST, not_visible, now, open_because, risks_of
from rc2graph.reviews.items import DECISIONS, DEFAULT_ROLES, KINDS, Access, accesses, part_of
from rc2graph.reviews.risk import RISKS
from rc2graph.reviews.sorting import Judged, in_order
from rc2graph.reviews.workbook import workbook
from rc2graph.reviews.worksheet_columns import NAMES
from rc2graph.text import counted, harmless, harmless_cell

BOM = "\ufeff"
"""Without it a spreadsheet takes the file for one in its own old encoding, and spoils names."""
XLSX = ".xlsx"
NOT_WRITTEN = (".xls", ".xlsm", ".xlsb", ".ods")
LONGEST_NAME = 60
"""Characters of a role or team in the name of its file."""


@dataclass(frozen=True)
class Written:
    """A worksheet that was written: how many rows, of which risk, and what the last load did not see."""

    path: Path
    workspace: str
    as_of: str | None
    scope: str
    rows: int
    risks: dict[str, int]
    open: int
    """How many of the rows nobody has decided."""
    not_visible: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace, "asOf": self.as_of, "worksheet": str(self.path), "scope": self.scope,
            "rows": self.rows, "risks": self.risks, "open": self.open, "notVisible": list(self.not_visible),
        }  # fmt: skip


def write_worksheet(
    graph: WorkspaceGraph,
    path: Path,
    *,
    scope: str = "privileged",
    about: str = "",
    only_open: bool = False,
    overwrite: bool = False,
    at: str | None = None,
    default_roles: Collection[str] = DEFAULT_ROLES,
) -> Written:
    """Write the accesses of a part of a workspace, highest risk first; `only_open`: those that nobody has decided.

    Errors: `UsageError` for a file that is there or of a kind that is not written, a scope or part that there is not;
    `BusyError` where somebody writes to the workspace meanwhile. There is no file then.
    """
    _require_written(path)
    with new_files([path], overwrite=overwrite) as files, reading(graph) as told:
        made = _Worksheets(graph, files, scope, told.asOf, at or now())
        return made.write(path, made.judged(about, only_open, default_roles))


def write_worksheets(
    graph: WorkspaceGraph,
    folder: Path,
    by: str,
    *,
    scope: str = "privileged",
    only_open: bool = False,
    overwrite: bool = False,
    at: str | None = None,
    default_roles: Collection[str] = DEFAULT_ROLES,
) -> list[Written]:
    """Write a workbook for each role or each team (`by`) that somebody has, for whoever answers for it.

    Errors: as `write_worksheet`; `UsageError` also for a folder that holds something.
    """
    if by not in KINDS:
        raise UsageError(f"There are no worksheets by {harmless(by)!r}.", "", f"Use --by {' or --by '.join(KINDS)}.")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not overwrite):
        raise UsageError(f"{folder} is there already.", "", "Name a new folder, or add --overwrite.")
    used = set[str]()
    with new_files([], overwrite=True) as files, reading(graph) as told:
        made = _Worksheets(graph, files, scope, told.asOf, at or now())
        found = made.judged("", only_open, default_roles, by=by)
        new_folder(folder)
        return [
            made.write(folder / _file_name(name, id_, used), rows)
            for (name, id_), rows in groupby(found, lambda one: (one.access.display_name, one.access.id))
        ]


def _require_written(path: Path) -> None:
    if path.suffix.lower() in NOT_WRITTEN:
        raise UsageError(
            f"A worksheet is written as {XLSX} or .csv, not as {path.suffix}.",
            "",
            f"Name {path.with_suffix(XLSX)}. What a spreadsheet makes of it is read again: .xlsx, .ods and .csv.",
        )


def _file_name(name: str, id_: str, used: set[str]) -> str:
    """The name of a role or team as one of a file, and its id where another file is called so."""
    slug = re.sub(r"[^\w.-]+", "-", name)[:LONGEST_NAME].strip("-.")
    if not slug or slug.casefold() in used:
        slug = f"{slug}-{re.sub(r'[^A-Za-z0-9]+', '-', id_)}".strip("-")
    used.add(slug.casefold())
    return slug + XLSX


class _Worksheets:
    """What worksheets of one reading have in common."""

    def __init__(self, graph: WorkspaceGraph, files: Files, scope: str, as_of: str | None, at: str) -> None:
        self.graph, self.files, self.scope, self.as_of, self.at = graph, files, scope, as_of, at
        self.visibility = Visibility.of(graph)

    def judged(self, about: str, only_open: bool, default_roles: Collection[str], *, by: str = "") -> Iterator[Judged]:
        part = part_of(self.graph, self.visibility, about)
        found = accesses(self.graph, part, scope=self.scope, default_roles=default_roles)
        wanted = _wanted((one for one in found if by in ("", one.kind)), self.at, only_open, self.visibility.lost)
        return in_order(wanted, risks_of(self.graph, self.visibility, default_roles), by_access=bool(by))

    def write(self, path: Path, found: Iterable[Judged]) -> Written:
        risks, undecided = Counter[str](), 0
        with ExitStack() as stack:
            if path.suffix.lower() == XLSX:
                book = stack.enter_context(workbook(self.files.open_bytes(path)))
            else:
                book, file = None, self.files.open(path)
                file.write(BOM)
                sheet = csv.writer(file, lineterminator="\n")
                sheet.writerow(NAMES)
            for one in found:
                cells = _cells(one, self.at, self.visibility.lost)
                if book:  # where a cell is a text by its kind, and needs no mark against formulas
                    book.row([harmless(cell or "") for cell in cells], one.access.person.id)
                else:
                    sheet.writerow([harmless_cell(cell) for cell in cells])
                risks[one.risk] += 1
                undecided += one.open is not None
            written = Written(
                path, self.graph.name, self.as_of, self.scope, sum(risks.values()),
                {risk: risks[risk] for risk in RISKS if risks[risk]}, undecided, not_visible(self.visibility),
            )  # fmt: skip
            if book:
                book.finish(f"Access review of {harmless(self.graph.name)}", _explained(written), self._today())
        return written

    def _today(self) -> date:
        return date.fromisoformat(self.at[:10])


def _explained(written: Written) -> list[str]:
    """What a reviewer has to know, in five lines; and what the last load did not see."""
    rows = counted(written.rows, "access", "accesses")
    *some, last = DECISIONS
    return [
        f"1. The sheet Accesses has {rows}, as of {written.as_of or 'no finished load'}, highest risk first.",
        f"2. Choose a decision for each: {', '.join(some)} or {last}. What stays empty stays undecided.",
        "3. An exception needs a date in 'until', its last day. A note is for whoever reads this next year.",
        "4. Sort, filter, hide and add columns as you like. Leave the first row and the column 'item' as they are.",
        "5. Save it and give it back. It is stored with: rc2graph attest FILE --reviewer NAME",
        *(f"Not visible: {harmless(text)}" for text in written.not_visible),
    ]


def _wanted(found: Iterator[Access], at: str, only_open: bool, lost: Lost) -> Iterator[tuple[Access, str | None]]:
    for access in found:
        reason = open_because(access, at, lost)
        if reason or not only_open:
            yield access, reason


def _cells(one: Judged, at: str, lost: Lost) -> tuple[str | None, ...]:
    access, person = one.access, one.access.person
    status = f"{person.state}, guest" if access.guest else person.state
    last = "" if access.decision is None else access.decision.describe(at)
    if one.open == LOST:
        last = ": ".join(filter(None, (last, LOST)))
    elif access.decision:
        last += f": {one.open}" if one.open else ""
        last += "; a later one may be lost" if lost.hides(access.since, access.decision.decided_at) else ""
    return (
        access.item, access.workspace, person.display_name, person.name, status, str(access), one.why,
        access.since and access.since[:10], person.last_login and person.last_login[:10], one.risk, last, "", "", "",
    )  # fmt: skip
