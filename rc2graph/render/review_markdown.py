"""A review for a ticket or a wiki: a summary, then a table for each question that found something."""

from collections.abc import Iterator, Sequence

from rc2graph.render.markdown import code, table, text
from rc2graph.reviews.run import LISTED, Result, Review, Row
from rc2graph.text import cell, counted

MOST = 100
"""Rows shown of an answer."""


def markdown(review: Review) -> str:
    return "\n".join(line.removesuffix("\n") for line in _lines(review)) + "\n"


def _lines(review: Review) -> Iterator[str]:
    yield "# Access review"
    yield ""
    for seen in review.seen:
        yield f"* {text(seen.workspace)}, as of {text(seen.as_of or 'no finished load')}"
        yield from (f"  * note: {text(one)}" for one in seen.notes)
        yield from (f"  * not visible: {text(one)}" for one in seen.not_visible)
        for one in review.results:
            if one.workspace == seen.workspace:
                yield from (f"  * no finding: {text(told)} ({code(one.question.name)})" for told in one.explained)
    yield ""
    several = len(review.seen) > 1
    yield from table(
        ("severity", "question", "name", *(["workspace"] if several else []), "found", "examined", "visibility"),
        [
            (one.question.severity, one.question.title, one.question.name, *([one.workspace] if several else []),
             one.verdict_text, one.among, one.visibility)
            for one in review.results
        ],
        typed="name",
    )  # fmt: skip
    yield ""
    for one in review.results:
        if one.rows and (not one.gaps or one.question.stays_true):
            yield from _detail(one, several)
    yield "## What Rocket.Chat does not expose"
    yield ""
    yield from (f"* {one}" for one in review.not_exposed)
    yield ""
    yield f"{review.tool}, catalogue {review.catalogue}, read from Rocket.Chat {review.read}."


def _detail(one: Result, several: bool) -> Iterator[str]:
    question = one.question
    yield f"## {text(question.title)}{f' ({text(one.workspace)})' if several else ''}"
    yield ""
    yield text(question.asks)
    yield ""
    if question.why:
        yield f"{text(question.why)}"
        yield ""
    known = "To read" if one.verdict == LISTED else f"Severity {question.severity}"
    yield f"{known}. {', '.join(map(text, question.controls))}{_guess(one)}"
    yield ""
    if one.notes:
        yield f"Read this with the notes on {text(one.noted)}."
        yield ""
    yield from table(question.columns, [_cells(question.columns, row) for row in one.rows[:MOST]])
    yield ""
    if one.total > MOST:
        yield f"{counted(one.total - MOST, 'more row')}."
        yield ""


def _guess(one: Result) -> str:
    return f". A guess: {text(one.question.heuristic)}" if one.question.heuristic else ""


def _cells(columns: Sequence[str], row: Row) -> list[str]:
    return [cell(value, column) for column, value in zip(columns, row, strict=True)]
