"""The figures of bench/performance.py as pictures: how time and memory grow, and how many times as fast as others."""

import io
import statistics
from collections.abc import Mapping
from typing import Any

Figures = Mapping[str, Any]

OURS, EMBEDDED, GREY = "#1f5fa8", "#c2571a", "#6b6b6b"
ENGINES = {"neo4j": ("Neo4j", OURS, -14), "embedded": ("embedded", EMBEDDED, 7)}
"""What they are called, their colour, and how many points above the line its figures stand."""
LOADS = {"first": "first load", "same": "nothing changed", "changed": "1 % changed"}
FASTER = {"same graph": "the same graph", "cartography": "edges without properties"}


def charts(figures: Figures) -> dict[str, str]:
    """Name of a file → the picture (SVG), of those parts that were measured."""
    made = {}
    if "growth" in figures:
        made["performance-growth.svg"] = growth(figures["growth"])
    if any("cartography" in one for rounds in figures.get("load", {}).values() for one in rounds):
        made["performance-ratios.svg"] = ratios(figures["load"])
    return made


def growth(figures: Figures) -> str:
    """Seconds for each 10 000 users of a first load, and the most memory of the command, by the number of users."""
    users = figures["users"]

    def draw(axes: Any) -> None:
        left, right = axes
        for engine, (words, colour, above) in ENGINES.items():
            told = figures[engine]
            rate = [one["first"] / count * 10_000 for count, one in zip(users, told, strict=True)]
            for place, values in ((left, rate), (right, [one["peak"] for one in told])):
                place.plot(users, values, marker="o", color=colour, label=words)
                for count, value in zip(users, values, strict=True):
                    text = f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
                    place.annotate(
                        text, (count, value), (0, above), textcoords="offset points", ha="center", color=colour
                    )
        left.set_title("First load, seconds for each 10,000 users", loc="left")
        right.set_title("First load, peak memory of the command, MB", loc="left")
        for place in axes:
            place.set_xscale("log")
            place.set_xticks(users, [f"{count:,} users" for count in users])
            place.minorticks_off()
            place.set_ylim(-0.1 * place.get_ylim()[1], place.get_ylim()[1] * 1.15)
            place.legend(loc="upper center", frameon=False)

    return _drawn(draw, columns=2, height=3.2)


def ratios(figures: Figures) -> str:
    """How many times as fast as Cartography each kind of load is: median and range of the rounds."""

    def draw(axes: Any) -> None:
        (place,) = axes
        rows = [(size, what) for size in figures for what in LOADS]
        for shift, (name, colour) in enumerate(zip(FASTER, (OURS, GREY), strict=True)):
            for row, (size, what) in enumerate(rows):
                found = [one[name][what] / one["ours"][what] for one in figures[size]]
                middle, at = statistics.median(found), row + 0.38 * shift
                place.barh(at, middle, 0.36, color=colour, label=None if row else f"Cartography, {FASTER[name]}")
                place.plot((min(found), max(found)), (at, at), color="black", linewidth=1)
                place.annotate(f"{middle:.1f}×", (max(found), at), (4, 0), textcoords="offset points", va="center")
        place.set_yticks([row + 0.19 for row in range(len(rows))], [f"{size}, {LOADS[what]}" for size, what in rows])
        place.invert_yaxis()
        place.set_title("rc2graph is so many times as fast", loc="left")
        place.legend(loc="upper right", frameon=False)

    return _drawn(draw, columns=1, height=3.6)


def _drawn(draw: Any, *, columns: int, height: float) -> str:
    """The same figures make the same file."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    settings = {
        "svg.fonttype": "none", "svg.hashsalt": "rc2graph", "font.family": "sans-serif", "font.size": 9,
        "axes.titlesize": 10, "axes.spines.top": False, "axes.spines.right": False,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        figure, axes = pyplot.subplots(1, columns, figsize=(9, height), layout="constrained", squeeze=False)
        draw(axes[0])
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None}, facecolor="white")
        pyplot.close(figure)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()) + "\n"
