"""The questions about accounts and roles: what each finds, and what it leaves alone.

Each story is a workspace of its own in one graph: what is planted there is all that a question may find there.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rc2graph.config import GraphTarget
from rc2graph.graph.connect import Graph, connect
from rc2graph.reviews.questions import named, shipped
from rc2graph.reviews.run import Result, review
from rc2graph.simulator import Workspace
from tests.review import PRESENT, WORKSPACE, planted
from tests.snapshots import World, loaded

JANUARY, APRIL, MAY, JUNE = (f"2026-{day}T08:00:00.000Z" for day in ("01-10", "04-01", "05-20", "06-01"))

TELLS: dict[str, tuple[str, ...]] = {
    "administrators": ("user", "active", "since", "path"),
    "becomes-administrator": ("path", "tier"),
    "bot-role": ("path", "type", "active", "since"),
    "dangling-roles": ("role", "holders", "users", "permissions"),
    "deactivated-with-roles": ("path", "roles"),
    "dormant-privileged": ("path", "state", "days", "roles"),
    "guest-and-more": ("path", "others"),
    "guest-permissions": ("role", "permission", "tier"),
    "many-administrators": ("administrators", "active", "accounts", "share"),
    "never-signed-in": ("roles", "accounts", "users"),
    "new-accounts": ("user", "firstSeen", "roles"),
    "no-administrator": ("finding", "holders"),
    "no-role": ("user", "type"),
    "not-assessed": ("permission", "roles"),
    "odd-administrators": ("path", "odd"),
    "permission-holders": ("path", "active"),
    "privileged-emails": ("path", "finding", "sharedWith"),
    "privileged-roles": ("role", "because", "secondFactor", "holders", "active", "serviceAccounts", "tierA"),
    "privileged-service-accounts": ("path", "type", "active"),
    "role-sets": ("roles", "accounts", "active", "example"),
    "roles-like-admin": ("role", "finding", "held", "ofAdmin", "tierA", "beyond", "holders"),
    "room-roles-everywhere": ("path",),
    "second-factor": ("role", "holders", "because"),
    "separation-of-duties": ("path",),
    "service-lookalikes": ("user", "signs"),
    "tier-a-roles": ("role", "permission", "holders"),
    "unused-roles": ("role", "permissions", "tierA"),
}
"""Question → the columns that tell a finding from another, where these are not all. Each of them has a story."""

Rows = set[tuple[Any, ...]]


def person(world: World, id_: str, *roles: str, **fields: object) -> None:
    known = {"username": id_, "name": f"{id_.title()} Example", "emails": (f"{id_}@example.org",),
             "email_verified": True, "service_account": False, "federated": False, "last_login": MAY}  # fmt: skip
    world.user(id_, *(roles or ("user",)), **{**known, **fields})


def robot(world: World, id_: str, *roles: str, **fields: object) -> None:
    known = {"type": "bot", "service_account": True, "emails": None, "email_verified": None}
    person(world, id_, *(roles or ("bot",)), **{**known, **fields})


def role(world: World, id_: str, *permissions: str, **fields: object) -> None:
    """A custom role, called by a name that is not its id."""
    world.role(id_, *permissions, **{"name": id_.title(), "built_in": False, "room_scoped": False, **fields})


def clean() -> World:
    """A workspace as it should be. Each story begins with it; what they find is what they add."""
    world = World()
    built_in = {"built_in": True, "room_scoped": False, "mandatory2fa": False}
    admin = ("access-permissions", "delete-user", "create-user", "view-logs", "clean-channel-history")
    world.role("admin", *admin, **{**built_in, "mandatory2fa": True})
    world.role("user", "view-d-room", "create-c", "create-personal-access-tokens", **built_in)
    world.role("bot", "message-impersonate", "create-c", **built_in)
    world.role("app", **built_in)
    world.role("guest", "view-d-room", "start-discussion", "view-joined-room", "view-p-room", **built_in)
    world.role("anonymous", "view-c-room", "preview-c-room", **built_in)
    world.role("federated-external", **built_in)
    world.role("livechat-manager", "view-livechat-manager", "remove-closed-livechat-rooms", **built_in)
    for id_ in ("owner", "moderator"):
        world.role(id_, "edit-room", **{**built_in, "scope": "Subscriptions", "room_scoped": True})
    role(world, "trainer", scope="Subscriptions", room_scoped=True)  # of rooms: who holds it is not visible
    role(world, "lead", "create-team")
    role(world, "ancient", built_in=None)  # it does not say whether it was made here
    world.grant("auditor", "can-audit")  # the server grants to a module's role before there is one
    for id_ in ("ann", "amy"):
        person(world, id_, "user", "admin")
    person(world, "ben", "user", "lead")
    person(world, "lea", "user", "livechat-manager")
    person(world, "gus", "guest")
    person(world, "off", active=False, last_login=None)
    robot(world, "rocket.cat", last_login=None)
    robot(world, "poll", "app", type="app", last_login=None)
    person(world, "@mia:matrix.test", "user", "federated-external", federated=True, emails=None, last_login=None)
    return world


# ---- the stories ----

STORIES: dict[str, Callable[[], list[tuple[str, World]]]] = {"clean": lambda: [(JUNE, clean())]}
"""Name of a workspace → its loads: when, and what was true then."""
FOUND: list[tuple[str, str, Rows]] = []
"""Story, question, and all the rows that it has there."""


def story(**found: Rows) -> Callable[[Callable[[World], object]], None]:
    """A change of the clean workspace, and what questions find then."""

    def decorate(change: Callable[[World], object]) -> None:
        name = change.__name__

        def loads() -> list[tuple[str, World]]:
            world = clean()
            change(world)
            return [(JUNE, world)]

        STORIES[name] = loads
        FOUND.extend((name, question.replace("_", "-"), rows) for question, rows in found.items())

    return decorate


@story(
    odd_administrators={
        (("gone", "admin"), ("deactivated",)),
        (("dim", "admin"), ("state not visible",)),
        (("ci", "admin"), ("service account",)),
        (("mystery", "admin"), ("type not visible", "no name")),
        (("visitor", "admin"), ("type visitor",)),
        (("@tom:matrix.test", "admin"), ("federated",)),
        (("shared.box", "admin"), ("no name of a person",)),
        (("root", "admin"), ("no name of a person",)),
        (("id-only", "admin"), ("no name",)),
    },
    privileged_service_accounts={(("ci", "admin"), "bot", True)},
    deactivated_with_roles={(("gone", "admin"), ("admin",))},
)
def administrators_that_are_odd(world: World) -> None:
    person(world, "gone", "user", "admin", active=False)
    person(world, "dim", "admin", active=None)
    robot(world, "ci", "bot", "admin")
    person(world, "mystery", "admin", type=None, service_account=None, name=" ")
    person(world, "visitor", "admin", type="visitor")
    person(world, "@tom:matrix.test", "admin", federated=True)
    person(world, "shared.box", "admin", name="Shared.Box")
    person(world, "root", "admin", name="The Admin")
    person(world, "id-only", "admin", username=None, name=None)
    robot(world, "harmless", name=None)


@story(many_administrators={(7, 6, 14, 50)})
def everybody_is_administrator(world: World) -> None:
    for name in ("ida", "ivo", "jan", "kai"):
        person(world, name, "admin")
    person(world, "gone", "admin", active=False)


@story(no_administrator={("only one administrator of type user is known to be active", 3)})
def the_last_administrator(world: World) -> None:
    world.change("amy", active=False)
    robot(world, "ci", "bot", "admin")


@story(
    becomes_administrator={
        (("kim", "Keys", "access-permissions", "admin"), "A"),
        (("kim", "Keys", "create-user", "admin"), "B"),
        (("pat", "Maker", "create-user", "admin"), "B"),
        (("pat", "Giver + Maker", "assign-admin-role + create-user", "admin"), "B"),
    },
    tier_a_roles={("Keys", "access-permissions", 2)},
    separation_of_duties={
        (("kim", "Keys + user", "access-permissions + create-personal-access-tokens"),),
        (("pat", "Giver + Maker", "assign-admin-role + create-user"),),
    },
    permission_holders={
        (("ann", "admin", "access-permissions"), True),
        (("amy", "admin", "access-permissions"), True),
        (("ann", "Keys", "access-permissions"), True),
        (("kim", "Keys", "access-permissions"), True),
    },
    second_factor={("Keys", 2, "suffices to become administrator")},
)
def ways_to_administrator(world: World) -> None:
    role(world, "keys", "access-permissions", "create-user", mandatory2fa=False)
    role(world, "maker", "create-user")
    role(world, "giver", "assign-admin-role")
    person(world, "kim", "user", "keys")
    person(world, "pat", "user", "maker", "giver")
    person(world, "gil", "user", "giver")  # one half of a pair
    world.change("ann", roles=("user", "admin", "keys"))  # is it already


@story(
    deactivated_with_roles={
        (("olaf", "Keys + Lead"), ("Keys", "Lead")),
        (("rocket.old", "bot"), ("bot",)),
        (("id-only", "lost"), ("lost",)),
        (("mimi", "user"), ("user",)),
    }
)
def leavers(world: World) -> None:
    role(world, "keys")
    world.role("66aa", "view-logs", name="user")  # named after another role, and not that one
    person(world, "mimi", "user", "66aa", active=False)
    person(world, "olaf", "user", "lead", "keys", active=False)
    robot(world, "rocket.old", active=False)
    person(world, "id-only", "lost", username=None, active=False)
    person(world, "bare", active=False)
    person(world, "dim", "user", "lead", active=None)
    person(world, "here", "user", "keys")


@story(
    dormant_privileged={
        (("dora", "admin"), "dormant", 142, ("admin", "Keys", "owner")),
        (("nick", "admin"), "never signed in", None, ("admin",)),
        (("kurt", "Keys", "access-permissions", "admin"), "dormant", 142, ("Keys",)),
        (("otto", "owner"), "never signed in", None, ("owner",)),
        (("dim", "Keys", "access-permissions", "admin"), "dormant", 142, ("Keys",)),
        (("late", "admin"), "dormant", 90, ("admin",)),
        (("ci", "Keys", "access-permissions", "admin"), "never signed in", None, ("Keys",)),
    },
    never_signed_in={(("admin", "user"), 1, ("nick",)), (("owner",), 1, ("otto",))},
)
def nobody_at_home(world: World) -> None:
    role(world, "keys", "access-permissions", "delete-user", mandatory2fa=True)
    person(world, "dora", "owner", "admin", "keys", last_login=JANUARY)
    person(world, "nick", "user", "admin", last_login=None)
    person(world, "kurt", "keys", last_login=JANUARY)
    person(world, "otto", "owner", last_login=None)
    person(world, "dim", "keys", active=None, last_login=JANUARY)
    robot(world, "ci", "keys", last_login=None)
    person(world, "late", "admin", last_login="2026-03-03T07:59:59.999Z")
    person(world, "just", "admin", last_login="2026-03-03T08:00:00.000Z")  # 90 days to the millisecond
    person(world, "gone", "admin", active=False, last_login=JANUARY)
    person(world, "idle", "user", last_login=JANUARY)


@story(
    never_signed_in={(("user",), 3, ("a", "b", "c")), (("Lead", "user"), 1, ("d",)), ((), 1, ("e",))},
    no_role={("e", "user"), ("f", None)},
    role_sets={
        (("user",), 4, 3, "a"),
        (("admin", "user"), 2, 2, "amy"),
        (("Lead", "user"), 2, 2, "ben"),
        (("livechat-manager", "user"), 1, 1, "lea"),
        (("guest",), 1, 1, "gus"),
        (("bot",), 1, 1, "rocket.cat"),
        (("app",), 1, 1, "poll"),
        (("federated-external", "user"), 1, 1, "@mia:matrix.test"),
    },
)
def never_used(world: World) -> None:
    for id_ in ("a", "b", "c"):
        person(world, id_, last_login=None)
    person(world, "d", "lead", "user", last_login=None)
    person(world, "e", last_login=None)
    person(world, "f", type=None)
    person(world, "g", active=False)  # has lost all
    for id_ in "efg":
        world.change(id_, roles=())


@story(
    privileged_service_accounts={
        (("ci", "admin"), "bot", True),
        (("ci", "Keys", "access-permissions", "admin"), "bot", True),
        (("old", "Keys", "access-permissions", "admin"), "app", False),
    },
    service_lookalikes={
        ("svc-backup", ("username",)),
        ("Deploy.Prod", ("username",)),
        ("build_bot2", ("username",)),
        ("NOREPLY", ("no e-mail address and no full name", "username")),
        ("hidden", ("no e-mail address and no full name",)),
        ("id-only", ("no e-mail address and no full name",)),
        ("webby", ("role bot",)),
    },
    bot_role={
        (("rocket.cat", "bot"), "bot", True, JUNE),
        (("webby", "bot"), "user", True, JUNE),
        (("ci", "bot"), "bot", True, JUNE),
    },
)
def programs(world: World) -> None:
    role(world, "keys", "access-permissions", "delete-user", mandatory2fa=True)
    robot(world, "ci", "bot", "admin", "keys")
    robot(world, "old", "keys", type="app", active=False)
    robot(world, "small", "lead")
    person(world, "svc-backup")
    person(world, "Deploy.Prod")
    person(world, "build_bot2")
    person(world, "NOREPLY", name="NOREPLY", emails=())
    person(world, "hidden", name=None, emails=None)
    person(world, "id-only", username=None, name=None, emails=None)
    person(world, "webby", "user", "bot")
    person(world, "abbot.robert")  # a person
    person(world, "mailless", emails=None)
    person(world, "oneword", name="Pelé")
    person(world, "svc-off", active=False)
    person(world, "@bot:matrix.test", federated=True, emails=None, name=None)


@story(
    unused_roles={("Forgotten", 1, ()), ("Dangerous", 2, ("delete-user",))},
    roles_like_admin={
        ("Twin", "holds all that admin holds", 5, 5, 2, (), 1),
        ("More", "holds all that admin holds, and more", 5, 5, 3, ("edit-privileged-setting",), 2),
        ("Core", "holds every permission of admin that suffices to become administrator", 2, 5, 2, (), 1),
    },
)
def roles_without_measure(world: World) -> None:
    everything = ("access-permissions", "delete-user", "create-user", "view-logs", "clean-channel-history")
    role(world, "forgotten", "create-team")
    role(world, "dangerous", "delete-user", "create-team")
    role(world, "twin", *everything)
    role(world, "more", *everything, "edit-privileged-setting")
    role(world, "core", "access-permissions", "delete-user")
    role(world, "nearly", "access-permissions", *everything[2:])  # 4 of 5
    person(world, "tia", "twin", "more", "nearly")
    person(world, "moe", "more", "core")


@story(roles_like_admin=set())
def an_admin_that_holds_nothing(world: World) -> None:
    for permission in list(world.permissions):
        world.permissions[permission] = world.permissions[permission].__class__(permission)


@story(
    dangling_roles={
        ("lost", 2, ("ann", "id-only"), ()),
        ("ghost", 0, (), ("view-logs",)),
        ("auditor", 1, ("ben",), ("can-audit",)),
    },
    not_assessed={("my-own", ("Lead",))},
)
def left_over(world: World) -> None:
    world.change("ann", roles=("user", "admin", "lost"))
    person(world, "id-only", "lost", username=None)
    world.change("ben", roles=("user", "lead", "auditor"))
    world.grant("ghost", "view-logs")
    world.grant("livechat-monitor", "view-livechat-rooms")
    world.grant("lead", "my-own")
    world.grant("admin", "my-other-own")


@story(
    guest_and_more={
        (("gil", "guest + Lead + user"), ("Lead", "user")),
        (("void", "guest + admin"), ("admin",)),
    },
    guest_permissions={("guest", "create-c", None), ("guest", "my-own", None), ("anonymous", "delete-user", "A")},
)
def guests(world: World) -> None:
    person(world, "gil", "guest", "user", "lead")
    person(world, "void", "guest", "admin")
    world.grant("guest", "create-c")
    world.grant("guest", "my-own")
    world.grant("anonymous", "delete-user")


@story(
    second_factor={
        ("Keys", 1, "suffices to become administrator"),
        ("owner", 1, "room role on the account"),
        ("admin", 2, "administrator"),
    },
    privileged_roles={
        ("admin", "administrator", "not demanded", 2, 2, 0, ("access-permissions", "delete-user")),
        ("Keys", "suffices to become administrator", "not demanded", 1, 1, 0, ("access-permissions",)),
        ("Safe", "suffices to become administrator", "demanded", 2, 1, 1, ("delete-user",)),
        ("Ancestor", "suffices to become administrator", "not visible", 1, 0, 0, ("run-import",)),
        ("Idle", "suffices to become administrator", "not demanded", 0, 0, 0, ("run-import",)),
        ("owner", "room role on the account", "not demanded", 1, 1, 0, ()),
    },
    room_roles_everywhere={(("otto", "owner"),)},
    separation_of_duties={
        (("otto", "owner + user", "create-c + edit-room"),),
        (("kim", "Keys + user", "access-permissions + create-personal-access-tokens"),),
    },
)
def second_factors(world: World) -> None:
    world.role("admin", mandatory2fa=False, built_in=True, room_scoped=False)
    role(world, "keys", "access-permissions", mandatory2fa=False)
    role(world, "safe", "delete-user", mandatory2fa=True)
    role(world, "ancestor", "run-import", mandatory2fa=None)
    role(world, "idle", "run-import", mandatory2fa=False)
    person(world, "kim", "user", "keys")
    robot(world, "ci", "safe")
    person(world, "sue", "safe", active=None)
    person(world, "old", "ancestor", active=False)
    person(world, "otto", "user", "owner")


@story(
    privileged_emails={
        (("una", "admin"), ("not verified",), ()),
        (("sam", "Keys", "access-permissions", "admin"), ("shared",), ("ben", "sid")),
        (("sid", "owner"), ("not verified", "shared"), ("ben", "sam", "sue")),
    }
)
def mailboxes(world: World) -> None:
    role(world, "keys", "access-permissions", mandatory2fa=True)
    person(world, "una", "admin", email_verified=False)
    person(world, "sam", "keys", "admin2", emails=("it@example.org", "IT@example.org"))
    person(world, "sid", "owner", emails=("it@example.org", "sid@example.org"), email_verified=False)
    world.change("ben", emails=("It@Example.org",))
    person(world, "sue", emails=("SID@example.org",))
    person(world, "twins", emails=("twins@example.org",))
    person(world, "twin", emails=("twins@example.org",), email_verified=False)  # share, and have no power
    person(world, "mute", "admin", emails=None, email_verified=None)
    person(world, "gone", "admin", emails=("it@example.org",), email_verified=False, active=False)
    world.change("gone", emails=("gone@example.org",))


PAIRS = {
    ("assign-admin-role", "create-user"),
    ("assign-admin-role", "assign-roles"),
    ("edit-other-user-info", "edit-other-user-password"),
    ("access-permissions", "can-audit-log"),
    ("edit-privileged-setting", "view-privileged-setting"),
    ("change-setting-SMTP_Host", "manage-selected-settings"),
    ("manage-incoming-integrations", "message-impersonate"),
    ("manage-own-incoming-integrations", "message-impersonate"),
    ("manage-outgoing-integrations", "view-room-administration"),
    ("can-audit", "can-audit-log"),
    ("can-audit", "delete-user"),
    ("can-audit", "clean-channel-history"),
    ("create-c", "edit-room"),
    ("delete-message", "manage-moderation-actions"),
    ("force-delete-message", "manage-moderation-actions"),
    ("edit-other-user-active-status", "logout-other-user"),
    ("delete-user", "run-import"),
    ("remove-closed-livechat-rooms", "view-livechat-manager"),
    ("create-personal-access-tokens", "delete-user"),
}
"""What one person should not hold together."""


def number(pair: tuple[str, str]) -> int:
    return sorted(PAIRS).index(pair)


@story(
    separation_of_duties={
        *(((f"both{number(pair)}", f"One{number(pair)}", " + ".join(sorted(pair))),) for pair in PAIRS),
        *(((f"apart{number(pair)}", f"Left{number(pair)} + Right{number(pair)}", " + ".join(sorted(pair))),)
          for pair in PAIRS),
        (("lex", "Router + livechat-manager", "remove-closed-livechat-rooms + view-livechat-manager"),),
        (("three", "Audit", "can-audit + can-audit-log + delete-user"),),
        (("gone", "Audit", "can-audit + can-audit-log + delete-user"),),
    }
)  # fmt: skip
def duties(world: World) -> None:
    """Each pair in one role and in two; in the hands of an administrator; and one half of it."""
    for pair in PAIRS:
        role(world, f"one{number(pair)}", *pair)
        role(world, f"left{number(pair)}", pair[0])
        role(world, f"right{number(pair)}", pair[1])
        person(world, f"both{number(pair)}", f"one{number(pair)}")
        person(world, f"apart{number(pair)}", f"left{number(pair)}", f"right{number(pair)}")
        person(world, f"half{number(pair)}", f"left{number(pair)}")
        person(world, f"boss{number(pair)}", f"one{number(pair)}", "admin")
    role(world, "router", "view-livechat-manager")
    person(world, "lex", "livechat-manager", "router")
    role(world, "audit", "can-audit", "can-audit-log", "delete-user")
    person(world, "three", "audit")
    person(world, "gone", "audit", active=False)
    role(world, "pool", "change-setting-Site_Name", "manage-selected-settings")  # that setting leads nowhere
    person(world, "ivo", "pool")


def growing() -> list[tuple[str, World]]:
    """`cleo` came in April, `dan` and a bot in May; `eve` was made administrator in May."""
    first = clean()
    person(first, "eve")
    april = first.copy()
    person(april, "cleo")
    may = april.copy()
    person(may, "dan", "lead", "user")
    robot(may, "ci")
    may.change("eve", roles=("user", "admin"))
    return [(JANUARY, first), (APRIL, april), (MAY, may), (JUNE, may)]


STORIES["growing"] = growing
FOUND += [
    ("growing", "new-accounts", {("dan", MAY, ("Lead", "user")), ("ci", MAY, ("bot",))}),
    ("growing", "administrators", {
        ("ann", True, JANUARY, ("ann", "admin")),
        ("amy", True, JANUARY, ("amy", "admin")),
        ("eve", True, MAY, ("eve", "admin")),
    }),
]  # fmt: skip


# ---- what they are asked ----


class Asked:
    """A graph with all the stories and the company in it."""

    def __init__(self, graph: Graph, company: Workspace) -> None:
        self.graph, self.company = graph, company

    def result(self, question: str, workspace: str, **values: object) -> Result:
        return review([self.graph.workspace(workspace)], named(shipped(), [question]), values).results[0]

    def rows(self, question: str, workspace: str, **values: object) -> Rows:
        """Compared as a set, and none of them twice."""
        result = self.result(question, workspace, **values)
        assert result.gaps == ()
        tells = TELLS.get(question, result.question.columns)
        rows = [tuple(_plain(one[column]) for column in tells) for one in result.as_dicts()]
        assert len(set(rows)) == len(rows)
        return set(rows)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    folder: Path = tmp_path_factory.mktemp("asked")
    if request.param == "embedded":
        pytest.importorskip("arcadedb", exc_type=ImportError)
        target = GraphTarget(home=folder / "home")
    else:
        target = request.getfixturevalue("neo4j_lts").empty("neo4j", folder / "home").target
    with connect(target, write=True, wait=10) as graph:
        for workspace, loads in STORIES.items():
            for at, world in loads():
                loaded(graph, world, folder, workspace=workspace, at=at, allow_removals=100)
        company = planted(graph, folder, at=PRESENT)
    with connect(target, write=False, wait=10) as graph:
        yield Asked(graph, company)


def test_a_clean_workspace_has_no_finding(asked: Asked) -> None:
    problems = [one.name for one in named(shipped(), {*TELLS, *PLANTED}) if one.severity != "info"]
    assert {name: rows for name in problems if (rows := asked.rows(name, "clean"))} == {}


@pytest.mark.parametrize(("story", "question", "rows"), FOUND, ids=[f"{name}-{asks}" for name, asks, _ in FOUND])
def test_what_is_planted_is_found_and_nothing_else(asked: Asked, story: str, question: str, rows: Rows) -> None:
    assert asked.rows(question, story) == rows


def test_every_question_is_shown_to_find(asked: Asked) -> None:
    found = {question for _, question, rows in FOUND if rows}
    assert found == set(TELLS)
    assert [name for name in {*PLANTED} - {*TELLS} if not PLANTED[name]] == [], "in a story, or in the company"


@pytest.mark.parametrize(
    ("question", "story", "values", "rows"),
    [
        ("permission-holders", "clean", {"permission": "create-team"}, {(("ben", "Lead", "create-team"), True)}),
        ("permission-holders", "clean", {"permission": "no-such"}, set()),
        ("deactivated-with-roles", "leavers", {"default_roles": ["user", "bot", "Lead", "lost"]},
         {(("olaf", "Keys"), ("Keys",)), (("mimi", "user"), ("user",))}),
        ("deactivated-with-roles", "clean", {"default_roles": []}, {(("off", "user"), ("user",))}),
        ("dormant-privileged", "clean", {"dormant_days": 10},
         {(("ann", "admin"), "dormant", 12, ("admin",)), (("amy", "admin"), "dormant", 12, ("admin",))}),
        ("dormant-privileged", "clean", {"dormant_days": 12}, set()),
        ("never-signed-in", "never_used", {"examples": 2},
         {(("user",), 3, ("a", "b")), (("Lead", "user"), 1, ("d",)), ((), 1, ("e",))}),
        ("new-accounts", "growing", {"new_days": 12}, {("dan", MAY, ("Lead", "user")), ("ci", MAY, ("bot",))}),
        ("new-accounts", "growing", {"new_days": 11}, set()),
        ("new-accounts", "growing", {"new_days": 1000},
         {("dan", MAY, ("Lead", "user")), ("ci", MAY, ("bot",)), ("cleo", APRIL, ("user",))}),
        ("roles-like-admin", "roles_without_measure", {"percent": 80}, {
            ("Twin", "holds all that admin holds", 5, 5, 2, (), 1),
            ("More", "holds all that admin holds, and more", 5, 5, 3, ("edit-privileged-setting",), 2),
            ("Core", "holds every permission of admin that suffices to become administrator", 2, 5, 2, (), 1),
            ("Nearly", "holds nearly all that admin holds", 4, 5, 1, (), 1),
        }),
    ],
)  # fmt: skip
def test_thresholds(asked: Asked, question: str, story: str, values: dict[str, object], rows: Rows) -> None:
    assert asked.rows(question, story, **values) == rows


def test_a_reason_is_given_for_each_pair(asked: Asked) -> None:
    rows = list(asked.result("separation-of-duties", "duties").as_dicts())
    assert all(row["together"] for row in rows)
    assert len({row["together"] for row in rows}) == 15
    assert {row["active"] for row in rows if row["user"] == "gone"} == {False}


# ---- the demonstration company ----

PLANTED: dict[str, Rows] = {
    "becomes-administrator": {
        (("kurt.keys", "permission-admin", "access-permissions", "admin"), "A"),
        (("rolf.roles", "role-keeper", "assign-roles", "admin"), "B"),
        (
            (
                "sven.settings",
                "settings-ops",
                "change-setting-Custom_Script_Logged_In + manage-selected-settings",
                "admin",
            ),
            "B",
        ),
        (("sven.settings", "settings-ops", "change-setting-SMTP_Host + manage-selected-settings", "admin"), "B"),
    },
    "dangling-roles": {
        ("66a1f0c2d3e4b5a697889999", 1, ("without.mail",), ()),
        ("66a1f0c2d3e4b5a697889998", 0, (), ("view-logs",)),
    },
    "deactivated-with-roles": {
        (("olaf.old", "room-auditor"), ("room-auditor",)),
        (("rita.retired", "admin"), ("admin",)),
    },
    "dormant-privileged": {
        (("dora.dormant", "admin"), "dormant", 410, ("admin",)),
        (("nick.never", "admin"), "never signed in", None, ("admin",)),
    },
    "guest-and-more": set(),
    "guest-permissions": set(),
    "never-signed-in": {
        (("user",), 2, ("kT2wV9uJc6SzMd4Ph", "noreply")),
        (("admin", "user"), 1, ("nick.never",)),
        (("66a1f0c2d3e4b5a697889999", "user"), 1, ("without.mail",)),
        ((), 1, ("without.roles",)),
    },
    "many-administrators": set(),
    "no-administrator": set(),
    "no-role": {("without.roles", "user"), ("frJG7FAGZKFb4GxHa", None)},
    "not-assessed": {("change-setting-Layout_Sidenav_Footer", ("settings-ops",))},
    "odd-administrators": {
        (("deploy.bot", "admin"), ("service account",)),
        (("rita.retired", "admin"), ("deactivated",)),
    },
    "privileged-emails": set(),
    "privileged-service-accounts": {(("deploy.bot", "admin"), "bot", True)},
    "roles-like-admin": set(),
    "room-roles-everywhere": {(("mona.mod", "moderator"),), (("otto.owner", "owner"),)},
    "second-factor": {
        ("admin", 5, "administrator"),
        ("moderator", 1, "room role on the account"),
        ("owner", 1, "room role on the account"),
        ("permission-admin", 1, "suffices to become administrator"),
    },
    "separation-of-duties": {
        (("kurt.keys", "permission-admin + user", "access-permissions + create-personal-access-tokens"),),
        (("mona.mod", "moderator + user", "create-c + edit-room"),),
        (("otto.owner", "owner + user", "create-c + edit-room"),),
        (
            (
                "sven.settings",
                "settings-ops",
                "change-setting-Custom_Script_Logged_In + change-setting-SMTP_Host + manage-selected-settings",
            ),
        ),
    },
    "tier-a-roles": {("permission-admin", "access-permissions", 1)},
    "unused-roles": {("empty-role", 0, ()), ("old-timer", 0, ())},
}
"""All that each question with a severity finds there."""


@pytest.mark.parametrize("question", PLANTED)
def test_what_is_planted_in_the_company_is_found(asked: Asked, question: str) -> None:
    assert asked.rows(question, WORKSPACE) == PLANTED[question]


def test_each_question_with_a_severity_is_held_against_the_company() -> None:
    assert {one.name for one in named(shipped(), {*TELLS, *PLANTED}) if one.severity != "info"} == set(PLANTED)


def test_the_sets_of_roles_are_those_of_the_documents(asked: Asked) -> None:
    """Leavers and leads are many and by chance: they are counted from the server's documents."""
    called = {id_: doc["name"] for id_, doc in asked.company.roles.items()}
    counted: dict[tuple[str, ...], int] = {}
    for doc in asked.company.users.values():
        held = tuple(sorted(called.get(id_, id_) for id_ in doc.get("roles", ())))
        counted[held] = counted.get(held, 0) + 1
    assert counted.pop(()) == 2  # who holds none is in no-role
    assert {(roles, accounts) for roles, accounts, *_ in asked.rows("role-sets", WORKSPACE)} == set(counted.items())
    assert counted[("user",)] > 60
