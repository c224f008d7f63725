"""Generated pages are as the program makes them; `python -m bench.documents` writes them anew."""

import re
from pathlib import Path

import pytest

from bench.documents import pages
from rc2graph.graph.statements import described, every
from rc2graph.model import COUNTED_NODES, EDGE_TYPES, ESCALATIONS, SYNC, WORKSPACE

ROOT = Path(__file__).parents[1]
PAGES = pages()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_as_it_is_made(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page], "stale: python -m bench.documents writes it anew"


def test_every_property_is_described() -> None:
    """A row of the table is of no use to a reader that says nothing."""
    nodes, edges = (*COUNTED_NODES, WORKSPACE, SYNC), (*EDGE_TYPES, *ESCALATIONS)
    assert [one.label for one in nodes if not one.meaning] == []
    assert [one.name for one in edges if not one.meaning] == []
    said = [(one.label, about) for one in nodes for about in one.shown]
    said += [(one.name, about) for one in edges for about in one.properties]
    assert [(of, about.name) for of, about in said if not about.meaning] == []


def test_what_is_rendered_stands_in_the_page_as_it_is_sent() -> None:
    page = next(text for path, text in PAGES.items() if path.name == "statements.md")
    for name in every():
        lines = [line for line in described(name).text.splitlines() if line and not line.startswith("//")]
        assert ("\n".join(lines) in page) or "each" not in described(name).header, name


def test_nobody_is_a_he() -> None:
    """Of what people read: documents, statements and the catalogue. A column keeps its name."""
    read = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("cypher/**/*.cypher")]
    texts = {path: path.read_text("utf-8") for path in [*read, ROOT / "rc2graph" / "catalogue" / "permissions.json"]}
    found = {
        (path.name, line)
        for path, text in texts.items()
        for line in text.splitlines()
        if re.search(r"\b(he|him|his|himself|she|her|herself)\b", line) and "AS himself" not in line
    }
    assert {name for name, _ in found} <= {"who-added-whom.cypher"}
