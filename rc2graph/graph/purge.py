"""Everything of one workspace leaves the graph. Nodes of others stay; an edge of theirs to one of ours goes with it."""

import time
from collections.abc import Callable

from rc2graph.graph.connect import Graph
from rc2graph.graph.lease import Clock, Sleep, utc_now
from rc2graph.graph.writer import BATCH, writing
from rc2graph.model import PERMISSION, ROLE, ROOM, TEAM, USER

KINDS = {
    "syncs": "purge/nodes/Sync",
    "decisions": "purge/nodes/Attestation",
    "MEMBER_OF": "purge/memberships",
    **{one.noun: f"purge/nodes/{one.label}" for one in (USER, TEAM, ROLE, PERMISSION, ROOM)},
}
"""What removes each, in this order, which leaves a graph that the next load puts right, wherever it stops: without a
`Sync` nothing is relied on, and no node that still has its fingerprint has lost an edge that it stands for."""


def held(graph: Graph, workspace: str) -> dict[str, int]:
    """How much there is of each kind. Nothing is written."""
    found = {row["kind"]: row["number"] for row in graph.read("purge/counts", workspace=workspace)}
    edges = graph.read("state/count/MEMBER_OF", workspace=workspace)[0]["edges"]
    return {kind: found.get(kind, 0) if kind != "MEMBER_OF" else edges for kind in KINDS}


def purge(
    graph: Graph,
    workspace: str,
    *,
    clock: Clock = utc_now,
    sleep: Sleep = time.sleep,
    batch: int = BATCH,
    progress: Callable[[str, int], None] | None = None,
) -> dict[str, int]:
    """Remove it, and say how much went of each kind; the workspace's own node last. Errors: `BusyError`."""
    gone = {}
    with writing(graph, workspace, clock=clock, sleep=sleep, batch=batch) as writer:
        graph.erase_removed()
        for kind, statement in KINDS.items():
            gone[kind] = writer.until_none(statement)
            if progress:
                progress(kind, gone[kind])
        writer.run("purge/workspace")
        writer.lease.held = False  # it went with the node
    return gone
