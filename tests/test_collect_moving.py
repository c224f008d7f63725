"""People go on working while their workspace is read: nothing that was there all the time may be missing, and nothing
may appear that was never true. One change before each request of a run in turn."""

import random

import pytest

from rc2graph.errors import IncompleteError
from rc2graph.simulator.queries import Paging
from tests.reliability import Tally
from tests.source import VERSIONS, Remembered, Source, facts, lists_by_status, small_company, tidy_company, truth


def both(*changes):
    def change(workspace):
        for made in changes:
            made(workspace)

    return change


def add_member(team, user):
    return lambda workspace: workspace.add_member(team, user)


def remove_member(team, user):
    return lambda workspace: workspace.remove_member(team, user)


CHANGES = {
    "a user is deleted": lambda workspace: workspace.delete_user("ben"),
    "a deactivated member is deleted": lambda workspace: workspace.delete_user("olaf"),
    "a user is renamed": lambda workspace: workspace.rename("ben", "zed"),
    "a member is deactivated": lambda workspace: workspace.deactivate("ana"),
    "a member is activated": lambda workspace: workspace.activate("olaf"),
    "a user comes": lambda workspace: workspace.add_user("nina"),
    "a user comes before all others": lambda workspace: workspace.add_user("nina", id="0"),
    "a user comes and joins": both(lambda workspace: workspace.add_user("nina"), add_member("vault", "nina")),
    "one goes, one comes": both(lambda workspace: workspace.delete_user("ben"), lambda ws: ws.add_user("nina")),
    "somebody joins": add_member("vault", "ben"),
    "somebody joins another team": add_member("plaza", "ana"),
    "somebody leaves": remove_member("vault", "ana"),
    "a deactivated member is taken out": remove_member("vault", "olaf"),
    "one joins, one leaves": both(add_member("vault", "ben"), remove_member("vault", "ana")),
    "a team is deleted": lambda workspace: workspace.delete_team("plaza"),
    "a team comes": both(lambda workspace: workspace.add_team("new", owner="ana"), add_member("new", "olaf")),
    "one team goes, one comes": both(lambda ws: ws.delete_team("vault"), lambda ws: ws.add_team("new", owner="ana")),
    "a team is renamed": lambda workspace: workspace.rename_team("plaza", "agora"),
    "a role is assigned": lambda workspace: workspace.assign("ben", "admin"),
    "a role is taken away": lambda workspace: workspace.unassign("ana", "admin"),
    "a role comes and is held": both(lambda ws: ws.add_role("r", id="r"), lambda ws: ws.assign("ben", "r")),
    "a permission is granted": lambda workspace: workspace.grant("create-team", "guest"),
}


DONE = "one change of the source before a request of a run"


def between(tmp_path, change, *, version="8.6.1", company=tidy_company, known=False, paged=False, seed=0):
    """Make the change before each request in turn; how often that ended in a snapshot."""
    nameless, finished, number = lists_by_status(version), 0, 0
    while True:
        number += 1
        workspace = company()
        path = tmp_path / "s"
        path.unlink(missing_ok=True)
        paging = Paging(infinite=False, upper=2, default=2) if paged else Paging()
        source = Source(workspace, path, version, seed, knobs={"paging": paging})
        before = workspace.oracle()
        source.server.before(number, change)
        try:
            source.collect(previous=Remembered(before) if known else None)
        except IncompleteError:
            continue
        if len(source.server.log) < number:
            return finished
        finished += 1
        old, new = truth(before, nameless=nameless), truth(workspace.oracle(), nameless=nameless)
        found = facts(source.content())
        for fact in old:
            if fact == "orphans":
                continue
            missing = (old[fact] & new[fact]) - found[fact]
            never = found[fact] - (old[fact] | new[fact])
            assert not missing, (fact, number, source.routes)
            assert not never, (fact, number, source.routes)
        orphaned = {team for team, _ in old["orphans"] | new["orphans"]} | (old["teams"] - new["teams"])
        assert {team for team, _ in found["orphans"]} <= orphaned, (number, source.routes)


@pytest.mark.parametrize("change", CHANGES, ids=lambda name: name.replace(" ", "-"))
def test_i13_one_change_at_any_moment(tmp_path, change, tried):
    assert tried(DONE, "snapshot", Tally(between(tmp_path, CHANGES[change]))).tried > 5


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("change", ["one goes, one comes", "one joins, one leaves"])
def test_i13_one_of_some_changes_at_any_moment_in_every_version(tmp_path, change, version, tried):
    assert tried(DONE, "snapshot", Tally(between(tmp_path, CHANGES[change], version=version))).tried > 5


@pytest.mark.soak
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("paged", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("change", CHANGES, ids=lambda name: name.replace(" ", "-"))
def test_i13_one_change_at_any_moment_in_every_version(tmp_path, change, version, known, paged, seed, tried):
    options = {"version": version, "known": known, "paged": paged, "seed": seed}
    for company in (tidy_company, small_company):
        tried(DONE, "snapshot", Tally(between(tmp_path, CHANGES[change], company=company, **options)))


def test_i11_who_joins_in_between_does_not_stand_for_a_deactivated_member(tmp_path):
    """The trap: `teams.listAll` counts two rows, `teams.members` shows two people, and one of the two is new."""
    workspace = tidy_company()
    source = Source(workspace, tmp_path / "s")
    source.server.before(1, add_member("vault", "ben"), route="teams.members")
    source.server.before(2, add_member("plaza", "ana"), route="teams.members")
    source.collect()
    assert (workspace.user_id("olaf"), workspace.team_id("vault")) in source.content().member_of


def test_a_team_that_never_rests_is_named_and_not_believed(tmp_path):
    """Somebody joins whenever its members are read: after three looks it is left unsettled."""
    workspace = tidy_company()
    source = Source(workspace, tmp_path / "s")
    for number in range(1, 40):
        workspace.add_user(f"new.{number}")
        source.server.before(number, add_member("vault", f"new.{number}"), route="teams.members")
    done = source.collect()
    assert done.unsettled == {workspace.team_id("vault"): "its members changed whenever they were read"}
    assert dict(source.content().states)["members"] == "partial"
    assert source.routes.count("teams.members") < 10


@pytest.mark.parametrize("paged", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_i13_a_workspace_that_moves_all_the_time(tmp_path, paged, seed):
    """A change before every request: what nobody touched is there, and what is there was true at some time."""
    chance = random.Random(seed)
    workspace = small_company()
    for number in range(12):
        workspace.add_user(f"busy.{number}")
        workspace.add_member(chance.choice(["vault", "plaza", "void"]), f"busy.{number}")
    paging = Paging(infinite=False, upper=5, default=5) if paged else Paging()
    source = Source(workspace, tmp_path / "s", seed=seed, knobs={"paging": paging})
    states = [truth(workspace.oracle())]

    def stir(ws):
        user = f"busy.{chance.randrange(12)}"
        if user not in ws._usernames:
            ws.add_user(user)
        chance.choice([ws.activate, ws.deactivate, ws.delete_user, lambda user: ws.assign(user, "bot")])(user)
        states.append(truth(ws.oracle()))

    for number in range(4, 400, 3):
        source.server.before(number, stir)
    try:
        source.collect()
    except IncompleteError:
        return
    states.append(truth(workspace.oracle()))
    found = facts(source.content())
    for fact in ("users", "teams", "has_role", "member_of"):
        always, ever = states[0][fact], states[0][fact]
        for state in states:
            always, ever = always & state[fact], ever | state[fact]
        assert always <= found[fact] <= ever, fact
