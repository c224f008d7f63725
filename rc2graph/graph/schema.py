"""Make sure that the graph has the keys that everything else rests on: one node for each id of a workspace."""

import re
from typing import TYPE_CHECKING

from rc2graph.errors import GraphError
from rc2graph.graph.statements import names, statement
from rc2graph.model import EDGE_TYPES, ESCALATIONS, LOADED

if TYPE_CHECKING:
    from rc2graph.graph.connect import Graph, Row

KEYS = tuple(name.rpartition("/")[2] for name in names("schema/key"))
"""Labels; unique is (workspace, id)."""

INDEXES = {(one.label, one.found_by): f"schema/index/{one.label}" for one in LOADED if one.found_by}

TYPES = (*(one.name for one in (*EDGE_TYPES, *ESCALATIONS)), *(one.history for one in EDGE_TYPES if one.history))

_NAME = re.compile(r"rc2graph_\w+")

On = tuple[str, ...]
"""A label (or type) and the properties that an index or a constraint is on."""


def ensure_schema(graph: "Graph") -> None:
    """Make what is missing; where nothing is, this is one small read and no write.

    What is there is told by what it is on: its name may be somebody else's, and `IF NOT EXISTS` would not say so.
    Errors: `GraphError`, which names what of others is in the way.
    """
    wanted: list[tuple[On, str]] = [((label, "workspace", "id"), f"schema/key/{label}") for label in KEYS]
    wanted += INDEXES.items()
    missing = _missing(graph, wanted)
    for on, name in missing:
        try:
            graph.execute(name)
        except GraphError as error:
            raise _in_its_place(graph, on, name) or error from error
    if missing:
        for on, name in _missing(graph, missing):
            if in_the_way := _in_its_place(graph, on, name):
                raise in_the_way


def _missing(graph: "Graph", wanted: "list[tuple[On, str]]") -> list[tuple[On, str]]:
    indexed, unique = set[On](), set[On]()
    for row in graph.rows("state/indexes"):
        on = _on(row)
        indexed.add(on)
        if row["owningConstraint"] is not None:
            unique.add(on)
    return [(on, name) for on, name in wanted if on not in (indexed if on in INDEXES else unique)]


def _on(row: "Row") -> On:
    return (*(row["labelsOrTypes"] or ()), *(row["properties"] or ()))


def _in_its_place(graph: "Graph", on: On, name: str) -> GraphError | None:
    """The index or constraint of somebody else because of which ours cannot be made; None where there is none."""
    for row in graph.rows("schema/named_indexes"):
        owner, its = row["owningConstraint"], _on(row)
        kind, called = ("CONSTRAINT", owner) if owner is not None else ("INDEX", row["name"])
        if its == on and owner is None:
            why = f"An index of somebody else, {called}, is on {_said(its)}, where rc2graph needs a constraint."
            after = "rc2graph makes its own"
        elif its != on and _NAME.findall(statement(name))[0] in (row["name"], owner):
            other = f"a {kind.lower()} of somebody else on {_said(its)}".replace("a index", "an index")
            why = f"It has a name that rc2graph needs for {_said(on)}, and is {other}."
            after = "make it again under another name"
        else:
            continue
        return GraphError(
            f"The graph does not take what rc2graph needs: {called} is in the way.",
            f"{why} Nothing was written.",
            f"In Neo4j Browser or cypher-shell: DROP {kind} {_quoted(called)}; then repeat this, and {after}.",
        )
    return None


def named_constraint(graph: "Graph", error: GraphError) -> None:
    """Data was refused by a constraint: say by whose, where one of somebody else is on what is ours."""
    ours = {(label, "workspace", "id") for label in KEYS}
    there = [(row["name"], _on(row)) for row in graph.rows("schema/named_constraints")]
    others = [(name, on) for name, on in there if on not in ours and on[:1] and on[0] in (*KEYS, *TYPES)]
    if not others:
        return
    told = "; ".join(f"{name} on {_said(on)}" for name, on in others)
    drop = "; ".join(f"DROP CONSTRAINT {_quoted(name)}" for name, _ in others)
    error.why = f"{error.why} Not rc2graph's: the constraint {told}."
    error.next_step = f"In Neo4j Browser or cypher-shell: {drop}; or load into a database of its own. Then repeat this."


def _said(on: On) -> str:
    return f"{on[0]} ({', '.join(on[1:])})" if on else "nothing"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
