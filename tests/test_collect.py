"""A workspace is read into a snapshot completely: what it then says is what is true, as the oracle knows it."""

import json
import logging
import subprocess
import sys
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rc2graph.collection import collect
from rc2graph.collection.pass_ import AHEAD
from rc2graph.errors import BusyError, MissingPermissionError, Rc2graphError, SourceError, UsageError
from rc2graph.rocketchat.address import Address
from rc2graph.rocketchat.client import Client
from rc2graph.rocketchat.credentials import Credentials
from rc2graph.rocketchat.endpoints import ALL, PERMISSIONS
from rc2graph.rocketchat.throttle import Pace
from rc2graph.simulator import Limiter, Workspace, demo_company
from rc2graph.simulator.queries import Paging
from rc2graph.snapshot import Collection, Snapshot
from tests.faults import Fault, Simulator
from tests.source import (
    OLDEST,
    VERSIONS,
    Content,
    Remembered,
    Source,
    differences,
    lists_by_status,
    small_company,
    tables,
    tidy_company,
)  # fmt: skip

PAGINGS = {
    "everything": {},
    "pages of 100": {"infinite": False},
    "pages of 50": {"infinite": False, "upper": 50},
    "pages of 2": {"infinite": False, "upper": 2, "default": 2},
    "pages of 1": {"infinite": False, "upper": 1, "default": 1},
}


@pytest.fixture
def source(tmp_path):
    return Source(small_company(), tmp_path / "snapshot.sqlite")


# ---- what is read is what is true


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("company", [small_company, tidy_company, Workspace])
@pytest.mark.parametrize("paging", PAGINGS, ids=lambda name: name.replace(" ", "-"))
def test_i1_a_small_company_is_read_as_it_is(tmp_path, version, company, paging):
    workspace = company()
    source = Source(workspace, tmp_path / "s", version, knobs={"paging": Paging(**PAGINGS[paging])})
    done = source.collect()
    assert differences(source.content(), workspace.oracle(), nameless=lists_by_status(version)) == {}
    assert done.complete
    assert not done.unsettled
    assert {(name, data.state) for name, data in done.datasets.items()} == source.content().states


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("paging", ["everything", "pages of 50"])
def test_i1_the_demo_company_is_read_as_it_is(tmp_path, version, paging):
    workspace = demo_company()
    source = Source(workspace, tmp_path / "s", version, knobs={"paging": Paging(**PAGINGS[paging])})
    done = source.collect()
    assert differences(source.content(), workspace.oracle(), nameless=lists_by_status(version)) == {}
    if paging == "everything":
        assert done.requests < 160


@pytest.mark.parametrize("seed", range(12))
def test_the_order_in_which_answers_come_does_not_matter(tmp_path, seed):
    contents = []
    for number in (0, seed):
        source = Source(demo_company(people=60), tmp_path / f"{number}.sqlite", seed=number)
        source.collect()
        contents.append(tables(source.path))
        source.path.unlink()
    assert contents[0] == contents[1]


def test_i11_deactivated_members_are_in_the_snapshot_with_what_can_be_seen_of_them(source):
    source.collect()
    workspace = source.workspace
    olaf, rita, vault = workspace.user_id("olaf"), workspace.user_id("rita"), workspace.team_id("vault")
    with Snapshot.open(source.path) as snapshot:
        rows = set(
            snapshot.db.execute(
                "SELECT user_id, owner, roles, joined_at, added_by_id FROM member WHERE team_id = ?", [vault]
            )
        )
    ana = workspace.user_id("ana")
    joined = workspace.members[vault][ana]["createdAt"]
    assert rows == {
        (ana, 1, '["owner"]', joined, ana),
        (olaf, 1, '["owner"]', None, None),
        (rita, 0, None, None, None),
    }


def test_i11_a_member_without_the_active_key_is_found_too(source):
    source.workspace.change_user("ben", without=["active"])
    source.collect()
    assert differences(source.content(), source.workspace.oracle()) == {}


def test_rows_of_deleted_users_are_counted_and_not_more(source):
    source.workspace.delete_user("rita")
    source.collect()
    assert source.content().orphans == {(source.workspace.team_id("vault"), 2)}


def test_role_ids_that_no_role_carries_are_kept_and_marked(source):
    source.workspace.grant("view-logs", "66a1f0c2d3e4b5a697889998")
    source.collect()
    assert source.content().dangling >= {"66a1f0c2d3e4b5a697889999", "66a1f0c2d3e4b5a697889998"}
    assert not source.content().dangling & set(source.workspace.roles)


def test_setting_permissions_are_kept_only_where_a_role_holds_them(source):
    source.workspace.add_setting_permission("SMTP_Host")
    source.workspace.add_setting_permission("LDAP_Host")
    source.workspace.grant("change-setting-SMTP_Host", "admin")
    source.collect()
    assert ("admin", "change-setting-SMTP_Host") in source.content().grants
    with Snapshot.open(source.path) as snapshot:
        kept = {id_ for (id_,) in snapshot.db.execute("SELECT id FROM permission WHERE setting_id IS NOT NULL")}
    assert kept == {"change-setting-SMTP_Host"}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_nameless_are_read_where_the_server_lists_them(tmp_path, version):
    """`users.list` leaves them out (rocketchat.md §4.1): below 6.8 that is said, and nobody is thought to be gone."""
    source = Source(small_company(), tmp_path / "s", version)
    source.collect()
    assert ("kT2wV9uJc6SzMd4Ph" in source.content().users) is lists_by_status(version)
    with Snapshot.open(source.path) as snapshot:
        said = json.loads(snapshot.meta["not_visible"])
    assert any("users without username" in text for text in said) is not lists_by_status(version)


def test_a_nameless_member_below_6_8_is_there_by_what_its_membership_tells(tmp_path):
    workspace = small_company()
    workspace.add_member("plaza", "kT2wV9uJc6SzMd4Ph")
    source = Source(workspace, tmp_path / "s", OLDEST)
    source.collect()
    assert source.content().unlisted == {"kT2wV9uJc6SzMd4Ph"}
    assert source.content().member_of == workspace.oracle()["member_of"]


def test_without_emails_no_address_is_in_the_file(source):
    source.collect(emails=False)
    assert b"@example.test" not in source.path.read_bytes()
    assert differences(source.content(), source.workspace.oracle()) == {}


def test_nothing_private_is_in_the_file(tmp_path):
    source = Source(demo_company(people=60), tmp_path / "s")
    source.collect()
    content = source.path.read_bytes()
    for private in (b"PRIVATE", b"enableAutoAway", b"avatarETag", b"under the mat"):
        assert private not in content


def test_an_unmoved_workspace_collected_twice_gives_the_same_fingerprints(tmp_path):
    workspace = small_company()
    seals = []
    for name, known in (("a", None), ("b", Remembered(workspace.oracle()))):
        source = Source(workspace, tmp_path / name)
        source.collect(previous=known)
        seals.append(source.content().seals)
    assert seals[0] == seals[1]


# ---- how many calls


def test_without_gaps_nobody_is_asked_for_his_teams(tmp_path):
    workspace = tidy_company()
    workspace.activate("olaf")
    source = Source(workspace, tmp_path / "s")
    source.collect()
    assert "users.listTeams" not in source.routes
    assert source.routes.count("teams.members") == 2  # the empty team needs no call
    assert len(source.lists_of_users) == 1


def test_with_orphans_known_one_look_is_enough(source):
    """The rows of deleted users that the last run was left with make the numbers add up (rocketchat.md §6.3)."""
    source.collect(previous=Remembered(source.workspace.oracle()))
    assert len(source.lists_of_users) == 1
    assert source.routes.count("teams.members") == 2
    assert sorted(set(source.routes)) == sorted({*source.routes})
    assert differences(source.content(), source.workspace.oracle()) == {}


def test_i13_a_gap_is_asked_a_second_time_with_a_check_in_between(source):
    source.collect()
    assert len(source.lists_of_users) == 2
    first, second = source.lists_of_users
    assert "permissions.listAll" in source.routes[first:second]
    assert source.routes[-1] == "permissions.listAll"


def test_likely_members_are_asked_first(tmp_path):
    workspace = tidy_company()
    for number in range(40):
        workspace.add_user(f"off.{number}", id=f"{number:02}", active=False)
    source = Source(workspace, tmp_path / "s")
    source.collect(previous=Remembered(workspace.oracle()))
    assert source.routes.count("users.listTeams") == 1


@pytest.mark.parametrize("limited", [True, False])
def test_of_a_gap_that_is_closed_no_more_is_asked_than_was_sent_ahead(tmp_path, limited):
    """Where the limiter counts, every request is worth six seconds: then nothing is sent ahead."""
    workspace = tidy_company()
    for number in range(40):
        workspace.add_user(f"off.{number}", id=f"{'0' if number < 10 else 'zz'}{number:02}", active=False)
    if limited:
        workspace.permissions["api-bypass-rate-limit"]["roles"] = ["admin"]
    off = sorted(id_ for id_, user in workspace.users.items() if user["active"] is not True)
    source = Source(workspace, tmp_path / "s")
    source.collect()
    asked = off.index(workspace.user_id("olaf")) + 1
    assert 0 < asked < len(off) - AHEAD
    assert asked <= source.routes.count("users.listTeams") <= asked + (0 if limited else AHEAD - 1)
    assert differences(source.content(), workspace.oracle()) == {}


def test_accounts_are_asked_while_members_are_still_read(tmp_path):
    workspace = tidy_company()
    for number in range(20):
        workspace.add_team(f"team.{number}", owner="ana")
        workspace.add_member(f"team.{number}", "olaf")
    source = Source(workspace, tmp_path / "s")
    source.collect()
    last = len(source.routes) - 1 - source.routes[::-1].index("teams.members")
    assert source.routes.index("users.listTeams") < last
    assert differences(source.content(), workspace.oracle()) == {}


def test_strangers_are_not_asked_while_teams_are_read_of_whose_members_the_graph_knows(tmp_path):
    """Zoe is new in the team that is read first, and known in the one that is read last."""
    workspace = tidy_company()
    for number in range(30):
        workspace.add_user(f"a.stranger.{number}")
        workspace.deactivate(f"a.stranger.{number}")
    for number in range(40):
        workspace.add_team(f"team.{number}", owner="ana")
    names = [workspace.teams[id_]["name"] for id_ in sorted(workspace.teams)]
    workspace.add_user("zoe")
    workspace.add_member(names[-1], "zoe")
    workspace.deactivate("zoe")
    known = Remembered(workspace.oracle())
    workspace.add_member(names[0], "zoe")
    source = Source(workspace, tmp_path / "s")
    source.collect(previous=known)
    asked = [entry.query for entry in source.server.log if entry.route == "users.listTeams"]
    assert f"userId={workspace.user_id('zoe')}" in asked
    assert len(asked) <= 1 + AHEAD, "with Olaf, and those that were sent before an answer came"
    assert differences(source.content(), workspace.oracle()) == {}


def test_i14_who_is_asked_one_by_one_keeps_what_the_members_of_his_other_teams_told(tmp_path):
    """`users.listTeams` tells all teams of its user, and less of each than `teams.members` had told before."""
    workspace = small_company()
    workspace.add_user("mia")
    workspace.add_member("vault", "mia")
    workspace.add_member("plaza", "mia", ["moderator"])
    known = Remembered(workspace.oracle())
    workspace.remove_member("vault", "mia")
    grown, fresh = Source(workspace, tmp_path / "grown.sqlite"), Source(workspace, tmp_path / "fresh.sqlite")
    grown.collect(previous=known)
    assert f"userId={workspace.user_id('mia')}" in [e.query for e in grown.server.log if e.route == "users.listTeams"]
    fresh.collect()
    assert tables(grown.path)["member"] == tables(fresh.path)["member"]


def test_leavers_of_teams_that_add_up_are_not_asked_one_by_one(source):
    """A team whose numbers add up is its own proof, also when another team's do not."""
    known = Remembered(source.workspace.oracle())
    for number in range(30):
        known._members[source.workspace.team_id("plaza")].add(source.workspace.add_user(f"left.{number}"))
    source.workspace.add_orphan("vault")
    source.collect(previous=known)
    assert source.routes.count("users.listTeams") <= 2 * 2


# ---- where users are read


@pytest.mark.parametrize("told", ["6.7.0", "?"])
def test_users_list_is_the_source_only_where_there_is_no_other(tmp_path, told):
    """A version that is not told is found out by asking: 404 (rocketchat.md §4.2)."""
    source = Source(small_company(), tmp_path / "s", "6.7.0")
    if told == "?":
        source.server.add(Fault("missing-key", route="info", field="version", times=-1))
    source.collect()
    assert source.routes.count("users.listByStatus") == (3 if told == "?" else 0), "a proxy says so for a moment, too"
    assert differences(source.content(), source.workspace.oracle(), nameless=False) == {}


@pytest.mark.parametrize("told", [True, False])
def test_i12_users_list_without_full_info_is_refused_by_name(tmp_path, told):
    source = Source(small_company(), tmp_path / "s", "6.7.0")
    source.workspace.permissions["view-full-other-user-info"]["roles"] = []
    if not told:
        source.server.add(Fault("missing-key", route="info", field="version", times=-1))
    for _ in range(2):
        with pytest.raises(MissingPermissionError, match="view-full-other-user-info") as refused:
            source.collect()
        assert "svc.review" in str(refused.value)
        assert "users.list" not in source.routes
    source.workspace.grant("view-full-other-user-info", "user")
    source.collect()
    assert differences(source.content(), source.workspace.oracle(), nameless=False) == {}


def test_i12_users_list_by_status_needs_no_full_info(source):
    source.workspace.permissions["view-full-other-user-info"]["roles"] = []
    source.collect()
    assert differences(source.content(), source.workspace.oracle()) == {}


@pytest.mark.parametrize("permission", ["view-d-room", "view-all-teams"])
@pytest.mark.parametrize("version", VERSIONS)
def test_i12_a_missing_permission_is_refused_before_anything_is_read(tmp_path, version, permission):
    source = Source(small_company(), tmp_path / "s", version)
    source.workspace.permissions[permission]["roles"] = ["nobody"]
    with pytest.raises(MissingPermissionError, match=permission) as refused:
        source.collect()
    assert "Workspace → Permissions" in refused.value.next_step
    assert source.routes == ["info", "me", "permissions.listAll"]


def test_an_account_without_a_username_is_told_so(source):
    source.server.credentials  # noqa: B018
    source.workspace.change_user("svc.review", without=["username"])
    with pytest.raises(SourceError, match="no username"):
        source.collect()


# ---- lists that cannot be believed


def test_i1_a_total_that_lies_for_ever_is_never_finished(source):
    for route in ("users.listByStatus", "teams.listAll"):
        source.server.faults.clear()
        source.server.add(Fault("lying-total", route=route, times=-1))
        for _ in range(3):
            with pytest.raises(SourceError, match="could not be read completely"):
                source.collect()
    source.server.faults.clear()
    source.collect()
    assert differences(source.content(), source.workspace.oracle()) == {}


@pytest.mark.parametrize("route", ["users.listByStatus", "teams.listAll", "roles.list"])
@pytest.mark.parametrize("kind", ["lying-total", "short-page", "repeated-row", "empty-list"])
def test_i1_a_list_that_could_not_be_read_is_read_anew_by_the_same_command(tmp_path, route, kind):
    """And not taken for done, because its tries stand in the ledger."""
    for company in (small_company, tidy_company):
        source = Source(company(), tmp_path / f"{company.__name__}.sqlite")
        source.server.add(Fault(kind, route=route, times=3))
        source.collect_until_done()
        assert differences(source.content(), source.workspace.oracle()) == {}


def test_i1_the_account_that_asks_must_be_in_the_list(source):
    """A list without it, or without its roles, is not the whole list (rocketchat.md §13.1)."""
    gone = source.workspace.users[source.workspace.user_id("svc.review")]
    source.server.add(Fault("wrong-field", route="users.listByStatus", field="_id", value="x", times=0))
    client = source.client()
    client.close()
    answer = source.server.api.answer

    def without_caller(request, **options):
        made = answer(request, **options)
        if request.route == "users.listByStatus" and made.status == 200:
            payload = json.loads(made.body)
            payload["users"] = [row for row in payload["users"] if row["_id"] != gone["_id"]]
            payload["total"] = len(payload["users"])
            made.body = json.dumps(payload).encode()
        return made

    source.server.api.answer = without_caller
    with pytest.raises(SourceError, match="could not be read completely") as failed:
        source.collect()
    assert failed.value.why == "Read anew 2 times, and still it does not show the account of the token with its roles."


def test_i1_built_in_roles_must_be_in_the_list_of_roles(source):
    source.server.add(Fault("empty-list", route="roles.list", times=-1))
    with pytest.raises(SourceError, match=r"roles\.list could not be read completely"):
        source.collect()


def test_i13_a_role_that_the_graph_knows_and_a_user_holds_must_be_in_the_list(source):
    role = source.workspace.add_role("helper", id="helper")
    source.workspace.assign("ben", role)
    known = Remembered(source.workspace.oracle())
    source.workspace.delete_role("helper")
    with pytest.raises(SourceError, match="helper"):
        source.collect(previous=known)


@pytest.mark.parametrize("refused", [1, 3])
def test_teams_that_are_refused_for_ever_are_named_and_the_rest_is_read(source, refused):
    """A row without `createdBy` makes the server fail for that team alone (rocketchat.md §6.2)."""
    workspace = source.workspace
    teams = [workspace.team_id("vault")] + [workspace.add_team(f"broken-{n}", owner="ana") for n in range(refused - 1)]
    for team in teams:
        workspace.add_member(team, "ben", created_by=None)
    done = source.collect()
    content = source.content()
    assert content.unsettled == set(teams) == set(done.unsettled)
    assert dict(content.states)["members"] == "partial"
    assert not done.complete
    assert "Cannot read properties" in next(iter(done.unsettled.values()))
    seen = {pair for pair in workspace.oracle()["member_of"] if pair[1] not in teams}
    assert {pair for pair in content.member_of if pair[1] not in teams} == seen
    assert content.member_of <= workspace.oracle()["member_of"]
    assert dict(content.seals)[teams[0]] is None


def asks_for_all(request):
    return "count=0" in request.query


def test_count_0_refused_falls_back_to_pages(tmp_path):
    for route in ("users.listByStatus", "teams.listAll", "teams.members"):
        source = Source(small_company(), tmp_path / route, knobs={"paging": Paging(infinite=False, upper=3, default=3)})
        source.server.add(
            Fault("400-database", value="the limit must be positive", route=route, times=-1, when=asks_for_all)
        )  # fmt: skip
        source.collect()
        assert differences(source.content(), source.workspace.oracle()) == {}
        assert not source.content().unsettled


def test_a_document_too_large_falls_back_to_pages(tmp_path):
    """`users.list` comes back as one database document of at most 16 MB (rocketchat.md §4.1)."""
    source = Source(small_company(), tmp_path / "s", OLDEST)
    source.server.settings.document_limit = 1_000
    source.server.settings.paging = source.server.paging = Paging(upper=3)
    source.collect()
    assert differences(source.content(), source.workspace.oracle(), nameless=False) == {}


# ---- the file it is collected into


def test_i4_an_unfinished_collection_is_gone_on_with(source):
    source.server.add(Fault("403", route="teams.members", nth=2))
    with pytest.raises(MissingPermissionError):
        source.collect()
    done = source.collect()
    assert done.resumed


def warned(caplog):
    return [record.getMessage() for record in caplog.records if "started over" in record.getMessage()]


@pytest.mark.parametrize("kind", ["401", "403", "html-502"])
def test_a_run_that_got_nothing_is_no_earlier_collection(source, caplog, kind):
    """After a wrong token the right one finds nothing that could have changed."""
    source.server.add(Fault(kind, route="me", times=-1))
    with pytest.raises(Rc2graphError):
        source.collect()
    source.server.faults.clear()
    assert not source.collect().resumed
    assert warned(caplog) == []


def regranted(source):
    source.workspace.revoke("view-full-other-user-info", "access-reviewer")


def upgraded(source):
    source.server.settings.version = (8, 7, 0)


def blocked(source):
    source.server.add(Fault("html-403", route="info", times=-1))


CHANGES = [
    (regranted, {}, "the permissions that the account holds changed (lost view-full-other-user-info)"),
    (upgraded, {}, "the server's version changed from 8.6 to 8.7"),
    (None, {"workspace": "other"}, "the workspace changed from w to other"),
    (None, {"emails": False}, "what is read of e-mail addresses (--no-emails) changed"),
    (None, {"resume_within": 0.0}, "it began more than 0 min ago"),
    (blocked, {}, None),
]


@pytest.mark.parametrize(("change", "options", "why"), CHANGES)
def test_an_unfinished_collection_that_is_started_over_says_what_changed(source, caplog, change, options, why):
    stopped(source)
    if change:
        change(source)
    done = source.collect(**options)
    assert done.resumed is (why is None)
    assert warned(caplog) == ([] if why is None else [f"The unfinished collection is started over: {why}."])


def stopped(source):
    """A collection that has read the users, and stopped."""
    source.server.add(Fault("html-403", route="teams.members", times=-1))
    with pytest.raises(SourceError):
        source.collect()
    source.server.faults.clear()
    return len(source.lists_of_users)


def test_i4_what_is_committed_is_not_fetched_again(tmp_path):
    source = Source(tidy_company(), tmp_path / "s", seed=3)
    before = stopped(source)
    source.collect()
    assert len(source.lists_of_users) == before == 1


@pytest.mark.parametrize("change", ["workspace", "caller", "permission", "version", "emails", "age", "url"])
def test_i4_a_collection_is_only_gone_on_with_as_the_same_one(tmp_path, change):
    source = Source(tidy_company(), tmp_path / "s", seed=3)
    before = stopped(source)
    options = {}
    if change == "workspace":
        options["workspace"] = "other"
    elif change == "emails":
        options["emails"] = False
    elif change == "caller":
        source.workspace.add_user("svc.other", roles=["user", "access-reviewer"])
        source.server._credentials = source.server.issue_token("svc.other")
    elif change == "permission":
        source.workspace.permissions["view-full-other-user-info"]["roles"] = []
    elif change == "version":
        source.server.settings.version = (8, 7, 0)
    elif change == "age":
        options["now"] = lambda: datetime.now(UTC) + timedelta(hours=7)
    elif change == "url":
        with Collection.open(source.path) as file:
            file.set_meta(identity=file.meta("identity").replace("127.0.0.1", "127.0.0.2"))
    source.collect(**options)
    assert len(source.lists_of_users) == before + 1
    assert differences(source.content(), source.workspace.oracle()) == {}


@pytest.mark.parametrize("started", ["", "yesterday", "2999-01-01T00:00:00.000Z"])
def test_a_collection_of_an_impossible_age_is_begun_anew(tmp_path, started):
    source = Source(tidy_company(), tmp_path / "s", seed=3)
    before = stopped(source)
    with Collection.open(source.path) as file:
        file.set_meta(started=started)
    source.collect()
    assert len(source.lists_of_users) == before + 1


def test_within_its_time_and_not_longer(tmp_path):
    for within, again in ((3600.0, 0), (60.0, 1)):
        source = Source(tidy_company(), tmp_path / str(within), seed=3)
        before = stopped(source)
        source.collect(resume_within=within, now=lambda: datetime.now(UTC) + timedelta(seconds=600))
        assert len(source.lists_of_users) == before + again


def test_a_finished_file_is_not_collected_into_again(source):
    source.collect()
    with pytest.raises(UsageError):
        source.collect()
    source.workspace.delete_user("ben")
    source.collect(overwrite=True)
    assert differences(source.content(), source.workspace.oracle()) == {}


def test_i6_two_collections_into_one_file_do_not_mix(source):
    with Collection.open(source.path), pytest.raises(BusyError):
        source.collect()
    source.collect()
    assert differences(source.content(), source.workspace.oracle()) == {}


def test_the_file_says_of_whom_and_when_it_is(source):
    done = source.collect()
    with Snapshot.open(source.path) as snapshot:
        meta = snapshot.meta
    assert (meta["workspace"], meta["url"], meta["version"]) == ("w", "http://127.0.0.1:3000", "8.6")
    assert meta["caller_name"] == "svc.review"
    assert meta["sha256"] == done.sha256
    assert meta["started"] <= meta["finished"]
    assert source.server.credentials[1].encode() not in source.path.read_bytes()


# ---- the limiter


def test_i10_a_collection_under_the_limiter_meets_no_refusal(tmp_path):
    workspace = demo_company(people=120)
    workspace.permissions["api-bypass-rate-limit"]["roles"] = ["admin"]
    source = Source(workspace, tmp_path / "s", seed=1)
    began = source.time.monotonic()
    done = source.collect()
    took = source.time.monotonic() - began
    assert done.refusals == 0
    assert {entry.status for entry in source.server.log} == {200}
    calls = max(source.routes.count(route) for route in ("teams.members", "users.listTeams"))
    assert took <= 1.05 * sum(
        -(-source.routes.count(route) // 10) * 60 for route in ("teams.members", "users.listTeams")
    )
    assert calls > 20
    assert done.seconds["limiter"] > 60
    assert differences(source.content(), workspace.oracle()) == {}


def test_i10_a_faster_clock_in_earnest_with_sockets_and_threads(tmp_path):
    """RC2GRAPH_RATE_PERIOD=0.5: the limiter's minute lasts half a second."""
    workspace = demo_company(people=60)
    workspace.permissions["api-bypass-rate-limit"]["roles"] = ["admin"]
    with Simulator(workspace, limiter=Limiter(interval=500)) as server:
        client = Client(Address.parse(server.url), Credentials(*server.credentials), pace=Pace(10, 0.5))
        with Collection.open(tmp_path / "s") as file:
            done = collect(client, file, workspace="w")
        client.close()
    assert differences(Content.of(tmp_path / "s"), workspace.oracle()) == {}
    assert done.refusals <= 1  # a window that another route's answers taught us nothing about
    assert {entry.route for entry in server.log} <= {endpoint.route for endpoint in ALL}


def test_only_one_request_a_route_is_in_flight(tmp_path):
    """`teams.members` loads every active user of the server: never in parallel (rocketchat.md §6.2)."""
    flying, most = {}, {}
    with Simulator(demo_company(people=60)) as server:
        respond = server.api.answer

        def counted(request, **options):
            flying[request.route] = flying.get(request.route, 0) + 1
            most[request.route] = max(most.get(request.route, 0), flying[request.route])
            try:
                return respond(request, **options)
            finally:
                flying[request.route] -= 1

        server.api.answer = counted
        client = Client(Address.parse(server.url), Credentials(*server.credentials))
        with Collection.open(tmp_path / "s") as file:
            collect(client, file, workspace="w")
        client.close()
    assert set(most.values()) == {1}


def test_i8_no_log_of_a_collection_holds_the_token(source, caplog):
    caplog.set_level(logging.DEBUG)
    source.server.add(Fault("echo-token", route="teams.members"), Fault("echo-token", route="users.listTeams"))
    source.collect()
    assert source.server.credentials[1] not in caplog.text
    assert source.server.credentials[1].encode() not in source.path.read_bytes()


def test_how_far_it_is_is_told_on_the_way(source):
    told = []
    source.collect(report=lambda progress: told.append((progress.users, progress.teams, progress.requests)))
    assert told[-1] >= (0, 0, 1)
    assert max(teams for _, teams, _ in told) == 3
    assert [requests for _, _, requests in told] == sorted(requests for _, _, requests in told)


def test_the_permissions_are_those_of_the_last_check(source):
    last = source.routes
    source.server.before(3, lambda workspace: workspace.grant("create-team", "guest"), route=PERMISSIONS.route)
    source.collect()
    assert source.routes.count(PERMISSIONS.route) == 3, last
    assert ("guest", "create-team") in source.content().grants


# ---- how large


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_100_000_users_in_150_mb(tmp_path):
    """The collecting process alone; the server is in ours."""
    code = """
        import sys, time
        from pathlib import Path
        from rc2graph.collection import collect
        from rc2graph.rocketchat.address import Address
        from rc2graph.rocketchat.client import Client
        from rc2graph.rocketchat.credentials import Credentials
        from rc2graph.snapshot import Collection
        url, user, token, path = sys.argv[1:]
        client = Client(Address.parse(url), Credentials(user, token))
        began = time.monotonic()
        with Collection.open(Path(path)) as file:
            done = collect(client, file, workspace="w")
        # not ru_maxrss, which a child inherits from the process that started it
        [peak] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
        print(done.datasets["users"].fetched, int(peak) // 1024)
        print(round(time.monotonic() - began, 1), "s", file=sys.stderr)
    """
    from rc2graph.simulator import sized

    workspace = sized(100_000, 40, 60, 130_000, 60_000)
    with Simulator(workspace) as server:
        told = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), server.url, *server.credentials, str(tmp_path / "s.sqlite")],
            capture_output=True, text=True, timeout=600, check=True, cwd=Path(__file__).parent.parent,
        )  # fmt: skip
    users, megabytes = map(int, told.stdout.split())
    print(megabytes, "MB", told.stderr)
    assert users == 100_000
    assert megabytes < 150
