"""A table that fits the window.

One that would be wider puts its widest columns below each row, so that no name is broken; a path that says no more than
the row does is left out there.
"""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from rc2graph.text import harmless

WIDEST = 40
"""Letters of a column that stands beside others."""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> Iterator[str]:
    """Rows under their heads. Wide columns go below each row until the others fit; the one that names it never does."""
    from rich.cells import cell_len

    texts = [list(map(harmless, row)) for row in (columns, *rows)]
    widths = {n: max(cell_len(row[n]) for row in texts) for n in range(len(columns))}
    first = next((n for n in widths if columns[n] != "path"), 0)
    beside = {n: min(wide, WIDEST) for n, wide in widths.items() if n == first or wide <= WIDEST}
    while len(beside) > 1 and sum(beside.values()) + 3 * len(beside) - 2 > width:
        del beside[max(beside.keys() - {first}, key=lambda n: (columns[n] == "path", beside[n], n))]
    below = [n for n in widths if n not in beside]
    named = max((cell_len(columns[n]) for n in below), default=0)
    for number, row in enumerate(texts):
        known = {row[n] for n in beside}
        if cell_len(row[first]) > beside[first]:
            yield from _indented(" ", row[first], width)
            row[first] = ""
        yield " " + "   ".join(row[n] + " " * (beside[n] - cell_len(row[n])) for n in beside).rstrip()
        if number == 0:
            yield " " + "─" * (sum(beside.values()) + 3 * len(beside) - 3)
        for n in below if number else ():
            if row[n] and (columns[n] != "path" or not known.issuperset(row[n].split(" → "))):
                yield from _indented(f"     {texts[0][n].ljust(named)}  ", row[n], width)


def _indented(begin: str, text: str, width: int) -> list[str]:
    return wrap(text, width, initial_indent=begin, subsequent_indent=" " * len(begin), break_on_hyphens=False)
