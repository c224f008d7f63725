"""Find the Cypher of this tool: one `.cypher` file a statement, or one template for several (`templates`).

Names are paths without the ending: what people open lies in `cypher/review`, `cypher/paths` and `cypher/browser` and is
sent to either engine exactly as it stands; what a load and its like send lies in `cypher/graph`, where
`statement("load/nodes/User")` is the template `load/nodes.cypher`, rendered for users.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from rc2graph.graph.templates import render, subjects

# In the wheel `cypher/` lies inside the package, in a checkout beside it.
_PLACES = (Path(__file__).parents[1] / "cypher", Path(__file__).parents[2] / "cypher")
# `// title: …` and `// param days: …`. Prose with a colon in it has more words before the colon, or a capital.
_HEADER = re.compile(r"//\s*(param\s+\w+|[a-z][\w-]*):\s*(.*)")


class UnknownStatementError(LookupError):
    """No such file below `cypher/`: a mistake in this program, or a package without its statements."""


@dataclass(frozen=True)
class Statement:
    """`header` holds the `// key: value` lines before the first line of Cypher, in their order."""

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
    within, _, subject = name.rpartition("/")
    if (template := _file(within)) and subject in (words := _subjects(within)):
        text = render(template.read_text(encoding="utf-8"), words[subject])
        return Statement(name, text, _header(text))
    if (path := _file(name)) and not _subjects(name):
        return read(name, path)
    raise UnknownStatementError(
        f"No statement '{name}': '{within or '.'}' holds {', '.join(names(within)) or 'nothing'}."
    )


def _file(name: str) -> Path | None:
    for place in (folder(), folder() / "graph"):
        if (path := place / f"{name}.cypher").is_file():
            return path
    return None


@cache
def _subjects(name: str) -> Mapping[str, Mapping[str, str]]:
    """For what a template is rendered; nothing where the file is a statement as it stands."""
    path = _file(name)
    each = _header(path.read_text(encoding="utf-8")).get("each") if path else None
    return subjects(each) if each else {}


def read(name: str, path: Path) -> Statement:
    """The statement in a file, wherever it lies. Errors: `OSError`, `UnicodeDecodeError`."""
    text = path.read_text(encoding="utf-8")
    return Statement(name, text, _header(text))


def names(within: str) -> tuple[str, ...]:
    """The statements of one folder, or of one template, sorted: `names("review")` → `("review/deactivated", …)`."""
    found = {f"{within}/{subject}" for subject in _subjects(within)}
    for place in (folder(), folder() / "graph"):
        for path in (place / within).glob("*.cypher"):
            name = f"{within}/{path.stem}"
            found |= {f"{name}/{subject}" for subject in _subjects(name)} or {name}
    return tuple(sorted(found))


def every() -> tuple[str, ...]:
    """All of them, sorted."""
    folders = {path.relative_to(place).parent.as_posix()
               for place in (folder(), folder() / "graph") for path in place.rglob("*.cypher")}  # fmt: skip
    return tuple(sorted({name for within in folders if not within.startswith("graph") for name in names(within)}))


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
