"""What was set and typed, before anybody reads it: a setting is the same with and without what a file left at its ends.

Files with Windows line ends, base64 of an `echo` and copies from a page leave a line end or a blank at an end. No
setting can mean one, but for the password of Neo4j: there blanks stay, and are named where it is refused.
"""

import os
import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any

from rc2graph.errors import UsageError

_OURS = re.compile(r"(ROCKETCHAT|NEO4J|RC2GRAPH)_\w+")
_READ_BY_OTHERS = re.compile(
    r"ARCADEDB_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|SSL_CERT_(FILE|DIR)|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy"
)
PASSWORD = "NEO4J_PASSWORD"  # noqa: S105 - the name of it
LINE_ENDS = "\r\n"

_OPTIONS = {
    "url", "user_id", "token_file", "ca_bundle", "workspace", "home", "neo4j_uri", "neo4j_username", "neo4j_database",
}  # fmt: skip


def tidy(words: list[str], environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """The command's words without line ends, and the environment's settings without line ends and blanks, in place.

    Errors: `UsageError` for what is not text in the character set of this machine."""
    for name, value in environment.items():
        if _OURS.fullmatch(name):
            _require_text(f"The value of {name}", value)
            environment[name] = value.strip(LINE_ENDS) if name == PASSWORD else value.strip()
        elif _READ_BY_OTHERS.fullmatch(name):
            environment[name] = value.strip()
    for number, word in enumerate(words, 1):
        _require_text(f"Argument {number}", word)
    return [word.strip(LINE_ENDS) for word in words]


def tidied(options: Mapping[str, Any]) -> dict[str, Any]:
    """The same for the options of a verb, as they are typed."""
    return {name: _without_blanks(value) if name in _OPTIONS else value for name, value in options.items()}


def secret_holders(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Values among which there may be a secret."""
    return [value for name, value in environment.items() if _OURS.fullmatch(name) or _READ_BY_OTHERS.fullmatch(name)]


def _without_blanks(value: Any) -> Any:
    match value:
        case str():
            return value.strip()
        case Path():
            return Path(str(value).strip())
    return value


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
