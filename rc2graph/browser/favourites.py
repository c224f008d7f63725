"""The statements that open in Neo4j Browser, and the zip of favourites that it imports when it is dropped on the page.

Browser 5 makes one favourite of each file, names it by its first line, and makes a folder of its own for every file that
lies in one: so the zip is flat, and the name says what sort of statement it is.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from rc2graph.browser.links import literal
from rc2graph.graph.statements import described, names

GROUPS = {"browser": "Picture", "paths": "Path", "review": "Review"}
"""Folder → the first word of a favourite's name."""

FIRST = "0-workspace.cypher"


@dataclass(frozen=True)
class Favourite:
    """A statement file, as a person meets it."""

    name: str
    group: str
    title: str
    question: str
    text: str
    parameters: tuple[str, ...]
    """All but `workspace`, each with what the file says of it."""

    @property
    def content(self) -> str:
        """The statement as it stands, below a first line that the Browser takes for its name."""
        return f"// {self.group}: {self.title}\n{self.text}"


def favourites() -> list[Favourite]:
    """All that are meant for people, pictures first."""
    return [_favourite(name, group) for folder, group in GROUPS.items() for name in names(folder)]


def _favourite(name: str, group: str) -> Favourite:
    one = described(name)
    asked = tuple(dict.fromkeys(re.findall(r"\$(\w+)", one.text)))
    lines = one.text.splitlines(keepends=True)
    text = "".join(line for line in lines if not re.match(r"//\s*title:", line))
    question = one.header.get("question", "")
    return Favourite(name, group, one.title, question, text, tuple(key for key in asked if key != "workspace"))


def zipped(found: Iterable[Favourite], workspace: str) -> bytes:
    """One file a favourite, the same bytes for the same statements."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        contents = {FIRST: f"// First: choose the workspace\n{param('workspace', workspace)}\n"}
        contents |= {f"{one.name.replace('/', '-')}.cypher": one.content for one in found}
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def param(name: str, value: str) -> str:
    """The Browser's command that sets a parameter until the page is loaded again."""
    return f":param {name} => {literal(value)}"
