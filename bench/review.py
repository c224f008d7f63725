"""How long a whole review takes, and how much memory: the command itself, from its start to the written page.

    python -m bench.review [--users 100000] [--engine neo4j|embedded|both] [--questions]

The first run finds a database that has just been written, with no plan and no page of it in memory; the others are
warm. `--questions` asks each question by itself as well, and tells the slowest.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from bench.command import measured
from bench.paths import world
from bench.servers import called, engines, environment
from rc2graph.cli.terminal import say
from rc2graph.config import GraphTarget
from rc2graph.graph.connect import Graph, connect
from rc2graph.graph.load import load_snapshot
from rc2graph.reviews.questions import all_questions, values_of
from rc2graph.reviews.run import review
from tests.review import WORKSPACE
from tests.snapshots import snapshot

RUNS = 4


def slowest(graph: Graph) -> None:
    known = all_questions(None)
    values = values_of(known, ())
    took = list[tuple[float, str, int]]()
    for question in known:
        began = time.perf_counter()
        (result,) = review([graph.workspace(WORKSPACE)], [question], values, most=1_000).results
        took.append((time.perf_counter() - began, question.name, result.total))
    say(f"  one by one {sum(seconds for seconds, _, _ in took):.1f} s; the slowest:")
    for seconds, name, rows in sorted(took, reverse=True)[:15]:
        say(f"    {seconds * 1000:7.0f} ms  {rows:8,} rows  {name}")


def whole(target: GraphTarget, page: Path) -> None:
    words, env = ("review", "--html", page, "--overwrite"), environment(target)
    first = measured(*words, env=env)
    say(f"  first  {first.seconds:5.1f} s ({first.processor:.1f} s of processor), {first.peak:.0f} MB")
    others = [measured(*words, env=env) for _ in range(RUNS)]
    took = [one.seconds for one in others]
    say(
        f"  warm   {statistics.median(took):5.1f} s ({min(took):.1f}–{max(took):.1f}; "
        f"{statistics.median(one.processor for one in others):.1f} s of processor), "
        f"{max(one.peak for one in others):.0f} MB; page {page.stat().st_size / 1e6:.1f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--engine", choices=("neo4j", "embedded", "both"), default="both")
    parser.add_argument("--questions", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rc2graph-bench-") as folder:
        here = Path(folder)
        with snapshot(world(chosen.users), here / "w.sqlite") as file, engines(chosen.engine, here / "home") as targets:
            for target in targets:
                with connect(target, write=True, wait=10) as graph:
                    load_snapshot(graph.workspace(WORKSPACE), file)
                say(f"{called(target)}, {chosen.users:,} accounts:")
                whole(target, here / "review.html")
                if chosen.questions:
                    with connect(target, write=False, wait=10) as graph:
                        slowest(graph)


if __name__ == "__main__":
    main()
