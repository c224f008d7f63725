"""What an answer rests on besides the data: the catalogue, and sentences that are true of a sound server only.

Each is a name of `catalogue.notes`, which says what the server's release means for it.
"""

import re
from collections.abc import Iterable

from rc2graph.access.paths import Path
from rc2graph.access.target import Access
from rc2graph.catalogue.notes import (
    ACT_AS,
    CATALOGUE,
    DEACTIVATED,
    PERMISSION,
    ROOMS,
    SECOND_FACTOR,
    TEAMS,
)

OF_KIND = {
    "administrator": (CATALOGUE, ACT_AS),
    "permission": (CATALOGUE, ACT_AS),
    "role": (ACT_AS,),
    "team": (ACT_AS, TEAMS),
    "room": (ACT_AS, TEAMS, ROOMS),
}
"""Kind of access → what it rests on that these accounts have it, and no others."""

_ASKED = {
    CATALOGUE: r"\b[tT]ier|\bESCALATES_|\.how\b",
    DEACTIVATED: r"\bactive\b|\bstatus\b",
    SECOND_FACTOR: r"\bmandatory2fa\b",
    ACT_AS: r"'admin'",
    TEAMS: r"\bMEMBER_OF\b",
    ROOMS: r":Room\b",
}
"""What a statement looks at, and what it so rests on."""
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z][\w*-]*")


def of_access(access: Access, *, alone: bool = True) -> set[str]:
    """What an answer about one thing rests on. `alone`: it says that these have it and no others, or that one does not.
    That somebody has it is so whoever else may act as them."""
    named = of_permissions([access.id]) if access.kind == "permission" else set[str]()
    named.update(OF_KIND["administrator" if access.is_administrator else access.kind])
    return named if alone else named - {ACT_AS, TEAMS}


def of_permissions(permissions: Iterable[str | None]) -> set[str]:
    return {PERMISSION + id_ for id_ in permissions if id_}


def of_words(texts: Iterable[str | None]) -> set[str]:
    """A reason or a condition that counts on somebody's second factor."""
    return {SECOND_FACTOR} if any("second factor" in (text or "") for text in texts) else set()


def of_paths(paths: Iterable[Path]) -> set[str]:
    found = set[str]()
    for path in paths:
        found |= of_permissions(node.id for node in path.nodes if node.kind == "permission")
        for edge in path.edges:
            found |= of_words((edge.condition, edge.held.get("how")))
    return found


def of_statement(text: str) -> frozenset[str]:
    """What a question rests on, by what it looks at: somebody's own questions too."""
    bare = _COMMENT.sub("", text)
    return frozenset(ground for ground, pattern in _ASKED.items() if re.search(pattern, bare)) | frozenset(
        of_permissions(
            name for quoted in re.findall(r"'([^']*)'", bare) for name in _NAME.findall(quoted) if "-" in name
        )
    )


def named_in(value: object) -> set[str]:
    """Permissions that a row of an answer may name."""
    return of_permissions(name for name in _NAME.findall(str(value)) if "-" in name)
