"""What is printed for machines is what machines read; and what a person is told to type next is what he needs."""

import csv
import json
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from rc2graph.cli.options import as_typed
from rc2graph.cli.terminal import print_json
from tests.commands import Desk, office
from tests.engines import Engine
from tests.faults import Simulator


def test_json_has_no_number_that_json_does_not_know(capsys: pytest.CaptureFixture[str]) -> None:
    """A statement of a person's own may return them, and no reader but Python's takes NaN."""
    print_json({"rows": [{"share": float("nan"), "of": (float("-inf"), 1.5, 2, None, True)}]})

    def refused(text: str) -> object:
        raise AssertionError(f"{text} is no JSON")

    told = json.loads(capsys.readouterr().out, parse_constant=refused)
    assert told == {"rows": [{"share": "nan", "of": ["-inf", 1.5, 2, None, True]}]}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("load", "rc2graph load --snapshot 'my file'"),
        ("load --home elsewhere --dry-run", "rc2graph load --snapshot 'my file' --home elsewhere --dry-run"),
        ("load --snapshot a.sqlite", "rc2graph load --snapshot a.sqlite"),
        ("load --snapshot=a.sqlite", "rc2graph load --snapshot=a.sqlite"),
        ("load --neo4j-password s3cret -q", "rc2graph load --snapshot 'my file' -q"),
        ("load --neo4j-password=s3cret", "rc2graph load --snapshot 'my file'"),
    ],
)
def test_going_on_is_with_the_options_that_were_typed(monkeypatch: pytest.MonkeyPatch, typed: str, told: str) -> None:
    """Without `--home`, what was read would go into another graph. A password is not repeated."""
    monkeypatch.setattr(sys, "argv", ["rc2graph", *typed.split()])
    assert as_typed("--snapshot", Path("my file")) == told


def test_a_workspace_that_is_not_there_is_not_one_without_rows(tmp_path: Path, embedded_engine: Engine) -> None:
    desk = Desk(tmp_path)
    with Simulator(office()) as server:
        desk.at(server, embedded_engine).ok("load", "--workspace", "berlin")
    at = desk.at(None, embedded_engine)
    assert "2 rows" in at.ok("query", "administrators", "--workspace", "berlin")
    said = at.run("query", "administrators", "--workspace", "belrin")
    assert (said.code, said.out) == (2, "")
    assert "no workspace 'belrin'" in said.told
    assert "berlin" in said.told


def test_tables_fit_a_narrow_window(tmp_path: Path, embedded_engine: Engine) -> None:
    """What would not fit stands below its row; no name and no word is broken."""
    company, desk = office(), Desk(tmp_path)
    with Simulator(company) as server:
        desk.at(server, embedded_engine).ok("load", "--workspace", "berlin")
        company.add_role("keepers-of-the-list-of-permissions")
        company.grant("access-permissions", "keepers-of-the-list-of-permissions")
        for number in range(4):
            company.assign(f"staff.{number:02}", "keepers-of-the-list-of-permissions")
        company.add_member("vault", "staff.05", ["owner", "moderator"])
        desk.at(server, embedded_engine).ok("load", "--workspace", "berlin")
    at = desk.at(None, embedded_engine)
    for words in (("who", "admin"), ("review", "--open"), ("diff",)):
        for columns in (80, 120):
            text = on_screen(at, columns, *words)
            tables = [line for line in text.splitlines() if line.startswith(" ")]
            assert max(map(len, tables)) <= columns, text
            assert re.search(r"staff\.0[0-4]\b", text)
    assert "\nTier A: the permission alone suffices to become administrator. " in at.ok("who", "admin")
    text = on_screen(at, 80, "diff")
    assert re.search(
        r"^ staff\.00 +active +gained +tier A.*\n +through +keepers-of-the-list-of-permissions", text, re.M
    )
    text = on_screen(at, 80, "review", "--open")
    assert re.search(r"^ high +staff\.00 .*never decided\n +access +role keepers-of-the-list-of-", text, re.M)


def test_last_lines_are_folded_between_words(tmp_path: Path, embedded_engine: Engine) -> None:
    """But for a command and the name of a file, which are to be copied. In a pipe a sentence is a line."""
    company, desk = office(), Desk(tmp_path)
    with Simulator(company) as server:
        at = desk.at(server, embedded_engine)
        shown = {"load": on_screen(at, 80, "load", "--workspace", "the-office-in-berlin-and-everybody-in-it")}
    at = desk.at(None, embedded_engine)
    at.ok("review", "--worksheet", "w.csv", "--scope", "all")
    decided = (tmp_path / "w.csv").read_text(encoding="utf-8-sig").splitlines()
    place = next(csv.reader(decided[:1])).index("decision")
    rows = list(csv.reader(decided))
    rows[1][place] = "approve"
    with (tmp_path / "w.csv").open("w", encoding="utf-8", newline="") as sheet:
        csv.writer(sheet).writerows(rows)
    shown["attest"] = on_screen(at, 80, "attest", "w.csv", "--reviewer", "rob.the.reviewer@berlin.example.org")
    shown["impact"] = on_screen(at, 80, "impact")
    shown["who"] = on_screen(at, 80, "who", "admin")
    shown["evidence"] = on_screen(at, 80, "evidence", "q2")
    for verb, text in shown.items():
        lines = [line for line in text.splitlines() if not line.startswith("Snapshot: ")]
        long = [line for line in lines if len(line) > 80 and " " in line and "rc2graph " not in line]
        assert long == [], (verb, text)
    assert re.search(r"is\s+up\s+to\s+date\s+with\s+the-office-in-berlin-and-everybody-in-it\s", shown["load"])
    assert re.search(
        r"^rc2graph review --open lists what is left\.$|[.] rc2graph review --open lists", shown["attest"], re.M
    )
    assert "\nrc2graph evidence --verify q2 tells it again.\n" in shown["evidence"]
    assert "Tier A" not in shown["who"], "where none is shown, none is explained"
    piped = at.ok("evidence", "q3")
    assert "Note that down where nobody can change it. rc2graph evidence --verify q3 tells it again.\n" in piped


def on_screen(desk: Desk, columns: int, *words: str) -> str:
    """What a terminal of that width shows, without its colours."""
    ours, theirs = pty.openpty()
    environment = {**desk.environment(), "COLUMNS": str(columns), "TERM": "xterm"}
    command = [sys.executable, "-m", "rc2graph", *words]
    with subprocess.Popen(command, cwd=desk.folder, env=environment, stdout=theirs, stderr=subprocess.DEVNULL) as run:
        os.close(theirs)
        said = bytearray()
        with suppress(OSError), os.fdopen(ours, "rb", buffering=0) as screen:  # EIO when the last writer has gone
            while part := screen.read(65_536):
                said += part
    assert run.returncode == 0
    return re.sub(r"\x1b\[[\d;]*m", "", said.decode()).replace("\r\n", "\n")


def test_what_is_near_is_offered_and_nothing_else(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert "Did you mean administrators" in desk.run("query", "adminstrators").told
    assert "Near" not in desk.run("query", "qqqqqq").told
    assert "Did you mean 'load'" in desk.run("laod").err
    assert "--dry-run" in desk.run("load", "--dryrun").err
