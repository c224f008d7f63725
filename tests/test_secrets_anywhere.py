"""A secret in the wrong place is not repeated: as any option, argument or setting, in any form, at any verb."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from rc2graph.secret import looks_secret, without
from tests.commands import Desk

TOKEN = "R7x_Kq3vT9-bLw2ZpY8sNf4HcJ6mDa1GtE5uXo0QiVk"
FORMS = {
    TOKEN: [TOKEN],
    "https://user:Pa55/w0rd@host": ["Pa55", "w0rd"],
    f"https://{TOKEN}": [TOKEN],
    f"https://chat.example.org/{TOKEN}/x": [TOKEN],
    f"https://chat.example.org/?token={TOKEN}": [TOKEN],
    "https://chat.example.org/?token=s3cret-w0rd": ["s3cret-w0rd"],
    "bolt://user:Pa55w0rd@localhost:7687": ["Pa55w0rd"],
    f"{TOKEN}.txt": [TOKEN],
    f"--{TOKEN}": [TOKEN],
    f"'{TOKEN}'\r\n": [TOKEN],
}

PROGRAM = """
import io, json, os, sys
import typer
import rc2graph.cli
from rc2graph.cli import streams
from rc2graph.cli.activity import working
streams.AS_DATA = ()
forms, short = json.loads(sys.argv[1]), 2
command = typer.main.get_command(rc2graph.cli.app)
told, clean = [], dict(os.environ)

def run(words, **settings):
    os.environ.clear(); os.environ.update({**clean, **settings})
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    sys.argv, sys.stdout, sys.stderr = ["rc2graph", *words], out, err
    streams.mask = rc2graph.cli.streams.mask = type(streams.mask)()
    try:
        rc2graph.cli.main()
    except SystemExit:
        pass
    finally:
        working.stop()
        sys.stdout.flush(); sys.stderr.flush()
        said = out.buffer.getvalue().decode() + err.buffer.getvalue().decode()
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    told.append((words, settings, said))

variables = set()
for form in forms:
    run([form])
    run(["load", "--log-format", "json", "--url", form])
    for name, verb in command.commands.items():
        if name in ("simulate", "demo", "browser"):  # these go on until somebody stops them
            continue
        run([name, form])
        for one in verb.make_context(name, [], resilient_parsing=True).command.params:
            variables |= {one.envvar} - {None}
            if one.param_type_name == "option" and not one.is_flag:
                if form in forms[:short]:
                    run([name, one.opts[0], form])
    for variable in sorted(variables | {"ROCKETCHAT_AUTH_TOKEN", "NEO4J_PASSWORD"}):
        for verb in ("check", "status"):
            run([verb], **{variable: form})
print(json.dumps(told))
"""


def test_no_option_argument_or_setting_repeats_a_secret(tmp_path: Path) -> None:
    desk = Desk(tmp_path, apart=True).at(
        ROCKETCHAT_URL="http://127.0.0.1:9", ROCKETCHAT_USER_ID="me", ROCKETCHAT_AUTH_TOKEN="x" * 43
    )
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(list(FORMS))], cwd=tmp_path,
        env=desk.at(RC2GRAPH_RETRY_FOR="0").environment(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert len(told) > 700
    for words, settings, said in told:
        assert "Traceback" not in said, (words, settings, said)
        assert said, (words, settings)
        for form, secrets in FORMS.items():
            if any(form in given for given in (*words, *settings.values())):
                found = [one for one in secrets if one.lower() in said.lower()]
                assert found == [], (words, settings, said)


def test_a_token_that_is_no_file_is_not_asked_for_as_one(tmp_path: Path) -> None:
    desk = Desk(tmp_path, apart=True).at(ROCKETCHAT_URL="http://127.0.0.1:9", ROCKETCHAT_USER_ID="me")
    said = desk.run("check", "--token-file", TOKEN)
    assert (said.code, said.out) == (2, "")
    assert "looks like a token itself" in said.told
    assert "ROCKETCHAT_AUTH_TOKEN" in said.told


def test_a_workspace_is_not_named_by_a_token(tmp_path: Path) -> None:
    desk = Desk(tmp_path, apart=True).at(
        ROCKETCHAT_URL="http://127.0.0.1:9", ROCKETCHAT_USER_ID="me", ROCKETCHAT_AUTH_TOKEN=TOKEN
    )
    said = desk.run("load", "--workspace", TOKEN)
    assert (said.code, said.told.splitlines()[0]) == (2, "The name of the workspace looks like a token.")


@pytest.mark.parametrize(
    "text",
    [
        "https://chat.example.org", "deactivated-members-of-private-teams-and-rooms", "/var/lib/rc2graph/snapshots",
        "90b42e1f7c0d5a6690b42e1f7c0d5a6690b42e1f7c0d5a6690b42e1f7c0d5a66", "269e0d37f2a74de452e6b438",
        "P4q7cvD6QFa5bxec5", "chat.example.org-1f4e9c02-20260712T080000000Z.sqlite",
        "internal-a1b2c3d4e5f6a7b8-1234567890.eu-central-1.elb.amazonaws.com",
        "Review-2026-Q2-of-the-Workspace-in-Berlin.html", "deactivatedMembersOfPrivateTeams2026Q2.csv",
        "MATCH (u:User)-[:HAS_ROLE]->(r:Role)-[:GRANTS]->(p:Permission {id: $p}) RETURN u.username",
    ],
)  # fmt: skip
def test_what_people_type_every_day_is_no_secret(text: str) -> None:
    assert not looks_secret(text)


def test_only_foreign_words_are_cut_and_only_long_ones() -> None:
    assert without("the server says S3CRET-word and s3cret-word", "s3cret-word") == "the server says … and …"
    assert without("Neo4j does not answer", "e", "o4j", "") == "Neo4j does not answer"
