"""A review for a ticket or a wiki: a summary, then a table for each question that found something."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rc2graph.review.findings import LISTED, Result, Review, Row
from rc2graph.text import cell, counted, harmless

WORD = re.compile(r"[(“]?[^\W\d_]+(['’-][^\W\d_]+)*[)”]?[.,;:?!]?|[\d,]+|\d{4}-\d\d-\d\d|[→–]")
MOST = 100
"""Rows shown of an answer."""


def markdown(review: Review) -> str:
    return "\n".join(_lines(review)) + "\n"


def _lines(review: Review) -> Iterator[str]:
    yield "# Access review"
    yield ""
    for seen in review.seen:
        yield f"* {_text(seen.workspace)}, as of {_text(seen.as_of or 'no finished load')}"
        yield from (f"  * not visible: {_text(text)}" for text in seen.not_visible)
    yield ""
    several = len(review.seen) > 1
    yield from _table(
        ("severity", "question", *(["workspace"] if several else []), "found", "examined", "visibility"),
        [
            (one.question.severity, one.question.title, *([one.workspace] if several else []), one.words,
             _examined(one), one.visibility)
            for one in review.results
        ],
    )  # fmt: skip
    for one in review.results:
        if one.rows and (not one.gaps or one.question.stays_true):
            yield from _detail(one, several)
    yield "## What Rocket.Chat does not expose"
    yield ""
    yield from (f"* {text}" for text in review.not_exposed)
    yield ""
    yield f"{review.tool}, catalogue {review.catalogue}."


def _detail(one: Result, several: bool) -> Iterator[str]:
    question = one.question
    yield f"## {_text(question.title)}{f' ({_text(one.workspace)})' if several else ''}"
    yield ""
    yield _text(question.asks)
    yield ""
    if question.why:
        yield f"{_text(question.why)}"
        yield ""
    known = "To read" if one.verdict == LISTED else f"Severity {question.severity}"
    yield f"{known}. {', '.join(map(_text, question.controls))}{_guess(one)}"
    yield ""
    yield from _table(question.columns, [_cells(question.columns, row) for row in one.rows[:MOST]])
    if one.total > MOST:
        yield f"{counted(one.total - MOST, 'more row')}."
        yield ""


def _guess(one: Result) -> str:
    return f". A guess: {_text(one.question.heuristic)}" if one.question.heuristic else ""


def _cells(columns: Sequence[str], row: Row) -> list[str]:
    return [cell(value, column) for column, value in zip(columns, row, strict=True)]


def _examined(one: Result) -> str:
    return "" if one.examined is None else f"{one.examined:,} {one.question.examines}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(map(_text, columns))} |"
    yield f"| {' | '.join('---' for _ in columns)} |"
    for row in rows:
        yield f"| {' | '.join(_text(value) for value in row)} |"
    yield ""


def _text(text: str) -> str:
    """Words as they are, anything else as code: no link, mention, number of an issue, HTML, or end of a cell.

    Escapes would not do: a wiki looks for `@name` and `www.` in the text that has come of them.
    """
    runs = groupby(harmless(text).split(), lambda word: bool(WORD.fullmatch(word)))
    return " ".join(" ".join(run) if plain else _code(" ".join(run)) for plain, run in runs)


def _code(text: str) -> str:
    """A code span has no way to hold a bar in a table, so bars stand between spans."""
    code = text.rstrip(",;")
    return "&#124;".join(_span(part) if part else "" for part in code.split("|")) + text[len(code) :]


def _span(text: str) -> str:
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    gap = " " if "`" in (text[0], text[-1]) else ""
    return f"{fence}{gap}{text}{gap}{fence}"
