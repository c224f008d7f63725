"""What was not seen is never told as "no": every kind of access, on a graph whose last load saw less than all
(invariants.md I12)."""

from pathlib import Path

import pytest

from rc2graph.access.account import account
from rc2graph.access.person import find_person
from rc2graph.access.target import find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import who
from rc2graph.access.why import Answer, why
from rc2graph.errors import UsageError
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.graph.workspace import chosen_workspace
from tests.engines import Engine
from tests.review import WORKSPACE, seen
from tests.snapshots import World, ask, loaded

KINDS = {
    "admin": ("users", "roles", "permissions"),
    "permission:manage-apps": ("users", "roles", "permissions"),
    "role:keeper": ("users", "roles"),
    "team:red": ("users", "teams", "members", "deactivatedMembers"),
}


@pytest.fixture
def graph(engine: Engine, tmp_path: Path):  # type: ignore[no-untyped-def]
    world = World()
    world.role("admin", "manage-apps")
    world.role("keeper", "view-c-room", "access-permissions")
    world.user("ana", "admin")
    world.user("bob", active=None)
    world.user("cat", "keeper")
    world.team("red", name="red", private=True)
    world.join("red", "cat", "owner")
    world.team("all", name="all", private=False)
    world.room("r1", "red", name="red-open", private=False, main=False)
    world.room("r2", "all", name="hall", private=False, main=False)
    with connect(engine.target, write=True, wait=10) as opened:
        graph = opened.workspace(WORKSPACE)
        loaded(graph, world, tmp_path)
        yield graph


def asked(graph: WorkspaceGraph, user: str, access: str) -> Answer:
    visibility = Visibility.of(graph)
    return why(graph, visibility, find_person(graph, user), find_access(graph, visibility, access))


def test_i12_no_is_said_only_of_what_was_seen_in_full(graph: WorkspaceGraph) -> None:
    for access, datasets in KINDS.items():
        assert asked(graph, "id:bob", access).verdict == "no path found"
        for dataset in datasets:
            for state in ("partial", "forbidden", "unsupported"):
                seen(graph, dataset, state)
            answer = asked(graph, "id:bob", access)
            assert (answer.verdict, len(answer.not_visible)) == ("not visible", 1), (access, dataset)
            assert "not visible" in answer.headline
            seen(graph, dataset, "complete")
    assert "Whether bob.name is active is not visible." in asked(graph, "id:bob", "admin").remarks


def test_what_was_seen_stays_yes_beside_what_was_not(graph: WorkspaceGraph) -> None:
    seen(graph, "permissions", "partial")
    seen(graph, "members", "partial")
    assert asked(graph, "id:ana", "admin").verdict == "yes"
    assert asked(graph, "id:cat", "admin").verdict == "can become administrator"
    team = asked(graph, "id:cat", "team:red")
    assert (team.verdict, team.not_visible) == ("yes", ("team members: read in part",))
    bob = account(graph, Visibility.of(graph), find_person(graph, "id:bob"))
    assert bob.headline == "Whether bob.name is or can become administrator is not visible."
    assert dict(bob.radius())["administrator"] == "not visible"
    found = who(graph, Visibility.of(graph), find_access(graph, Visibility.of(graph), "team:red"))
    assert found.not_visible == ("team members: read in part",)


def test_of_an_account_that_no_list_shows_no_role_is_denied(graph: WorkspaceGraph, tmp_path: Path) -> None:
    world = World()
    world.role("admin", "manage-apps")
    world.user("ana", "admin")
    world.team("red", name="red")
    world.team("blue", name="blue")
    world.join("blue", "ana", "owner")
    world.room("r1", "blue", name="hall")
    world.join("red", "stranger", username="stranger")
    loaded(graph, world, tmp_path, allow_removals=100)
    unseen = "roles of stranger: no list of accounts shows it, a team does"
    for access in ("admin", "permission:manage-apps"):
        answer = asked(graph, "stranger", access)
        assert (answer.verdict, answer.not_visible) == ("not visible", (unseen,))
    assert asked(graph, "stranger", "team:red").verdict == "yes"
    assert asked(graph, "stranger", "team:blue").verdict == "no path found"
    assert "was not seen to hold it" in " ".join(asked(graph, "stranger", "room:hall").remarks)
    stranger = account(graph, Visibility.of(graph), find_person(graph, "stranger"))
    assert stranger.headline == "Whether stranger is or can become administrator is not visible."
    assert stranger.not_visible == (unseen,)


def test_that_nobody_is_administrator_is_said_where_it_is_asked(graph: WorkspaceGraph) -> None:
    visibility = Visibility.of(graph)
    admin = find_access(graph, visibility, "admin")
    assert who(graph, visibility, admin).remarks == ()
    ask(graph, "MATCH (:User {id: 'ana'})-[r:HAS_ROLE]->() DELETE r")
    ask(graph, "MATCH (:User {id: 'cat'})-[r:HAS_ROLE]->() DELETE r")
    said = "Nobody holds admin: the next account created gets it, or at the next start the oldest account."
    assert said in who(graph, visibility, admin).remarks
    assert said in asked(graph, "id:ana", "admin").remarks
    seen(graph, "users", "partial")
    assert said not in asked(graph, "id:ana", "admin").remarks


def test_who_can_let_himself_into_a_room_is_told(graph: WorkspaceGraph, tmp_path: Path) -> None:
    world = World()
    world.role("owner", "edit-room", room_scoped=True)
    world.role("user", "create-c")
    world.role("filler", "add-all-to-room")
    world.user("oda", "owner", "user")
    world.user("half", "owner")
    world.user("fil", "filler")
    world.team("red", name="red")
    world.room("r1", "red", private=True, name="secret")
    world.room("r2", "red", name="open")
    loaded(graph, world, tmp_path, allow_removals=100)
    public = (
        "oda.name holds edit-room and create-c workspace-wide through owner and user, and can so make this private "
        "room a public one."
    )
    assert public in asked(graph, "id:oda", "room:secret").remarks
    filler = "fil.name holds add-all-to-room workspace-wide through filler, and can so get in without being asked."
    assert filler in asked(graph, "id:fil", "room:secret").remarks
    assert filler in asked(graph, "id:fil", "room:open").remarks
    for user, room in (("half", "secret"), ("oda", "open")):
        assert not [text for text in asked(graph, f"id:{user}", f"room:{room}").remarks if "can so" in text]


def test_who_can_become_administrator_can_give_himself_a_role_or_team(graph: WorkspaceGraph) -> None:
    """No path is found, and yet he is not far from it."""
    said = "cat.name can become administrator, and then give themselves that: rc2graph why cat.name admin"
    for access in ("role:id:ghost-writers", "team:all"):
        ask(graph, "MERGE (r:Role {workspace: $w, id: 'ghost-writers'}) SET r.name = 'writers'", w=WORKSPACE)
        answer = asked(graph, "id:cat", access)
        assert (answer.verdict, said in answer.remarks) == ("no path found", True), access
        assert "give themselves" not in " ".join(asked(graph, "id:bob", access).remarks)
    for access in ("role:keeper", "team:red", "admin"):
        assert said not in asked(graph, "id:cat", access).remarks, "he has it"
    assert "cat.name can become administrator, and with that get any permission: rc2graph why cat.name admin" in (
        asked(graph, "id:cat", "permission:manage-apps").remarks
    )


def test_a_role_that_calls_itself_admin_is_told_apart(graph: WorkspaceGraph, tmp_path: Path) -> None:
    world = World()
    world.role("admin", "manage-apps")
    world.role("9f3b", "view-c-room", name="admin")
    world.user("ana", "admin")
    world.user("max", "9f3b")
    loaded(graph, world, tmp_path, allow_removals=100)
    answer = asked(graph, "id:max", "role:id:9f3b")
    assert answer.headline == "max.name holds the role admin (id 9f3b)."
    assert answer.paths[0].describe() == "max.name holds the role admin (id 9f3b)."
    assert asked(graph, "id:max", "admin").verdict == "no path found"
    assert asked(graph, "id:ana", "admin").headline == "ana.name is administrator."
    assert str(find_access(graph, Visibility.of(graph), "role:id:9f3b")) == "role admin (id 9f3b)"


def test_a_name_that_is_like_none_is_no_dead_end(graph: WorkspaceGraph) -> None:
    for wanted, next_step in (
        ("team:zzz", "List all teams: rc2graph query paths/find-names -p kind=team"),
        ("zzzqqq", "Write it as permission:ID, role:NAME, team:NAME or room:NAME."),
        ("team:re", "Name one of these."),
    ):
        with pytest.raises(UsageError) as refused:
            find_access(graph, Visibility.of(graph), wanted)
        assert refused.value.next_step == next_step


def test_rooms_are_never_no(graph: WorkspaceGraph) -> None:
    """Not read: nothing said. Read: who was invited is not."""
    seen(graph, "rooms", "forbidden")
    with pytest.raises(UsageError, match="There is no room") as error:
        asked(graph, "id:bob", "room:nowhere")
    assert "Not visible: rooms of teams: not permitted" in error.value.why
    for state in ("forbidden", "complete"):
        seen(graph, "rooms", state)
        for user in ("ana", "bob", "cat"):
            for name in ("red-open", "hall"):
                assert asked(graph, f"id:{user}", f"room:{name}").verdict != "no path found"
    assert asked(graph, "id:cat", "room:red-open").verdict == "yes"
    assert asked(graph, "id:cat", "room:hall").verdict == "open to all"
    assert asked(graph, "id:ana", "room:hall").verdict == "not visible"  # does not hold view-c-room


def test_without_a_finished_load_nothing_is_denied(graph: WorkspaceGraph) -> None:
    ask(graph, "MATCH (w:Workspace) REMOVE w.lastSyncId")
    answer = asked(graph, "id:bob", "admin")
    assert (answer.verdict, answer.as_of) == ("not visible", None)
    assert "no load has finished" in answer.not_visible[0]


def test_another_workspace_is_another_world(graph: WorkspaceGraph, tmp_path: Path) -> None:
    other = World()
    other.role("admin")
    other.user("bob", "admin")
    loaded(graph, other, tmp_path, workspace="other")
    assert asked(graph, "id:bob", "admin").verdict == "no path found"
    with pytest.raises(UsageError, match="several workspaces"):
        chosen_workspace(graph, "")
    with pytest.raises(UsageError, match="holds no workspace 'third'"):
        chosen_workspace(graph, "third")
    there = chosen_workspace(graph, "other")
    visibility = Visibility.of(there)
    assert who(there, visibility, find_access(there, visibility, "admin")).total == 1


def test_a_username_that_is_anothers_id_hides_nobody(graph: WorkspaceGraph) -> None:
    ask(graph, "MATCH (u:User {id: 'bob'}) SET u.username = 'ana'")
    with pytest.raises(UsageError, match="several accounts") as error:
        find_person(graph, "ana")
    assert "id:bob" in error.value.why
    assert asked(graph, "id:ana", "admin").verdict == "yes"
    assert asked(graph, "id:bob", "admin").verdict == "no path found"


def test_a_radius_of_nothing_is_said_only_of_what_was_seen(graph: WorkspaceGraph) -> None:
    def radius() -> dict[str, str]:
        found = account(graph, Visibility.of(graph), find_person(graph, "bob.name"))
        words, told = dict(found.radius()), found.as_dict()["blastRadius"]
        assert (told["roles"] is None) == (words["roles"] == "not visible")
        return words

    assert radius()["roles"] == "0"
    seen(graph, "users", "partial")
    assert {radius()[what] for what in ("roles", "permissions", "teams")} == {"not visible"}
