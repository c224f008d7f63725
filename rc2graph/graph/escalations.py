"""Ways to administrator: what the catalogue says of the permissions here, and how that differs from the graph.

    (:Permission)-[:ESCALATES_TO]->(:Role admin)      tier A: the permission suffices
    (:Permission)-[:ESCALATES_WITH]->(:Role admin)    tier B: one for each alternative, told apart by `key`

All of it is derived: from the catalogue, from which permissions there are, and from what the roles other than admin
grant of it (`handed_out`). So it is compared whole at every load (some hundred rows), and what differs is written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rc2graph.catalogue import Alternative, Catalogue, Entry
from rc2graph.graph.handed_out import EscalationPath, Grant, HandedOut, Key
from rc2graph.graph.kinds import Count

ADMIN = "admin"
TO, WITH = "ESCALATES_TO", "ESCALATES_WITH"


class Judgement(NamedTuple):
    """What a `Permission` says of itself. Neither: not assessed."""

    tier: str | None = None
    how: str | None = None


def judgement(entry: Entry | None) -> Judgement:
    """Tier and one line of reason, with everything said in it that must be the case besides."""
    if entry is None:
        return Judgement()
    how = entry.how
    if entry.needs:
        how += f" Needs {' and '.join(entry.needs)} too."
    if entry.condition:
        how += f" Condition: {entry.condition}."
    return Judgement(entry.tier, how)


def ways(catalogue: Catalogue, permissions: Iterable[str], grants: Iterable[Grant]) -> dict[Key, EscalationPath]:
    """All ways that these permissions give. `grants`: of roles other than admin, at least those of `leading`."""
    here = sorted(set(permissions))
    found = _direct(catalogue, here)
    giving = [
        (entry, way) for id_ in here if (entry := catalogue.entry(id_)) for way in entry.alternatives if way.hands_out
    ]
    handed_out = HandedOut(found, {entry.id for entry, _ in giving}, grants)
    return found | {(entry.id, key): edge for entry, way in giving for key, edge in handed_out.ways(entry, way)}


def leading(catalogue: Catalogue, permissions: Iterable[str]) -> set[str]:
    """Permissions that are part of any way: who grants them is asked."""
    return {
        id_
        for (own, _), way in _direct(catalogue, sorted(set(permissions))).items()
        for id_ in (own, *(way.needs or ()))
    }


def hands_out(key: str | None) -> bool:
    """Whether an alternative is there only by what other roles grant."""
    return (key or "").startswith(("role-with-tier-a", "roles-with-tier-b"))


def _direct(catalogue: Catalogue, here: list[str]) -> dict[Key, EscalationPath]:
    """The ways of those who hold all it takes."""
    found: dict[Key, EscalationPath] = {}
    for id_ in here:
        entry = catalogue.entry(id_)
        if entry and entry.tier == "A":
            found[id_, None] = EscalationPath(None, entry.how, entry.condition)
        elif entry and entry.tier == "B":
            for way in entry.alternatives:
                found |= {(id_, key): edge for key, edge in _edges(catalogue, entry, way, here)}
    return found


def _edges(
    catalogue: Catalogue, entry: Entry, way: Alternative, here: list[str]
) -> Iterator[tuple[str, EscalationPath]]:
    if way.with_setting:
        for id_ in here:
            setting = catalogue.entry(id_)
            for other in setting.alternatives if setting and setting.tier == "B" else ():
                if other.needs == (entry.id,):
                    yield id_, EscalationPath((id_,), entry.how, other.condition)
    elif not way.hands_out:
        yield way.key, EscalationPath(way.needs, entry.how, way.condition)


@dataclass
class Escalations:
    """What to write and what to remove, in rows for the statements `load/tiers`, `load/…` and `close/escalates_…`."""

    judged: list[list[Any]] = field(default_factory=list)
    written: dict[str, list[list[Any]]] = field(default_factory=lambda: {TO: [], WITH: []})
    removed: dict[str, list[list[Any]]] = field(default_factory=lambda: {TO: [], WITH: []})
    counts: dict[str, Count] = field(default_factory=lambda: {TO: Count(), WITH: Count()})

    def judge(self, id_: str, wanted: Judgement, seen: Judgement | None) -> None:
        if wanted != (seen or Judgement()):
            self.judged.append([id_, *wanted])

    def compare(self, wanted: dict[Key, EscalationPath], seen: Iterable[list[Any]]) -> None:
        """`seen`: permission, type, and the edge's key, needs, how and condition."""
        there: dict[tuple[str, Any, str], list[object]] = {}
        for id_, type_, key, *way in seen:
            there.setdefault((id_, _hashable(key), type_), []).append(tuple(map(_hashable, way)))
        for (id_, key), edge in wanted.items():
            found = there.pop((id_, key, type_ := TO if key is None else WITH), [])
            if found == [tuple(edge)]:
                continue
            self.written[type_].append([id_, key, list(edge.needs or ()), edge.how, edge.condition])
            if len(found) > 1:  # somebody's copy: all go, one comes back
                self.removed[type_].append([id_, key])
            self.counts[type_].added += not found
            self.counts[type_].changed += bool(found)
        for (id_, key, type_), gone in there.items():
            self.removed[type_].append([id_, key])
            self.counts[type_].closed += len(gone)

    def closed(self, type_: str, limit: int = -1) -> list[str]:
        """Names of the edges that go and do not come back, sorted."""
        back = {tuple(row[:2]) for row in self.written[type_]}
        names = sorted(
            f"{id_} → {ADMIN}" + (f" ({key})" if type_ == WITH else "")
            for id_, key in self.removed[type_]
            if (id_, key) not in back
        )
        return names if limit < 0 else names[:limit]


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
