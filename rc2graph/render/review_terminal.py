"""A review for a terminal: the summary, then what was found, question by question."""

from collections.abc import Iterator
from string import ascii_letters
from textwrap import wrap
from typing import Any

from rc2graph.render.table import table
from rc2graph.reviews.run import BUT_FOR, FINDINGS, IN_FULL, LISTED, NOT_VISIBLE, Result, Review
from rc2graph.text import cell, counted, harmless, listed, short

MANY, LONG = 8, 300
"""Names of a list and letters of a text that are shown, where not everything is wanted."""
NARROWEST = 40
"""A window."""


def lines(review: Review, first: int | None, width: int) -> Iterator[str]:
    """The review, in harmless text. `first`: so many rows of an answer, and no inventories; None: everything."""
    several, width = len(review.seen) > 1, max(width, NARROWEST)
    for seen in review.seen:
        yield harmless(f"Access review of {seen.workspace}, as of {seen.as_of or 'no finished load'}")
        for note in seen.notes:
            if note.general:
                yield from _wrapped(f"Note: {note}", width)
    yield ""
    yield from _summary(review, several, width)
    for one in review.results:
        if one.verdict == FINDINGS or (one.verdict == LISTED and first is None):
            yield from _answer(one, several, first, width)
    yield "Rocket.Chat does not expose:"
    for text in review.not_exposed:
        yield from wrap(text, width, initial_indent="  ", subsequent_indent="    ")
    for one in review.results:
        place = f" in {one.workspace}" if several else ""
        for text in one.explained:
            yield from _wrapped(f"No finding{place}: {text} ({one.question.name})", width)
    for seen in review.seen:
        place = f" in {seen.workspace}" if several else ""
        for note in seen.notes:
            if not note.general:
                yield from _wrapped(f"Note{place} on {note.on}: {note}", width)
        for text in seen.not_visible:
            yield from _wrapped(f"Not visible{place}: {text}", width)
    told = f"{counted(review.count(FINDINGS), 'question')} with findings, "
    if listing := review.count(LISTED):
        shown = "" if first is None else " (--all shows the rows)"
        told += f"{counted(listing, 'inventory', 'inventories')}{shown}, "
    yield from _wrapped(f"{told}{review.count(NOT_VISIBLE)} not visible, of {len(review.results)}.", width)


def _answer(one: Result, several: bool, first: int | None, width: int) -> Iterator[str]:
    question = one.question
    place = f" in {one.workspace}" if several else ""
    yield from _wrapped(f"{question.severity.upper()}  {question.title}{place} ({question.name})", width)
    for text in (question.why, question.heuristic and f"A guess: {question.heuristic}"):
        yield from _wrapped(text, width)
    if one.gaps:
        yield from _wrapped(f"There may be more. Not visible: {listed(list(one.gaps))}.", width)
    if one.notes:
        yield from _wrapped(f"Read this with the notes on {one.noted}.", width)
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
    notes: dict[str, str] = {}
    """What was not seen though the lists were read in full → the letter of its line below the table. It is short, so
    that the table fits into 80 columns."""

    def seen(one: Result) -> str:
        if one.gaps or not one.left_out:
            return one.visibility
        marks = {notes.setdefault(text, ascii_letters[len(notes) % len(ascii_letters)]) for text in one.not_told}
        return f"{IN_FULL} {''.join(sorted(marks))}"

    rows = [
        (one.question.severity, one.question.name, *([one.workspace] if several else []), one.verdict_text,
         one.among,
         seen(one))
        for one in review.results
    ]  # fmt: skip
    yield from table(heads, rows, width)
    for text, mark in notes.items():
        yield from _wrapped(f" {mark}: {BUT_FOR} {text}.", width)
    yield ""


def _short(value: Any, column: str) -> str:
    if isinstance(value, list | tuple) and len(value) > MANY and column != "path":
        return f"{cell(value[:MANY])} and {len(value) - MANY:,} more"
    return short(cell(value, column), LONG)


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(harmless(text), width, break_on_hyphens=False)
