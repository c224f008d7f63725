"""How fast, as ratios measured in one run: against the bare driver, against Cartography, against the limiter's floor.

    python -m bench.performance [--cartography PYTHON] [--rounds 3] [--only load,reading,…] [--short]

Writes docs/performance.json, and docs/performance.md with its pictures from it; these need matplotlib (`pip install -e
'.[bench]'`). PYTHON is the interpreter of an environment that has `cartography` (`python3 -m venv v && v/bin/pip
install cartography`); without it that column stays as it was. `--only` measures some parts anew and keeps the others.
`--short` runs everything once on a small workspace and writes nothing: that it runs is all that it shows.
"""

import argparse
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import neo4j
import requests

from bench import page
from bench.charts import charts
from bench.command import measured
from bench.servers import HEAP, called, engines, environment, neo4j_server
from bench.source import served
from bench.worlds import SIZES, Files, files
from rc2graph import __version__
from rc2graph.cli.terminal import say
from rc2graph.config import GraphTarget
from rc2graph.graph.statements import names, statement

ROOT = Path(__file__).parents[1]
RAW = ROOT / "docs" / "performance.json"
PAGE = ROOT / "docs" / "performance.md"
PICTURES = ROOT / "docs" / "images"
WARM = 8
LATENCIES = (0.0, 0.005, 0.02)
GROWTH = (5_000, 50_000, 500_000)
Figures = dict[str, Any]


class Bench:
    """One run. `python`: Cartography's interpreter. `sizes`: for loads, in the order of their size."""

    def __init__(self, folder: Path, python: str | None, rounds: int, sizes: list[str], *, short: bool) -> None:
        self.folder, self.python, self.rounds, self.short = folder, python, rounds, short
        self.sizes = ["XS"] if short else sizes
        self.made: dict[str, Files] = {}

    def files(self, size: str) -> Files:
        if size not in self.made:
            self.made[size] = files(size, self.folder)
        return self.made[size]

    # ---- writing

    def load(self) -> Figures:
        """First load, the same again, with 1 % changed, verified: on a Neo4j that is emptied before each contender."""
        found: Figures = {}
        with neo4j_server(self.folder / "home") as target:
            for _ in range(0 if self.short else WARM):  # the server compiles what it does often
                for name in self._contenders():
                    self._run(name, target, self.files(self.sizes[0]))
            for size in self.sizes:
                world = self.files(size)
                rounds = found[size] = []
                for number in range(self.rounds):
                    names = self._contenders()
                    turn = number % len(names)
                    order = names[turn:] + names[:turn]
                    rounds.append({name: self._run(name, target, world) for name in order})
                    say(f"  {size} round {number + 1}: {_brief(rounds[-1])}")
        return found

    def _contenders(self) -> list[str]:
        return ["ours", "floor", *(["same graph", "cartography"] if self.python else [])]

    def _run(self, name: str, target: GraphTarget, world: Files) -> Figures:
        _empty(target)
        files, env = [str(world.first), str(world.changed)], environment(target)
        match name:
            case "floor":
                return _contender(sys.executable, "floor", files[:1], env)
            case "ours":
                return _contender(sys.executable, "ours", [*files, str(self.folder / "home")], env)
            case _:
                options = ["--same-graph"] if name == "same graph" else []
                return _contender(str(self.python), "cartography", [*files, *options], env)

    def embedded(self) -> Figures:
        """The same on the embedded engine, without anything to compare with."""
        found: Figures = {}
        for size in self.sizes:
            found[size] = []
            for number in range(self.rounds):
                home = self.folder / f"embedded-{size}-{number}"
                world = self.files(size)
                told = _contender(
                    sys.executable, "ours", [str(world.first), str(world.changed), str(home)], {"NEO4J_URI": ""}
                )
                found[size].append({"ours": told})
                say(f"  embedded {size} round {number + 1}: {_brief(found[size][-1])}")
        return found

    # ---- reading

    def reading(self) -> Figures:
        """`collect` from a server that does not limit it, and the same requests one after another with nothing else;
        the server answers at once, or as late as over a network. Start: until the first request has come."""
        size = SIZES["XS" if self.short else "S"]
        found = {str(latency): self._read(size, latency) for latency in LATENCIES[: 1 if self.short else None]}
        return {"users": size[0], "by latency": found, "limiter": _limiter(40 if self.short else 400)}

    def _read(self, size: tuple[int, ...], latency: float) -> list[Figures]:
        rounds = []
        with served(*size, latency=latency) as source:
            for number in range(self.rounds + 1):
                file = self.folder / f"read-{latency}-{number}.sqlite"
                ours = measured("collect", "--snapshot", file, "--quiet", env=source.environment)
                asked = source.requests()
                bare = _bare(source.url, source.user_id, source.token, [path for _, path in asked])
                source.requests()
                if number:  # the first warms the server
                    start = asked[0][0] - ours.began
                    told = {"ours": ours.seconds, "start": start, "bare": bare, "peak": ours.peak}
                    rounds.append({**told, "requests": len(asked)})
                    say(f"  reading, latency {latency * 1000:.0f} ms, round {number}: {rounds[-1]}")
        return rounds

    def large(self) -> Figures:
        """A million accounts: `collect`, then `load` into Neo4j, and the most memory that each held."""
        users, *rest = SIZES["XS" if self.short else "XL"]
        file = self.folder / "large.sqlite"
        with served(users, *rest) as source:
            read = measured("collect", "--snapshot", file, "--quiet", env=source.environment)
            say(f"  collect {users:,}: {read.seconds:.0f} s, {read.peak:.0f} MB")
        with neo4j_server(self.folder / "home-large", heap="4g") as target:
            wrote = measured("load", "--snapshot", file, "--quiet", env=environment(target))
            same = measured("load", "--snapshot", file, "--quiet", env=environment(target))
        say(f"  load {users:,}: {wrote.seconds:.0f} s, {wrote.peak:.0f} MB; again {same.seconds:.1f} s")
        file.unlink()
        told = {"collect": read, "load": wrote, "same": same}
        return {"users": users, **{name: {"seconds": one.seconds, "peak": one.peak} for name, one in told.items()}}

    # ---- asking

    def questions(self) -> Figures:
        """The whole review as a page, `why` and `who`: the commands, on 100 000 accounts."""
        from bench.paths import BUSY, world
        from tests.snapshots import snapshot

        users = 500 if self.short else 100_000
        file = self.folder / "asked.sqlite"
        snapshot(world(users), file).close()
        found: Figures = {"users": users}
        with engines("both", self.folder / "home-asked") as targets:
            for target in targets:
                env = environment(target)
                measured("load", "--snapshot", file, "--quiet", env=env)
                html = self.folder / "review.html"
                review = [
                    measured("review", "--html", html, "--overwrite", "--quiet", env=env)
                    for _ in range(self.rounds + 1)
                ]
                told: Figures = {"review": [{"seconds": one.seconds, "peak": one.peak} for one in review]}
                for name, words in {
                    "why": ("why", BUSY, "admin"), "who": ("who", "admin"), "impact": ("impact",),
                }.items():  # fmt: skip
                    told[name] = [measured(*words, env=env, codes=(0, 1)).seconds for _ in range(self.rounds + 1)]
                found["embedded" if target.is_embedded else "neo4j"] = told
                say(f"  {called(target)}: {told}")
        return found

    def start(self) -> Figures:
        """`rc2graph --help`, and an interpreter that imports typer and nothing else."""
        runs = 3 if self.short else 15
        forms = {
            "help": ["-m", "rc2graph", "--help"],
            "typer": ["-c", "import typer"],
            "python": ["-c", "pass"],
        }
        found: dict[str, list[float]] = {name: [] for name in forms}
        for _ in range(runs):
            for name, words in forms.items():
                began = time.perf_counter()
                subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - ourselves
                found[name].append(time.perf_counter() - began)
        say(f"  start: { {name: round(statistics.median(one), 3) for name, one in found.items()} }")
        return found

    # ---- growing

    def growth(self) -> Figures:
        """First load and the same again at three sizes, on both engines: time and memory of the command."""
        from rc2graph.simulator.sized import sized
        from tests.review import world_of
        from tests.snapshots import snapshot

        found: Figures = {"users": [], "neo4j": [], "embedded": []}
        for users in (500, 1_000) if self.short else GROWTH:
            file = self.folder / "growing.sqlite"
            size = users, 60, max(users // 25, 20), users * 5 // 2, users * 4
            snapshot(world_of(sized(*size)), file).close()
            found["users"].append(users)
            with engines("both", self.folder / f"home-{users}") as targets:
                for target in targets:
                    first, same = (
                        measured("load", "--snapshot", file, "--quiet", env=environment(target)) for _ in range(2)
                    )
                    told = {
                        "first": first.seconds, "same": same.seconds, "peak": first.peak, "same peak": same.peak,
                    }  # fmt: skip
                    found["embedded" if target.is_embedded else "neo4j"].append(told)
                    say(f"  growth {users:,} {called(target)}: {told}")
            file.unlink()
        return found


PARTS: dict[str, Callable[[Bench], Figures]] = {
    "start": Bench.start,
    "load": Bench.load,
    "embedded": Bench.embedded,
    "reading": Bench.reading,
    "questions": Bench.questions,
    "growth": Bench.growth,
    "large": Bench.large,
}


def _contender(python: str, name: str, words: list[str], env: Mapping[str, str]) -> Figures:
    command = [python, "-m", f"bench.contenders.{name}", *words]
    done = subprocess.run(  # noqa: S603 - ourselves, or Cartography
        command, env={**os.environ, **env}, capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-3000:]}")
    told: Figures = json.loads(done.stdout.splitlines()[-1])
    return told


def _empty(target: GraphTarget) -> None:
    with neo4j.GraphDatabase.driver(target.uri or "", auth=(target.username, target.password)) as driver:
        driver.execute_query("RETURN 1")
        with driver.session() as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS").consume()


def _bare(url: str, user_id: str, token: str, asked: list[str]) -> float:
    """Seconds of the same requests in one session, each answer read and parsed."""
    with requests.Session() as session:
        session.headers.update({"X-User-Id": user_id, "X-Auth-Token": token})
        began = time.perf_counter()
        for path in asked:
            session.get(url + path, timeout=60).json()
        return time.perf_counter() - began


def _limiter(phases: int) -> Figures:
    """The limiter on a virtual clock, entered at many phases: time over its floor, and how many were refused."""
    import random

    from tests.test_throttle import CALLS, World

    found: Figures = {"phases": phases, "calls": CALLS, "by latency": {}}
    for latency in (0.0, 0.003, 0.05, 0.4):
        chance, ratios, refused = random.Random(1), list[float](), 0
        for _ in range(phases):
            world = World(into=chance.uniform(0, 70), latency=latency, ahead=chance.uniform(-1, 1))
            took = world.run(CALLS)
            windows = -(-CALLS // world.calls) - 1
            ratios.append(took / (windows * world.period + max(world.period - world.into, 0)))
            refused += world.refused
        found["by latency"][str(latency)] = {"worst": max(ratios), "refused": refused}
    return found


def _brief(told: Mapping[str, Figures]) -> str:
    return "; ".join(
        f"{name} " + " ".join(f"{key} {value:.2f}" for key, value in one.items() if isinstance(value, float))
        for name, one in told.items()
    )


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rc2graph-bench-") as name:
        yield Path(name)


def sent() -> dict[str, str]:
    """Statement of a load → hash of its text, without comments and blanks."""
    return {
        name: sha256(" ".join(re.sub(r"//.*", "", statement(name)).split()).encode()).hexdigest()
        for folder in ("schema", "state", "verify", "ahead", "load", "close")
        for name in names(folder)
    }


def machine() -> Figures:
    return {
        "at": datetime.now(UTC).strftime("%Y-%m-%d"),
        "rc2graph": __version__,
        "python": platform.python_version(),
        "neo4j driver": neo4j.__version__,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "heap": HEAP,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cartography", metavar="PYTHON")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--sizes", default="S,L", help="of the loads")
    parser.add_argument("--short", action="store_true")
    chosen = parser.parse_args()
    known: Figures = json.loads(RAW.read_text()) if RAW.exists() and not chosen.short else {}
    with _folder() as folder:
        rounds, sizes = 1 if chosen.short else chosen.rounds, chosen.sizes.split(",")
        bench = Bench(folder, chosen.cartography, rounds, sizes, short=chosen.short)
        for name in chosen.only.split(","):
            say(f"{name}:")
            known[name] = PARTS[name](bench)
            known["machine"] = {**known.get("machine", {}), name: machine()}
            if name == "load":
                known["statements"] = sent()
            if not chosen.short:
                RAW.write_text(json.dumps(known, indent=1) + "\n")
    text = page.page(known)
    if not chosen.short:
        PAGE.write_text(text)
        pictures = {PICTURES / name: picture for name, picture in charts(known).items()}
        for path, picture in pictures.items():
            path.write_text(picture)
        say(f"Written: {', '.join(str(path.relative_to(ROOT)) for path in (RAW, PAGE, *pictures))}")


if __name__ == "__main__":
    main()
