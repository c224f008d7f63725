"""A review for a terminal: the summary, then what was found, question by question."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from string import ascii_letters
from textwrap import wrap
from typing import Any

from rc2graph.render.table import table
from rc2graph.reviews.questions import SEVERITIES
from rc2graph.reviews.run import BUT_FOR, FINDINGS, IN_FULL, LISTED, NONE, NOT_VISIBLE, Result, Review
from rc2graph.text import cell, counted, harmless, listed, short

MANY, LONG = 8, 300
"""Names of a list and letters of a text that are shown, where not everything is wanted."""
NARROWEST = 40
"""A window."""


def lines(review: Review, first: int | None, width: int, *, empty: bool = False) -> Iterator[str]:
    """The review, in harmless text. `first`: so many rows of an answer, and no inventories; None: everything. `empty`:
    all questions in a table, also those of which nothing was found."""
    several, width = len(review.seen) > 1, max(width, NARROWEST)
    for seen in review.seen:
        yield harmless(f"Access review of {seen.workspace}, as of {seen.as_of or 'no finished load'}")
        for note in seen.notes:
            if note.general:
                yield from _wrapped(f"Note: {note}", width)
    yield ""
    if empty:
        yield from _table(review, several, width)
    for one in review.results:
        if one.verdict == FINDINGS or (one.verdict == LISTED and first is None):
            yield from _answer(one, several, first, width)
    yield from _not_found(review, several, first, width)
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
    yield ""
    yield from summary(review, width)


def summary(review: Review, width: int) -> Iterator[str]:
    """How much was found, by severity, and what to do next."""
    found = Counter(one.question.severity for one in review.results if one.verdict == FINDINGS)
    told = ", ".join(f"{found[severity]} {severity}" for severity in SEVERITIES if found[severity])
    yield from _wrapped(
        f"{counted(found.total(), 'question')} with findings{f' ({told})' if told else ''}, "
        f"{review.count(NOT_VISIBLE)} not visible, of {len(review.results)}.",
        width,
    )


def next_commands(review: Review) -> tuple[str, ...]:
    """What a reviewer does next. The account is the first one that was found, where its name needs no quotes."""
    place = f" --workspace {shlex.quote(review.seen[0].workspace)}" if len(review.seen) > 1 else ""
    names = (
        row[one.question.columns.index("user")]
        for one in review.results
        if one.verdict == FINDINGS and "user" in one.question.columns and one.workspace == review.seen[0].workspace
        for row in one.rows
    )  # fmt: skip
    name = next((name for name in names if isinstance(name, str) and re.fullmatch(r"[a-zA-Z0-9][\w.-]*", name)), "NAME")
    return (
        "rc2graph review --html review.html",
        f"rc2graph review{place} --worksheet worksheet.xlsx",
        f"rc2graph why{place} {name}",
    )


class _Marks:
    """What was not seen though the lists were read in full, each under a letter, so that a line stays short."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}

    def of(self, one: Result) -> str:
        found = {self._letters.setdefault(text, _letter(len(self._letters))) for text in one.not_told}
        return "".join(sorted(found))

    def lines(self, width: int) -> Iterator[str]:
        for text, letter in self._letters.items():
            yield from _wrapped(f" {letter}: {BUT_FOR} {text}.", width)


def _letter(number: int) -> str:
    return ascii_letters[number % len(ascii_letters)]


def _not_found(review: Review, several: bool, first: int | None, width: int) -> Iterator[str]:
    """A line for each kind of answer without rows: what was not visible, with its reason, stays apart."""
    grouped: dict[str, list[str]] = {}
    marks = _Marks()
    for one in review.results:
        name = f"{one.question.name}{f' ({one.workspace})' if several else ''}"
        if one.verdict == NOT_VISIBLE:
            said = f"Not visible, {one.visibility}"
        elif one.verdict == NONE:
            said = "Nothing found"
            name = f"{name} {marks.of(one)}".rstrip()
        elif one.verdict == LISTED and first is not None:
            said = "Inventories (--all shows their rows)"
        else:
            continue
        grouped.setdefault(said, []).append(name)
    for said, names in grouped.items():
        yield from _wrapped(f"{said}: {', '.join(names)}.", width)
    yield from marks.lines(width)
    if grouped:
        yield ""


def _answer(one: Result, several: bool, first: int | None, width: int) -> Iterator[str]:
    question = one.question
    place = f" in {one.workspace}" if several else ""
    among = f", {one.among} examined" if one.among else ""
    found = f"{one.verdict_text} found{among}"
    heading = f"{question.severity.upper()}  {question.title}{place} ({question.name}): {found}"
    yield from _wrapped(heading, width)
    for text in (question.why, question.heuristic and f"A guess: {question.heuristic}"):
        yield from _wrapped(text, width)
    if one.gaps:
        yield from _wrapped(f"There may be more. Not visible: {listed(list(one.gaps))}.", width)
    elif one.left_out:
        yield from _wrapped(f"{IN_FULL.capitalize()}{one.but_for}.", width)
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


def _table(review: Review, several: bool, width: int) -> Iterator[str]:
    heads = ("severity", "question", *(["workspace"] if several else []), "found", "examined", "visibility")
    marks = _Marks()
    rows = [
        (one.question.severity, one.question.name, *([one.workspace] if several else []), one.verdict_text,
         one.among,
         one.visibility if one.gaps or not one.left_out else f"{IN_FULL} {marks.of(one)}")
        for one in review.results
    ]  # fmt: skip
    yield from table(heads, rows, width)
    yield from marks.lines(width)
    yield ""


def _short(value: Any, column: str) -> str:
    if isinstance(value, list | tuple) and len(value) > MANY and column != "path":
        return f"{cell(value[:MANY])} and {len(value) - MANY:,} more"
    return short(cell(value, column), LONG)


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(harmless(text), width, break_on_hyphens=False)
