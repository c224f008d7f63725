"""Everything that is done to rc2graph to make it lose something, counted, as a page.

    python -m bench.reliability [--long] [--engine embedded|neo4j|both] [--page docs/reliability.md]

Calls the functions that the tests call, in their short form or in their long one (hours). What is lost, doubled or made
up ends the command at once, and no page is written. Neo4j is found as the tests find it (tests/engines.py).
"""

import argparse
import ast
import logging
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from rc2graph import __version__
from rc2graph.cli.terminal import say
from rc2graph.config import GraphTarget
from tests import (
    test_collect_faults,
    test_collect_moving,
    test_collect_permissions,
    test_faults_to_the_graph,
    test_graph_faults,
    test_growth,
    test_kills,
    test_two_writers,
)
from tests.commands import Desk
from tests.engines import LTS, Engine, _found
from tests.faults.script import KINDS
from tests.moved import Tally, ground
from tests.source import VERSIONS, small_company, tidy_company

TESTS = Path(__file__).parents[1] / "tests"
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


@dataclass(frozen=True)
class Line:
    """One matrix: what was done, to which engine, how often, and how many of these runs stopped and wrote nothing."""

    done: str
    engine: str
    tally: Tally
    seconds: float

    @property
    def stopped(self) -> str:
        """Where no run stopped, or none was counted, there is no figure."""
        return f"{self.tally.stopped:,}" if self.tally.stopped else "–"


class Trial:
    """All matrices, in one form."""

    def __init__(self, folder: Path, *, long: bool) -> None:
        self.folder, self.long = folder, long
        self.lines: list[Line] = []
        self._places = 0

    def place(self) -> Path:
        self._places += 1
        made = self.folder / str(self._places)
        made.mkdir()
        return made

    def line(self, done: str, engine: str, work: Callable[[], Tally]) -> None:
        began = time.monotonic()
        tally = work()
        self.lines.append(Line(done, engine, tally, time.monotonic() - began))
        say(f"{engine:<9} {done}: {tally.tried:,} tried, {tally.stopped:,} stopped ({self.lines[-1].seconds:.0f} s)")

    def snapshots(self) -> None:
        """Collections alone: nothing wrong reaches a snapshot."""
        versions = VERSIONS if self.long else VERSIONS[-1:]
        companies = (small_company, tidy_company) if self.long else (small_company,)

        def faults() -> Tally:
            tried = 0
            for kind in KINDS:
                for version in versions:
                    for company in companies:
                        tried += test_collect_faults.strike_everywhere(
                            self.place(), kind, version, company, paged=False, step=1 if self.long else 3
                        )
            return Tally(tried)

        def intervals() -> Tally:
            tally = Tally()
            for version in versions:
                for permission in test_collect_permissions.NEEDED_BY[version]:
                    finished, refused = test_collect_permissions.lose_everywhere(
                        self.place(), permission, version=version, company=tidy_company, step=1 if self.long else 6
                    )
                    tally += Tally(finished + refused, refused)
            return tally

        def mutations() -> Tally:
            changes = list(test_collect_moving.CHANGES.values())
            return Tally(
                sum(
                    test_collect_moving.between(self.place(), change, version=version, known=True)
                    for version in versions
                    for change in (changes if self.long else changes[::4])
                )
            )

        self.line("one fault at a request of a run", "snapshot", faults)
        self.line("a needed permission lost before one request and back before another", "snapshot", intervals)
        self.line("one change of the source before a request of a run", "snapshot", mutations)

    def graph(self, empty: Callable[[], Engine]) -> None:
        """`empty`: a graph that nothing was loaded into, of one of the engines."""
        engine, faults = empty(), test_faults_to_the_graph
        name = engine.name
        kinds = faults.LONG if self.long else faults.SHORT
        struck = faults.all_requests if self.long else faults.first_requests
        with ground(engine.target, self.place()) as found:
            self.line("one fault at a request, the graph holds an older state", name, lambda: struck(found, kinds))
            lasting = faults.LASTING if self.long else ("html-502", "401", "403", "truncated")
            self.line(
                "a fault that lasts", name, lambda: sum((faults.lasting(found, kind) for kind in lasting), Tally())
            )
            self.line(
                "a server that always says less, or more, than there is",
                name,
                lambda: sum((faults.lied_to(found, kind) for kind in faults.LIES), Tally()),
            )
            moving = kinds if self.long else ("html-502", "401", "short-page")
            step = 1 if self.long else 5
            self.line(
                "a fault while the source moves on",
                name,
                lambda: sum((faults.moving(found, kind, step) for kind in moving), Tally()),
            )
        for way in (test_graph_faults.FOR_A_MOMENT, test_graph_faults.FOR_GOOD):
            self.line(
                f"the connection to the graph cut at a message of a load ({test_graph_faults.ways(way)})",
                name,
                lambda way=way: test_graph_faults.cut_everywhere(  # type: ignore[misc]
                    empty(), self.place(), **way, step=1 if self.long else 25
                ),
            )

        def kills() -> Tally:
            scene = test_kills.killed_at_random(Desk(self.place()), empty(), chains=40 if self.long else 2, seed=7)
            return Tally(scene.runs, scene.kills)

        def rounds() -> Tally:
            return Tally(test_two_writers.rounds(empty(), self.place(), 1000 if self.long else 40, seed=7).total())

        def growth() -> Tally:
            return Tally(test_growth.grown(empty(), self.place(), loads=400 if self.long else 20, seed=7)["loads"])

        self.line("a load killed (SIGKILL) at a random moment, the source moving", name, kills)
        self.line("rounds of loads of random worlds into two workspaces", name, rounds)
        self.line("loads that go on from any earlier state, history compared", name, growth)


# ---- the page


def page(lines: list[Line], *, long: bool) -> str:
    when = f"{datetime.now(UTC):%Y-%m-%d}, rc2graph {__version__}, Python {platform.python_version()}"
    tried = sum(line.tally.tried for line in lines)
    text = [
        "# What was tried, and what was lost",
        "",
        "Written by `python -m bench.reliability" + (" --long" if long else "") + f"` ({when}). It calls the functions",
        "that the tests call; `pytest` runs them in a short form, `pytest -m soak` at every place. The first object or",
        "edge that is lost, doubled or made up ends the command, and no page is written.",
        "",
        f"**{tried:,} times something was done to it. Objects and edges lost: 0. Made up: 0. Doubled: 0.**",
        "",
        "| what was done | to | times | of these, the run stopped | lost |",
        "| --- | --- | ---: | ---: | ---: |",
        *(f"| {line.done} | {line.engine} | {line.tally.tried:,} | {line.stopped} | 0 |" for line in lines),
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


@contextmanager
def engines(which: str, folder: Path) -> Iterator[list[Callable[[], Engine]]]:
    homes = count()

    def embedded() -> Engine:
        home = folder / f"home-{next(homes)}"
        return Engine("embedded", GraphTarget(home=home), _settings(home))

    if which == "embedded":
        yield [embedded]
        return
    with _found(LTS) as server:

        def neo4j() -> Engine:
            return server.empty("neo4j", folder / f"home-{next(homes)}")

        yield [neo4j] if which == "neo4j" else [embedded, neo4j]


def _settings(home: Path) -> dict[str, str]:
    unset = dict.fromkeys(("NEO4J_URI", "NEO4J_USERNAME", "NEO4J_PASSWORD", "NEO4J_DATABASE"), "")
    return {**unset, "RC2GRAPH_HOME": str(home)}


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__), formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--long", action="store_true", help="every place, not some")
    parser.add_argument("--engine", choices=("embedded", "neo4j", "both"), default="both")
    parser.add_argument("--page", type=Path, default=PAGE)
    chosen = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="rc2graph-reliability-", ignore_cleanup_errors=True) as made:
        trial = Trial(Path(made), long=chosen.long)
        try:
            with engines(chosen.engine, Path(made)) as found:
                trial.snapshots()
                for empty in found:
                    trial.graph(empty)
        except pytest.skip.Exception as skipped:
            sys.exit(f"{skipped}\nNext: --engine embedded leaves Neo4j out.")
    chosen.page.write_text(page(trial.lines, long=chosen.long), encoding="utf-8")
    say(f"Written: {chosen.page}")


if __name__ == "__main__":
    main()
