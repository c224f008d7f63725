"""The questions about teams, memberships, outsiders, rooms, peers and history: what each finds, and what it does not.

Each story is a workspace of its own in one graph: what is planted there is all that a question may find there.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rc2graph.config import GraphTarget
from rc2graph.graph.connect import Graph, connect
from rc2graph.model import Membership
from rc2graph.reviews.questions import all_questions, named
from rc2graph.reviews.run import Result, review
from rc2graph.simulator import Workspace
from tests.review import WORKSPACE, planted
from tests.snapshots import World, loaded

QUESTIONS = (
    "added-by-departed", "deactivated-members", "empty-teams", "ended-access", "external-access", "federated-access",
    "guests-in-private-teams", "new-access", "odd-member-roles", "only-owners", "orphan-rows", "ownerless-teams",
    "peer-outliers", "private-team-moderators", "privileged-since", "rooms-open-to-outsiders", "self-added-members",
    "service-account-members", "unlisted-members", "what-was-read", "who-added-whom",
)  # fmt: skip

JANUARY, APRIL, MAY, JUNE = (f"2026-{day}T08:00:00.000Z" for day in ("01-10", "04-01", "05-20", "06-01"))


def person(world: World, id_: str, *roles: str, **fields: object) -> None:
    known = {"username": id_, "service_account": False, "federated": False, "emails": (f"{id_}@example.org",)}
    world.user(id_, *(roles or ("user",)), **{**known, **fields})


def robot(world: World, id_: str, **fields: object) -> None:
    person(world, id_, "bot", **{"type": "bot", "service_account": True, "emails": (), **fields})


def team(
    world: World, id_: str, *members: str, private: bool = True, owner: str | None = "ann", **more: object
) -> None:
    """A team by its name. Its owner, where it has one, made it."""
    world.team(id_, *members, name=id_, private=private, **{"created_by_id": owner, **more})
    if owner:
        world.join(id_, owner, "owner")


def world_with(*people: str) -> World:
    """`ann`, the others of these names, and the usual roles."""
    world = World()
    for role in ("user", "guest", "bot", "federated-external"):
        world.role(role, "view-d-room", built_in=True)
    world.role("admin", "assign-roles", "access-permissions", built_in=True)
    for id_ in ("ann", *people):
        person(world, id_)
    return world


# ---- the stories ----

STORIES: dict[str, Callable[[], list[tuple[str, World]]]] = {}
"""Name of a workspace → its loads: when, and what was true then."""


def story(make: Callable[[], World]) -> Callable[[], World]:
    STORIES[make.__name__] = lambda: [(JUNE, make())]
    return make


@story
def clean() -> World:
    world = world_with("ben", "cat", "dan", "eva", "fay")
    person(world, "root", "user", "admin")
    robot(world, "bot")
    team(world, "vault", "ben", "cat", "dan", "eva", "fay", "root", member_rows=7)
    world.join("vault", "ben", "moderator", joined_at=MAY, added_by_id="ann")
    team(world, "open", "ben", private=False)
    world.orphans = {"vault": 0}
    world.room("vault.main", "vault", private=True, main=True)
    return world


@story
def leavers() -> World:
    world = world_with()
    person(world, "off", active=False, last_login=APRIL)
    person(world, "olaf", active=False)
    person(world, "nameless", active=False, username=None)
    person(world, "unseen", active=None)
    person(world, "away", active=False)  # in no team
    team(world, "vault", "off", "unseen", "nameless")
    world.join("vault", "olaf", "owner")
    team(world, "open", "off", private=False)
    return world


@story
def services() -> World:
    world = world_with()
    person(world, "ben", active=False)
    person(world, "untyped", type=None, service_account=None)
    robot(world, "ci", last_login=MAY)
    robot(world, "poll", type="app")
    robot(world, "off", active=False)
    robot(world, "unseen", active=None)
    team(world, "vault", "ci", "off", "ben", "untyped", "unseen")
    team(world, "robots", "ci", "poll", owner=None)  # nobody but service accounts: nothing of people's in it
    team(world, "owned", "ben", owner="poll", private=False)
    return world


@story
def federation() -> World:
    world = world_with()
    world.role("helper", name="Helper")
    for id_ in ("mia", "tom", "pia"):
        person(world, id_, "user", "federated-external", federated=True, home_server="matrix.test", emails=None)
    world.change("tom", roles=("federated-external", "helper"))
    person(world, "off", "helper", federated=True, active=False)
    person(world, "unseen", "helper", federated=None)
    team(world, "vault", "mia", "off", "unseen")
    team(world, "open", "pia", "mia", private=False)
    team(world, "unclear", "pia", private=None)
    world.join("open", "tom", "owner")
    return world


@story
def guests() -> World:
    world = world_with()
    world.role("partner")
    world.role("anonymous")
    for id_ in ("gus", "gil", "gob"):
        person(world, id_, "guest", "anonymous")
    person(world, "off", "guest", active=False)
    person(world, "pat", "partner")
    person(world, "mia", "guest", federated=True)
    team(world, "vault", "gus", "off", "pat", "mia")
    team(world, "open", "gil", private=False)
    team(world, "club", "mia", private=True)
    world.join("open", "gob", "owner")
    for id_, more in {
        "vault.main": {"private": True, "main": True, "users_count": 4},
        "vault.news": {},
        "vault.inner": {"private": True},  # who is invited into it is not read
        "vault.old": {"archived": True},
    }.items():
        world.room(id_, "vault", name=id_, **more)  # type: ignore[arg-type]
    world.room("open.main", "open", name="open.main", main=True)
    world.room("club.main", "club", name=None, private=True, main=True)
    return world


@story
def addresses() -> World:
    world = world_with("ben", "cat")
    world.role("keeper", "assign-roles")
    world.role("trainer", "harmless")
    person(world, "ext", emails=("Ext@Other.test",))
    person(world, "evil", "keeper", emails=("evil@notexample.org",))
    person(world, "both", emails=("both@other.test", "both@EXAMPLE.org"))
    person(world, "sub", emails=("sub@Lab.Example.org",))
    for number in range(9):  # neither those who left nor service accounts say which domain is ours
        person(world, f"left{number}", active=False, emails=(f"left{number}@sold.test",))
        robot(world, f"bot{number}", emails=(f"bot{number}@robots.test",))
    person(world, "nomail", emails=None)
    person(world, "empty", emails=())
    person(world, "harmless", "trainer", emails=("harmless@other.test",))
    person(world, "off", "keeper", active=False, emails=("off@other.test",))
    team(world, "vault", "ext", "both", "sub", "nomail", "empty", "off")
    team(world, "open", "ext", "harmless", private=False)
    return world


@story
def owners() -> World:
    world = world_with("ben", "cat")
    person(world, "off", active=False)
    person(world, "gone", active=False)
    person(world, "untyped", type=None, service_account=None)
    robot(world, "ci")
    team(world, "no-owner", "ben", "cat", owner=None)
    team(world, "off-owner", "ben", owner="off")
    team(world, "bot-owner", "off", owner="ci", private=False)
    team(world, "unseen-bot", "ben", owner=None)
    world.members["unseen-bot", "ci"] = Membership("unseen-bot", "ci", owner=None)
    team(world, "both-owners", "ben", owner="off")
    world.join("both-owners", "ci", "owner")
    team(world, "untyped-owner", "ben", owner="untyped")
    team(world, "unseen-owner", "cat", owner=None)
    world.members["unseen-owner", "cat"] = Membership("unseen-owner", "cat", owner=None)
    team(world, "one", "ben", private=False)
    team(world, "two", "ben")
    team(world, "shared", "cat")
    world.join("shared", "ben", "owner")
    team(world, "spare", "ben")
    world.join("spare", "off", "owner")
    team(world, "empty", owner=None, created_at=JANUARY)
    team(world, "robots", "ci", owner=None)
    team(world, "left", "off", "gone", owner=None)
    team(world, "left-robots", "off", "ci", owner=None, private=False)
    world.orphans = {"empty": 2, "one": 0}
    world.teams["empty"] = replace(world.teams["empty"], member_rows=2)
    return world


@story
def peers() -> World:
    world = world_with("ben", "cat", "dan")
    world.role("keeper", "assign-roles", name="Keeper")
    world.role("reader", "view-room-administration")
    world.role("trainer", "harmless")
    world.role("ops", "access-permissions", "assign-roles", "view-room-administration")
    person(world, "pat", "keeper")
    person(world, "quin", "reader")
    person(world, "rob", "reader")
    person(world, "sue", "ops")
    person(world, "sid", "ops")
    person(world, "tia", "trainer")
    person(world, "una", "keeper")
    person(world, "root", "admin")
    person(world, "off", "keeper", active=False)
    robot(world, "ci")
    world.change("ci", roles=("bot", "keeper"))
    everybody = ("ben", "cat", "pat", "quin", "rob", "sue", "tia", "root", "off", "ci")
    team(world, "many", *everybody)  # sue alone holds ops in it …
    team(world, "more", "ben", "pat", "sue", "sid", private=False)  # … but not here
    team(world, "few", "ben", "dan", "una")
    return world


@story
def adding() -> World:
    world = world_with("sam", "ben", "cid", "dot", "eve", "fay", "gil")
    person(world, "off", active=False)
    team(world, "vault", "fay")
    world.join("vault", "ann", "owner", added_by_id="ann", joined_at=JANUARY)  # made it
    world.join("vault", "sam", "moderator", added_by_id="sam", joined_at=MAY)
    world.join("vault", "ben", added_by_id="ann", joined_at=APRIL)
    world.join("vault", "cid", added_by_id="off", joined_at=APRIL)
    world.join("vault", "gil", added_by_id="off", joined_at=MAY)
    world.join("vault", "eve", added_by_id="never-seen")
    team(world, "open", private=False)
    world.join("open", "sam", added_by_id="sam")
    world.join("open", "cid", added_by_id="off")
    team(world, "lost", owner=None)  # who made it is not visible
    world.join("lost", "gil", added_by_id="gil", joined_at=JUNE)
    return world


def departed() -> list[tuple[str, World]]:
    """Who added somebody was there, and is not any more."""
    before = world_with("ben", "gus")
    team(before, "vault", owner="gus")
    before.join("vault", "ben", "owner", added_by_id="gus", joined_at=JANUARY)
    after = before.copy()
    after.delete_user("gus")
    return [(MAY, before), (JUNE, after)]


@story
def odd() -> World:
    world = world_with("ben", "cat", "dan")
    person(world, "off", active=False)
    team(world, "vault")
    world.join("vault", "ben", "moderator", "admin")
    world.join("vault", "cat", "member", "leader")
    world.join("vault", "dan")
    world.join("vault", "off", "admin")  # of a deactivated member only whether it is owner is visible
    team(world, "open", private=False)
    world.join("open", "dan", "moderator")
    return world


@story
def moderation() -> World:
    world = world_with("ben", "cat", "dan")
    robot(world, "ci")
    team(world, "vault", "dan")
    world.join("vault", "ben", "moderator", joined_at=MAY)
    world.join("vault", "cat", "moderator", "owner")
    world.join("vault", "ci", "moderator")
    team(world, "open", private=False)
    world.join("open", "dan", "moderator")
    return world


@story
def unlisted() -> World:
    world = world_with()
    world.user("bare", username="bare", active=None, type=None, federated=False)
    world.user("held", "user", username="held", active=None, type=None)
    world.user("typed", username="typed", active=None)
    team(world, "vault", "bare", "held", "typed")
    world.members["vault", "ghost"] = Membership("vault", "ghost", owner=False, username="ghost", name="Ghost")
    return world


@story
def nameless() -> World:
    """Old rows and imports: neither accounts nor teams need to have a name. Everything goes by ids."""
    world = world_with()
    world.role("keeper", "assign-roles")
    bare = {"username": None, "type": "user", "service_account": False, "emails": ("x@other.test",)}
    world.user("u1", "user", "guest", "keeper", **bare, federated=True)
    world.user("u2", "user", **{**bare, "service_account": True, "type": "bot"}, active=True)
    world.user("u3", "user", **{**bare, "emails": ()}, active=False)
    world.team("t1", "u2", "u3", private=True, created_by_id="u9")
    world.join("t1", "u1", "moderator", "keeper", added_by_id="u1")
    world.join("t1", "ann", joined_at=MAY, added_by_id="u3")
    world.members["t1", "u4"] = Membership("t1", "u4", owner=False, added_by_id="u3")
    world.team("t2", private=True)
    world.join("t2", "u1", "owner")
    world.team("t3", private=True, member_rows=1)
    world.teams = {id_: replace(one, name=None) for id_, one in world.teams.items()}
    world.room("r1", "t1", private=True, main=True, name=None)
    world.orphans = {"t3": 1}
    return world


def lately() -> list[tuple[str, World]]:
    january = world_with("ana", "bob", "cat", "eve", "fay")
    for role in ("helper", "temp", "harmless"):
        january.role(role)
    january.role("keeper", "assign-roles")
    january.change("ann", roles=("user", "admin"))
    january.change("eve", roles=("user", "helper", "keeper"))
    january.change("fay", roles=("user", "helper"))
    january.change("cat", roles=("user", "temp"))
    team(january, "vault", "eve", "fay")
    january.join("vault", "ann", "owner", joined_at="2025-12-01T08:00:00.000Z")
    team(january, "old", "bob")
    team(january, "open", "eve", private=False)
    team(january, "club", owner="cat")
    team(january, "hazy", "bob", private=None)

    april = january.copy()
    april.change("bob", roles=("user", "keeper"))
    april.join("vault", "cat")
    april.leave("old", "bob")  # too long ago to be told

    may = april.copy()
    person(may, "dan", "user", "helper")
    may.join("vault", "dan", added_by_id="ann")
    may.join("open", "dan", added_by_id="ann")
    may.join("open", "bob", "owner")
    team(may, "unclear", "bob", private=None, owner=None)
    team(may, "circle", owner="dan")
    may.leave("hazy", "bob")
    may.change("eve", roles=("user", "keeper"))
    may.change("cat", roles=())
    may.leave("vault", "eve")
    may.leave("open", "eve")
    may.delete_user("fay")
    del may.roles["temp"]
    may.delete_team("old")

    june = may.copy()
    june.change("eve", roles=("user", "helper", "keeper"))
    june.join("vault", "eve")
    team(june, "friends", "eve", owner=None)
    return [(JANUARY, january), (APRIL, april), (MAY, may), (JUNE, june)]


def late() -> list[tuple[str, World]]:
    """Members were read in part at first: what a later load adds need not be new."""
    before = world_with("bob", "cat")
    team(before, "vault")
    before.join("vault", "cat", joined_at=APRIL, added_by_id="ann")
    after = before.copy()
    after.join("vault", "bob", "owner")
    return [(MAY, before), (JUNE, after)]


STORIES |= {"departed": departed, "lately": lately, "late": late}


class Asked:
    def __init__(self, graph: Graph, company: Workspace) -> None:
        self.graph, self.company = graph, company

    def result(self, question: str, workspace: str, **values: Any) -> Result:
        return review([self.graph.workspace(workspace)], named(all_questions(), [question]), values).results[0]

    def rows(self, question: str, workspace: str, *columns: str, **values: Any) -> set[tuple[Any, ...]]:
        """Some columns of the rows, lists as tuples."""
        result = self.result(question, workspace, **values)
        assert result.verdict != "not visible", result.gaps
        found = [tuple(_plain(row[column]) for column in columns) for row in result.as_dicts()]
        assert len(set(found)) == len(found), "a row is there twice"
        return set(found)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.fixture(scope="module", params=["embedded", "neo4j"])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """All stories and the company in one graph, for all tests of this file: they only read."""
    folder: Path = tmp_path_factory.mktemp("asked")
    if request.param == "embedded":
        pytest.importorskip("arcadedb", exc_type=ImportError)
        target = GraphTarget(home=folder / "home")
    else:
        target = request.getfixturevalue("neo4j_lts").empty("neo4j", folder / "home").target
    with connect(target, write=True, wait=10) as graph:
        company = planted(graph, folder)
        for name, loads in STORIES.items():
            for number, (at, world) in enumerate(loads()):
                partial = ["members"] if name == "late" and number == 0 else []
                loaded(graph, world, folder, workspace=name, at=at, partial=partial, allow_removals=100)
    with connect(target, write=False, wait=10) as graph:
        yield Asked(graph, company)


# ---- what they find ----


def test_a_clean_workspace_has_no_findings(asked: Asked) -> None:
    for name in QUESTIONS:
        result = asked.result(name, "clean")
        assert result.gaps == ()
        assert result.verdict in (("none", "listed") if result.question.severity == "info" else ("none",)), name


NAMELESS: dict[str, set[tuple[Any, ...]]] = {
    "added-by-departed": {("u3", "t1", ("ann", "u4"))},
    "deactivated-members": {("u3", "t1")},
    "empty-teams": {("t3",)},
    "external-access": {("u1", "t1"), ("u1", "t2"), ("u1", "keeper"), ("u2", "t1")},
    "federated-access": {("u1", "t1"), ("u1", "t2"), ("u1", "keeper")},
    "guests-in-private-teams": {("u1", "t1"), ("u1", "t2")},
    "odd-member-roles": {("u1", "t1")},
    "only-owners": {("u1", ("t2",))},
    "orphan-rows": {("t3",)},
    "ownerless-teams": {("t1",)},
    "peer-outliers": {("u1", "keeper")},
    "private-team-moderators": {("u1", "t1")},
    "privileged-since": {("u1", "keeper"), ("u1", "t2")},
    "rooms-open-to-outsiders": {("r1", "t1", ("u1",))},
    "self-added-members": {("u1", "t1")},
    "service-account-members": {("u2", "t1")},
    "unlisted-members": {("u4", "t1")},
}
COLUMNS = {
    "added-by-departed": ("addedBy", "team", "names"),
    "empty-teams": ("team",),
    "only-owners": ("user", "names"),
    "orphan-rows": ("team",),
    "ownerless-teams": ("team",),
    "rooms-open-to-outsiders": ("room", "team", "names"),
}


@pytest.mark.parametrize("question", NAMELESS)
def test_what_has_no_name_goes_by_its_id(asked: Asked, question: str) -> None:
    more = {"internal_domains": ["example.org"]}
    if columns := COLUMNS.get(question):
        rows = asked.rows(question, "nameless", *columns, **more)
    else:
        rows = {path for (path,) in asked.rows(question, "nameless", "path", **more)}
    assert rows == NAMELESS[question]


def test_a_deactivated_account_that_is_still_in_a_team(asked: Asked) -> None:
    assert asked.rows("deactivated-members", "leavers", "user", "team", "private", "owner", "lastLogin", "path") == {
        ("off", "vault", True, False, APRIL, ("off", "vault")),
        ("off", "open", False, False, APRIL, ("off", "open")),
        ("olaf", "vault", True, True, None, ("olaf", "vault")),
        ("nameless", "vault", True, False, None, ("nameless", "vault")),
    }
    assert asked.result("deactivated-members", "leavers").examined == 7


def test_a_service_account_in_a_team_of_people(asked: Asked) -> None:
    assert asked.rows("service-account-members", "services", "user", "type", "team", "owner", "people", "path") == {
        ("ci", "bot", "vault", False, 1, ("ci", "vault")),
        ("unseen", "bot", "vault", False, 1, ("unseen", "vault")),
        ("poll", "app", "owned", True, 0, ("poll", "owned")),
    }


def test_a_federated_user_with_a_role_or_in_a_private_team(asked: Asked) -> None:
    columns = ("user", "homeServer", "what", "name", "path")
    owner = ("tom", "matrix.test", "owner of a team", "open", ("tom", "open"))
    member = ("mia", "matrix.test", "private team", "vault", ("mia", "vault"))
    role = ("tom", "matrix.test", "role", "Helper", ("tom", "Helper"))
    assert asked.rows("federated-access", "federation", *columns) == {owner, member, role}
    allowed = ["user", "federated-external", "helper"]
    assert asked.rows("federated-access", "federation", *columns, federated_roles=allowed) == {owner, member}


def test_a_guest_in_a_private_team_or_owner_of_one(asked: Asked) -> None:
    columns = ("user", "team", "private", "owner", "path")
    gus, gob = ("gus", "vault", True, False, ("gus", "vault")), ("gob", "open", False, True, ("gob", "open"))
    pat = ("pat", "vault", True, False, ("pat", "vault"))
    mia = {("mia", name, True, False, ("mia", name)) for name in ("vault", "club")}
    assert asked.rows("guests-in-private-teams", "guests", *columns) == {gus, gob, *mia}
    assert asked.rows("guests-in-private-teams", "guests", *columns, guest_roles=["partner"]) == {pat}


def test_an_address_from_outside(asked: Asked) -> None:
    columns = ("user", "internal", "what", "name", "path")
    usual = ("example.org",)
    assert asked.rows("external-access", "addresses", *columns) == {
        ("ext", usual, "private team", "vault", ("ext", "vault")),
        ("evil", usual, "privileged role", "keeper", ("evil", "keeper")),
    }
    both = ["Example.org", "other.test"]
    assert {row[0] for row in asked.rows("external-access", "addresses", *columns, internal_domains=both)} == {"evil"}
    theirs = asked.rows("external-access", "addresses", "user", "name", internal_domains=["other.test"])
    assert theirs == {("ann", "vault"), ("ann", "open"), ("sub", "vault"), ("evil", "keeper")}


def test_a_team_that_nobody_answers_for(asked: Asked) -> None:
    assert asked.rows("ownerless-teams", "owners", "team", "private", "finding", "members", "owners") == {
        ("no-owner", True, "no owner", 2, ()),
        ("off-owner", True, "only deactivated owners", 2, ("off",)),
        ("bot-owner", False, "only service accounts as owners", 2, ("ci",)),
        ("both-owners", True, "only deactivated and service accounts as owners", 3, ("ci", "off")),
        ("robots", True, "no owner", 1, ()),
        ("left", True, "no owner", 2, ()),
        ("left-robots", False, "no owner", 2, ()),
    }
    assert asked.rows("only-owners", "owners", "user", "teams", "private", "names") == {
        ("ann", 3, 2, ("one", "spare", "two")),
        ("untyped", 1, 1, ("untyped-owner",)),
    }


def test_a_team_without_people(asked: Asked) -> None:
    assert asked.rows("empty-teams", "owners", "team", "private", "finding", "members", "orphanRows", "createdAt") == {
        ("empty", True, "no members", 0, 2, JANUARY),
        ("robots", True, "service accounts only", 1, None, None),
        ("bot-owner", False, "deactivated and service accounts only", 2, None, None),
        ("left", True, "deactivated accounts only", 2, None, None),
        ("left-robots", False, "deactivated and service accounts only", 2, None, None),
    }
    assert asked.rows("orphan-rows", "owners", "team", "private", "memberRows", "orphanRows") == {("empty", True, 2, 2)}


def test_privilege_that_no_team_mate_has(asked: Asked) -> None:
    columns = ("user", "role", "tier", "teams", "names", "path")
    pat = ("pat", "Keeper", "B", 2, ("many", "more"), ("pat", "Keeper"))
    una = ("una", "Keeper", "B", 1, ("few",), ("una", "Keeper"))
    sue = ("sue", "ops", "A", 1, ("many",), ("sue", "ops"))
    assert asked.rows("peer-outliers", "peers", *columns) == {pat}
    assert asked.rows("peer-outliers", "peers", *columns, peers=4) == {pat, una}
    pat = ("pat", "Keeper", "B", 1, ("many",), ("pat", "Keeper"))
    assert asked.rows("peer-outliers", "peers", *columns, peers=6) == {pat, sue}
    assert asked.rows("peer-outliers", "peers", *columns, peers=12) == set()


def test_who_let_himself_in(asked: Asked) -> None:
    assert asked.rows("self-added-members", "adding", "user", "team", "owner", "roles", "joinedAt", "path") == {
        ("sam", "vault", False, ("moderator",), MAY, ("sam", "vault"))
    }


def test_who_was_let_in_by_somebody_who_left(asked: Asked) -> None:
    columns = ("addedBy", "state", "team", "members", "names", "lastJoined")
    assert asked.rows("added-by-departed", "adding", *columns) == {
        ("off", "deactivated", "vault", 2, ("cid", "gil"), MAY),
        ("never-seen", "gone", "vault", 1, ("eve",), None),
    }
    assert asked.rows("added-by-departed", "departed", *columns) == {("gus", "gone", "vault", 1, ("ben",), JANUARY)}


def test_who_lets_people_in(asked: Asked) -> None:
    columns = ("addedBy", "state", "teams", "members", "himself", "from", "to")
    assert asked.rows("who-added-whom", "adding", *columns) == {
        ("ann", "active", 1, 2, 1, JANUARY, APRIL),
        ("off", "deactivated", 1, 2, 0, APRIL, MAY),
        ("sam", "active", 1, 1, 1, MAY, MAY),
        ("gil", "active", 1, 1, 1, JUNE, JUNE),
        ("never-seen", "gone", 1, 1, 0, None, None),
        (None, "not visible", 1, 1, 0, None, None),
    }


def test_a_role_in_a_team_that_no_team_has(asked: Asked) -> None:
    columns = ("user", "team", "private", "role", "permissions", "path")
    admin = ("ben", "vault", True, "admin", 2, ("ben", "vault"))
    assert asked.rows("odd-member-roles", "odd", *columns) == {admin}, "member is the vendor's own word"
    usual = ["owner", "moderator", "leader", "admin"]
    assert asked.rows("odd-member-roles", "odd", *columns, team_roles=usual) == set()


def test_moderators_who_could_make_themselves_owner(asked: Asked) -> None:
    columns = ("user", "active", "serviceAccount", "federated", "team", "joinedAt", "path")
    assert asked.rows("private-team-moderators", "moderation", *columns) == {
        ("ben", True, False, False, "vault", MAY, ("ben", "vault")),
        ("ci", True, True, False, "vault", None, ("ci", "vault")),
    }


def test_a_member_that_no_list_of_accounts_shows(asked: Asked) -> None:
    assert asked.rows("unlisted-members", "unlisted", "user", "name", "team", "owner", "path") == {
        ("ghost", "Ghost", "vault", False, ("ghost", "vault"))
    }


def test_rooms_that_a_private_team_opens_to_outsiders(asked: Asked) -> None:
    columns = ("room", "team", "main", "usersCount", "outsiders", "names")
    club = ("club.main", "club", True, None, 1, ("mia",))
    assert asked.rows("rooms-open-to-outsiders", "guests", *columns) == {
        club,
        ("vault.main", "vault", True, 4, 2, ("gus", "mia")),
        ("vault.news", "vault", False, None, 2, ("gus", "mia")),
    }
    assert asked.rows("rooms-open-to-outsiders", "guests", *columns, guest_roles=["none"]) == {
        club,
        ("vault.main", "vault", True, 4, 1, ("mia",)),
        ("vault.news", "vault", False, None, 1, ("mia",)),
    }


def test_since_when_privilege_is_held(asked: Asked) -> None:
    assert asked.rows("privileged-since", "lately", "user", "what", "name", "since", "basis", "path") == {
        ("ann", "role", "admin", JANUARY, "at least since", ("ann", "admin")),
        ("eve", "role", "keeper", JANUARY, "at least since", ("eve", "keeper")),
        ("bob", "role", "keeper", APRIL, "first seen", ("bob", "keeper")),
        ("ann", "owner of a private team", "vault", "2025-12-01T08:00:00.000Z", "joined", ("ann", "vault")),
        ("cat", "owner of a private team", "club", JANUARY, "at least since", ("cat", "club")),
        ("dan", "owner of a private team", "circle", MAY, "first seen", ("dan", "circle")),
    }
    assert asked.rows("privileged-since", "late", "user", "since", "basis") == {
        ("ann", MAY, "at least since"),
        ("bob", JUNE, "at least since"),
    }


def test_access_that_is_new(asked: Asked) -> None:
    columns = ("user", "what", "name", "firstSeen", "addedBy", "path")
    lately_ = {
        ("dan", "role", "helper", MAY, None, ("dan", "helper")),
        ("dan", "private team", "vault", MAY, "ann", ("dan", "vault")),
        ("bob", "owner of a team", "open", MAY, None, ("bob", "open")),
        ("bob", "private team", "unclear", MAY, None, ("bob", "unclear")),  # whether it is private is not visible
        ("eve", "role", "helper", JUNE, None, ("eve", "helper")),
        ("dan", "owner of a team", "circle", MAY, None, ("dan", "circle")),
        ("eve", "private team", "friends", JUNE, None, ("eve", "friends")),
        ("eve", "private team", "vault", JUNE, None, ("eve", "vault")),
    }
    april = {
        ("bob", "role", "keeper", APRIL, None, ("bob", "keeper")),
        ("cat", "private team", "vault", APRIL, None, ("cat", "vault")),
    }
    assert asked.rows("new-access", "lately", *columns) == lately_
    assert asked.rows("new-access", "lately", *columns, new_days=100) == lately_ | april
    assert asked.rows("new-access", "lately", *columns, new_days=5) == {row for row in lately_ if row[3] == JUNE}
    usual = asked.rows("new-access", "lately", "user", "name", default_roles=["helper"])
    assert ("dan", "user") in usual and ("dan", "helper") not in usual  # noqa: PT018


def test_nothing_is_new_in_what_was_first_seen_in_full(asked: Asked) -> None:
    for workspace in ("acme", "clean", "late"):
        assert asked.rows("new-access", workspace, "user", new_days=100_000) == set(), workspace


def test_access_that_ended(asked: Asked) -> None:
    columns = ("user", "state", "what", "name", "since", "until", "back", "path")
    lately_ = {
        ("eve", "active", "role", "helper", JANUARY, MAY, True, ("eve", "helper")),
        ("eve", "active", "private team", "vault", JANUARY, MAY, True, ("eve", "vault")),
        ("bob", "active", "private team", "hazy", JANUARY, MAY, False, ("bob", "hazy")),
        ("cat", "active", "role", "temp", JANUARY, MAY, False, ("cat", "temp")),
        ("fay", "gone", "role", "helper", JANUARY, MAY, False, ("fay", "helper")),
        ("fay", "gone", "private team", "vault", JANUARY, MAY, False, ("fay", "vault")),
        ("ann", "active", "private team", "old", JANUARY, MAY, False, ("ann", "old")),
    }
    bob = ("bob", "active", "private team", "old", JANUARY, APRIL, False, ("bob", "old"))
    assert asked.rows("ended-access", "lately", *columns) == lately_
    assert asked.rows("ended-access", "lately", *columns, ended_days=100) == {*lately_, bob}
    assert asked.rows("ended-access", "lately", *columns, ended_days=5) == set()


def test_what_the_answers_rest_on(asked: Asked) -> None:
    columns = ("asOf", "state", "caller", "callerRoles", "server", "loads", "firstLoad")
    assert asked.rows("what-was-read", "lately", *columns) == {
        (JUNE, "complete", "ana", ("admin",), "8.6.1", 4, JANUARY)
    }
    assert asked.rows("what-was-read", "late", "loads", "datasets") == {
        (
            2,
            ("users: complete", "roles: complete", "permissions: complete", "teams: complete", "members: complete",
             "deactivated members: complete", "rooms: complete"),
        )
    }  # fmt: skip


# ---- the demonstration company ----

PLANTED: dict[str, set[tuple[str, ...]]] = {
    "added-by-departed": set(),
    "empty-teams": {("ghost-ship",), ("half-made",)},
    "external-access": set(),
    "federated-access": {
        ("@mia:matrix.example.test", "platform-eng"),
        ("@tom:matrix.example.test", "board"),
    },
    "guests-in-private-teams": {("gast.extern", "payroll")},
    "odd-member-roles": set(),
    "orphan-rows": {("ghost-ship",), ("merger-blue",), ("platform-eng",)},
    "ownerless-teams": {("nobodys",)},
    "peer-outliers": {("kurt.keys", "permission-admin"), ("hedi.help", "helpdesk")},
    "self-added-members": set(),
    "service-account-members": {("deploy.bot", "incident-response")},
    "unlisted-members": set(),
}
"""All that each question finds there."""

KEYS = {"empty-teams": ("team",), "ownerless-teams": ("team",), "orphan-rows": ("team",),
        "added-by-departed": ("addedBy", "team")}  # fmt: skip
"""Columns that tell a finding; else its path."""


def found(asked: Asked, question: str) -> set[tuple[str, ...]]:
    if columns := KEYS.get(question):
        return asked.rows(question, WORKSPACE, *columns)
    return {path for (path,) in asked.rows(question, WORKSPACE, "path")}


@pytest.mark.parametrize("question", PLANTED)
def test_what_is_planted_in_the_company_is_found_and_nothing_else(asked: Asked, question: str) -> None:
    assert found(asked, question) == PLANTED[question]


def test_every_deactivated_member_of_the_company_is_found(asked: Asked) -> None:
    """The leavers are many and by chance: they are counted from the server's documents."""
    users, teams = asked.company.users, asked.company.teams
    expected = {
        (users[user]["username"], teams[team_]["name"])
        for team_, rows in asked.company.members.items()
        for user in rows
        if user in users and users[user].get("active") is False
    }
    assert ("olaf.old", "platform-eng") in expected
    assert len(expected) > 20
    assert found(asked, "deactivated-members") == expected


def test_each_question_with_a_severity_is_held_against_the_company() -> None:
    problems = {one.name for one in named(all_questions(), QUESTIONS) if one.severity != "info"}
    assert problems == {*PLANTED, "deactivated-members"}
