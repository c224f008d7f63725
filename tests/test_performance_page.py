"""docs/performance.md is of the statements that a load sends today, and of the figures beside it."""

import json

from bench import page
from bench.performance import PAGE, RAW, sent


def test_every_statement_of_a_load_is_the_one_that_was_measured() -> None:
    """Else: `python -m bench.performance --cartography PYTHON`, on a machine that does nothing else."""
    measured = json.loads(RAW.read_text())["statements"]
    assert {name for name in {*measured, *sent()} if measured.get(name) != sent().get(name)} == set()


def test_the_page_says_what_was_measured() -> None:
    assert PAGE.read_text() == page.page(json.loads(RAW.read_text()))
