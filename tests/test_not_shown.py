"""What no list shows is never answered with "no" (invariants.md I12): each property is hidden in turn, and every
question is asked.

What must be said is not read from a table: an answer that comes out otherwise than it does with everything visible has
to say that something was not visible.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from rc2graph.access.account import account
from rc2graph.access.basis import COVERED, basis_of
from rc2graph.access.person import find_person
from rc2graph.access.target import find_access
from rc2graph.access.visibility import Visibility
from rc2graph.access.who import who
from rc2graph.access.why import Answer, why
from rc2graph.config import GraphTarget
from rc2graph.errors import IncompleteError, MissingPermissionError
from rc2graph.graph.connect import Graph, WorkspaceGraph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.render.html import page
from rc2graph.render.terminal import shown
from rc2graph.reviews.questions import from_folder, named, shipped
from rc2graph.reviews.run import Result, review
from rc2graph.simulator import demo_company
from rc2graph.snapshot import Snapshot
from tests.engines import Engine
from tests.faults import Fault
from tests.review import WORKSPACE
from tests.snapshots import World, loaded
from tests.source import Source

HIDDEN = {
    "users.listByStatus": (
        "username", "name", "emails", "active", "type", "roles", "lastLogin", "federated", "reason", "emails.verified",
    ),
    "roles.list": ("name", "description", "scope", "protected", "mandatory2fa"),
    "teams.listAll": ("name", "type", "createdAt", "createdBy", "roomId", "numberOfUsers"),
    "teams.members": ("roles", "createdBy", "createdAt"),
    "rooms.adminRooms": ("t", "archived", "usersCount", "ro", "teamId", "teamMain"),
    "permissions.listAll": ("roles",),
}  # fmt: skip
"""Route → the keys of its rows that are read."""

PLAIN_NO = {"reason", "archived", "ro"}
"""Nobody need have these: they are there only where somebody waits for approval, a room is archived or read-only
(rocketchat.md §4.5, §8). Whether a server hides them cannot be told; whoever waits for it is
deactivated as well."""

OF_ONE = {
    "users.listByStatus": ("active", "type", "federated"),
    "roles.list": ("scope", "protected", "mandatory2fa"),
    "teams.listAll": ("type", "createdAt", "createdBy", "numberOfUsers"),
    "teams.members": ("createdBy", "createdAt"),
    "rooms.adminRooms": ("t", "usersCount", "teamMain"),
}
"""Keys that each row must have, or that another list says it has: of one row without it the value is not known."""

ALL = [(route, field, None) for route, fields in HIDDEN.items() for field in fields]
ONE = [(route, field, 1) for route, fields in OF_ONE.items() for field in fields]
ACCESSES = ("admin", "permission:access-permissions", "role:user", "team:platform-eng")
PEOPLE = ("ana.admin", "kurt.keys", "olaf.old", "gast.extern")


NOW = datetime(2026, 7, 12, 8, tzinfo=UTC)


def called(route: str = "", field: str = "", number: int | None = None) -> str:
    return f"{route}-{field}-{number}" if route else "whole"


class Asked:
    """Everything that can be asked of each workspace, asked once of that which shows all."""

    def __init__(self, graph: Graph, ids: dict[str, str], refused: set[str]) -> None:
        self.graph, self.ids, self.refused = graph, ids, refused
        self.known: dict[str, dict[str, Result]] = {}
        self.there = cache(partial(self.who, called()))
        self.way_there = cache(partial(self.why, called()))

    def results(self, workspace: str) -> dict[str, Result]:
        if workspace not in self.known:
            found = review([self.graph.workspace(workspace)], shipped(), {}).results
            self.known[workspace] = {one.question.name: one for one in found}
        return self.known[workspace]

    def said(self, workspace: str) -> tuple[str, ...]:
        return Visibility.of(self.graph.workspace(workspace)).gap_texts

    def who(self, workspace: str, access: str) -> tuple[Any, tuple[str, ...], bool]:
        graph = self.graph.workspace(workspace)
        visibility = Visibility.of(graph)
        wanted = find_access(graph, visibility, self.named(access))
        found = who(graph, visibility, wanted, most=None)
        return (
            {one.id: (one.state, [way.by for way in one.ways]) for one in found.shown},
            found.not_visible,
            found.at_least,
        )

    def why(self, workspace: str, user: str, access: str) -> Answer:
        graph = self.graph.workspace(workspace)
        visibility = Visibility.of(graph)
        person = find_person(graph, f"id:{self.ids[user]}")
        return why(graph, visibility, person, find_access(graph, visibility, self.named(access)))

    def named(self, access: str) -> str:
        """By id: names may be what is hidden."""
        kind, _, name = access.partition(":")
        return f"{kind}:id:{self.ids.get(name, name)}" if name else access


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The same company read by a whole release, and by each that hides one property."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    folder: Path = tmp_path_factory.mktemp("hidden")
    target = GraphTarget(home=folder / "home")
    company = demo_company(people=20)
    ids = {doc["username"]: id_ for id_, doc in company.users.items() if doc.get("username")}
    ids |= {doc["name"]: id_ for id_, doc in company.teams.items()}
    refused = set[str]()
    with connect(target, write=True) as graph:
        for variant in [(), *ALL, *ONE]:
            name = called(*variant)
            source = Source(demo_company(people=20), folder / f"{name}.sqlite")
            if variant:
                route, field, number = variant
                source.server.add(Fault("hidden-field", route=route, field=field, value=number, times=-1))
            try:
                source.collect(now=lambda: NOW)
            except (IncompleteError, MissingPermissionError):
                refused.add(name)
                continue
            with Snapshot.open(source.path) as snapshot:
                load_snapshot(graph.workspace(name), snapshot)
    with connect(target, write=False) as graph:
        yield Asked(graph, ids, refused)


@pytest.mark.parametrize(("route", "field", "number"), [*ALL, *ONE])
def test_an_answer_that_comes_out_otherwise_says_what_was_not_visible(
    asked: Asked, route: str, field: str, number: int | None
) -> None:
    hidden, before = called(route, field, number), asked.results(called())
    if hidden in asked.refused:
        pytest.skip("nothing is loaded then")
    for name, after in asked.results(hidden).items():
        if name == "what-was-read":  # it lists what was not visible
            continue
        otherwise = not _alike(after.rows, before[name].rows, blank=bool(number))
        if field not in PLAIN_NO and otherwise:
            assert after.visibility != before[name].visibility, (name, after.rows)
            assert after.verdict != "none", (name, after.visibility)
    for access in ACCESSES:
        ways, unseen, at_least = asked.who(hidden, access)
        there, seen, _ = asked.there(access)
        changed = {ways[id_][0] for id_ in ways if ways[id_] != there.get(id_)}
        less = {"not visible", *(["deactivated"] if field in PLAIN_NO else [])}
        assert unseen != seen or (set(ways) == set(there) and changed <= less), access
        assert at_least or len(ways) >= len(there), access
        for user in PEOPLE:
            if asked.way_there(user, access).paths and not (found := asked.why(hidden, user, access)).paths:
                assert found.verdict == "not visible", (user, access)


def _alike(after: list[Any], before: list[Any], *, blank: bool) -> bool:
    """Whether both have the same rows; `blank`: an empty cell says itself that it is not visible."""
    rest = list(before)
    for row in after:
        same = (one for one in rest if all(a == b or (blank and a is None) for a, b in zip(row, one, strict=True)))
        if (found := next(same, None)) is None:
            return False
        rest.remove(found)
    return not rest


@pytest.mark.parametrize(("route", "field", "number"), ONE)
def test_a_single_row_that_does_not_show_what_each_must_have_is_counted(
    asked: Asked, route: str, field: str, number: int
) -> None:
    hidden = called(route, field, number)
    if asked.said(hidden) == asked.said(called()):
        pytest.fail(f"nothing is said of {field}: {asked.said(hidden)}")


def test_nobodys_last_login_is_visible(asked: Asked) -> None:
    """Seven administrators have not "never signed in" because a release hides when anybody did."""
    found = asked.results(called("users.listByStatus", "lastLogin"))
    rests = {name for name, one in found.items() if any(gap.startswith("lastLogin") for gap in one.gaps)}
    assert rests == {"dormant-privileged", "never-signed-in"}
    assert {found[name].verdict for name in rests} == {"not visible"}
    assert found["dormant-privileged"].gaps == ("lastLogin: not shown by any of 80 accounts",)
    shows = found["administrators"]
    assert (shows.verdict, shows.gaps) == ("listed", ())
    assert shows.visibility == "in full, but for lastLogin: not shown by any of 80 accounts"


def test_where_nobody_shows_who_holds_a_role_or_permission_nothing_is_loaded(asked: Asked) -> None:
    """The account that reads holds some of both, or it could not read."""
    assert asked.refused == {called("users.listByStatus", "roles"), called("permissions.listAll", "roles")}


def test_which_account_never_signed_in_is_known_where_others_show_that_they_did(asked: Asked) -> None:
    states = {row["user"]: row["state"] for row in asked.results(called())["dormant-privileged"].as_dicts()}
    assert states["nick.never"] == "never signed in"


# ---- deactivated members, of whom only ownership is visible (rocketchat.md §4.4, §6.2) ----


@pytest.fixture
def graph(engine: Engine, tmp_path: Path) -> Iterator[WorkspaceGraph]:
    world = World()
    joined = {"joined_at": "2026-01-02T00:00:00.000Z", "added_by_id": "ana"}
    world.role("admin", "access-permissions")
    world.role("keeper", "access-permissions")
    for id_ in ("ana", "ben"):
        world.user(id_, "admin", username=id_)
    world.user("off", "admin", username="off", active=False)
    world.user("key", "keeper", username="key", active=False)
    world.user("dim", "admin", username="dim", active=None)
    world.user("mia", "admin", username="mia", federated=True, home_server="matrix.test")
    world.team("red", name="red", private=True, created_by_id="ana")
    world.join("red", "ana", "owner", **joined)
    world.join("red", "ben", **joined)
    world.join("red", "off", "moderator", "odd", joined_at="2026-01-02T00:00:00.000Z", added_by_id="off")
    world.join("red", "key", "owner")
    with connect(engine.target, write=True, wait=10) as graph:
        loaded(graph, world, tmp_path)
    with connect(engine.target, write=False, wait=10) as graph:
        yield graph.workspace(WORKSPACE)


def asked_why(graph: WorkspaceGraph, user: str, access: str) -> Answer:
    visibility = Visibility.of(graph)
    return why(graph, visibility, find_person(graph, user), find_access(graph, visibility, access))


def test_what_is_not_visible_of_deactivated_members_is_counted(graph: WorkspaceGraph) -> None:
    unseen = "roles, joinedAt and addedById: not shown by 2 of 4 members, whose accounts are not active"
    names = ("odd-member-roles", "private-team-moderators", "self-added-members", "added-by-departed", "who-added-whom")
    for one in review([graph], named(shipped(), names), {}).results:
        assert unseen in one.left_out, one.question.name
        assert one.visibility.startswith("in full, but for "), one.question.name
    answer = asked_why(graph, "off", "team:red")
    words = "Not visible: whether they have other roles in the team than owner, who added them, and when."
    assert (answer.verdict, answer.paths[0].details()) == ("yes", [words])
    assert words in _printed(answer)
    assert words in page(answer)
    assert asked_why(graph, "ben", "team:red").paths[0].details() == []
    visibility = Visibility.of(graph)
    members = who(graph, visibility, find_access(graph, visibility, "team:red"))
    assert {one.display_name: one.ways[0].describe() for one in members.shown} == {
        "ana": "owner of red", "ben": "member of red",
        "key": "owner of red, other roles in it not visible", "off": "member of red, other roles in it not visible",
    }  # fmt: skip
    assert members.remarks[0] == "Of 2 deactivated members only ownership is visible, and no other role in the team."


HEADLINES = {
    ("ana", "admin"): "ana is administrator.",
    ("off", "admin"): "off is deactivated, and is administrator again once reactivated.",
    ("key", "admin"): "key is deactivated, and can become administrator again once reactivated.",
    ("dim", "admin"): "dim is administrator if the account is active, which is not visible.",
    ("mia", "admin"): "mia is administrator as a federated account.",
    ("off", "team:red"): "off is deactivated, and is in the team red again once reactivated.",
    ("key", "role:keeper"): "key is deactivated, and holds the role keeper again once reactivated.",
}


def test_who_cannot_sign_in_is_no_administrator_until_then(graph: WorkspaceGraph) -> None:
    for (user, access), headline in HEADLINES.items():
        answer = asked_why(graph, user, access)
        assert answer.headline == answer.as_dict()["headline"] == headline
        assert (headline in _printed(answer), headline in page(answer)) == (True, True)
    for user in ("off", "key", "dim", "mia"):
        whole = account(graph, Visibility.of(graph), find_person(graph, user))
        assert whole.headline == HEADLINES[user, "admin"]
    assert asked_why(graph, "off", "admin").verdict == "yes", "for machines it stays: active is beside it"


def _printed(answer: Answer) -> str:
    from rich.console import Console

    console = Console(width=400)
    with console.capture() as capture:
        for part in shown(answer):
            console.print(part)
    return capture.get()


# ---- read from the Cypher ----

TEXTS = {
    "MATCH (u:User) WHERE u.lastLogin IS NULL RETURN u.username AS user": ({"User.lastLogin"}, {"User.username"}),
    "MATCH (u:User) RETURN u.username AS user, u.lastLogin AS lastLogin": (
        set(), {"User.username", "User.lastLogin"},
    ),
    "MATCH (u:User) WITH u, u.lastLogin AS lastLogin WHERE lastLogin < '2026' RETURN u.username AS user, lastLogin": (
        {"User.lastLogin"}, {"User.username"},
    ),
    "MATCH (u:User {active: false})-[m:MEMBER_OF {owner: true}]->(t) WHERE t.private "
    "RETURN coalesce(u.username, u.id) AS user": (
        {"User.active", "MEMBER_OF", "MEMBER_OF.owner", "Team.private", "Room.private"}, {"User.username"},
    ),
    "MATCH (u:User) // u.type = 'bot'\nWHERE u.name = 'u.emails' RETURN count(u.`type`) AS user": (
        {"User.name", "User.type"}, set(),
    ),
    "MATCH (u:User) WITH collect(u)[0] AS one RETURN one['lastLogin'] IS NULL AS user": ({"User.lastLogin"}, set()),
    "MATCH (u:Deactivated)-->(r) RETURN u.id AS user": (
        {"User.active", "HAS_ROLE", "GRANTS", "MEMBER_OF", "HAS_ROOM"}, set(),
    ),
    "MATCH (u:User) RETURN properties(u) AS user": (
        set(), {name for name in COVERED if name.startswith("User.")},
    ),
    "MATCH (r:Role)<-[h:HAS_ROLE]-(u) WHERE duration.inDays(datetime(h.firstSeen), datetime($asOf)).days > 1 "
    "RETURN r.roomScoped AS user": ({"HAS_ROLE"}, {"Role.roomScoped"}),
}  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_what_an_answer_rests_on_is_read_from_its_statement(text: str) -> None:
    found = basis_of(text, ("user", "lastLogin"))
    assert (set(found.decides), set(found.shows)) == TEXTS[text]


OURS = {
    "id", "firstSeen", "tier", "how", "dangling", "condition", "needs", "settingId", "archived", "since", "until",
}  # fmt: skip
"""Properties that come from no key of a list which a server could hide (`archived`: see `PLAIN_NO`)."""


def test_every_property_that_a_question_looks_at_is_known() -> None:
    """A new one needs a line in rc2graph/snapshot/shown.py, or a reason here."""
    properties = {name.partition(".")[2] for name in COVERED}
    for question in shipped():
        labelled = dict(
            re.findall(r"[(\[](\w+):(User|Role|Team|Room|Permission|HAS_ROLE|MEMBER_OF|HAS_ROOM)\b", question.text)
        )
        for variable, name in re.findall(r"\b(\w+)\.(\w+)\b", re.sub(r"//[^\n]*|'[^']*'", "", question.text)):
            if variable in labelled and name not in OURS:
                assert name in properties, (question.name, f"{variable}.{name}")


def test_a_question_of_ones_own_is_read_as_well(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "idle.cypher").write_text(
        "// title: Idle\n// question: Who is idle?\n// severity: high\n// needs: users\n// columns: user\n"
        "MATCH (u:User {workspace: $workspace}) WHERE u.lastLogin < '2020' RETURN u.username AS user\n"
    )
    for hidden, verdict in ((called(), "none"), (called("users.listByStatus", "lastLogin"), "not visible")):
        assert review([asked.graph.workspace(hidden)], from_folder(tmp_path), {}).results[0].verdict == verdict
