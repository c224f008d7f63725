"""A link that puts an answer's statement, with its parameters, into the editor of Neo4j Browser (neo4j.md §3)."""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from rc2graph.graph.statements import described, statement

_PLAIN = re.compile(r"[\w .:/@~+-]*")
"""Values that mean nothing to Cypher. Anything else gets no link: in Cypher 5, `\\u0027` ends a string too."""


def browser_link(uri: str | None, name: str, params: Mapping[str, str]) -> str | None:
    """For the Browser that a Neo4j serves itself, at its usual port; None where there is none, or a value is odd.

    The text is put into the editor and not run. Aura serves its own, which takes no such link.
    """
    parts = urlsplit(uri or "")
    if not parts.hostname or parts.hostname.endswith(".databases.neo4j.io"):
        return None
    if not all(_PLAIN.fullmatch(value) for value in params.values()):
        return None
    base = "https://{}:7473" if "+s" in parts.scheme else "http://{}:7474"
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{base.format(host)}/browser/?cmd=edit&arg={quote(script(name, params), safe='')}"


def script(name: str, params: Mapping[str, str]) -> str:
    """Parameters and statement, as they are run one after the other in Neo4j Browser."""
    given = "".join(f":param {key} => '{value}';\n" for key, value in params.items())
    lines = [line for line in statement(name).splitlines() if not line.startswith("//")]
    return f"{given}// {described(name).title}\n{chr(10).join(lines).rstrip().rstrip(';')};"
