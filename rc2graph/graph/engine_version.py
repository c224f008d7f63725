"""Which version of ArcadeDB wrote an embedded graph, and whether this one may open it.

The engine opens what a newer one wrote without a word and puts its own version into it (seen with 26.9.1 and 26.10.2).
So a folder of a newer engine is refused before anything of it is opened. One of an older engine can be read: a
read-only opening leaves its files as they are. Before the first write `files` writes it anew.
"""

import json
import re
from pathlib import Path
from typing import Any

from rc2graph.errors import GraphError
from rc2graph.graph.fingerprint import database, folder


def refuse_newer(arcadedb: Any, home: Path) -> None:
    """Errors: `GraphError` where a newer engine than this one wrote the graph."""
    there = written_by(home)
    if _number(there) > _number(arcadedb.ENGINE_VERSION):
        raise GraphError(
            f"The embedded graph in {folder(home)} was written by a newer engine.",
            f"ArcadeDB {there} wrote it, and this rc2graph brings {arcadedb.ENGINE_VERSION}. Nothing was opened or"
            " changed.",
            "Use the newer rc2graph that wrote it; or name another folder with --home, or set NEO4J_URI.",
        )


def is_older(arcadedb: Any, home: Path) -> bool:
    there = _number(written_by(home))
    return bool(there) and there < _number(arcadedb.ENGINE_VERSION)


def written_by(home: Path) -> str:
    """The version that last had the graph open for writing, such as "26.10.2"; "" where its schema does not say so:
    then it is damaged, and `fingerprint` or the engine's own check find that."""
    try:
        schema = json.loads((database(home) / "schema.json").read_text("utf-8"))
        return str(schema["dbmsVersion"])
    except (OSError, ValueError, TypeError, KeyError):
        return ""


def _number(version: str) -> tuple[int, ...]:
    """ "26.11.1-SNAPSHOT" → (26, 11, 1)."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()
