"""What is printed reaches any terminal and any file: what its character set lacks is replaced, and nothing crashes."""

import csv
import os
import subprocess
import sys

import pytest

from tests.commands import Desk, office
from tests.faults import Simulator

VERBS = [
    ["who", "admin"],
    ["why", "zoë.łódź", "admin"],
    [
        "query",
        "MATCH (u:User {username: 'zoë.łódź'})-[e:HAS_ROLE]->(r:Role) RETURN u.username, u.name AS path, e, r.name",
    ],
    ["query", "administrators", "--csv"],
    ["review", "--all"],
    ["diff"],
    ["--help"],
]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    pytest.importorskip("arcadedb", exc_type=ImportError)
    desk = Desk(tmp_path_factory.mktemp("output")).at(RC2GRAPH_HOME="home", NEO4J_URI="")
    company = office()
    with Simulator(company) as server:
        desk.at(server).ok("load", "--workspace", "büro", "--quiet")
        company.add_user("zoë.łódź", name="Zoë 名前 😀", roles=["user", "admin"])
        desk.at(server).ok("load", "--workspace", "büro", "--quiet")
    return desk


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "euc-jp"])
def test_no_character_set_is_too_small(loaded: Desk, encoding: str) -> None:
    """As with `> file` on Windows, where a file has the character set of an old terminal."""
    desk = loaded.at(PYTHONIOENCODING=encoding)
    said = {}
    for words in VERBS:
        done = desk.run(*words)
        assert done.code == 0, done
        said[" ".join(words)] = done.out + done.err
    held = "zoë.łódź".encode(encoding, "backslashreplace").decode(encoding)
    for words, text in said.items():
        assert "Traceback" not in text, (words, text)
    assert [
        words for words, text in said.items() if words.startswith(("who", "why", "query MATCH")) and held not in text
    ] == []
    assert ("→" in said["review --all"]) == (encoding == "euc-jp")
    lines = said["why zoë.łódź admin"].splitlines()
    tree = next(
        line for line in lines if line.endswith("administrator") and "admin" in line and not line.startswith(" ")
    )
    assert tree.startswith("`-- ")
    assert len({len(row) for row in csv.reader(said["query administrators --csv"].splitlines())}) == 1


def test_files_are_in_utf_8_whatever_the_terminal_is(loaded: Desk) -> None:
    written = []
    for number, settings in enumerate(({}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})):
        desk = loaded.at(**settings)
        desk.ok("review", "--html", f"review{number}.html", "--quiet")
        desk.ok("review", "--worksheet", f"worksheet{number}.csv", "--quiet")
        assert "büro" in (desk.folder / f"review{number}.html").read_text(encoding="utf-8")
        written.append((desk.folder / f"worksheet{number}.csv").read_text(encoding="utf-8"))
    assert "zoë.łódź" in written[0]
    assert written[0] == written[1]


@pytest.mark.skipif(sys.platform == "win32", reason="closes a stream in a shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_stream_that_is_closed(loaded: Desk, closed: str) -> None:
    done = subprocess.run(
        f"{sys.executable} -m rc2graph who admin {closed}", shell=True, cwd=loaded.folder, env=loaded.environment(),
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert ("ana.admin" in done.stdout) == (closed == "2>&-")


def test_a_path_that_is_too_long_is_told(loaded: Desk) -> None:
    long, deep = "a" * 300, os.sep.join(["b" * 200] * 30)
    for words in (
        ["load", "--home", long, "--url", "http://127.0.0.1:9", "--user-id", "me"],
        ["status", "--home", deep],
        ["diff", long, long],
        ["query", "--file", deep],
        ["attest", deep, "--reviewer", "ana.admin"],
        ["review", "--worksheet", deep],
        ["evidence", deep],
        ["export", "json", long],
        ["check", "--token-file", f"{long}.txt", "--url", "http://127.0.0.1:9", "--user-id", "me"],
        ["check", "--ca-bundle", deep, "--url", "http://127.0.0.1:9", "--user-id", "me"],
    ):
        said = loaded.at(ROCKETCHAT_AUTH_TOKEN="word").run(*words)
        assert said.code == 2, (words, said)
        assert "File name too long" in said.told, (words, said)
        assert "Next: " in said.told


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("status --max-age 9h --workspace gone --json", 10),  # the answer was whole, and waited to be printed
        ("status --json", 0),
        (
            "status",
            141,
        ),  # a table comes out at once: cut off before it was known how it ends
        ("query --list --no-such-option", 2),
        ("load --url http://127.0.0.1:9", 2),
        ("review --fail-on low --json", 141),  # and so does what is larger than a buffer
    ],
)
def test_a_reader_that_goes_away_makes_no_exit_code_better(loaded: Desk, words: str, code: int) -> None:
    """As in `rc2graph review --fail-on high | head`, where a cron with `pipefail` looks for findings."""
    process = loaded.start(*words.split())
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    with process.stderr as err:
        told = err.read()
    assert process.wait(60) == code
    assert "Broken" not in told
    assert "Traceback" not in told
