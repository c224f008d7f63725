"""What a shell offers after Tab, through the protocol that shells use: nothing else is said, and nothing is made."""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rc2graph.graph.connect import connect
from rc2graph.simulator import Workspace
from tests.commands import Desk
from tests.engines import Engine
from tests.faults import Simulator


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def company() -> Workspace:
    made = Workspace()
    for name in ("kurt.keys", "kai", "ada", "$(touch owned)", "k`touch owned`", "two words", "k;ls", "кира"):
        made.add_user(name, roles=["user"])
    made.add_role("permission-admin", description="")
    made.add_role("pay $(touch owned)", description="")
    made.add_team("payroll", private=True, owner="kai")
    made.add_team("platform", owner="kai")
    return made


def offered(desk: Desk, *words: str, shell: str = "bash") -> set[str]:
    """The last word is the one that is being typed. Errors and text to nobody would land on the screen of somebody
    who pressed Tab."""
    line = " ".join(("rc2graph", *words))
    settings = {
        "bash": {"COMP_WORDS": "\n".join(("rc2graph", *words)), "COMP_CWORD": str(len(words))},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    said = desk.at(**settings, _RC2GRAPH_COMPLETE=f"complete_{shell}").run()
    assert said.err == ""
    return {word for word in said.out.splitlines() if word}


def test_verbs_options_and_their_values_are_offered(desk: Desk) -> None:
    assert offered(desk, "stat") == {"status"}
    assert offered(desk, "load", "--dry") == {"--dry-run"}
    assert offered(desk, "load", "--log-format", "j") == {"json"}


@pytest.mark.parametrize("shell", ["bash", "fish"])
def test_saved_statements_are_offered_without_a_graph(desk: Desk, shell: str) -> None:
    assert offered(desk, "query", "deac", shell=shell) == {"deactivated-members", "deactivated-with-roles"}
    assert "paths/impact" in offered(desk, "query", "paths/imp", shell=shell)
    assert offered(desk, "query", "--show", "load/nodes/Us", shell=shell) == {"load/nodes/User"}
    assert offered(desk, "review", "no-adm", shell=shell) == {"no-administrator"}
    assert offered(desk, "review", "no-administrator", "only", shell=shell) == {"only-owners"}


def answered(desk: Desk, *words: str, shell: str = "bash") -> set[str]:
    """Press Tab until the graph answers within its second: a machine that is busy makes it slow."""
    deadline = time.monotonic() + 60
    while not (found := offered(desk, *words, shell=shell) - {"permission:", "permission"}):
        assert time.monotonic() < deadline
    return found


def test_names_are_offered_from_the_graph(desk: Desk, engine: Engine) -> None:
    with Simulator(company()) as server:
        desk.at(server, engine).ok("load")
    at = desk.at(None, engine)
    assert answered(at, "why", "k") == {"kurt.keys", "kai"}, "names that a shell might run are not offered"
    assert answered(at, "why", "к") == {"кира"}
    assert answered(at, "why", "kurt.keys", "permission-a") == {"permission-admin"}
    assert answered(at, "who", "pa") == {"payroll"}, "nor is a role of such a name"
    assert {"platform", "permission-admin"} <= answered(at, "who", "p")
    assert any("payroll" in line for line in answered(at, "who", "team:pa", shell="zsh"))
    assert "admin" in answered(at, "who", "ad")
    assert not (desk.folder / "owned").exists()
    (desk.folder / "settings.env").write_text("".join(f"{name}='{value}'\n" for name, value in engine.env.items()))
    assert answered(desk, "why", "--env-file", "settings.env", "ku") == {"kurt.keys"}, "the graph of the file"
    if engine.name == "embedded":
        home = str(engine.target.home)
        assert answered(desk, "why", "--home", home, "ku") == {"kurt.keys"}, "the graph that was typed"


def test_completing_makes_no_graph(desk: Desk) -> None:
    assert offered(desk, "why", "ku") == set()
    assert offered(desk, "who", "--home", "nowhere", "pay") == set()
    assert {path.name for path in desk.folder.iterdir()} <= {"home-of-the-user", "tmp"}


@pytest.mark.parametrize("settings", [
    {"NEO4J_URI": "bolt://127.0.0.1:9", "NEO4J_PASSWORD": "x"},
    {"NEO4J_URI": "bolt://127.0.0.1:9"},
    {"NEO4J_URI": "http://nonsense"},
], ids=["nobody listens", "no password", "no address"])  # fmt: skip
def test_a_graph_that_cannot_be_reached_offers_nothing(desk: Desk, settings: dict[str, str]) -> None:
    assert offered(desk.at(**settings), "why", "ku") == set()


def test_a_graph_that_does_not_answer_is_not_waited_for(desk: Desk) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        at = desk.at(NEO4J_URI=f"bolt://127.0.0.1:{silent.getsockname()[1]}", NEO4J_PASSWORD="x")
        began = time.monotonic()
        assert offered(desk, "why", "ku") == set()
        without = time.monotonic() - began
        began = time.monotonic()
        assert offered(at, "why", "ku") == set()
        assert time.monotonic() - began < without + 3, "about a second, where it would have been twelve"


def test_a_graph_that_is_being_written_offers_nothing(desk: Desk, embedded_engine: Engine) -> None:
    with Simulator(company()) as server:
        desk.at(server, embedded_engine).ok("load")
    with connect(embedded_engine.target, write=True):
        assert offered(desk.at(None, embedded_engine), "why", "ku") == set()
    assert answered(desk.at(None, embedded_engine), "why", "ku") == {"kurt.keys"}


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_bash_itself_completes(desk: Desk) -> None:
    """With the script that --show-completion prints."""
    if not Path(sys.executable).with_name("rc2graph").exists():
        pytest.skip("the command is not installed")
    environment = desk.environment()
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    program = """
        eval "$(_RC2GRAPH_COMPLETE=source_bash rc2graph)"
        offer=$(complete -p rc2graph); offer=${offer#*-F }
        COMP_WORDS=(rc2graph query deactivated-m) COMP_CWORD=2
        ${offer%% *} rc2graph
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", program], cwd=desk.folder, env=environment, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("deactivated-members\n", "")
