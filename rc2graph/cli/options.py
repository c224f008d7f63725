"""The options that several verbs share, under the names that the documents promise, and what becomes of them."""

import inspect
import os
import re
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rc2graph import config
from rc2graph.cli import logging, next_steps, streams
from rc2graph.cli.complete import things
from rc2graph.errors import UsageError
from rc2graph.secret import looks_secret

if TYPE_CHECKING:
    from rc2graph.graph.connect import Target
    from rc2graph.rocketchat.address import Address
    from rc2graph.rocketchat.client import Client, Credentials

SOURCE, GRAPH, PACE = "Rocket.Chat", "Graph", "Pace"

Url = Annotated[str, typer.Option("--url", envvar="ROCKETCHAT_URL", help="Workspace's address.", rich_help_panel=SOURCE)]  # fmt: skip
UserId = Annotated[str, typer.Option("--user-id", envvar="ROCKETCHAT_USER_ID", help="User id of the token.", rich_help_panel=SOURCE)]  # fmt: skip
TokenFile = Annotated[Path | None, typer.Option("--token-file", help="File with the token, instead of ROCKETCHAT_AUTH_TOKEN.", rich_help_panel=SOURCE)]  # fmt: skip
CaBundle = Annotated[Path | None, typer.Option("--ca-bundle", help="Certificate authorities to trust.", rich_help_panel=SOURCE)]  # fmt: skip
Insecure = Annotated[bool, typer.Option("--insecure-http", help="Allow http to another machine.", rich_help_panel=SOURCE)]  # fmt: skip
Workspace = Annotated[str, typer.Option("--workspace", help="Name in the graph (default: its address).", rich_help_panel=GRAPH)]  # fmt: skip
Home = Annotated[Path, typer.Option("--home", envvar="RC2GRAPH_HOME", help="Folder of snapshots and embedded graph.", rich_help_panel=GRAPH)]  # fmt: skip
Neo4jUri = Annotated[str, typer.Option("--neo4j-uri", envvar="NEO4J_URI", help="Default: embedded.", rich_help_panel=GRAPH)]  # fmt: skip
Neo4jUser = Annotated[str, typer.Option("--neo4j-username", envvar="NEO4J_USERNAME", help="Default: neo4j.", rich_help_panel=GRAPH)]  # fmt: skip
Neo4jPassword = Annotated[str, typer.Option("--neo4j-password", envvar="NEO4J_PASSWORD", help="Better set in the environment.", rich_help_panel=GRAPH)]  # fmt: skip
Neo4jDatabase = Annotated[str, typer.Option("--neo4j-database", envvar="NEO4J_DATABASE", help="Default: its own.", rich_help_panel=GRAPH)]  # fmt: skip
RateCalls = Annotated[int | None, typer.Option("--rate-calls", envvar="RC2GRAPH_RATE_CALLS", help="Calls a period and route, at most (10).", rich_help_panel=PACE)]  # fmt: skip
RatePeriod = Annotated[float | None, typer.Option("--rate-period", envvar="RC2GRAPH_RATE_PERIOD", help="Seconds of that period (60).", rich_help_panel=PACE)]  # fmt: skip
RetryFor = Annotated[float, typer.Option("--retry-for", envvar="RC2GRAPH_RETRY_FOR", help="Seconds that one request may go on failing.", rich_help_panel=PACE)]  # fmt: skip
NoEmails = Annotated[bool, typer.Option("--no-emails", help="Leave e-mail addresses out.")]
ResumeWithin = Annotated[float, typer.Option("--resume-within", help="Hours within which an unfinished collection is gone on with.")]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="JSON on stdout, and nothing else there.")]
Access = Annotated[str, typer.Argument(help="admin, permission:ID, role:NAME, team:NAME, room:NAME, or a bare name.", autocompletion=things)]  # fmt: skip
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log every request.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Log warnings only.")]
LogFormat = Annotated[logging.LogFormat, typer.Option("--log-format", envvar="RC2GRAPH_LOG_FORMAT", help="json: an object a line on stderr.")]  # fmt: skip

DEFAULT_HOME = Path("rc2graph-data")
DEFAULT_RETRY = 300.0


class Verbs(typer.Typer):
    """Each verb that logs has `--log-format`, beside its own options."""

    def command(self, *names: Any, **about: Any) -> Callable[[Any], Any]:
        register = super().command(*names, **about)
        return lambda verb: register(_logged(verb))


_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def _as_address(workspace: str) -> str:
    """A workspace that is named by its address, as `--url` would call it: without a slash at its end, its host in small
    letters."""
    from rc2graph.rocketchat.address import Address

    try:
        return str(Address.parse(workspace, insecure=True))
    except UsageError:  # a name like another, or what is refused elsewhere in its own words
        return workspace


def _logged(verb: Callable[..., None]) -> Callable[..., None]:
    signature = inspect.signature(verb)
    next_steps.register(verb.__name__, signature)

    @wraps(verb)
    def told(
        context: typer.Context, log_format: logging.LogFormat = logging.LogFormat.text, **options: Any
    ) -> None:  # fmt: skip
        logging.LogSettings.verb, logging.LogSettings.format = verb.__name__, log_format
        streams.as_data(verb.__name__)
        tidied = config.tidied(options)
        if _ADDRESS.match(str(tidied.get("workspace", ""))):
            tidied["workspace"] = _as_address(tidied["workspace"])
        next_steps.note_typed(context, tidied)
        verb(**tidied)

    kind = inspect.Parameter.KEYWORD_ONLY
    more = {"context": inspect.Parameter("context", kind, annotation=typer.Context)}
    if "quiet" in signature.parameters:
        default = logging.LogFormat.text
        more["log_format"] = inspect.Parameter("log_format", kind, default=default, annotation=LogFormat)
    told.__annotations__ = {**verb.__annotations__, **{name: one.annotation for name, one in more.items()}}
    told.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values(), *more.values()]
    )
    return told


@dataclass(frozen=True)
class Source:
    """Where to read, and as whom."""

    address: "Address"
    credentials: "Credentials"
    calls: int | None = None
    period: float | None = None
    retry_for: float = DEFAULT_RETRY
    ca_bundle: Path | None = None

    def client(self, folder: Path | None = None, retry_for: float | None = None) -> "Client":
        from rc2graph.rocketchat.client import Client
        from rc2graph.rocketchat.throttle import Pace

        bound = self.calls is not None or self.period is not None
        return Client(
            self.address,
            self.credentials,
            pace=Pace(self.calls or 10, self.period or 60.0, bound),
            retry_for=self.retry_for if retry_for is None else retry_for,
            ca_bundle=str(self.ca_bundle) if self.ca_bundle else None,
            folder=folder,
        )


def source(
    url: str,
    user_id: str,
    token_file: Path | None,
    ca_bundle: Path | None,
    insecure: bool,
    calls: int | None = None,
    period: float | None = None,
    retry_for: float = DEFAULT_RETRY,
) -> Source:
    """Check what can be checked without asking the server. Errors: `UsageError`."""
    from rc2graph.rocketchat.address import Address
    from rc2graph.rocketchat.client import Credentials

    address = Address.parse(url, insecure=insecure)
    if not user_id:
        raise UsageError(
            "No user id is set.", "The token counts only together with it.", "Set ROCKETCHAT_USER_ID (or --user-id)."
        )
    if ca_bundle and not ca_bundle.is_file():
        raise UsageError(f"There is no file {ca_bundle}.", "", "Name the certificate authorities with --ca-bundle.")
    if (calls is not None and calls < 1) or (period is not None and not 0 < period <= 3600):
        raise UsageError("The pace makes no sense.", "", "--rate-calls is at least 1, --rate-period above 0 seconds.")
    if not retry_for >= 0:
        raise UsageError("--retry-for makes no sense.", "", "It is a number of seconds, 0 or more.")
    token = _token(token_file)
    for name, secret in (("token", token), ("user id", user_id)):
        if not secret.isascii() or not secret.isprintable() or " " in secret:
            raise UsageError(
                f"The {name} has characters that none has.",
                "There is a blank, a line end or a letter with an accent inside it.",
                "Copy it again.",
            )
    return Source(address, Credentials(user_id, token), calls, period, retry_for, ca_bundle)


def _token(token_file: Path | None) -> str:
    if token_file:
        try:
            token = token_file.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as error:
            if looks_secret(str(token_file)) or re.fullmatch(r"[\w-]{20,}", str(token_file)):
                raise UsageError(
                    "The token file cannot be read.",
                    "What --token-file names looks like a token itself, and was not looked at any further.",
                    "Put the token into a file of its own, or into ROCKETCHAT_AUTH_TOKEN.",
                ) from error
            raise unreadable("token file", token_file, error, "Name another with --token-file.") from error
    else:
        token = os.environ.get("ROCKETCHAT_AUTH_TOKEN", "").strip()
        if not token and sys.stdin.isatty() and sys.stderr.isatty():
            token = str(typer.prompt("Token", hide_input=True, err=True)).strip()
    streams.mask.learn([token])
    if not token:
        raise UsageError(
            "No token is set.",
            "",
            "Set ROCKETCHAT_AUTH_TOKEN or --token-file. Rocket.Chat makes one under avatar → Profile → "
            "Personal Access Tokens, and shows the user id with it.",
        )
    return token


def unreadable(what: str, file: Path, error: OSError | UnicodeDecodeError, next_step: str) -> UsageError:
    why = f"{error.strerror}." if isinstance(error, OSError) else "It is no text in UTF-8."
    return UsageError(f"The {what} {file} cannot be read.", why, next_step)


def target(uri: str, username: str, password: str, database: str, home: Path) -> "Target":
    from rc2graph.graph.connect import target_from

    return target_from(uri, username, password, database, home)


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


def workspace_name(name: str, address: "Address") -> str:
    if name and (not name.isprintable() or len(name) > 200):
        raise UsageError("The name of the workspace has characters that make no name.", "", "Use plain letters.")
    if looks_secret(name):
        raise UsageError(
            "The name of the workspace looks like a token.",
            "It would be stored in the graph and in every snapshot.",
            "Name the workspace with --workspace, or leave that out: its address is its name.",
        )
    return name or address.url
