"""From a snapshot into the graph: whatever happened before, the graph says what the snapshot says."""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from rc2graph.errors import SnapshotError
from rc2graph.graph import reader, state
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.kinds import COUNTED, OWNERS
from rc2graph.graph.load import load_snapshot
from rc2graph.graph.load_result import LoadResult
from rc2graph.graph.plan import Plan
from rc2graph.model import Membership, Team
from rc2graph.snapshot import Snapshot
from rc2graph.snapshot.finish import digest
from tests.engines import Engine
from tests.snapshots import (
    Time,
    Watched,
    World,
    ask,
    company,
    current,
    everything,
    expected,
    formers,
    history,
    loaded,
    snapshot,
)


@pytest.fixture
def graph(engine: Engine) -> Iterator[Graph]:
    with connect(engine.target, write=True) as graph:
        yield graph


def test_the_graph_says_what_the_snapshot_says(graph: Graph, tmp_path: Path) -> None:
    world = company()
    outcome = loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)
    assert ("Deactivated+ServiceAccount+User", "cat") in {node[:2] for node in current(graph).nodes}
    assert {kind: count.added for kind, count in outcome.counts.items()} == {
        "users": 17, "roles": 7, "teams": 3, "permissions": 2, "rooms": 3, "HAS_ROLE": 18, "MEMBER_OF": 17,
        "GRANTS": 6, "HAS_ROOM": 3, "ESCALATES_TO": 0, "ESCALATES_WITH": 0,
    }  # fmt: skip
    assert state.counts(graph.workspace("acme")) == {kind: outcome.counts[kind].added for kind in COUNTED}


def test_i3_a_second_load_writes_nothing_but_its_sync(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    before = everything(graph)
    watched = Watched(graph)
    outcome = loaded(watched, world, tmp_path)
    assert watched.statements == ["load/acquire", "load/renew", "load/sync"]
    assert watched.executed == 0
    assert not outcome.changes
    assert everything(graph) == before
    assert ask(graph, "MATCH (s:Sync) RETURN count(s) AS n") == [{"n": 2}]


def test_i3_a_partial_load_repeated_writes_nothing_either(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    world.leave("blue", "u01")
    world.delete_user("u02")
    world.change("u03", roles=())
    world.unsettled["red"] = "refused"
    loaded(graph, world, tmp_path, partial=["users", "members"])
    watched = Watched(graph)
    outcome = loaded(watched, world, tmp_path, partial=["users", "members"])
    assert watched.statements == ["load/acquire", "load/renew", "load/sync"]
    assert not outcome.changes


def test_the_record_of_a_run(graph: Graph, tmp_path: Path) -> None:
    world = company()
    outcome = loaded(graph, world, tmp_path)
    sync = state.last_sync(graph.workspace("acme"))
    assert sync is not None
    assert sync["id"] == outcome.sync_id
    asked = ("state", "callerId", "callerRoles", "usersState", "usersFetched", "usersAdded")
    assert {key: sync[key] for key in asked} == {
        "state": "complete", "callerId": "ana", "callerRoles": ["admin"],
        "usersState": "complete", "usersFetched": 17, "usersAdded": 17,
    }  # fmt: skip
    assert {"membersAdded", "assignmentsAdded", "grantsClosed", "deactivatedMembersState"} <= sync.keys()
    node = ask(graph, "MATCH (w:Workspace) RETURN properties(w) AS p")[0]["p"]
    assert node == {
        "id": "acme", "workspace": "acme", "url": "https://acme.example.org", "version": "8.6.1",
        "lastSyncId": outcome.sync_id, "leaseTouched": outcome.sync_id,
    }  # fmt: skip
    assert state.workspaces(graph) == ["acme"]


def rename(world: World) -> None:
    world.change("ana", name="Ana B.", emails=None)


def lose_visibility(world: World) -> None:
    world.change("ana", name=None, emails=None, email_verified=None, last_login=None)


def deactivate(world: World) -> None:
    world.change("ana", active=False)


def activate(world: World) -> None:
    world.change("cat", active=True, service_account=None)


def give_role(world: World) -> None:
    world.change("bob", roles=("user", "auditor"))


def take_role(world: World) -> None:
    world.change("dan", roles=("user",))


def join_team(world: World) -> None:
    world.join("empty", "eve", "owner")


def leave_team(world: World) -> None:
    world.leave("blue", "u05")


def promote(world: World) -> None:
    world.join("blue", "u05", "owner", "leader", joined_at="2026-02-02T00:00:00.000Z")


def grant(world: World) -> None:
    world.grant("auditor", "view-all-teams")


def revoke(world: World) -> None:
    world.revoke("bot", "view-d-room")


def drop_permission(world: World) -> None:
    del world.permissions["view-all-teams"]


def delete_team(world: World) -> None:
    world.delete_team("red")


def delete_user(world: World) -> None:
    world.delete_user("ana")


def role_becomes_real(world: World) -> None:
    world.role("gone-role", description="found again")


def role_turns_dangling(world: World) -> None:
    del world.roles["bot"]


def role_goes(world: World) -> None:
    del world.roles["owner"]
    del world.roles["bot"]
    world.revoke("bot", "view-d-room")
    world.change("cat", roles=())


def member_nobody_lists(world: World) -> None:
    world.members["red", "zed"] = Membership("red", "zed", username="zed", name="Zed")


def orphans(world: World) -> None:
    world.orphans["blue"] = 3


def setting_permission(world: World) -> None:
    world.permissions["change-setting-X"] = world.permissions["view-d-room"].__class__(
        "change-setting-X", "X", ("bot",)
    )


def room_changes(world: World) -> None:
    world.room("red.plans", "blue", name="moved", users_count=4)
    world.room("red.main", "red", archived=True, read_only=True, type=None)
    world.room("new", "empty", main=True)
    del world.rooms["blue.main"]
    world.room("general", "red")


CHANGES = (
    rename, lose_visibility, deactivate, activate, give_role, take_role, join_team, leave_team, promote, grant, revoke,
    drop_permission, delete_team, delete_user, role_becomes_real, role_turns_dangling, role_goes, member_nobody_lists,
    orphans, setting_permission, room_changes,
)  # fmt: skip


def test_i14_each_change_and_its_reverse(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    for change in CHANGES:
        changed = world.copy()
        change(changed)
        outcome = loaded(graph, changed, tmp_path, allow_removals=100)
        assert current(graph) == expected(changed), change.__name__
        assert outcome.changes, change.__name__
        loaded(graph, world, tmp_path, allow_removals=100)
        assert current(graph) == expected(world), f"back from {change.__name__}"
        watched = Watched(graph)
        loaded(watched, world, tmp_path)
        assert watched.statements == ["load/acquire", "load/renew", "load/sync"], change.__name__


def test_i7_i14_who_is_gone_keeps_history_and_may_return(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path, at="2026-01-01T00:00:00.000Z")
    gone = world.copy()
    gone.delete_user("cat")
    outcome = loaded(graph, gone, tmp_path, at="2026-01-02T00:00:00.000Z")
    assert formers(graph) == {("FormerUser", "cat")}
    closed = ("2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z")
    assert history(graph) == {("HAD_ROLE", "cat", "bot", *closed), ("WAS_MEMBER_OF", "cat", "blue", *closed)}
    assert outcome.closed["users"].names == ("cat.name",)
    assert outcome.closed["MEMBER_OF"].names == ("cat.name → team team blue",)
    back = loaded(graph, world, tmp_path, at="2026-01-03T00:00:00.000Z")
    assert (back.counts["users"].returned, back.counts["users"].added) == (1, 0)
    assert formers(graph) == set()
    assert current(graph) == expected(world)
    when = "MATCH (u:User {id: 'cat'})-[e:HAS_ROLE]->() RETURN u.firstSeen AS u, u.until AS t, e.firstSeen AS e"
    assert ask(graph, when) == [{"u": "2026-01-01T00:00:00.000Z", "t": None, "e": "2026-01-03T00:00:00.000Z"}]
    assert len(history(graph)) == 2


def test_a_lost_fingerprint_is_put_back_and_nothing_else(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    before = everything(graph)
    ask(graph, "MATCH (n) WHERE n:User OR n:Team OR n:Role REMOVE n.fingerprint")
    outcome = loaded(graph, world, tmp_path)
    assert not outcome.changes
    assert everything(graph) == before


def test_what_was_loaded_before_is_not_compared_again_unless_somebody_was_there(graph: Graph, tmp_path: Path) -> None:
    """The whole is known by one hash; by a count, that nothing was taken out of the graph or put into it."""
    world = company()
    loaded(graph, world, tmp_path)
    compared = {"state/fingerprints/User", "state/fingerprints/Role", "state/fingerprints/Team"}

    def again(**options: Any) -> tuple[bool, LoadResult]:
        watched = Watched(graph)
        outcome = loaded(watched, world, tmp_path, **options)
        return compared <= set(watched.reads), outcome

    assert again()[0] is False
    assert again(verify=True)[0] is True
    for done in (
        "MATCH (u:User {id: 'bob'}) DETACH DELETE u",
        "MATCH (t:Team {id: 'red'})<-[e:MEMBER_OF]-() DELETE e",
        "MATCH (u:User {id: 'bob'}) REMOVE u.fingerprint",
        "MATCH (u:User {id: 'bob'}) CREATE (:User {id: 'bot', workspace: u.workspace})",
        "MATCH (w:Workspace) SET w.leaseTouched = 'somebody who was killed'",
    ):
        ask(graph, done)
        read, _ = again(allow_removals=100)
        assert read is True, done
        assert current(graph) == expected(world), done
        assert again()[0] is False
    world.change("bob", name="Robert")
    read, outcome = again()
    assert (read, outcome.changes) == (True, 1)


def test_a_snapshot_of_an_older_release_has_no_hash_of_what_is_loaded(graph: Graph, tmp_path: Path) -> None:
    """Two of them in turn at one place are still two."""
    world = company()
    for name in ("Ana", "Anna"):
        world.change("ana", name=name)
        path = tmp_path / "older.sqlite"
        path.unlink(missing_ok=True)
        snapshot(world, path).close()
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("DELETE FROM meta WHERE key = 'content'")
            db.execute("UPDATE meta SET value = ? WHERE key = 'sha256'", (digest(db),))
        with Snapshot.open(path) as older:
            load_snapshot(graph.workspace("acme"), older)
        assert current(graph) == expected(world)


def test_i5_two_workspaces_with_the_same_ids(graph: Graph, tmp_path: Path) -> None:
    one, two = company(), company()
    two.change("ana", name="Another Ana")
    two.delete_user("bob")
    loaded(graph, one, tmp_path)
    loaded(graph, two, tmp_path, workspace="other")
    assert current(graph) == expected(one)
    assert current(graph, "other") == expected(two)
    two.delete_user("ana")
    two.delete_team("red")
    loaded(graph, two, tmp_path, workspace="other", allow_removals=100, verify=True)
    assert current(graph) == expected(one)
    assert current(graph, "other") == expected(two)
    assert formers(graph) == set()
    assert state.workspaces(graph) == ["acme", "other"]


def test_i5_what_others_attached_is_left_alone(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    ask(graph, """MATCH (u:User {id: 'eve'}), (t:Team {id: 'red'}), (p:Permission {id: 'view-all-teams'}),
                        (r:Role {id: 'auditor'}), (b:User {id: 'bob'})
                  SET u:Vip, u.note = 'theirs'
                  CREATE (u)-[:NOTE {text: 'x'}]->(:Ticket {id: 'eve'}),
                         (t)-[:NOTE]->(:Ticket {workspace: 'acme', id: 'red'}), (p)<-[:NOTE]-(:Ticket {id: 3}),
                         (r)<-[:HAS_ROLE]-(:User {id: 'stray'}), (:Role {id: 'admin'})<-[:HAS_ROLE]-(b),
                         (:User)-[:MEMBER_OF]->(:Team)""")  # fmt: skip
    theirs = "MATCH (n)-[e]-(x) WHERE n:Ticket OR n.workspace IS NULL RETURN type(e) AS t, x.id AS id ORDER BY t, id"
    before = ask(graph, theirs)
    world.delete_user("eve")
    world.delete_team("red")
    world.role("owner")
    del world.permissions["view-all-teams"]
    loaded(graph, world, tmp_path, allow_removals=100, verify=True)
    loaded(graph, world, tmp_path, allow_removals=100, verify=True)
    assert ask(graph, theirs) == before
    assert formers(graph) == {("FormerUser+Vip", "eve"), ("FormerTeam", "red"), ("FormerRole", "ghost")}
    assert ask(graph, "MATCH (u:FormerUser {id: 'eve'}) RETURN u.note AS note") == [{"note": "theirs"}]
    assert ask(graph, "MATCH (p {id: 'view-all-teams'}) RETURN labels(p) AS l") == [{"l": []}]
    dump = current(graph)
    wanted = expected(world)
    assert dump.nodes == wanted.nodes
    assert dump.edges == wanted.edges
    world.grant("admin", "view-all-teams")
    loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)


def test_more_than_fits_a_transaction(graph: Graph, tmp_path: Path) -> None:
    world = company()
    for number in range(40):
        world.user(f"m{number:02}", "user", "admin", "auditor")
        world.join("red", f"m{number:02}")
    options: dict[str, Any] = {"node_batch": 3, "edge_batch": 7}
    loaded(graph, world, tmp_path, **options)
    assert current(graph) == expected(world)
    watched = Watched(graph)
    loaded(watched, world, tmp_path, **options)
    assert watched.statements == ["load/acquire", "load/renew", "load/sync"]
    for number in range(0, 40, 2):
        world.leave("red", f"m{number:02}")
        world.join("red", f"m{number + 1:02}", "owner")
    loaded(graph, world, tmp_path, allow_removals=100, **options)
    assert current(graph) == expected(world)
    before = everything(graph)
    loaded(graph, world, tmp_path, verify=True)
    assert everything(graph) == before


def test_verify_puts_right_what_was_changed_by_hand(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    ask(
        graph, "MATCH (u:User {id: 'ana'}) SET u.name = 7, u.emails = 'x', u.active = 1, u.username = true, u:Federated"
    )
    ask(graph, "MATCH (u:User {id: 'cat'}) REMOVE u:Deactivated")
    ask(graph, "MATCH (:User {id: 'bob'})-[e:HAS_ROLE]->() DELETE e")
    ask(graph, "MATCH (u:User {id: 'bob'}), (r:Role {id: 'admin'}) CREATE (u)-[:HAS_ROLE]->(r)")
    ask(graph, "MATCH (u:User {id: 'bob'}), (t:Team {id: 'empty'}) CREATE (u)-[:MEMBER_OF {owner: true}]->(t)")
    ask(graph, "MATCH (:User {id: 'ana'})-[e:MEMBER_OF]->(:Team {id: 'red'}) SET e.owner = false, e.roles = ['x']")
    ask(graph, "MATCH (:Role {id: 'admin'})-[e:GRANTS]->() DELETE e")
    ask(graph, "MATCH (t:Team {id: 'blue'}) SET t.private = false, t.name = null, t.orphanRows = 4")
    ask(graph, "MATCH (r:Role {id: 'owner'}) SET r.dangling = true, r.name = null")
    ask(graph, "MATCH (u:User {id: 'u03'}) DETACH DELETE u")
    broken = everything(graph)
    assert loaded(graph, world, tmp_path, verify=True, dry_run=True).changes
    assert everything(graph) == broken
    loaded(graph, world, tmp_path, verify=True)
    assert current(graph) == expected(world)
    watched = Watched(graph)
    assert not loaded(watched, world, tmp_path, verify=True).changes
    assert watched.statements == ["load/acquire", "load/renew", "load/sync"]


def test_verify_looks_closer_at_nothing_that_is_as_it_was(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both sides are compared as text, which SQLite spells on one side and Python on the other."""
    world = company()
    odd = "".join(map(chr, (*range(1, 0x100), 0x2028, 0xE000, 0xFFFD, 0x1F511)))
    world.user("odd", "user", "admin", name=odd, emails=(odd, "\"\\'"), reason="")
    world.team("odd", "odd", private=True, name=odd)
    world.join("odd", "odd", "owner", odd, added_by_id=odd)
    loaded(graph, world, tmp_path)
    monkeypatch.delattr(reader, "_differing")
    assert not loaded(graph, world, tmp_path, verify=True).changes
    for change in ("SET u.active = 1", "SET u.active = 1.0", "SET u.lastLogin = datetime()"):
        ask(graph, f"MATCH (u:User {{id: 'odd'}}) {change}")
        with pytest.raises(NameError):
            loaded(graph, world, tmp_path, verify=True)


def test_verify_sees_what_no_count_shows(graph: Graph, tmp_path: Path) -> None:
    world = company()
    for team in ("red", "blue"):
        for user in ("ana", "bob"):
            world.join(team, user)
    loaded(graph, world, tmp_path)
    edge = "(:User {id: $u})-[e:MEMBER_OF]->(:Team {id: $t})"
    for user, once, twice in (("ana", "red", "blue"), ("bob", "blue", "red")):  # as many for each of the four
        ask(graph, f"MATCH {edge} DELETE e", u=user, t=once)
        ask(graph, "MATCH (u:User {id: $u})-[e:MEMBER_OF]->(t:Team {id: $t}) CREATE (u)-[f:MEMBER_OF]->(t) "
                   "SET f.roles = e.roles, f.owner = e.owner, f.joinedAt = e.joinedAt, f.addedById = e.addedById, "
                   "f.firstSeen = e.firstSeen", u=user, t=twice)  # fmt: skip
    ask(graph, "MATCH (u:User {id: 'cat'}) SET u.homeServer = 0, u.lastLogin = []")
    loaded(graph, world, tmp_path, verify=True, allow_removals=100)
    members = ask(graph, "MATCH (u:User)-[:MEMBER_OF]->(t:Team) WHERE t.id IN ['red', 'blue'] "
                         "AND u.id IN ['ana', 'bob'] RETURN u.id AS u, t.id AS t")  # fmt: skip
    assert {(row["u"], row["t"]) for row in members} == set(itertools.product(("ana", "bob"), ("red", "blue")))
    assert current(graph) == expected(world)


def test_what_somebody_made_twice_is_there_once(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    for type_ in ("HAS_ROLE", "MEMBER_OF", "GRANTS"):
        ask(graph, f"MATCH (a {{workspace: 'acme'}})-[e:{type_}]->(b) WITH a, b, e LIMIT 3 CREATE (a)-[:{type_}]->(b)")
    world.leave("red", "ana")
    loaded(graph, world, tmp_path)  # without --verify: they are too many
    assert current(graph) == expected(world)
    assert not loaded(graph, world, tmp_path).changes
    assert len(history(graph)) == 1


def test_verify_sees_an_edge_that_leads_to_a_node_without_an_id(graph: Graph, tmp_path: Path) -> None:
    edge_led_astray(graph, None, tmp_path)


def test_verify_sees_an_edge_that_leads_to_the_number_5_and_not_to_the_role_5(
    neo4j_engine: Engine, tmp_path: Path
) -> None:
    """The embedded engine lets no such node in."""
    with connect(neo4j_engine.target, write=True) as graph:
        edge_led_astray(graph, 5, tmp_path)


def edge_led_astray(graph: Graph, to: int | None, tmp_path: Path) -> None:
    world = company()
    world.role("5")
    world.change("ana", roles=("admin", "5"))
    loaded(graph, world, tmp_path)
    ask(graph, "MATCH (u:User {id: 'ana'})-[e:HAS_ROLE]->(:Role {id: '5'}) DELETE e "
               f"CREATE (u)-[:HAS_ROLE]->(:Role {{workspace: 'acme', name: 'x', id: {to or 'null'}}})")  # fmt: skip
    loaded(graph, world, tmp_path, verify=True, allow_removals=100)
    held = ask(graph, "MATCH (:User {id: 'ana'})-[:HAS_ROLE]->(r:Role) RETURN r.id AS id")
    assert {row["id"] for row in held} == {"admin", "5", to}
    watched = Watched(graph)
    loaded(watched, world, tmp_path, verify=True)
    assert watched.statements == ["load/acquire", "load/renew", "load/sync"]


def test_a_role_that_lost_its_id_is_there_again_with_all_who_hold_it(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    ask(graph, "MATCH (r:Role {id: 'admin'}) REMOVE r.id")
    loaded(graph, world, tmp_path, allow_removals=100)
    loaded(graph, world, tmp_path, allow_removals=100)
    holders = ask(graph, "MATCH (u:User)-[:HAS_ROLE]->(r:Role {id: 'admin'}) RETURN u.id AS id")
    assert {row["id"] for row in holders} == {user.id for user in world.users.values() if "admin" in (user.roles or ())}


def test_what_is_verified_and_right_is_not_read_again(graph: Graph, tmp_path: Path) -> None:
    world = company()
    world.user('quote"\\ \n \x00 é 𝄞 ', "user")
    loaded(graph, world, tmp_path)
    with (
        snapshot(world, tmp_path / "again.sqlite") as file,
        Plan.made(graph.workspace("acme"), file, verify=True) as plan,
    ):
        assert [plan.number(f"SELECT count(*) FROM work_{one.table}") for one in OWNERS] == [0, 0, 0, 0]


def test_what_is_being_written_is_told_before_it_is_written(graph: Graph, tmp_path: Path) -> None:
    world, told, seen = company(), list[str](), list[str]()
    loaded(graph, world, tmp_path)
    world.change("ana", roles=("user",))
    world.leave("red", "bob")
    world.user("new", "user")
    watched = Watched(graph)
    watched.before = {number: lambda: seen.append(told[-1]) for number in range(1, 3)}
    loaded(watched, world, tmp_path, edge_batch=2, progress=lambda what, done, total: told.append(what))
    assert len(seen) == 2
    assert not [what for what in seen if what.startswith("compare")]


def test_a_snapshot_that_breaks_while_it_is_read_is_to_be_made_anew(embedded_engine: Engine, tmp_path: Path) -> None:
    world = company()
    for number in range(2_000):
        world.user(f"user{number:05}", "user", name="N" * 200)
    path = tmp_path / "world.sqlite"
    snapshot(world, path).close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 3)
        file.write(b"\xff" * (path.stat().st_size // 3))
    with (
        connect(embedded_engine.target, write=True) as graph,
        Snapshot.open(path, check=False) as broken,
        pytest.raises(SnapshotError) as error,
    ):
        load_snapshot(graph.workspace("acme"), broken)
    assert error.value.what == f"{path} broke while it was read: database disk image is malformed."
    assert "Collect anew" in error.value.next_step


def test_i2_an_unsettled_team_is_left_as_it_is(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    before = expected(world)
    changed = world.copy()
    changed.teams["red"] = Team("red", name="renamed")
    changed.leave("red", "bob")
    changed.leave("blue", "u01")
    changed.join("blue", "eve")
    changed.delete_user("u02")
    changed.delete_user("eve")
    changed.user("new", "user")
    changed.delete_team("empty")
    changed.unsettled["red"] = "400 for ever"
    outcome = loaded(graph, changed, tmp_path)
    assert outcome.unsettled == {"renamed": "400 for ever"}
    members = {edge for edge in current(graph).edges if edge[0] == "MEMBER_OF"}
    assert members == {edge for edge in before.edges if edge[0] == "MEMBER_OF"}
    assert formers(graph) == {("FormerUser", "eve"), ("FormerTeam", "empty")}  # nobody's membership stood in the way
    assert ask(graph, "MATCH (t:Team) WHERE t.fingerprint IS NULL RETURN t.id AS id ORDER BY id") == [
        {"id": "blue"}, {"id": "red"},
    ]  # fmt: skip
    changed.unsettled.clear()
    loaded(graph, changed, tmp_path)
    assert current(graph) == expected(changed)
    assert ("FormerUser", "u02") in formers(graph)


def test_readers_for_the_next_collection(graph: Graph, tmp_path: Path) -> None:
    world = company()
    world.orphans["blue"] = 2
    assert state.last_sync(graph.workspace("acme")) is None
    loaded(graph, world, tmp_path)
    assert state.team_orphans(graph.workspace("acme")) == {"blue": (2, 0)}
    assert state.members_of(graph.workspace("acme"), ["red", "empty", "none"]) == {
        "red": {"ana", "bob", "dan"}, "empty": set(), "none": set(),
    }  # fmt: skip
    assert state.role_ids(graph.workspace("acme")) == {"admin", "user", "bot", "auditor", "owner"}
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE user (id TEXT)")
    db.executemany("INSERT INTO user VALUES (?)", [(id_,) for id_ in world.users if id_ not in ("ana", "cat")])
    assert state.missing_users(graph.workspace("acme"), db) == ["ana", "cat"]
    db.close()


def test_time_is_the_collections(graph: Graph, tmp_path: Path) -> None:
    now = Time()
    loaded(graph, company(), tmp_path, at="2026-03-01T00:00:00.000Z", now=now)
    assert ask(graph, "MATCH (n:User) RETURN DISTINCT n.firstSeen AS f") == [{"f": "2026-03-01T00:00:00.000Z"}]
    assert ask(graph, "MATCH ()-[e:MEMBER_OF]->() RETURN DISTINCT e.firstSeen AS f") == [
        {"f": "2026-03-01T00:00:00.000Z"}
    ]
    assert ask(graph, "MATCH (s:Sync) RETURN s.startedAt AS s, s.finishedAt AS f") == [
        {"s": "2026-03-01T00:00:00.000Z", "f": "2026-06-01T00:00:00.000Z"}
    ]  # fmt: skip
