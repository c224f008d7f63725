"""Find the Cypher of this tool: one `.cypher` file a statement, sent to either engine exactly as it stands.

A file opens in Neo4j Browser as it is, and both engines read the same one, so Python loads statements and never
assembles them. Names are paths below `cypher/` without the ending: `statement("load/users")`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

# In the wheel `cypher/` lies inside the package, in a checkout beside it.
_PLACES = (Path(__file__).parents[1] / "cypher", Path(__file__).parents[2] / "cypher")
# `// title: …` and `// param days: …`. Prose with a colon in it has more words before the colon, or a capital.
_HEADER = re.compile(r"//\s*(param\s+\w+|[a-z][\w-]*):\s*(.*)")


class UnknownStatementError(LookupError):
    """No such file below `cypher/`: a mistake in this program, or a package without its statements."""


@dataclass(frozen=True)
class Statement:
    """One file. `header` holds the `// key: value` lines before the first line of Cypher, in their order."""

    name: str
    text: str
    header: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return self.header.get("title", self.name)


@cache
def statement(name: str) -> str:
    """The text of one statement."""
    return described(name).text


@cache
def described(name: str) -> Statement:
    """One statement with what its header says about it."""
    try:
        return read(name, folder() / f"{name}.cypher")
    except FileNotFoundError:
        within = name.rpartition("/")[0]
        known = ", ".join(names(within)) or "nothing"
        raise UnknownStatementError(f"No statement '{name}': '{within or '.'}' holds {known}.") from None


def read(name: str, path: Path) -> Statement:
    """The statement in a file, wherever it lies. Errors: `OSError`, `UnicodeDecodeError`."""
    text = path.read_text(encoding="utf-8")
    return Statement(name, text, _header(text))


def names(within: str) -> tuple[str, ...]:
    """The statements of one folder, sorted: `names("review")` → `("review/deactivated", …)`."""
    root = folder()
    return tuple(sorted(path.relative_to(root).with_suffix("").as_posix() for path in (root / within).glob("*.cypher")))


@cache
def folder() -> Path:
    """Where the statements lie, and the style sheet for their pictures."""
    for place in _PLACES:
        if place.is_dir():
            return place
    raise UnknownStatementError(
        f"The folder with the Cypher statements is missing: neither {_PLACES[0]} nor {_PLACES[1]}."
    )


def _header(text: str) -> dict[str, str]:
    header: dict[str, str] = {}
    for line in map(str.strip, text.splitlines()):
        if line and not line.startswith("//"):
            break
        if match := _HEADER.fullmatch(line):
            header[" ".join(match[1].split())] = match[2].strip()
    return header
