"""Everything of one workspace leaves the graph. Nodes of others stay; an edge of theirs to one of ours goes with it."""

import logging
from pathlib import Path
from typing import Any, Unpack

from rc2graph.config import GraphTarget
from rc2graph.errors import BusyError, DamagedError, UsageError
from rc2graph.graph import state
from rc2graph.graph.connect import WRITER_WAIT, NoGraphYetError, WorkspaceGraph, connect
from rc2graph.graph.workspace import chosen_workspace
from rc2graph.model import ATTESTATION, LOADED, MEMBER_OF, ROLE, SYNC, TEAM, USER
from rc2graph.retention.flow import NothingLeftError, Pace, Plan, Report, removed, removing
from rc2graph.snapshot import store
from rc2graph.snapshot.home import unfinished_snapshot
from rc2graph.snapshot.past_reviews import forget_workspace

log = logging.getLogger(__name__)

KINDS = {
    SYNC.noun: SYNC.label,
    "decisions": ATTESTATION.label,
    MEMBER_OF.name: "",
    **{one.noun: one.label for one in (USER, TEAM, ROLE, *LOADED)},
}
"""Kind → label. In this order they go, which leaves a graph that the next load puts right, wherever it stops: without a
`Sync` nothing is relied on, and no node that still has its fingerprint has lost an edge that it stands for."""
NAMES = {kind: kind for kind in KINDS} | {SYNC.noun: "records of runs", MEMBER_OF.name: "memberships"}


def held(graph: WorkspaceGraph) -> dict[str, int]:
    """How much there is of each kind. Nothing is written."""
    found = {kind: f"purge/count/{label}" for kind, label in KINDS.items() if label}
    return {
        kind: graph.read(found[kind])[0]["number"] if kind in found else state.count_edges(graph, kind)
        for kind in KINDS
    }


def purge(graph: WorkspaceGraph, **pace: Unpack[Pace]) -> dict[str, int]:
    """Remove it, and say how much went of each kind; the workspace's own node last. Errors: `BusyError`."""
    gone = {}
    with removing(graph, **pace) as writer:
        steps = {kind: f"purge/nodes/{label}" if label else "purge/memberships" for kind, label in KINDS.items()}
        for kind, number in removed(writer, steps):
            gone[kind] = number
            log.debug("%s %s are gone", number, NAMES[kind])
        writer.run("purge/workspace")
        writer.lease.held = False  # it went with the node
    return gone


def planned(target: GraphTarget, workspace: str, *, snapshots: bool) -> Plan:
    """Find out what there is. Errors: `NothingLeftError`; `BusyError` where a snapshot is in use."""
    files = _files(target.home, workspace) if snapshots else []
    counts = _counts(target, workspace, alone=not files)
    there = f"Of {workspace}, the graph holds: {_told(counts)}."
    lines = [there if counts else f"The graph holds nothing of {workspace}."]
    if counts and counts["decisions"]:
        lines.append("Decisions are evidence: rc2graph evidence DIR keeps them in a folder of their own.")
    if snapshots:
        lines += [f"Snapshot files to be removed: {len(files)}.", *(f"  {path}" for path in files)]

    def json(counts: dict[str, int] | None, *, dry_run: bool) -> dict[str, Any]:
        return {
            "workspace": workspace, "counts": counts or dict.fromkeys(KINDS, 0), "dryRun": dry_run,
            "snapshots": [str(path) for path in files],
        }  # fmt: skip

    def carry_out() -> Report:
        if used := store.remove(files).in_use:
            raise BusyError(
                f"The snapshot {used[0]} is in use.",
                "The graph was not touched.",
                "Repeat this when the other run has ended.",
            )
        lines, gone = [f"{target} had none of it."], None
        if counts is not None:
            with connect(target, write=True, wait=WRITER_WAIT) as graph:
                gone = purge(graph.workspace(workspace))
            lines = [f"{workspace} is gone from {target.inside}: {_told(gone)}."]
        forget_workspace(target.home, workspace)
        store.forget_removed(target.home)
        if snapshots:
            lines += [f"Snapshot files removed: {len(files)}.", *(f"  {path}" for path in files)]
        return Report(lines, json(gone, dry_run=False))

    question = f"Remove everything of {workspace}? There is no way back."
    return Plan(lines, json(counts, dry_run=True), question, carry_out)


def _files(home: Path, workspace: str) -> list[Path]:
    """All snapshot files of the workspace that can be opened, the unfinished one too. Errors: `BusyError` where one is
    in use."""
    unfinished = unfinished_snapshot(home, workspace)
    files = [one.path for one in store.of_workspace(home, workspace)] + ([unfinished] if unfinished.is_file() else [])
    whole = []
    for path in files:
        try:
            with store.alone(path):
                whole.append(path)
        except DamagedError as error:
            log.warning("%s is left out, and kept: %s", path, error.what)
    return whole


def _counts(target: GraphTarget, workspace: str, *, alone: bool) -> dict[str, int] | None:
    """What the graph has; None where only files are left. Errors: `NothingLeftError` where there are not even these."""
    try:
        with connect(target, write=False, wait=WRITER_WAIT) as graph:
            if workspace in state.workspaces(graph) or alone:
                return held(chosen_workspace(graph, workspace))
    except NoGraphYetError:
        if alone:
            raise
    except UsageError as error:
        raise NothingLeftError(error.what, error.why, error.next_step) from error
    return None


def _told(counts: dict[str, int] | None) -> str:
    told = [f"{number:,} {NAMES[kind]}" for kind, number in (counts or {}).items() if number]
    return f"{', '.join(told)}, and every other edge between these" if told else "nothing else"
