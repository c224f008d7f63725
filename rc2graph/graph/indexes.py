"""The indexes of an embedded graph: whether each node is found by its keys, and whether there is a node for each key.

The engine's own check goes through records and lists of edges, not through what is in an index. Where the file of one
is emptied or cut, it opens the graph without that part of the index, and does not find what is there. And a lost node
that had no edges is missed by nothing but the index of its key. This takes 7 s for a graph of 100,000 accounts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rc2graph.graph.schema import INDEXES, KEYS
from rc2graph.text import counted

BATCH = 5_000
"""Nodes that are looked for at once."""
KEY = ("workspace", "id")


@dataclass
class Compared:
    faults: list[str] = field(default_factory=list)
    """What is wrong, such as "3 of 40 User are not found by their username"; none where nodes and indexes agree."""
    records: Counter[str] = field(default_factory=Counter)
    """How many nodes there were in each bucket, where some are lost."""


def compared(database: Any, refused: type[Exception]) -> Compared:
    """Look for each of our nodes by its keys, and count these. `refused`: what the engine raises."""
    types = {row["name"] for row in _sql(database, "SELECT FROM schema:types")}
    indexes = {
        (row["typeName"], *row["properties"][0]): row["name"]
        for row in _sql(database, "SELECT FROM schema:indexes")
        if row.get("properties") and "fileId" not in row  # one with a file is the part for one bucket
    }
    found, nodes = Compared(), Counter[str]()
    for label in (label for label in KEYS if label in types):
        try:
            nodes[label] = _label(database, label, indexes, found)
        except refused as error:
            found.faults.append(f"an index of {label} cannot be read ({error})")
    if nodes.total() and not nodes["Workspace"]:
        found.faults.append("there are nodes of a workspace, but no Workspace")
    return found


def _label(database: Any, label: str, indexes: Mapping[tuple[str, ...], str], found: Compared) -> int:
    """How many nodes there are that have a key. An index by name that is gone is made by the next load, and until then
    the engine looks at each node."""
    names = [name for of, name in INDEXES if of == label and (label, name) in indexes]
    keys, values = Counter[tuple[str, ...]](), {name: Counter[str]() for name in names}
    for row in database.query("sql", f"SELECT {', '.join((*KEY, *names))} FROM {label}").iter_dicts():  # noqa: S608
        key = tuple(row[part] for part in KEY)
        if all(isinstance(part, str) for part in key):
            keys[key] += 1
        for name in names:
            if isinstance(row[name], str):
                values[name][row[name]] += 1
    if (index := indexes.get((label, *KEY))) is None:
        if keys:
            found.faults.append(f"the index of {label} by id is gone")
        return keys.total()
    looked: list[tuple[str, str, int, Sequence[Any]]]
    looked = [("id", "{workspace: key[0], id: key[1]}", keys.total(), [list(key) for key in keys])]
    looked += [(name, f"{{{name}: key}}", values[name].total(), list(values[name])) for name in names]
    for by, pattern, number, wanted in looked:
        if (missed := number - _met(database, label, pattern, wanted)) > 0:
            found.faults.append(f"{missed:,} of {number:,} {label} are not found by their {by}")
    entries = _sql(database, f"SELECT count(*) AS n FROM index:`{index}`")[0]["n"]  # noqa: S608
    if entries > keys.total():
        found.faults.append(f"{counted(entries - keys.total(), label)} of an index are not there")
        found.records += _buckets(database, index)
    return keys.total()


def _met(database: Any, label: str, pattern: str, wanted: Sequence[Any]) -> int:
    text = f"UNWIND $keys AS key MATCH (x:{label} {pattern}) RETURN count(x) AS n"
    return sum(
        database.query("opencypher", text, {"keys": wanted[at : at + BATCH]}).to_list()[0]["n"]
        for at in range(0, len(wanted), BATCH)
    )


def _buckets(database: Any, index: str) -> Counter[str]:
    """How many nodes of each bucket are in an index."""
    names = {row["fileId"]: row["name"] for row in _sql(database, "SELECT FROM schema:buckets")}
    entries = database.query("sql", f"SELECT FROM index:`{index}`").iter_dicts()
    of = Counter(int(str(entry["rid"]).removeprefix("#").partition(":")[0]) for entry in entries)
    return Counter({names[id_]: number for id_, number in of.items() if id_ in names})


def _sql(database: Any, text: str) -> list[dict[str, Any]]:
    return list(database.query("sql", text).to_list())
