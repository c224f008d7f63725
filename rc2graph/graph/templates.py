"""Statements that are the same for several node or edge types: a template an operation, filled in from the model.

A template in `cypher/graph` says with `// each: …` for what it is rendered: `load/nodes/User` is `load/nodes.cypher`
for users. What stands in angle brackets, `<Label>`, is a name or a list of names out of the model, never a value. A
line of which nothing is left goes.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache

from rc2graph.model import (
    ATTESTATION,
    COUNTED_NODES,
    EDGE_TYPES,
    ESCALATIONS,
    FINGERPRINT_LENGTH,
    LOADED,
    PERMISSION,
    ROLE,
    SYNC,
    TEAM,
    UNTIL,
    USER,
    WORKSPACE,
    EdgeType,
    NodeType,
    Property,
)

Names = Mapping[str, str]

_PLACE = re.compile(r"<([A-Za-z][A-Za-z ]*)>")
_BY_LABEL = {one.label: one for one in (*LOADED, ATTESTATION)}


def render(template: str, names: Names) -> str:
    """A template with its places filled in. A place that the model has no word for is a mistake: `KeyError`."""
    lines = []
    for line in template.splitlines():
        filled = _PLACE.sub(lambda place: names[place[1]], line)
        if filled.strip() or not line.strip():
            lines.append(filled.rstrip())
    return "\n".join(lines) + "\n"


@cache
def subjects(each: str) -> Mapping[str, Names]:
    """For what a template is rendered that says `// each: <each>`: name of a type → the words that it may use."""
    return _EACH[each]()


def _nodes(some: Iterable[NodeType]) -> dict[str, Names]:
    return {one.label: _node(one) for one in some}


def _former() -> list[NodeType]:
    return [
        replace(one, label=f"Former{one.label}", noun=f"former {one.noun}", after=(*one.after, UNTIL), labels={})
        for one in COUNTED_NODES
        if one.former
    ]


def _node(one: NodeType) -> Names:
    sets = [*(f"x.{about.name}" for about in one.properties), *(["x.fingerprint"] if one.fingerprint else [])]
    return {
        "Label": one.label,
        "label": _snake(one.label),
        "Noun": one.noun.capitalize(),
        "noun": one.noun,
        "x": one.variable,
        "found by": one.found_by,
        "Labels": ":".join((one.label, *one.labels)),
        "Label or Former": f"{one.label}|Former{one.label}" if one.former else one.label,
        "set": ", ".join(f"{name} = row[{place}]" for place, name in enumerate(sets, 1)),
        "first seen": "ON CREATE SET x.firstSeen = $now" if one.former else "",
        "properties": _listed("x", one.properties) + "".join(f", x:{label}" for label in one.labels),
        "columns": ", ".join(("id", *(about.name for about in one.shown))),
        "shown": _listed("x", one.shown),
        "where somebody may be named": _any("x.{0} IS NOT NULL", _may_name(one)),
        "names in lower case": _lower(about for about in one.properties if about.is_name),
        "edges": ", ".join(_edges_of(one, edge) for edge in one.edges),
        "number of fingerprints": "count(x.fingerprint)" if one.fingerprint else "0",
        "numbers of edges": ", ".join(
            f"sum(COUNT {{ (x){_arrow(edge, one.label == edge.start)}() }})" for edge in one.counted
        ),
        "judged": _listed("x", (*one.properties, *one.before)),
        "no fingerprint": "-" * FINGERPRINT_LENGTH,
    }


def _edges_of(one: NodeType, edge: EdgeType) -> str:
    """What `verify` returns of the edges that a node owns: other ends, with the properties of the edges."""
    v = _BY_LABEL[edge.target].variable
    item = f"[{v}.id, {_listed('e', edge.properties)}]" if edge.properties else f"{v}.id"
    arrow = _arrow(edge, one.label == edge.start, "e" if edge.properties else "")
    return f"[(x){arrow}({v}:{edge.target} {{workspace: $workspace}}) | {item}]"


def _edge(one: EdgeType) -> Names:
    start, end = _BY_LABEL[one.start], _BY_LABEL[one.end]
    owner, target = _BY_LABEL.get(one.owner, start), _BY_LABEL.get(one.target, end)
    held = owner.label == one.start
    e = "m" if one.properties else ""
    written = [(about.name, f"m[{n}]") for n, about in enumerate(one.properties, 1)]
    names = [(end_.found_by, v, end_) for v, end_ in (("a", start), ("b", end)) if end_.found_by]
    if one in ESCALATIONS:
        names = []
    return {
        "EDGE": one.name,
        "HISTORY": one.history,
        "Start": start.label, "a": start.variable, "End": end.label, "b": end.variable,
        "Owner": owner.label, "o": owner.variable, "Target": target.label, "t": target.variable,
        "owners": owner.noun, "targets": target.noun,
        "owner to target": _arrow(one, held, "e"),
        "owns": _arrow(one, held, e),
        "owned by": _arrow(one, not held, e),
        "place of a": "0" if held else "1",
        "place of b": "1" if held else "0",
        "item": "m" if one.properties else "place",
        "carried": "m, " if one.properties else "",
        "place": "m[0]" if one.properties else "place",
        "created": _map([*([("firstSeen", "$now")] if one.first_seen else []), *written]),
        "set where it was there": _set_where_there(written) if written else "",
        "collected": ", ".join((f"{target.variable}.id", *(f"m.{about.name}" for about in one.properties))),
        "collected back": ", ".join((f"{owner.variable}.id", *(f"m.{about.name}" for about in one.properties))),
        "forget fingerprint": f"REMOVE {owner.variable}.fingerprint" if owner.fingerprint else "",
        "key": " {key: row[1]}" if any(about.name == "key" for about in one.derived) else "",
        "derived": ", ".join(f"e.{name} = row[{place}]" for name, place in _WAY.items() if name in _of(one)),
        "columns": ", ".join((
            f"{start.label.lower()}Id", f"{end.label.lower()}Id",
            *(found if found == "username" else end_.label.lower() for found, _, end_ in names),
            *(about.name for about in one.properties), *(["firstSeen"] if one.first_seen else []),
        )),
        "shown": ", ".join((
            *(f"{v}.{found}" for found, v, _ in names),
            *(f"e.{about.name}" for about in one.properties), *(["e.firstSeen"] if one.first_seen else []),
        )),
        "past columns": f"{start.label.lower()}Id, {end.label.lower()}Id, since, until, username, {end.label.lower()}",
    }  # fmt: skip


def _map(written: Iterable[tuple[str, str]]) -> str:
    said = ", ".join(f"{name}: {value}" for name, value in written)
    return f" {{{said}}}" if said else ""


def _set_where_there(written: Iterable[tuple[str, str]]) -> str:
    said = ", ".join(f"old.{name} = {value}" for name, value in written)
    return f"FOREACH (old IN CASE WHEN e IS NULL THEN [] ELSE [e] END | SET {said})"


_WAY = {"needs": "2", "how": "3", "condition": "4"}
"""Places of a way to administrator in a row, behind the id of its permission and its key."""


def _of(one: EdgeType) -> set[str]:
    return {about.name for about in one.derived}


def _arrow(edge: EdgeType, forward: bool, variable: str = "") -> str:
    middle = f"-[{variable}:{edge.name}]-"
    return f"{middle}>" if forward else f"<{middle}"


def _listed(variable: str, some: Iterable[Property]) -> str:
    return ", ".join(f"{variable}.{about.name}" for about in some)


def _snake(label: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", label).lower()


def _any(condition: str, some: Iterable[Property]) -> str:
    found = " OR ".join(condition.format(about.name) for about in some)
    return f"WHERE {found}" if found else ""


def _lower(some: Iterable[Property]) -> str:
    """One list of all these texts and lists of texts."""
    text, texts = "[toLower(u.{0})]", "[one IN coalesce(u.{0}, []) | toLower(one)]"
    return " + ".join((texts if about.kind == "texts" else text).format(about.name) for about in some)


def _may_name(one: NodeType) -> tuple[Property, ...]:
    """Properties that may tell of an account which is not the one that the node is. Ids and sentences of what is there
    today are left, as Rocket.Chat says them."""
    is_account, is_today = one.label.removeprefix("Former") == USER.label, one in LOADED
    return tuple(
        about
        for about in one.shown
        if (not is_today and (about.account or about.prose)) or (not is_account and about.personal and not about.prose)
    )


def _naming() -> tuple[NodeType, ...]:
    return tuple(one for one in (ATTESTATION, SYNC, *LOADED, *_former()) if _may_name(one))


def _with_ids() -> dict[str, Names]:
    """What is there today and says an id of an account."""
    found: dict[str, Names] = {}
    for node in LOADED:
        if ids := [about for about in node.properties if about.account]:
            found[node.label] = {
                "noun": node.noun, "x": f"(x:{node.label} {{workspace: $workspace}})", "where": _any("x.{0} = $id", ids)
            }  # fmt: skip
    for edge in EDGE_TYPES:
        if ids := [about for about in edge.properties if about.account]:
            arrow = _arrow(edge, forward=False, variable="x")
            found[edge.name] = {
                "noun": f"{edge.name} edges",
                "x": f"(:{edge.end} {{workspace: $workspace}}){arrow}(:{edge.start} {{workspace: $workspace}})",
                "where": _any("x.{0} = $id", ids),
            }
    return found


def _labels() -> dict[str, Names]:
    return {label: {"Extra": label, "Label": one.label, "Noun": one.noun.capitalize()}
            for one in LOADED for label in one.labels}  # fmt: skip


def _edges(some: Iterable[EdgeType]) -> dict[str, Names]:
    return {one.name: _edge(one) for one in some}


NAMING = {one.label: _may_name(one) for one in _naming()}
"""Label of nodes that may name an account which they are not → the properties in which they may."""
_EACH: dict[str, Callable[[], Mapping[str, Names]]] = {
    "node with a key": lambda: _nodes((WORKSPACE, SYNC, *LOADED, ATTESTATION, *_former())),
    "node with an index": lambda: _nodes(one for one in LOADED if one.found_by),
    "node": lambda: _nodes(LOADED),
    "node with a fingerprint": lambda: _nodes(one for one in LOADED if one.fingerprint),
    "node compared whole": lambda: _nodes(one for one in LOADED if one.edges and not one.fingerprint),
    "permission": lambda: _nodes((PERMISSION,)),
    "node with a history": lambda: _nodes(one for one in LOADED if one.former),
    "node without a history": lambda: _nodes(one for one in LOADED if not one.former),
    "node that is or was loaded": lambda: _nodes((*LOADED, *_former())),
    "node of an export": lambda: _nodes((*COUNTED_NODES, *_former(), ATTESTATION)),
    "node of a workspace": lambda: _nodes((*LOADED, ATTESTATION, SYNC)),
    "account": lambda: _nodes((USER,)),
    "node that is decided about": lambda: _nodes((ROLE, TEAM)),
    "node that may name an account": lambda: _nodes(_naming()),
    "node or edge with the id of an account": _with_ids,
    "label": _labels,
    "edge": lambda: _edges(EDGE_TYPES),
    "edge under a fingerprint": lambda: _edges(one for one in EDGE_TYPES if _BY_LABEL[one.owner].fingerprint),
    "edge with a history": lambda: _edges(one for one in EDGE_TYPES if one.history),
    "edge without a history": lambda: _edges(one for one in EDGE_TYPES if not one.history),
    "edge of an export": lambda: _edges((*EDGE_TYPES, *ESCALATIONS)),
    "way to administrator": lambda: _edges(ESCALATIONS),
}
