"""What ended long ago leaves the graph (closed edges, what is former, records of runs), and old snapshots the home.

What something else refers to stays: a former account with a decision about it, or with a note of somebody else's. The
graph says from when on its history is whole (`historySince`) before the first of it goes, so that a question about an
earlier day is never answered with "nobody".
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from rc2graph.config import GraphTarget
from rc2graph.graph.connect import WRITER_WAIT, WorkspaceGraph, connect
from rc2graph.graph.workspace import chosen_workspaces
from rc2graph.model import COUNTED_NODES, EDGE_TYPES
from rc2graph.retention.flow import Pace, Plan, Report, removed, removing
from rc2graph.snapshot import store

STEPS = {
    **{one.history: f"prune/edges/{one.name}" for one in EDGE_TYPES if one.history},
    **{f"former{one.label}s": f"prune/nodes/{one.label}" for one in COUNTED_NODES if one.former},
    "syncs": "prune/syncs",
}
"""Edges before the nodes at their ends: only what nothing is attached to goes."""
DECISIONS = {"decisions": "prune/decisions"}
KINDS = (*STEPS, *DECISIONS)
NAMES = {
    "HAD_ROLE": "roles that were held", "WAS_MEMBER_OF": "memberships that were", "formerUsers": "former users",
    "formerRoles": "former roles", "formerTeams": "former teams", "syncs": "records of runs", "decisions": "decisions",
}  # fmt: skip


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


def ended(graph: WorkspaceGraph, before: str, *, decisions: bool) -> Ended:
    """Count what ended before an instant (ISO in UTC). Nothing is written."""
    rows = graph.read("prune/counts", before=before, decisions=decisions)
    found = {row["kind"]: row["number"] for row in rows}
    return Ended(graph.name, {kind: found.get(kind, 0) for kind in KINDS}, found.get("kept", 0))


def prune(graph: WorkspaceGraph, before: str, *, decisions: bool, **pace: Unpack[Pace]) -> Ended:
    """Remove it, and say what went. Errors: `BusyError`."""
    with removing(graph, **pace) as writer:
        writer.run("prune/history_since", before=before)
        steps = {**DECISIONS, **STEPS} if decisions else STEPS
        gone = dict.fromkeys(KINDS, 0) | dict(removed(writer, steps, before=before))
    return Ended(graph.name, gone, ended(graph, before, decisions=decisions).kept)


def planned(target: GraphTarget, workspace: str, before: str, keep: int | None, *, decisions: bool) -> Plan:
    """Find out what would go, of one workspace or of all. `before` is empty where only snapshots are meant, `keep` is
    None where only history is. Errors: `UsageError` where the graph has no workspace of that name."""
    graph, files = list[Ended](), list[Path]()
    if before:
        with connect(target, write=False, wait=WRITER_WAIT) as opened:
            graph = [ended(one, before, decisions=decisions) for one in chosen_workspaces(opened, workspace)]
    if keep:
        files = [one.path for one in store.surplus(target.home, workspace, keep)]
    lines = _lines(before, graph, "would be")
    if keep is not None:
        lines.append(f"Snapshots to be removed: {len(files)}; the {keep} newest of each workspace stay.")
    lines += [f"  {path}" for path in files]
    full = [one.workspace for one in graph if one.total]

    def carry_out() -> Report:
        done = []
        if full:
            with connect(target, write=True, wait=WRITER_WAIT) as graph:
                done = [prune(graph.workspace(name), before, decisions=decisions) for name in full]
        gone = store.remove(files)
        lines = _lines(before, done, "was")
        if before and not done:
            lines.append(f"Nothing of the graph ended before {before}.")
        if keep is not None:
            lines += [f"Snapshots removed: {len(gone.paths)}.", *(f"  {path}" for path in gone.paths)]
        lines += [f"In use, and left: {path}" for path in gone.in_use]
        snapshots = {"removed": [*map(str, gone.paths)], "inUse": [*map(str, gone.in_use)]}
        return Report(lines, _json(before, done, snapshots, dry_run=False))

    question = "Remove all this?" if files or full else ""
    return Plan(lines, _json(before, graph, {"remove": [*map(str, files)]}, dry_run=True), question, carry_out)


def _lines(before: str, found: list[Ended], would: str) -> list[str]:
    lines = []
    for one in found:
        counts = ", ".join(f"{number:,} {NAMES[kind]}" for kind, number in one.counts.items() if number)
        lines.append(f"{one.workspace}: {would} removed, ended before {before}: {counts or 'nothing'}.")
        if one.kept:
            lines.append(
                f"  {one.kept:,} former stay: a decision, later history or something of others refers to them."
            )
    return lines


def _json(before: str, graph: list[Ended], snapshots: dict[str, list[str]], *, dry_run: bool) -> dict[str, Any]:
    found = [one.as_dict() for one in graph]
    return {"dryRun": dry_run, "before": before or None, "workspaces": found, "snapshots": snapshots}
