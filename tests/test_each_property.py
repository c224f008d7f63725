"""Every property of the model goes the whole way: into the graph, out of it, into `diff`, and away with `forget`.

The rows are made from the model, so a property that is added to it is seen here without a word. What only holds of one
of them stands in the tests of that.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from rc2graph.graph import state
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.model import (
    COUNTED_NODES,
    EDGE_TYPES,
    PERMISSION,
    Membership,
    NodeType,
    Permission,
    Property,
    Role,
    Room,
    Row,
    Team,
    User,
    properties,
)  # fmt: skip
from rc2graph.pseudonym import Pseudonym
from rc2graph.reports.export.kinds import Reader
from rc2graph.retention.forget import erasure, forget
from rc2graph.reviews.changes import compared
from rc2graph.snapshot import Snapshot
from rc2graph.snapshot.changes import OTHERS
from rc2graph.snapshot.forget import rewrite
from rc2graph.snapshot.home import finished_snapshot
from rc2graph.snapshot.schema import STORED, tables
from tests.engines import Engine
from tests.snapshots import Time, World, ask, loaded, snapshot

OLD = Path(__file__).parent / "data" / "format-2.sqlite"
JANUARY, MARCH, MAY = (f"2026-0{month}-10T08:00:00.000Z" for month in (1, 3, 5))
SECTIONS = {
    **{User: "accounts", Role: "roles", Team: "teams", Membership: "memberships", Room: "rooms"},
    **{one.row: one.noun for one in OTHERS},
}
IDS = {"User": "u", "Role": "r", "Team": "t", "Permission": "p", "Room": "x"}
"""Of the one that has everything; of other node types: their label."""
OWN = {"active": True, "unlisted": False} | {
    edge.ids.partition(".")[2]: IDS[edge.target] for one in OTHERS for edge in one.edges
}
"""What must be so, that everything of a member can be seen; and where edges of these lead."""


@pytest.fixture
def graph(engine: Engine) -> Iterator[WorkspaceGraph]:
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace("acme")
        yield graph


def value(of: Property, word: str, row: type[Row]) -> Any:
    """One of the kind that the property has, that says whose it is; `word` tells two apart."""
    said = f"{row.__name__} {of.column} {word}"
    first = word == "one"
    kinds = {"text": said, "instant": JANUARY if first else MARCH, "truth": first, "number": len(word),
             "texts": (said, "common")}  # fmt: skip
    return OWN.get(of.column, kinds[of.kind])


def brought(kind: type[Row], word: str) -> dict[str, Any]:
    """Values of all that a page brings, but of what lists ends of edges."""
    return {of.column: value(of, word, kind) for of in properties(kind) if not of.derived and of.stored != "ids"}


def world(word: str) -> World:
    """One of everything, with everything."""
    made = World()
    made.roles["r"] = Role("r", **brought(Role, word))
    made.users["u"] = User("u", roles=("r",), **brought(User, word))
    made.users["ana"] = User("ana", username="ana", active=True, roles=())
    made.permissions["p"] = Permission("p", roles=("r",), **brought(Permission, word))
    made.teams["t"] = Team("t", **brought(Team, word))
    seen = {of.column: None for of in properties(Membership) if of.stored == "snapshot"}
    made.members["t", "u"] = Membership("t", "u", **{**brought(Membership, word), **seen})
    made.rooms["x"] = Room("x", team_id="t", **brought(Room, word))
    for one in OTHERS:
        made.others[one.noun] = {one.label: one.row(one.label, **brought(one.row, word))}
    return made


def of_model(made: World, one: NodeType) -> Any:
    return made.rows(one.noun)[IDS.get(one.label, one.label)]


def plain(cell: Any) -> Any:
    return list(cell) if isinstance(cell, tuple) else cell


def test_what_a_row_says_is_in_the_graph_and_in_an_export(graph: WorkspaceGraph, tmp_path: Path) -> None:
    made = world("one")
    loaded(graph, made, tmp_path)
    reader = Reader(graph)
    for one in COUNTED_NODES:
        wanted = {of.name: plain(getattr(of_model(made, one), of.column)) for of in one.properties if not of.derived}
        assert len(wanted) or one is PERMISSION
        found = ask(graph, f"MATCH (n:{one.label}) WHERE n.id <> 'ana' RETURN properties(n) AS p")[0]["p"]
        assert {name: found.get(name) for name in wanted} == wanted
        exported = next(row for row in reader.rows(one.noun) if row["id"] != "ana")
        assert {name: exported[name] for name in wanted} == wanted
    for edge in EDGE_TYPES:
        row: Any = made.members["t", "u"] if edge.row is Membership else made.rooms["x"]
        wanted = {of.name: plain(getattr(row, of.column)) for of in edge.properties}
        for held in ask(graph, f"MATCH ()-[e:{edge.name}]->() RETURN properties(e) AS p"):
            assert {name: held["p"].get(name) for name in wanted} == wanted


def test_each_value_that_changes_is_written_and_the_same_again_is_not(graph: WorkspaceGraph, tmp_path: Path) -> None:
    loaded(graph, world("one"), tmp_path)
    again = loaded(graph, world("one"), tmp_path, verify=True)
    assert not any(count.added or count.changed or count.closed for count in again.counts.values())
    for node in COUNTED_NODES:
        kind, key = node.noun, IDS.get(node.label, node.label)
        for of in (of for of in node.properties if not of.derived and of.column not in OWN):
            changed = world("one")
            held = changed.rows(kind)
            held[key] = replace(held[key], **{of.column: value(of, "another", type(held[key]))})
            outcome = loaded(graph, changed, tmp_path)
            assert outcome.counts[kind].changed == 1, of.name
            assert loaded(graph, world("one"), tmp_path).counts[kind].changed == 1, of.name


def test_each_change_that_is_to_be_shown_is(tmp_path: Path) -> None:
    for name, word in (("before", "one"), ("after", "another")):
        snapshot(world(word), tmp_path / name, at=JANUARY if word == "one" else MARCH).close()
    with Snapshot.open(tmp_path / "before") as before, Snapshot.open(tmp_path / "after") as after:
        found = compared(before, after)
        for kind, section in SECTIONS.items():
            told = {one.property for one in found.changes(section)}
            shown = {of.name for of in properties(kind) if of.diff and of.column not in OWN}
            assert told >= shown, section


def test_forget_takes_every_value_that_is_personal(graph: WorkspaceGraph, tmp_path: Path) -> None:
    """Out of the graph, and out of every snapshot. An account that only a membership names is in the member's row."""
    home, now = tmp_path / "home", Time()
    before = world("one")
    after = before.copy()
    after.delete_user("u")
    after.members["t", "ana"] = Membership("t", "ana")
    for at, one in ((JANUARY, before), (MARCH, after), (MAY, after)):
        path = finished_snapshot(home, "acme", at)
        path.parent.mkdir(parents=True, exist_ok=True)
        with snapshot(one, path, at=at) as file:
            load_snapshot(graph, file, allow_removals=100, clock=now.clock, sleep=now.sleep)
    personal = {of.column: value(of, "one", User) for of in properties(User) if of.personal}
    told = {text for one in personal.values() if isinstance(one, str | tuple) and one != JANUARY
            for text in ((one,) if isinstance(one, str) else one) if text != "common"}  # fmt: skip
    assert told
    plan = erasure(graph, home, str(personal["username"]))
    forget(graph, home, plan, clock=now.clock, sleep=now.sleep)
    left = repr(ask(graph, "MATCH (n) RETURN properties(n) AS p")) + repr(
        ask(graph, "MATCH ()-[e]->() RETURN properties(e) AS p")
    )
    left += b"".join(path.read_bytes() for path in (home / "snapshots").iterdir()).decode(errors="replace")
    assert {text for text in told if text in left} == set()


def test_of_a_snapshot_of_format_2_no_later_value_is_visible(graph: WorkspaceGraph, tmp_path: Path) -> None:
    """It loads, is compared, and forgets; what it lacks is absent, and ends nothing. What follows is worked out."""
    old = tmp_path / "old.sqlite"
    shutil.copy(OLD, old)
    later = {(table, of.column) for table, some in STORED.items() for of in some if of.since > 2 and not of.derived}
    with Snapshot.open(old) as file:
        for table, column in later:
            assert file.db.execute(f"SELECT count({column}) FROM {table}").fetchone() == (0,), column
        now = Time()
        load_snapshot(graph.workspace("demo"), file, clock=now.clock, sleep=now.sleep)
        assert state.counts(graph.workspace("demo"))["users"] == 498
        again = load_snapshot(graph.workspace("demo"), file, verify=True, clock=now.clock, sleep=now.sleep)
        assert not any(count.added or count.changed or count.closed for count in again.counts.values())
        (id_,) = file.db.execute("SELECT id FROM user WHERE username = 'kurt.keys'").fetchone()
    rewrite(new := Path(shutil.copy(old, tmp_path / "new.sqlite")), Pseudonym(id_, frozenset(), "forgotten-1"), MARCH)
    with Snapshot.open(old) as before, Snapshot.open(new) as after:
        assert {one.what for one in compared(before, after).changes("accounts")} == {"gone", "appeared"}
        lacks = {edge.table for edge in EDGE_TYPES if edge.since > 2}
        assert not lacks & set(tables(after.meta)), "that it shows none is no proof that there are none"


def test_every_row_of_the_model_keeps_what_it_was_given(tmp_path: Path) -> None:
    """A column that the file does not take, or takes in another order, would be lost or mixed up."""
    made = world("one")
    with snapshot(made, tmp_path / "all.sqlite") as file, closing(sqlite3.connect(file.uri, uri=True)) as db:
        db.row_factory = sqlite3.Row
        for row, table in ((made.users["u"], "user"), (made.members["t", "u"], "member"), (made.rooms["x"], "room")):
            where = "user_id = 'u'" if table == "member" else "id <> 'ana'"
            kept = db.execute(f"SELECT * FROM {table} WHERE {where}").fetchone()
            for of in (of for of in properties(type(row)) if not of.derived):
                cell = kept[of.column]
                wanted = plain(getattr(row, of.column))
                assert (json.loads(cell) if of.kind == "texts" and cell else cell) == wanted, of.column
    assert {one.name for one in fields(User)} >= {of.column for of in STORED["user"]}
