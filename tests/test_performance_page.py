"""docs/performance.md is of the statements that a load sends today, and of the figures beside it."""

import json
import re
from collections import Counter
from statistics import median

from bench import page
from bench.charts import FASTER, LOADS
from bench.performance import PAGE, PICTURES, RAW, sent


def test_every_statement_of_a_load_is_the_one_that_was_measured() -> None:
    """Else: `python -m bench.performance --cartography PYTHON`, on a machine that does nothing else."""
    measured = json.loads(RAW.read_text())["statements"]
    assert {name for name in {*measured, *sent()} if measured.get(name) != sent().get(name)} == set()


def test_the_page_says_what_was_measured() -> None:
    assert PAGE.read_text() == page.page(json.loads(RAW.read_text()))


def test_the_pictures_show_what_was_measured() -> None:
    figures = json.loads(RAW.read_text())
    ratios = Counter(
        f"{median(one[name][what] / one['ours'][what] for one in rounds):.1f}×"
        for rounds in figures["load"].values() for what in LOADS for name in FASTER
    )  # fmt: skip
    assert Counter(text for text in shown("ratios") if text.endswith("×")) == ratios
    growth = figures["growth"]
    assert {f"{count:,} users" for count in growth["users"]} <= set(shown("growth"))
    for engine in ("neo4j", "embedded"):
        for count, one in zip(growth["users"], growth[engine], strict=True):
            assert {number(one["peak"]), number(one["first"] / count * 10_000)} <= set(shown("growth"))


def shown(name: str) -> list[str]:
    text = (PICTURES / f"performance-{name}.svg").read_text(encoding="utf-8")
    return re.findall(r"<text[^>]*>([^<]*)</text>", text)


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
