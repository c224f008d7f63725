"""What ended long ago leaves the graph: closed edges, what is former, and the records of runs.

What something else refers to stays: a former account with a decision about it, or with a note of somebody else's. The
graph says from when on its history is whole (`historySince`) before the first of it goes, so that a question about an
earlier day is never answered with "nobody".
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rc2graph.graph.connect import Graph
from rc2graph.graph.lease import Clock, Sleep, utc_now
from rc2graph.graph.writer import BATCH, writing

KINDS = ("HAD_ROLE", "WAS_MEMBER_OF", "formerUsers", "formerRoles", "formerTeams", "syncs", "decisions")

_STEPS = (
    ("HAD_ROLE", "prune/edges/HAS_ROLE"),
    ("WAS_MEMBER_OF", "prune/edges/MEMBER_OF"),
    ("formerUsers", "prune/nodes/User"),
    ("formerRoles", "prune/nodes/Role"),
    ("formerTeams", "prune/nodes/Team"),
    ("syncs", "prune/syncs"),
)
"""Edges before the nodes at their ends: only what nothing is attached to goes."""


@dataclass(frozen=True)
class Ended:
    """Of one workspace, by the names of `KINDS`: what would go, or went. `kept`: former things that are referred to."""

    workspace: str
    counts: dict[str, int]
    kept: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def as_dict(self) -> dict[str, Any]:
        return {"workspace": self.workspace, **self.counts, "kept": self.kept}


def ended(graph: Graph, workspace: str, before: str, *, decisions: bool) -> Ended:
    """Count what ended before an instant (ISO in UTC). Nothing is written."""
    rows = graph.read("prune/counts", workspace=workspace, before=before, decisions=decisions)
    found = {row["kind"]: row["number"] for row in rows}
    return Ended(workspace, {kind: found.get(kind, 0) for kind in KINDS}, found.get("kept", 0))


def prune(
    graph: Graph,
    workspace: str,
    before: str,
    *,
    decisions: bool,
    clock: Clock = utc_now,
    sleep: Sleep = time.sleep,
    batch: int = BATCH,
) -> Ended:
    """Remove it, and say what went. Interrupted and repeated it ends where it would have. Errors: `BusyError`."""
    gone = dict.fromkeys(KINDS, 0)
    with writing(graph, workspace, clock=clock, sleep=sleep, batch=batch) as writer:
        graph.erase_removed()
        writer.run("prune/history_since", before=before)
        for kind, statement in _steps(decisions):
            gone[kind] = writer.until_none(statement, before=before)
    return Ended(workspace, gone, ended(graph, workspace, before, decisions=decisions).kept)


def _steps(decisions: bool) -> Iterator[tuple[str, str]]:
    if decisions:
        yield "decisions", "prune/decisions"
    yield from _STEPS
