"""rc2graph and Cartography in one Neo4j database: does either touch what is the other's? By hand; neo4j.md §6.

    python -m bench.beside --cartography PYTHON

Both load twice, in both orders, and the second time something is gone on either side, so that both clean up. PYTHON is
the interpreter of an environment that has `cartography`: its real Slack module with its ontology runs (`neighbour`). A
third tool has made bare `User`, `Role` and `Team` nodes. Ends with 1 where a side is not exactly as the other found
it, where a write is refused, or where an answer of rc2graph is another than in a database of its own.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

from bench.servers import environment, neo4j_server
from rc2graph.cli.terminal import say
from rc2graph.config import GraphTarget
from rc2graph.graph import load, writer
from rc2graph.graph.connect import Graph, connect
from tests.review import WORKSPACE
from tests.snapshots import Time, World, ask, snapshot
from tests.test_statements import answers, changed, company, values, without_schema

PEOPLE = 60
GONE = 10
"""So many of Cartography's people have left at its second run."""
OF_THE_DATABASE = ("state/indexes", "schema/")
"""Statements that list what a database has, whoever made it."""
Side = tuple[list[str], list[str]]
"""Nodes and edges."""


class Beside:
    def __init__(self, target: GraphTarget, python: str, folder: Path) -> None:
        self.target, self.python, self.folder = target, python, folder
        self.first = company()
        self.later = changed(self.first)
        self.addresses = sorted({at for user in self.first.users.values() for at in user.emails or ()})
        self.wrong: list[str] = []
        self.tags = itertools.count(1)

    # ---- who loads

    def ours(self, turn: int) -> None:
        ids, clock = (UUID(int=100 * turn + n) for n in itertools.count(1)), Time()
        world: World = (self.first, self.later)[turn]
        at = f"2026-07-12T08:{turn:02}:00.000Z"
        with (
            patch.object(load, "uuid4", lambda: next(ids)),
            patch.object(writer, "uuid4", lambda: next(ids)),
            connect(self.target, write=True) as graph,
            snapshot(world, self.folder / "world.sqlite", at=at) as file,
        ):
            load.load_snapshot(
                graph.workspace(WORKSPACE), file, allow_removals=100, clock=clock.clock, sleep=clock.sleep
            )

    def theirs(self, turn: int) -> None:
        run = [self.python, "-m", "bench.neighbour", str(next(self.tags)), str(1 + turn * GONE), str(PEOPLE)]
        env = {**os.environ, **environment(self.target), "ADDRESSES": json.dumps(self.addresses)}
        done = subprocess.run(run, env=env, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise SystemExit(f"Cartography ended with {done.returncode}:\n{done.stderr[-3000:]}")

    # ---- what is there

    def emptied(self) -> None:
        with connect(self.target, write=True) as graph:
            ask(graph, "MATCH (n) DETACH DELETE n")
            without_schema(graph)

    def others(self) -> None:
        """Of a third tool, with the names that ours have."""
        with connect(self.target, write=True) as graph:
            ask(
                graph,
                """CREATE (u:User {id: 'admin', username: 'ana.admin', name: 'third-tool'})
                   CREATE (r:Role {id: 'admin', name: 'admin', description: 'third-tool'})
                   CREATE (t:Team {id: 'board', name: 'board', description: 'third-tool'})
                   CREATE (u)-[:HAS_ROLE]->(r) CREATE (u)-[:MEMBER_OF]->(t)""",
            )

    def sides(self) -> tuple[Side, Side]:
        """All of ours, and all that is not ours. What connects both would be neither's."""
        with connect(self.target, write=False) as graph:
            sides = self._side(graph, "IS NOT NULL"), self._side(graph, "IS NULL")
            mixed = "MATCH (a)-[e]->(b) WHERE (a.workspace IS NULL) <> (b.workspace IS NULL) RETURN count(e) AS n"
            if number := ask(graph, mixed)[0]["n"]:
                self.wrong.append(f"{number} edges between both")
        return sides

    def people(self) -> int:
        """`User` nodes of Cartography's ontology."""
        with connect(self.target, write=False) as graph:
            found: int = ask(graph, "MATCH (u:User:Ontology) RETURN count(u) AS n")[0]["n"]
        return found

    @staticmethod
    def _side(graph: Graph, which: str) -> Side:
        nodes = ask(graph, f"MATCH (n) WHERE n.workspace {which} RETURN labels(n) AS l, properties(n) AS p")
        edges = ask(
            graph,
            f"""MATCH (a)-[e]->(b) WHERE a.workspace {which} AND b.workspace {which}
                RETURN labels(a) + [a.id] AS a, type(e) AS t, properties(e) AS p, labels(b) + [b.id] AS b""",
        )
        return tuple(  # type: ignore[return-value]
            sorted(
                repr([sorted(one.items()) if isinstance(one, dict) else one for one in row.values()]) for row in rows
            )
            for rows in (nodes, edges)
        )

    # ---- what has to be

    def step(self, who: str, work: Callable[[int], None], turn: int) -> None:
        before = dict(zip(("rc2graph", "Cartography"), self.sides(), strict=True))
        work(turn)
        after = dict(zip(("rc2graph", "Cartography"), self.sides(), strict=True))
        for side in before:
            same = "as before" if before[side] == after[side] else "changed"
            counts = ", ".join(
                f"{what} {len(b):,} → {len(a):,}"
                for what, b, a in zip(("nodes", "edges"), before[side], after[side], strict=True)
            )
            touched = side != who and same == "changed"
            if touched:
                self.wrong.append(f"{who} touched what is {side}'s")
            say(f"  {who} loads ({turn + 1}): {side:12} {counts}: {'TOUCHED' if touched else same}")
        if who == "Cartography" and not self.people():
            self.wrong.append("Cartography's ontology made no User, so this shows nothing")
        if before[who] == after[who]:
            self.wrong.append(f"{who} changed nothing of its own, so this shows nothing")

    def answers(self) -> dict[str, object]:
        with connect(self.target, write=False) as graph:
            found = answers(graph, values(self.first, self.later))
        return {name: rows for name, rows in found.items() if not name.startswith(OF_THE_DATABASE)}

    def run(self) -> None:
        self.emptied()
        for turn in (0, 1):
            self.ours(turn)
        alone = self.answers()
        say(f"rc2graph alone: {len(alone)} statements asked")
        parties = [("rc2graph", self.ours), ("Cartography", self.theirs)]
        ends = []
        for order in (parties, parties[::-1]):
            self.emptied()
            self.others()
            say(f"{order[0][0]} first:")
            for turn in (0, 1):
                for who, work in order:
                    self.step(who, work, turn)
            ends.append([tuple(map(len, side)) for side in self.sides()])
            say(f"  User nodes of Cartography's ontology: {self.people()}")
            beside = self.answers()
            differing = [name for name in alone if alone[name] != beside[name]]
            foreign = [name for name in beside if any(w in repr(beside[name]) for w in ("third-tool", "elsewhere"))]
            same = len(alone) - len(differing)
            say(f"  answers: {same} of {len(alone)} statements answer as in a database of its own")
            self.wrong += [f"{name} has another answer" for name in differing]
            self.wrong += [f"{name} names what is others'" for name in foreign]
        if ends[0] != ends[1]:
            self.wrong.append(f"The order of the two matters: {ends[0]} or {ends[1]} nodes and edges")


def _plain(rows: list[dict[str, Any]]) -> list[str]:
    return sorted(repr([sorted(one.items()) if isinstance(one, dict) else one for one in row.values()]) for row in rows)


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--cartography", required=True, metavar="PYTHON", help="an interpreter that has cartography")
    given = asked.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="rc2graph-beside-") as folder,
        neo4j_server(Path(folder, "home"), "1g") as at,
    ):
        beside = Beside(at, given.cartography, Path(folder))
        beside.run()
    for one in beside.wrong:
        say(f"WRONG: {one}")
    sys.exit(bool(beside.wrong))


if __name__ == "__main__":
    main()
