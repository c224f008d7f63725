"""Copy an embedded graph record by record: the copy holds what is in the graph, and nothing that was.

The engine has an export of its own, but cannot read it back where an index is on properties that no schema declares, as
all of ours are; and its compression of pages and rebuilding of indexes does nothing for such a graph (both tried with
26.11.1). Edges are made of their own records, not of the lists that nodes keep of them; so a graph whose lists are
damaged is whole again in the copy. Kept are nodes, edges, labels and our own keys and indexes, not those of others.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rc2graph.graph.driver_errors import engine_words
from rc2graph.graph.statements import names, statement

DECISIONS = frozenset(("Attestation", "ABOUT", "CONCERNS", "Workspace"))
"""Types whose records are decisions, or may say of an earlier loss of some."""
ROWS = 5_000
"""Records in memory at once; of all nodes only the old and the new id is kept."""


@dataclass
class Copy:
    nodes: int = 0
    edges: int = 0
    lost: list[str] = field(default_factory=list)
    """What was there and could not be read: numbers of a type, such as "2 HAD_ROLE"."""
    decisions: bool = False
    """Decisions may be among it."""


@dataclass(frozen=True)
class Damage:
    records: Mapping[str, int]
    """How many there were in each bucket, as far as is known."""
    lost: bool = False
    """Records are lost, and how many is not known."""


def copied(arcadedb: Any, old: Path, new: Path, damage: Damage | None) -> Copy:
    """Make a database in the folder `new` of all that is in `old`; both are closed before and after.

    `damage`: where `old` is damaged. Then what cannot be read is left out, and the copy says that nothing in it is to
    be relied on before a load.
    Errors: `ArcadeDBError`, `OSError`.
    """
    with arcadedb.open_database(str(old)) as source, arcadedb.create_database(str(new)) as made:
        return _Copying(source, made, damage, arcadedb.ArcadeDBError).run()


class _Copying:
    def __init__(self, old: Any, made: Any, damage: Damage | None, refused: type[Exception]) -> None:
        self.old, self.made, self.damage = old, made, damage
        self.passes = (refused,) if damage is not None else ()
        self.ids: dict[str, str] = {}
        self.read, self.done = Counter[str](), Counter[str]()
        self.unread: dict[str, str] = {}
        """Type → why its records could not all be read."""
        self.types = {row["name"]: row for row in old.query("sql", "SELECT FROM schema:types").to_list()}

    def run(self) -> Copy:
        made = set[str]()
        for name in self.types:
            self._type(name, made)
        for name in (*names("schema/key"), *names("schema/index")):
            self.made.command("opencypher", statement(name))
        nodes, edges = self._of("vertex"), self._of("edge")
        with self.made.graph_batch() as batch:
            for name in nodes:
                for rows in self._rows(name, "@rid AS rid, @this.asMap() AS properties"):
                    self._nodes(batch, name, rows)
            for name in edges:
                for rows in self._rows(name, "@out AS source, @in AS target, @this.asMap() AS properties"):
                    self._edges(batch, name, rows)
        missed = self._missed([*nodes, *edges])
        lost = self._words(missed)
        decisions = self._decisions(missed)
        if self.damage is not None:
            self._distrust(bool(lost), decisions)
        return Copy(sum(self.done[name] for name in nodes), sum(self.done[name] for name in edges), lost, decisions)

    def _distrust(self, lost: bool, decisions: bool) -> None:
        """Until a load has finished nothing is relied on. Where something is lost, history begins anew, and where it
        may be `decisions`, that is kept as well: also where it is the node that says so, of a workspace that has been
        loaded."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        there, *others = map(self._workspaces, ("Workspace", "Sync", "User", "Attestation"))
        self.made.begin()
        for workspace in sorted(name for name in set().union(*others) - there if isinstance(name, str)):
            self.made.command("sql", "CREATE VERTEX Workspace SET workspace = :name, id = :name", {"name": workspace})
        self.made.command("sql", "UPDATE Workspace REMOVE lastSyncId")
        if lost:
            self.made.command("sql", "UPDATE Workspace SET historySince = :now, mendedAt = :now", {"now": now})
        if decisions:
            self.made.command("sql", "UPDATE Workspace SET decisionsSince = :now", {"now": now})
        self.made.commit()

    def _workspaces(self, label: str) -> set[Any]:
        text = f"SELECT DISTINCT(workspace) AS workspace FROM {label}"  # noqa: S608 - one of our labels
        return {row["workspace"] for row in self.made.query("sql", text).iter_dicts()}

    def _of(self, kind: str) -> list[str]:
        return [name for name, row in self.types.items() if row["type"] == kind]

    def _type(self, name: str, made: set[str]) -> None:
        """After those that it extends: what has the labels User and Deactivated is of a type `Deactivated~User`."""
        if name in made:
            return
        made.add(name)
        row = self.types[name]
        for parent in row["parentTypes"]:
            self._type(parent, made)
        extends = f" EXTENDS {', '.join(map(_quoted, row['parentTypes']))}" if row["parentTypes"] else ""
        self.made.command("sql", f"CREATE {row['type'].upper()} TYPE {_quoted(name)} IF NOT EXISTS{extends} BUCKETS 1")

    def _rows(self, name: str, columns: str) -> Iterator[list[dict[str, Any]]]:
        text = f"SELECT {columns} FROM {_quoted(name)} WHERE @type = :name"  # noqa: S608 - the engine's own names
        rows: list[dict[str, Any]] = []
        try:
            for row in self.old.query("sql", text, {"name": name}).iter_dicts():
                rows.append(row)
                if len(rows) == ROWS:
                    yield rows
                    rows = []
        except self.passes as error:
            self.unread[name] = engine_words(error)
        if rows:
            yield rows

    def _nodes(self, batch: Any, name: str, rows: list[dict[str, Any]]) -> None:
        made = batch.create_vertices(name, [row["properties"] for row in rows])
        self.ids |= {str(row["rid"]): str(id_) for row, id_ in zip(rows, made, strict=True)}
        self.read[name] += len(rows)
        self.done[name] += len(rows)

    def _edges(self, batch: Any, name: str, rows: list[dict[str, Any]]) -> None:
        ends = [(self.ids.get(str(row["source"])), self.ids.get(str(row["target"])), row["properties"]) for row in rows]
        whole = [(start, end, properties) for start, end, properties in ends if start and end]
        if whole:
            starts, leads, properties = (list(column) for column in zip(*whole, strict=True))
            batch.new_edges(starts, name, leads, properties)
        self.read[name] += len(rows)
        self.done[name] += len(whole)

    def _missed(self, names: list[str]) -> dict[str, int]:
        """How many records of which types were there and are not in the copy, as far as is known."""
        records = self.damage.records if self.damage else {}
        there = {name: sum(records.get(bucket, 0) for bucket in self.types[name]["buckets"]) for name in names}
        missed = {name: max(self.read[name], there[name]) - self.done[name] for name in names}
        return {name: number for name, number in missed.items() if number > 0}

    def _decisions(self, missed: Iterable[str]) -> bool:
        """Whether decisions may be among what is lost. A node with further labels is of a type `Attestation~Seen`."""
        if self.damage is not None and self.damage.lost:
            return True
        return any(DECISIONS.intersection(name.split("~")) for name in (*missed, *self.unread))

    def _words(self, missed: Mapping[str, int]) -> list[str]:
        lost = [f"{number:,} {name}" for name, number in missed.items()]
        lost += [f"part of {name} ({why})" for name, why in self.unread.items()]
        return lost or ["records whose number is not known"] * (self.damage is not None and self.damage.lost)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "\\`") + "`"
