"""rc2graph's own load, from opening the snapshot that it has just collected to its `Sync`.

python -m bench.contenders.ours FIRST.sqlite CHANGED.sqlite HOME
"""

import json
import os
import sys
import time
from pathlib import Path

import neo4j

from rc2graph.config import GraphTarget
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.snapshot import Snapshot
from tests.review import WORKSPACE


def load(graph: Graph, file: str, *, verify: bool = False) -> tuple[float, int]:
    """Seconds, and how much it changed."""
    began = time.perf_counter()
    with Snapshot.open(Path(file), check=False) as snapshot:
        outcome = load_snapshot(graph.workspace(WORKSPACE), snapshot, verify=verify, allow_removals=100)
    return time.perf_counter() - began, outcome.changes


def unchanged(graph: Graph, file: str, *, verify: bool = False) -> tuple[float, int]:
    seconds, changes = load(graph, file, verify=verify)
    if changes:
        raise SystemExit(f"A load of what was there changed {changes} things")
    return seconds, changes


def settle(target: GraphTarget) -> None:
    """What a server does by itself until the next night: look at its indexes.

    Until then it knows them as they were between two contenders, empty, and may plan to go through all users for each.
    """
    if target.uri is None:
        return
    with neo4j.GraphDatabase.driver(target.uri, auth=(target.username, target.password)) as driver:
        driver.execute_query("CALL db.resampleOutdatedIndexes()")
        driver.execute_query("CALL db.awaitIndexes(30)")
    time.sleep(1)


def main() -> None:
    first, changed, home = sys.argv[1:4]
    names = ("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD")
    target = GraphTarget(*(os.environ.get(name, "") for name in names), None, Path(home))
    with connect(target, write=True, wait=10) as graph:
        began = time.perf_counter()
        Snapshot.open(Path(first)).close()
        told = {"check": time.perf_counter() - began}
        told["first"], _ = load(graph, first)
        told["at once"], _ = unchanged(graph, first)
        settle(target)
        for _ in range(2):  # what is planned anew is planned in the first of them, as in some night before
            told["same"], _ = unchanged(graph, first)
            told["verify"], _ = unchanged(graph, first, verify=True)
        told["changed"], changes = load(graph, changed)
        if not changes:
            raise SystemExit("The changed world changed nothing")
    peak = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    json.dump({**told, "changes": changes, "peak": peak / 1024}, sys.stdout)


if __name__ == "__main__":
    main()
