"""What `check` finds out is what a load then meets: ready is ready, refused is refused, partial is partial."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rc2graph.cli.commands.check import as_dict
from rc2graph.errors import MissingPermissionError, Rc2graphError, SourceError
from rc2graph.rocketchat.estimate import estimate
from rc2graph.rocketchat.preflight import preflight
from rc2graph.rocketchat.probe import Probe, probe
from rc2graph.simulator import Workspace
from tests.commands import Desk, office
from tests.faults import Fault, Simulator
from tests.source import VERSIONS, Source, small_company
from tests.test_rooms import with_rooms

OUTSIDE = "view-outside-room"
SETTING = "API_Apply_permission_view-outside-room_on_users-list"


def checked(source: Source) -> Probe:
    """`rc2graph check`, without a terminal. Errors: those with which it ends."""
    client = source.client()
    try:
        found = preflight(client)
        probed = probe(client, found)
        assert json.dumps(as_dict("", found, probed, estimate(client, probed)))
        found.require(probed.source)
        if probed.refused:
            raise probed.refused
        return probed
    finally:
        client.close()


def outcome(run: Callable[[], object]) -> str:
    try:
        return "partial" if getattr(run(), "partial", None) else "complete"
    except Rc2graphError as error:
        return f"exit {error.exit_code}"


def collected(source: Source) -> str:
    try:
        return "complete" if source.collect().complete else "partial"
    except Rc2graphError as error:
        return f"exit {error.exit_code}"


ROUTES = (
    *("roles.list", "users.listByStatus", "teams.listAll", "teams.members", "users.listTeams"),
    *("rooms.adminRooms", "me", "permissions.listAll", "info"),
)


@pytest.mark.parametrize("kind", ["403", "400-database", "html-403", "html-502", "401"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_route_that_does_not_answer_is_the_same_to_check_and_to_a_load(tmp_path: Path, route: str, kind: str) -> None:
    source = Source(with_rooms(), tmp_path / "s.sqlite")
    source.server.add(Fault(kind, route=route, times=-1))
    assert outcome(lambda: checked(source)) == collected(source)


def odd(name: str, /, **values: object) -> Callable[[Workspace], None]:
    def change(workspace: Workspace) -> None:
        next(doc for doc in workspace.users.values() if doc.get("username") == name).update(values)
        workspace.touch()

    return change


@pytest.mark.parametrize(
    ("change", "name", "why"),
    [
        (odd("ben", roles=[None]), "users", "roles of ben (id "),
        (odd("ben", roles="admin"), "users", "roles of ben (id "),
        (odd("ana", emails="ana@example.test", name=7), "users", "emails and name of ana (id "),
        (lambda world: world.roles["bot"].update(description=7), "roles", "description of bot (id bot)"),
        (lambda world: world.teams[world.team_id("plaza")].update(createdAt=7), "teams", "createdAt of plaza (id "),
        (lambda world: world.permissions["create-team"].update(roles=7), "permissions", "roles of id create-team"),
        (lambda world: world.permissions["create-team"].pop("roles"), "permissions", "create-team do not show which"),
    ],
)
def test_values_that_cannot_be_read_are_named_beforehand(
    tmp_path: Path, change: Callable[[Workspace], None], name: str, why: str
) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    change(source.workspace)
    told = checked(source)
    assert set(told.partial) == {name}
    assert why in told.partial[name]
    done = source.collect()
    assert {one.name for one in done.datasets.values() if one.state == "partial"} == {name}
    assert why in done.datasets[name].reason


@pytest.mark.parametrize("version", VERSIONS)
def test_a_setting_asks_for_one_permission_more(tmp_path: Path, version: str) -> None:
    """`view-d-room` is held, and the list of users is refused: what is lacking is named, not what is there."""
    source = Source(small_company(), tmp_path / "s.sqlite", version)
    for role in list(source.workspace.permissions[OUTSIDE]["roles"]):
        source.workspace.revoke(OUTSIDE, role)
    assert checked(source).partial == {}
    source.server.settings.outside_room = True
    for run in (lambda: checked(source), source.collect):
        with pytest.raises(MissingPermissionError) as refused:
            run()
        text = str(refused.value)
        assert "was refused, although svc.review holds 'view-d-room'." in text
        assert repr(OUTSIDE) in text
        assert SETTING in text
        assert "is missing" not in text
    source.workspace.grant(OUTSIDE, "access-reviewer")
    assert checked(source).partial == {}
    assert source.collect().complete


def test_a_permission_that_is_held_is_never_called_missing(tmp_path: Path) -> None:
    """Where nothing else is known to ask for anything, that is said."""
    source = Source(small_company(), tmp_path / "s.sqlite")
    source.server.add(Fault("403", route="teams.listAll", times=-1))
    with pytest.raises(MissingPermissionError, match=r"although svc\.review holds 'view-all-teams'") as refused:
        checked(source)
    assert "No permission explains that." in refused.value.why


@pytest.mark.parametrize("how", [{"roles": None}, {"without": ["roles"]}], ids=["null", "absent"])
def test_roles_that_the_reader_itself_is_not_shown_are_no_missing_permission(
    tmp_path: Path, how: dict[str, Any]
) -> None:
    source = Source(small_company(), tmp_path / "s.sqlite")
    source.server.credentials  # noqa: B018
    source.workspace.change_user("svc.review", **how)
    for run in (lambda: checked(source), source.collect):
        with pytest.raises(SourceError, match=r"does not show the roles of svc\.review") as refused:
            run()
        assert (refused.value.exit_code, refused.value.retryable) == (5, False)
        assert "Whether a permission is missing is not known." in refused.value.why


def test_check_and_load_on_the_command_line(tmp_path: Path) -> None:
    company = office()
    for role in list(company.permissions[OUTSIDE]["roles"]):
        company.revoke(OUTSIDE, role)
    with Simulator(company) as server:
        server.settings.outside_room = True
        at = Desk(tmp_path).at(server)
        said = at.run("check")
        assert (said.code, "Ready" in said.out) == (4, False)
        assert SETTING in said.told
        machine = at.run("check", "--json")
        assert (machine.code, json.loads(machine.out)["ready"]) == (4, False)
        server.settings.outside_room = False
        odd("staff.03", roles=[None])(company)
        said = at.run("check")
    assert said.code == 0
    assert (
        "A load will not see all of users: the server shows values that cannot be read: roles of staff.03" in said.out
    )
    assert said.out.endswith("Ready, but a load will be partial (exit code 5): rc2graph load\n")
