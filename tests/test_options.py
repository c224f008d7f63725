"""Options: each declared once, in a panel; where a setting comes from; and how a length of time is written."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from rc2graph.cli import app
from rc2graph.cli import options as o
from rc2graph.cli.activity import working
from rc2graph.cli.verbs import Verbs
from rc2graph.duration import duration, written
from rc2graph.errors import UsageError
from tests.commands import Desk, office
from tests.faults import Simulator

TOKEN = "rc2graph-Test_Token-0123456789-abcdefghijkl"
GOOD = {"ROCKETCHAT_URL": "http://127.0.0.1:9", "ROCKETCHAT_USER_ID": "someone", "ROCKETCHAT_AUTH_TOKEN": TOKEN}
VERBS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
posix = pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def asked() -> Iterator[list[Any]]:
    """What a verb gets that is called as `call` does."""
    yield []
    working.stop()


def env_file(desk: Desk, text: str, mode: int = 0o600) -> str:
    path = desk.folder / "settings.env"
    path.write_bytes(text.encode())
    path.chmod(mode)
    return path.name


# ---- declared once, shown in panels

SHOWN = {
    "Source": {"check", "collect", "load"},
    "Graph": set(VERBS) - {"check", "demo", "simulate"},
    "Output": set(VERBS) - {"demo", "simulate"},
    "Logging": set(VERBS) - {"simulate"},
    "Decisions": {"review"},
}


def panels(text: str) -> dict[str, set[str]]:
    """The options below each heading."""
    found: dict[str, set[str]] = defaultdict(set)
    heading = ""
    for line in text.splitlines():
        if line and not line.startswith(" "):
            heading = line.partition(":")[0]
        found[heading] |= set(re.findall(r"^  (?:-\w, )?(--[a-z0-9-]+)", line))
    return found


def test_help_shows_each_option_in_its_panel() -> None:
    shown = {verb: panels(CliRunner().invoke(app, [verb, "--help"]).output) for verb in VERBS}
    for panel, verbs in SHOWN.items():
        assert {verb for verb, found in shown.items() if panel in found} == verbs, panel
    assert shown["load"]["Source"] == {
        "--url", "--user-id", "--token-file", "--ca-bundle", "--insecure-http", "--rate-calls", "--rate-period",
        "--retry-for", "--no-emails", "--resume-within",
    }  # fmt: skip
    assert shown["who"]["Graph"] == {
        "--workspace", "--home", "--neo4j-uri", "--neo4j-username", "--neo4j-password", "--neo4j-database",
    }  # fmt: skip
    assert shown["who"]["Output"] == {"--json", "--csv", "--html", "--overwrite"}
    assert shown["who"]["Logging"] == {"--verbose", "--quiet", "--log-format"}
    assert shown["who"]["Options"] == {"--all", "--as-of", "--env-file", "--help"}
    assert {verb for verb, found in shown.items() if "--env-file" not in found["Options"]} == {"simulate"}


def test_an_option_says_the_same_wherever_it_is() -> None:
    """But for those that each verb has for itself under one name."""
    said: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    for verb, command in VERBS.items():
        for param in command.make_context(verb, [], resilient_parsing=True).command.params:
            if param.param_type_name == "option":
                text = re.sub(r"; default: \w+|  \[default: .*\]", "", param.help)
                said[param.opts[0]].add((text, param.envvar, param.rich_help_panel or "Options"))
    own = {
        "--all", "--csv", "--html", "--keep", "--list", "--param", "--port", "--snapshot", "--verify",
        "--withdraw-ahead",
    }  # fmt: skip
    assert {name for name, texts in said.items() if len(texts) > 1} == own
    assert {param[1] for texts in said.values() for param in texts} - {None} == {
        "ROCKETCHAT_URL", "ROCKETCHAT_USER_ID", "RC2GRAPH_RATE_CALLS", "RC2GRAPH_RATE_PERIOD", "RC2GRAPH_RETRY_FOR",
        "RC2GRAPH_HOME", "NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE", "RC2GRAPH_LOG_FORMAT",
        "RC2GRAPH_ENV_FILE",
    }  # fmt: skip


def test_one_form_of_output_at_most(desk: Desk) -> None:
    for words, names in (
        (["why", "ana.admin", "--mermaid", "--link"], "--mermaid and --link"),
        (["review", "--json", "--markdown"], "--json and --markdown"),
        (["who", "admin", "--json", "--csv"], "--json and --csv"),
    ):
        said = desk.run(*words)
        assert (said.code, said.told) == (2, f"{names} exclude each other.\nNext: Choose one.\n")


# ---- a file of settings


def test_a_file_of_settings_is_enough_for_every_night(desk: Desk) -> None:
    """As an editor on Windows leaves it, with a comment, `export`, quotes and blanks; every verb reads it."""
    with Simulator(office()) as server:
        user, token = server.credentials
        lines = (
            "# every night", "", f"ROCKETCHAT_URL={server.url}  # the office", f"export ROCKETCHAT_USER_ID = {user} ",
            f"ROCKETCHAT_AUTH_TOKEN='{token} '", 'RC2GRAPH_HOME=" kept"', "NEO4J_URI=", "OTHER=1",
        )  # fmt: skip
        name = env_file(desk, "\ufeff" + "".join(f"{line}\r\n" for line in lines))
        at = desk.at(RC2GRAPH_ENV_FILE=f" {name}\r")
        at.ok("check")
        at.ok("load", "--quiet", "--workspace", "office")
    for verb in (["status"], ["who", "admin"], ["diff", "--json"], ["query", "administrators"]):
        said = at.run(*verb) if verb[0] == "diff" else desk.run(*verb, "--env-file", name)
        assert said.code == (2 if verb[0] == "diff" else 0), said  # there is one snapshot only
        assert "kept" in said.err or verb[0] != "diff"
    assert (desk.folder / "kept").is_dir()
    assert not (desk.folder / "rc2graph-data").exists()


@pytest.mark.parametrize(
    ("words", "environment", "home"),
    [
        ([], {}, "of-the-file"),
        ([], {"RC2GRAPH_HOME": "of-the-environment"}, "of-the-environment"),
        ([], {"RC2GRAPH_HOME": ""}, "rc2graph-data"),
        (["--home", "typed"], {"RC2GRAPH_HOME": "of-the-environment"}, "typed"),
        (["--home", "typed"], {}, "typed"),
    ],
    ids=lambda value: " ".join(value) or "nothing",
)
def test_options_win_over_the_environment_and_that_over_the_file(
    desk: Desk, words: list[str], environment: dict[str, str], home: str
) -> None:
    name = env_file(desk, "RC2GRAPH_HOME=of-the-file\nRC2GRAPH_LOG_FORMAT=json\n")
    said = desk.at(**environment).run("status", *words, "--env-file", name)
    assert said.code == 7
    assert home in json.loads(said.err.splitlines()[-1])["message"]


def test_a_next_step_names_the_file_that_was_typed(desk: Desk) -> None:
    name = env_file(desk, "RC2GRAPH_HOME=of-the-file\n")
    assert f"rc2graph load --env-file {name}" in desk.run("status", "--env-file", name).told


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (None, ["file with settings settings.env cannot be read", "No such file", "--env-file", "RC2GRAPH_ENV_FILE"]),
        (b"ROCKETCHAT_URL=\xff\n", ["settings.env cannot be read", "UTF-8"]),
        (f"A=1\n\n{TOKEN}\n".encode(), ["Line 3 of settings.env is not a setting", "NAME=value"]),
        (f"ROCKETCHAT_AUTH_TOKEN: {TOKEN}\n".encode(), ["Line 1 of"]),
        (f"# one\nROCKETCHAT_AUTH_TOKEN='{TOKEN}\n".encode(), ["Line 2 of", "quotes"]),
        (f"A=1\nROCKETCHAT_AUTH_TOKEN={TOKEN}\0\n".encode(), ["Line 2 of"]),
    ],
    ids=["missing", "not text", "no name", "yaml", "a quote that stays open", "a zero byte"],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_file_that_cannot_be_read_is_named_and_never_shown(
    desk: Desk, content: bytes | None, texts: list[str], form: str
) -> None:
    if content is not None:
        (desk.folder / "settings.env").write_bytes(content)
    said = desk.run("check", "--env-file", "settings.env", "--log-format", form)
    assert (said.code, said.out) == (2, "")
    told = " ".join(map(str, json.loads(said.err).values())) if form == "json" else said.told
    for text in texts:
        assert text in told
    assert TOKEN not in said.err
    assert form == "json" or "Next: " in told


def test_a_folder_is_no_file_of_settings(desk: Desk) -> None:
    said = desk.at(RC2GRAPH_ENV_FILE="home-of-the-user").run("status")
    assert (said.code, "Is a directory" in said.told) == (2, True)


@posix
@pytest.mark.parametrize(
    ("text", "mode", "warned"),
    [
        (f"ROCKETCHAT_AUTH_TOKEN={TOKEN}\n", 0o644, True),
        ("NEO4J_PASSWORD='s3cret word'\n", 0o640, True),
        (f"ROCKETCHAT_AUTH_TOKEN={TOKEN}\n", 0o600, False),
        ("ROCKETCHAT_URL=https://chat.example.org\n", 0o644, False),
    ],
    ids=["others", "a group", "nobody else", "no secret"],
)
def test_secrets_that_others_can_read_are_said(desk: Desk, text: str, mode: int, warned: bool) -> None:
    name = env_file(desk, text, mode)
    said = desk.run("status", "--quiet", "--env-file", name)
    warning = f"Other users of this machine can read the secrets in {name} (mode {mode:04o}). Next: chmod 600 {name}"
    assert (warning in said.err) == warned
    assert TOKEN not in said.err + said.out
    assert "s3cret" not in said.err + said.out


# ---- lengths of time


def call(asked: list[Any], *words: str, env: dict[str, str] | None = None) -> Any:
    """What a verb gets for these words."""
    verbs = Verbs()

    @verbs.command()
    def probe(source: o.CollectOptions, logging: o.LogOptions) -> None:
        """Example."""
        asked.append(source)

    done = CliRunner().invoke(verbs, words, env=env, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return asked[-1]


@pytest.mark.parametrize(
    ("option", "typed", "meant"),
    [
        ("retry_for", "5m", timedelta(minutes=5)),
        ("retry_for", "300", timedelta(seconds=300)),
        ("retry_for", "0", timedelta(0)),
        ("retry_for", "0.5", timedelta(seconds=0.5)),
        ("rate_period", "60s", timedelta(seconds=60)),
        ("rate_period", " 60 ", timedelta(seconds=60)),
        ("rate_period", ".5", timedelta(seconds=0.5)),
        ("resume_within", "6h", timedelta(hours=6)),
        ("resume_within", "90m", timedelta(minutes=90)),
        ("resume_within", "1.5", timedelta(hours=1.5)),
        ("resume_within", "0", timedelta(0)),
    ],
    ids=str,
)
def test_a_length_of_time_has_a_unit_and_a_number_alone_means_what_it_did(
    asked: list[Any], option: str, typed: str, meant: timedelta
) -> None:
    assert getattr(call(asked, f"--{option.replace('_', '-')}", typed), option) == meant
    if option != "resume_within":
        assert getattr(call(asked, env={f"RC2GRAPH_{option.upper()}": typed}), option) == meant


def test_lengths_that_nobody_typed(asked: list[Any]) -> None:
    found = call(asked)
    assert (found.retry_for, found.rate_period, found.resume_within) == (
        timedelta(minutes=5), None, timedelta(hours=6),
    )  # fmt: skip


@pytest.mark.parametrize("wrong", ["", "soon", "5 m", "5M", "-1", "1.5h", "inf", "nan", "1e3", "5m30s", "٣"])
def test_what_is_no_length_is_refused_with_the_forms(wrong: str) -> None:
    with pytest.raises(UsageError) as refused:
        duration(wrong, "--retry-for", "5m", bare="s", zero=True)
    error = refused.value
    assert error.what == f"--retry-for {wrong!r} is not a duration."
    for form in ("s (seconds)", "m (minutes)", "h (hours)", "d (days)", "a number alone means seconds"):
        assert form in error.why
    assert error.next_step == "Write it like --retry-for 5m"


def test_the_error_names_where_the_length_was_set(desk: Desk) -> None:
    said = desk.at(**GOOD, RC2GRAPH_RATE_PERIOD="1 minute").run("check", "--log-format", "json")
    told = json.loads(said.err)
    assert (said.code, told["message"]) == (2, "RC2GRAPH_RATE_PERIOD '1 minute' is not a duration.")
    assert told["next"] == "Write it like RC2GRAPH_RATE_PERIOD=60s"
    said = desk.at(**GOOD).run("check", "--rate-period", "2h")
    assert "--rate-period at most 1h" in said.told
    for words in (["status", "--max-age", ""], ["prune", "--keep", "3", "--older-than", ""]):
        assert "is not a duration" in desk.run(*words).told, "a variable that is not set must not mean: nothing to do"


def test_a_length_is_written_as_it_is_typed() -> None:
    for text in ("90s", "5m", "90m", "26h", "7d"):
        assert written(duration(text, "--x", "5m")) == text
    assert [written(timedelta(seconds=n)) for n in (0, 0.5, 60, 86400)] == ["0s", "0.5s", "1m", "1d"]
