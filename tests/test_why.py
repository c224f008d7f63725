"""`why` and `who` on the demonstration company: every planted path by its exact chain, and none that is not there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rc2graph.access.account import Account, account
from rc2graph.access.impact import impact
from rc2graph.access.person import find_person
from rc2graph.access.target import find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import Holders, who
from rc2graph.access.why import Answer, ways_to_administrator, why
from rc2graph.catalogue import catalogue
from rc2graph.config import GraphTarget
from rc2graph.errors import UsageError
from rc2graph.graph.connect import WorkspaceGraph, connect
from rc2graph.graph.statements import described, names, statement
from rc2graph.simulator import Workspace
from tests.review import WORKSPACE, planted, told


class Asked:
    """A graph with the company in it, and somebody who asks about it."""

    def __init__(self, graph: WorkspaceGraph, company: Workspace) -> None:
        self.graph, self.company = graph, company
        self.visibility = Visibility.of(graph)

    def why(self, user: str, access: str) -> Answer:
        found = find_access(self.graph, self.visibility, access)
        return why(self.graph, self.visibility, find_person(self.graph, user), found)

    def account(self, user: str) -> Account:
        return account(self.graph, self.visibility, find_person(self.graph, user))

    def ways(self, user: str) -> set[tuple[str, ...]]:
        """Chains to administrator; what has to come along stands in the last link."""
        person = find_person(self.graph, user)
        return {
            (*path.chain[1:-1], "+".join((*path.edges[-1].needs, "admin")))
            for path in ways_to_administrator(self.graph, person)
        }


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The company on one engine, for all tests of this file: they only read."""
    folder: Path = tmp_path_factory.mktemp("asked")
    if request.param == "embedded":
        pytest.importorskip("arcadedb", exc_type=ImportError)
        target = GraphTarget(home=folder / "home")
    else:
        target = request.getfixturevalue("neo4j_lts").empty("neo4j", folder / "home").target
    with connect(target, write=True, wait=10) as graph:
        company = planted(graph, folder)
    with connect(target, write=False, wait=10) as graph:
        yield Asked(graph.workspace(WORKSPACE), company)


PLANTED = {
    "ana.admin": {("admin",)},
    "dora.dormant": {("admin",)},
    "nick.never": {("admin",)},
    "deploy.bot": {("admin",)},
    "rita.retired": {("admin",)},
    "kurt.keys": {("permission-admin", "access-permissions", "admin")},
    "rolf.roles": {("role-keeper", "assign-roles", "admin")},
    "sven.settings": {
        ("settings-ops", f"change-setting-{name}", "manage-selected-settings+admin")
        for name in ("Custom_Script_Logged_In", "SMTP_Host")
    },
}
"""Everybody with a way to administrator, and all their ways."""


def test_every_planted_way_to_administrator_and_no_other(asked: Asked) -> None:
    found = {id_: asked.ways(f"id:{id_}") for id_ in asked.company.users}
    named = {asked.company.users[id_].get("username", id_): ways for id_, ways in found.items() if ways}
    assert named == PLANTED


def test_the_ways_are_those_that_the_documents_of_the_server_give(asked: Asked) -> None:
    """Worked out again from the server's own documents and the catalogue, without the graph."""
    documents, known = asked.company.permissions, catalogue()

    def leads(held: set[str]) -> bool:
        entries = [entry for permission in held if (entry := known.entry(permission))]
        return any(
            entry.tier == "A" or any(not way.with_setting and not way.hands_out and held >= set(way.needs)
                                     for way in entry.alternatives) for entry in entries
        )  # fmt: skip

    union = {id_ for id_, doc in documents.items() if set(doc["roles"]) - {"admin"}}
    becoming = set()
    for id_, user in asked.company.users.items():
        roles = set(user.get("roles", ())) - {"admin"}
        held = {permission for permission, doc in documents.items() if roles & set(doc["roles"])}
        if leads(held | union if held & {"assign-roles", "create-user"} else held):
            becoming.add(id_)
    assert becoming == {
        id_ for id_ in asked.company.users if any(len(way) > 1 for way in asked.ways(f"id:{id_}"))
    }  # fmt: skip
    assert {asked.company.users[id_]["username"] for id_ in becoming} == {"kurt.keys", "rolf.roles", "sven.settings"}


def test_a_way_is_told_in_words_with_mechanism_needs_and_condition(asked: Asked) -> None:
    kurt = asked.why("kurt.keys", "administrator")
    assert (kurt.verdict, kurt.headline) == ("can become administrator", "kurt.keys can become administrator.")
    assert kurt.paths[0].describe() == (
        "kurt.keys holds the role permission-admin, which grants access-permissions, and that alone suffices to become "
        "administrator."
    )
    assert kurt.paths[0].details()[0].startswith("How: permissions.update")

    sven = asked.why("sven.settings", "admin").paths
    assert [path.tier for path in sven] == ["B", "B"]
    assert "together with manage-selected-settings" in sven[0].describe()
    assert "Also needed: manage-selected-settings, held through the role settings-ops." in sven[0].details()

    ana = asked.why("ana.admin", "role:admin")
    assert (ana.verdict, [path.describe() for path in ana.paths]) == ("yes", ["ana.admin holds the role admin."])


def test_who_is_one_permission_short_is_told_so_and_is_no_administrator(asked: Asked) -> None:
    hedi = asked.why("hedi.help", "admin")
    assert (hedi.verdict, hedi.paths) == ("no path found", ())
    assert [(one.path.nodes[2].id, one.missing) for one in hedi.almost] == [
        ("edit-other-user-password", ("edit-other-user-info",))
    ]
    assert hedi.headline == "No path found from hedi.help to administrator."
    assert "2 roles" in hedi.examined


def test_a_room_role_on_the_account_is_named_as_power_over_the_workspace(asked: Asked) -> None:
    for user, role in (("otto.owner", "owner"), ("mona.mod", "moderator")):
        answer = asked.why(user, "permission:edit-room")
        assert [path.chain for path in answer.paths] == [(user, role, "edit-room")]
        assert "a workspace-wide power, it counts in every room and team" in answer.paths[0].describe()
        assert any("every room and team" in text for text in asked.account(user).remarks)
    assert asked.why("kurt.keys", "edit-room").verdict == "no path found"
    # …and with it, into a team that he is not in
    outside = asked.why("otto.owner", "team:platform-eng")
    assert (outside.verdict, outside.paths) == ("no path found", ())
    assert any("add-team-member and edit-team-member workspace-wide through owner" in text for text in outside.remarks)


def test_teams_owner_or_not_deactivated_or_not(asked: Asked) -> None:
    assert asked.why("ana.admin", "team:platform-eng").paths[0].describe() == (
        "ana.admin is owner of the private team platform-eng."
    )
    olaf = asked.why("olaf.old", "platform-eng")  # the bare name: the team, not its main room
    assert (olaf.verdict, olaf.paths[0].describe()) == ("yes", "olaf.old is owner of the private team platform-eng.")
    assert "comes back on reactivation" in olaf.remarks[0]
    assert asked.why("hedi.help", "team:platform-eng").paths[0].describe() == (
        "hedi.help is a member of the private team platform-eng."
    )
    assert asked.why("@tom:matrix.example.test", "team:board").paths[0].describe().endswith(
        "is a member (as moderator) of the private team board."
    )  # fmt: skip
    assert asked.why("hedi.help", "team:payroll").verdict == "no path found"


ROOMS = [
    ("kurt.keys", "platform-eng", "yes"),  # main room of a private team that he is in
    ("olaf.old", "platform-eng", "yes"),
    ("otto.owner", "platform-eng", "not visible"),  # not in the team; whether invited into the room is not read
    ("kurt.keys", "platform-incidents", "not visible"),  # in the team, but it is another private room
    ("gast.extern", "platform-incidents", "not visible"),
    ("kurt.keys", "engineering", "open to all"),  # main room of a public team, and he holds view-c-room
    ("kurt.keys", "platform-0", "open to all"),  # a public channel of a public team
    ("gast.extern", "engineering", "not visible"),  # a guest does not hold view-c-room
]


@pytest.mark.parametrize(("user", "room", "verdict"), ROOMS)
def test_containment_is_not_access(asked: Asked, user: str, room: str, verdict: str) -> None:
    answer = asked.why(user, f"room:{room}")
    assert answer.verdict == verdict
    assert bool(answer.paths) == (verdict == "yes")
    if verdict == "yes":
        assert answer.paths[0].chain == (user, "platform-eng", room)
    if verdict == "not visible":
        assert any("is not read" in text for text in answer.remarks)


def test_an_account_as_a_whole(asked: Asked) -> None:
    kurt = asked.account("Kurt Keys")  # by name
    assert [path.end.id for path in kurt.powers] == ["access-permissions"]
    assert {path.end.display_name for path in kurt.roles} == {"user", asked.company.roles[kurt.roles[0].end.id]["name"]}
    assert (kurt.reach.teams, kurt.reach.owned, kurt.reach.rooms, kurt.reach.rooms_not_visible) == (1, 0, 1, 1)
    assert [path.end.display_name for path in kurt.rooms] == ["platform-eng"]
    held = kurt.as_dict()
    assert held["blastRadius"]["permissions"]["tierA"] == 1
    assert held["headline"] == "kurt.keys can become administrator."
    assert kurt.not_visible == ()

    ana = asked.account("ana.admin")
    granted = {id_ for id_, doc in asked.company.permissions.items() if {"admin", "user"} & set(doc["roles"])}
    assert ana.reach.permissions == len(granted)
    assert (ana.reach.tiers["A"], ana.reach.owned) == (6, 1)

    assert any("deactivated" in text for text in asked.account("rita.retired").remarks)
    bot = asked.account("deploy.bot").remarks
    assert any("role bot" in text and "no path is known" in text for text in bot)
    assert any("guest" in text for text in asked.account("gast.extern").remarks)
    nameless = asked.account("Only A Name")
    assert (nameless.person.username, nameless.headline) == (None, "No path found from Only A Name to administrator.")


def test_names_that_are_not_exact_are_offered_never_taken(asked: Asked) -> None:
    for wanted, offered in (("kurt.kyes", "kurt.keys"), ("KEYS", "kurt.keys"), ("Ana Admi", "ana.admin")):
        with pytest.raises(UsageError) as error:
            find_person(asked.graph, wanted)
        assert (error.value.exit_code, offered in error.value.why) == (2, True)
    for wanted, offered in (("permission-admn", "role:permission-admin"), ("team:platfrm-eng", "team:platform-eng")):
        with pytest.raises(UsageError, match="There is no") as error:
            find_access(asked.graph, asked.visibility, wanted)
        assert offered in error.value.why


def test_a_statement_opens_as_it_stands_and_asks_for_a_workspace(asked: Asked) -> None:
    for name in names("paths"):
        text = statement(name)
        assert text.startswith("// title: ")
        assert "$workspace" in text
        for param in {"user", "permission", "role", "team", "room", "text", "kind", "most"}:
            assert (f"${param}" in text) == (f"param {param}" in described(name).header), (name, param)


def test_who_and_impact(asked: Asked) -> None:
    def who_(access: str, most: int | None = 100) -> Holders:
        return who(asked.graph, asked.visibility, find_access(asked.graph, asked.visibility, access), most=most)

    assert told(who_("admin")) == {
        "ana.admin": ("active", {"role: admin"}),
        "dora.dormant": ("active", {"role: admin"}),
        "nick.never": ("active", {"role: admin"}),
        "kurt.keys": ("active", {"tier A: permission-admin → access-permissions"}),
        "rolf.roles": ("active", {"tier B: role-keeper → assign-roles"}),
        "sven.settings": (
            "active",
            {
                f"tier B: settings-ops → change-setting-{name} with manage-selected-settings (settings-ops)"
                for name in ("Custom_Script_Logged_In", "SMTP_Host")
            },
        ),
        "deploy.bot": ("service", {"role: admin"}),
        "rita.retired": ("deactivated", {"role: admin"}),
    }
    assert [one.state for one in who_("admin").shown] == ["active"] * 6 + ["service", "deactivated"]

    assert told(who_("permission:edit-other-user-password"))["hedi.help"] == ("active", {"role: helpdesk"})
    assert told(who_("role:owner")) == {"otto.owner": ("active", {"role: owner (everywhere)"})}

    members = told(who_("team:platform-eng"))
    assert members["olaf.old"] == ("deactivated", {"team: owner of platform-eng, other roles in it not visible"})
    assert members["@mia:matrix.example.test"][0] == "federated"
    assert set(members) == {
        "ana.admin", "olaf.old", "@mia:matrix.example.test", "hedi.help", "kurt.keys", "svc-backup",
    }  # fmt: skip
    assert set(told(who_("room:platform-eng"))) == set(members)
    hidden = who_("room:platform-incidents")  # contained, and opened to nobody
    invited = "Who is in the room by invitation is not read: these are the people whom a team lets in."
    assert (hidden.total, hidden.remarks[0]) == (0, invited)
    assert "open to all" in who_("room:engineering").remarks[0]

    everybody = who_("permission:view-d-room")
    holders = {
        id_ for id_, doc in asked.company.users.items()
        if set(doc.get("roles", ())) & set(asked.company.permissions["view-d-room"]["roles"])
    }  # fmt: skip
    assert (len(everybody.shown), everybody.total) == (100, len(holders))
    assert {one.id for one in who_("permission:view-d-room", None).shown} == holders

    found = impact(asked.graph, asked.visibility)
    assert [(one.role, one.permission, one.holders, one.freed, one.active) for one in found.removals[:3]] == [
        ("admin", None, 5, 5, 4),
        ("permission-admin", "access-permissions", 1, 1, 1),
        ("permission-admin", None, 1, 1, 1),
    ] or {one.role for one in found.removals[:3]} == {"admin", "permission-admin"}
    assert found.best is not None
    assert (found.best.role, found.best.permission) == ("permission-admin", "access-permissions")
