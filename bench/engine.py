"""What must be green before the embedded engine is raised (docs/dependencies.md). Half an hour; run by hand.

    python -m bench.engine --save before.json          # with the release that is pinned
    python -m bench.engine --against before.json       # with the newer one installed, on the same machine

Ends with 1 where something failed, or where a load takes a quarter more time or memory than before.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import arcadedb

from bench.command import measured
from bench.worlds import files
from rc2graph.cli.terminal import say
from tests.review import WORKSPACE

MUST = {
    "parity with Neo4j": ("tests/test_statements.py", "tests/test_each_property.py"),
    "reader beside writer": ("tests/test_embedded_lock.py", "tests/test_two_writers.py"),
    "explicit nulls, transactions": ("tests/test_connect.py", "tests/test_apply.py", "tests/test_lease.py"),
    "kill and recover": ("tests/test_apply_killed.py", "tests/test_killed_and_damaged.py", "tests/test_kills.py"),
    "files, written anew": ("tests/test_graph_files.py", "tests/test_engine_version.py"),
}
"""What our lock, our recovery and our statements rest on: where engines of one minor have been seen to differ."""
MORE = 1.25
"""Times as long, or as much memory, as a newer engine may need."""


@dataclass(frozen=True)
class Load:
    """Seconds and MB of `rc2graph load` of 50 000 accounts: into a new graph, and again without any change."""

    first: float
    again: float
    memory: float


def loads() -> Load:
    with tempfile.TemporaryDirectory(prefix="rc2graph-engine-") as folder:
        file, home = files("L", Path(folder)).first, Path(folder, "home")
        env = {"NEO4J_URI": "", "RC2GRAPH_HOME": str(home)}
        words = ("load", "--snapshot", file, "--workspace", WORKSPACE)
        first, again = measured(*words, env=env), measured(*words, env=env)
        return Load(first.seconds, again.seconds, max(first.peak, again.peak))


def tests(paths: tuple[str, ...]) -> tuple[bool, str]:
    began = time.perf_counter()
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    said = (done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or ["nothing"])[-1].strip("= ")
    if done.returncode:
        say(done.stdout[-4000:])
    return done.returncode == 0, f"{said.partition(' in ')[0]}; {time.perf_counter() - began:.0f} s"


def main() -> None:
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--save", type=Path, help="write time and memory into this file")
    asked.add_argument("--against", type=Path, help="compare time and memory with this file")
    given = asked.parse_args()
    rows = [(what, *tests(paths)) for what, paths in MUST.items()]
    found = asdict(loads())
    before = json.loads(given.against.read_text()) if given.against else {}
    for what, figure in found.items():
        unit = "MB" if what == "memory" else "s"
        old = f", was {before[what]:.1f} {unit}" if what in before else ""
        rows.append((f"load, {what}", figure <= MORE * before.get(what, figure), f"{figure:.1f} {unit}{old}"))
    if given.save:
        given.save.write_text(json.dumps(found))
    say(f"arcadedb {arcadedb.__version__}, its engine {arcadedb.ENGINE_VERSION}")
    for what, good, how in rows:
        say(f"{'green' if good else 'RED':6} {what:30} {how}")
    sys.exit(not all(good for _, good, _ in rows))


if __name__ == "__main__":
    main()
