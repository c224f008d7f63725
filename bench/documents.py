"""Pages that follow from the program: the tables of docs/model.md, and docs/statements.md.

    python -m bench.documents

Between the marks in docs/model.md stands what `rc2graph/model.py` says, around them what people wrote.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from rc2graph.cli.terminal import say
from rc2graph.graph.statements import described, every
from rc2graph.model import (
    ATTESTATION,
    COUNTED_NODES,
    EDGE_TYPES,
    ESCALATIONS,
    FINGERPRINT,
    FIRST_SEEN,
    SINCE,
    SYNC,
    UNTIL,
    WORKSPACE,
    EdgeType,
    NodeType,
    Property,
)  # fmt: skip
from rc2graph.snapshot.schema import OLDEST

DOCS = Path(__file__).parents[1] / "docs"
TYPES = {"truth": "true or false", "texts": "list of texts"}
WRITES = ("load/", "close/")
"""What stands first in docs/statements.md: upserts, and what ends."""

STATEMENTS = """# Statements as they are sent

Written by `python -m bench.documents`. A load, an export and a removal send the same for several node and edge types: a
template in `cypher/graph` for each, filled in with names of [the model](model.md). Values are always parameters, so
nothing that a server says becomes part of a statement. Every one can be repeated: a run that was killed is simply run
again. Below stands what is rendered; `rc2graph query --show NAME` prints these and all others, with their comments.
"""


def pages() -> dict[Path, str]:
    """Every generated page as it has to be."""
    model = DOCS / "model.md"
    return {model: filled(model.read_text(encoding="utf-8")), DOCS / "statements.md": statements()}


def filled(page: str) -> str:
    """A page with what belongs between its marks."""
    for part, made in (("nodes", nodes), ("edges", edges)):
        begin, end = f"<!-- {part}: python -m bench.documents -->\n", f"<!-- end of {part} -->"
        before, _, rest = page.partition(begin)
        page = f"{before}{begin}\n{made()}\n{end}{rest.partition(end)[2]}"
    return page


def nodes() -> str:
    return "\n".join((*map(_node, (*COUNTED_NODES, WORKSPACE, SYNC, ATTESTATION)), _former()))


def edges() -> str:
    return "\n".join((*map(_edge, (*EDGE_TYPES, *ESCALATIONS)), *(_history(one) for one in EDGE_TYPES if one.history)))


def _node(one: NodeType) -> str:
    return _section(f"`{one.label}`", one.meaning, (*one.shown, *([FINGERPRINT] if one.fingerprint else [])))


def _former() -> str:
    labels = ", ".join(f"`Former{one.label}`" for one in COUNTED_NODES if one.former)
    return _section(
        labels, "What is gone, with all its properties. When it is back it takes its history up again.", (UNTIL,)
    )


def _edge(one: EdgeType) -> str:
    seen = [FIRST_SEEN] if one.first_seen else []
    return _section(f"`(:{one.start})-[:{one.name}]->(:{one.end})`", one.meaning, (*one.properties, *seen))


def _history(one: EdgeType) -> str:
    ends = f"`(:{one.start})-[:{one.history}]->(:{one.end})`"
    return _section(ends, f"A `{one.name}` that ended.", (SINCE, UNTIL))


def _section(title: str, meaning: str, some: Iterable[Property]) -> str:
    return "\n".join((f"### {title}", "", meaning, "", *_table(some)) if some else (f"### {title}", "", meaning, ""))


_COLUMNS: tuple[tuple[str, Callable[[Property], str]], ...] = (
    ("property", lambda of: f"`<{of.each}>{of.name[0].upper()}{of.name[1:]}`" if of.each else f"`{of.name}`"),
    ("type", lambda of: TYPES.get(of.kind, of.kind)),
    ("what it says", lambda of: of.meaning),
    ("comes from", lambda of: f"`{of.source}`" if of.source else ""),
    ("in `diff`", lambda of: " / ".join((of.diff,) if isinstance(of.diff, str) else of.diff or ())),
    ("`forget`", lambda of: "erases it" if of.personal else "puts a pseudonym" if of.account or of.prose else ""),
    ("since", lambda of: f"snapshots of format {of.since}" if of.since > OLDEST else ""),
)


def _table(some: Iterable[Property]) -> Iterator[str]:
    """A row for each; a column that says something of none is left out."""
    cells = [[cell(one).replace("|", "\\|") for _, cell in _COLUMNS] for one in some]
    kept = [place for place, _ in enumerate(_COLUMNS) if any(row[place] for row in cells)]
    yield _row(_COLUMNS[place][0] for place in kept)
    yield _row("---" for _ in kept)
    yield from (_row(row[place] for place in kept) for row in cells)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def statements() -> str:
    """Each folder with its templates, each template with all that is made of it."""
    parts = [STATEMENTS]
    made = (name for name in every() if "each" in described(name).header)
    known = sorted(made, key=lambda name: ([not name.startswith(one) for one in WRITES], name))
    for template, some in groupby(known, key=lambda name: name.rpartition("/")[0]):
        parts += [f"## {template}", "", "```cypher", "\n\n".join(map(_statement, some)), "```", ""]
    return "\n".join(parts)


def _statement(name: str) -> str:
    one = described(name)
    lines = (line for line in one.text.rstrip().splitlines() if not re.match(r"// (title|each|columns): ", line))
    return "\n".join((f"// {name}: {one.title}", *lines))


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        say(f"{path.relative_to(DOCS.parent)}")
