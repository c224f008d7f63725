"""BloodHound OpenGraph: the present state as nodes and edges that BloodHound CE takes in (docs/export.md, neo4j.md §5).

BloodHound has one space of ids for everything in it and writes them in upper case; Rocket.Chat tells `a` from `A`. Ids
that differ in nothing else get a mark that tells them apart.

An edge is a way to go there, so only what holds by itself is one. A combination of permissions (`ESCALATES_WITH`) is
not: it is told on the permission, in `escalateswith`.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from rc2graph.files import new_files, new_folder
from rc2graph.graph.connect import Row, WorkspaceGraph
from rc2graph.graph.reading import Written, reading
from rc2graph.model import COUNTED_NODES
from rc2graph.reports.export.document import present, write_array
from rc2graph.reports.export.kinds import Reader

SOURCE_KIND = "RC_Base"
NODES = {one.noun: (one.table.upper(), f"RC_{one.label}") for one in COUNTED_NODES}
"""Kind → the part of its ids, and its kind there."""

EDGES = {
    "has_role": ("RC_HasRole", ("users", "userId"), ("roles", "roleId"), ("username", "role")),
    "member_of": ("RC_MemberOf", ("users", "userId"), ("teams", "teamId"), ("username", "team")),
    "grants": ("RC_Grants", ("roles", "roleId"), ("permissions", "permissionId"), ("role",)),
    "escalates_to": ("RC_EscalatesTo", ("permissions", "permissionId"), ("roles", "roleId"), ()),
    "has_room": ("RC_HasRoom", ("teams", "teamId"), ("rooms", "roomId"), ("team", "room")),
}
"""Kind → its kind there, both ends, and columns that only repeat what a node says."""


def write_opengraph(graph: WorkspaceGraph, path: Path, *, overwrite: bool) -> Written:
    """Nodes, then edges; the counts are of these two."""
    with new_files([path], overwrite=overwrite) as files, reading(graph, finished=True) as about:
        new_folder(path.parent)
        reader = Reader(graph)
        ids = _Ids(about.workspace, {kind: _alike(reader.ids(kind)) for kind in NODES})
        file = files.open(path)
        file.write(f'{{"metadata": {{"source_kind": "{SOURCE_KIND}"}},\n"graph": {{"nodes": ')
        nodes = write_array(file, chain.from_iterable(_nodes(reader, ids, kind) for kind in NODES))
        file.write(',\n"edges": ')
        edges = write_array(file, chain.from_iterable(_edges(reader, ids, kind) for kind in EDGES))
        file.write("}}\n")
    return Written(about, {"nodes": nodes, "edges": edges})


@dataclass(frozen=True)
class _Ids:
    workspace: str
    alike: dict[str, frozenset[str]]

    def __call__(self, kind: str, id_: str) -> str:
        mark = ""
        if id_ in self.alike.get(kind, ()):
            mark = "~" + hashlib.blake2b(id_.encode(), digest_size=4).hexdigest()
        return f"RC:{self.workspace}:{NODES[kind][0]}:{id_}{mark}".upper()


def _alike(ids: list[str]) -> frozenset[str]:
    """Those of which there is another that differs in nothing but upper and lower case. Hardly ever any."""
    times = Counter(id_.upper() for id_ in ids)
    return frozenset(id_ for id_ in ids if times[id_.upper()] > 1)


def _nodes(reader: Reader, ids: _Ids, kind: str) -> Iterator[dict[str, Any]]:
    combinations = _combinations(reader) if kind == "permissions" else {}
    for row in reader.rows(kind):
        id_ = row.pop("id")
        whole = ids(kind, id_)
        shown = row.get("username") or row.get("name") or id_
        row |= {
            "displayname": row.get("name") or shown,
            "name": shown,
            "objectid": whole,
            "rocketchatid": id_,
            "workspace": ids.workspace,
            "escalateswith": combinations.get(id_),
        }
        yield {"id": whole, "kinds": [NODES[kind][1]], "properties": _properties(row)}


def _edges(reader: Reader, ids: _Ids, kind: str) -> Iterator[dict[str, Any]]:
    name, (start, start_id), (end, end_id), repeated = EDGES[kind]
    for row in reader.rows(kind):
        ends = {"start": ids(start, row.pop(start_id)), "end": ids(end, row.pop(end_id))}
        yield {
            "kind": name,
            **{side: {"match_by": "id", "value": value} for side, value in ends.items()},
            "properties": _properties({key: value for key, value in row.items() if key not in repeated}),
        }


def _combinations(reader: Reader) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in reader.rows("escalates_with"):
        parts = (row["key"], f"with {' and '.join(row['needs'])}" if row["needs"] else "", row["condition"])
        found.setdefault(row["permissionId"], []).append("; ".join(part for part in parts if part))
    return found


def _properties(row: Row) -> dict[str, Any]:
    """Keys in lower case, as in all of BloodHound; values are primitive or lists of texts, and never null."""
    return {key.lower(): value for key, value in present(row).items()}
