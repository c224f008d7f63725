"""A setting is the same with and without the line end or blank that a file left at its end: in each of them."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from rc2graph.config import GraphTarget, tidy
from rc2graph.graph.explained import explained
from tests.commands import Desk, ended, office
from tests.engines import Engine
from tests.faults import Simulator


@pytest.mark.parametrize("end", ["\r", "\n", " "], ids=repr)
def test_an_end_that_a_file_left_changes_nothing(tmp_path: Path, end: str) -> None:
    """A file with Windows line ends is read as docs/operate.md says: every setting has one."""
    with Simulator(office()) as server:
        plain = Desk(tmp_path).at(
            server, RC2GRAPH_RATE_CALLS="10", RC2GRAPH_RATE_PERIOD="60", NEO4J_URI="", RC2GRAPH_HOME="home"
        )
        desk = replace(plain, settings={name: value + end for name, value in plain.settings.items()})
        desk.settings["RC2GRAPH_LOG_FORMAT"] = f"text{end}"
        desk.ok("check")
        desk.ok("load", "--quiet")
        desk.ok("status")
        token = tmp_path / "token"
        token.write_text(f"\ufeff{desk.settings.pop('ROCKETCHAT_AUTH_TOKEN')}{end}", encoding="utf-8")
        desk.ok("check", "--token-file", f"token{end}", "--url", f"{server.url}{end}")
        desk.ok("status", "--home", f"home{end}", "--log-format", f"text{end.strip(' ').strip(chr(9))}")
    assert {path.name for path in tmp_path.iterdir()} == {"home", "home-of-the-user", "tmp", "token"}


def test_each_setting_is_read_in_the_same_way() -> None:
    names = (
        "ROCKETCHAT_URL", "ROCKETCHAT_USER_ID", "ROCKETCHAT_AUTH_TOKEN", "NEO4J_URI", "NEO4J_USERNAME",
        "NEO4J_DATABASE", "RC2GRAPH_HOME", "RC2GRAPH_RATE_CALLS", "RC2GRAPH_RETRY_FOR", "REQUESTS_CA_BUNDLE",
        "https_proxy",
    )  # fmt: skip
    environment = dict.fromkeys(names, " value\xa0\r\n") | {"NEO4J_PASSWORD": " word \r\n", "OTHER": "left \r"}
    tidy([], environment)
    assert environment == {**dict.fromkeys(names, "value"), "NEO4J_PASSWORD": " word ", "OTHER": "left \r"}


def test_a_password_may_end_in_a_blank_and_that_is_said_where_it_is_refused(
    neo4j_engine: Engine, tmp_path: Path
) -> None:
    """A line end is never meant: base64 of an `echo` has one."""
    desk, password = Desk(tmp_path).at(None, neo4j_engine), neo4j_engine.env["NEO4J_PASSWORD"]
    assert "does not accept" not in desk.at(NEO4J_PASSWORD=f"{password}\n").run("status").told
    said = desk.at(NEO4J_PASSWORD=f"{password} ").run("status")
    assert said.code == 7
    assert "does not accept the password" in said.told
    assert "begins or ends with a blank" in said.told


@pytest.mark.parametrize("password", ["e", "neo4j", "password", "answer"])
def test_our_own_words_have_no_gap_that_tells_the_password(tmp_path: Path, password: str) -> None:
    said = Desk(tmp_path).at(NEO4J_URI="neo4j://127.0.0.1:9", NEO4J_PASSWORD=password).run("status")
    assert said.code == 7
    assert said.told.splitlines()[0] == "Neo4j at neo4j://127.0.0.1:9 does not answer."
    assert "…" not in said.told


def test_what_the_driver_says_has_no_password() -> None:
    def told(password: str) -> str:
        target = GraphTarget("bolt://x", None, password, None, Path())
        return str(explained(ValueError("the driver says S3CRET-word, the word"), target))

    assert "the driver says …, the word" in told("s3cret-word")
    assert "the driver says S3CRET-word, the word" in told("the"), "what is shorter is a part of other words"


@pytest.mark.skipif(sys.platform != "linux", reason="arguments are bytes there")
@pytest.mark.parametrize("place", ["argument", "setting"])
def test_what_is_not_text_is_named(tmp_path: Path, place: str) -> None:
    desk = Desk(tmp_path)
    words, environment = (
        [b"query", b"RETURN '\xff'"],
        {key.encode(): value.encode() for key, value in desk.environment().items()},
    )
    if place == "setting":
        words, environment = [b"status"], {**environment, b"RC2GRAPH_HOME": b"h\xffme"}
    said = ended(
        subprocess.Popen(
            [os.fsencode(sys.executable), b"-m", b"rc2graph", *words], cwd=tmp_path, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )
    )  # fmt: skip
    assert (said.code, said.out) == (2, "")
    name = {"argument": "Argument 2", "setting": "The value of RC2GRAPH_HOME"}[place]
    assert said.told.splitlines()[0] == f"{name} is not text in UTF-8."
