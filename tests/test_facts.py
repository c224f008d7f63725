"""A fact that code cites has a section in docs/facts, and each section there is cited (CONTRIBUTING.md says how)."""

import re
from collections.abc import Iterator
from itertools import chain

import pytest

from tests.commands import CHECKOUT

FACTS = CHECKOUT / "docs" / "facts"
INVARIANTS = "invariants"
SECTION = re.compile(r"^#{2,3} §([\d.]+) |^\* \*\*(I\d+)\.\*\* ", re.MULTILINE)
CITATION = re.compile(r"([\w-]+)(?=\.md\b)|§(\d+(?:\.\d+)*)|\.md\s(I\d+)\b")
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in FACTS.glob("*.md")}
SECTIONS = {(page, a or b) for page, text in PAGES.items() for a, b in SECTION.findall(text)}


def cited(text: str, page: str = "") -> Iterator[tuple[str, str]]:
    """Page and section of every citation. A bare § means the page that was named last."""
    for named, section, invariant in CITATION.findall(text):
        page = named or page
        if section or invariant:
            yield page, section or invariant


def of_the_tree() -> set[tuple[str, str]]:
    folders = ("rc2graph", "tests", "bench", "cypher")
    files = (path for folder in folders for path in (CHECKOUT / folder).rglob("*") if path.suffix in (".py", ".cypher"))
    pages = (path for path in (CHECKOUT / "docs").rglob("*.md") if path.parent != FACTS)
    return {place for path in chain(files, pages) for place in cited(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("page", ["", *PAGES])
def test_every_citation_has_its_section(page: str) -> None:
    """Of the tree, and of each page of facts itself, where a bare § means the page."""
    assert (set(cited(PAGES[page], page)) if page else of_the_tree()) - SECTIONS == set()


def test_every_section_is_cited() -> None:
    """Or one below it is. Invariants are cited by the names of tests (tests/test_reliability_page.py)."""
    used = of_the_tree()
    idle = {
        (page, section)
        for page, section in SECTIONS
        if page != INVARIANTS and not any(f"{of}.".startswith(f"{section}.") for at, of in used if at == page)
    }
    assert idle == set()


def test_a_number_is_used_once() -> None:
    for page, text in PAGES.items():
        numbers = ["".join(found) for found in SECTION.findall(text)]
        assert len(numbers) == len(set(numbers)) > 0, page
