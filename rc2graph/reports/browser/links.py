"""Addresses that open Neo4j Browser with the login form filled in and a text in the editor. Never with a password.

A parameter set with `:param` is gone when a page is loaded, and a text of two statements shows neither rows nor picture
(both seen in 5.24). So a link, which loads a page, carries its values written out; a favourite, which does not, keeps
its `$workspace`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from rc2graph.config import GraphTarget
from rc2graph.errors import UsageError

HTTP, HTTPS = 7474, 7473


@dataclass(frozen=True)
class Browser:
    """Where the Browser is, and what to fill into its login form."""

    url: str
    uri: str
    username: str
    database: str | None

    def connect(self) -> str:
        """Only the login form. It is skipped where this browser is logged in already."""
        scheme, _, host = self.uri.partition("://")
        query = {"dbms": f"{scheme}://{quote(self.username, safe='')}@{host}", "db": self.database or ""}
        given = "&".join(f"{key}={_quoted(value)}" for key, value in query.items() if value)
        return f"{self.url}?{given}&preselectAuthMethod=NATIVE"

    def edit(self, text: str) -> str:
        """With `text` in the editor; it runs when somebody presses the arrow."""
        return f"{self.connect()}&cmd=edit&arg={_quoted(text)}"


def browser_of(target: GraphTarget, url: str = "") -> Browser:
    """The Browser of a Neo4j; without `url` the one that it serves by itself. Errors: `UsageError`."""
    if target.uri is None:
        raise UsageError(
            "Neo4j Browser needs a Neo4j.",
            f"{target} is inside this process and ends with it; no Browser can reach it.",
            "docker compose up -d, set NEO4J_URI and NEO4J_PASSWORD, rc2graph load; or rc2graph query, why and who",
        )
    if url:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or "@" in parts.netloc:
            raise UsageError(
                "--browser-url is not the address of a Browser.", "", "Write it like http://localhost:7474/browser/"
            )
        return Browser(url, target.uri, target.username, target.database)
    parts = urlsplit(target.uri)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    own = f"https://{host}:{HTTPS}/browser/" if "+s" in parts.scheme else f"http://{host}:{HTTP}/browser/"
    return Browser(own, target.uri, target.username, target.database)


Value = str | int | float | bool | list["Value"]
"""What a parameter may hold."""


def literal(value: Value) -> str:
    """A value as Cypher writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if not isinstance(value, str):
        return json.dumps(value)
    return "'" + re.sub(r"['\\\x00-\x1f\x7f-\x9f\u2028\u2029]", _escaped, value) + "'"


def filled(text: str, values: Mapping[str, Value]) -> str:
    """A statement with these parameters written out, for a person's editor. Nothing here runs such a text."""
    return re.sub(r"\$(\w+)", lambda found: literal(values[found[1]]) if found[1] in values else found[0], text)


def _escaped(found: re.Match[str]) -> str:
    char = found[0]
    return f"\\{char}" if char in "'\\" else f"\\u{ord(char):04x}"


def _quoted(text: str) -> str:
    return quote(text, safe="")
