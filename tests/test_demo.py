"""`rc2graph demo`, the ways to start the command, and its help."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from rc2graph import __version__
from rc2graph.cli import app
from tests.commands import Desk

VERBS = [command.name or command.callback.__name__ for command in app.registered_commands if command.callback]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_demo_answers_a_question_and_leaves_nothing_behind(desk: Desk) -> None:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    began = time.monotonic()
    out = desk.ok("demo")
    assert time.monotonic() - began < 45
    assert "Which deactivated accounts are still in a team" in out
    first = next(line for line in out.splitlines() if "platform-eng" in line).split()
    assert first[:4] == ["olaf.old", "platform-eng", "yes", "yes"], "the owner who left"
    assert "nothing is left behind" in out
    left = {path.name for path in desk.folder.rglob("*")} - {"home-of-the-user", "tmp"}
    assert left == set()
    assert _processes_of(desk.folder) == []


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
    assert desk.ok("--version") == f"rc2graph {__version__}\n"
    script = Path(sys.executable).with_name("rc2graph")
    if script.exists():
        done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True, cwd=desk.folder)
        assert done.stdout == f"rc2graph {__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_each_verb_has_an_example_and_fits_on_a_terminal(desk: Desk, verb: str) -> None:
    text = desk.ok(verb, "--help")
    assert f"Example: rc2graph {verb}" in text
    assert max(map(len, text.splitlines())) <= 80
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
