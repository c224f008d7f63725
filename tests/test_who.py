"""`who` and `impact`: everybody who has something and through what, and which single removal helps most."""

from collections import Counter
from pathlib import Path

import pytest

from rc2graph.access.impact import impact
from rc2graph.access.person import find_person
from rc2graph.access.target import ADMINISTRATOR, find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import who
from rc2graph.access.why import BECOMES, NONE, why
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.model import Permission
from rc2graph.render.layout import layout
from tests.engines import Engine
from tests.review import WORKSPACE, told
from tests.snapshots import World, loaded


@pytest.fixture
def graph(engine: Engine, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Three roles that share tier A permissions in several ways."""
    world = World()
    world.role("admin", "delete-user", "access-permissions", "manage-apps", "run-import")
    world.role("one", "delete-user")
    world.role("two", "delete-user", "run-import")
    world.role("three", "create-user")
    world.role("four", "assign-admin-role")
    world.role("idle", "manage-apps")
    world.user("a", "one")
    world.user("b", "one", "two")
    world.user("c", "two")
    world.user("d", "two", active=False)
    world.user("e", "three", "four")
    world.user("f", "three", "idle", active=None)
    world.user("root", "admin", "one")
    world.team("t", "a", "b", private=True)
    world.room("r-main", "t", name="t-main", private=True, main=True)
    world.room("r-open", "t", name="t-open", private=False, main=False)
    world.room("r-shut", "t", name="t-shut", private=True, main=False)
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world, tmp_path)
        yield graph


def test_what_one_removal_takes_away(graph: WorkspaceGraph) -> None:
    """`freed`: nobody who holds another tier A permission by another role, or another one of the same role."""
    found = impact(graph, Visibility.of(graph))
    measured = {(one.role, one.permission): (one.holders, one.freed, one.active, one.pairs) for one in found.removals}
    assert measured == {
        ("admin", None): (1, 0, 0, 3),  # root holds delete-user by role one too
        ("admin", "access-permissions"): (1, 0, 0, 1),
        ("admin", "manage-apps"): (1, 0, 0, 1),
        ("admin", "run-import"): (1, 0, 0, 1),
        ("admin", "delete-user"): (1, 0, 0, 0),
        ("one", None): (3, 1, 1, 1),  # a; b keeps role two, root keeps admin
        ("one", "delete-user"): (3, 1, 1, 1),
        ("two", None): (3, 2, 1, 5),  # c and d; of b goes run-import only
        ("two", "delete-user"): (3, 0, 0, 2),
        ("two", "run-import"): (3, 0, 0, 3),
        ("idle", None): (1, 1, 0, 1),
        ("idle", "manage-apps"): (1, 1, 0, 1),
    }
    assert found.best is not None
    assert (found.best.role, found.best.permission) == ("two", None)
    # c and d by two, a by one; e and f create an account with whichever role is left
    assert {(one.role, one.permission): one.secured for one in found.removals if one.secured} == {
        ("two", None): 2, ("one", None): 1, ("one", "delete-user"): 1,
    }  # fmt: skip


def test_roles_that_nobody_holds_can_be_handed_out(engine: Engine, tmp_path: Path) -> None:
    world = World()
    world.role("admin", "access-permissions")
    world.role("giver", "assign-roles", name="Giver")
    world.role("key", "assign-admin-role", name="Key")
    world.role("maker", "create-user", name="Maker")
    world.role("ops", "manage-selected-settings", name="Ops")
    world.role("plain", "view-d-room")
    world.role("owner", "change-setting-SMTP_Host", name="Room owner", scope="Subscriptions", room_scoped=True)
    world.user("g", "giver")
    world.user("m", "maker", active=False)
    world.user("o", "ops")
    world.user("p", "plain")
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        for without, reached in (
            (set(), {"g", "m"}),
            ({"assign-admin-role"}, {"g", "m"}),
            ({"assign-admin-role", "manage-selected-settings"}, set()),
        ):
            less = world.copy()
            for key in without:
                less.permissions[key] = Permission(key)
            loaded(graph, less, tmp_path, allow_removals=100)
            visibility = Visibility.of(graph)
            assert {one.id for one in who(graph, visibility, ADMINISTRATOR).shown} == reached
        loaded(graph, world, tmp_path)
        answers = {id_: why(graph, visibility, find_person(graph, f"{id_}.name"), ADMINISTRATOR) for id_ in "gmop"}
        assert {id_: one.verdict for id_, one in answers.items()} == {"g": BECOMES, "m": BECOMES, "o": NONE, "p": NONE}
        (given,), (made,) = answers["g"].paths, answers["m"].paths
        assert given.describe() == (
            "g.name holds the role Giver, which grants assign-roles, and that suffices to become administrator, under "
            "a condition."
        )
        assert given.details()[0].startswith(
            "How: users.update on oneself accepts any role except admin. Here the holder gives themselves the role Key"
            ", which grants assign-admin-role. With that: users.update on oneself"
        )
        assert given.details()[1:] == ["Only if: the holder passes their own second factor"]
        assert made.details()[0].startswith(
            "How: users.create accepts any existing role except admin, and a password of choice. Here the holder "
            "creates an account with the role Key, which grants assign-admin-role, and the role Maker, which grants "
            "create-user. With them: users.create"
        )
        assert {(line.label, line.strong) for line in layout([made]).lines} == {
            ("has role", False), ("grants", False), ("by handing out roles", True),
        }  # fmt: skip


def test_a_removal_from_a_role_that_nobody_holds_helps_too(engine: Engine, tmp_path: Path) -> None:
    world = World()
    world.role("admin", "access-permissions", "run-import")
    world.role("maker", "create-user")
    world.role("importer", "run-import")
    world.user("root", "admin")
    world.user("m", "maker")
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world, tmp_path)
        best = impact(graph, Visibility.of(graph)).best
    assert best is not None
    assert (best.role, best.permission, best.freed, best.secured) == ("importer", "run-import", 0, 1)


def test_a_combination_counts_where_one_person_holds_all_of_it(graph: WorkspaceGraph) -> None:
    found = told(who(graph, Visibility.of(graph), ADMINISTRATOR))
    assert found["e.name"][1] >= {"tier B: four → assign-admin-role with create-user (three)"}
    assert not any("with" in way for way in found["f.name"][1])
    assert found["f.name"][0] == "not visible"  # active or not was not seen
    assert found["root.name"][1] == {"role: admin", "tier A: one → delete-user"}  # what stays when admin is taken


def test_all_are_counted_where_the_first_are_shown(graph: WorkspaceGraph) -> None:
    visibility = Visibility.of(graph)
    for name in ("admin", "role:one", "permission:delete-user", "team:team t", "room:t-main"):
        access = find_access(graph, visibility, name)
        whole = who(graph, visibility, access, most=None)
        first = who(graph, visibility, access, most=1)
        assert first.shown == whole.shown[:1]
        assert (first.total, first.states, first.ways) == (len(whole.shown), whole.states, whole.ways)
        assert whole.states == Counter(one.state for one in whole.shown)
        assert whole.ways == Counter(one.by for one in whole.shown)


def test_a_public_channel_of_a_private_team_opens_to_its_members(graph: WorkspaceGraph) -> None:
    visibility = Visibility.of(graph)
    for name, people in (("t-main", {"a.name", "b.name"}), ("t-open", {"a.name", "b.name"}), ("t-shut", set())):
        assert set(told(who(graph, visibility, find_access(graph, visibility, f"room:{name}")))) == people


def test_what_has_the_very_name_comes_before_the_administrator_in_other_letters(engine: Engine, tmp_path: Path) -> None:
    world = World()
    world.role("admin", "access-permissions")
    world.role("66a1f0c2d3e4b5a697880001", "view-d-room", name="Admin")
    world.user("a", "admin")
    world.user("b", "66a1f0c2d3e4b5a697880001")
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world, tmp_path)
        visibility = Visibility.of(graph.workspace("acme"))
        found = {
            text: find_access(graph, visibility, text).id for text in ("admin", "role:Admin", "Admin", "ADMINISTRATOR")
        }
    assert found == {
        "admin": "admin", "ADMINISTRATOR": "admin",
        "Admin": "66a1f0c2d3e4b5a697880001", "role:Admin": "66a1f0c2d3e4b5a697880001",
    }  # fmt: skip
