"""The figures of bench/performance.py as a page: medians, ranges, and ratios to what was measured in the same run."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.worlds import SIZES
from rc2graph.rocketchat.endpoints import USERS_BY_STATUS
from rc2graph.rocketchat.estimate import Estimate

Figures = Mapping[str, Any]

NAMES = {
    "ours": "rc2graph",
    "floor": "bare driver",
    "same graph": "Cartography, the same graph",
    "cartography": "Cartography, edges without properties",
}
LOADS = {
    "first": "first load",
    "at once": "the same at once",
    "same": "nothing changed",
    "changed": "1 % changed",
    "verify": "`--verify`, nothing changed",
}
AIMS = {
    ("first", "S"): {"same graph": 2.5, "cartography": 1.5}, ("first", "L"): {"same graph": 2.0, "cartography": 1.5},
    **{(what, size): dict.fromkeys(("same graph", "cartography"), aim)
       for what, size, aim in (("same", "S", 20.0), ("same", "L", 30.0), ("changed", "L", 12.0))},
}  # fmt: skip
"""At least so many times as fast as each way of Cartography."""


WORKSPACES = ((500, 40, 50), (5_000, 300, 500), (50_000, 2_000, 5_000))
"""Users, teams, and deactivated accounts that have to be asked for one by one."""


def page(figures: Figures) -> str:
    parts = [HEAD]
    if {"reading", "growth", "large"} <= figures.keys():
        parts.append(_first_questions(figures))
    for name, part in PARTS.items():
        if name in figures:
            parts += [part(figures[name]), _measured(figures, name)]
    return "\n".join(parts).rstrip() + "\n"


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def seconds(values: Sequence[float]) -> str:
    """Median and range."""
    digits = 3 if median(values) < 0.1 else 2 if median(values) < 10 else 1
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(columns)} |", f"| {' | '.join('---' for _ in columns)} |"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)]) + "\n"


def _measured(figures: Figures, name: str) -> str:
    at = figures["machine"][name]
    return (
        f"*{at['at']}, rc2graph {at['rc2graph']}, Python {at['python']}, neo4j driver {at['neo4j driver']}, "
        f"{at['cores']} cores, Neo4j with {at['heap']} of heap.*\n"
    )


def _picture(name: str, words: str) -> str:
    return f"![{words}](images/performance-{name}.svg)\n"


def _first_questions(figures: Figures) -> str:
    """How long, and how much memory: from the arithmetic of `check`, and from what was measured."""
    read, growth = figures["reading"]["by latency"]["0.02"], figures["growth"]
    each = median((one["ours"] - one["start"]) / one["requests"] for one in read)
    rows = []
    for users, teams, deactivated in WORKSPACES:
        told = Estimate(USERS_BY_STATUS, users, deactivated, teams, limited=True, limit=10, period=60.0)
        calls = told.calls or 0
        rows.append((
            f"{users:,}", f"{teams:,}", f"{deactivated:,}", f"{calls:,}", _long((told.minutes or 0) * 60),
            _long(calls * each),
        ))  # fmt: skip
    held = [
        f"{count:,} users: {neo4j['peak']:.0f} MB into Neo4j, {embedded['peak']:.0f} MB into the embedded graph"
        for count, neo4j, embedded in zip(growth["users"], growth["neo4j"], growth["embedded"], strict=True)
    ]
    large = figures["large"]
    columns = (
        *("users", "teams", "deactivated, asked one by one", "calls"),
        *("behind the rate limit", "with the bypass, 20 ms away"),
    )
    return f"""## What people ask first

**How long will my workspace take?** As long as the slowest list: one call for each team, and one for each deactivated
account that has to be asked for. Behind the rate limit that is ten calls a minute, and by how many of the accounts have
to be asked it may be less; an account that holds `api-bypass-rate-limit` waits for nothing. `rc2graph check` says it of
your workspace.

{table(columns, rows)}
Then the graph is written; how long that takes stands below.

**How much memory does it take?** `load` of {"; ".join(held)}. `collect` of {large["users"]:,} users held
{large["collect"]["peak"]:.0f} MB.
"""


def _long(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _load(figures: Figures) -> str:
    rows = []
    for size, rounds in figures.items():
        for what, words in LOADS.items():
            cells, of = [], {}
            for name in NAMES:
                told = [one[name][what] for one in rounds if what in one.get(name, {})]
                of[name] = told
                cells.append(seconds(told) if told else "–")
            rows.append((
                size, words, *cells, _ratio(rounds, what, "floor", "ours"),
                *(_against(rounds, name, what, size) for name in ("same graph", "cartography")),
            ))  # fmt: skip
    text = f"""## Writing into Neo4j

Seconds, median and range of {len(next(iter(figures.values())))} rounds; in each round every contender gets an emptied graph,
in turning order, on the same server. Start of the process and connecting are outside the clock; ours begins before the
snapshot that was just collected is opened, and ends with its `Sync`. The bare driver writes the same rows from memory
and neither plans nor proves; for "nothing changed" it reads all fingerprints of users and compares them, which is the least that can be done.
Cartography has a data model of the same nodes and properties, its own loading and its own cleanup: once so that it writes the same graph (memberships
with roles, owner, joined and added by, through its `load_matchlinks()`), once in its shortest way, which writes no property of any edge. "The same at once" follows the first load, when Neo4j plans
anew for a graph that was empty a moment ago; then the server is told to look at its indexes (`db.resampleOutdatedIndexes`), as it does by itself in the
time until the next night, and what follows is measured when its statements are planned, as on any night.

{_sizes(figures)}

"""  # noqa: E501
    text += table(
        (
            "", "", *NAMES.values(), "rc2graph ÷ bare driver (aim of first: 1.15)", "the same graph ÷ rc2graph (aim)",
            "without properties ÷ rc2graph (aim)",
        ),
        rows,
    )  # fmt: skip
    for size, rounds in figures.items():
        if all("cartography" in one for one in rounds):
            written = int(median(one["cartography"]["same properties"] for one in rounds))
            text += (
                f"\n{size}: where nothing changed, Cartography writes {written:,} properties; "
                "a load of ours its lease and one `Sync`."
            )
        share = [one["ours"]["verify"] / one["ours"]["first"] for one in rounds]
        text += f" `--verify` takes {median(share):.2f} ({min(share):.2f}–{max(share):.2f}) of a first load (aim: 0.2)."
    text += "\n\n" + _picture("ratios", "How many times as fast as Cartography each kind of load is")
    peak = max(one["ours"]["peak"] for rounds in figures.values() for one in rounds)
    check = seconds([one["ours"]["check"] for one in list(figures.values())[-1]])
    return (
        text
        + f"""
`load --snapshot FILE` checks the hash of the file first, {check} s more at {list(figures)[-1]}; a load that
has just collected its snapshot need not. No run of ours held more than {peak:.0f} MB.

What keeps a first load from being faster is the server: it works three to five times as long as we do; half of that,
at S, are its commits. They come one after the other, since every transaction holds the lease until it is committed.
`--verify` has both processors work, the server's to say what it holds and ours to say the same of the snapshot.
"""
    )


def _sizes(figures: Figures) -> str:
    said = []
    for size in figures:
        users, roles, teams, assignments, memberships = SIZES[size]
        said.append(
            f"{size} is {users:,} users, {roles} roles, {teams:,} teams, {assignments:,} assignments of roles and "
            f"{memberships:,} memberships."
        )
    return "\n".join(said)


def _ratio(rounds: Sequence[Figures], what: str, below: str, above: str) -> str:
    told = [one[above][what] / one[below][what] for one in rounds if what in one.get(below, {})]
    return f"{median(told):.2f} ({min(told):.2f}–{max(told):.2f})" if told else "–"


def _against(rounds: Sequence[Figures], name: str, what: str, size: str) -> str:
    told = [one[name][what] / one["ours"][what] for one in rounds if what in one.get(name, {})]
    if not told:
        return "–"
    aim = AIMS.get((what, size), {}).get(name)
    return f"**{median(told):.1f}×** ({min(told):.1f}–{max(told):.1f})" + (f", aim {aim:g}×" if aim else "")


def _embedded(figures: Figures) -> str:
    rows = [
        (size, words, seconds([one["ours"][what] for one in rounds]))
        for size, rounds in figures.items()
        for what, words in LOADS.items()
    ]
    peaks = ", ".join(
        f"{max(one['ours']['peak'] for one in rounds):.0f} MB at {size}" for size, rounds in figures.items()
    )
    return f"""## Writing into the embedded graph

Each round in a new folder. The engine lives in the process: {peaks}.

{table(("", "", "seconds"), rows)}"""


def _reading(figures: Figures) -> str:
    limiter, reads = figures["limiter"], figures["by latency"]
    start = [one["start"] for rounds in reads.values() for one in rounds]
    reading = []
    for latency, rounds in reads.items():
        ours = [one["ours"] - one["start"] for one in rounds]
        ratios = [mine / one["bare"] for mine, one in zip(ours, rounds, strict=True)]
        reading.append((
            f"{float(latency) * 1000:.0f} ms", rounds[0]["requests"], seconds(ours),
            seconds([one["bare"] for one in rounds]), f"**{median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f})",
        ))  # fmt: skip
    rows = [
        (f"{float(latency) * 1000:.0f} ms", f"{one['worst']:.4f}", one["refused"])
        for latency, one in limiter["by latency"].items()
    ]
    return f"""## Reading Rocket.Chat

**Without the limiter** ({figures["users"]:,} users): `rc2graph collect`, from its first request to the checked file, and
the same requests one after another in one session, each answer parsed and thrown away. Before its first request the
command takes {seconds(start)} s to start. The server answers in a millisecond, and so many later as the table says: at
0 ms what remains is our own work, which is mapping, every page into a file that survives a kill, fingerprints, hash; over
a network routes that are asked side by side, and requests that wait their turn while we write, win more than that costs.

{table(("latency", "requests", "`collect`, s", "bare requests, s", "ratio (aim: at most 1.1)"), reading)}
**With the limiter**: {limiter["phases"]} runs of {limiter["calls"]} calls on a virtual clock, entered at any phase of the
server's window. The floor is what the server's own arithmetic allows: ten calls a window.

{table(("latency", "worst run ÷ floor", "refused"), rows)}
On a real clock, once, with a window begun 25 s before by a neighbour: 94 calls in 516 s against a floor of 514 s.
"""  # noqa: E501


def _large(figures: Figures) -> str:
    rows = [
        (words, f"{figures[name]['seconds']:.0f}", f"{figures[name]['peak']:.0f}")
        for name, words in (
            ("collect", "`collect`"),
            ("load", "`load` into an empty Neo4j"),
            ("same", "`load`, nothing changed"),
        )
    ]
    return f"""## A million accounts

{figures["users"]:,} users, {SIZES["XL"][2]:,} teams, {SIZES["XL"][3]:,} assignments, {SIZES["XL"][4]:,} memberships. Whole commands; Neo4j with 4 GB of heap. Aims:
`collect` below 100 MB, `load` below 200 MB.

{table(("", "seconds", "peak MB"), rows)}"""  # noqa: E501


def _questions(figures: Figures) -> str:
    rows = []
    for engine, words in (("neo4j", "Neo4j"), ("embedded", "embedded")):
        told = figures[engine]
        review = [one["seconds"] for one in told["review"]]
        peak = max(one["peak"] for one in told["review"])
        rows.append((words, "review --html", f"{review[0]:.1f}", seconds(review[1:]), f"{peak:.0f}"))
        for name in ("why", "who", "impact"):
            rows.append((words, name, f"{told[name][0]:.2f}", seconds(told[name][1:]), ""))
    return f"""## Asking, {figures["users"]:,} accounts

Seconds of whole commands, their start included (0.4 to 0.6 s of it). The first review finds a server that has never
planned its fifty statements; planning them is most of its time. `why` is asked of an account with 60 roles and 300
teams; by itself, without the command around it, its answer takes 9 ms on Neo4j (`python -m bench.paths`).

{table(("", "", "first", "then", "peak MB"), rows)}"""


def _start(figures: Figures) -> str:
    ratio = median(figures["help"]) / median(figures["typer"])
    return f"""## Start

`rc2graph --help` takes {seconds(figures["help"])} s, `python -c "import typer"` {seconds(figures["typer"])} s, and
`python -c pass` {seconds(figures["python"])} s: **{ratio:.2f}** times as long as importing typer (aim: at most 2).
"""


def _growth(figures: Figures) -> str:
    users = figures["users"]
    rows = [
        (f"{count:,}", words, f"{one['first']:.1f}", f"{one['first'] / count * 10_000:.2f}", f"{one['same']:.1f}",
         f"{one['peak']:.0f}", f"{one['same peak']:.0f}")
        for engine, words in (("neo4j", "Neo4j"), ("embedded", "embedded"))
        for count, one in zip(users, figures[engine], strict=True)
    ]  # fmt: skip
    neo4j, embedded = (_per_user(figures, engine) for engine in ("neo4j", "embedded"))
    text = f"""## Growth

Whole commands (`load --snapshot`), into an empty graph and again. Five assignments to two users, four memberships to
one, 25 users to a team. Where time grows with the users, seconds for each 10 000 of them stay the same.

{table(("users", "", "first load, s", "s per 10 000 users", "again, s", "peak MB", "again, peak MB"), rows)}
Seconds per user at {users[-1]:,} users ÷ at {users[-2]:,}: {neo4j:.2f} on Neo4j, which at first is still compiling
itself; {embedded:.2f} embedded, where the engine is part of the process: an edge takes it longer the larger its files,
and it takes as much memory as Java lets it. Our own part of the memory is what the lines of Neo4j say.

"""
    return text + _picture("growth", "Seconds for each 10,000 users, and peak memory, at three sizes on both engines")


def _per_user(figures: Figures, engine: str) -> float:
    """Time per user at the largest size over that at the one before it."""
    (few, small), (many, large) = list(zip(figures["users"], figures[engine], strict=True))[-2:]
    return float(large["first"] / many / (small["first"] / few))


PARTS = {
    "load": _load,
    "embedded": _embedded,
    "reading": _reading,
    "questions": _questions,
    "start": _start,
    "growth": _growth,
    "large": _large,
}

HEAD = """# Performance

Made by `python -m bench.performance` ([how](../CONTRIBUTING.md)); raw figures in
[performance.json](performance.json). Machines differ: read the ratios, which are of one run each, not the seconds.
"""
