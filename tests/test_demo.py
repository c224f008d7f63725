"""`rc2graph demo`, the ways to start the command, and its help."""

import json
import re
import shlex
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rc2graph import __version__
from rc2graph.cli import app
from rc2graph.cli.demo_findings import findings
from rc2graph.graph.connect import connect
from rc2graph.simulator import Workspace, demo_company
from rc2graph.simulator.demo import demo_server
from tests.commands import Desk, ended
from tests.engines import Engine
from tests.faults import Simulator

VERBS = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


PLANTED = {
    "olaf.old is deactivated, and still owner of the private team platform-eng": "query deactivated-members",
    "mona.mod (moderator) and otto.owner (owner) hold the role of a room": "query room-roles-everywhere",
    "deploy.bot is a bot and holds admin": "query privileged-service-accounts",
    "gast.extern is a guest, and member of the private team payroll": "query guests-in-private-teams",
    "holds the role helpdesk, which grants access-permissions": "why hedi.help admin",
    "Since yesterday sven.settings is administrator, and hedi.help can become administrator": "diff",
}
"""What the company was given to be found, and the command that shows it."""


def test_the_demo_tells_what_was_planted_and_leaves_only_its_folder(desk: Desk) -> None:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    began = time.monotonic()
    said = ended(desk.start("demo"))  # from the start, so that its environment tells whose it is
    assert time.monotonic() - began < 60
    assert (said.code, said.told) == (0, "")
    told = " ".join(said.out.split())
    for finding, command in PLANTED.items():
        assert finding in told
        assert f"rc2graph {command} --home rc2graph-demo" in commands(said.out)
        assert told.index(finding) < told.index(f"rc2graph {command}"), "the command stands below its finding"
    assert len(said.out.splitlines()) <= 40, "it fits on a screen"
    assert max(map(len, said.out.splitlines())) <= 80
    assert {path.name for path in desk.folder.iterdir()} - {"home-of-the-user", "tmp"} == {"rc2graph-demo"}
    assert _processes_of(desk.folder) == []
    assert "Removed rc2graph-demo." in desk.ok("demo", "--remove")
    assert {path.name for path in desk.folder.iterdir()} - {"home-of-the-user", "tmp"} == set()
    assert "There is no folder rc2graph-demo." in desk.ok("demo", "--remove")


def test_the_demo_has_two_days_between_which_a_reviewer_decided(desk: Desk) -> None:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    desk.ok("demo")
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    at = ("--home", "rc2graph-demo")

    def administrators(*words: str) -> set[str]:
        found = json.loads(desk.ok("who", "role:admin", "--json", *at, *words))["holders"]
        return {one["username"] for one in found if one["by"] == "role"}

    today, before = administrators(), administrators("--as-of", yesterday)
    assert (today - before, before - today) == ({"sven.settings"}, {"dora.dormant"})
    (row,) = json.loads(desk.ok("query", "revocations-outstanding", "--json", *at))
    assert (row["user"], row["access"], row["reviewer"]) == ("rita.retired", "admin", "ana.admin")
    told = desk.ok("load", "--snapshot", *map(str, newest_snapshot(desk)), *at)
    assert "1 revocation carried out, as this load shows: dora.dormant: role admin" in told
    assert "1 revocation outstanding: rita.retired: role admin" in told


def newest_snapshot(desk: Desk) -> list[Path]:
    return sorted((desk.folder / "rc2graph-demo" / "snapshots").glob("*.sqlite"))[-1:]


def commands(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if re.match(r" +(NEO4J_URI= )?rc2graph ", line)]


def test_what_it_tells_was_asked_of_the_graph(embedded_engine: Engine) -> None:
    """Where there is nothing to find, nothing is told; other names where others are found."""
    company = Workspace()
    company.add_user("ann", roles=["user", "leader"])
    company.add_user("old.hand", roles=["user"])
    company.add_team("roof", owner="old.hand")
    company.deactivate("old.hand")
    with Simulator(company) as server:
        Desk(embedded_engine.target.home.parent).at(server, embedded_engine).ok("load", "--workspace", "w")
    with connect(embedded_engine.target, write=False) as graph:
        found = [(one.text.partition(": ")[0], one.command) for one in findings(graph.workspace("w"))]
    assert found == [
        ("old.hand is deactivated, and still owner of the team roof", ("query", "deactivated-members")),
        ("ann (leader) holds the role of a room on the account itself", ("query", "room-roles-everywhere")),
    ]  # fmt: skip


@pytest.mark.parametrize("folder", [(), ("my demo",)])
def test_a_demo_that_is_kept_can_be_asked_with_every_command_that_it_printed(
    desk: Desk, folder: tuple[str, ...]
) -> None:
    """Twice into one folder, with a Neo4j set that nobody may touch, and with one's own workspace at the end."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    at = desk.at(NEO4J_URI="bolt://127.0.0.1:9", NEO4J_PASSWORD="x") if folder else desk
    desk.ok("demo", *folder)
    told = at.ok("demo", "--keep", *folder)
    assert ("does not touch that Neo4j" in told) == bool(folder)
    home = desk.folder / (folder[0] if folder else "rc2graph-demo")
    assert {path.name for path in home.iterdir()} >= {"graph", "snapshots"}
    assert len(list((home / "snapshots").iterdir())) == 2
    about_it = [line for line in commands(told) if "--home" in line]
    assert len(about_it) == len(PLANTED) + 3
    for line in about_it:
        assert shlex.split(line)[0] == ("NEO4J_URI=" if folder else "rc2graph")
        words = shlex.split(line.removeprefix("NEO4J_URI= "))[1:]
        assert at.at(NEO4J_URI="").ok(*words).strip() not in ("", "No rows."), line
    assert "olaf.old" in at.at(NEO4J_URI="").ok(*shlex.split(about_it[0].removeprefix("NEO4J_URI= "))[1:])
    with Simulator(demo_company()) as server:
        own = [line for line in commands(told) if line not in about_it]
        assert len(own) == 4
        for line in own[1:]:
            at.at(server, NEO4J_URI="").ok(*shlex.split(line)[1:])


def test_the_demo_touches_nothing_of_anybody_else(desk: Desk) -> None:
    (desk.folder / "mine").mkdir()
    (desk.folder / "mine" / "letter.txt").write_text("dear")
    for words in ((), ("--remove",)):
        said = desk.run("demo", "mine", *words)
        assert (said.code, said.out) == (2, "")
        assert "The folder mine holds something else" in said.told
    assert [path.name for path in (desk.folder / "mine").iterdir()] == ["letter.txt"]


def test_what_somebody_put_into_the_demo_stays(desk: Desk) -> None:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    desk.ok("demo")
    (desk.folder / "rc2graph-demo" / "review.html").write_text("<p>mine</p>")
    assert "rc2graph-demo stays, for it also holds review.html." in desk.ok("demo", "--remove")
    assert [path.name for path in (desk.folder / "rc2graph-demo").iterdir()] == ["review.html"]


def test_the_second_day_of_a_simulated_company_is_the_first_after_a_night() -> None:
    first, second = demo_server(users=60).workspace, demo_server(users=60, day=2).workspace
    assert first.users.keys() < second.users.keys()
    assert [second.users[id_]["username"] for id_ in second.users.keys() - first.users.keys()] == ["gus.guest"]

    def of(workspace: Workspace, role: str) -> set[str]:
        return {doc["username"] for doc in workspace.users.values() if role in (doc.get("roles") or ())}

    assert of(second, "admin") ^ of(first, "admin") == {"sven.settings", "dora.dormant"}
    assert second.permissions["access-permissions"]["roles"] != first.permissions["access-permissions"]["roles"]
    off = [id_ for id_, doc in first.users.items() if doc.get("active") != second.users[id_].get("active")]
    assert sorted(bool(second.teams_of[id_]) for id_ in off) == [False, True], "one left every team, one was forgotten"
    renamed = {id_ for id_, doc in first.users.items() if doc.get("username") != second.users[id_].get("username")}
    assert [second.users[id_]["username"] for id_ in renamed] == ["jenkins-ci"]


def test_who_looks_for_a_graph_beside_the_demo_is_told_where_that_is(desk: Desk) -> None:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    assert "rc2graph-demo" not in desk.run("review").told
    desk.ok("demo")
    said = desk.run("review")
    assert said.code != 0
    assert "There is no graph in rc2graph-data yet" in said.told
    assert "--home rc2graph-demo" in said.told


def _processes_of(folder: Path) -> list[str]:
    """Those whose environment names the folder: whoever was started at this desk."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if str(folder).encode() in path.read_bytes():
                found.append(path.parent.joinpath("cmdline").read_text())
        except OSError:
            continue
    return found


def test_the_version_by_every_way_of_starting(desk: Desk) -> None:
    assert ended(desk.start("--version")).out == desk.ok("--version") == f"rc2graph {__version__}\n"
    script = Path(sys.executable).with_name("rc2graph")
    if script.exists():
        done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True, cwd=desk.folder)
        assert done.stdout == f"rc2graph {__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_an_example_and_fits_on_a_terminal(desk: Desk, verb: str) -> None:
    text = desk.ok(verb, "--help")
    assert f"Example: rc2graph {verb}" in text
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) <= 50, "it fits on a screen"
    assert text == desk.ok(verb, "-h")


def test_help_names_every_verb_with_a_whole_sentence(desk: Desk) -> None:
    text = desk.ok("--help")
    lines = text.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in lines] == VERBS
    assert {"check", "collect", "load", "status", "query", "demo", "simulate"} <= set(VERBS)
    assert not any(line.endswith("...") for line in lines), "no sentence is cut off"
    assert max(map(len, text.splitlines())) <= 80


HEAVY = {
    "neo4j",
    "arcadedb",
    "requests",
    "urllib3",
    "ijson",
    "backoff",
    "ratelimit",
    "portalocker",
    "sqlite3",
    "asyncio",
}
NOT_NOW = HEAVY | {"rich.progress", "hypothesis", "rc2graph.simulator", "rc2graph.graph", "rc2graph.rocketchat"}


def test_help_does_not_import_what_it_does_not_need(desk: Desk) -> None:
    """So that completion and `--help` answer at once."""
    program = "import sys; sys.argv = ['rc2graph', '--help']\nimport rc2graph.cli\ntry:\n    rc2graph.cli.main()\n" + (
        "except SystemExit:\n    print('LOADED', *sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=desk.folder,
        env=desk.environment(),
    )
    assert "Usage: rc2graph" in done.stdout
    assert set(done.stdout.partition("LOADED")[2].split()) & NOT_NOW == set()


def test_a_reader_that_goes_away_is_no_error(desk: Desk) -> None:
    """`rc2graph query --list | head -1`."""
    process = desk.start("query", "--list")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.wait(30) == 0
    assert process.stderr.read() == ""
    process.stderr.close()
