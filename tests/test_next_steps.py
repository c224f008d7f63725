"""A next step is a command that works when it is pasted: with the options that were typed for the one that names it."""

import json
import re
import shlex
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rc2graph.cli import app, logging
from rc2graph.cli.activity import working
from rc2graph.config import GraphTarget
from rc2graph.errors import Rc2graphError, UsageError
from rc2graph.graph.connect import connect
from tests.commands import CHECKOUT, Desk, office
from tests.engines import Engine
from tests.faults import Simulator
from tests.snapshots import World, loaded

COMMAND = re.compile(r"^(?:Next|Then): (?:[^:\n]*: )?(rc2graph .*)$", re.MULTILINE)


@dataclass
class Typed:
    """What somebody sees who types a command with nothing set in the environment."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, list(words), env={"RC2GRAPH_HOME": None, "NEO4J_URI": None})
        working.stop()
        if not isinstance(done.exception, Rc2graphError):
            return done.exit_code, done.output
        logging.failed(done.exception)
        return done.exception.exit_code, self.capsys.readouterr().err

    def pasted(self, text: str, **filled: str) -> tuple[int, str]:
        (command,) = COMMAND.findall(text)
        return self(*(filled.get(word, word) for word in shlex.split(command)[1:]))


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(capsys)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A graph of a company in a folder that no shell takes for one word."""
    pytest.importorskip("arcadedb", exc_type=ImportError)
    world = World()
    world.role("admin", "delete-user")
    world.user("ana", "admin")
    world.role("helper", "access-permissions")
    world.user("bob", "helper")
    world.team("plaza", "ana")
    home = tmp_path / "our graph"
    with connect(GraphTarget(home=home), write=True, wait=10) as graph:
        loaded(graph, world, tmp_path)
    return home


def test_a_step_that_an_error_or_an_answer_names_works_when_it_is_pasted(
    typed: Typed, home: Path, tmp_path: Path
) -> None:
    code, told = typed("who", "team:nope", "--home", str(home))
    assert code == 2
    assert "plaza" in typed.pasted(told)[1]

    sheet = tmp_path / "the sheet.csv"
    code, told = typed("review", "--worksheet", str(sheet), f"--home={home}")
    assert code == 0
    code, answer = typed.pasted(told, NAME="rob")
    assert (code, answer.splitlines()[0]) == (2, f"The worksheet {sheet} decides nothing.")

    told = typed("why", "bob.name", "permission:delete-user", "--home", str(home))[1]
    assert f": rc2graph why --home '{home}' bob.name admin\n" in told

    code, told = typed("review", "nope", "--home", str(home))
    assert (code, typed.pasted(told)[0]) == (2, 0)


@pytest.mark.parametrize(
    ("words", "text", "said"),
    [
        # what was typed goes where the other verb takes it, and is not said twice
        ("status --home h", "Run rc2graph load, or name the folder with --home.",
         "Run rc2graph load --home h, or name the folder with --home."),
        ("status --home h", "rc2graph load --home other && rc2graph review --open",
         "rc2graph load --home other && rc2graph review --home h --open"),
        ("status --home h", "Go on with: rc2graph load --snapshot 'a, b' -q --home h", ""),
        ("status --home h", "rc2graph simulate makes one; an rc2graph loader does not", ""),
        ("status", "Next: rc2graph load", ""),
        # which graph, which Rocket.Chat, under which name; never a password, and no token that stands in a wrong place
        ("status --neo4j-uri bolt://127.0.0.1:1 --neo4j-password Pa55word --home h", "rc2graph who admin",
         "rc2graph who --home h --neo4j-uri bolt://127.0.0.1:1 admin"),
        ("check --url https://chat.example.org --user-id me", "Ready: rc2graph load",
         "Ready: rc2graph load --url https://chat.example.org --user-id me"),
        ("check --url https://chat.example.org?token=Pa55word", "Ready: rc2graph load", ""),
        ("attest x.csv --reviewer rob --workspace w", "rc2graph load --withdraw-ahead",
         "rc2graph load --workspace w --withdraw-ahead"),
        ("purge --workspace w", "rc2graph status lists them.", ""),
    ],
)  # fmt: skip
def test_options_that_were_typed_are_put_into_what_is_printed(
    typed: Typed, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    words: str, text: str, said: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    typed(*words.split())
    capsys.readouterr()
    logging.failed(UsageError("No.", "", text))
    assert capsys.readouterr().err == f"No.\nNext: {said or text}\n"


def test_what_is_set_in_the_environment_is_not_repeated(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["status"], env={"RC2GRAPH_HOME": str(tmp_path), "NEO4J_URI": None})
    assert isinstance(done.exception, Rc2graphError)
    logging.failed(done.exception)
    assert "\nNext: rc2graph load\nOr name the folder with --home" in capsys.readouterr().err


def test_no_text_puts_a_command_in_quotes() -> None:
    """The name of a folder that is put into it may need quotes itself."""
    texts = {path: path.read_text("utf-8") for path in (CHECKOUT / "rc2graph").rglob("*.py")}
    assert {
        (path.name, found) for path, text in texts.items() for found in re.findall(r" 'rc2graph [a-z].*", text)
    } == set()


def test_a_name_that_no_shell_takes_for_one_word_is_quoted_once(
    typed: Typed, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, told = typed("status", "--home", "else where/x")
    assert code == 7
    assert "\nNext: rc2graph load --home 'else where/x'\n" in told

    (there := tmp_path / "sp ace" / "snapshots").mkdir(parents=True)
    (there / "one.sqlite").touch()
    (such,) = re.findall(r"^Next: Name a file in it, such as (.*)$", typed("diff", "sp ace", "x")[1], re.MULTILINE)
    assert shlex.split(such) == ["sp ace/snapshots/one.sqlite"]
    code, told = typed("load", "--snapshot", "no where.sqlite", "--home", str(home))
    assert "rc2graph collect --snapshot 'no where.sqlite'" in told


# ---- what is printed last works when it is pasted


def next_lines(out: str) -> list[list[str]]:
    """The commands behind `Next:`, as words without the name of the program."""
    lines = out.partition("Next: ")[2].splitlines()
    return [shlex.split(line.strip())[1:] for line in lines if line.strip().startswith("rc2graph ")]


def test_next_commands_name_the_workspace_where_the_graph_holds_several(
    tmp_path: Path, embedded_engine: Engine
) -> None:
    desk = Desk(tmp_path)
    with Simulator(office()) as first, Simulator(office()) as second:
        desk.at(first, embedded_engine).ok("load")
        at = desk.at(second, embedded_engine)
        for words in (*next_lines(at.ok("load")), *next_lines(at.ok("review"))):
            said = at.run(*[word.replace("worksheet.xlsx", f"{time.monotonic_ns()}.xlsx") for word in words])
            assert said.code == 0, (words, said)


def test_diff_is_offered_only_where_there_are_two_to_compare(tmp_path: Path, embedded_engine: Engine) -> None:
    with Simulator(office()) as server:
        at = Desk(tmp_path).at(server, embedded_engine)
        assert ["diff"] not in next_lines(at.ok("load"))
        (file,) = (embedded_engine.target.home / "snapshots").glob("*.sqlite")
        assert ["diff"] not in next_lines(at.ok("load", "--snapshot", str(file)))
        assert ["diff"] in next_lines(at.ok("load"))
        assert ["diff"] not in next_lines(at.ok("load", "--keep", "1"))


def test_a_name_that_looks_like_an_option_is_given_by_its_id(tmp_path: Path, embedded_engine: Engine) -> None:
    company = office()
    user = company.add_user("-rf", roles=["user", "helpdesk"])
    company.grant("access-permissions", "helpdesk")
    with Simulator(company) as server:
        at = Desk(tmp_path).at(server, embedded_engine)
        at.ok("load")
        told = at.ok("why", f"id:{user}", "role:bot")
    assert f"rc2graph why id:{user} admin" in told


def test_the_option_that_was_typed_is_the_one_to_correct(tmp_path: Path) -> None:
    desk = Desk(tmp_path, {"ROCKETCHAT_URL": "https://chat.example.org", "ROCKETCHAT_USER_ID": "a",
                           "ROCKETCHAT_AUTH_TOKEN": "b" * 43, "RC2GRAPH_RETRY_FOR": "1"})  # fmt: skip
    said = desk.run("check", "--url", "http://127.0.0.1:9")
    assert said.code != 0
    assert "Check --url" in said.told
    assert "ROCKETCHAT_URL" not in said.told


def test_lists_are_json_too(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert {"name", "title"} == set(json.loads(desk.ok("query", "--list", "--json"))[0])
    assert {"severity", "name", "title"} == set(json.loads(desk.ok("review", "--list", "--json"))[0])


def test_a_table_without_rows_has_its_head(tmp_path: Path, engine: Engine) -> None:
    with Simulator(office()) as server:
        at = Desk(tmp_path).at(server, engine)
        at.ok("load")
        assert at.run("query", "self-attested", "--csv").out.startswith("path,user,")
        assert at.run("query", "MATCH (u:User {id: 'nobody'}) RETURN u.id AS id", "--csv").out in ("id\n", "")


def test_complete_says_what_it_did_without(tmp_path: Path, embedded_engine: Engine) -> None:
    company = office()
    with Simulator(company) as server:
        for role in list(company.roles):
            company.revoke("view-room-administration", role)
        at = Desk(tmp_path).at(server, embedded_engine)
        assert "(complete but for rooms)" in at.run("load").out
        assert ": complete but for rooms." in at.ok("status")
        assert "(complete but for rooms)" in at.ok("export", "csv", "out")
