"""`rc2graph query`, `status` and `check`: what they print for people and for machines, and that they only read."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rc2graph.graph.kinds import COUNTED
from rc2graph.graph.statements import described
from rc2graph.simulator import Workspace
from rc2graph.snapshot.schema import DATASETS
from tests.commands import Desk, office, picture
from tests.engines import Engine
from tests.faults import Fault, Simulator
from tests.source import OLDEST

ADMINISTRATORS = {("ana.admin", True), ("rita.retired", False)}


@pytest.fixture
def company() -> Workspace:
    return office()


@pytest.fixture
def server(company: Workspace) -> Iterator[Simulator]:
    with Simulator(company) as server:
        yield server


@pytest.fixture
def loaded(tmp_path: Path, server: Simulator, engine: Engine) -> Desk:
    """Somebody who loaded the office, and has now only the graph: no address, no token."""
    Desk(tmp_path).at(server, engine).ok("load")
    return Desk(tmp_path).at(None, engine)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_one_graph_many_questions(loaded: Desk, engine: Engine, company: Workspace) -> None:
    """Saved and own questions, as table, JSON and CSV; one story, as every command starts a process."""
    # a saved one, by its short and by its full name
    rows = json.loads(loaded.ok("query", "administrators", "--json"))
    assert {(row["user"], row["active"]) for row in rows} == ADMINISTRATORS
    assert rows == json.loads(loaded.ok("query", "review/administrators", "--json"))
    table = loaded.ok("query", "administrators")
    assert [line.split()[0] for line in table.splitlines() if "ana.admin" in line or "rita" in line] == [
        "ana.admin", "rita.retired",
    ]  # fmt: skip
    assert table.splitlines()[-1] == "2 rows"

    # parameters; a value that reads as JSON is one
    ask = "MATCH (u:User)-[:HAS_ROLE]->(r:Role {id: $role}) WHERE u.active = $on RETURN u.username AS who ORDER BY who"
    assert json.loads(loaded.ok("query", ask, "-p", "role=admin", "-p", "on=false", "--json")) == [
        {"who": "rita.retired"}
    ]
    missing = loaded.run("query", ask)
    assert (missing.code, missing.out) == (2, "")
    assert missing.told.splitlines()[0] == "The query needs values for role and on."
    assert "-p role=VALUE -p on=VALUE" in missing.told
    missing = loaded.run("query", "paths/who-room", "-p", "room=general")
    assert (missing.code, missing.out) == (2, "")
    for said in (
        "The query needs a value for most.", "most: how many of them, of each state",
        "rc2graph query paths/who-room -p most=100",
    ):  # fmt: skip
        assert said in missing.told
    text = "MATCH (u:User {workspace: $workspace, id: $id}) // $no\nRETURN '$no' AS `$no`, $id AS id"
    assert loaded.ok("query", text, "-p", "id=x", "--json") == "[]\n"

    # from a file; CSV
    (loaded.folder / "members.cypher").write_text(
        "// my own\nMATCH (u:User)-[m:MEMBER_OF]->(t:Team {name: 'vault'}) RETURN u.username AS who, m.owner AS owner, "
        "u.lastLogin AS seen ORDER BY who"
    )
    out = loaded.ok("query", "--file", "members.cypher", "--csv")
    assert list(csv.reader(io.StringIO(out))) == [
        ["who", "owner", "seen"],
        ["ana.admin", "yes", "2026-07-11T15:02:11.482Z"],
        ["olaf.old", "yes", "2025-01-20T09:30:00.000Z"],
        ["rita.retired", "no", ""],
        ["staff.01", "no", ""],
        ["staff.02", "no", ""],
    ]

    # whole nodes and paths
    found = json.loads(
        loaded.ok(
            "query",
            "MATCH p = (u:User {username: 'ana.admin'})-[:HAS_ROLE]->(:Role {id: 'admin'}) RETURN u, p",
            "--json",
        )
    )
    assert found[0]["u"]["labels"] == ["User"]
    assert found[0]["u"]["id"] == company.user_id("ana.admin")
    assert found[0]["p"] == {"path": "ana.admin -HAS_ROLE-> admin"}

    # nothing
    assert loaded.ok("query", "MATCH (u:User {username: 'nobody'}) RETURN u.username AS who") == "No rows.\n"
    assert loaded.ok("query", "MATCH (u:User {username: 'nobody'}) RETURN u.username AS who", "--json") == "[]\n"
    assert {"title", "review/administrators"} <= set(loaded.ok("query", "--list").split())


def test_any_statement_is_shown_as_it_is_sent_and_none_is_run(tmp_path: Path) -> None:
    """Without a graph. A rendered one too; what is no name says what is near."""
    desk = Desk(tmp_path)
    assert desk.ok("query", "--show", "administrators") == described("review/administrators").text
    assert desk.ok("query", "--show", "load/nodes/Team").splitlines()[3:6] == [
        "UNWIND $rows AS row",
        "MERGE (x:Team {workspace: $workspace, id: row[0]})",
        "ON CREATE SET x.firstSeen = $now",
    ]
    for asked, says in (
        (["load/nodes/Users"], "Did you mean load/nodes/User,"),
        (["load/label"], "It holds load/label/Deactivated, load/label/Federated and load/label/ServiceAccount."),
        (["zzz"], "Statements lie in ahead, browser, close,"),
        (["administrators", "--json"], "goes with nothing else"),
        ([""], "--show needs the name of a statement."),
    ):
        said = desk.run("query", "--show", *asked)
        assert (said.code, said.out) == (2, "")
        assert says in said.told
    assert not (tmp_path / "rc2graph-data").exists()


WRITES = (
    "CREATE (:User {id: 'mallory'})",
    "MATCH (u:User) SET u.active = true RETURN count(u)",
    "MATCH (n) DETACH DELETE n",
    "MERGE (w:Workspace {id: 'x'}) RETURN w",
)
MISTAKES = (
    ("MATC (n) RETURN n", "MATC"), ("RETURN nosuch(1) AS x", "nosuch"), ("MATCH (n RETURN n", ""),
    ("RETURN nosuch.fn(1) AS x", "nosuch.fn"), ("MATCH (n) WHERE n.name = 'SET x' RETURN nosuch.fn(n)", "nosuch.fn"),
    ("CALL nosuch.create.node()", "nosuch.create.node"),
)  # fmt: skip
"""An unknown function with a dot in its name, or an unknown procedure, may write: so the embedded engine says."""


def test_the_database_refuses_every_write_and_explains_every_mistake(loaded: Desk, engine: Engine) -> None:
    before = picture(engine)
    for statement, word in (*((write, "This would write") for write in WRITES), *MISTAKES):
        said = loaded.run("query", statement)
        assert (said.code, said.out) == (7, "")
        assert word in said.told
        assert statement in WRITES or "rejects" in said.told
        assert "Traceback" not in said.err
    assert picture(engine) == before


def test_a_query_that_has_the_server_read_files_is_announced(loaded: Desk, engine: Engine) -> None:
    """The embedded engine refuses it; Neo4j lets whoever may ask do it."""
    said = loaded.run("query", "LOAD CSV FROM 'file:///none.csv' AS row RETURN row")
    assert (said.code, said.out) == (7, "")
    warned = said.told.startswith("This query has the database server read files or call other machines: LOAD CSV.")
    assert warned == (engine.name != "embedded")


def test_status_knows_from_the_graph_alone(loaded: Desk, server: Simulator, company: Workspace) -> None:
    told = json.loads(loaded.ok("status", "--json"))
    (found,) = told["workspaces"]
    truth = company.oracle()
    assert found["workspace"] == server.url
    assert found["state"] == "complete"
    assert (
        found["counts"].items()
        >= {
            "users": len(truth["users"]),
            "roles": len(
                {role for _, role in truth["has_role"]} | {role for role, _ in truth["grants"]} | set(truth["roles"])
            ),
            "teams": len(truth["teams"]),
            "HAS_ROLE": len(truth["has_role"]),
            "MEMBER_OF": len(truth["member_of"]),
            "GRANTS": len(truth["grants"]),
        }.items()
    )
    assert found["asOf"] <= found["loadedAt"]
    assert found["caller"]["id"] == server.credentials[0]
    assert found["notVisible"][0] == "active: not shown by 1 of 34 accounts"
    text = loaded.ok("status")
    for part in (server.url, "complete", found["asOf"], "MEMBER_OF"):
        assert part in text
    assert re.search(r"^ *members +complete +\d+ +\d+ +1 row of team members belongs to nobody", text, re.M)
    assert list(found["datasets"]) == list(DATASETS), "in one order, on whichever engine"
    assert list(found["counts"]) == list(COUNTED)
    path = "RETURN ['ana', 'vault'] AS path, ['ana', 'vault'] AS others"
    assert "ana → vault   ana, vault" in loaded.ok("query", path), "as a review writes it"
    assert "ana → vault" in loaded.ok("query", path, "--csv")


def test_status_says_what_was_not_visible(desk: Desk, embedded_engine: Engine, company: Workspace) -> None:
    with Simulator(company, version=OLDEST) as server:
        desk.at(server, embedded_engine).ok("load")
    told = json.loads(desk.at(None, embedded_engine).ok("status", "--json"))
    assert any("federated" in text for text in told["workspaces"][0]["notVisible"])
    assert "Not visible: federated" in desk.at(None, embedded_engine).ok("status")


def test_check_tells_what_a_load_will_take(desk: Desk, company: Workspace) -> None:
    company.permissions["api-bypass-rate-limit"]["roles"] = ["admin"]
    for number in range(60):
        company.add_team(f"team.{number:02}")
    with Simulator(company) as server:
        told = json.loads(desk.at(server).ok("check", "--json"))
        text = desk.at(server).ok("check")
    assert (told["ready"], told["missing"]) == (True, [])
    assert told["limiter"] == {"limited": True, "calls": 10, "seconds": 60.0}
    assert (told["users"], told["teams"], told["deactivated"]) == (len(company.users), 63, 3)
    assert told["minutes"] == 6
    assert {row["id"] for row in told["permissions"] if not row["held"]} >= {"api-bypass-rate-limit"}
    assert told["caller"]["username"] == "svc.review"
    assert "Faster: grant 'api-bypass-rate-limit'" in text
    assert "only after a restart" in text


def test_json_is_all_there_is_on_stdout(desk: Desk, embedded_engine: Engine, server: Simulator) -> None:
    at = desk.at(server, embedded_engine)
    for words in (
        ["check"],
        ["collect", "--snapshot", "a.sqlite"],
        ["load", "--snapshot", "a.sqlite"],
        ["load"],
        ["load", "--dry-run"],
        ["status"],
        ["query", "administrators"],
    ):
        said = at.run(*words, "--json", "--verbose")
        assert said.code == 0, said
        json.loads(said.out)
        assert said.told == "", "only the log is on stderr"


# ---- hostile names

EVIL = "\x1b[2J\x1b]0;owned\x07"
NAMES = {
    "escape": f"Ana {EVIL}",
    "mirror": "nimda\u202e.exe\u2066",
    "nul": "Bob\x00Drop",
    "cypher": "x'}) DETACH DELETE n //",
    "html": "<script>alert(1)</script>",
    "formula": '=HYPERLINK("http://evil.example","click")',
    "plus": "+1+cmd|' /C calc'!A0",
    "minus": "-2+3",
    "at": "@SUM(A1:A9)",
    "lines": "two\nlines\r\tand a tab",
    "lone": "half \ud800 a pair",
    "long": "x" * 10_000_000,
}


def test_hostile_names_are_only_names(desk: Desk, engine: Engine) -> None:
    company = Workspace()
    for username, name in NAMES.items():
        company.add_user(username, name=name if username != "lone" else "half", emails=None)
        company.add_team(f"{username}: {name[:200] if username != 'lone' else 'half'}", owner=username)
    with Simulator(company) as server:
        server.add(Fault("wrong-field", route="users.listByStatus", field="bio", value="x" * 1000))
        at = desk.at(server, engine)
        loaded = at.run("load")
    assert loaded.code == 0, loaded
    everybody = "MATCH (u:User)-[:MEMBER_OF]->(t:Team) RETURN u.username AS user, u.name AS name, t.name AS team"
    names_ = {row["user"]: row["name"] for row in json.loads(at.ok("query", everybody, "--json"))}
    for username in ("cypher", "html", "formula", "plus", "minus", "at", "escape", "mirror", "lines"):
        assert names_[username] == NAMES[username], "the graph holds what the server said"
    assert names_["nul"] in ("Bob\x00Drop", "Bob\ufffdDrop", "BobDrop")
    assert len(names_["long"]) <= 1_000
    table = at.ok("query", everybody)
    sheet = at.ok("query", everybody, "--csv")
    for text in (table, sheet, at.ok("query", everybody, "--json"), loaded.out, loaded.err):
        assert not set(text) & {"\x1b", "\x07", "\x00", "\u202e", "\u2066", "\r", "\t"}
    assert len(table.splitlines()) <= len(names_) + 5, "a row a line"
    cells = {row[0]: row[1] for row in csv.reader(io.StringIO(sheet))}
    for username in ("formula", "plus", "minus", "at"):
        assert cells[username] == "'" + NAMES[username]
    assert len(picture(engine).only("User").nodes) == len(company.users)


def test_hostile_permission_names_in_the_words_of_check(desk: Desk, company: Workspace) -> None:
    company.change_user("svc.review", name=EVIL)
    company.assign("svc.review", EVIL)
    with Simulator(company) as server:
        said = desk.at(server).run("check")
    assert said.code == 0
    assert not set(said.out + said.err) & {"\x1b", "\x07"}


def test_a_saved_question_is_asked_with_its_own_thresholds(loaded: Desk) -> None:
    """Every saved question is run, by name, in test_questions.py and test_statements.py."""
    ever = json.loads(loaded.ok("query", "dormant-privileged", "--json", "-p", "dormant_days=100000"))
    soon = json.loads(loaded.ok("query", "dormant-privileged", "--json", "-p", "dormant_days=0"))
    assert json.loads(loaded.ok("query", "dormant-privileged", "--json")) in (ever, soon)
    assert {row["user"] for row in ever} < {row["user"] for row in soon}


@pytest.mark.parametrize(
    "asked", ["never-signed-in", "MATCH (u:User {workspace: $workspace}) WHERE u.lastLogin IS NULL RETURN u"]
)
def test_i12_rows_come_with_what_was_not_visible(tmp_path: Path, asked: str) -> None:
    with Simulator(office()) as server:
        server.add(Fault("hidden-field", route="users.listByStatus", field="lastLogin", times=-1))
        desk = Desk(tmp_path).at(server)
        desk.run("load")
        for form in ((), ("--json",), ("--csv",)):
            said = desk.run("query", asked, *form)
            assert said.code == 0
            assert "Not visible: lastLogin: not shown by any of" in said.err, form
