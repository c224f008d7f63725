"""A review for a terminal: the summary, then what was found, question by question.

A table that would be wider than the window puts its widest columns below each row, so that no name is broken; a path
that says no more than the row does is left out there.
"""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any

from rich.cells import cell_len

from rc2graph.review.findings import BUT_FOR, FINDINGS, IN_FULL, LISTED, NOT_VISIBLE, Result, Review
from rc2graph.text import cell, counted, harmless, listed, short

MANY, LONG = 8, 300
"""Names of a list and letters of a text that are shown, where not everything is wanted."""
NARROWEST, WIDEST = 40, 40
"""A window, and a column of a table."""


def lines(review: Review, first: int | None, width: int) -> Iterator[str]:
    """The review, in harmless text. `first`: so many rows of an answer, and no inventories; None: everything."""
    several, width = len(review.seen) > 1, max(width, NARROWEST)
    for seen in review.seen:
        yield harmless(f"Access review of {seen.workspace}, as of {seen.as_of or 'no finished load'}")
    yield ""
    yield from _summary(review, several, width)
    for one in review.results:
        if one.verdict == FINDINGS or (one.verdict == LISTED and first is None):
            yield from _answer(one, several, first, width)
    yield "Rocket.Chat does not expose:"
    for text in review.not_exposed:
        yield from wrap(text, width, initial_indent="  ", subsequent_indent="    ")
    for seen in review.seen:
        place = f" in {seen.workspace}" if several else ""
        for text in seen.not_visible:
            yield from _wrapped(f"Not visible{place}: {text}", width)
    yield (
        f"{counted(review.count(FINDINGS), 'question')} with findings, {review.count(LISTED)} to read (--all), "
        f"{review.count(NOT_VISIBLE)} not visible, of {len(review.results)}."
    )


def _answer(one: Result, several: bool, first: int | None, width: int) -> Iterator[str]:
    question = one.question
    place = f" in {one.workspace}" if several else ""
    yield from _wrapped(f"{question.severity.upper()}  {question.title}{place} ({question.name})", width)
    for text in (question.why, question.heuristic and f"A guess: {question.heuristic}"):
        yield from _wrapped(text, width)
    if one.gaps:
        yield from _wrapped(f"There may be more. Not visible: {listed(list(one.gaps))}.", width)
    yield ""
    shown = one.rows[:first]
    texts = [
        [_short(value, column) if first is not None else cell(value, column) for column, value in
         zip(question.columns, row, strict=True)]
        for row in shown
    ]  # fmt: skip
    yield from table(question.columns, texts, width)
    yield ""
    if one.total > len(shown):
        yield f"{counted(one.total - len(shown), 'more row')}: --all or --csv DIR shows them."
        yield ""


def _summary(review: Review, several: bool, width: int) -> Iterator[str]:
    heads = ("severity", "question", *(["workspace"] if several else []), "found", "examined", "visibility")
    rows = [
        (one.question.severity, one.question.name, *([one.workspace] if several else []), one.words,
         "" if one.examined is None else f"{one.examined:,} {one.question.examines}",
         f"{IN_FULL} *" if one.left_out and not one.gaps else one.visibility)
        for one in review.results
    ]  # fmt: skip
    yield from table(heads, rows, width)
    if any(one.left_out for one in review.results):
        yield from _wrapped(f" * {BUT_FOR}.", width)
    yield ""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> Iterator[str]:
    """Rows under their heads. Wide columns go below each row until the others fit; the one that names it never does."""
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


def _short(value: Any, column: str) -> str:
    if isinstance(value, list | tuple) and len(value) > MANY and column != "path":
        return f"{cell(value[:MANY])} and {len(value) - MANY:,} more"
    return short(cell(value, column), LONG)


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(harmless(text), width, break_on_hyphens=False)
