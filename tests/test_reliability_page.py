"""Every invariant has a test that names it, on both engines where a graph is involved, and the page knows them."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import reliability
from tests.reliability import INVARIANTS, PAGE, WITHOUT_GRAPH, Summary, shown

BOTH = {"embedded", "neo4j"}


def test_no_invariant_is_without_a_test() -> None:
    assert [number for number, tests in shown().items() if not tests] == []


def test_where_a_graph_is_involved_both_engines_are_tried() -> None:
    found = shown()
    alone = [n for n in found if n not in WITHOUT_GRAPH and not any(test.engines == BOTH for test in found[n])]
    assert alone == []


def test_the_page_names_each_invariant_and_only_tests_that_there_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert {int(number) for number in re.findall(r"\*\*I(\d+)\. ", page)} == set(INVARIANTS)
    for number, sentence in INVARIANTS.items():
        assert f"**I{number}. {sentence}**" in page
    known = {test.name for tests in shown().values() for test in tests}
    named = set(re.findall(r"`(test_i\w+)`", page))
    assert named - known == set(), "pytest --reliability writes the page anew"
    assert len(named) > len(known) / 2


def test_the_page_says_what_was_lost() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| ") and "---" not in line][1:]
    assert {row[1].strip() for row in rows} == {"snapshot", *BOTH}
    assert all(int(row[2].replace(",", "")) > 0 for row in rows)
    assert {row[4].strip() for row in rows} == {"0"}


@pytest.mark.parametrize("failed", [False, True])
def test_what_tests_tried_is_added_up_and_written_only_where_none_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failed: bool
) -> None:
    monkeypatch.setattr(reliability, "PAGE", tmp_path / "page.md")
    summary: Any = Summary(soak=False)
    for times, stopped in ((2, 1), (1_000, 0)):
        tried = ("tried", ["a cut", "embedded", times, stopped])
        summary.pytest_runtest_logreport(SimpleNamespace(when="call", user_properties=[tried, ("other", 1)]))
    summary.pytest_terminal_summary(SimpleNamespace(write_line=lambda line: None), int(failed))
    assert (tmp_path / "page.md").exists() != failed
    if not failed:
        assert "| a cut | embedded | 1,002 | 1 | 0 |" in (tmp_path / "page.md").read_text(encoding="utf-8")
