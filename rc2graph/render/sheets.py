"""A review as a folder of CSV files: a summary, and a file for each question with all of its rows."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rc2graph.files import new_files, new_folder
from rc2graph.reviews.questions import SUMMARY, Question
from rc2graph.reviews.run import NOT_VISIBLE, Result, Review, Row
from rc2graph.text import cell, harmless_cell

HEAD = (
    "severity",
    "question",
    "title",
    "workspace",
    "verdict",
    "found",
    "examined",
    "visibility",
    "controls",
    "guess",
    "notes",
)


class Sheets:
    """`sink` writes the rows of every answer as they arrive; `finish` the summary."""

    def __init__(self, folder: Path, questions: Sequence[Question], overwrite: bool) -> None:
        self.paths = {name: folder / f"{name}.csv" for name in (SUMMARY, *(one.name for one in questions))}
        self._new = new_files(self.paths.values(), overwrite=overwrite)
        self._folder = folder
        self._sheets: dict[str, Any] = {}

    def sink(self, result: Result, rows: Iterator[Row]) -> Iterator[Row]:
        question = result.question
        sheet = self._sheets[question.name]
        for row in rows:
            cells = [_plain(value, column) for column, value in zip(question.columns, row, strict=True)]
            sheet.writerow([harmless_cell(value) for value in (result.workspace, *cells)])
            yield row

    def finish(self, review: Review) -> None:
        for one in review.results:
            question = one.question
            row = (
                question.severity, question.name, question.title, one.workspace, one.verdict,
                "" if one.verdict == NOT_VISIBLE else one.total, one.examined, one.visibility,
                ", ".join(question.controls), question.heuristic,
                " ".join((*(note.text for note in one.notes), *one.explained)),
            )  # fmt: skip
            self._sheets[SUMMARY].writerow([harmless_cell(value) for value in row])


@contextmanager
def sheets(folder: Path, questions: Sequence[Question], *, overwrite: bool) -> Iterator[Sheets]:
    """The files, there when the block has ended well. Errors: `UsageError`, before anything is written."""
    made = Sheets(folder, questions, overwrite)
    with made._new as files:
        new_folder(folder)
        for name, path in made.paths.items():
            made._sheets[name] = _writer(files.open(path))
        made._sheets[SUMMARY].writerow(HEAD)
        for question in questions:
            made._sheets[question.name].writerow(["workspace", *question.columns])
        yield made


def _plain(value: Any, column: str) -> object:
    """Numbers stay numbers, those below zero too."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else cell(value, column)


def _writer(file: TextIO) -> Any:
    return csv.writer(file, lineterminator="\n")
