"""What changed between two snapshots: exactly that, administrators first, and "not visible" is never shown as "no"."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rc2graph.catalogue import catalogue
from rc2graph.errors import SnapshotError
from rc2graph.model import Membership, User
from rc2graph.render.changes import as_markdown
from rc2graph.render.markdown import text as only_text
from rc2graph.reviews.changes import Catalogued, compared, notes, rows, summary, verdict
from rc2graph.snapshot.changes import SECTIONS
from rc2graph.snapshot.compare import Comparison, Reach
from rc2graph.snapshot.store import Stored
from tests.snapshots import VERSION, World, company, snapshot

Rows = set[tuple[Any, ...]]


class Told:
    """All that a comparison says, in plain sets and without the files."""

    def __init__(self, found: Comparison) -> None:
        self.different, self.in_doubt = found.different, found.in_doubt
        self.sections: dict[str, Rows] = {section: set() for section in SECTIONS}
        for section in SECTIONS[1:]:
            listed = [
                (one.what, one.thing.id, *([one.other.id] if one.other else []),
                 *([one.property, _flat(one.before), _flat(one.after)] if one.property else []))
                for one in found.changes(section)
            ]  # fmt: skip
            self.sections[section] = set(listed)
            assert len(listed) == len(set(listed)) == found.total(section), "each difference once, and counted"
        self.reach: list[Reach] = list(found.tier_a())
        self.sections["tierA"] = {
            (one.what, one.account.id, *([one.permissions, one.condition] if one.tier else [])) for one in self.reach
        }
        self.goes_with = {
            (section, one.what, one.thing.id, one.other.id): one.goes_with
            for section in ("assignments", "grants", "memberships", "rooms")
            for one in found.changes(section)
            if one.other
        }
        self.brought = {
            (one.what, one.thing.id): {edge: (some.count, some.names) for edge, some in one.brought.items()}
            for section in ("accounts", "roles", "teams")
            for one in found.changes(section)
            if one.brought
        }
        self.not_comparable = {
            (one.what, one.side, one.matters, *sorted(one.only_in_other.items())) for one in found.not_comparable
        }
        self.left_out = sum(sum(one.only_in_other.values()) for one in found.not_comparable)
        self.not_visible = {(one.section, one.property, one.side, one.count, one.names) for one in found.not_visible}
        self.notes, self.verdict, self.summary = list(notes(found)), verdict(found), list(summary(found))
        self.tables = {section: list(rows(found, section)) for section in SECTIONS}
        files = tuple(Stored(file.path, "acme", file.meta["started"]) for file in (found.before, found.after))
        self.markdown = "".join(as_markdown(found, files, 100))  # type: ignore[arg-type]

    def only(self, *sections: str) -> dict[str, Rows]:
        """What there is, and it is in these sections alone."""
        there = {section: changes for section, changes in self.sections.items() if changes}
        assert set(there) == set(sections)
        return there

    def through(self, account: str, *permissions: str) -> list[tuple[str, str, str | None]]:
        (one,) = [one for one in self.reach if (one.account.id, one.permissions) == (account, permissions)]
        return [(step.permission, step.role.id, step.because) for step in one.through]


class Diff:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(
        self, before: World, after: World, *, then: dict[str, Any] | None = None, now: dict[str, Any] | None = None
    ) -> Told:
        """`then` and `now`: what the reading of before and of after did not see (options of `snapshot`)."""
        with (
            snapshot(before, self.folder / "a.sqlite", **(then or {})) as a,
            snapshot(after, self.folder / "b.sqlite", **(now or {})) as b,
            compared(a, b) as found,
        ):
            return Told(found)


@pytest.fixture
def diff(tmp_path: Path) -> Diff:
    return Diff(tmp_path)


@pytest.fixture
def before() -> World:
    return company()


@pytest.fixture
def after(before: World) -> World:
    return before.copy()


def _flat(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


# ---- each kind of thing ----


def test_nothing_changed(diff: Diff, before: World) -> None:
    told = diff(before, before)
    assert told.only() == {}
    assert (told.different, told.in_doubt, told.verdict) == (False, False, "No difference.")
    assert told.notes == []


def test_accounts(diff: Diff, before: World, after: World) -> None:
    after.change("ana", username="ana.new", emails=("new@example.org",))
    after.change("bob", active=False, last_login="2026-06-01T00:00:00.000Z")
    after.change("cat", active=True, type="user", service_account=False)
    after.change("dan", federated=False)
    after.change("u00", last_login="2026-06-01T00:00:00.000Z")
    after.user("new")
    after.delete_user("eve")
    assert diff(before, after).sections["accounts"] == {
        ("renamed", "ana", "username", "ana.name", "ana.new"),
        ("changed", "ana", "emails", ("ana@example.org",), ("new@example.org",)),
        ("deactivated", "bob", "active", True, False),
        ("activated", "cat", "active", False, True),
        ("changed", "cat", "type", "bot", "user"),
        ("changed", "cat", "serviceAccount", True, False),
        ("changed", "dan", "federated", True, False),
        ("appeared", "new"),
        ("gone", "eve"),
    }


def test_when_somebody_signed_in_is_no_change(diff: Diff, before: World, after: World) -> None:
    for user in after.users:
        after.change(user, last_login="2026-06-01T00:00:00.000Z")
    assert not diff(before, after).different


def test_roles(diff: Diff, before: World, after: World) -> None:
    after.roles["auditor"] = replace(after.roles["auditor"], name="Auditors", scope="Subscriptions", mandatory2fa=True)
    before.roles["auditor"] = replace(before.roles["auditor"], mandatory2fa=False)
    after.role("fresh")
    del after.roles["owner"]
    assert diff(before, after).only("roles") == {
        "roles": {
            ("renamed", "auditor", "name", "auditor", "Auditors"),
            ("changed", "auditor", "scope", "Users", "Subscriptions"),
            ("changed", "auditor", "mandatory2fa", False, True),
            ("appeared", "fresh"),
            ("gone", "owner"),
        }
    }


def test_a_role_that_is_gone_but_still_named(diff: Diff, before: World, after: World) -> None:
    del after.roles["bot"]  # cat still has the id, which now leads nowhere
    assert diff(before, after).only("roles") == {"roles": {("gone", "bot")}}


def test_who_holds_which_role(diff: Diff, before: World, after: World) -> None:
    after.user("bob", "auditor")
    told = diff(before, after)
    assert told.sections["assignments"] == {("gained", "bob", "auditor"), ("lost", "bob", "user")}


def test_what_roles_grant(diff: Diff, before: World, after: World) -> None:
    after.grant("auditor", "view-all-teams")
    after.revoke("bot", "view-d-room")
    after.grant("auditor", "view-logs")
    told = diff(before, after)
    assert told.only("grants") == {
        "grants": {
            ("gained", "auditor", "view-all-teams"),
            ("lost", "bot", "view-d-room"),
            ("gained", "auditor", "view-logs"),
        }
    }
    assert ("auditor", "gained", "view-logs", None, "the permission is new") in told.tables["grants"]


def test_teams_their_members_and_rooms(diff: Diff, before: World, after: World) -> None:
    after.teams["red"] = replace(after.teams["red"], name="crimson", private=True, member_rows=77)
    after.team("green")
    after.join("red", "bob", "owner")
    after.join("red", "ana", "leader")
    after.leave("red", "dan")
    after.join("red", "eve")
    after.join("red", "u00", "moderator")
    before.join("red", "u00")
    after.room("red.main", "red", private=True, main=True, users_count=99)
    after.room("red.plans", "blue", private=True)
    after.room("red.new", "red")
    del after.rooms["blue.main"]
    assert diff(before, after).only("teams", "memberships", "rooms") == {
        "teams": {
            ("renamed", "red", "name", "team red", "crimson"),
            ("became private", "red", "private", False, True),
            ("appeared", "green"),
        },
        "memberships": {
            ("became owner", "red", "bob", "owner", False, True),
            ("ceased to be owner", "red", "ana", "owner", True, False),
            ("changed", "red", "ana", "roles", ("moderator",), ("leader",)),
            ("changed", "red", "u00", "roles", (), ("moderator",)),
            ("left", "red", "dan"),
            ("joined", "red", "eve"),
        },
        "rooms": {
            ("became private", "red.main", "red", "private", False, True),
            ("gone", "red.plans", "red"),
            ("appeared", "red.plans", "blue"),
            ("appeared", "red.new", "red"),
            ("gone", "blue.main", "blue"),
        },
    }


def test_what_is_gone_takes_its_edges_along(diff: Diff, before: World, after: World) -> None:
    after.delete_user("bob")
    after.delete_team("blue")
    del after.roles["bot"]
    after.change("cat", roles=())
    after.revoke("bot", "view-d-room")
    after.user("new", "user", "auditor")
    after.join("red", "new")
    told = diff(before, after)
    assert ("left", "red", "bob") in told.sections["memberships"], "still listed"
    assert told.goes_with == {
        ("assignments", "lost", "bob", "user"): "account",
        ("memberships", "left", "red", "bob"): "account",
        ("assignments", "lost", "cat", "bot"): "role",
        ("grants", "lost", "bot", "view-d-room"): "role",
        ("rooms", "gone", "blue.main", "blue"): "team",
        **{("memberships", "left", "blue", user): "team" for team, user in before.members if team == "blue"},
        ("assignments", "gained", "new", "user"): "account",
        ("assignments", "gained", "new", "auditor"): "account",
        ("memberships", "joined", "red", "new"): "account",
    }
    for section in ("assignments", "grants", "memberships", "rooms"):
        assert told.tables[section] == [], "no surprise of its own"
    assert told.brought == {
        ("gone", "bob"): {"assignments": (1, ("user",)), "memberships": (1, ("team red",))},
        ("appeared", "new"): {"assignments": (2, ("auditor", "user")), "memberships": (1, ("team red",))},
        ("gone", "bot"): {"assignments": (1, ("cat.name",)), "grants": (1, ("view-d-room",))},
        ("gone", "blue"): {
            "memberships": (14, ("ana.name", "cat.name", "u00.name", "u01.name", "u02.name")),
            "rooms": (1, ("room blue.main",)),
        },
    }
    cells = {row[0]: row[-1] for row in told.tables["teams"]}
    assert cells == {"team blue": "members: ana.name, cat.name, u00.name, u01.name, u02.name and 9 more; "
                                  "rooms: room blue.main"}  # fmt: skip


# ---- administrators, and who can become one ----


def test_who_became_or_ceased_to_be_administrator(diff: Diff, before: World, after: World) -> None:
    before.user("old", "admin")
    after.user("bob", "admin", "user")
    after.user("ana", "user", name="Ana", emails=("ana@example.org",), email_verified=True)
    after.user("mallory", "admin")
    told = diff(before, after)
    assert told.sections["tierA"] == {
        ("became administrator", "bob"),
        ("became administrator", "mallory"),
        ("ceased to be administrator", "ana"),
        ("ceased to be administrator", "old"),
    }
    assert {one.account.id for one in told.reach if one.goes_with} == {"mallory", "old"}
    assert next(iter(told.summary))[0] == "Administrators, and who can become one", "before everything else"


def test_a_tier_a_permission_by_a_role_that_was_given(diff: Diff, before: World, after: World) -> None:
    for world in (before, after):
        world.role("helpdesk", "edit-other-user-info")
    after.user("bob", "user", "helpdesk", last_login="2026-01-01T00:00:00.000Z")
    told = diff(before, after)
    assert {row[:3] for row in told.sections["tierA"]} == {("gained", "bob", ("edit-other-user-info",))}
    assert told.through("bob", "edit-other-user-info") == [("edit-other-user-info", "helpdesk", "assigned")]


def test_a_tier_a_permission_because_a_role_gained_it(diff: Diff, before: World, after: World) -> None:
    after.grant("bot", "access-permissions")
    told = diff(before, after)
    assert told.only("tierA", "grants")["tierA"] == {("gained", "cat", ("access-permissions",), None)}
    assert told.through("cat", "access-permissions") == [("access-permissions", "bot", "granted")]
    assert told.tables["tierA"][0][2:5] == (
        "gained tier A", "access-permissions", "bot (the role got the permission)"
    )  # fmt: skip


def test_a_moved_permission_is_lost_by_some_and_kept_by_others(diff: Diff, before: World, after: World) -> None:
    """From the role bot to the role auditor: who holds both has lost nothing."""
    for world in (before, after):
        world.user("both", "bot", "auditor")
        world.user("aud", "auditor")
    before.grant("bot", "access-permissions")
    after.grant("auditor", "access-permissions")
    told = diff(before, after)
    assert told.sections["tierA"] == {
        ("lost", "cat", ("access-permissions",), None),
        ("gained", "aud", ("access-permissions",), None),
    }
    assert told.through("cat", "access-permissions") == [("access-permissions", "bot", "granted")]


def test_a_role_swapped_for_one_that_grants_the_same_is_no_news_in_tier_a(
    diff: Diff, before: World, after: World
) -> None:
    for world in (before, after):
        world.role("one", "access-permissions")
        world.role("two", "access-permissions")
    before.user("bob", "one")
    after.user("bob", "two")
    told = diff(before, after)
    assert told.only("assignments") == {"assignments": {("gained", "bob", "two"), ("lost", "bob", "one")}}


def test_a_combination_counts_when_the_same_account_holds_all_of_it(diff: Diff, before: World, after: World) -> None:
    for world in (before, after):
        world.role("makes", "create-user")
        world.role("crowns", "assign-admin-role")
        world.user("half", "makes")
        world.user("bob", "makes")
    after.user("half", "makes")
    after.user("bob", "makes", "crowns")
    told = diff(before, after)
    assert told.sections["tierA"] == {("gained", "bob", ("assign-admin-role", "create-user"), None)}
    assert told.through("bob", "assign-admin-role", "create-user") == [
        ("assign-admin-role", "crowns", "assigned"),
        ("create-user", "makes", None),
    ]


def test_a_way_that_opens_through_somebody_elses_role(diff: Diff, before: World, after: World) -> None:
    """Who may create users can hand out any role but admin: it matters once such a role holds a tier A permission."""
    for world in (before, after):
        world.role("makes", "create-user")
        world.user("bob", "makes")
    after.grant("auditor", "access-permissions")
    told = diff(before, after)
    assert told.sections["tierA"] == {("gained", "bob", ("create-user",), None)}
    assert told.through("bob", "create-user") == [("create-user", "makes", None)]
    assert told.tables["tierA"][0][4] == "makes; now possible, through what other roles grant"


def test_what_the_role_admin_grants_is_no_way_to_it(diff: Diff, before: World, after: World) -> None:
    after.grant("admin", "access-permissions")
    assert diff(before, after).only("grants") == {"grants": {("gained", "admin", "access-permissions")}}


def test_an_administrator_who_is_switched_on_again(diff: Diff, before: World, after: World) -> None:
    for world in (before, after):
        world.grant("bot", "access-permissions")
        world.user("off", "user", active=False)
    after.change("off", active=True)
    after.change("cat", active=True)
    after.change("ana", active=False)
    assert diff(before, after).sections["tierA"] == {("activated", "cat"), ("deactivated", "ana")}


# ---- not visible is never shown as no ----


@pytest.mark.parametrize(
    ("dataset", "section"),
    [("users", "accounts"), ("roles", "roles"), ("permissions", "grants"), ("teams", "teams"), ("rooms", "rooms"),
     ("members", "memberships")],
)  # fmt: skip
def test_i12_what_a_list_that_came_short_does_not_hold_is_not_gone(
    diff: Diff, before: World, after: World, dataset: str, section: str
) -> None:
    match dataset:
        case "users":
            after.delete_user("eve")
        case "roles":
            del after.roles["owner"]
        case "permissions":
            del after.permissions["view-all-teams"]
        case "teams":
            after.delete_team("blue")
        case "rooms":
            del after.rooms["red.plans"]
        case "members":
            after.leave("red", "bob")
    assert diff(before, after).sections[section]
    told = diff(before, after, now={"partial": [dataset]})
    assert told.only() == {}
    assert (dataset, "after", True) in {one[:3] for one in told.not_comparable}
    assert told.in_doubt
    # nor is it new when it is the earlier one that came short
    back = diff(after, before, then={"partial": [dataset]})
    assert back.only() == {}
    assert (dataset, "before", True) in {one[:3] for one in back.not_comparable}


def test_i12_what_is_seen_is_compared_even_where_the_list_came_short(diff: Diff, before: World, after: World) -> None:
    """Rows that are there prove what they say: nobody becomes administrator unseen because another row is missing."""
    after.user("bob", "admin", "user", last_login="2026-01-01T00:00:00.000Z")
    del after.users["eve"]
    told = diff(before, after, now={"partial": ["users"]})
    assert told.only("tierA", "assignments") == {
        "tierA": {("became administrator", "bob")},
        "assignments": {("gained", "bob", "admin")},
    }
    assert told.not_comparable == {("users", "after", True, ("accounts", 1))}
    assert told.verdict == "2 differences. Not everything could be compared."
    assert told.notes == [
        "Not comparable: users, read in part in the later snapshot. Only the earlier one holds 1 account; "
        "that is neither new nor gone."
    ]


def test_i12_rooms_that_the_token_may_not_list(diff: Diff, before: World) -> None:
    told = diff(before, before, now={"forbidden": ["rooms"]})
    assert told.only() == {}
    assert told.not_comparable == {("rooms", "after", False, ("rooms", 3))}
    assert not told.in_doubt, "a run may do without rooms, every night"


def test_i12_only_the_team_that_was_refused_is_not_comparable(diff: Diff, before: World, after: World) -> None:
    after.leave("red", "bob")
    after.leave("blue", "u00")
    after.unsettled["red"] = "refused"
    told = diff(before, after, now={"partial": ["members", "deactivatedMembers"]})
    assert told.only("memberships") == {"memberships": {("left", "blue", "u00")}}
    assert ("unsettled", "after", True, ("memberships", 1)) in told.not_comparable


def test_i12_deactivated_members_that_were_not_asked_for(diff: Diff, before: World, after: World) -> None:
    after.leave("blue", "cat")  # is deactivated
    after.leave("blue", "u00")
    told = diff(before, after, now={"partial": ["deactivatedMembers"]})
    assert told.only("memberships") == {"memberships": {("left", "blue", "u00")}}
    assert told.not_comparable == {("deactivatedMembers", "after", True, ("memberships", 1))}


def test_i12_without_emails_in_one_not_every_account_has_changed(diff: Diff, before: World, after: World) -> None:
    for world in (before, after):
        for number in range(6):
            world.change(f"u{number:02}", emails=(f"u{number}@example.org",))
    for user in after.users:
        after.change(user, emails=None)
    told = diff(before, after)
    assert told.only() == {}
    assert not told.in_doubt
    assert told.not_visible == {
        ("accounts", "emails", "after", 7, ("ana.name", "u00.name", "u01.name", "u02.name", "u03.name"))
    }
    assert told.notes == [
        "Not visible after: emails of 7 accounts (ana.name, u00.name, u01.name, u02.name, u03.name, …); "
        "no change is derived from it."
    ]
    assert {row[:4] for row in diff(after, before).not_visible} == {("accounts", "emails", "before", 7)}


def test_i12_roles_of_an_account_that_were_hidden(diff: Diff, before: World, after: World) -> None:
    after.change("ana", roles=None)
    told = diff(before, after)
    assert told.only() == {}, "above all, ana has not ceased to be administrator"
    assert told.not_comparable == {("mute", "after", True, ("assignments", 2), ("tierA", 1))}
    assert told.in_doubt


def test_i12_a_way_to_administrator_that_the_other_list_may_have_held(diff: Diff, before: World, after: World) -> None:
    """The permission, or somebody else's role that opens the way, is in a part of the list that was not read."""
    for world in (before, after):
        world.role("makes", "create-user")
        world.user("bob", "makes", "auditor")
    after.grant("auditor", "access-permissions")
    assert len(diff(before, after).sections["tierA"]) == 2
    told = diff(before, after, then={"partial": ["permissions"]})
    assert told.only() == {}
    assert told.not_comparable == {("permissions", "before", True, ("grants", 1), ("tierA", 2))}
    assert diff(after, before, now={"partial": ["permissions"]}).only() == {}


def test_i12_a_room_that_is_seen_in_another_team_has_left_the_first(diff: Diff, before: World, after: World) -> None:
    after.room("red.plans", "blue", private=True)
    moved = {("gone", "red.plans", "red"), ("appeared", "red.plans", "blue")}
    assert diff(before, after, now={"partial": ["rooms"]}).only("rooms") == {"rooms": moved}


def test_i12_accounts_without_any_name_that_an_older_server_hides(diff: Diff, before: World, after: World) -> None:
    before.users["dim"] = User("dim", roles=())
    told = diff(before, after, now={"users_source": "users.list"})
    assert told.only() == {}
    assert told.not_comparable == {("unnamed", "after", True, ("accounts", 1))}


def test_i12_of_a_deactivated_member_only_ownership_can_be_seen(diff: Diff, before: World, after: World) -> None:
    after.change("ana", active=False)
    told = diff(before, after)
    assert told.sections["memberships"] == set(), "she is no less a moderator"
    assert told.not_visible == {("memberships", "roles", "after", 1, ("ana.name",))}


def test_an_account_that_only_a_membership_names_is_on_no_list(diff: Diff, before: World, after: World) -> None:
    del after.users["bob"]
    told = diff(before, after)
    assert told.only("accounts", "assignments") == {
        "accounts": {("gone", "bob")}, "assignments": {("lost", "bob", "user")},
    }  # fmt: skip


def test_two_workspaces_are_not_compared(tmp_path: Path, before: World) -> None:
    with (
        snapshot(before, tmp_path / "a.sqlite") as a,
        snapshot(before, tmp_path / "b.sqlite", workspace="other") as b,
        pytest.raises(SnapshotError, match="two workspaces"),
    ):
        compared(a, b)


# ---- names are data ----

EVIL = "<script>|`x`|\n# [a](http://e.example) @everyone www.e.example \x1b[2J\u202e :smile: ~~ $x$ \\| ![i](i) &lt;"


def test_hostile_names_are_only_names(diff: Diff, before: World, after: World) -> None:
    before.change("bob", name="Bob")
    after.change("bob", name=EVIL)
    after.user("evil", username=EVIL)
    after.team("evil", "evil", name=EVIL)
    after.role(EVIL, "access-permissions", name=EVIL)
    after.user("eve", EVIL)
    told = diff(before, after)
    assert ("changed", "bob", "name", "Bob", EVIL) in told.sections["accounts"]
    assert not set(told.markdown) & {"\x1b", "\u202e"}
    inline = [child for token in parsed(told.markdown) for child in token.children or ()]
    assert {child.type for child in inline} == {"text", "code_inline", "strong_open", "strong_close"}
    words = " ".join(child.content for child in inline if child.type == "text")
    assert not re.search(r"[@#<>`\[\\]|www\.|://|:\w+:", words)
    for line in told.markdown.splitlines():
        if line.startswith("|"):
            assert line.count("|") in (5, 6, 7), "as many cells as the table has columns"
    assert told.markdown.count("\n# ") == 0


def test_markdown_shows_what_was_written() -> None:
    for written in ("a|b", "`x`", "<b>", "a_b*c", "tab\there", "ann.lee", "08:00:00", "2 (two)", "@all", "www.e.test"):
        (inline,) = (token for token in parsed(only_text(written)) if token.type == "inline")
        shown = "".join(child.content for child in inline.children or ())
        assert shown == written.replace("\t", "\\x09")


def parsed(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


# ---- whatever two worlds there are ----

_USERS, _ROLES, _TEAMS = ("u0", "u1", "u2", "u3"), ("admin", "r1", "r2"), ("t0", "t1")
_PERMISSIONS = ("access-permissions", "edit-other-user-info", "edit-other-user-password", "assign-roles", "create-user",
                "assign-admin-role", "view-logs")  # fmt: skip
_maybe = st.sampled_from((True, False, None))
_word = st.sampled_from((None, "x", "y"))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Few names, so that two worlds share many; also roles that no list carries and members that no list shows."""
    world = World()
    for id_ in draw(st.sets(st.sampled_from(_USERS))):
        roles = draw(st.none() | st.lists(st.sampled_from((*_ROLES, "ghost")), unique=True, max_size=3))
        world.users[id_] = User(
            id_, username=draw(_word), name=draw(_word), emails=draw(st.sampled_from((None, (), ("e",)))),
            active=draw(_maybe), type=draw(_word), federated=draw(_maybe), last_login=draw(_word),
            roles=None if roles is None else tuple(roles),
        )  # fmt: skip
    for id_ in draw(st.sets(st.sampled_from(_ROLES))):
        world.role(id_, name=draw(_word), mandatory2fa=draw(_maybe), scope=draw(_word))
    for permission in draw(st.sets(st.sampled_from(_PERMISSIONS))):
        for role in draw(st.sets(st.sampled_from((*_ROLES, "ghost")), min_size=1)):
            world.grant(role, permission)
    for id_ in draw(st.sets(st.sampled_from(_TEAMS))):
        world.team(id_, name=draw(_word), private=draw(_maybe))
        for user in draw(st.sets(st.sampled_from((*_USERS, "stray")))):
            roles = draw(st.none() | st.lists(st.sampled_from(("owner", "leader")), unique=True))
            world.members[id_, user] = Membership(
                id_, user, roles=None if roles is None else tuple(roles), owner="owner" in (roles or ())
            )
    for id_ in draw(st.sets(st.sampled_from(("m0", "m1", "m2")))):
        if world.teams:
            world.room(id_, draw(st.sampled_from(sorted(world.teams))), private=draw(st.booleans()), name=draw(_word))
    return world


def on_paper(before: World, after: World) -> dict[str, Rows]:
    """The differences, worked out without any SQL. All lists are complete."""
    found: dict[str, Rows] = {section: set() for section in SECTIONS}

    things: tuple[tuple[str, Any, Any], ...] = (
        ("accounts", before.users, after.users), ("roles", before.roles, after.roles),
        ("teams", before.teams, after.teams),
    )  # fmt: skip
    for section, old, new in things:
        found[section] = {("appeared", id_) for id_ in set(new) - set(old)}
        found[section] |= {("gone", id_) for id_ in set(old) - set(new)}
    inside = [{(room.id, str(room.team_id)) for room in world.rooms.values()} for world in (before, after)]
    found["rooms"] = {("appeared", *edge) for edge in inside[1] - inside[0]}
    found["rooms"] |= {("gone", *edge) for edge in inside[0] - inside[1]}
    held = [{(u.id, role) for u in world.users.values() for role in u.roles or ()} for world in (before, after)]
    granted = [{(role, p.id) for p in world.permissions.values() for role in p.roles} for world in (before, after)]
    hidden = [{u.id for u in world.users.values() if u.roles is None} for world in (before, after)]
    found["assignments"] = {("gained", *edge) for edge in held[1] - held[0] if edge[0] not in hidden[0]}
    found["assignments"] |= {("lost", *edge) for edge in held[0] - held[1] if edge[0] not in hidden[1]}
    found["grants"] = {("gained", *edge) for edge in granted[1] - granted[0]}
    found["grants"] |= {("lost", *edge) for edge in granted[0] - granted[1]}
    found["memberships"] = {("joined", *edge) for edge in set(after.members) - set(before.members)}
    found["memberships"] |= {("left", *edge) for edge in set(before.members) - set(after.members)}

    def values(section: str, id_: tuple[str, ...], old: Any, new: Any, **named: Any) -> None:
        for column, what in named.items():
            a, b = getattr(old, column), getattr(new, column)
            if a is not None and b is not None and a != b:
                word = what if isinstance(what, str) else what[0] if b else what[1]
                found[section].add((word, *id_, column, a, b))

    for id_ in set(before.users) & set(after.users):
        values("accounts", (id_,), before.users[id_], after.users[id_], username="renamed", name="changed",
               emails="changed", active=("activated", "deactivated"), type="changed", federated="changed")  # fmt: skip
    for id_ in set(before.roles) & set(after.roles):
        values("roles", (id_,), before.roles[id_], after.roles[id_], name="renamed", mandatory2fa="changed",
               scope="changed")  # fmt: skip
    private = ("became private", "became public")
    for id_ in set(before.teams) & set(after.teams):
        values("teams", (id_,), before.teams[id_], after.teams[id_], name="renamed", private=private)
    for id_ in set(before.rooms) & set(after.rooms):
        old, new = before.rooms[id_], after.rooms[id_]
        values("rooms", (id_, str(new.team_id)), old, new, name="renamed", private=private)
    for edge in set(before.members) & set(after.members):
        a, b = before.members[edge], after.members[edge]
        if a.owner != b.owner:
            found["memberships"].add(
                ("became owner" if b.owner else "ceased to be owner", *edge, "owner", a.owner, b.owner)
            )
        seen = [edge[1] not in world.users or world.users[edge[1]].active is True for world in (before, after)]
        roles = [tuple(sorted({*(one.roles or ())} - {"owner"})) for one in (a, b)]
        if all(seen) and roles[0] != roles[1]:
            found["memberships"].add(("changed", *edge, "roles", *roles))
    can, admins = zip(*(_reach_on_paper(world, granted[n]) for n, world in enumerate((before, after))), strict=True)
    found["tierA"] = {("became administrator", id_) for id_ in admins[1] - admins[0] - hidden[0]}
    found["tierA"] |= {("ceased to be administrator", id_) for id_ in admins[0] - admins[1] - hidden[1]}
    found["tierA"] |= {("gained", *way) for way in can[1] - can[0] if way[0] not in hidden[0]}
    found["tierA"] |= {("lost", *way) for way in can[0] - can[1] if way[0] not in hidden[1]}
    powerful = [{way[0] for way in can[n]} | admins[n] for n in (0, 1)]
    found["tierA"] |= {
        row[:2] for row in found["accounts"] if row[0] in ("activated", "deactivated")
        and row[1] in powerful[0] & powerful[1]
    }  # fmt: skip
    return found


def _reach_on_paper(world: World, granted: Rows) -> tuple[Rows, set[str]]:
    """(account, permissions, condition) of each way, and the administrators."""
    facts = Catalogued(catalogue().at(VERSION))
    others = [(role, world.roles[role].name if role in world.roles else None, p, role in world.roles)
              for role, p in sorted(granted) if role != "admin"]  # fmt: skip
    can = set()
    for user in world.users.values():
        holds = {p for role, p in granted if role in (user.roles or ()) and role != "admin"}
        for way in facts.ways(sorted(world.permissions), others):
            if holds >= set(way.permissions):
                can.add((user.id, way.permissions, way.condition))
    return can, {user.id for user in world.users.values() if "admin" in (user.roles or ())}


MIRRORED = {
    "appeared": "gone", "gained": "lost", "joined": "left", "became owner": "ceased to be owner",
    "activated": "deactivated", "became private": "became public", "became administrator": "ceased to be administrator",
}  # fmt: skip
MIRRORED |= {there: here for here, there in MIRRORED.items()}


def mirror(sections: dict[str, Rows], after: World) -> dict[str, Rows]:
    """The same differences, told from the other end."""
    turned: dict[str, Rows] = {}
    for section, changes in sections.items():
        turned[section] = set()
        for what, *rest in changes:
            if section == "tierA" or len(rest) < 4:
                turned[section].add((MIRRORED.get(what, what), *rest))
                continue
            *ends, old, new = rest
            if section == "rooms":
                ends[1] = after.rooms[ends[0]].team_id  # of a room that has moved, the team where it is now
            turned[section].add((MIRRORED.get(what, what), *ends, new, old))
    return turned


many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@many
@given(before=worlds(), after=worlds())
def test_the_differences_are_those_on_paper(diff: Diff, before: World, after: World) -> None:
    told = diff(before, after)
    wanted = on_paper(before, after)
    assert told.sections == wanted
    assert told.different == any(wanted.values())
    assert diff(before, before).only() == {}
    assert diff(after, before).sections == mirror(told.sections, before)


_lists = st.sets(st.sampled_from(("users", "roles", "permissions", "teams", "members", "deactivatedMembers", "rooms")))


@many
@given(before=worlds(), after=worlds(), then=_lists, now=_lists)
def test_i12_whatever_came_short_nothing_is_made_up(
    diff: Diff, before: World, after: World, then: set[str], now: set[str]
) -> None:
    """What is told of lists that came short is a part of what whole lists tell, and what is left out is counted."""
    whole, short = diff(before, after), diff(before, after, then={"partial": then}, now={"partial": now})
    for section in SECTIONS:
        assert short.sections[section] <= whole.sections[section]
    assert short.in_doubt >= bool(then | now)
    assert {one[:2] for one in short.not_comparable} >= {(name, "before") for name in then} | {
        (name, "after") for name in now
    }
    left_out = sum(len(whole.sections[section] - short.sections[section]) for section in SECTIONS)
    assert short.left_out - whole.left_out == left_out


def test_a_way_that_hangs_on_roles_is_counted_with_the_roles(diff: Diff) -> None:
    """Permissions were seen in full, the roles that could be handed out were not."""
    before, after = World(), World()
    before.role("admin")
    before.role("helper", "assign-roles", "edit-other-user-info")
    before.user("ann", "helper")
    after.user("ann")
    whole, short = diff(before, after), diff(before, after, now={"partial": {"roles"}})
    lost = {row for row in whole.sections["tierA"] if row[0] == "lost"}
    assert len(lost) > 1
    assert short.left_out == sum(len(whole.sections[one] - short.sections[one]) for one in SECTIONS)
