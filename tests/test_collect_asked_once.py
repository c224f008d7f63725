"""Behind the rate limit an account is asked for its teams once (rocketchat.md §2.2, §4.4): a row for which a first load
found nobody is unconfirmed, and the next load asks again, so that nothing hides a member for ever."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from rc2graph.errors import IncompleteError, MissingPermissionError
from rc2graph.simulator import Workspace
from rc2graph.snapshot import Snapshot
from tests.commands import Desk
from tests.engines import Engine
from tests.faults import Fault, Simulator
from tests.reliability import Tally
from tests.source import Remembered, Source, differences, limited, small_company

ASK, CHECK = "users.listTeams", "permissions.listAll"
MINUTE = 60.0


def two_teams(leavers: int = 6, *, members: int = 3, private: bool = True) -> Workspace:
    """The first leavers are members of one team, and its rows are one more than there are accounts."""
    made = Workspace(seed=7)
    made.add_team("vault", private=private, owner=made.add_user("ana", roles=["user", "admin"]))
    made.add_team("plaza", owner=made.add_user("ben"))
    for number in range(leavers):
        made.add_user(f"left.{number}")
        if number < members:
            made.add_member("vault", f"left.{number}")
        made.deactivate(f"left.{number}")
    made.add_orphan("vault")
    return limited(made)


def rows_of_nobody(source: Source) -> tuple[int, int]:
    """Of the vault: orphan rows, unconfirmed rows."""
    with Snapshot.open(source.path) as snapshot:
        found = "SELECT orphan_rows, unconfirmed_rows FROM team WHERE name = 'vault'"
        return tuple(snapshot.db.execute(found).fetchone())


def said(source: Source) -> list[str]:
    with Snapshot.open(source.path) as snapshot:
        return [text for text in json.loads(snapshot.meta["not_visible"]) if text.startswith("deactivatedMembers")]


def test_a_first_load_waits_for_nothing_where_one_look_fits_into_the_limit(tmp_path: Path) -> None:
    source = Source(two_teams(), tmp_path / "s")
    began = source.time.monotonic()
    assert source.collect().complete
    assert source.time.monotonic() - began < 10
    assert source.routes.count(ASK) == 6
    assert differences(source.content(), source.workspace.oracle()) == {}


def test_what_one_load_did_not_find_is_unconfirmed_until_the_next_has_asked(tmp_path: Path) -> None:
    workspace = two_teams()
    first, second, third = (Source(workspace, tmp_path / name) for name in "abc")
    first.collect()
    assert (rows_of_nobody(first), len(said(first))) == ((0, 1), 1)
    second.collect(previous=Remembered.loaded(first.path))
    assert (rows_of_nobody(second), said(second)) == ((1, 0), [])
    assert second.routes.count(ASK) == 6
    third.collect(previous=Remembered.loaded(second.path))
    assert (rows_of_nobody(third), said(third)) == ((1, 0), [])
    assert third.routes.count(ASK) == 3, "those that the graph knows: then the numbers add up"
    assert first.content().member_of == second.content().member_of == third.content().member_of


def test_who_is_not_limited_asks_twice_and_knows_at_once(tmp_path: Path) -> None:
    workspace = two_teams()
    workspace.grant("api-bypass-rate-limit", "user")
    source = Source(workspace, tmp_path / "s")
    source.collect()
    assert (rows_of_nobody(source), said(source)) == ((1, 0), [])
    assert source.routes.count(ASK) == 12


def test_five_thousand_accounts_take_the_calls_of_one_look(tmp_path: Path) -> None:
    source = Source(two_teams(5_000, members=2_000), tmp_path / "s")
    source.collect()
    assert 5_000 <= source.routes.count(ASK) <= 5_000 * 1.05
    assert source.time.monotonic() <= 5_000 / 10 * MINUTE * 1.05
    assert differences(source.content(), source.workspace.oracle()) == {}
    assert rows_of_nobody(source) == (0, 1)


@pytest.mark.parametrize("private", [False, True])
def test_no_answer_is_further_than_a_minute_from_a_check(tmp_path: Path, private: bool) -> None:
    """Or from an answer that shows a private team that we are not in, which nobody sees who may not see all."""
    source = Source(two_teams(60, members=60 if private else 0, private=private), tmp_path / "s")
    source.collect()
    log = source.server.log
    proofs = [entry.at for entry in log if entry.route == CHECK or (private and entry.route == ASK)]
    asked = [entry.at for entry in log if entry.route == ASK]
    assert len(asked) == 60
    between = [later - before for before, later in pairwise(proofs) if asked[0] <= later and before <= asked[-1]]
    assert max(between) <= (MINUTE + 1) * 1000
    checks = sum(1 for entry in log if entry.route == CHECK)
    assert checks <= 6 if private else checks >= 7


def test_who_left_a_team_between_two_looks_does_not_unsettle_it(tmp_path: Path) -> None:
    """The team then counts less than was seen: so those who were found in it are asked again."""
    workspace = two_teams(20, members=12)
    workspace.add_team("full", private=True, owner="ana")
    for number in range(15):
        workspace.add_member("full", f"left.{number}")
    source = Source(workspace, tmp_path / "s")
    source.server.before(2, lambda ws: ws.remove_member("full", "left.0"), route="teams.listAll")
    assert source.collect().complete
    assert source.routes.count(ASK) == 20 + 15
    wrong = differences(source.content(), workspace.oracle())
    assert wrong in ({}, {"member_of": (set(), {(workspace.user_id("left.0"), workspace.team_id("full"))})})


def test_what_the_graph_keeps_of_it(engine: Engine, tmp_path: Path) -> None:
    desk, numbers = Desk(tmp_path), "MATCH (t:Team {name: 'vault'}) RETURN t.orphanRows AS o, t.unconfirmedRows AS u"
    with Simulator(two_teams(12), time_scale=60) as server:
        typing = desk.at(server, engine)
        for found, asked in (((0, 1), 12), ((1, 0), 24), ((1, 0), 27)):
            typing.ok("load", "--workspace", "acme")
            [row] = json.loads(typing.ok("query", numbers, "--workspace", "acme", "--json"))
            assert (row["o"], row["u"]) == found
            assert [entry.route for entry in server.log].count(ASK) == asked
            status = typing.ok("status")
            assert ("of 1 row of 1 team nobody was found" in " ".join(status.split())) is bool(found[1])


DONE = "view-all-teams lost for a moment of a first load that the rate limit counts"


def test_i11_i14_a_member_that_a_lost_permission_hid_is_found_by_the_next_load(tmp_path: Path, tried) -> None:
    """Lost before request i and back before request j: it is noticed, or the next plain load has all."""
    whole = Source(limited(small_company()), tmp_path / "whole")
    whole.collect()
    tally = Tally()
    for i in range(1, len(whole.routes) + 1):
        for j in range(i + 1, len(whole.routes) + 4, 3):
            workspace = limited(small_company())
            held = list(workspace.permissions["view-all-teams"]["roles"])
            first, second = (Source(workspace, tmp_path / f"{name}-{i}-{j}") for name in "ab")
            first.server.before(i, lambda ws: ws.permissions["view-all-teams"].update(roles=[]))
            first.server.before(j, lambda ws, held=held: ws.permissions["view-all-teams"].update(roles=held))
            try:
                first.collect()
            except (MissingPermissionError, IncompleteError):
                tally += Tally(1, 1)
                continue
            workspace.permissions["view-all-teams"]["roles"] = held
            second.collect(previous=Remembered.loaded(first.path))
            assert differences(second.content(), workspace.oracle()) == {}, (i, j, first.routes)
            tally += Tally(1)
    assert tried(DONE, "snapshot", tally).tried > 100


@pytest.mark.parametrize("answer", range(1, 7))
def test_i11_i14_a_member_that_an_empty_answer_hid_is_found_by_the_next_load(tmp_path: Path, answer: int) -> None:
    workspace = two_teams()
    first, second = Source(workspace, tmp_path / "a"), Source(workspace, tmp_path / "b")
    first.server.add(Fault("empty-list", route=ASK, nth=answer))
    first.collect()
    hidden = workspace.oracle()["member_of"] - first.content().member_of
    assert rows_of_nobody(first) == (0, 1 + len(hidden))
    second.collect(previous=Remembered.loaded(first.path))
    assert differences(second.content(), workspace.oracle()) == {}
