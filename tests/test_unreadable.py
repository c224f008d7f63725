"""One value of another kind than promised hides itself and nothing else: it is named, and what was known of it stays.

Old workspaces hold accounts with the roles `[null]`, or a text where the list belongs. Such an account is loaded
without roles, which are then *not visible*, and the run is partial; everything else is read, compared and removed as
ever.
"""

from pathlib import Path
from typing import Any

import pytest

from rc2graph.errors import SourceError
from rc2graph.graph import state
from rc2graph.simulator import Workspace
from tests.engines import Engine
from tests.faults import Fault
from tests.moved import earlier, ground
from tests.source import Source, small_company

ODD_ROLES = [[None], ["user", None], "admin", ["user", 7], {"0": "admin"}]


def user(workspace: Workspace, name: str) -> dict[str, Any]:
    return next(doc for doc in workspace.users.values() if doc.get("username") == name)


def spoil(workspace: Workspace, name: str, /, **values: object) -> str:
    """Give an account values of another kind. Returns its id."""
    doc = user(workspace, name)
    doc.update(values)
    workspace.touch()
    return str(doc["_id"])


@pytest.mark.parametrize("roles", ODD_ROLES, ids=repr)
def test_i12_an_account_whose_roles_cannot_be_read_is_named_and_the_rest_is_read(tmp_path: Path, roles: object) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    true = source.workspace.oracle()
    id_ = spoil(source.workspace, "ben", roles=roles)
    done = source.collect()
    assert {name: dataset.state for name, dataset in done.datasets.items()} == {
        **dict.fromkeys(("roles", "permissions", "teams", "members", "deactivatedMembers"), "complete"),
        "users": "partial", "rooms": "forbidden",
    }  # fmt: skip
    assert done.datasets["users"].reason == f"the server shows values that cannot be read: roles of ben (id {id_})"
    assert "Edit each of these" in done.datasets["users"].step
    assert len(source.lists_of_users) == 2, "as ever where a team has a row of a deleted user"
    found = source.content()
    assert found.users == set(true["users"])
    assert found.has_role == {pair for pair in true["has_role"] if pair[0] != id_}


BROTHERS = [
    ("users", "emails", lambda world: spoil(world, "ben", emails="ben@example.test")),
    ("users", "active and name", lambda world: spoil(world, "ben", name=7, active="yes")),
    ("roles", "description", lambda world: world.roles["bot"].update(description=7)),
    ("teams", "createdAt", lambda world: world.teams[world.team_id("plaza")].update(createdAt="long ago")),
    ("members", "roles", lambda world: next(iter(world.members[world.team_id("plaza")].values())).update(roles="x")),
    ("permissions", "roles", lambda world: world.permissions["create-team"].update(roles="admin")),
]


@pytest.mark.parametrize(("dataset", "keys", "change"), BROTHERS, ids=[f"{name} {keys}" for name, keys, _ in BROTHERS])
def test_i12_so_is_any_other_value_of_any_list(tmp_path: Path, dataset: str, keys: str, change: Any) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    change(source.workspace)
    done = source.collect()
    assert {name for name, one in done.datasets.items() if one.state == "partial"} == {dataset}
    assert f"cannot be read: {keys} of" in done.datasets[dataset].reason
    assert done.datasets[dataset].step


def test_a_killed_run_still_knows_what_could_not_be_read(tmp_path: Path) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    spoil(source.workspace, "ben", roles=[None])
    source.server.add(Fault("html-502", route="teams.members", times=-1))
    with pytest.raises(SourceError):
        source.collect(retry_for=0.0)
    source.server.faults.clear()
    assert "roles of ben" in source.collect().datasets["users"].reason


def test_what_was_odd_once_and_is_shown_later_is_visible(tmp_path: Path) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    spoil(source.workspace, "ben", roles=[None])
    source.server.before(2, lambda world: spoil(world, "ben", roles=["user"]), route="users.listByStatus")
    assert source.collect().complete


def test_i2_i12_i14_roles_that_cannot_be_read_stay_and_everything_else_goes_on(engine: Engine, tmp_path: Path) -> None:
    """In the graph: what was known of the account stays, whoever else lost a role lost it, and who left has left."""
    with ground(engine.target, tmp_path) as found:
        case = found.case()
        case.company, case.source = earlier, found.source(earlier(), "case")
        world = case.source.workspace
        carl, dora, fay = (user(world, name) for name in ("carl", "dora", "fay"))
        held = carl["roles"]
        spoil(world, "carl", roles=[None])
        world.unassign("dora", "porter")
        world.delete_user("fay")
        ended = case.run()
        assert ended.outcome is not None
        assert (ended.code, ended.outcome.removed_none) == (5, [])
        held_now, known = (
            {edge[1:3] for edge in dump.edges if edge[0] == "HAS_ROLE"} for dump in (case.says(), case.was)
        )
        porter = next(id_ for id_, role in world.roles.items() if role["name"] == "porter")
        assert known - held_now == {(dora["_id"], porter), (fay["_id"], "user")}, "and none of carl's"
        sync = state.last_sync(found.graph.workspace(case.name))
        assert sync is not None
        assert (sync["state"], sync["usersState"]) == ("partial", "partial")
        assert any("roles of carl" in text and " Next: " in text for text in sync["notVisible"])
        spoil(world, "carl", roles=held)
        assert case.run().code == 0
        fresh = found.source(world, "fresh")
        fresh.collect()
        assert case.says() == found._alone(fresh.path, "fresh")
