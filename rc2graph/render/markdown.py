"""Text that is only text in any Markdown: in a ticket, a wiki, a merge request."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rc2graph.text import harmless

WORD = re.compile(
    r"(?![\da-f]{7,40}\b)[(“]?[^\W\d_][^\W_]*(['’-][^\W\d_]+)*[)”]?[.,;:?!]?"  # seven hex digits are a commit to some
    r"|\[[^\W\d_]+\][.,;?!]?"  # with a colon behind it a bracket would define a link
    r"|[\d,]+|\d{4}-\d\d-\d\d|[→–+]"
)


def text(value: object) -> str:
    """Words as they are, anything else as code: no link, mention, number of an issue, HTML, or end of a cell.

    Escapes would not do: a wiki looks for `@name` and `www.` in the text that has come of them.
    """
    words = harmless("" if value is None else value).split()
    runs = groupby(words, lambda word: bool(WORD.fullmatch(word)))
    return " ".join(" ".join(run) if plain else _code(" ".join(run)) for plain, run in runs)


def code(name: str) -> str:
    """A name to be typed."""
    return _code(harmless(name))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], typed: str = "") -> Iterator[str]:
    """Lines with their ends. What stands in the column `typed` is code, whatever it is."""
    yield f"| {' | '.join(map(text, columns))} |\n| {' | '.join('---' for _ in columns)} |\n"
    for row in rows:
        cells = [
            code(str(value)) if column == typed else text(value) for column, value in zip(columns, row, strict=True)
        ]
        yield f"| {' | '.join(cells)} |\n"


def _code(words: str) -> str:
    """A code span has no way to hold a bar in a table, so bars stand between spans."""
    inside = words.rstrip(",;")
    return "&#124;".join(_span(part) if part else "" for part in inside.split("|")) + words[len(inside) :]


def _span(inside: str) -> str:
    fence = "`" * (max(map(len, re.findall("`+", inside)), default=0) + 1)
    gap = " " if "`" in (inside[0], inside[-1]) else ""
    return f"{fence}{gap}{inside}{gap}{fence}"
