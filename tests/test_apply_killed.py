"""A killed run, repeated, ends where an unkilled one ends; a graph that grew equals one made at once.

The default run kills at every third write; `-m soak` at each.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from rc2graph.graph.connect import Graph, connect
from rc2graph.model import Membership, Permission
from rc2graph.snapshot.schema import DATASETS
from tests.engines import Engine
from tests.snapshots import Killed, Time, Watched, World, ask, company, current, expected, formers, loaded


@pytest.fixture
def graph(engine: Engine) -> Iterator[Graph]:
    with connect(engine.target, write=True) as graph:
        yield graph


@pytest.fixture
def embedded(embedded_engine: Engine) -> Iterator[Graph]:
    with connect(embedded_engine.target, write=True) as graph:
        yield graph


def before() -> World:
    """Fay has a label and no edge: nothing but her node says that she was gone for a while."""
    world = company()
    world.user("fay", active=False)
    return world


def much_changed() -> World:
    """Something of everything that a run can do."""
    world = before()
    world.delete_user("fay")
    world.change("ana", active=False, name="Ana B.")
    world.change("cat", active=True, federated=True)
    world.change("dan", service_account=True, roles=("auditor", "gone-role"))
    world.change("u00", roles=("user", "admin"))
    world.change("u01", active=False, roles=())
    world.delete_user("bob")
    world.delete_user("u07")
    world.delete_team("empty")
    world.leave("blue", "u02")
    world.join("blue", "u03", "owner")
    world.team("green", "u03", "u04")
    world.user("new", "admin", service_account=True, active=False)
    world.role("gone-role", "view-all-teams")
    world.revoke("ghost", "view-all-teams")
    world.revoke("bot", "view-d-room")
    del world.roles["bot"]
    world.change("cat", roles=("new-role",))
    world.role("new-role", "view-d-room", "extra")
    world.room("red.plans", "green", private=True)
    world.room("green.main", "green", main=True)
    del world.rooms["blue.main"]
    return world


BATCHES = {"node_batch": 4, "edge_batch": 5, "allow_removals": 100}


def killed_everywhere(
    graph: Graph, tmp_path: Path, moments: range, first: Sequence[World], second: World, then: Callable[[], World]
) -> None:
    """Kill the load of `second` (after `first`) before its transactions in turn, then load what `then` says."""
    for dies_after in moments:
        ask(graph, "MATCH (n) DETACH DELETE n")
        now = Time()
        for world in first:
            loaded(graph, world, tmp_path, now=now, **BATCHES)
        try:
            loaded(Watched(graph, dies_after), second, tmp_path, now=now, **BATCHES)
        except Killed:
            pass
        else:
            assert dies_after > 10
            return
        world = then()
        loaded(graph, world, tmp_path, now=now, **BATCHES)
        assert current(graph) == expected(world), f"killed before write {dies_after}"
        watched = Watched(graph)
        loaded(watched, world, tmp_path, now=now)
        assert watched.statements == ["load/acquire", "load/renew", "load/sync"], f"killed before write {dies_after}"
        clash = ask(
            graph, """MATCH (a:FormerUser) MATCH (b:User {workspace: a.workspace, id: a.id}) RETURN a.id AS id"""
        )
        assert clash == []
    raise AssertionError("it never came to its end")


def test_i4_a_first_load_killed_anywhere_and_repeated(graph: Graph, tmp_path: Path, moments: range) -> None:
    killed_everywhere(graph, tmp_path, moments, [], before(), before)


def test_i4_a_load_killed_anywhere_and_repeated(graph: Graph, tmp_path: Path, moments: range) -> None:
    killed_everywhere(graph, tmp_path, moments, [before()], much_changed(), much_changed)


def test_i4_a_load_killed_anywhere_and_the_source_is_as_it_was(graph: Graph, tmp_path: Path, moments: range) -> None:
    killed_everywhere(graph, tmp_path, moments, [before()], much_changed(), before)


def test_i4_the_way_back_killed_anywhere(embedded: Graph, tmp_path: Path, moments: range) -> None:
    killed_everywhere(embedded, tmp_path, moments, [before(), much_changed()], before(), before)
    killed_everywhere(embedded, tmp_path, moments, [before(), much_changed()], before(), much_changed)


def test_i4_of_edges_that_are_there_twice_killed_anywhere(graph: Graph, tmp_path: Path) -> None:
    """Which of two stays is told by their age alone, so its team has to be looked at, also by a later run."""
    world = before()
    forged = "CREATE (u)-[:MEMBER_OF {firstSeen: '2020-01-01T00:00:00.000Z', owner: false, roles: ['fake']}]->(t)"
    for dies_after in range(1, 5):
        ask(graph, "MATCH (n) DETACH DELETE n")
        now = Time()
        loaded(graph, world, tmp_path, now=now)
        ask(graph, f"MATCH (u:User {{id: 'ana'}})-[:MEMBER_OF]->(t:Team {{id: 'red'}}) {forged}")
        ask(graph, "MATCH (u:User {id: 'dan'}) REMOVE u:Federated")
        with suppress(Killed):
            loaded(Watched(graph, dies_after), world, tmp_path, now=now, verify=True, **BATCHES)
        loaded(graph, world, tmp_path, now=now)
        assert current(graph).edges == expected(world).edges, f"killed before write {dies_after}"


def test_what_a_killed_load_has_written_is_new_access(graph: Graph, tmp_path: Path) -> None:
    now, world = Time(), before()
    loaded(graph, world, tmp_path, now=now)
    asked = {"workspace": "acme", "asOf": "2026-07-12T09:00:00.000Z", "new_days": 100_000, "default_roles": ["user"]}
    assert graph.read("review/new-access", **asked) == []
    world.change("cat", roles=("user", "admin"))
    loads = Watched(graph, 0)
    while not ask(graph, "MATCH (u:User {id: 'cat'})-[e:HAS_ROLE]->(:Role {id: 'admin'}) RETURN e"):
        loads.dies_after, loads.writes = int(loads.dies_after or 0) + 1, 0
        with pytest.raises(Killed):
            loaded(loads, world, tmp_path, now=now, **BATCHES)
    assert [row["name"] for row in graph.read("review/new-access", **asked)] == ["admin"]


def mutate(world: World, rng: random.Random) -> None:
    """One change that a workspace may see."""
    users, teams, roles = list(world.users), list(world.teams), list(world.roles)
    pick = rng.randrange(18)
    user = rng.choice(users) if users else "x"
    team = rng.choice(teams) if teams else "x"
    role = rng.choice([*roles, "ghost", "gone-role"])
    if pick == 0 or len(users) < 5:
        world.user(
            f"n{rng.randrange(30)}", *rng.sample(sorted({role, "user"}), 1), active=rng.choice([True, False, None])
        )
    elif pick == 1 and len(users) > 8:
        world.delete_user(user)
    elif pick == 2:
        world.change(user, roles=tuple(rng.sample([*roles, "ghost", "gone-role"], rng.randrange(4))))
    elif pick == 3:
        world.change(user, active=rng.choice([True, False, None]))
    elif pick == 4:
        world.change(user, service_account=rng.choice([True, None]), federated=rng.choice([True, None]))
    elif pick == 5:
        world.change(user, name=rng.choice([None, "A", "B"]), emails=rng.choice([None, (), ("a@b.example",)]))
    elif pick == 6 or len(teams) < 3:
        world.team(f"t{rng.randrange(8)}", user)
    elif pick == 7:
        world.delete_team(team)
    elif pick in (8, 9):
        world.join(team, user, *rng.sample(["owner", "leader", "moderator"], rng.randrange(3)), added_by_id=user)
    elif pick == 10 and world.members:
        world.leave(*rng.choice(sorted(world.members)))
    elif pick == 11:
        world.role(f"r{rng.randrange(6)}", description=rng.choice([None, "x"]))
    elif pick == 12 and len(roles) > 3:
        del world.roles[role if role in world.roles else roles[0]]
    elif pick == 13:
        world.grant(role, f"p{rng.randrange(8)}")
    elif pick == 14 and world.permissions:
        id_ = rng.choice(sorted(world.permissions))
        world.permissions[id_] = Permission(id_, rng.choice([None, "X"]), world.permissions[id_].roles[1:])
    elif pick in (15, 16):
        world.room(f"m{rng.randrange(6)}", team, private=rng.random() < 0.5, users_count=rng.choice([None, 1, 2]))
        world.rooms = dict(sorted(world.rooms.items())[rng.randrange(2) :])
    else:
        world.members[team, f"z{rng.randrange(3)}"] = Membership(team, f"z{rng.randrange(3)}", username="zed")
        world.members = {(row.team_id, row.user_id): row for row in world.members.values()}


@pytest.mark.parametrize("seed", range(3))
def test_i14_a_graph_that_grew_equals_one_made_at_once(embedded: Graph, tmp_path: Path, seed: int) -> None:
    rng, now, world = random.Random(seed), Time(), company()
    for round_ in range(30):
        for _ in range(rng.randrange(1, 12)):
            mutate(world, rng)
        if rng.random() < 0.3:
            try:
                loaded(Watched(embedded, rng.randrange(1, 12)), world, tmp_path, now=now, **BATCHES)
            except Killed:
                if rng.random() < 0.5:
                    mutate(world, rng)
        if rng.random() < 0.2:
            lists = rng.sample(DATASETS, 2)
            loaded(embedded, world, tmp_path, now=now, partial=lists, **BATCHES)
        loaded(embedded, world, tmp_path, now=now, verify=rng.random() < 0.2, **BATCHES)
        assert current(embedded) == expected(world), f"round {round_}"
    loaded(embedded, world, tmp_path, workspace="fresh")
    assert current(embedded, fingerprints=True) == current(embedded, "fresh", fingerprints=True)
    now_there = {(label.replace("Former", ""), id_) for label, id_ in formers(embedded)}
    assert not now_there & {(label.split("+")[-1], id_) for label, id_, _ in current(embedded).nodes}
