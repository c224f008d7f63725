"""The statements that open in Neo4j Browser, and the zip of favourites that it imports when dropped on its page.

Browser 5 makes one favourite of each file, names it by its first line, and makes a folder of its own for every file
that lies in one: so the zip is flat. Its drawer sorts names and shows some 27 letters of them: so they begin with the
short name by which `rc2graph query` knows the statement, and the title comes after that.
"""

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from rc2graph.graph.lease import instant
from rc2graph.graph.statements import described, names
from rc2graph.reports.browser.links import Value, literal
from rc2graph.reviews.questions import FOLDER as QUESTIONS
from rc2graph.reviews.questions import named, shipped

FOLDERS = ("browser", "review", "paths")
"""Those with statements for people: pictures, questions of a review, paths."""

MOST = 100
"""Rows, where a statement asks how many."""

FIRST = "0: choose the workspace first"


@dataclass(frozen=True)
class Favourite:
    """A statement file, as a person meets it."""

    folder: str
    short: str
    title: str
    question: str
    text: str
    parameters: dict[str, str]
    """All but `workspace`, each with what the file says of it."""

    defaults: dict[str, Value]
    """Of a question, the threshold that each parameter has by itself."""

    @property
    def examples(self) -> dict[str, Value]:
        """A value for each parameter: its default, a number where the statement needs one, else `<user>` and the like.

        `asOf` is the instant that the graph shows; until somebody writes it in, now."""
        numbers = set(re.findall(r"(?:\b(?:LIMIT|SKIP) |\[\.\.)\$(\w+)", self.text))
        known = {**dict.fromkeys(numbers, MOST), "asOf": instant(datetime.now(UTC)), **self.defaults}
        return {name: known.get(name, f"<{name}>") for name in self.parameters}

    @property
    def name(self) -> str:
        return f"{'picture-' if self.folder == 'browser' else ''}{self.short}: {self.title}"

    @property
    def content(self) -> str:
        """The statement as it stands, below a first line that the Browser takes for its name."""
        return f"// {self.name}\n{self.text}"


def favourites() -> list[Favourite]:
    """All that answer a question, pictures first. The others in these folders are steps of `why` and `who`."""
    return [_favourite(name) for folder in FOLDERS for name in names(folder) if "question" in described(name).header]


def _favourite(name: str) -> Favourite:
    one = described(name)
    asked = dict.fromkeys(re.findall(r"\$(\w+)", one.text))
    asks = {key: one.header.get(f"param {key}", "") for key in asked if key != "workspace"}
    lines = one.text.splitlines(keepends=True)
    text = "".join(line for line in lines if not re.match(r"//\s*title:", line))
    folder, _, short = name.partition("/")
    defaults = named(shipped(), [short])[0].chosen({}) if folder == QUESTIONS else {}
    return Favourite(folder, short, one.title, one.header["question"], text, asks, defaults)


def zipped(found: Iterable[Favourite], workspace: str) -> bytes:
    """One file a favourite, the same bytes for the same statements."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        contents = {"0.cypher": f"// {FIRST}\n{param('workspace', workspace)}\n"}
        contents |= {f"{one.folder}-{one.short}.cypher": one.content for one in found}
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def param(name: str, value: Value) -> str:
    """The Browser's command that sets a parameter until the page is loaded again."""
    return f":param {name} => {literal(value)}"
