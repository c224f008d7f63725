"""The worksheet of an access review: a CSV file with a row for each access, to be decided in a spreadsheet.

`item` names the access in the state that it has. A reviewer fills in `decision`, `until` and `note`.
"""

import csv
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rc2graph.access.visibility import Visibility
from rc2graph.files import new_files
from rc2graph.graph.connect import WorkspaceGraph
from rc2graph.graph.reading import reading
from rc2graph.graph.state import Lost
from rc2graph.reviews.decision_status import LOST, not_visible, now, open_because, risks_of
from rc2graph.reviews.items import DEFAULT_ROLES, Access, accesses, part_of
from rc2graph.reviews.risk import RISKS
from rc2graph.reviews.sorting import Judged, in_order
from rc2graph.text import harmless_cell

ITEM, WORKSPACE, PERSON, ACCESS, LAST, DECISION, UNTIL, NOTE = (
    "item", "workspace", "person", "access", "last decision", "decision", "until", "note",
)  # fmt: skip
COLUMNS = (
    ITEM, WORKSPACE, PERSON, "name", "status", ACCESS, "why", "since", "last login", "risk", LAST,
    DECISION, UNTIL, NOTE,
)  # fmt: skip
BOM = "\ufeff"
"""Without it a spreadsheet takes the file for one in its own old encoding, and spoils names."""


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

    Errors: `UsageError` for a file that is there, a scope or part that there is not; `BusyError` where somebody writes
    to the workspace meanwhile. There is no file then.
    """
    at = at or now()
    risks, undecided = Counter[str](), 0
    with new_files([path], overwrite=overwrite) as files, reading(graph) as told:
        visibility = Visibility.of(graph)
        part = part_of(graph, visibility, about)
        found = accesses(graph, part, scope=scope, default_roles=default_roles)
        wanted = _wanted(found, at, only_open, visibility.lost)
        file = files.open(path)
        file.write(BOM)
        sheet = csv.writer(file, lineterminator="\n")
        sheet.writerow(COLUMNS)
        for one in in_order(wanted, risks_of(graph, visibility, default_roles)):
            sheet.writerow([harmless_cell(cell) for cell in _cells(one, at, visibility.lost)])
            risks[one.risk] += 1
            undecided += one.open is not None
    return Written(
        path, graph.name, told.asOf, scope, sum(risks.values()), {risk: risks[risk] for risk in RISKS if risks[risk]},
        undecided, not_visible(visibility),
    )  # fmt: skip


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
