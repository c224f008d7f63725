"""What changed between two snapshots of one workspace: what is proven, cannot be compared, or was not visible.

with Comparison.made(before, after, judge) as found:
    for change in found.changes("accounts"): …

The work is SQL (`changes`, `reach`) in a private temporary database, on disk where it is large, with both files
attached: memory stays flat, and only differences reach Python.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Protocol, Self

from rc2graph.errors import SnapshotError
from rc2graph.snapshot import changes, reach
from rc2graph.snapshot.changes import SECTIONS
from rc2graph.snapshot.file import Dataset
from rc2graph.snapshot.reach import EscalationPath
from rc2graph.snapshot.reader import Snapshot
from rc2graph.snapshot.schema import DATASETS

NAMED = 5
"""Names in a note at most."""

SIDES = {"a": "before", "b": "after"}

Value = str | int | bool | list[str] | None


Granted = tuple[str, str | None, str, int]
"""Id and name of a role, a permission that it grants, and whether it can be handed out."""


class Judge(Protocol):
    """What is known of permissions."""

    def tier(self, permission: str) -> str | None: ...

    def leading(self, permissions: Sequence[str]) -> Iterable[str]:
        """Those of them that are part of a way to administrator."""

    def ways(self, permissions: Sequence[str], grants: Iterable[Granted]) -> Iterable[EscalationPath]:
        """Ways to administrator, where these permissions are, and roles besides admin grant these."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An account, role, permission, team or room. `name`: what a person calls it; its id where nothing else is seen."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Brought:
    """How many edges, and what is at the other end of the first few, by name."""

    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One proven difference. `before` and `after` are those of `property`.

    `goes_with`: the end of the edge (account, role, team) that appeared or went as a whole, and took the edge along;
    for grants also "permission". `brought`: section → edges that a thing which appeared or is gone took along.
    """

    what: str
    thing: Thing
    other: Thing | None = None
    property: str | None = None
    before: Value = None
    after: Value = None
    goes_with: str | None = None
    brought: dict[str, Brought] | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A permission of a way and a role that gives it. `because`: what is new there, or went: "assigned" (the account
    got the role), "granted" (the role got the permission), "both"; None: it was so before, or is so still."""

    permission: str
    role: Thing
    because: str | None


@dataclass(frozen=True, slots=True)
class Reach:
    """A difference in who is administrator, can become one (`tier`, `permissions`, `through`), or, being one of these,
    can sign in at all (`what`: activated, deactivated). `goes_with` "account": it appeared or is gone as a whole."""

    what: str
    account: Thing
    state: str
    tier: str | None = None
    permissions: tuple[str, ...] = ()
    through: tuple[Step, ...] = ()
    condition: str | None = None
    how: str | None = None
    goes_with: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Differences of one section and kind; `with_node` of them came or went with an account, role or team."""

    section: str
    what: str
    total: int
    with_node: int


@dataclass(frozen=True, slots=True)
class NotComparable:
    """What one file (`side`: before or after) did not see in full, so that nothing absent from it is gone or new.

    `what`: a dataset, or "unnamed", "unsettled", "mute" (`changes`). `only_in_other`: section → rows that the
    other file holds. `matters`: False for what a run may do without, such as rooms that the token may not list.
    """

    what: str
    side: str
    state: str | None
    """Of the dataset; None for what is none."""
    why: str | None
    only_in_other: dict[str, int]
    matters: bool


@dataclass(frozen=True, slots=True)
class NotVisible:
    """A property that one file (`side`) does not show, of `count` things where the other one does; some are named."""

    section: str
    property: str
    side: str
    count: int
    names: tuple[str, ...]


class Comparison:
    """The differences from `before` to `after`. Close it; the snapshots stay open."""

    def __init__(self, before: Snapshot, after: Snapshot, db: sqlite3.Connection) -> None:
        self.before, self.after, self.db = before, after, db

    @classmethod
    def made(cls, before: Snapshot, after: Snapshot, judge: Judge) -> Self:
        """Compare. Only reads. Errors: `SnapshotError` for files of two workspaces, or a full disk."""
        names = before.meta.get("workspace", ""), after.meta.get("workspace", "")
        if names[0] != names[1]:
            raise SnapshotError(
                f"{before.path} and {after.path} are of two workspaces.",
                f"One was read from {names[0]}, the other from {names[1]}.",
                "Name two files of the same workspace.",
            )
        db = sqlite3.connect("", uri=True, isolation_level=None)
        try:
            db.create_function("tier", 1, cache(judge.tier), deterministic=True)
            db.execute("ATTACH ? AS a", (before.uri,))
            db.execute("ATTACH ? AS b", (after.uri,))
            db.execute("PRAGMA main.journal_mode = OFF")
            db.execute("PRAGMA temp_store = FILE")
            found = cls(before, after, db)
            found._compare(judge)
        except sqlite3.OperationalError as error:
            db.close()
            raise SnapshotError(
                f"{before.path} and {after.path} could not be compared: {error}.",
                "The disk may be full, where temporary files are (TMPDIR), or a file may have been changed.",
                "Make room, then run the same command again.",
            ) from error
        except BaseException:
            db.close()
            raise
        return found

    # ---- what was found ----

    @property
    def different(self) -> bool:
        return bool(self.counts)

    @property
    def in_doubt(self) -> bool:
        """Whether something that matters could not be compared: then no difference does not mean that there is none."""
        return any(one.matters for one in self.not_comparable)

    @cached_property
    def counts(self) -> tuple[Count, ...]:
        """In the order of `SECTIONS`; only what there is."""
        found = [Count(*row) for row in self.db.execute(changes.COUNTS)]
        return tuple(sorted(found, key=lambda count: SECTIONS.index(count.section)))

    def total(self, section: str, *, folded: bool = False) -> int:
        """Differences in a section; `folded`: as many as `changes` gives so."""
        return sum(one.total - (one.with_node if folded and section != "tierA" else 0)
                   for one in self.counts if one.section == section)  # fmt: skip

    def changes(self, section: str, most: int | None = None, *, folded: bool = False) -> Iterator[Change]:
        """The differences of a section other than tierA, streamed in order. `folded`: without edges that came or went
        with an account, role or team. `most`: not more than these."""
        kinds = {one.name: one.about.kind for one in changes.PROPERTIES if one.section == section}
        cursor = self.db.execute(changes.rows(section, folded=folded), (-1 if most is None else most,))
        for what, id_, name, other, other_name, property_, before, after, goes_with, brought in cursor:
            kind = kinds.get(property_, "text")
            yield Change(
                what, Thing(id_, name), None if other is None else Thing(other, other_name), property_,
                _value(kind, before), _value(kind, after), goes_with, _brought(brought),
            )  # fmt: skip

    def tier_a(self, most: int | None = None) -> Iterator[Reach]:
        """The differences of the section tierA, streamed: administrators first, then tier A, then tier B."""
        text = reach.rows(changes.name("user", "c.id"), changes.RANK)
        for row in self.db.execute(text, (-1 if most is None else most,)):
            what, id_, name, tier, condition, how, permissions, through, status, goes_with = row
            yield Reach(
                what, Thing(id_, name), status or "not visible", tier, tuple(json.loads(permissions)),
                tuple(_step(*step) for step in json.loads(through or "[]")), condition, how, goes_with,
            )  # fmt: skip

    @cached_property
    def not_comparable(self) -> tuple[NotComparable, ...]:
        counted: dict[tuple[str, str], dict[str, int]] = {}
        for doubt, section, came, count in self.db.execute(changes.DOUBTS):
            here = counted.setdefault((doubt, "before" if came else "after"), {})
            here[section] = here.get(section, 0) + count
        found = []
        for side, snapshot in (("before", self.before), ("after", self.after)):
            datasets = snapshot.datasets()
            for name in DATASETS:
                one, rows = datasets.get(name, Dataset(name, "skipped")), counted.pop((name, side), {})
                if one.state != "complete":
                    found.append(NotComparable(name, side, one.state, one.why, rows, not one.enough))
        found += [NotComparable(doubt, side, None, None, rows, True) for (doubt, side), rows in sorted(counted.items())]
        return tuple(found)

    @cached_property
    def not_visible(self) -> tuple[NotVisible, ...]:
        found = []
        for one in changes.PROPERTIES:
            counts = self.db.execute(changes.blind(one)).fetchone()
            for (side, called), count in zip(SIDES.items(), counts, strict=True):
                if count:
                    names = tuple(row[0] for row in self.db.execute(changes.blind_names(one, side), (NAMED,)))
                    found.append(NotVisible(one.section, one.name, called, count, names))
        return tuple(found)

    # ---- how it is made ----

    def _compare(self, judge: Judge) -> None:
        seen = {"a": _seen(self.before), "b": _seen(self.after)}
        self.db.execute("BEGIN")
        self._run(changes.TABLES + reach.TABLES)
        for text in (changes.NODES, changes.EDGES):  # edges ask which of their ends appeared or went
            for names in changes.DIRECTIONS:
                self._run(text, names, seen[names["x"]])
        for section in dict.fromkeys(one.section for one in changes.PROPERTIES):
            self.db.execute(changes.pairs(section))
        for one in changes.PROPERTIES:
            self.db.execute(changes.changed(one))
        self._ways(judge, seen)
        for names in changes.DIRECTIONS:
            self._run(reach.GIVES, names)
        self._run(reach.TOUCHED)
        for names in changes.DIRECTIONS:
            self._run(reach.CAN, names)
        for names in changes.DIRECTIONS:
            self._run(reach.REACH, names)
        self._run(reach.SWITCHED)
        self.db.execute("COMMIT")

    def _ways(self, judge: Judge, seen: dict[str, dict[str, bool]]) -> None:
        """The ways that either file gives, and what a file lacks to prove that one it does not give is not there."""
        there, permissions = {}, {}
        for side in SIDES:
            permissions[side] = self._ids(reach.PERMISSIONS.format(y=side))
            asked = json.dumps(sorted(judge.leading(permissions[side])))
            given = judge.ways(permissions[side], self.db.execute(reach.GRANTS.format(y=side), (asked,)))
            there[side] = {way.key: way for way in given}
        for number, (key, way) in enumerate(({**there["a"], **there["b"]}).items()):
            unseen = [_unseen(way, seen[side], permissions[side]) for side in SIDES]
            self.db.execute(
                "INSERT INTO way VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (number, way.tier, way.condition, way.how, len(way.permissions),
                 *(key in there[side] for side in SIDES), *unseen),
            )  # fmt: skip
            self.db.executemany("INSERT INTO part VALUES (?, ?)", [(number, id_) for id_ in way.permissions])

    def _ids(self, text: str) -> list[str]:
        return [row[0] for row in self.db.execute(text)]

    def _run(self, text: str, names: dict[str, str] | None = None, values: dict[str, bool] | None = None) -> None:
        for statement in text.split(";"):
            if statement.strip():
                self.db.execute(statement.format_map(names or {}), values or {})

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _seen(snapshot: Snapshot) -> dict[str, bool]:
    """Which lists of a file prove absence. Where teams are named whose members are not settled, they are what is
    missing, and the members of all other teams are proven."""
    datasets = snapshot.datasets()
    seen = {name: name in datasets and datasets[name].state == "complete" for name in DATASETS}
    if snapshot.db.execute("SELECT 1 FROM team WHERE unsettled IS NOT NULL LIMIT 1").fetchone():
        seen |= {"members": True, "deactivatedMembers": True}
    return {**seen, "hidden": snapshot.meta.get("users_source") == "users.list"}


def _unseen(way: EscalationPath, seen: dict[str, bool], permissions: Sequence[str]) -> str | None:
    """The list that would say whether an account has this way, where the file does not have it in full."""
    if not seen["permissions"] and (way.depends or not set(way.permissions) <= set(permissions)):
        return "permissions"
    return "roles" if way.depends and not seen["roles"] else None


def _value(kind: str, value: Any) -> Value:
    if value is not None and kind == "truth":
        return bool(value)
    return list(json.loads(value)) if value is not None and kind == "texts" else value


def _brought(text: str | None) -> dict[str, Brought] | None:
    if text is None:
        return None
    return {edge: Brought(count, tuple(names)) for edge, (count, names) in json.loads(text).items()}


def _step(permission: str, role: str, name: str, held: int, granted: int) -> Step:
    because = {(0, 0): "both", (0, 1): "assigned", (1, 0): "granted"}.get((held, granted))
    return Step(permission, Thing(role, name), because)
