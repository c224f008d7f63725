"""Where settings come from: options, the environment, a file of `NAME=value` lines; and what they say of Rocket.Chat.

Options win over the environment, the environment over the file. A setting is the same with and without the line end or
blank that files with Windows line ends, base64 of an `echo` and copies from a page leave at an end. No setting can mean
one, but for the password of Neo4j: there blanks stay, and are named where it is refused.
"""

import os
import re
import shlex
import stat
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from rc2graph import checked
from rc2graph.errors import UsageError

_OURS = re.compile(r"(ROCKETCHAT|NEO4J|RC2GRAPH)_\w+")
_READ_BY_OTHERS = re.compile(
    r"ARCADEDB_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|SSL_CERT_(FILE|DIR)|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy"
)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TOKEN, PASSWORD = "ROCKETCHAT_AUTH_TOKEN", "NEO4J_PASSWORD"
ENV_FILE = "RC2GRAPH_ENV_FILE"
LINE_ENDS = "\r\n"
READ_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH

HOME, DEMO = Path("rc2graph-data"), Path("rc2graph-demo")
"""Where the graph is looked for, and where the demo keeps its own."""
RETRY_FOR = timedelta(minutes=5)
RESUME_WITHIN = timedelta(hours=6)
LONGEST_PERIOD = timedelta(hours=1)


# ---- what was set and typed


def tidy(words: list[str], environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """The command's words without line ends, and the environment's settings without line ends and blanks, in place.

    Errors: `UsageError` for what is not text in the character set of this machine."""
    for name, value in environment.items():
        if _OURS.fullmatch(name):
            _require_text(f"The value of {name}", value)
        if (tidied := without_ends(name, value)) != value:
            environment[name] = tidied
    for number, word in enumerate(words, 1):
        _require_text(f"Argument {number}", word)
    return [word.strip(LINE_ENDS) for word in words]


def without_ends(name: str, value: Any) -> Any:
    """A setting without what a file left at its ends. `name`: of the variable; of others nothing is taken away."""
    if name == PASSWORD:
        return str(value).strip(LINE_ENDS)
    return without_blanks(value) if _OURS.fullmatch(name) or _READ_BY_OTHERS.fullmatch(name) else value


def without_blanks(value: Any) -> Any:
    match value:
        case str():
            return value.strip()
        case Path():
            return Path(str(value).strip())
    return value


def secret_holders(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Values among which there may be a secret."""
    return [value for name, value in environment.items() if _OURS.fullmatch(name) or _READ_BY_OTHERS.fullmatch(name)]


def _require_text(what: str, value: str) -> None:
    """The system hands over bytes; Python keeps what is no text as lone surrogates, which nobody else takes."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise UsageError(
            f"{what} is not text in UTF-8.",
            "It holds bytes that the character set of this terminal does not know.",
            "Type it again; where it has accents, use a UTF-8 locale such as LC_ALL=C.UTF-8.",
        ) from error


# ---- a file of settings


@dataclass(frozen=True)
class EnvFile:
    """The settings of one file, and who may read it (`mode`, as of chmod)."""

    path: Path
    values: dict[str, str] = field(repr=False)
    mode: int

    def __str__(self) -> str:
        return str(self.path)

    @classmethod
    def read(cls, path: Path) -> "EnvFile":
        """What the file says, without asking anybody. Errors: `UsageError`, which names a line and never shows it."""
        try:
            with path.open(encoding="utf-8-sig") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                return cls(path, dict(_lines(path, file.read())), mode)
        except (OSError, UnicodeDecodeError) as error:
            raise unreadable("file with settings", path, error, _ANOTHER) from error

    def apply(self, environment: MutableMapping[str, str] = os.environ) -> None:
        """Set what the environment does not set already; a variable that is empty there is set."""
        for name, value in self.values.items():
            environment.setdefault(name, value)

    @property
    def warning(self) -> str:
        """That others may read a secret in it; "" where they may not."""
        exposed = os.name == "posix" and self.mode & READ_BY_OTHERS
        if not exposed or not any(self.values.get(name) for name in (TOKEN, PASSWORD)):
            return ""
        return (
            f"Other users of this machine can read the secrets in {self.path} (mode {self.mode:04o}). "
            f"Next: chmod 600 {shlex.quote(str(self.path))}"
        )


_ANOTHER = f"Name another with --env-file (or {ENV_FILE})."


def _lines(path: Path, text: str) -> Iterator[tuple[str, str]]:
    from io import StringIO

    from dotenv.parser import parse_stream

    for line in parse_stream(StringIO(text)):
        name, value = line.key or "", line.value
        if name and _NAME.fullmatch(name) and value is not None and "\0" not in value:
            yield name, without_ends(name, value)
        elif name or line.error:
            above = re.match(r"\s*", line.original.string)
            raise UsageError(
                f"Line {line.original.line + (above[0].count(chr(10)) if above else 0)} of {path} is not a setting.",
                "A setting is NAME=value, with single quotes around a value that has blanks or special characters.",
                "Correct that line: in quotes, write \\' for ' and \\\\ for \\.",
            )


def unreadable(what: str, file: Path, error: OSError | UnicodeDecodeError, next_step: str) -> UsageError:
    why = f"{error.strerror}." if isinstance(error, OSError) else "It is no text in UTF-8."
    return UsageError(f"The {what} {file} cannot be read.", why, next_step)


# ---- which Rocket.Chat


@dataclass(frozen=True)
class Source:
    """Which Rocket.Chat to read, as whom, and how fast. `rate_calls` a `rate_period` and route is an upper bound; None:
    what Rocket.Chat says. `retry_for`: how long one request may fail. Errors: `UsageError`, without asking anybody."""

    url: str
    user_id: str
    token: str = field(repr=False)
    ca_bundle: Path | None = None
    insecure_http: bool = False
    rate_calls: int | None = None
    rate_period: timedelta | None = None
    retry_for: timedelta = RETRY_FOR

    def __post_init__(self) -> None:
        for name in ("url", "user_id", "token"):
            checked.text(name, getattr(self, name))
        object.__setattr__(self, "retry_for", checked.length("retry_for", self.retry_for))
        if self.ca_bundle is not None:
            object.__setattr__(self, "ca_bundle", checked.path("ca_bundle", self.ca_bundle))
        if self.rate_calls is not None:
            checked.kind("rate_calls", self.rate_calls, int)
        if self.rate_period is not None:
            object.__setattr__(self, "rate_period", checked.length("rate_period", self.rate_period))
        if not self.user_id:
            raise UsageError(
                "No user id is set.",
                "The token counts only together with it.",
                "Set ROCKETCHAT_USER_ID (or --user-id).",
            )
        if self.ca_bundle and not self.ca_bundle.is_file():
            raise UsageError(
                f"There is no file {self.ca_bundle}.", "", "Name the certificate authorities with --ca-bundle."
            )
        if (self.rate_calls is not None and self.rate_calls < 1) or (
            self.rate_period is not None and not timedelta(0) < self.rate_period <= LONGEST_PERIOD
        ):
            raise UsageError("The pace makes no sense.", "", "--rate-calls is at least 1, --rate-period at most 1h.")
        if not self.token:
            raise UsageError(
                "No token is set.",
                "",
                f"Set {TOKEN} or --token-file. Rocket.Chat makes one under avatar → Profile → "
                "Personal Access Tokens, and shows the user id with it.",
            )
        for name, secret in (("token", self.token), ("user id", self.user_id)):
            if not secret.isascii() or not secret.isprintable() or " " in secret:
                raise UsageError(
                    f"The {name} has characters that none has.",
                    "There is a blank, a line end or a letter with an accent inside it.",
                    "Copy it again.",
                )


# ---- which graph

SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


@dataclass(frozen=True)
class GraphTarget:
    """Which graph: a Neo4j where there is a `uri`, else the embedded one below `home`, where all snapshots lie too.

    `database`: None for the user's own. Empty counts as not given. Errors: `UsageError`, without asking anybody; the
    address is not repeated in it, as what makes it fail may be a password.
    """

    uri: str | None = None
    username: str = "neo4j"
    password: str = field(default="", repr=False)
    database: str | None = None
    home: Path = HOME

    def __post_init__(self) -> None:
        object.__setattr__(self, "home", checked.path("home", self.home))
        for name, value in (("uri", None), ("username", "neo4j"), ("password", ""), ("database", None)):
            given = getattr(self, name)
            object.__setattr__(self, name, checked.text(name, given) if given else value)
        if self.uri is None:
            return
        _require_address(self.uri)
        if not self.password:
            raise UsageError(
                "NEO4J_PASSWORD is not set.",
                "NEO4J_URI names a Neo4j, which asks for a password.",
                "Set NEO4J_PASSWORD (any value, where the server runs without authentication).",
            )

    @property
    def is_embedded(self) -> bool:
        return self.uri is None

    def __str__(self) -> str:
        return f"The {self._embedded}" if self.is_embedded else f"Neo4j at {self.uri}"

    @property
    def inside(self) -> str:
        """The same within a sentence."""
        return f"the {self._embedded}" if self.is_embedded else str(self)

    @property
    def _embedded(self) -> str:
        return f"embedded graph in {self.home}"


def _require_address(uri: str) -> None:
    if "@" in uri:
        raise UsageError(
            "NEO4J_URI must not contain a user name or password.",
            "Addresses end up in logs and process lists.",
            "Put them into NEO4J_USERNAME and NEO4J_PASSWORD.",
        )
    example = "Write it like bolt://localhost:7687 or neo4j+s://graph.example.org"
    scheme = uri.partition("://")[0] if "://" in uri else ""
    if scheme.lower() not in SCHEMES:
        why = (
            f"It begins with {scheme}://; Neo4j takes {', '.join(SCHEMES)}."
            if scheme.isalpha()
            else "It has no scheme."
        )
        raise UsageError("NEO4J_URI is not the address of a Neo4j.", why, example)
    try:
        parts = urlsplit(uri)
        usable = bool(parts.hostname) and parts.port != 0 and parts.path in ("", "/")
    except ValueError:
        usable = False
    if not usable or (parts.query and scheme.lower().startswith("bolt")):
        raise UsageError(
            "NEO4J_URI is malformed.", "It needs a host and may have a port; nothing follows them.", example
        )
