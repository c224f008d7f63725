"""What the guard stops, and that a run which it stops has written nothing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc2graph.errors import BusyError, GuardError, OlderError
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.guard import Removal, guard
from tests.engines import Engine
from tests.snapshots import Killed, Time, Watched, World, ask, company, current, everything, expected, loaded


@pytest.fixture
def graph(engine: Engine) -> Iterator[Graph]:
    with connect(engine.target, write=True) as graph:
        yield graph


@pytest.mark.parametrize(
    ("before", "removed", "after", "allowed", "passes"),
    [
        (100, 5, 95, None, True),
        (10, 5, 5, None, True),  # half of it, but few
        (100, 10, 90, None, True),  # many, but ten percent
        (100, 11, 89, None, False),
        (50, 6, 44, None, False),
        (100, 11, 89, 11, True),
        (100, 11, 89, 10.9, False),
        (100, 50, 50, 50, True),
        (100, 50, 50, 49, False),
        (1, 1, 0, None, False),  # none would be left
        (1, 1, 0, 99, False),
        (1, 1, 0, 100, True),
        (3, 3, 3, None, True),  # all of it, but as many have come
        (100, 100, 0, 100, True),
        (100, 0, 100, None, True),
    ],
)
def test_what_may_go(before: int, removed: int, after: int, allowed: float | None, passes: bool) -> None:
    removal = Removal("users", before, removed, after, ("ana", "bob"))
    if passes:
        guard([removal], allowed)
        return
    with pytest.raises(GuardError) as stopped:
        guard([removal], allowed)
    text = str(stopped.value)
    assert stopped.value.exit_code == 6
    assert f"{removed} of {before} users" in text
    assert "ana, bob" in text
    assert "--allow-removals" in text


def large() -> World:
    world = company()
    for number in range(40):
        world.user(f"w{number:02}", "user")
        world.join("red", f"w{number:02}")
        world.grant("auditor", f"p{number:02}")
    for number in range(12):
        world.role(f"custom{number:02}", "view-d-room")
        world.team(f"team{number:02}", "ana")
    return world


def few_users(world: World) -> None:
    for number in range(10):
        world.delete_user(f"w{number:02}")


def few_roles(world: World) -> None:
    for number in range(6):
        world.revoke(f"custom{number:02}", "view-d-room")
        del world.roles[f"custom{number:02}"]


def dangling_roles(world: World) -> None:
    for number in range(6):
        del world.roles[f"custom{number:02}"]


def few_teams(world: World) -> None:
    for number in range(6):
        world.delete_team(f"team{number:02}")


def few_permissions(world: World) -> None:
    for number in range(10):
        del world.permissions[f"p{number:02}"]


def few_assignments(world: World) -> None:
    for number in range(10):
        world.change(f"w{number:02}", roles=())


def few_memberships(world: World) -> None:
    for number in range(10):
        world.leave("red", f"w{number:02}")


def few_grants(world: World) -> None:
    for number in range(10):
        world.permissions[f"p{number:02}"] = world.permissions[f"p{number:02}"].__class__(f"p{number:02}")


def no_grants(world: World) -> None:
    for id_, permission in world.permissions.items():
        world.permissions[id_] = permission.__class__(id_)


def no_members(world: World) -> None:
    world.members.clear()


CASES = {
    few_users: "10 of 57 users",
    few_roles: "6 of 19 roles",
    dangling_roles: "6 of 19 roles",
    few_teams: "6 of 15 teams",
    few_permissions: "10 of 42 permissions",
    few_assignments: "10 of 58 HAS_ROLE",
    few_memberships: "10 of 69 MEMBER_OF",
    few_grants: "10 of 58 GRANTS",
    no_grants: "57 of 58 GRANTS would be removed .98 %, none would be left",
    no_members: "69 of 69 MEMBER_OF .*none would be left",
}


def test_i15_a_run_that_the_guard_stops_has_written_nothing(graph: Graph, tmp_path: Path) -> None:
    world = large()
    loaded(graph, world, tmp_path)
    before = everything(graph)
    for case, said in CASES.items():
        less = world.copy()
        case(less)
        watched = Watched(graph)
        with pytest.raises(GuardError, match=said):
            loaded(watched, less, tmp_path)
        dry = loaded(watched, less, tmp_path, dry_run=True)
        assert dry.changes
        assert dry.refused is not None
        assert re.search(said, dry.refused.what)
        assert all(f"{removed} of " in dry.refused.what for removed in dry.refused.removed.values())
        assert (watched.writes, watched.executed) == (0, 0)
        assert everything(graph) == before, case.__name__
        allowed = loaded(graph, less, tmp_path, dry_run=True, allow_removals=dry.refused.percent)
        assert (allowed.refused, allowed.changes) == (None, dry.changes), case.__name__


def test_i7_edges_of_who_is_gone_count_with_the_node(graph: Graph, tmp_path: Path) -> None:
    world = large()
    loaded(graph, world, tmp_path)
    world.delete_team("blue")  # with fourteen of its 69 memberships, a fifth
    outcome = loaded(graph, world, tmp_path)
    assert outcome.counts["MEMBER_OF"].closed == 14
    assert current(graph) == expected(world)


def test_i2_an_incomplete_list_removes_nothing(graph: Graph, tmp_path: Path) -> None:
    world = large()
    loaded(graph, world, tmp_path)
    was = expected(world)
    less = World(users={"ana": world.users["ana"]})
    less.change("ana", roles=())
    every = ("users", "roles", "permissions", "teams", "members", "deactivatedMembers", "rooms")
    outcome = loaded(graph, less, tmp_path, partial=every, allow_removals=100, verify=True)
    assert outcome.state == "partial"
    assert current(graph) == was
    less.roles["admin"] = world.roles["admin"]
    loaded(graph, less, tmp_path, partial=("users", "permissions", "members", "rooms"), allow_removals=100)
    now = current(graph)
    assert {edge for edge in was.edges if edge[0] != "MEMBER_OF"} == {
        edge for edge in now.edges if edge[0] != "MEMBER_OF"
    }
    assert {node[:2] for node in was.nodes if node[0] != "Team"} == {
        node[:2] for node in now.nodes if node[0] != "Team"
    }
    loaded(graph, world, tmp_path)
    assert current(graph) == was


def test_i15_older_than_the_graph(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path, at="2026-02-01T00:00:00.000Z")
    before = everything(graph)
    with pytest.raises(OlderError, match="newer data"):
        loaded(graph, World(), tmp_path, at="2026-01-31T23:59:59.999Z", allow_removals=100)
    assert everything(graph) == before
    loaded(graph, world, tmp_path, at="2026-02-01T00:00:00.000Z")


AHEAD = "2036-05-01T00:00:00.000Z"


def test_a_clock_that_was_ahead_once_blocks_no_load_for_years(graph: Graph, tmp_path: Path) -> None:
    """Somebody has to say that this clock is right. Then what the load ahead saw first and what it closed counts as of
    this load; and a snapshot that is older than another load is still refused."""
    world = company()
    loaded(graph, world, tmp_path, at="2026-05-01T00:00:00.000Z")
    world.user("late", "user")
    world.change("bob", roles=())
    loaded(graph, world, tmp_path, at=AHEAD)
    before = everything(graph)
    with pytest.raises(OlderError, match="dated ahead of this clock") as refused:
        loaded(graph, world, tmp_path, at="2026-05-31T00:00:00.000Z", verify=True, allow_removals=100)
    assert (refused.value.exit_code, refused.value.ahead, AHEAD in refused.value.why) == (6, True, True)
    with pytest.raises(OlderError, match="holds newer data"):
        loaded(graph, company(), tmp_path, at="2026-04-30T00:00:00.000Z", withdraw_ahead=True)
    assert everything(graph) == before

    at = "2026-05-31T00:00:00.000Z"
    done = loaded(graph, world, tmp_path, at=at, withdraw_ahead=True)
    assert (done.withdrawn, done.changes) == ([AHEAD], 0)
    dates = """MATCH (u {workspace: 'acme', id: $id})-[e]->(:Role {id: 'user'})
               RETURN u.firstSeen AS node, type(e) AS kind, coalesce(e.until, e.firstSeen) AS edge"""
    assert ask(graph, dates, id="late") == [{"node": at, "kind": "HAS_ROLE", "edge": at}]
    assert ask(graph, dates, id="bob") == [{"node": "2026-05-01T00:00:00.000Z", "kind": "HAD_ROLE", "edge": at}]
    syncs = "MATCH (s:Sync) RETURN s.startedAt AS at, s.startedAhead AS ahead, s.withdrawnAhead AS says"
    assert {(row["at"], row["ahead"], tuple(row["says"] or ())) for row in ask(graph, syncs)} == {
        ("2026-05-01T00:00:00.000Z", None, ()), (None, AHEAD, ()), (at, None, (AHEAD,)),
    }  # fmt: skip
    assert loaded(graph, world, tmp_path, at="2026-05-31T00:00:01.000Z", withdraw_ahead=True).withdrawn == []


def test_i4_killed_while_it_withdraws_a_load_it_ends_the_same(graph: Graph, tmp_path: Path) -> None:
    loaded(graph, company(), tmp_path, at="2026-05-01T00:00:00.000Z")
    loaded(graph, company(), tmp_path, at=AHEAD)
    at = "2026-05-31T00:00:00.000Z"
    ends = Watched(graph)
    ends.dies_after = 3  # lease, nodes, edges; not the records
    with pytest.raises(Killed):
        loaded(ends, company(), tmp_path, at=at, withdraw_ahead=True)
    ask(graph, "MATCH (w:Workspace) REMOVE w.leaseOwner, w.leaseExpires")
    assert loaded(graph, company(), tmp_path, at=at, withdraw_ahead=True).withdrawn == [AHEAD]


def test_i6_a_lease_of_a_clock_that_was_ahead_lasts_until_somebody_says_so(graph: Graph, tmp_path: Path) -> None:
    """No lease is that long: a load was killed on that machine. Were it there, it would stop at its next write."""
    loaded(graph, company(), tmp_path)
    ask(graph, "MATCH (w:Workspace) SET w.leaseOwner = 'gone', w.leaseExpires = $at", at=AHEAD)
    with pytest.raises(BusyError) as busy:
        loaded(graph, company(), tmp_path)
    assert "--withdraw-ahead" in busy.value.next_step
    now = Time()
    loaded(graph, company(), tmp_path, now=now, withdraw_ahead=True)
    assert now.clock() == Time().clock(), "it did not wait"
