"""rc2graph's own load, from opening the snapshot that it has just collected to its `Sync`.

python -m bench.contenders.ours FIRST.sqlite CHANGED.sqlite HOME
"""

import json
import os
import sys
import time
from pathlib import Path

import neo4j

from rc2graph.graph.connect import Graph, Target, connect, target_from
from rc2graph.graph.load import load_snapshot
from rc2graph.snapshot import Snapshot
from tests.review import WORKSPACE


def load(graph: Graph, file: str, *, verify: bool = False) -> tuple[float, int]:
    """Seconds, and how much it changed."""
    began = time.perf_counter()
    with Snapshot.open(Path(file), check=False) as snapshot:
        outcome = load_snapshot(graph, snapshot, workspace=WORKSPACE, verify=verify, allow_removals=100)
    return time.perf_counter() - began, outcome.changes


def settle(target: Target) -> None:
    """What a server does by itself until the next night: look at its indexes, and plan by what they hold.

    Until then it knows them as they were between two contenders, empty, and may go through all users for each of them.
    """
    with neo4j.GraphDatabase.driver(target.uri or "", auth=(target.username, target.password)) as driver:
        driver.execute_query("CALL db.prepareForReplanning(30)")


def main() -> None:
    first, changed, home = sys.argv[1:4]
    names = ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD")
    target = target_from(*(os.environ.get(name, "") for name in names), None, Path(home))
    with connect(target, write=True, wait=10) as graph:
        began = time.perf_counter()
        Snapshot.open(Path(first)).close()
        told = {"check": time.perf_counter() - began}
        told["first"], _ = load(graph, first)
        for name in ("at once", "same"):
            told[name], changes = load(graph, first)
            if changes:
                raise SystemExit(f"The second load changed {changes} things")
            if not target.is_embedded:
                settle(target)
        told["verify"], changes = load(graph, first, verify=True)
        if changes:
            raise SystemExit(f"--verify changed {changes} things")
        told["changed"], changes = load(graph, changed)
        if not changes:
            raise SystemExit("The changed world changed nothing")
    peak = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    json.dump({**told, "changes": changes, "peak": peak / 1024}, sys.stdout)


if __name__ == "__main__":
    main()
