"""Rooms of teams: read by whoever may, loaded beside their teams, and never taken away without proof."""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rc2graph.collection import Collected
from rc2graph.errors import GuardError, SourceError
from rc2graph.graph import state
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.model import Room
from rc2graph.rocketchat.mapping import Malformed, room
from rc2graph.rocketchat.preflight import preflight
from rc2graph.simulator import Workspace
from rc2graph.simulator.queries import Paging
from rc2graph.snapshot import Snapshot
from tests.commands import Desk, office
from tests.engines import Engine
from tests.faults import Fault, Simulator
from tests.snapshots import Watched, ask, company, current, everything, expected, formers, loaded
from tests.source import VERSIONS, Source, small_company

ROUTE = "rooms.adminRooms"
PERMISSION = "view-room-administration"
UNCHANGED = ["load/acquire", "load/renew", "load/sync"]


# ---- a row


def test_of_a_room_only_what_a_review_needs_is_kept() -> None:
    raw = {
        "_id": "r", "t": "p", "name": "plans", "fname": "Plans", "teamId": "t", "teamMain": True, "usersCount": 4,
        "ro": True, "archived": True, "topic": "secret", "announcement": "secret", "description": "secret",
        "lastMessage": {"msg": "secret"}, "usernames": ["ana"], "u": {"_id": "a", "username": "ana"}, "msgs": 7,
    }  # fmt: skip
    assert room(raw) == Room("r", "t", "plans", "p", True, True, 4, True, True, False)
    plain = Room("r", "t", archived=False, read_only=False, main=False, attribute_controlled=False)
    assert room({"_id": "r", "teamId": "t"}) == plain
    assert room({"_id": "r", "teamId": "t", "fname": "Plans"}).name == "Plans"
    for none in (-1, 3.5, "x", True, 2**70):
        assert room({"_id": "r", "teamId": "t", "usersCount": none}).users_count is None
    for nowhere in ({}, {"teamId": ""}, {"teamId": None}):
        assert room({"_id": "r", "t": "p", "name": "secret", **nowhere}) == Room("r"), "of other rooms nothing is kept"
    assert room({"_id": "r", "teamId": "t", "ro": "yes"}).read_only is None
    for odd in ({"teamId": "t"}, {"_id": "r", "teamId": 7}):
        with pytest.raises(Malformed):
            room(odd)


# ---- collecting


def with_rooms(*, seed: int = 0) -> Workspace:
    workspace = small_company(seed=seed)
    if PERMISSION not in workspace.permissions:
        workspace.permissions[PERMISSION] = {"_id": PERMISSION, "_updatedAt": workspace.touch(), "roles": ["admin"]}
    workspace.grant(PERMISSION, "access-reviewer")
    workspace.add_room("vault-plans", team="vault", private=True, topic="hidden topic", lastMessage={"msg": "hidden"})
    workspace.add_room("vault-talk", team="vault", archived=True, ro=True)
    workspace.add_room("general")
    workspace.add_room("hidden-room", private=True)
    plans = next(id_ for id_, room in workspace.rooms.items() if room["name"] == "vault-plans")
    workspace.add_room("vault-debate", team="vault", private=True, prid=plans)  # teams.addRooms takes discussions too
    workspace.add_room("hidden-debate", private=True, prid=plans)
    return workspace


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return Source(with_rooms(), tmp_path / "s.sqlite")


def rooms(path: Path) -> dict[str, tuple[Any, ...]]:
    with Snapshot.open(path) as snapshot:
        found = snapshot.db.execute("SELECT name, type, private, archived, read_only, main FROM room")
        return {row[0]: row[1:] for row in found}


def said(done: Collected) -> tuple[str, int | None, int | None]:
    dataset = done.datasets["rooms"]
    return dataset.state, dataset.fetched, dataset.total


ALL = {
    "vault": ("p", 1, 0, 0, 1), "plaza": ("c", 0, 0, 0, 1), "void": ("p", 1, 0, 0, 1),
    "vault-plans": ("p", 1, 0, 0, 0), "vault-talk": ("c", 0, 1, 1, 0),
    "vault-debate": ("p", 1, 0, 0, 0),
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("knobs", [{}, {"paging": Paging(upper=2, infinite=False)}], ids=["whole", "pages"])
def test_i1_rooms_of_teams_are_read_and_no_others(tmp_path: Path, version: str, knobs: dict[str, Any]) -> None:
    """Discussions in a team are rooms of it. All that the server counts must have come, those without a team too."""
    found = Source(with_rooms(), tmp_path / "s.sqlite", version, knobs=knobs)
    done = found.collect()
    assert done.complete
    assert said(done) == ("complete", 9, 9)
    assert done.datasets["rooms"].why == "6 of them belong to teams"
    assert rooms(found.path) == ALL
    if not knobs:
        assert found.routes.count(ROUTE) == 1
    text = found.path.read_bytes()
    assert b"hidden" not in text, "neither other rooms nor topics and messages"
    with Snapshot.open(found.path) as snapshot:
        teams = dict(snapshot.db.execute("SELECT room.name, team.name FROM room JOIN team ON team.id = team_id"))
    assert teams == {name: name.partition("-")[0] for name in ALL}


def test_who_may_not_reads_everything_else(source: Source) -> None:
    source.workspace.revoke(PERMISSION, "access-reviewer")
    done = source.collect()
    assert done.complete
    assert said(done) == ("forbidden", None, None)
    assert done.datasets["rooms"].why == f"'{PERMISSION}' is not held"
    assert ROUTE not in source.routes
    assert rooms(source.path) == {}


def moments(source: Source) -> int:
    """How many requests a run makes."""
    source.collect()
    return len(source.routes)


def test_lost_for_any_moment_and_held_again(tmp_path: Path) -> None:
    """Never wrong: all rooms, or none and said so. And never the end of a run."""
    states = set()
    for start in range(1, moments(Source(with_rooms(), tmp_path / "first.sqlite")) + 1):
        for length in (1, 6, 40):
            found = Source(with_rooms(), tmp_path / f"{start}-{length}.sqlite")
            found.server.faults.before(start, lambda workspace: workspace.revoke(PERMISSION, "access-reviewer"))
            found.server.faults.before(start + length, lambda workspace: workspace.grant(PERMISSION, "access-reviewer"))
            done = found.collect()
            states.add(said(done)[0])
            assert done.complete
            assert rooms(found.path) == (ALL if said(done)[0] == "complete" else {})
    assert states == {"complete", "forbidden"}


def test_refused_once_and_asked_again_in_the_next_look(source: Source) -> None:
    source.server.faults.before(1, lambda workspace: workspace.revoke(PERMISSION, "access-reviewer"), route=ROUTE)
    source.server.faults.before(2, lambda workspace: workspace.grant(PERMISSION, "access-reviewer"), route="me")
    done = source.collect()
    assert source.routes.count(ROUTE) == 2
    assert said(done) == ("complete", 9, 9)


def test_lost_for_good_in_between(source: Source) -> None:
    source.server.faults.before(1, lambda workspace: workspace.revoke(PERMISSION, "access-reviewer"), route=ROUTE)
    done = source.collect()
    assert done.complete
    assert said(done) == ("forbidden", None, None)


@pytest.mark.parametrize(
    "fault",
    [Fault("403", route=ROUTE, times=-1), Fault("400-database", route=ROUTE, times=-1, value="error-not-authorized")],
    ids=["403", "400"],
)
def test_refused_although_it_is_held(source: Source, fault: Fault) -> None:
    """A licence may restrict guests, which the API does not show."""
    source.server.faults.add(fault)
    done = source.collect()
    assert done.complete
    assert said(done)[0] == "forbidden"
    assert "though the permission is held" in (done.datasets["rooms"].why or "")


def test_a_server_that_does_not_know_the_route(tmp_path: Path) -> None:
    found = Source(with_rooms(), tmp_path / "s.sqlite")
    asked = found.server.respond

    def respond(method: str, path: str, *rest: Any) -> Any:
        return asked(method, path.replace(ROUTE, "rooms.nothing"), *rest)

    found.server.respond = respond  # type: ignore[method-assign]
    done = found.collect()
    assert done.complete
    assert said(done) == ("unsupported", None, None)


def test_a_list_that_never_adds_up_is_partial_and_the_rest_is_read(source: Source) -> None:
    source.server.faults.add(Fault("lying-total", route=ROUTE, times=-1))
    done = source.collect()
    assert not done.complete
    assert said(done)[0] == "partial"
    assert done.datasets["rooms"].reason == "9 rows do not fit a total of 10"
    assert {name for name, dataset in done.datasets.items() if dataset.state != "complete"} == {"rooms"}


@pytest.mark.parametrize(
    "kind", ["short-page", "repeated-row", "lying-total", "empty-list", "400-database", "html-502"]
)
@pytest.mark.parametrize("paged", [False, True], ids=["whole", "pages"])
def test_i1_one_fault_at_any_page(tmp_path: Path, kind: str, paged: bool) -> None:
    knobs = {"paging": Paging(upper=2, infinite=False)} if paged else {}
    for nth in range(1, 6 if paged else 2):
        found = Source(with_rooms(), tmp_path / f"{nth}.sqlite", knobs=knobs)
        found.server.faults.add(Fault(kind, route=ROUTE, nth=nth))
        done = found.collect()
        assert said(done) == ("complete", 9, 9)
        assert rooms(found.path) == ALL


def test_refused_for_ever_is_partial(source: Source) -> None:
    source.server.faults.add(Fault("400-database", route=ROUTE, times=-1))
    done = source.collect()
    assert not done.complete
    assert said(done)[0] == "partial"
    assert "refused by the server: connection pool" in (done.datasets["rooms"].why or "")


@pytest.mark.parametrize("kind", ["html-502", "stall", "reset", "html-403", "text-500", "truncated", "row-without-id"])
def test_a_list_that_never_comes_costs_nothing_but_the_rooms(source: Source, kind: str) -> None:
    """Lists of rooms may be too large for a server: everything else is read, and little time is lost."""
    source.server.faults.add(Fault(kind, route=ROUTE, times=-1))
    began = source.time.monotonic()
    done = source.collect(retry_for=300.0)
    assert source.time.monotonic() - began < 90
    assert {name: one.state for name, one in done.datasets.items() if one.state != "complete"} == {"rooms": "partial"}
    assert done.datasets["rooms"].reason.startswith("they did not come, as a whole or in pages: ")
    assert f"take '{PERMISSION}' away from the account" in done.datasets["rooms"].step
    counts = [f"count={count}" for count in (0, 100)]
    assert {next(c for c in counts if c in e.query) for e in source.server.log if e.route == ROUTE} == set(counts)


def test_a_list_that_comes_only_in_pages(source: Source) -> None:
    source.server.faults.add(Fault("html-502", route=ROUTE, when=lambda request: "count=0" in request.query, times=-1))
    assert said(source.collect()) == ("complete", 9, 9)


def test_i4_a_stopped_run_goes_on_and_does_not_read_them_again(tmp_path: Path) -> None:
    for nth in range(1, moments(Source(with_rooms(), tmp_path / "first.sqlite"))):
        found = Source(with_rooms(), tmp_path / f"{nth}.sqlite")
        found.server.faults.add(Fault("html-502", nth=nth, times=40))
        with pytest.raises(SourceError):
            found.collect(retry_for=0.0)
        had = found.path.exists() and _read(found.path)
        found.server.faults.clear()
        before = len(found.routes)
        assert said(found.collect()) == ("complete", 9, 9)
        assert found.routes[before:].count(ROUTE) == (0 if had else 1)
        assert rooms(found.path) == ALL


def _read(path: Path) -> bool:
    """Whether an unfinished file holds the whole list."""
    with sqlite3.connect(path) as db:
        found = db.execute("SELECT 1 FROM ledger WHERE route = ? AND note = 'complete'", (ROUTE,)).fetchone()
    db.close()
    return found is not None


def test_a_room_that_lost_its_team_between_two_looks_is_none_of_it(source: Source) -> None:
    """The main room of a new team is lacking, so there are two lists: the later one counts."""
    source.workspace.teams[source.workspace.team_id("void")]["roomId"] = "gone"

    def move(workspace: Workspace) -> None:
        for doc in workspace.rooms.values():
            if doc["name"] == "vault-talk":
                del doc["teamId"]

    source.server.faults.before(2, move, route=ROUTE)
    assert said(source.collect()) == ("complete", 9, 9)
    assert source.routes.count(ROUTE) == 2
    assert set(rooms(source.path)) == set(ALL) - {"vault-talk"}


def test_check_says_what_it_costs_and_what_it_gives(source: Source) -> None:
    client = source.client()
    held = preflight(client)
    source.workspace.revoke(PERMISSION, "access-reviewer")
    lacking = preflight(client)
    client.close()
    assert held.notes[0].startswith(f"'{PERMISSION}' is held; whoever holds it also lists every room")
    assert lacking.notes[0].startswith(f"To weigh before granting '{PERMISSION}': whoever holds it also lists")
    assert "last message" in lacking.notes[0]
    costs = {name: (needed, held, cost) for name, needed, held, cost in lacking.table(lacking.source)}
    assert costs[PERMISSION] == (False, False, "Without it the rooms of teams are not read; everything else is.")
    lacking.require()


# ---- the graph


@pytest.fixture
def graph(engine: Engine) -> Iterator[Graph]:
    with connect(engine.target, write=True) as graph:
        yield graph


def test_what_is_in_the_graph(graph: Graph, tmp_path: Path) -> None:
    world = company()
    outcome = loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)
    found = ask(graph, """MATCH (t:Team)-[e:HAS_ROOM]->(r:Room) RETURN t.id AS team, e.main AS main,
                                 properties(r) AS room ORDER BY r.id""")  # fmt: skip
    common = {"workspace": "acme", "archived": False, "readOnly": False, "attributeControlled": False}
    assert found == [
        {"team": "blue", "main": True, "room": {
            **common, "id": "blue.main", "name": "room blue.main", "type": "p", "private": True, "archived": True,
            "readOnly": True}},
        {"team": "red", "main": True, "room": {
            **common, "id": "red.main", "name": "room red.main", "type": "c", "private": False, "usersCount": 3}},
        {"team": "red", "main": False, "room": {
            **common, "id": "red.plans", "name": "room red.plans", "type": "p", "private": True}},
    ]  # fmt: skip
    assert (outcome.counts["rooms"].added, outcome.counts["HAS_ROOM"].added) == (3, 3)
    sync = state.last_sync(graph.workspace("acme"))
    assert sync is not None
    assert (sync["roomsState"], sync["roomsAdded"]) == ("complete", 3)
    watched = Watched(graph)
    assert not loaded(watched, world, tmp_path, verify=True).changes
    assert watched.statements == UNCHANGED


def test_i2_forbidden_takes_nothing_away_and_is_no_partial_run(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    before = current(graph)
    for _ in range(2):
        outcome = loaded(graph, world, tmp_path, forbidden=["rooms"], allow_removals=100)
        assert outcome.state == "complete"
        assert not outcome.changes
        assert current(graph) == before
    sync = state.last_sync(graph.workspace("acme"))
    assert sync is not None
    assert (sync["state"], sync["roomsState"]) == ("complete", "forbidden")
    assert loaded(graph, world, tmp_path, partial=["rooms"]).state == "partial"
    fewer = world.copy()
    fewer.rooms.clear()
    assert loaded(graph, fewer, tmp_path, partial=["rooms"], allow_removals=100).state == "partial"
    assert current(graph) == before
    with pytest.raises(GuardError) as stopped:
        loaded(graph, fewer, tmp_path)
    assert "3 of 3 rooms would be removed" in str(stopped.value)
    assert "room red.plans" in str(stopped.value)
    loaded(graph, fewer, tmp_path, allow_removals=100)
    assert current(graph) == expected(fewer)
    assert ask(graph, "MATCH (r:Room) RETURN count(r) AS n") == [{"n": 0}]


def test_a_first_load_without_the_permission(graph: Graph, tmp_path: Path) -> None:
    world = company()
    outcome = loaded(graph, world, tmp_path, forbidden=["rooms"])
    assert outcome.state == "complete"
    without = world.copy()
    without.rooms.clear()
    assert current(graph) == expected(without)
    loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)


def test_a_team_that_is_gone_takes_its_edges_and_rooms_wait_for_proof(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    gone = world.copy()
    gone.delete_team("red")
    outcome = loaded(graph, gone, tmp_path, forbidden=["rooms"])
    assert formers(graph) == {("FormerTeam", "red")}
    assert outcome.closed["HAS_ROOM"].names == ("team team red → room red.main", "team team red → room red.plans")
    assert ask(graph, "MATCH (r:Room) WHERE NOT (r)--() RETURN r.id AS id ORDER BY id") == [
        {"id": "red.main"}, {"id": "red.plans"},
    ]  # fmt: skip
    loaded(graph, gone, tmp_path)
    assert current(graph) == expected(gone)
    loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)


def test_rooms_move_change_and_vanish(graph: Graph, tmp_path: Path) -> None:
    world = company()
    for number in range(20):
        world.room(f"r{number:02}", "blue", users_count=number)
    loaded(graph, world, tmp_path, node_batch=4)
    changed = world.copy()
    changed.room("r00", "red", name="moved")
    changed.rooms["r01"] = replace(changed.rooms["r01"], users_count=99, archived=None)
    changed.rooms["r02"] = replace(changed.rooms["r02"], main=True)
    del changed.rooms["r03"]
    outcome = loaded(graph, changed, tmp_path, node_batch=4)
    assert current(graph) == expected(changed)
    counts = outcome.counts
    assert (counts["rooms"].added, counts["rooms"].changed, counts["rooms"].closed) == (0, 2, 1)
    assert (counts["HAS_ROOM"].added, counts["HAS_ROOM"].changed, counts["HAS_ROOM"].closed) == (1, 1, 2)
    assert outcome.closed["rooms"].names == ("room r03",)


def test_i5_what_others_attached_stays_and_other_workspaces_too(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    loaded(graph, world, tmp_path, workspace="other")
    ask(graph, """MATCH (r:Room {workspace: 'acme', id: 'red.plans'})
                  CREATE (r)<-[:NOTE]-(:Ticket {id: 1}), (:Team {id: 'red'})-[:HAS_ROOM]->(r),
                         (:Room {id: 'red.plans'})""")  # fmt: skip
    changed = world.copy()
    del changed.rooms["red.plans"]
    for _ in range(2):
        loaded(graph, changed, tmp_path)
    assert current(graph) == expected(changed)
    assert current(graph, "other") == expected(world)
    assert ask(graph, "MATCH (x {workspace: 'acme', id: 'red.plans'}) RETURN labels(x) AS l, COUNT {(x)--()} AS n") == [
        {"l": [], "n": 2}
    ]
    assert ask(graph, "MATCH (r:Room) WHERE r.workspace IS NULL RETURN count(r) AS n") == [{"n": 1}]
    loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)


def test_what_was_changed_by_hand_is_put_right(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    before = everything(graph)
    ask(
        graph, "MATCH (r:Room {id: 'red.main'}) SET r.name = 7, r.private = 'x', r.usersCount = true, r.archived = null"
    )
    ask(graph, "MATCH (:Team)-[e:HAS_ROOM]->(:Room {id: 'red.plans'}) DELETE e")
    ask(graph, "MATCH (:Team)-[e:HAS_ROOM]->(:Room {id: 'blue.main'}) SET e.main = 'x'")
    ask(graph, "MATCH (t:Team {id: 'empty'}), (r:Room {id: 'blue.main'}) CREATE (t)-[:HAS_ROOM]->(r)")
    loaded(graph, world, tmp_path)
    assert everything(graph) == before


def test_a_room_of_the_number_5_is_no_room_of_the_team_5(neo4j_engine: Engine, tmp_path: Path) -> None:
    """The embedded engine lets no such node in."""
    world = company()
    world.team("5")
    world.room("5.plans", "5")
    with connect(neo4j_engine.target, write=True) as graph:
        loaded(graph, world, tmp_path)
        ask(graph, "MATCH (:Team {id: '5'})-[e:HAS_ROOM]->(r:Room {id: '5.plans'}) DELETE e "
                   "CREATE (:Team {workspace: 'acme', id: 5})-[:HAS_ROOM {main: false}]->(r)")  # fmt: skip
        loaded(graph, world, tmp_path)
        found = ask(graph, "MATCH (t:Team)-[:HAS_ROOM]->(:Room {id: '5.plans'}) RETURN t.id AS id")
    assert {row["id"] for row in found} == {"5", 5}


def test_a_world_read_and_loaded(engine: Engine, source: Source) -> None:
    """From the simulator to the graph, with a run that may not see rooms in between."""
    with connect(engine.target, write=True) as graph:
        for held in (True, False, True):
            change = source.workspace.grant if held else source.workspace.revoke
            change(PERMISSION, "access-reviewer")
            source.collect(overwrite=True)
            with Snapshot.open(source.path) as snapshot:
                outcome = load_snapshot(graph.workspace("w"), snapshot)
            assert outcome.state == "complete"
            found = ask(graph, "MATCH (:Team)-[e:HAS_ROOM]->(r:Room) RETURN r.name AS name, e.main AS main")
            assert {row["name"]: row["main"] for row in found} == {name: bool(row[-1]) for name, row in ALL.items()}


def test_i2_rooms_that_do_not_come_any_more_stay_in_the_graph(engine: Engine, source: Source) -> None:
    with connect(engine.target, write=True) as graph:
        for lasts in (0, -1):
            source.server.faults.add(Fault("html-502", route=ROUTE, times=lasts))
            source.collect(overwrite=True)
            with Snapshot.open(source.path) as snapshot:
                outcome = load_snapshot(graph.workspace("w"), snapshot, allow_removals=100)
            found = ask(graph, "MATCH (:Team)-[e:HAS_ROOM]->(r:Room) RETURN r.name AS name, e.main AS main")
            assert {row["name"]: row["main"] for row in found} == {name: bool(row[-1]) for name, row in ALL.items()}
        sync = state.last_sync(graph.workspace("w"))
    assert (outcome.state, outcome.removed_none, set(outcome.incomplete)) == ("partial", ["rooms"], {"rooms"})
    assert sync is not None
    assert any(text.startswith("rooms: they did not come, as a whole or in pages: ") for text in sync["notVisible"])


def test_what_is_held_of_an_unread_list_has_the_date_of_what_it_is(tmp_path: Path, embedded_engine: Engine) -> None:
    """A load that saw no room leaves the rooms of the one before: an answer about them says as of when they are."""
    company = office()
    with Simulator(company) as server:
        desk = Desk(tmp_path).at(server, embedded_engine)
        desk.ok("load")
        status = json.loads(desk.ok("status", "--json"))["workspaces"][0]
        for role in list(company.roles):
            company.revoke("view-room-administration", role)
        desk.run("load")
        rooms = json.loads(desk.ok("query", "MATCH (r:Room) RETURN r.id AS id ORDER BY id", "--json"))
        told = desk.run("who", f"room:id:{rooms[0]['id']}")
    held = f"rooms of teams: not permitted; what is held of it is as of {status['asOf']}"
    assert f"Not visible: {held}" in told.out
