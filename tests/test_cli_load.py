"""`rc2graph load`, on both engines: the workspace becomes a graph, and stays one when the workspace moves on."""

import json
import re
import shlex
from pathlib import Path

import pytest

from rc2graph.graph.connect import connect
from rc2graph.simulator import demo_company, sized
from tests.commands import NOW, OURS, PAST, Desk, Pictured, office, picture, present, truth
from tests.engines import Engine
from tests.faults import Fault, Simulator
from tests.snapshots import ask
from tests.source import VERSIONS, lists_by_status


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_i1_i11_the_demo_company_becomes_a_graph(desk: Desk, any_engine: Engine) -> None:
    company = demo_company()
    with Simulator(company) as server:
        at = desk.at(server, any_engine)
        told = json.loads(at.ok("load", "--json"))
        assert present(any_engine) == truth(company)
        assert told["state"] == "complete"
        assert told["counts"]["users"] == {"added": len(company.users), "changed": 0, "closed": 0, "returned": 0}

        before = picture(any_engine)
        again = json.loads(at.ok("load", "--json"))
        assert again["changes"] == 0
        assert _but_records(picture(any_engine)) == _but_records(before)


def _but_records(held: Pictured) -> Pictured:
    return Pictured(frozenset(node for node in held.nodes if node[0] not in ("Sync", "Workspace")), held.edges)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_shows_the_same_edges(desk: Desk, embedded_engine: Engine, version: str) -> None:
    company = office()
    with Simulator(company, version=version) as server:
        checked = json.loads(desk.at(server).ok("check", "--json"))
        desk.at(server, embedded_engine).ok("load")
    assert (checked["ready"], checked["missing"], checked["warnings"]) == (True, [], [])
    assert checked["version"] == version.rpartition(".")[0], "the patch level is not told to everybody"
    assert checked["source"] == ("users.listByStatus" if lists_by_status(version) else "users.list")
    nodes, edges = present(embedded_engine).nodes, present(embedded_engine).edges
    assert edges == truth(company).edges
    hidden = set() if lists_by_status(version) else {"kT2wV9uJc6SzMd4Ph"}  # users.list shows nobody without any name
    assert {node[1] for node in nodes} == {node[1] for node in truth(company).nodes} - hidden
    if not lists_by_status(version):
        assert not any(("federated", False) in held for _, _, held in nodes), "not visible is never 'no'"


def test_i14_what_people_do_to_the_workspace_is_in_the_next_graph(desk: Desk, engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        at.ok("load")
        ids = {name: company.user_id(name) for name in ("staff.05", "staff.06", "staff.07", "staff.03")}
        teams = {name: company.team_id(name) for name in ("void", "plaza")}
        helpdesk = company.role_id("helpdesk")

        company.deactivate("staff.05")
        company.delete_user("staff.06")
        company.rename("staff.07", "staff.seven")
        company.unassign("staff.03", "helpdesk")
        company.assign("staff.08", "helpdesk")
        company.rename_role("helpdesk", "first-line")
        company.set_member_roles("plaza", "staff.09", ["moderator"])
        company.remove_member("plaza", "staff.10")
        company.revoke("edit-other-user-password", "helpdesk")
        company.delete_team("void")
        company.activate("olaf.old")
        told = json.loads(at.ok("load", "--json"))
        assert present(engine) == truth(company)
        past = picture(engine).only(*PAST)
        assert {(labels, id_) for labels, id_, _ in past.nodes} == {
            ("FormerUser", ids["staff.06"]), ("FormerTeam", teams["void"]),
        }  # fmt: skip
        assert {edge[:3] for edge in past.edges} == {
            ("HAD_ROLE", ids["staff.03"], helpdesk),
            ("HAD_ROLE", ids["staff.06"], "user"),
            ("WAS_MEMBER_OF", ids["staff.06"], teams["plaza"]),
            ("WAS_MEMBER_OF", company.user_id("staff.10"), teams["plaza"]),
        }
        for _, _, _, held in past.edges:
            assert {key for key, _ in held} == {"since", "until"}
        assert told["closed"]["users"] == {"total": 1, "names": ["staff.06"]}

        company.add_user("staff.06", id=ids["staff.06"])
        company.activate("staff.05")
        company.add_member("plaza", "staff.06", ["owner"])
        company.add_team("void-again", id=teams["void"], owner="staff.11")
        returned = json.loads(at.ok("load", "--json"))
        assert present(engine) == truth(company)
        assert (returned["counts"]["users"]["returned"], returned["counts"]["teams"]["returned"]) == (1, 1)
        assert not any(label.startswith("Former") for label, _, _ in picture(engine).nodes)
        assert ("WAS_MEMBER_OF", ids["staff.06"], teams["plaza"]) in {edge[:3] for edge in picture(engine).edges}


def test_a_large_workspace_is_the_same_graph_on_both_engines(
    desk: Desk, embedded_engine: Engine, neo4j_engine: Engine
) -> None:
    company = sized(users=2_500, roles=60, teams=150, assignments=6_000, memberships=10_000, orphans=40)
    with Simulator(company) as server:
        desk.at(server).ok("collect", "--snapshot", "company.sqlite")
        asked = len(server.log)
    for engine in (embedded_engine, neo4j_engine):
        told = json.loads(desk.at(None, engine).ok("load", "--snapshot", "company.sqlite", "--json"))
        assert {kind: count["added"] for kind, count in told["counts"].items() if kind in ("users", "teams")} == {
            "users": 2_500, "teams": 150,
        }  # fmt: skip
        assert (told["counts"]["HAS_ROLE"]["added"], told["counts"]["MEMBER_OF"]["added"]) == (6_000, 10_000)
    embedded, neo4j = _but_records(picture(embedded_engine)), _but_records(picture(neo4j_engine))
    assert embedded.nodes == neo4j.nodes
    assert embedded.edges == neo4j.edges
    assert embedded.only(*NOW).without(*OURS) == truth(company)
    for engine, before in ((embedded_engine, embedded), (neo4j_engine, neo4j)):
        told = json.loads(desk.at(None, engine).ok("load", "--snapshot", "company.sqlite", "--json"))
        assert told["changes"] == 0
        assert _but_records(picture(engine)) == before
    assert asked == len(server.log), "a snapshot is loaded without asking anybody"


# ---- options


def test_a_dry_run_says_what_would_change_and_writes_nothing(desk: Desk, engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        first = at.ok("load", "--dry-run")
        assert "would be added" in first
        assert "Nothing was written" in first
        assert picture(engine).nodes == frozenset()
        at.ok("load")
        before = picture(engine)
        company.delete_user("staff.06")
        company.unassign("staff.03", "helpdesk")
        told = at.ok("load", "--dry-run")
        assert "would be closed, users: staff.06" in told
        assert "would be closed, HAS_ROLE: staff.03" in told
        assert picture(engine) == before
        machine = json.loads(at.ok("load", "--dry-run", "--json"))
        assert (machine["dry_run"], machine["sync_id"], machine["counts"]["users"]["closed"]) == (True, None, 1)
        assert picture(engine) == before


def test_i15_the_guard_stops_what_would_remove_too_much(desk: Desk, engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        at.ok("load")
        before, everybody = picture(engine), len(company.users)
        for number in range(8):
            company.delete_user(f"staff.{number:02}")
        said = at.run("load")
        assert (said.code, said.out) == (6, "")
        assert f"8 of {everybody} users would be removed" in said.told
        assert "staff.00" in said.told
        assert "--dry-run" in said.told
        assert "rc2graph load --snapshot" in said.told, "nobody has to read it all again"
        assert picture(engine) == before
        assert at.run("load", "--allow-removals", "5").code == 6
        assert picture(engine) == before
        look = said.told.split("what was read: ")[1].splitlines()[0]
        for words in (["load", "--dry-run"], shlex.split(look)[1:]):
            dry = at.run(*words)
            assert dry.code == 6
            assert "would be closed, users: staff.00, staff.01" in dry.out, "what the guard stops is shown"
            assert "Nothing was written" in dry.out
            assert "--dry-run" not in dry.told, "it was looked at by now"
            assert "--allow-removals" in dry.told
        assert re.search(r"If it is right: rc2graph load --allow-removals \d+$", said.told.strip()), "read anew"
        machine = at.run("load", "--dry-run", "--json")
        assert (machine.code, json.loads(machine.out)["counts"]["users"]["closed"]) == (6, 8)
        assert picture(engine) == before
        percent = said.told.split("--allow-removals ")[1].split(".")[0].split()[0]
        at.ok("load", "--allow-removals", percent)
        assert present(engine) == truth(company)


def test_a_permission_that_is_taken_away_is_said_where_it_takes_nothing_else_away(desk: Desk, engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        assert "Not seen in full" not in at.ok("load")
        for role in list(company.permissions["view-room-administration"]["roles"]):
            company.revoke("view-room-administration", role)
        said = at.ok("load", "--allow-removals", "100")
        assert "Not seen in full: rooms (forbidden: 'view-room-administration' is not held); none of these" in said


def test_i2_i13_a_list_that_comes_empty_removes_nothing(desk: Desk, engine: Engine) -> None:
    """A permission that is lost for a moment answers 200 and empty, which looks like nobody."""
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        at.ok("load")
        before = picture(engine)
        server.add(Fault("empty-list", route="teams.listAll", times=-1))
        said = at.run("load")
        assert said.code in (5, 6), said
        assert picture(engine).only(*NOW, *PAST) == before.only(*NOW, *PAST)


def test_a_load_that_is_dated_ahead_of_the_clock_is_got_past_by_what_the_message_says(
    desk: Desk, embedded_engine: Engine
) -> None:
    with Simulator(office()) as server:
        at = desk.at(server, embedded_engine)
        at.ok("load")
        with connect(embedded_engine.target, write=True) as graph:
            ask(graph, "MATCH (s:Sync) SET s.startedAt = '2056-01-01T00:00:00.000Z'")
        for words in (("load",), ("load", "--verify", "--allow-removals", "100")):
            said = at.run(*words)
            assert (said.code, said.out) == (6, "")
            assert "dated ahead of this clock" in said.told
        typed = said.told.split("If it is right: ")[1].strip()
        assert typed.endswith("--withdraw-ahead")
        done = at.run(*shlex.split(typed)[1:])
        assert (done.code, "Taken back: a load" in done.out) == (0, True), done
        assert present(embedded_engine) == truth(server.workspace)
        at.ok("load")


def test_i15_an_older_snapshot_does_not_turn_time_back(desk: Desk, engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        at.ok("collect", "--snapshot", "monday.sqlite")
        at.ok("load")
        before = picture(engine)
        said = at.run("load", "--snapshot", "monday.sqlite")
        assert (said.code, said.out) == (6, "")
        assert "The graph holds newer data" in said.told
        assert "Nothing was written" in said.told
        assert said.told.endswith("Next: Load a newer snapshot.\n"), "not the one that was just refused"
        assert picture(engine) == before


def test_a_snapshot_is_loaded_without_asking_anybody(desk: Desk, engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        desk.at(server).ok("collect", "--snapshot", "monday.sqlite")
    told = desk.at(None, engine).ok("load", "--snapshot", "monday.sqlite")
    assert present(engine) == truth(company)
    assert "users" in told


def test_i5_two_workspaces_with_the_same_ids_live_side_by_side(desk: Desk, engine: Engine) -> None:
    one, two = office(), office()
    two.deactivate("staff.05")
    two.delete_team("void")
    with Simulator(one) as first, Simulator(two) as second:
        desk.at(first, engine).ok("load", "--workspace", "berlin")
        berlin = _of(picture(engine), "berlin")
        desk.at(second, engine).ok("load", "--workspace", "porto")
        assert _of(picture(engine), "berlin") == berlin
        assert _of(picture(engine), "porto").only(*NOW).without(*OURS).nodes == truth(two).nodes
        two.delete_user("staff.06")
        desk.at(second, engine).ok("load", "--workspace", "porto")
        assert _of(picture(engine), "berlin") == berlin
        told = json.loads(desk.at(None, engine).ok("status", "--json"))
        assert [found["workspace"] for found in told["workspaces"]] == ["berlin", "porto"]
        said = desk.at(None, engine).run("query", "administrators")
        assert (said.code, said.out) == (2, "")
        assert "berlin, porto" in said.told
        assert "--workspace" in said.told
        assert "ana.admin" in desk.at(None, engine).ok("query", "administrators", "--workspace", "porto")


def _of(held: Pictured, workspace: str) -> Pictured:
    """Its nodes."""
    return Pictured(frozenset(node for node in held.nodes if ("workspace", workspace) in node[2]), frozenset())


def test_addresses_can_be_left_out(desk: Desk, embedded_engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        desk.at(server, embedded_engine).ok("load", "--no-emails")
    assert present(embedded_engine) == truth(company).without("emails", "verifiedEmails")
    files = [path for path in (desk.folder / "home").rglob("*") if path.is_file()]
    assert files
    assert not any(b"@example.test" in path.read_bytes() for path in files)


def test_verify_repairs_what_was_changed_by_hand(desk: Desk, engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        at.ok("load")
        whole = present(engine)
        with connect(engine.target, write=True, wait=20) as graph, graph._session("WRITE") as session:
            session.run("MATCH (u:User {username: 'staff.01'}) SET u.name = 'Mallory'").consume()
        assert present(engine) != whole
        at.ok("load")
        assert present(engine) != whole, "an unchanged fingerprint is trusted"
        with connect(engine.target, write=True, wait=20) as graph, graph._session("WRITE") as session:
            session.run("MATCH (:User {username: 'ana.admin'})-[e:HAS_ROLE]->(:Role {id: 'admin'}) DELETE e").consume()
        told = json.loads(at.ok("load", "--verify", "--json"))
        assert (told["counts"]["HAS_ROLE"]["added"], told["counts"]["users"]["changed"]) == (1, 1)
        assert present(engine) == whole


def test_i2_i7_a_team_that_the_server_refuses_is_named_and_the_rest_is_loaded(desk: Desk, engine: Engine) -> None:
    company = office()
    broken = company.team_id("vault")
    with Simulator(company) as server:
        at = desk.at(server, engine)
        at.ok("load")
        company.remove_member("plaza", "staff.10")
        company.add_user("new.comer")
        before = picture(engine).only("MEMBER_OF")
        server.add(Fault("400-database", route="teams.members", when=lambda request: broken in request.query, times=-1))
        said = at.run("load")
        assert said.code == 5
        assert "vault" in said.out
        assert "partial" in said.out
        assert "new.comer" in at.ok("query", "MATCH (u:User) RETURN u.username AS u", "--json")
        assert {edge[:3] for edge in picture(engine).only("MEMBER_OF").edges} == {edge[:3] for edge in before.edges}
        server.faults.clear()
        at.ok("load")
        assert present(engine) == truth(company)


def test_i5_what_others_attach_is_left_alone(desk: Desk, engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, engine)
        at.ok("load")
        with connect(engine.target, write=True, wait=20) as graph, graph._session("WRITE") as session:
            session.run(
                "MATCH (u:User {username: 'staff.06'}) CREATE (u)<-[:ABOUT]-(:Note {id: 'n1', text: 'leaves in May'})"
            ).consume()
        company.delete_user("staff.06")
        at.ok("load")
        notes = {edge[0] for edge in picture(engine).edges if edge[1] == "n1"}
        assert notes == {"ABOUT"}


def test_each_load_leaves_its_snapshot_for_its_owner_only(desk: Desk, embedded_engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        at = desk.at(server, embedded_engine)
        for _ in range(2):
            at.ok("load")
    snapshots, loaded = (
        sorted((desk.folder / "home" / "snapshots").iterdir()),
        desk.folder / "home" / "loaded-snapshots",
    )
    assert len(snapshots) == 2
    assert loaded.read_text().split() == [one.name for one in snapshots]
    assert not any("unfinished" in path.name for path in snapshots)
    assert {path.stat().st_mode & 0o777 for path in (*snapshots, loaded)} == {0o600}
    assert (desk.folder / "home").stat().st_mode & 0o777 == 0o700
