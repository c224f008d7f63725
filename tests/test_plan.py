"""What a plan says before anything is written, and what an incomplete view must not take away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.load_result import LoadResult
from rc2graph.model import Membership, User
from tests.engines import Engine
from tests.snapshots import Watched, World, ask, company, current, everything, expected, formers, history, loaded


@pytest.fixture
def graph(engine: Engine) -> Iterator[Graph]:
    with connect(engine.target, write=True) as graph:
        yield graph


def told(outcome: LoadResult) -> dict[str, tuple[int, int, int, int]]:
    return {
        kind: (count.added, count.changed, count.closed, count.returned)
        for kind, count in outcome.counts.items()
        if count
    }


def test_a_dry_run_says_what_a_run_does_and_writes_nothing(graph: Graph, tmp_path: Path) -> None:
    watched = Watched(graph)
    world = company()
    dry = loaded(watched, world, tmp_path, dry_run=True)
    assert (watched.writes, watched.executed, dry.sync_id) == (0, 0, None)
    assert everything(graph) == ([], [])
    assert told(dry) == told(loaded(graph, world, tmp_path))
    world.change("ana", active=False)  # of an owner who is switched off, only that can be seen
    world.change("u00", roles=("user", "admin"))
    world.delete_user("bob")
    world.leave("blue", "u01")
    world.revoke("bot", "view-d-room")
    world.grant("bot", "extra")
    world.delete_team("empty")
    before = everything(graph)
    dry = loaded(graph, world, tmp_path, dry_run=True)
    assert everything(graph) == before
    assert told(dry) == {
        "users": (0, 1, 1, 0), "teams": (0, 0, 1, 0), "permissions": (1, 0, 0, 0),
        "HAS_ROLE": (1, 0, 1, 0), "MEMBER_OF": (0, 1, 2, 0), "GRANTS": (1, 0, 1, 0),
    }  # fmt: skip
    assert {kind: closed.names for kind, closed in dry.closed.items()} == {
        "users": ("bob.name",),
        "teams": ("team empty",),
        "HAS_ROLE": ("bob.name → role user",),
        "MEMBER_OF": ("bob.name → team team red", "u01.name → team team blue"),
        "GRANTS": ("role bot → view-d-room",),
    }
    done = loaded(graph, world, tmp_path)
    assert (told(done), done.closed) == (told(dry), dry.closed)
    assert done.as_dict()["closed"]["MEMBER_OF"]["total"] == 2
    assert current(graph) == expected(world)


def test_i7_what_is_closed_is_counted_and_becomes_history(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    world.delete_team("blue")
    world.change("ana", roles=())
    outcome = loaded(graph, world, tmp_path)
    assert outcome.closed["MEMBER_OF"].total == 14
    assert len(outcome.closed["MEMBER_OF"].names) == 14
    assert outcome.closed["HAS_ROLE"].names == ("ana.name → role admin", "ana.name → role user")
    ended = history(graph)
    assert {edge[:3] for edge in ended if edge[0] == "HAD_ROLE"} == {
        ("HAD_ROLE", "ana", role) for role in ("admin", "user")
    }
    assert len({edge for edge in ended if edge[0] == "WAS_MEMBER_OF"}) == 14


def test_i2_users_list_never_proves_that_the_nameless_are_gone(graph: Graph, tmp_path: Path) -> None:
    world = company()
    world.users["shade"] = User("shade", active=True, roles=("user",))
    world.users["empty"] = User("empty", emails=(), active=True, roles=("auditor",))
    loaded(graph, world, tmp_path)
    less = world.copy()
    for id_ in ("shade", "empty", "bob"):
        less.delete_user(id_)
    loaded(graph, less, tmp_path, users_source="users.list")
    assert formers(graph) == {("FormerUser", "bob")}
    left = current(graph)
    assert {edge[:3] for edge in left.edges} >= {("HAS_ROLE", "shade", "user"), ("HAS_ROLE", "empty", "auditor")}
    loaded(graph, less, tmp_path)
    assert formers(graph) == {("FormerUser", id_) for id_ in ("shade", "empty", "bob")}
    assert current(graph) == expected(less)


def test_i2_a_members_row_does_not_overwrite_what_a_list_told(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    less = world.copy()
    del less.users["ana"]  # but she is still in her teams
    less.members["red", "ana"] = Membership("red", "ana", owner=True, roles=("owner",), username="ana.name")
    for options in ({"partial": ["users"]}, {"users_source": "users.list"}):
        loaded(graph, less, tmp_path, **options)
        assert {node for node in current(graph).nodes if node[1] == "ana"} <= expected(world).nodes
        assert ("HAS_ROLE", "ana", "admin", frozenset()) in current(graph).edges
    loaded(graph, less, tmp_path)
    assert current(graph) == expected(less)
    loaded(graph, world, tmp_path)
    assert current(graph) == expected(world)


def test_i2_roles_turn_dangling_only_where_the_list_is_complete(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    less = world.copy()
    del less.roles["bot"]
    less.grant("bot", "extra")
    less.user("new", "unheard-of")
    loaded(graph, less, tmp_path, partial=["roles"])
    nodes = current(graph).nodes
    assert {node for node in nodes if node[1] in ("bot", "unheard-of")} == {
        ("Role", "bot", frozenset({("name", "bot"), ("scope", "Users")})),
        ("Role", "unheard-of", frozenset()),
    }
    assert ("GRANTS", "bot", "extra", frozenset()) in current(graph).edges
    loaded(graph, less, tmp_path)
    assert current(graph) == expected(less)


def test_i2_a_role_is_gone_only_where_nobody_can_still_name_it(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    less = world.copy()
    del less.roles["owner"]
    for partial in ("users", "permissions", "roles"):
        loaded(graph, less, tmp_path, partial=[partial])
        assert formers(graph) == set()
    loaded(graph, less, tmp_path)
    assert formers(graph) == {("FormerRole", "owner")}


def test_i2_who_is_gone_stays_while_memberships_may_not_be_closed(graph: Graph, tmp_path: Path) -> None:
    world = company()
    loaded(graph, world, tmp_path)
    less = world.copy()
    less.delete_user("bob")
    less.delete_user("eve")
    less.delete_team("blue")
    for lists in (["members"], ["deactivatedMembers"]):
        loaded(graph, less, tmp_path, partial=lists)
        assert formers(graph) == {("FormerUser", "eve")}
        assert {edge[:3] for edge in current(graph).edges} >= {
            ("MEMBER_OF", "bob", "red"),
            ("MEMBER_OF", "ana", "blue"),
        }
        assert ("HAS_ROLE", "bob", "user", frozenset()) in current(graph).edges
    loaded(graph, less, tmp_path)
    assert current(graph) == expected(less)


def test_an_empty_workspace(graph: Graph, tmp_path: Path) -> None:
    outcome = loaded(graph, World(), tmp_path)
    assert not outcome.changes
    assert ask(graph, "MATCH (n) UNWIND labels(n) AS l RETURN l ORDER BY l") == [{"l": "Sync"}, {"l": "Workspace"}]
