"""The options that several verbs share. Each is declared once, here, with its help, variable and panel.

    @app.command()
    def status(at: o.GraphOptions, output: o.OutputOptions, logging: o.LogOptions) -> None: ...

A verb takes a `Group` as one parameter; `cli.verbs` makes an option of each of its fields.
"""

import os
import re
import shlex
import sys
from dataclasses import dataclass, fields
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar, dataclass_transform

import typer

from rc2graph import config
from rc2graph.cli import streams
from rc2graph.cli.activity import working
from rc2graph.cli.complete import things
from rc2graph.cli.logging import LogFormat
from rc2graph.errors import UsageError
from rc2graph.secret import looks_secret
from rc2graph.text import listed

Taken = TypeVar("Taken")
OUTPUT = "Output"
PANELS = ("Arguments", "Options", "Decisions", "Source", "Graph", OUTPUT, "Logging")
"""The headings of `--help`, in their order."""


@dataclass_transform(frozen_default=True, eq_default=False)
def group(options: type[Taken]) -> type[Taken]:
    """A dataclass of options: cheaper than one that compares, and without a `repr` that shows a password."""
    return dataclass(eq=False, repr=False)(options)


class Group:
    """Options that belong together. `panel`: the heading above them in `--help`, one of `PANELS`."""

    panel: ClassVar[str]


class Settings(Group):
    """Options that name a place or a person: a blank at an end of one is what a file left there."""


@group
class Length:
    """An option that is a length of time. `bare`: the unit of a number without one, "" where it needs one."""

    example: str
    bare: str = ""
    zero: bool = False


# ---- Source

RetryFor = Annotated[timedelta, Length("5m", bare="s", zero=True), typer.Option("--retry-for", envvar="RC2GRAPH_RETRY_FOR", help="How long one request may fail, such as 90s.")]  # fmt: skip


@group
class SourceOptions(Settings):
    """Which Rocket.Chat to read, as whom, and how fast."""

    panel = "Source"
    url: Annotated[str, typer.Option("--url", envvar="ROCKETCHAT_URL", help="Address of the workspace.")] = ""
    user_id: Annotated[str, typer.Option("--user-id", envvar="ROCKETCHAT_USER_ID", help="User id of the token.")] = ""
    token_file: Annotated[Path | None, typer.Option("--token-file", help=f"File with the token, instead of {config.TOKEN}.")] = None  # fmt: skip
    ca_bundle: Annotated[Path | None, typer.Option("--ca-bundle", help="Certificate authorities to trust.")] = None
    insecure_http: Annotated[bool, typer.Option("--insecure-http", help="Allow http to another machine.")] = False
    rate_calls: Annotated[int | None, typer.Option("--rate-calls", envvar="RC2GRAPH_RATE_CALLS", help="Calls of a route in a period, at most (10).")] = None  # fmt: skip
    rate_period: Annotated[timedelta | None, Length("60s", bare="s"), typer.Option("--rate-period", envvar="RC2GRAPH_RATE_PERIOD", help="That period (60s).")] = None  # fmt: skip
    retry_for: RetryFor = config.RETRY_FOR

    def source(self) -> config.Source:
        """What can be checked without asking the server. Errors: `UsageError`."""
        from rc2graph.rocketchat.address import Address

        address = Address.parse(self.url, insecure=self.insecure_http)
        return config.Source(
            address.url,
            self.user_id,
            _token(self.token_file) if self.user_id else "",
            self.ca_bundle,
            self.insecure_http,
            self.rate_calls,
            self.rate_period,
            self.retry_for,
        )


@group
class CollectOptions(SourceOptions):
    """And what is kept of it."""

    no_emails: Annotated[bool, typer.Option("--no-emails", help="Leave e-mail addresses out.")] = False
    resume_within: Annotated[timedelta, Length("6h", bare="h", zero=True), typer.Option("--resume-within", help="Resume an unfinished collection that began within this time.")] = config.RESUME_WITHIN  # fmt: skip


def _token(token_file: Path | None) -> str:
    if token_file:
        try:
            token = token_file.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            if looks_secret(str(token_file)) or re.fullmatch(r"[\w-]{20,}", str(token_file)):
                raise UsageError(
                    "The token file cannot be read.",
                    "What --token-file names looks like a token itself, and was not looked at any further.",
                    f"Put the token into a file of its own, or into {config.TOKEN}.",
                ) from error
            raise config.unreadable("token file", token_file, error, "Name another with --token-file.") from error
    else:
        token = os.environ.get(config.TOKEN, "").strip()
        if not token and sys.stdin.isatty() and sys.stderr.isatty():
            with working.paused():
                token = str(typer.prompt("Token", hide_input=True, err=True)).strip()
    streams.mask.learn([token])
    return token


# ---- Graph


@group
class WorkspaceOptions(Settings):
    panel = "Graph"
    workspace: Annotated[str, typer.Option("--workspace", help="Its name in the graph (default: its address).")] = ""

    def __post_init__(self) -> None:
        from rc2graph.rocketchat.address import as_workspace

        object.__setattr__(self, "workspace", as_workspace(self.workspace))


@group
class HomeOptions(WorkspaceOptions):
    home: Annotated[Path, typer.Option("--home", envvar="RC2GRAPH_HOME", help="Folder of snapshots and embedded graph.")] = config.HOME  # fmt: skip


@group
class GraphOptions(HomeOptions):
    """Which graph, and which workspace in it."""

    neo4j_uri: Annotated[str, typer.Option("--neo4j-uri", envvar="NEO4J_URI", help="Neo4j to use (default: embedded).")] = ""  # fmt: skip
    neo4j_username: Annotated[str, typer.Option("--neo4j-username", envvar="NEO4J_USERNAME", help="Its user (default: neo4j).")] = ""  # fmt: skip
    neo4j_password: Annotated[str, typer.Option("--neo4j-password", envvar=config.PASSWORD, help="Password (better not typed).")] = ""  # fmt: skip
    neo4j_database: Annotated[str, typer.Option("--neo4j-database", envvar="NEO4J_DATABASE", help="Database (default: its own).")] = ""  # fmt: skip

    def target(self) -> config.GraphTarget:
        """Errors: `UsageError` for an address that is none."""
        return config.GraphTarget(
            self.neo4j_uri, self.neo4j_username, self.neo4j_password, self.neo4j_database, self.home
        )


# ---- Output

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.", rich_help_panel=OUTPUT)]


@group
class OutputOptions(Group):
    """Which form goes to stdout: one at most. Errors: `UsageError`."""

    panel = OUTPUT
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")] = False

    def __post_init__(self) -> None:
        forms = [f"--{field.name}" for field in fields(self) if getattr(self, field.name) is True]
        if len(forms) > 1:
            raise UsageError(f"{listed(forms)} exclude each other.", "", "Choose one.")


@group
class TableOptions(OutputOptions):
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV on stdout.")] = False


@group
class PageOptions(OutputOptions):
    markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown on stdout.")] = False


# ---- Logging


@group
class LogOptions(Group):
    """What goes to stderr."""

    panel = "Logging"
    terse: ClassVar[bool] = False
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every request.")] = False
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Log warnings only.")] = False
    log_format: Annotated[LogFormat, typer.Option("--log-format", envvar="RC2GRAPH_LOG_FORMAT", help="json: an object a line.", show_default=False)] = LogFormat.text  # fmt: skip


# ---- of no group

Access = Annotated[str, typer.Argument(help="admin, permission:ID, role:NAME, team:NAME, room:NAME, or a bare name.", autocompletion=things)]  # fmt: skip
AsOf = Annotated[str, typer.Option("--as-of", help="Ask the newest snapshot of this day or before, such as 2026-06-01.")]  # fmt: skip
Thresholds = Annotated[list[str] | None, typer.Option("--param", "-p", help="A threshold, such as dormant_days=90.")]
OwnQuestions = Annotated[Path | None, typer.Option("--questions", help="Ask the questions of this folder as well.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]
Keep = Annotated[
    int | None, typer.Option("--keep", min=1, metavar="<number>", help="Keep only so many snapshots, the newest.")
]


def _applied(path: str) -> config.EnvFile | UsageError | None:
    """Put the settings of the file where all other options look for theirs. What is wrong with it is returned: so early
    it is not known how to log it."""
    if not path:
        return None
    try:
        file = config.EnvFile.read(Path(path.strip()))
    except UsageError as error:
        return error
    streams.mask.learn(file.values.values())
    file.apply()
    return file


EnvFile = Annotated[str, typer.Option("--env-file", envvar=config.ENV_FILE, metavar="<path>", is_eager=True, callback=_applied, help="Read settings from a file.")]  # fmt: skip


def as_typed(option: str = "", value: object = "") -> str:
    """The command as it was typed, to go on with it: with this option where it was not, and without any password."""
    words, secret = list(sys.argv[1:]), "--neo4j-password"
    while secret in words:
        at = words.index(secret)
        del words[at : at + 2]
    words = [word for word in words if not word.startswith(f"{secret}=")]
    if option and not any(word == option or word.startswith(f"{option}=") for word in words):
        words[1:1] = [option, str(value)]
    return f"rc2graph {shlex.join(words)}"
