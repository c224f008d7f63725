"""A link that puts an answer's statement, its values written out, into the editor of Neo4j Browser (neo4j.md §3)."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from rc2graph.config import GraphTarget
from rc2graph.graph.statements import described, statement
from rc2graph.reports.browser.links import browser_of, filled

_PLAIN = re.compile(r"[\w .:/@~+-]*")
"""Values that mean nothing to Cypher. Ids are; anything else gets no link rather than one that has to be trusted."""


def browser_link(target: GraphTarget, name: str, params: Mapping[str, str]) -> str | None:
    """For the Browser that a Neo4j serves itself, at its usual port; None where there is none, or a value is odd.

    The text is put into the editor and not run. Aura serves its own, which takes no such link.
    """
    if (urlsplit(target.uri or "").hostname or ".databases.neo4j.io").endswith(".databases.neo4j.io"):
        return None
    if not all(_PLAIN.fullmatch(value) for value in params.values()):
        return None
    return browser_of(target).edit(script(name, params))


def script(name: str, params: Mapping[str, str]) -> str:
    """One statement: of several, Neo4j Browser shows neither rows nor picture."""
    lines = [line for line in statement(name).splitlines() if not line.startswith("//")]
    return f"// {described(name).title}\n{filled(chr(10).join(lines).strip(), params)}"
