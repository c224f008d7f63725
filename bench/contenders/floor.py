"""The floor: the same rows through the bare driver, from memory, in the best batches known; nothing planned or proven.

    python -m bench.contenders.floor FIRST.sqlite

"same" is what is least for a load that changes nothing: read all fingerprints of users, compare them, write nothing.
Of a graph that this has written nothing else is known, so "changed" is missing.
"""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import neo4j

from rc2graph.graph.kinds import FINGERPRINTED, ID, to_graph
from rc2graph.graph.statements import statement
from rc2graph.model import FINGERPRINT_LENGTH, MEMBER_OF
from tests.review import WORKSPACE

NODES, EDGES = 5_000, 10_000
"""A transaction."""
CYPHER = Path(__file__).parent / "cypher"
Step = tuple[str, list[object]]


def steps(db: sqlite3.Connection) -> list[Step]:
    """Statement and rows of each transaction."""
    found = list[Step]()
    for one in FINGERPRINTED:
        turn = to_graph((ID, *one.properties, ID))
        rows = db.execute(f"SELECT id, {', '.join(one.columns)}, fingerprint FROM {one.table} ORDER BY id")  # noqa: S608
        found += [(f"load/nodes/{one.label}", batch) for batch in _batches(map(turn, rows), NODES)]
    for name, table, target, properties in (
        ("has_role", "has_role", "role_id", ()),
        ("member_of", "member", "team_id", MEMBER_OF.properties),
    ):
        columns, turn = ("user_id", *(about.column for about in properties)), to_graph((ID, *properties))
        rows = db.execute(f"SELECT {target}, {', '.join(columns)} FROM {table} ORDER BY {target}, user_id")  # noqa: S608
        for batch in _batches(rows, EDGES):
            groups: dict[str, list[object]] = {}
            for to, *row in batch:
                groups.setdefault(to, []).append(turn(row) if len(columns) > 1 else row[0])
            found.append((name, [[to, group] for to, group in groups.items()]))
    return found


def _batches(rows: Iterable[object], size: int) -> Iterator[list[object]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch


def load(driver: neo4j.Driver, work: list[Step]) -> float:
    texts = {f"load/nodes/{one.label}": statement(f"load/nodes/{one.label}") for one in FINGERPRINTED}
    texts |= {name: (CYPHER / f"{name}.cypher").read_text() for name in ("has_role", "member_of")}
    began = time.perf_counter()
    with driver.session() as session:
        for name, rows in work:
            given = {"rows": rows, "workspace": WORKSPACE, "now": "2026-07-01T00:00:00.000Z"}
            session.execute_write(lambda tx, text=texts[name], given=given: tx.run(text, given).consume())
    return time.perf_counter() - began


def look(driver: neo4j.Driver, wanted: dict[str, str]) -> float:
    text = (CYPHER / "fingerprints.cypher").read_text()
    began = time.perf_counter()
    with driver.session() as session:
        page = session.execute_read(lambda tx: tx.run(text, workspace=WORKSPACE).single(strict=True)["page"])
    found = {text[:-FINGERPRINT_LENGTH]: text[-FINGERPRINT_LENGTH:] for text in page}
    different = [id_ for id_, fingerprint in wanted.items() if found.get(id_) != fingerprint]
    took = time.perf_counter() - began
    if different:
        raise SystemExit(f"{len(different)} users differ after the floor's own load")
    return took


def main() -> None:
    db = sqlite3.connect(sys.argv[1])
    work = steps(db)
    wanted = dict(db.execute("SELECT id, fingerprint FROM user"))
    auth = (os.environ["NEO4J_USERNAME"], os.environ["NEO4J_PASSWORD"])
    with neo4j.GraphDatabase.driver(os.environ["NEO4J_URI"], auth=auth, notifications_min_severity="OFF") as driver:
        driver.verify_connectivity()
        told = {"first": load(driver, work), "at once": look(driver, wanted), "same": look(driver, wanted)}
        json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
