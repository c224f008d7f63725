"""Everything that tests do to rc2graph to make it lose something, counted while they do it, as a page.

    pytest --reliability                                     what every run does
    pytest --reliability -m "soak or not soak"               everything, in hours

What is lost, doubled or made up fails a test, and then no page is written.
"""

import ast
import platform
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rc2graph import __version__

TESTS = Path(__file__).parent
PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
FACTS = PAGE.parent / "facts" / "invariants.md"

INVARIANTS = {
    int(number): sentence
    for number, sentence in re.findall(
        r"^\* \*\*I(\d+)\.\*\* (.+)$", FACTS.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
}
WITHOUT_GRAPH = {9, 10}
"""These are about requests alone."""


# ---- which tests show what


@dataclass(frozen=True)
class Shown:
    """One test that names an invariant, and the engines that it runs on."""

    file: str
    name: str
    engines: frozenset[str]


ENGINES = {
    "engine": {"embedded", "neo4j"},
    "any_engine": {"embedded", "neo4j"},
    "embedded_engine": {"embedded"},
    "neo4j_engine": {"neo4j"},
    "neo4j_lts": {"neo4j"},
    "neo4j_newest": {"neo4j"},
}
"""Fixtures of tests/engines.py."""


def shown(folder: Path = TESTS) -> dict[int, list[Shown]]:
    """Per invariant, the tests whose names begin with its number: `test_i7_…`, `test_i4_i13_…`."""
    found: dict[int, list[Shown]] = {number: [] for number in INVARIANTS}
    for path in sorted(folder.glob("test_*.py")):
        functions = {
            node.name: node
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.FunctionDef)
        }
        for name, node in functions.items():
            for number in _numbers(name):
                found[number].append(Shown(path.name, name, _engines(node, functions)))
    return found


def _numbers(name: str) -> Iterator[int]:
    words = name.split("_")
    if words[0] == "test":
        for word in words[1:]:
            if not (word[:1] == "i" and word[1:].isdecimal()):
                return
            yield int(word[1:])


def _engines(node: ast.FunctionDef, functions: dict[str, ast.FunctionDef]) -> frozenset[str]:
    """Through its fixtures, and theirs in the same file."""
    found: set[str] = set()
    for decorator in node.decorator_list:
        texts = {part.value for part in ast.walk(decorator) if isinstance(part, ast.Constant)}
        found |= {"embedded", "neo4j"} & texts
    for argument in node.args.args:
        if argument.arg in functions and argument.arg != node.name:
            found |= _engines(functions[argument.arg], functions)
        else:
            found |= ENGINES.get(argument.arg, set())
    return frozenset(found)


# ---- what is tried


@dataclass
class Tally:
    """What was tried, and how it ended. Lost or made up is nothing: the first such thing ends the test."""

    tried: int = 0
    stopped: int = 0
    """Runs that ended with an error, and had written nothing."""
    partial: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(mine + theirs for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True)))


Tried = Callable[[str, str, Tally], Tally]
"""What was done, to what, and how often: it gives the tally back."""
TO = ("snapshot", "embedded", "neo4j")


@pytest.fixture
def tried(record_property: Callable[[str, object], None]) -> Tried:
    """Counts towards the page."""

    def count(done: str, to: str, tally: Tally) -> Tally:
        record_property("tried", [done, to, tally.tried, tally.stopped])
        return tally

    return count


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reliability", action="store_true", help=f"Write docs/{PAGE.name} where nothing fails.")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--reliability") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Summary(soak=config.getoption("markexpr") != "not soak"))


class Summary:
    """The plugin that writes the page when all is done."""

    def __init__(self, *, soak: bool) -> None:
        self.soak = soak
        self.tallies: defaultdict[tuple[str, str], Tally] = defaultdict(Tally)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            for name, value in report.user_properties:
                if name == "tried":
                    done, to, *counts = value  # type: ignore[misc]
                    self.tallies[to, done] += Tally(*counts)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        if exitstatus or not self.tallies:
            terminalreporter.write_line("No page is written.")
            return
        PAGE.write_text(page(self.tallies, soak=self.soak), encoding="utf-8")
        terminalreporter.write_line(f"Written: {PAGE}")


# ---- the page


def page(tallies: dict[tuple[str, str], Tally], *, soak: bool) -> str:
    when = f"{datetime.now(UTC):%Y-%m-%d}, rc2graph {__version__}, Python {platform.python_version()}"
    rows = sorted(tallies.items(), key=lambda item: (TO.index(item[0][0]), item[0][1]))
    times = sum(tally.tried for tally in tallies.values())
    text = [
        "# What was tried, and what was lost",
        "",
        "Written by `pytest --reliability"
        + (' -m "soak or not soak"' if soak else "")
        + f"` ({when}), which counts what",
        "tests do; those of `-m soak` do it at every place. The first object or edge that is lost, doubled or made up",
        "fails a test, and no page is written.",
        "",
        f"**{times:,} times something was done to it. Objects and edges lost: 0. Made up: 0. Doubled: 0.**",
        "",
        "| what was done | to | times | of these, the run stopped | lost |",
        "| --- | --- | ---: | ---: | ---: |",
        *(f"| {done} | {to} | {tally.tried:,} | {_stopped(tally)} | 0 |" for (to, done), tally in rows),
        "",
        "After each: what the source still has is there, with all of its edges; nothing is there, and no property is",
        "said, that was true at no time; a run that stopped has written nothing, if it stopped before its writing",
        "began, and can be repeated, wherever it stopped; and the same command, undisturbed, ends where a graph made",
        "at once would be.",
        "",
        "## What this cannot show",
        "",
        "* A server that says the same wrong thing twice, with the permission held before and after, in a list without",
        "  a total (roles, permissions, the teams of one account), is believed. The guard stands behind it.",
        "* Power that fails: processes and servers are killed here, disks are not.",
        "",
        "## What always holds, and which tests show it",
        "",
        "The tests carry the numbers in their names; on *both* means on the embedded graph and on Neo4j.",
        "",
    ]
    for number, tests in shown().items():
        both = sum(test.engines == {"embedded", "neo4j"} for test in tests)
        text += [
            f"**I{number}. {INVARIANTS[number]}** {len(tests)} tests" + (f", {both} on both." if both else "."),
            "",
        ]
        for file in sorted({test.file for test in tests}):
            text.append(f"* `{file}`: " + ", ".join(f"`{test.name}`" for test in tests if test.file == file))
        text.append("")
    return "\n".join(text)


def _stopped(tally: Tally) -> str:
    """Where no run stopped, or none was counted, there is no figure."""
    return f"{tally.stopped:,}" if tally.stopped else "–"
